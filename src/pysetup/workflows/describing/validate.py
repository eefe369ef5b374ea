"""Every fault of a source of metadata with its place, and the repair of safe ones."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.errors import PysetupError, UsageError
from pysetup.interchange.dist_info import SUFFIX
from pysetup.metadata.build_section import runs_code
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.formats import pep819
from pysetup.metadata.formats.detection import detect
from pysetup.metadata.formats.field_lines import field_lines
from pysetup.metadata.formats.pyproject import InvalidTomlError, ProjectDraft
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.pyproject_fixes import find_fixes, toml_path
from pysetup.metadata.formats.registry import find_format
from pysetup.metadata.formats.toml_edits import UneditableTomlError, edited
from pysetup.metadata.migrations import Migration, migrate
from pysetup.metadata.pointers import pointer_of
from pysetup.metadata.problems import Problem
from pysetup.metadata.schema import find_problems
from pysetup.phases.develop.project import PYPROJECT, ProjectFolder, read_draft
from pysetup.standards.filenames import SDIST_ENDINGS
from pysetup.standards.jsontext import JSON, parse_json_object, to_json_text
from pysetup.values import dataclass
from pysetup.workflows.building.archives import is_built_tree
from pysetup.workflows.describing.convert import write_file
from pysetup.workflows.describing.sources import (
    EGG_INFO,
    FileTooLargeError,
    NotCompleteError,
    Reading,
    UnknownSourceError,
    local_path,
    read_limited,
    read_source,
)

# What a project without pyproject.toml states its metadata in, the plainer one first.
LEGACY = ("setup.cfg", "setup.py")
FIXABLE = ("json", "pep819")
_TEXTS = (".json", ".toml", "METADATA", "PKG-INFO")
_FIX = "pysetup metadata validate --fix  does it"


class UnchangeableSourceError(UsageError):
    """This source of metadata cannot be changed.

    Archives and what is installed are immutable: their files are listed with digests,
    in RECORD or on an index, and a changed one would be refused everywhere. Change the
    project, and make the archive anew. A METADATA file is derived from the document.
    """

    code = "PS2687"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not changed: {reason}",
            facts={"source": source},
            hints=(
                f"change the project's {PYPROJECT}, or a {DOCUMENT_NAME} by itself",
            ),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and where it stands: file and line, as far as there are any.

    ``line`` counts from 1, and is 0 where the source has no lines.
    """

    problem: Problem
    file: str = ""
    line: int = 0

    @property
    def is_error(self) -> bool:
        """Whether it makes the document invalid."""
        return self.problem.severity == "error"

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            **self.problem.to_json(),
            "file": self.file or None,
            "line": self.line or None,
        }


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found, in the order of the file, errors first without one.

    ``fixed`` are repairs that were made; ``computed`` are keys that the source leaves
    to a build, and that were not looked at.
    """

    found: tuple[Finding, ...]
    fixed: tuple[Migration, ...] = ()
    computed: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether no error is left."""
        return not any(one.is_error for one in self.found)


def validate(source: str, reading: Reading) -> Findings:
    """Return every fault of ``source``, and what in it is old; no project code runs.

    A project's document has places in its pyproject.toml. Raises as ``read_source`` if
    there is nothing to look at.
    """
    path = local_path(source, context=reading.context)
    root = project_root(path)
    if root is not None:
        return _of_project(root)
    legacy = [name for name in LEGACY if (path / name).is_file()]
    try:
        if legacy and not is_built_tree(path):
            return _of_legacy(path, legacy[0])
        if path.is_file() and path.name.endswith(_TEXTS):
            return _of_file(path, reading)
        found = read_source(source, reading)
    except (UnknownSourceError, NotCompleteError, FileTooLargeError):
        raise
    except UsageError as error:
        if not path.exists():
            raise
        return Findings(_told(error, file=path.name))
    problems = _placed(found.metadata.to_dict())
    return Findings(tuple(problems), computed=found.computed)


def _told(error: PysetupError, *, file: str) -> tuple[Finding, ...]:
    """Return an error of a reader, or each of those it stands for, as findings."""
    if error.errors:
        return tuple(one for each in error.errors for one in _told(each, file=file))
    line, pointer = error.facts.get("line"), error.facts.get("pointer")
    problem = Problem(
        str(pointer or ""),
        error.code,
        error.message,
        next((hint for hint in error.hints if "metadata validate" not in hint), ""),
    )
    return (Finding(problem, file, line if isinstance(line, int) else 0),)


def _of_legacy(root: Path, name: str) -> Findings:
    """Check what a project without pyproject.toml states; its back end is not asked."""
    known = find_format(name)
    assert known.read is not None, "the registry reads it"
    said = known.read(read_limited(root / name), name, ProjectFolder(root))
    document = said.to_dict() if isinstance(said, Metadata) else dict(said.mapping)
    computed = () if isinstance(said, Metadata) else said.missing
    found = [
        one
        for one in _placed(document, file=name)
        if not _unstated(one.problem, ("metadata_version", *computed))
    ]
    return Findings(tuple(found), computed=computed)


def _of_file(path: Path, reading: Reading) -> Findings:
    content = read_limited(path)
    kind = detect(path.name, content)
    if kind == "json":
        document = parse_json_object(content, source=path.name)
        return Findings(tuple(_placed(document, file=path.name, fixable=True)))
    found = read_source(str(path), reading)
    document = found.metadata.to_dict()
    lines = field_lines(content) if kind == "metadata" else {}
    problems = tuple(
        _placed(document, file=path.name, lines=lines, fixable=kind in FIXABLE)
    )
    if kind == "pep819":
        deviations = pep819.find_deviations(content, source=path.name)
        problems += tuple(Finding(one, path.name) for one in deviations)
    return Findings(problems, computed=found.computed)


