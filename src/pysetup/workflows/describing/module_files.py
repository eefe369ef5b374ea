"""Which modules of a source are one file each; the document does not tell."""

from pathlib import Path

from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.interchange.wheel_file import open_wheel
from pysetup.workflows.describing.sources import BUILT, SDIST, TREE, WHEEL, Source


def single_files(source: Source) -> frozenset[str]:
    """Return those of ``sources.modules`` that are a ``.py`` file in ``source``.

    None where there is nothing to look into: a document alone, an index. Raises what
    is wrong with an archive.
    """
    sources = source.metadata.section("sources")
    modules, root = sources.get("modules"), sources.get("root")
    names = [str(name) for name in modules] if isinstance(modules, list) else []
    folder = "" if root in (None, ".") else f"{root}/"
    place = Path(source.place)
    files = {f"{name.replace('.', '/')}.py": name for name in names}
    if not files or not place.exists():
        return frozenset()
    if source.kind == TREE:
        there = {path for path in files if (place / f"{folder}{path}").is_file()}
    elif source.kind == BUILT:
        there = {path for path in files if (place / path).is_file()}
    elif source.kind == WHEEL:
        with open_wheel(place) as wheel:
            there = {member.path for member in wheel.members} & files.keys()
    elif source.kind == SDIST:
        wanted = {f"{folder}{path}": path for path in files}
        there = {wanted[found] for found in read_sdist_files(place, wanted)}
    else:
        return frozenset()
    return frozenset(files[path] for path in there)
