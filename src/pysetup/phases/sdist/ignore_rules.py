"""What ``.gitignore`` files say, for a listing: git's rules without asking git."""

from collections.abc import Iterable, Mapping

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern


class IgnoreRules:
    """The ``.gitignore`` files of a project, by the folder in which they stand.

    A deeper file wins over a shallower one, the last matching line of a file over
    those before it, and nothing below an ignored folder can be taken in again.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Take the content of each ``.gitignore`` by its path in the project."""
        self._specs = {
            path.rpartition("/")[0]: _parse(content) for path, content in files.items()
        }
        self._folders: dict[str, str] = {"": ""}

    def reason(self, path: str) -> str:
        """Say which ``.gitignore`` leaves the file ``path`` out; empty if none."""
        folder = path.rpartition("/")[0]
        return self._folder_reason(folder) or self._match(path, folder)

    def _folder_reason(self, folder: str) -> str:
        if folder not in self._folders:
            parent = folder.rpartition("/")[0]
            self._folders[folder] = self._folder_reason(parent) or self._match(
                folder + "/", parent
            )
        return self._folders[folder]

    def _match(self, path: str, folder: str) -> str:
        for base in _upwards(folder):
            spec = self._specs.get(base)
            if spec is None:
                continue
            below = path[len(base) + 1 :] if base else path
            included = spec.check_file(below).include
            if included is not None:
                name = f"{base}/.gitignore" if base else ".gitignore"
                return f"ignored by {name}" if included else ""
        return ""


def _upwards(folder: str) -> Iterable[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _parse(content: bytes) -> GitIgnoreSpec:
    """Read one file; like git, pass over lines that are no patterns."""
    lines = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    patterns: list[GitIgnoreSpecPattern] = []
    for line in lines.splitlines():
        try:
            patterns += GitIgnoreSpec.from_lines([line]).patterns
        except GitIgnorePatternError:
            continue
    return GitIgnoreSpec(patterns)
