"""People as core metadata has them: names in one field, addresses in another."""

import re
from collections.abc import Iterable

from pysetup.late import late_pattern

ADDRESS = late_pattern(r'[^\s@<>(),;:"\[\]\\]+@[^\s@<>(),;:"\[\]\\]+')
# RFC 822: a name with one of these must stand in quotes before an address.
_SPECIALS = late_pattern(r'[()<>@;:"\[\].\\]')
_ITEM = late_pattern(r'\s*((?:"(?:\\.|[^"\\])*"|[^",])*)(?:,|$)', re.DOTALL)
_NAMED = late_pattern(
    r'(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<plain>[^"<>]*?))\s*<(?P<email>[^<>]*)>',
    re.DOTALL,
)

Person = tuple[str, str]


def is_person_name(name: str) -> bool:
    """Tell whether ``name`` can stand in a list of people (PEP 621)."""
    return bool(name.strip()) and "," not in name and name.isprintable()


def format_people(people: Iterable[Person]) -> tuple[str, str]:
    """Return the names of those without an address, and the others as addresses.

    Each person is a name and an address, either of which may be empty.
    """
    listed = list(people)
    names = [name for name, address in listed if name and not address]
    addresses = [
        f"{_quoted(name)} <{address}>" if name else address
        for name, address in listed
        if address
    ]
    return ", ".join(names), ", ".join(addresses)


def parse_people(names: str, addresses: str) -> tuple[Person, ...]:
    """Return the people of a pair of fields: those with an address come first.

    What is no address is taken for a name; ``format_people`` tells whether that was
    all there is to it.
    """
    found: list[Person] = []
    for text in _items(addresses):
        match = _NAMED.fullmatch(text)
        if match is not None:
            quoted = match["quoted"]
            name = match["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found.append((name.strip(), match["email"].strip()))
        elif ADDRESS.fullmatch(text):
            found.append(("", text))
        else:
            found.append((text, ""))
    return (*found, *((name, "") for name in _items(names)))


def _items(text: str) -> list[str]:
    return [match[1].strip() for match in _ITEM.finditer(text) if match[1].strip()]


def _quoted(name: str) -> str:
    if not _SPECIALS.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
