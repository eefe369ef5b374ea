"""Choosing the folders of a wheel that can be links to the store: as high as can be."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from pysetup.phases.install.plan import InstallPlan
from pysetup.store.stored_wheel import StoredWheel

# Below these of an environment everybody puts something: only deeper folders are
# one's own.
_COMMON = 2


def linked_folders(
    install: InstallPlan,
    wheel: StoredWheel,
    prefix: str,
    owners: Mapping[str, AbstractSet[str]],
) -> dict[str, str]:
    """Return folder below ``prefix`` -> folder of the wheel that it can be a link to.

    ``owners`` says which wheels of the same plan have files in a folder. A folder
    that stands already, one that holds something which is not of the wheel, and the
    entry of the database stay folders.
    """
    sources = _sources(install, wheel, prefix)
    below = Counter(
        above for file in wheel.manifest.files for above in _above(file.path)
    )
    info = install.info_dir[len(prefix) + 1 :]
    chosen: dict[str, str] = {}
    for folder in sorted(sources):
        source, count = sources[folder]
        inside = folder == info or folder.startswith(info + os.sep)
        if inside or any(above in chosen for above in _above(folder)):
            continue
        whole = source is not None and count == below[source]
        lonely = len(owners.get(folder, ())) == 1 and folder.count("/") >= _COMMON
        if source and whole and lonely and not os.path.lexists(f"{prefix}/{folder}"):
            chosen[folder] = source
    return chosen


def _sources(
    install: InstallPlan, wheel: StoredWheel, prefix: str
) -> dict[str, tuple[str | None, int]]:
    """Return for each folder what it is in the wheel, and how many files it gets.

    It is nothing in the wheel where a file of it is made here, or comes from elsewhere.
    """
    found: dict[str, tuple[str | None, int]] = {}
    for file in install.files:
        place = file.path[len(prefix) + 1 :]
        source = file.source
        if source and not wheel.stored(source, executable=file.executable):
            source = None
        for folder in _above(place):
            if source is not None:
                same = os.path.basename(source) == os.path.basename(place)
                source, place = (
                    (os.path.dirname(source), folder) if same else (None, "")
                )
            known, count = found.get(folder, (source, 0))
            found[folder] = (known if known == source else None, count + 1)
    return found


def _above(path: str) -> Iterator[str]:
    """Yield the folders above ``path``, the nearest first."""
    folder = os.path.dirname(path)
    while folder:
        yield folder
        folder = os.path.dirname(folder)
