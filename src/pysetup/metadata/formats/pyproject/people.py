"""Authors and maintainers: from tables to the two core fields of each (PEP 621)."""

from pysetup.metadata.formats.pyproject.table import Table
from pysetup.standards.jsontext import JSON
from pysetup.standards.people import (
    ADDRESS,
    Person,
    format_people,
    is_person_name,
)


def read_people(project: Table, key: str) -> dict[str, JSON]:
    """Return ``author`` and ``author_email``, or the same of ``maintainer``.

    A name alone goes to the first, everything with an address to the second; several
    are separated by commas.
    """
    people: list[Person] = []
    for person in project.tables(key):
        person.refuse_unknown(("name", "email"))
        name, address = person.text("name"), person.text("email")
        if name is not None and not is_person_name(name):
            person.fault("must be a name without comma or line break", "name")
        if address is not None and not ADDRESS.fullmatch(address):
            person.fault(f"{address!r} is no e-mail address", "email")
        if not person.values:
            person.fault("needs a name or an email")
        people.append((name or "", address or ""))
    names, addresses = format_people(people)
    field = key.removesuffix("s")
    return {
        **({field: names} if names else {}),
        **({f"{field}_email": addresses} if addresses else {}),
    }
