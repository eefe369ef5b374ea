"""Which files of a project go into the sdist, and why: pure, over a listing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from pysetup.errors import UsageError
from pysetup.interchange.source_files import (
    OTHER,
    PRUNED,
    SourceFileMissingError,
    SourceNameError,
    TreeEntry,
    tool_file_reason,
)
from pysetup.metadata.document import Metadata
from pysetup.phases.sdist.ignore_rules import IgnoreRules
from pysetup.phases.sdist.manifest import ManifestTemplate
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault

# What describes the project itself is in, whatever the ignore files say.
_ALWAYS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in"})
# Made from the document; a copy in the tree would be an old one.
GENERATED = frozenset({"pydist.json", "METADATA.json", "PKG-INFO"})


class InvalidPatternError(UsageError):
    """A pattern under ``sources`` is not one that git would accept.

    ``include`` and ``exclude`` hold patterns in the syntax of ``.gitignore``:
    ``/docs/`` (a folder at the root), ``*.log`` (anywhere), ``data/**/*.bin``.
    """

    code = "PS2404"

    def __init__(self, key: str, pattern: str) -> None:
        super().__init__(
            f"sources.{key} holds {pattern[:120]!r}, which is not a pattern",
            facts={"key": f"sources.{key}", "pattern": pattern},
            hints=("write it as in .gitignore, for example  /docs/  or  *.log",),
        )


@dataclass(frozen=True, slots=True, order=True)
class SelectedFile:
    """One line of ``sdist --list``: a path, whether it goes in, and why."""

    path: str
    selected: bool
    reason: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"path": self.path, "selected": self.selected, "reason": self.reason}


def select_files(
    entries: Iterable[TreeEntry],
    metadata: Metadata,
    *,
    ignore_files: Mapping[str, bytes],
    manifest_in: bytes | None = None,
    named: Iterable[str] = (),
) -> tuple[SelectedFile, ...]:
    """Decide about every entry of a listing, in its order.

    ``ignore_files`` are the ``.gitignore`` files by path; ``manifest_in`` is the
    content of ``MANIFEST.in``, if there is one; ``named`` are files that the project
    needs besides those of the document (its readme). The strongest rule wins: files of
    tools are out, files that the project needs are in, then ``sources.exclude``,
    ``sources.include``, ``MANIFEST.in``, ``.gitignore``; what no rule names is in.

    Raises ``InvalidPatternError``, ``InvalidManifestError``, ``SourceNameError``,
    and ``SourceFileMissingError`` for a file that the document names.
    """
    listed = tuple(entries)
    needed = (*metadata.texts("license_file"), *named)
    rules = _Rules(
        listed, metadata, needed, ignore_files=ignore_files, manifest_in=manifest_in
    )
    chosen = tuple(rules.decide(entry) for entry in listed)
    present = {one.path for one in chosen if one.selected}
    for path in needed:
        if path not in present:
            raise SourceFileMissingError(path, "is not there", named_by="the project")
    for one in chosen:
        fault = path_fault(one.path) if one.selected else None
        if fault is not None:
            raise SourceNameError(one.path, fault)
    return chosen


def hook_paths(metadata: Metadata) -> tuple[str, ...]:
    """Return where the code of a build hook or an in-tree back end may stand."""
    build = metadata.section("build")
    folders = build.get("backend_path")
    paths = [
        str(path).strip("/").removeprefix("./")
        for path in (folders if isinstance(folders, Sequence) else ())
    ]
    for key in ("hook", "backend"):
        module = str(build.get(key) or "").partition(":")[0].partition(".")[0]
        if module:
            paths += [f"{module}.py", module]
    return tuple(path for path in paths if path and path != ".")


class _Rules:
    """The rules of one project, strongest first."""

    def __init__(
        self,
        listed: tuple[TreeEntry, ...],
        metadata: Metadata,
        needed: Iterable[str],
        *,
        ignore_files: Mapping[str, bytes],
        manifest_in: bytes | None,
    ) -> None:
        sources = metadata.section("sources")
        self._exclude = _patterns("exclude", sources.get("exclude"))
        self._include = _patterns("include", sources.get("include"))
        self._ignored = IgnoreRules(ignore_files)
        self._named = frozenset(needed)
        self._hooks = hook_paths(metadata)
        paths = [entry.path for entry in listed if entry.kind not in (OTHER, PRUNED)]
        self._manifest: Mapping[str, bool] = (
            {} if manifest_in is None else ManifestTemplate.parse(manifest_in)(paths)
        )

    def decide(self, entry: TreeEntry) -> SelectedFile:
        if entry.kind == PRUNED:
            return SelectedFile(entry.path, False, entry.reason)
        out = self._reason_out(entry)
        if out is not None:
            return SelectedFile(entry.path, False, out)
        if entry.kind == OTHER:
            raise SourceFileMissingError(
                entry.path, f"cannot be packed: {entry.reason}"
            )
        return SelectedFile(entry.path, True, self._reason_in(entry.path))

    def _reason_out(self, entry: TreeEntry) -> str | None:  # noqa: PLR0911 - one a rule
        path = entry.path
        if path in GENERATED:
            return "generated anew from the document"
        if reason := tool_file_reason(path):
            return reason
        if self._needed(path):
            return None
        if self._exclude.match_file(path):
            return "sources.exclude"
        if self._include.match_file(path):
            return None
        if path in self._manifest:
            return None if self._manifest[path] else "MANIFEST.in"
        return self._ignored.reason(path) or None

    def _reason_in(self, path: str) -> str:
        if needed := self._needed(path):
            return needed
        if self._include.match_file(path):
            return "sources.include"
        return "MANIFEST.in" if path in self._manifest else "part of the project"

    def _needed(self, path: str) -> str:
        if path in _ALWAYS:
            return "describes the project"
        if path in self._named:
            return "named by the project"
        if any(path == hook or path.startswith(hook + "/") for hook in self._hooks):
            return "code of the build"
        return ""


def _patterns(key: str, value: JSON) -> GitIgnoreSpec:
    patterns: list[GitIgnoreSpecPattern] = []
    lines = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    for line in lines:
        try:
            patterns += GitIgnoreSpec.from_lines([str(line)]).patterns
        except GitIgnorePatternError:
            raise InvalidPatternError(key, str(line)) from None
    return GitIgnoreSpec(patterns)
