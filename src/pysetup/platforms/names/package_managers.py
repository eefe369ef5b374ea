"""Package managers as a registry of mappings describes them (PEP 804, draft)."""

import re
from collections.abc import Mapping, Sequence
from typing import Self

from pysetup.platforms.names.mapping import InvalidMappingError
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field

ALWAYS, NAME_ONLY, NEVER = "always", "name-only", "never"
_HERE = "{}"
_PART = re.compile(r"(===|==|~=|!=|<=|>=|<|>)?\s*([^\s,<>=!~]+)\s*")
# How the operators are called there; what is not in it has no word.
_OPERATORS = {
    "==": "equal",
    "!=": "not_equal",
    ">": "greater_than",
    ">=": "greater_than_equal",
    "<": "less_than",
    "<=": "less_than_equal",
}


@dataclass(frozen=True, slots=True)
class PackageManager:
    """A program that installs packages, and how it is told which.

    ``install`` are the words of its command; ``{}`` stands for the packages.
    ``several`` says whether it takes several at once: always, by names alone, never.
    ``exact`` and ``ranges`` are how a name with a version is written, if it can be.
    """

    name: str
    install: tuple[str, ...]
    several: str = ALWAYS
    exact: tuple[str, ...] = ()
    ranges: Mapping[str, str] = field(default_factory=dict)
    ranged: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: JSON, *, source: str, pointer: str) -> Self:
        """Read an entry of ``package_managers``; raises ``InvalidMappingError``."""
        install = _inside(value, "commands", "install")
        words = _texts(_inside(install, "command"))
        name = _inside(value, "name")
        if not isinstance(name, str) or not words or words[0] == _HERE:
            reason = "has a package manager without a name or a command to install"
            raise InvalidMappingError(source, pointer, reason)
        ranges = _inside(value, "specifier_syntax", "version_ranges")
        return cls(
            name=name,
            install=words,
            several=str(_inside(install, "multiple_specifiers") or ALWAYS),
            exact=_texts(_inside(value, "specifier_syntax", "exact_version")),
            ranges={
                key: text
                for key, text in (ranges.items() if isinstance(ranges, Mapping) else ())
                if isinstance(text, str)
            },
            ranged=_texts(_inside(ranges, "syntax")),
        )

    def commands(
        self, packages: Sequence[tuple[str, str]]
    ) -> tuple[tuple[str, ...], ...]:
        """Return the commands that install ``packages``: names and versions (PEP 440).

        A version that the manager has no words for is left out.
        """
        told = [self._words(name, version) for name, version in packages]
        alone = told if self.several == NEVER else []
        if self.several == NAME_ONLY:
            names = {(name,) for name, _ in packages}
            alone = [words for words in told if words not in names]
        together = tuple(word for words in told if words not in alone for word in words)
        groups = [together, *alone] if together else alone
        return tuple(map(self._command, groups))

    def _command(self, packages: tuple[str, ...]) -> tuple[str, ...]:
        if _HERE not in self.install:
            return (*self.install, *packages)
        at = self.install.index(_HERE)
        return (*self.install[:at], *packages, *self.install[at + 1 :])

    def _words(self, name: str, version: str) -> tuple[str, ...]:
        """Return how a package is named, with its version if there are words for it."""
        parts = [(sign or "==", text) for sign, text in _PART.findall(version)]
        if len(parts) == 1 and parts[0][0] == "==" and self.exact:
            return _filled(self.exact, name=name, version=parts[0][1])
        forms = [self.ranges.get(_OPERATORS.get(sign, ""), "") for sign, _ in parts]
        joined = self.ranges.get("and", "")
        if not parts or not self.ranged or not all(forms):
            return (name,)
        if len(parts) > 1 and not joined:
            return (name,)
        texts = [
            form.replace("{version}", text).replace("{name}", name)
            for form, (_, text) in zip(forms, parts, strict=True)
        ]
        return _filled(self.ranged, name=name, ranges=joined.join(texts))


def package_managers(
    value: Mapping[str, JSON], *, source: str
) -> tuple[PackageManager, ...]:
    """Return the managers of a mapping; raises ``InvalidMappingError``."""
    listed = value.get("package_managers")
    return tuple(
        PackageManager.read(one, source=source, pointer=f"/package_managers/{number}")
        for number, one in enumerate(listed if isinstance(listed, list) else ())
    )


def _filled(form: Sequence[str], **values: str) -> tuple[str, ...]:
    found = []
    for word in form:
        text = word
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", value)
        found.append(text)
    return tuple(found)


def _inside(value: JSON, *keys: str) -> JSON:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _texts(value: JSON) -> tuple[str, ...]:
    """Return a list of words that a command may have; empty if it is none."""
    if not isinstance(value, list):
        return ()
    right = all(isinstance(word, str) and word.isprintable() and word for word in value)
    return tuple(map(str, value)) if right else ()
