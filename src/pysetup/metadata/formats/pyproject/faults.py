"""Faults of a pyproject.toml: each with its place, and all of them at once."""

from collections.abc import Iterable

from pysetup.errors import UsageError
from pysetup.metadata.formats.pyproject.toml_text import Path, Place, TomlText
from pysetup.metadata.problems import did_you_mean


class UnknownFieldError(UsageError):
    """A table of pyproject.toml has a key that its standard does not define.

    Most often it is a typing mistake, and then the setting would be ignored in
    silence. [project] holds only the keys of the pyproject.toml specification; what
    is for one tool stands in [tool.NAME].
    """

    code = "PS2007"

    def __init__(self, place: Place, field: str, *, table: str, hint: str) -> None:
        super().__init__(
            f'{place.source}:{place.line}: "{field}" is not a field of {table}',
            facts=place.facts(hint),
            hints=(
                *([hint] if hint else []),
                "pysetup metadata validate --all  lists every problem",
            ),
        )
        self.place, self.field, self.table = place, field, table


class InvalidFieldError(UsageError):
    """A key of pyproject.toml has a value that its standard does not allow.

    The message says which key, in which line, and why. The rules are those of the
    pyproject.toml specification (PEP 518, 621, 639, 735, 794, 808) and, below
    [tool.pysetup], of ``docs/reference/document.md``.
    """

    code = "PS2127"

    def __init__(
        self, place: Place, field: str, reason: str, *, hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            f"{place.source}:{place.line}: {field} {reason}",
            facts={"field": field, **place.facts("")},
            hints=hints or ("pysetup metadata validate --all  lists every problem",),
        )
        self.place, self.field, self.reason = place, field, reason


class SeveralFaultsError(UsageError):
    """A pyproject.toml has more than one fault.

    They are listed in the order of the file, each as it would be told alone; mend
    them from the top, since a later one may follow from an earlier one.
    """

    code = "PS2128"

    def __init__(
        self, source: str, errors: tuple[UnknownFieldError | InvalidFieldError, ...]
    ) -> None:
        super().__init__(
            f"{source} has {len(errors)} faults",
            facts={
                "file": source,
                "faults": [f"[{error.code}] {error.message}" for error in errors],
            },
            hints=tuple(
                dict.fromkeys(hint for error in errors for hint in error.hints)
            ),
        )
        self.source, self.errors = source, errors


class Faults:
    """Collects the faults of one file while it is read."""

    def __init__(self, toml: TomlText) -> None:
        self._toml = toml
        self._found: list[tuple[int, UnknownFieldError | InvalidFieldError]] = []

    def add(self, path: Path, reason: str, *, hints: tuple[str, ...] = ()) -> None:
        """Note that the value at ``path`` is wrong; ``reason`` follows its name."""
        place = self._toml.place(path)
        error = InvalidFieldError(place, dotted(path), reason, hints=hints)
        self._found.append((place.line, error))

    def add_unknown(self, path: Path, known: Iterable[str]) -> None:
        """Note that the last key of ``path`` is none of ``known``."""
        place = self._toml.place(path)
        field = str(path[-1])
        table = f"[{dotted(path[:-1])}]" if path[:-1] else self._toml.source
        hint = did_you_mean(field, known)
        error = UnknownFieldError(place, field, table=table, hint=hint)
        self._found.append((place.line, error))

    def raise_any(self) -> None:
        """Raise the only fault, or ``SeveralFaultsError``, if there is any."""
        errors = tuple(error for _, error in sorted(self._found, key=lambda f: f[0]))
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise SeveralFaultsError(self._toml.source, errors)


def dotted(path: Path) -> str:
    """Return ``path`` as people write it: ``project.authors[0].name``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = f'"{part}"' if "." in part else part
            text += f".{key}" if text else key
    return text
