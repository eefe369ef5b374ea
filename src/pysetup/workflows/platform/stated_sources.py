"""What a source states for packages, told by its place before anything is built."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.pyproject.faults import dotted
from pysetup.metadata.formats.pyproject.toml_text import Place, TomlText
from pysetup.metadata.formats.pyproject_fixes import toml_path
from pysetup.metadata.formats.toml_paths import to_json
from pysetup.metadata.problems import Problem, did_you_mean
from pysetup.phases.develop.project import PYPROJECT, read_draft
from pysetup.platforms.interface import PlatformFormat
from pysetup.platforms.names.mapping import EXTENSION, target_keys
from pysetup.platforms.stated_problems import binding_problems, stated_problems
from pysetup.platforms.target import PlatformTarget, read_target, shipped_targets
from pysetup.standards.filenames import SDIST_ENDINGS
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_TOOL = ("tool", "pysetup")
_TARGETS = (*_TOOL, "extensions", EXTENSION, "targets")


class InvalidStatementError(UsageError):
    """What a project states for packages of a system cannot be used.

    That is, in ``pyproject.toml``, the options in ``[tool.pysetup.commands.bdist_...]``
    and all below ``[tool.pysetup.extensions."pysetup.platform"]``: options, names and
    relations by target. ``pysetup metadata validate --all`` tells what is wrong in
    form, ``pysetup bdist_FORMAT --help`` which options there are.
    """

    code = "PS2949"

    def __init__(
        self, where: str, problem: Problem, facts: Mapping[str, object]
    ) -> None:
        super().__init__(
            f"{where} {problem.message}",
            facts=dict(facts),
            hints=(problem.hint,) if problem.hint else (),
        )


class InvalidStatementsError(UsageError):
    """Several things that a project states for packages cannot be used.

    Each is told as it would be alone.
    """

    code = "PS2952"

    def __init__(self, errors: Sequence[InvalidStatementError]) -> None:
        super().__init__(f"{len(errors)} statements for packages cannot be used")
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Stated:
    """The ``pyproject.toml`` of a source, and what of it is for packages."""

    toml: TomlText
    document: Metadata

    def function_of(self, command: str) -> str:
        """Return the project's own function for ``bdist_...``, ``module:function``."""
        entry = self.document.section("commands").get(command)
        function = entry.get("callable") if isinstance(entry, Mapping) else None
        return function if isinstance(function, str) else ""

    def check(self, format_: PlatformFormat, target: PlatformTarget) -> None:
        """Refuse what cannot be used.

        Raises ``InvalidStatementError``, or ``InvalidStatementsError``.
        """
        problems = stated_problems(format_.name, format_.options, self.document, target)
        errors = []
        for problem in problems:
            path = toml_path(problem.pointer, self.toml.values)
            place = self.toml.place(path)
            where = f"{place.source}:{place.line}: {dotted(path)}"
            error = InvalidStatementError(where, problem, place.facts(""))
            errors.append((place.line, error))
        _raise_any([error for _, error in sorted(errors, key=lambda one: one[0])])

    def doubts(self, target: PlatformTarget) -> list[str]:
        """Return notes on targets that there are not, and that are called like one."""
        stated = self.document.extension(EXTENSION).get("targets")
        names = list(stated) if isinstance(stated, Mapping) else []
        if set(names) <= set(target_keys(target)):
            return []
        known = dict.fromkeys(target_keys(target))
        for name in shipped_targets():
            known.update(dict.fromkeys(target_keys(read_target(name))))
        found = []
        for name in names:
            near = "" if name in known else did_you_mean(name, known)
            if near:
                place: Place = self.toml.place((*_TARGETS, name))
                where = f"{place.source}:{place.line}"
                found.append(f"{where}: no target is called {name}: {near}")
        return found


def stated_by(source: Path) -> Stated | None:
    """Return what a project folder or an sdist states; None where nothing is known.

    Raises as ``read_draft`` for a folder, ``InvalidTomlError`` for an sdist, and what
    is wrong with the archive.
    """
    if (source / PYPROJECT).is_file():
        read_draft(source)  # its faults come first, and are told by it
        content: bytes | None = (source / PYPROJECT).read_bytes()
    elif source.is_file() and source.name.endswith(SDIST_ENDINGS):
        content = read_sdist_files(source, (PYPROJECT,)).get(PYPROJECT)
    else:
        content = None
    if content is None:
        return None
    toml = TomlText.parse(content, source=PYPROJECT)
    return Stated(toml, _document(toml.values))


def check_built(
    document: Metadata, format_: PlatformFormat, target: PlatformTarget
) -> None:
    """Refuse what the document of a built tree states for ``target`` in vain.

    Raises ``InvalidStatementError``, or ``InvalidStatementsError``.
    """
    source = f"the document of {document.name} {document.version}"
    problems = binding_problems(format_.name, format_.options, document, target)
    _raise_any(
        [
            InvalidStatementError(
                f"{source}: {problem.pointer}", problem, {"pointer": problem.pointer}
            )
            for problem in problems
        ]
    )


def _raise_any(errors: Sequence[InvalidStatementError]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InvalidStatementsError(errors)


def _document(values: Mapping[str, object]) -> Metadata:
    """Return the sections that pyproject.toml states in the document's own form."""
    own: object = values
    for key in _TOOL:
        own = own.get(key) if isinstance(own, Mapping) else None
    made: dict[str, JSON] = {"name": "project", "version": "0"}
    for key in ("commands", "extensions"):
        table = own.get(key) if isinstance(own, Mapping) else None
        if isinstance(table, Mapping):
            made[key] = to_json(table)
    return Metadata.from_dict(made, source=PYPROJECT)
