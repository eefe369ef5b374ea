"""What a project declares for locks for all environments, in [tool.pysetup]."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.phases.develop.project import PYPROJECT
from pysetup.standards.names import is_name
from pysetup.standards.requirements import InvalidRequirementError, parse_marker
from pysetup.workflows.resolving.universal_scope import (
    ExtraOrGroup,
    UniversalScope,
)

_ENVIRONMENTS, _REQUIRED, _CONFLICTS = (
    "environments",
    "required-environments",
    "conflicts",
)
_KINDS = ("extra", "group")


class DeclarationError(UsageError):
    """``[tool.pysetup]`` says of a universal lock what cannot be read.

    ``environments`` and ``required-environments`` are lists of markers; ``conflicts``
    is a list of lists of tables, as in ``[[{extra = "cpu"}, {extra = "gpu"}]]``, each
    with the name of an ``extra`` or of a ``group``.
    """

    code = "PS2263"

    def __init__(self, place: str, key: str, reason: str) -> None:
        super().__init__(
            f"{place}: [tool.pysetup] {key} {reason}",
            facts={"place": place, "key": key},
            hints=("docs/explanation/universal-locks.md  shows how it is written",),
        )


def read_declared(root: Path | None) -> UniversalScope:
    """Return what the project in ``root`` declares; nothing where there is none.

    Raises ``DeclarationError``.
    """
    path = root / PYPROJECT if root is not None else None
    if path is None or not path.is_file():
        return UniversalScope()
    toml = TomlText.parse(path.read_bytes(), source=PYPROJECT)
    tool = toml.values.get("tool")
    table = tool.get("pysetup") if isinstance(tool, Mapping) else None
    if not isinstance(table, Mapping):
        return UniversalScope()
    return _Reader(toml, table).declared()


class _Reader:
    def __init__(self, toml: TomlText, table: Mapping[str, object]) -> None:
        self._toml = toml
        self._table = table

    def declared(self) -> UniversalScope:
        return UniversalScope(
            environments=tuple(self._markers(_ENVIRONMENTS)),
            required_environments=tuple(self._markers(_REQUIRED)),
            conflicts=tuple(self._conflicts()),
        )

    def _markers(self, key: str) -> Iterator[str]:
        for index, text in enumerate(self._list(key)):
            try:
                yield str(parse_marker(text if isinstance(text, str) else ""))
            except InvalidRequirementError:
                raise self._fault(key, f"holds {text!r}, no marker", index) from None

    def _conflicts(self) -> Iterator[tuple[ExtraOrGroup, ...]]:
        for index, listed in enumerate(self._list(_CONFLICTS)):
            if not isinstance(listed, Sequence) or isinstance(listed, str):
                raise self._fault(_CONFLICTS, "holds what is no list", index)
            yield tuple(self._one(each, index) for each in listed)

    def _one(self, value: object, index: int) -> ExtraOrGroup:
        if isinstance(value, Mapping) and len(value) == 1:
            ((kind, name),) = value.items()
            if kind in _KINDS and isinstance(name, str) and is_name(name):
                return ExtraOrGroup(**{kind: name})
        reason = f"holds {value!r}, neither an extra nor a group"
        raise self._fault(_CONFLICTS, reason, index)

    def _list(self, key: str) -> Sequence[object]:
        value = self._table.get(key, ())
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self._fault(key, "is no list")
        return value

    def _fault(self, key: str, reason: str, *more: int) -> DeclarationError:
        line = self._toml.place(("tool", "pysetup", key, *more)).line
        return DeclarationError(f"{PYPROJECT}:{line}", key, reason)