def _of_project(root: Path) -> Findings:
    content = read_limited(root / PYPROJECT)
    try:
        draft = read_draft(root)
    except UsageError as error:
        return Findings(_told(error, file=PYPROJECT))
    toml = TomlText.parse(content, source=PYPROJECT)
    document, computed = dict(draft.mapping), draft.missing
    if draft.is_native or not draft.missing:
        document, computed = draft.document().to_dict(), ()
    found = [
        Finding(problem, PYPROJECT, toml.place(place).line if place else 0)
        for problem in find_problems(document)
        if not _unstated(problem, computed)
        for place in (toml_path(problem.pointer, toml.values),)
    ]
    for step in find_fixes(toml.values, modules=_modules(draft)):
        hint = _FIX if step.edits else ""
        message = step.message
        if step.edits:
            message = message.replace("became ", "is better written as ", 1)
        problem = Problem(
            pointer_of(step.path), step.rule, message, hint, severity="warning"
        )
        found.append(Finding(problem, PYPROJECT, toml.place(step.path).line))
    found.sort(key=lambda one: (not one.is_error, one.line))
    return Findings(tuple(found), computed=computed)


def _unstated(problem: Problem, computed: tuple[str, ...]) -> bool:
    """Tell whether the schema only misses what a build will give."""
    return problem.rule == "required" and bool(computed)


def _modules(draft: ProjectDraft) -> tuple[str, ...]:
    """Return the import names of a project, where they are certain.

    That is where pysetup builds it: then they are what goes into the wheel. Other back
    ends decide for themselves, and not all of them know the key.
    """
    sources = draft.mapping.get("sources")
    modules = sources.get("modules") if isinstance(sources, Mapping) else None
    if not draft.is_native or runs_code(draft.build) or not isinstance(modules, list):
        return ()
    return tuple(str(one) for one in modules if "-" not in str(one))


def fix(source: str, reading: Reading) -> Findings:
    """Repair what is safe in ``source``, then return what is left and what was done.

    A pyproject.toml keeps its comments; a file that is not changed is not touched.
    Raises ``UnchangeableSourceError``, and as ``validate``.
    """
    path = local_path(source, context=reading.context)
    root = project_root(path)
    if root is not None:
        fixed = _fix_project(root)
    elif path.is_file() and path.name.endswith(".json"):
        fixed = _fix_document(path)
    else:
        raise UnchangeableSourceError(source, why_unchangeable(path))
    left = validate(source, reading)
    return Findings(left.found, fixed, left.computed)


def why_unchangeable(path: Path) -> str:
    """Return why a source that is no project and no document is not changed."""
    if path.name.endswith((".whl", *SDIST_ENDINGS)):
        return "an archive is immutable, its digest is known to others"
    if path.is_dir() and any((path / mark).is_file() for mark in LEGACY):
        return f"it has no {PYPROJECT}"
    if path.is_dir():
        return "its files are listed with their digests in RECORD"
    if path.is_file():
        return "it is derived from the document of its project"
    return "what is installed is immutable, its files are listed with their digests"


def _fix_document(path: Path) -> tuple[Migration, ...]:
    content = read_limited(path)
    if detect(path.name, content) not in FIXABLE:
        raise UnchangeableSourceError(path.name, why_unchangeable(path))
    document, steps = migrate(parse_json_object(content, source=path.name))
    if any(step.done for step in steps):
        write_file(path, to_json_text(document).encode())
    return tuple(step for step in steps if step.done)


def _fix_project(root: Path) -> tuple[Migration, ...]:
    path = root / PYPROJECT
    before = content = read_limited(path)
    try:
        draft = read_draft(root)
        modules = _modules(draft)
    except UsageError:
        modules = ()  # what is wrong is told afterwards; old spellings go all the same
    try:
        values = TomlText.parse(content, source=PYPROJECT).values
    except InvalidTomlError:
        return ()
    fixed: list[Migration] = []
    for step in find_fixes(values, modules=modules):
        if not step.edits:
            continue
        try:
            content = edited(content, step.edits, source=PYPROJECT)
        except UneditableTomlError:
            continue  # it stays, and is told as what it is
        fixed.append(Migration(pointer_of(step.path), step.rule, step.message))
    if content != before:
        write_file(path, content)
    return tuple(fixed)


def project_root(path: Path) -> Path | None:
    """Return the folder of the project that ``path`` is, or is the file of."""
    if path.name == PYPROJECT and path.is_file():
        return path.parent
    if path.is_dir() and (path / PYPROJECT).is_file() and not is_built_tree(path):
        return None if path.name.endswith((SUFFIX, EGG_INFO)) else path
    return None


def _placed(
    document: Mapping[str, JSON],
    *,
    file: str = "",
    lines: Mapping[str, int] | None = None,
    fixable: bool = False,
) -> Iterable[Finding]:
    """Yield the problems of a document, and what in it is old, in that order."""
    _, steps = migrate(document)
    old = (_old(step, fixable=fixable) for step in steps)
    problems = [*find_problems(document), *old]
    for problem in problems:
        line = nearest(lines, problem.pointer) if lines else 0
        yield Finding(problem, file, line)


def nearest(lines: Mapping[str, int], pointer: str) -> int:
    """Return the line of ``pointer``, or of the nearest thing around it; else 0."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 0)


def _old(step: Migration, *, fixable: bool) -> Problem:
    """Return what an old spelling is told as while it stands."""
    if step.done:
        message = step.message.replace("became ", "is better written as ", 1)
        hint = _FIX if fixable else "change it in the project"
        return Problem(step.pointer, step.rule, message, hint, severity="warning")
    hint = "decide it, and write license-expression" if step.rule == "license" else ""
    return Problem(step.pointer, step.rule, step.message, hint, severity="warning")
