"""Questions about an environment, answered from its index: nothing is imported."""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from pysetup.interchange.environment import Environment
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.entry_points import EntryPoint
from pysetup.standards.jsontext import JSON

# What is a module, made from one, or belongs to the database itself.
_NO_RESOURCES = (".py", ".pyc", ".pyo", ".pyi", ".so", ".pyd", ".pth")
_DATABASE = (".dist-info", ".egg-info", "EGG-INFO")


class InstalledEntryPoint(NamedTuple):
    """An entry point, and the distribution that declares it.

    ``reference`` is ``module:attribute``. There may be hundreds, of which most are
    never used: nothing but texts.
    """

    distribution: str
    version: str
    group: str
    name: str
    reference: str

    @property
    def entry(self) -> EntryPoint:
        """Its parts; raises ``InvalidEntryPointError``."""
        return EntryPoint.parse(self.group, self.name, self.reference)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return dict(self._asdict())

    def load(self) -> object:
        """Import what it refers to, in this interpreter, and return it.

        Raises what the import raises, and ``AttributeError``.
        """
        entry = self.entry
        found: object = import_module(entry.module)
        for part in entry.attribute.split(".") if entry.attribute else ():
            found = getattr(found, part)
        return found


def find_entry_points(
    database: InstalledDatabase, *, group: str | None = None, name: str | None = None
) -> tuple[InstalledEntryPoint, ...]:
    """Return the entry points of ``group``, or called ``name``; all without either.

    The index is kept for the next time, if the environment has a state folder. While
    nothing comes to the site folders or goes, no dist-info is looked at.
    """
    return tuple(
        InstalledEntryPoint._make(row)
        for row in database.entry_point_rows()
        if group in (None, row[2]) and name in (None, row[3])
    )


def find_files(
    database: InstalledDatabase, name: str, *, environment: Environment
) -> tuple[str, ...]:
    """Return the absolute paths of all files of the distribution ``name``, sorted.

    Raises ``NotInstalledError``, ``MissingRecordError`` or ``InvalidRecordError``.
    """
    found = database.find(name)
    if found is None:
        raise NotInstalledError(name, environment.prefix)
    return tuple(sorted(file.path for file in database.files(found)))


def find_resources(
    database: InstalledDatabase,
    name: str,
    *,
    environment: Environment,
    below: str = "",
) -> tuple[str, ...]:
    """Return the data files of ``name``: no modules, commands, or database.

    ``below`` is a package or a folder, relative to site-packages, with slashes or dots:
    then only what is in there. Raises as ``find_files``.
    """
    site = environment.scheme.purelib
    scripts = os.path.realpath(environment.scheme.scripts) + os.sep
    places = _places(below, database.paths)
    return tuple(
        path
        for path in find_files(database, name, environment=environment)
        if not path.endswith(_NO_RESOURCES)
        and not path.startswith(scripts)
        and not any(part.endswith(_DATABASE) for part in _parts(path, site))
        and (not places or path.startswith(places))
    )


def _places(below: str, sites: Sequence[str]) -> tuple[str, ...]:
    if not below:
        return ()
    folder = below if "/" in below else below.replace(".", "/")
    return tuple(os.path.join(site, folder.rstrip("/")) + os.sep for site in sites)


def _parts(path: str, site: str) -> list[str]:
    return os.path.relpath(path, site).split(os.sep)
