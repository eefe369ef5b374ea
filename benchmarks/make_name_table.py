"""Make the table of names of a release that pysetup ships, from the archive's lists.

    python benchmarks/make_name_table.py debian-12 /var/lib/apt/lists
    python benchmarks/make_name_table.py debian-13 DIR --packages DIR/Packages

The second argument is a folder or a URL as ``--package-lists`` takes it, or files
``Contents`` one by one. The table goes to ``src/pysetup/platforms/names/tables/``.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.platforms.names.catalogue import Catalogue, Holding
from pysetup.platforms.target import read_target
from pysetup.platforms.versions.deb import DIALECT
from pysetup.platforms.versions.order import compare_deb
from pysetup.platforms.versions.ranges import AFTER_LOCALS, BEFORE, Cut
from pysetup.standards.versions import InvalidVersionError, parse_version
from pysetup.values import replace
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.platform.compiled import compiled
from pysetup.workflows.platform.plain_streams import pour
from pysetup.workflows.platform.repository_lists import CONTENTS, Lists, lists_at

TABLES = Path(__file__).parent.parent / "src/pysetup/platforms/names/tables"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("places", nargs="+")
    parser.add_argument("--packages", action="append", default=[])
    arguments = parser.parse_args()
    target = read_target(arguments.target)
    context = make_context(options={}, tell=print)
    paths = [Path(place) for place in arguments.places]
    if all(path.is_file() for path in paths):
        beside = tuple(map(Path, arguments.packages))
        lists = Lists(CONTENTS, f"contents:{target.name}", tuple(paths), beside)
    else:
        (lists,) = lists_at(arguments.places[0], target, context=context)
    made = compiled(lists, target, context=context).catalogue
    path = TABLES / f"{target.name}.json"
    libraries = libraries_of(lists.beside, context)
    path.write_text(table(made, f"table:{target.name}", libraries), "utf-8")
    print(f"{path}: {len(made.projects)} projects, {path.stat().st_size} bytes")


def libraries_of(paths: Sequence[Path], context: Context) -> dict[str, list[str]]:
    """Return the libraries behind the development packages that our table names.

    Those it depends on in exactly its own version are of the same source.
    """
    pieces: list[bytes] = []
    for path in paths:
        pour(path, pieces.append, context=context)
    entries = json.loads((TABLES / "external.json").read_text("utf-8"))["packages"]
    wanted = {entry["debian"] for entry in entries if "debian" in entry}
    found = {}
    for stanza in b"".join(pieces).decode().split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in stanza.splitlines() if ": " in line[1:]
        )
        name = fields.get("Package", "")
        depends = re.findall(r"([a-z0-9][a-z0-9+.-]+) \(= ", fields.get("Depends", ""))
        libraries = [
            one
            for one in depends
            if "lib" in one and not one.endswith(("-dev", "-bin", "-tools"))
        ]
        if name in wanted and name.endswith("-dev") and libraries:
            found[name] = libraries
    return found


def table(catalogue: Catalogue, label: str, libraries: Mapping[str, list[str]]) -> str:
    """Return the catalogue as JSON with one project a line, for people and for git.

    Of modules only those are kept that nothing else tells, of bare packages; of
    versions of packages those that nobody would expect.
    """
    told = {one.package for rows in catalogue.projects.values() for one in rows}
    bare = {key: names for key, names in catalogue.modules.items() if key not in told}
    projects = {
        key: tuple(map(_spare, rows)) for key, rows in catalogue.projects.items()
    }
    kept = replace(catalogue, label=label, projects=projects, modules=bare, whole=False)
    value = kept.to_json()
    value["libraries"] = dict(libraries)
    parts = []
    for key, item in sorted(value.items()):
        if isinstance(item, dict):
            rows = [f"{json.dumps(k)}:{_compact(v)}" for k, v in sorted(item.items())]
            parts.append(f"{json.dumps(key)}:{{\n" + ",\n".join(rows) + "\n}")
        else:
            parts.append(f"{json.dumps(key)}:{_compact(item)}")
    return "{" + ",\n".join(parts) + "}\n"


def _spare(holding: Holding) -> Holding:
    """Return ``holding`` without the package's version where that is the usual one."""
    if not holding.package_version:
        return holding
    try:
        version = parse_version(holding.version)
    except InvalidVersionError:
        return holding
    low, high = (
        DIALECT.spell(Cut(version, side), epoch=holding.epoch)
        for side in (BEFORE, AFTER_LOCALS)
    )
    usual = (
        compare_deb(low, holding.package_version) <= 0
        and compare_deb(holding.package_version, high) < 0
    )
    return replace(holding, package_version="") if usual else holding


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
