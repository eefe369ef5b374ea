"""The people of a project as a package names them: maintainer, contact, holders."""

import re
from collections.abc import Iterable

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.control import one_line
from pysetup.standards.people import Person, parse_people

_NOBODY = "nobody@invalid"


def maintainer_of(document: Metadata, given: str) -> str:
    """Return who is responsible: what is given, a maintainer, or an author.

    The field needs an address: without any it is one that reaches nobody.
    """
    people = (
        parse_people("", one_line(given))
        if given
        else (*_people(document, "maintainer"), *_people(document, "author"))
    )
    fallback = f"Developers of {document.name}"
    name, address = next(
        (person for person in people if person[1]),
        (people[0][0] if people else fallback, _NOBODY),
    )
    # What dpkg would take for the end of the name, or for another person.
    plain = " ".join(re.sub(r"[<>,\"]", " ", one_line(name)).split())
    return f"{plain or fallback} <{one_line(address)}>"


def authors_of(document: Metadata) -> tuple[str, ...]:
    """Return authors and maintainers, each once, with addresses if they have any."""
    people = (*_people(document, "author"), *_people(document, "maintainer"))
    return tuple(dict.fromkeys(_written(people)))


def _people(document: Metadata, role: str) -> tuple[Person, ...]:
    """Return those of a role; a name alone and an address alone are one person."""
    found = parse_people(document.text(role), document.text(f"{role}_email"))
    names = [name for name, address in found if not address]
    addresses = [address for name, address in found if not name]
    if len(names) == len(addresses) == 1 and len(found) == 2:  # noqa: PLR2004 - a pair
        return ((names[0], addresses[0]),)
    return found


def _written(people: Iterable[Person]) -> list[str]:
    return [
        one_line(f"{name} <{address}>" if name and address else name or address)
        for name, address in people
    ]
