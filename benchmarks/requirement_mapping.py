"""Map what 200 popular projects require, for Debian and for Fedora, without any input.

    python benchmarks/requirement_mapping.py FOLDER...

``popular_projects.txt`` has the names: the 200 most downloaded of November 2026 whose
metadata was on the machine that made the list, all within the first 462. The metadata
are files ``METADATA`` of ``*.dist-info`` anywhere below the folders: environments, or
pysetup's own cache.

What judges: for Debian 12 the lists of files of the archive (``--lists``), while the
mapping has the shipped tables alone; for Debian 13 the shipped table itself; for Fedora
the generator of requirements that comes with rpm, asked about the same files. Markers
hold for the target; extras are counted with ``--extras``.
"""

import argparse
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.platforms.names.catalogue import Catalogue
from pysetup.platforms.names.tables import shipped_catalogue
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    Requirement,
    marker_holds,
    parse_requirement,
)
from pysetup.standards.versions import InvalidVersionError, parse_version
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.platform.compiled import compiled
from pysetup.workflows.platform.names import NameOptions, open_names
from pysetup.workflows.platform.repository_lists import lists_at

APT = "/var/lib/apt/lists"
GENERATOR = "/usr/lib/rpm/pythondistdeps.py"
LIST = Path(__file__).parent / "popular_projects.txt"
FLOOR = 95.0
_INFO = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")
_PROVIDE = re.compile(r"python3\.\d+dist\(([^)\[]+)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--lists", default=APT, help="of Debian 12")
    parser.add_argument("--extras", action="store_true")
    arguments = parser.parse_args()
    context = make_context(options={}, tell=print)
    names = LIST.read_text("utf-8").split()
    metadata = {
        name: path for name, path in found(arguments.folders).items() if name in names
    }
    print(f"{len(metadata)} of {len(names)} projects have their metadata here")
    shares = []
    for name in ("debian-12", "debian-13"):
        target = read_target(name)
        wanted = Counter(
            name
            for path in metadata.values()
            for name in requirements(path, target, extras=arguments.extras)
        )
        if name == "debian-12":
            (lists,) = lists_at(arguments.lists, target, context=context)
            truth = compiled(lists, target, context=context).catalogue
        else:
            shipped = shipped_catalogue(target)
            assert shipped is not None, "it is shipped"
            truth = shipped
        shares.append(of_debian(wanted, target, truth, context))
    shares.append(of_fedora(metadata, read_target("fedora-43"), context))
    return 0 if min(shares) >= FLOOR else 1


def found(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the METADATA of the newest version of each project below ``folders``."""
    best: dict[str, tuple[object, Path]] = {}
    for folder in folders:
        for path in folder.rglob("*.dist-info/METADATA"):
            match = _INFO.fullmatch(path.parent.name)
            if match is None:
                continue
            try:
                version = parse_version(match["version"])
            except InvalidVersionError:
                continue
            name = normalize_name(match["name"])
            if name not in best or version > best[name][0]:  # type: ignore[operator]
                best[name] = (version, path)
    return {name: path for name, (_, path) in best.items()}


def requirements(path: Path, target: PlatformTarget, *, extras: bool) -> list[str]:
    """Return the projects that METADATA requires on ``target``."""
    head = path.read_text("utf-8", "replace").partition("\n\n")[0].splitlines()
    texts = [line[15:] for line in head if line.startswith("Requires-Dist: ")]
    chosen = [line[16:] for line in head if line.startswith("Provides-Extra: ")]
    known = frozenset(map(normalize_name, chosen)) if extras else frozenset[str]()
    parsed: list[Requirement] = [parse_requirement(text) for text in texts]
    return list(
        dict.fromkeys(
            normalize_name(one.name)
            for one in parsed
            if marker_holds(one.marker, target.markers, extras=known)
        )
    )


def of_debian(
    wanted: Mapping[str, int],
    target: PlatformTarget,
    truth: Catalogue,
    context: Context,
) -> float:
    """Print how the requirements map by the shipped tables; return the right share.

    Right is the archive's package, or to say that there is none.
    """
    options = NameOptions(places=(str(_empty(context)),))
    known = open_names(None, target, context=context, options=options)
    told: dict[str, list[str]] = {"right": [], "wrong": [], "lost": [], "absent": []}
    counts: Counter[str] = Counter()
    for name, times in sorted(wanted.items()):
        answer = known.find(name)
        there = {one.package for one in truth.projects.get(name, ())}
        if answer is None:
            kind = "lost" if there else "absent"
        else:
            fits = not there or set(answer.packages) & there
            kind = "right" if fits else "wrong"
        told[kind].append(name)
        counts[kind] += times
    total = sum(wanted.values())
    share = 100 * (counts["right"] + counts["absent"]) / total
    print(
        f"{target.name}: {len(wanted)} projects are required {total} times: "
        f"{counts['right']} mapped ({100 * counts['right'] / total:.1f} %), "
        f"{counts['wrong']} wrong, {counts['lost']} there and not found, "
        f"{counts['absent']} not in the archive and told so: {share:.1f} % correct"
    )
    print(f"  not in the archive: {', '.join(told['absent'])}")
    return share


def _empty(context: Context) -> Path:
    """Return a list in which nothing stands, so that no other one is read."""
    path = context.settings.cache_dir / "Contents-none"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def of_fedora(
    metadata: Mapping[str, Path], target: PlatformTarget, context: Context
) -> float:
    """Compare our names with those that rpm's generator writes for the same files."""
    known = open_names(None, target, context=context)
    same, other, total = 0, [], 0
    for name, path in sorted(metadata.items()):
        theirs = generated(path)
        ours = set()
        for project in requirements(path, _running(target), extras=False):
            answer = known.find(project)
            ours |= set(answer.packages) if answer else {f"{project}: none"}
        wanted = {f"python3dist({one})" for one in theirs}
        total += len(wanted)
        same += len(wanted & ours)
        if wanted != ours:
            other.append(f"{name}: {sorted(wanted ^ ours)}")
    share = 100 * same / total
    print(f"{target.name}: {same} of {total} names as rpm's generator ({share:.1f} %)")
    for text in other:
        print(f"  {text}")
    return share


def generated(path: Path) -> set[str]:
    """Return the projects that rpm's generator requires for a ``METADATA``.

    It wants to see it in an import folder, and Fedora asks it for names of PEP 503.
    """
    with tempfile.TemporaryDirectory() as root:
        place = Path(root, "usr/lib/python3.11/site-packages", path.parent.name)
        place.mkdir(parents=True)
        copy = shutil.copy(path, place)
        words = ["--requires", "--normalized-names-format", "pep503"]
        done = subprocess.run(
            ["/usr/bin/python3", GENERATOR, *words],
            input=f"{copy}\n",
            capture_output=True,
            text=True,
            check=False,
        )
    return set(_PROVIDE.findall(done.stdout))


def _running(target: PlatformTarget) -> PlatformTarget:
    """Return the target whose markers the generator sees: that of this machine."""
    return read_target("debian-12") if target.family == "rpm" else target


if __name__ == "__main__":
    raise SystemExit(main())
