"""Which files of a project go into the sdist, and why: pure, over a listing."""

from collections.abc import Iterable, Mapping, Sequence
from unicodedata import normalize

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
from pysetup.metadata.build_section import runs_code
from pysetup.metadata.document import Metadata
from pysetup.phases.sdist import manifest, manifest_list
from pysetup.phases.sdist.ignore_rules import IgnoreRules
from pysetup.phases.sdist.manifest import ManifestTemplate
from pysetup.phases.sdist.manifest_list import ManifestList
from pysetup.standards.jsontext import JSON
from pysetup.standards.module_tags import module_tag
from pysetup.standards.paths import path_fault
from pysetup.values import dataclass

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
    """One line of ``sdist --list``: a path, whether it goes in, and why.

    ``place`` is where the rule is written that decided (``MANIFEST.in:3``,
    ``.gitignore:7``, ``sources.exclude[0]``) and ``rule`` what it says there; both
    are empty where it follows from what the file is.
    """

    path: str
    selected: bool
    reason: str
    place: str = ""
    rule: str = ""

    @property
    def why(self) -> str:
        """The reason as people read it, with place and text of the rule."""
        if not self.place:
            return self.reason
        return f"{self.place} `{self.rule}`" if self.rule else self.reason

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "selected": self.selected,
            "reason": self.reason,
            "place": self.place,
            "rule": self.rule,
        }


def select_files(
    entries: Iterable[TreeEntry],
    metadata: Metadata,
    *,
    ignore_files: Mapping[str, bytes],
    manifests: Mapping[str, bytes] | None = None,
    named: Iterable[str] = (),
) -> tuple[SelectedFile, ...]:
    """Decide about every entry of a listing, in its order.

    ``ignore_files`` are the ``.gitignore`` files by path; ``manifests`` the content of
    ``MANIFEST.in`` and ``MANIFEST``, those that are there; ``named`` are files that
    the project needs besides those of the document (its readme). The strongest rule
    wins: files of tools are out, files that the project needs are in, then
    ``sources.exclude``, ``sources.include``, ``MANIFEST.in``, ``.gitignore``; what no
    rule names is in. A ``MANIFEST`` that a person keeps, without a ``MANIFEST.in``
    beside it, stands in the place of the last two: what it does not list is out.

    Raises ``InvalidPatternError``, ``InvalidManifestError``, ``SourceNameError``,
    and ``SourceFileMissingError`` for a file that the document or ``MANIFEST`` names.
    """
    listed = tuple(entries)
    needed = (*metadata.texts("license_file"), *named)
    rules = _Rules(
        metadata, needed, ignore_files=ignore_files, manifests=manifests or {}
    )
    chosen = tuple(rules.decide(entry) for entry in listed)
    present = {one.path for one in chosen if one.selected}
    for path in needed:
        if path not in present:
            raise SourceFileMissingError(path, "is not there", named_by="the project")
    rules.check_list(listed)
    for one in chosen:
        fault = path_fault(one.path) if one.selected else None
        if fault is not None:
            raise SourceNameError(one.path, fault)
    return chosen


def hook_paths(metadata: Metadata) -> tuple[str, ...]:
    """Return where the code of a hook or back end may stand, and what it compiles."""
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
    modules = build.get("ext_modules")
    for module in modules if isinstance(modules, list) else ():
        for key in ("sources", "depends"):
            listed = module.get(key) if isinstance(module, Mapping) else None
            paths += map(str, listed if isinstance(listed, list) else ())
    return tuple(path for path in paths if path and path != ".")


