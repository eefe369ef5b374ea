"""The people of a project as a package names them: maintainer, contact, holders."""

import re
from collections.abc import Iterable

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.control import one_line
from pysetup.platforms.project_facts import people_of
from pysetup.standards.people import Person, parse_people

_NOBODY = "nobody@example.org"


def maintainer_of(document: Metadata, given: str) -> str:
    """Return who is responsible: what is given, a maintainer, or an author.

    The field needs an address: without any it is one that reaches nobody (RFC 2606).
    """
    people = (
        parse_people("", one_line(given))
        if given
        else (*people_of(document, "maintainer"), *people_of(document, "author"))
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
    people = (*people_of(document, "author"), *people_of(document, "maintainer"))
    return tuple(dict.fromkeys(_written(people)))


def _written(people: Iterable[Person]) -> list[str]:
    return [
        one_line(f"{name} <{address}>" if name and address else name or address)
        for name, address in people
    ]
