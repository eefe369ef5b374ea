"""What stands in a site folder that may be a distribution, told by names alone."""

import os
from collections.abc import Iterator

from pysetup.interchange.dist_info import SUFFIX, split_dist_info
from pysetup.interchange.installed import EGG_INFO_SUFFIX, EGG_SUFFIX, LINK_SUFFIX
from pysetup.phases.install.easy_install import EASY_INSTALL, active_eggs
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """An entry of the database: normalised name, and its absolute path."""

    name: str
    path: str


def list_site(site: str) -> Iterator[SiteEntry]:
    """Yield the entries of one folder; of one name the first is the one in use.

    Folders ``.dist-info`` and ``.egg-info`` come first, since ``site`` itself comes
    before what its ``.pth`` files add; then eggs that are on the path, develop
    installations, and eggs that wait for a ``pkg_resources.require``.
    """
    try:
        names = sorted(os.listdir(site))
    except OSError:
        return
    waiting: list[tuple[int, SiteEntry]] = []
    active = active_eggs(site) if EASY_INSTALL in names else frozenset()
    for name in names:
        path = os.path.join(site, name)
        if name.endswith(SUFFIX):
            split = split_dist_info(name)
            if split is not None:
                yield SiteEntry(split[0], path)
        elif name.endswith(EGG_INFO_SUFFIX):
            yield SiteEntry(_egg_name(name, EGG_INFO_SUFFIX), path)
        elif name.endswith(LINK_SUFFIX):
            waiting.append((1, SiteEntry(_egg_name(name, LINK_SUFFIX), path)))
        elif name.endswith(EGG_SUFFIX):
            entry = SiteEntry(_egg_name(name, EGG_SUFFIX), path)
            waiting.append((0 if name in active else 2, entry))
    for _, entry in sorted(waiting, key=lambda row: row[0]):
        yield entry


def _egg_name(name: str, suffix: str) -> str:
    # In the names of eggs every dash of a project's name is an underscore, but in
    # those of links it is not.
    stem = name.removesuffix(suffix)
    if suffix != LINK_SUFFIX:
        stem = stem.partition("-")[0]
    return normalize_name(stem)
