"""What ``.gitignore`` files say, for a listing: git's rules without asking git."""

from collections.abc import Iterable, Mapping
from unicodedata import normalize

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class IgnoreMatch:
    """The line that ignores a file: its ``file``, the ``line``'s number, its text."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class _IgnoreFile:
    """One ``.gitignore``: its patterns, and for each of them where it stands."""

    spec: GitIgnoreSpec
    lines: tuple[tuple[int, str], ...]


class IgnoreRules:
    """The ``.gitignore`` files of a project, by the folder in which they stand.

    A deeper file wins over a shallower one, the last matching line of a file over
    those before it, and nothing below an ignored folder can be taken in again.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Take the content of each ``.gitignore`` by its path in the project."""
        self._files = {
            path.rpartition("/")[0]: _parse(content) for path, content in files.items()
        }
        self._folders: dict[str, IgnoreMatch | None] = {"": None}

    def match(self, path: str) -> IgnoreMatch | None:
        """Return the line that leaves the file ``path`` out; None if none does."""
        folder = path.rpartition("/")[0]
        return self._folder_match(folder) or self._match(path, folder)

    def _folder_match(self, folder: str) -> IgnoreMatch | None:
        if folder not in self._folders:
            parent = folder.rpartition("/")[0]
            self._folders[folder] = self._folder_match(parent) or self._match(
                folder + "/", parent
            )
        return self._folders[folder]

    def _match(self, path: str, folder: str) -> IgnoreMatch | None:
        for base in _upwards(folder):
            rules = self._files.get(base)
            if rules is None:
                continue
            below = path[len(base) + 1 :] if base else path
            result = rules.spec.check_file(normalize("NFC", below))
            if result.include is None or result.index is None:
                continue
            if not result.include:
                return None
            name = f"{base}/.gitignore" if base else ".gitignore"
            return IgnoreMatch(name, *rules.lines[result.index])
        return None


def _upwards(folder: str) -> Iterable[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def _parse(content: bytes) -> _IgnoreFile:
    """Read one file; like git, pass over lines that are no patterns."""
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    patterns: list[GitIgnoreSpecPattern] = []
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        try:
            found = GitIgnoreSpec.from_lines([normalize("NFC", line)]).patterns
        except GitIgnorePatternError:
            continue
        patterns += found
        lines += [(number, line.strip())] * len(found)
    return _IgnoreFile(GitIgnoreSpec(patterns), tuple(lines))
