"""requires.txt of egg-info: requirements in sections of extras and markers, both ways.

Before the first section stand those that always hold; ``[extra]``, ``[extra:marker]``
and ``[:marker]`` say when the ones below them do.
"""

from collections.abc import Iterable

from pysetup.errors import PysetupError
from pysetup.metadata.formats.legacy_draft import InvalidSettingError, decoded
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import (
    for_extra,
    parse_marker,
    parse_requirement,
    split_extra,
    split_marker,
    with_marker,
)
from pysetup.values import dataclass

REQUIRES_TXT = "requires.txt"


@dataclass(frozen=True, slots=True)
class Requires:
    """Requirements with their whole markers, and the extras in their order."""

    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]


def parse_requires(content: bytes, *, source: str = REQUIRES_TXT) -> Requires:
    """Read ``requires.txt``; raises ``InvalidSettingError``."""
    text = decoded(content, source=source)
    requires: list[str] = []
    extras: dict[str, None] = {}
    extra = marker = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("[") and line.endswith("]"):
                extra, marker = _section(line[1:-1])
                if extra:
                    extras[extra] = None
            else:
                requires.append(_whole(line, extra, marker))
        except PysetupError as error:
            raise InvalidSettingError(
                source, number, repr(line[:80]), f"is wrong: {error.message}"
            ) from None
    return Requires(tuple(requires), tuple(extras))


def _section(name: str) -> tuple[str, str]:
    extra, _, marker = (part.strip() for part in name.partition(":"))
    if extra:
        extra = normalize_name(parse_name(extra))
    return extra, str(parse_marker(marker)) if marker else ""


def _whole(line: str, extra: str, marker: str) -> str:
    requirement = parse_requirement(line)
    if marker:
        joined = f"({marker})" if " or " in marker and extra else marker
        requirement = parse_requirement(with_marker(requirement, joined))
    return for_extra(requirement, extra) if extra else str(requirement)


def write_requires(
    requires_dist: Iterable[str], provides_extra: Iterable[str]
) -> bytes:
    """Write ``requires.txt`` as setuptools does; empty when there is nothing to say.

    Raises ``InvalidRequirementError``.
    """
    always: dict[str, None] = {}
    sections: dict[str, dict[str, None]] = {extra: {} for extra in provides_extra}
    spelt = {normalize_name(extra): extra for extra in sections}
    for text in requires_dist:
        bare, extra = split_extra(parse_requirement(text))
        name = spelt.get(normalize_name(extra), extra) if extra else ""
        requirement, marker = split_marker(parse_requirement(bare))
        section = f"{name}:{marker}" if marker else name
        if name:
            sections.setdefault(name, {})  # setuptools names every extra by itself too
        if section:
            sections.setdefault(section, {})[requirement] = None
        else:
            always[requirement] = None
    out = [f"{text}\n" for text in always]
    for section in sorted(sections):
        out += [f"\n[{section}]\n", *(f"{text}\n" for text in sections[section])]
    return "".join(out).encode()
