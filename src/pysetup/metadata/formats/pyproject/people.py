"""Authors and maintainers: from tables to the two core fields of each (PEP 621)."""

import re

from pysetup.metadata.formats.pyproject.table import Table
from pysetup.standards.jsontext import JSON

_ADDRESS = re.compile(r'[^\s@<>(),;:"\[\]\\]+@[^\s@<>(),;:"\[\]\\]+')
# RFC 822: a name with one of these must stand in quotes before an address.
_SPECIALS = re.compile(r'[()<>@;:"\[\].\\]')


def read_people(project: Table, key: str) -> dict[str, JSON]:
    """Return ``author`` and ``author_email``, or the same of ``maintainer``.

    A name alone goes to the first, everything with an address to the second; several
    are separated by commas.
    """
    names: list[str] = []
    addresses: list[str] = []
    for person in project.tables(key):
        person.refuse_unknown(("name", "email"))
        name, address = person.text("name"), person.text("email")
        if name is not None and not _is_name(name):
            person.fault("must be a name without comma or line break", "name")
        if address is not None and not _ADDRESS.fullmatch(address):
            person.fault(f"{address!r} is no e-mail address", "email")
        if name and address:
            addresses.append(f"{_quoted(name)} <{address}>")
        elif address:
            addresses.append(address)
        elif name:
            names.append(name)
        elif not person.values:
            person.fault("needs a name or an email")
    field = key.removesuffix("s")
    return {
        **({field: ", ".join(names)} if names else {}),
        **({f"{field}_email": ", ".join(addresses)} if addresses else {}),
    }


def _is_name(name: str) -> bool:
    return bool(name.strip()) and "," not in name and name.isprintable()


def _quoted(name: str) -> str:
    if not _SPECIALS.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