class _Rules:
    """The rules of one project, strongest first."""

    def __init__(
        self,
        metadata: Metadata,
        needed: Iterable[str],
        *,
        ignore_files: Mapping[str, bytes],
        manifests: Mapping[str, bytes],
    ) -> None:
        sources = metadata.section("sources")
        self._exclude = _Patterns("exclude", sources.get("exclude"))
        self._include = _Patterns("include", sources.get("include"))
        self._ignored = IgnoreRules(ignore_files)
        self._named = frozenset(needed)
        self._hooks = hook_paths(metadata)
        self._runs_code = runs_code(metadata.section("build"))
        template = manifests.get(manifest.NAME)
        self._template = ManifestTemplate.parse(template or b"")
        plain = manifests.get(manifest_list.NAME)
        self._stale = plain is not None and manifest_list.is_generated(plain)
        governs = plain is not None and template is None and not self._stale
        self._list = ManifestList.parse(plain) if plain and governs else None
        self._order = (
            *(self._by_nature, self._by_need, self._by_exclude, self._by_include),
            self._by_build,
            *(self._by_template, self._by_list, self._by_ignore_files),
        )

    def decide(self, entry: TreeEntry) -> SelectedFile:
        if entry.kind == PRUNED:
            return SelectedFile(entry.path, False, entry.reason)
        decided = (rule(entry.path) for rule in self._order)
        chosen = next((one for one in decided if one), None) or self._rest(entry.path)
        if chosen.selected and entry.kind == OTHER:
            raise SourceFileMissingError(
                entry.path, f"cannot be packed: {entry.reason}"
            )
        return chosen

    def check_list(self, listed: Iterable[TreeEntry]) -> None:
        """Refuse a ``MANIFEST`` that names what is not there."""
        lines = {} if self._list is None else self._list.lines
        there = {normalize("NFC", entry.path): entry for entry in listed}
        pruned = tuple(p for p, entry in there.items() if entry.kind == PRUNED)
        for path, line in lines.items():
            if path in there or self._by_nature(path) or path.startswith(pruned):
                continue
            folder = any(other.startswith(f"{path.rstrip('/')}/") for other in there)
            reason = "is a folder, not a file" if folder else "is not there"
            raise SourceFileMissingError(path, reason, named_by=f"MANIFEST:{line}")

    def _by_nature(self, path: str) -> SelectedFile | None:
        if path in GENERATED:
            return SelectedFile(path, False, "generated anew from the document")
        if path == manifest_list.NAME and self._stale:
            return SelectedFile(path, False, "generated by distutils")
        reason = tool_file_reason(path)
        return SelectedFile(path, False, reason) if reason else None

    def _by_need(self, path: str) -> SelectedFile | None:
        reason = ""
        if path in _ALWAYS or (path == manifest_list.NAME and self._list):
            reason = "describes the project"
        elif path in self._named:
            reason = "named by the project"
        elif any(path == hook or path.startswith(hook + "/") for hook in self._hooks):
            reason = "code of the build"
        return SelectedFile(path, True, reason) if reason else None

    def _by_exclude(self, path: str) -> SelectedFile | None:
        return self._exclude.match(path, selected=False)

    def _by_include(self, path: str) -> SelectedFile | None:
        return self._include.match(path, selected=True)

    def _by_build(self, path: str) -> SelectedFile | None:
        """Leave out what the build has compiled beside its sources."""
        tag = module_tag(path) if self._runs_code else None
        made = tag is not None and bool(tag.abi)
        return SelectedFile(path, False, "compiled by the build") if made else None

    def _by_template(self, path: str) -> SelectedFile | None:
        rule = self._template.decide(path)
        if rule is None:
            return None
        return SelectedFile(path, rule.takes_in, manifest.NAME, rule.place, rule.text)

    def _by_list(self, path: str) -> SelectedFile | None:
        if self._list is None:
            return None
        if place := self._list.place(path):
            return SelectedFile(path, True, manifest_list.NAME, place, path)
        return SelectedFile(path, False, "not in MANIFEST", manifest_list.NAME)

    def _by_ignore_files(self, path: str) -> SelectedFile | None:
        found = self._ignored.match(path)
        if found is None:
            return None
        place = f"{found.file}:{found.line}"
        reason = f"ignored by {found.file}"
        return SelectedFile(path, False, reason, place, found.text)

    def _rest(self, path: str) -> SelectedFile:
        reason = "part of the project"
        if near := self._template.near_miss(path):
            reason += f"; {near.place} `{near.text}` differs from it only by case"
        return SelectedFile(path, True, reason)


class _Patterns:
    """The patterns of ``sources.include`` or ``sources.exclude``."""

    def __init__(self, key: str, value: JSON) -> None:
        self._key = key
        several = value if isinstance(value, Sequence) else ()
        self._lines = () if isinstance(several, str) else tuple(map(str, several))
        self._spec = GitIgnoreSpec([self._pattern(line) for line in self._lines])

    def match(self, path: str, *, selected: bool) -> SelectedFile | None:
        """Return the verdict of the pattern that matches; ``!`` takes it back."""
        found = self._spec.check_file(normalize("NFC", path))
        if not found.include or found.index is None:
            return None
        name = f"sources.{self._key}"
        line = self._lines[found.index]
        return SelectedFile(path, selected, name, f"{name}[{found.index}]", line)

    def _pattern(self, line: str) -> GitIgnoreSpecPattern:
        try:
            return GitIgnoreSpecPattern(normalize("NFC", line))
        except GitIgnorePatternError:
            raise InvalidPatternError(self._key, line) from None
