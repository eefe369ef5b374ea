"""Time to read real metadata documents: ours against packaging and bare JSON.

Every document is the ``pydist.json`` that is made from a real METADATA file. In one
run, in turns: ``json.loads`` of its bytes, ``Metadata.from_json`` of the same bytes,
``packaging.metadata.parse_email`` of the METADATA that it was made from, and our reader
of that; from memory, and from files. Then an installed database of all of them, against
``importlib.metadata``. Printed are medians of CPU milliseconds, and medians of the
ratios within a round.

Usage: metadata_documents.py [--count N] [--rounds N] [FOLDER ...]
FOLDER has wheels, sdists or installed packages; without one: this interpreter's.
"""

import argparse
import importlib.metadata
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from packaging.metadata import parse_email
from real_metadata import default_folders, from_folders

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.phases.install.database import InstalledDatabase

GOALS = {"packaging": 0.1, "json": 1.2}
Way = Callable[[], object]


def collect(folders: list[Path], count: int) -> list[tuple[bytes, bytes]]:
    """Return METADATA and pydist.json of the first ``count`` distributions."""
    made = []
    for found in from_folders(folders):
        try:
            metadata = core_metadata.read(found.metadata, source=found.source)
        except PysetupError as error:
            print(f"left out: {error.message}", file=sys.stderr)
            continue
        made.append((found.metadata, metadata.to_json()))
        if len(made) == count:
            break
    return made


def measure(ways: dict[str, Way], rounds: int) -> dict[str, list[float]]:
    """Return the CPU milliseconds of every way in every round, in turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for turn in range(rounds):
        names = list(ways) if turn % 2 else list(reversed(ways))
        for name in names:
            start = time.process_time_ns()
            result = ways[name]()
            times[name].append((time.process_time_ns() - start) / 1e6)
            del result
    return times


def report(times: dict[str, list[float]], *yardsticks: str) -> dict[str, list[float]]:
    """Print a table; return the median ratios of each way to the yardsticks."""
    print(f"| way | ms | {' | '.join(f'to {name}' for name in yardsticks)} |")
    print("|---|---:|" + "---:|" * len(yardsticks))
    ratios = {}
    for name, row in times.items():
        ratios[name] = [
            statistics.median(a / b for a, b in zip(row, times[other], strict=True))
            for other in yardsticks
        ]
        cells = " | ".join(f"{ratio:.3f}" for ratio in ratios[name])
        print(f"| {name} | {statistics.median(row):.2f} | {cells} |")
    print()
    return ratios


def install(documents: list[tuple[bytes, bytes]], site: Path) -> None:
    """Write an installed database of all documents."""
    for content, document in documents:
        metadata = Metadata.from_json(document)
        stem = f"{metadata.normalized_name.replace('-', '_')}-{metadata.version}"
        folder = site / f"{stem}.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_bytes(content)
        (folder / "pydist.json").write_bytes(document)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=41)
    arguments = parser.parse_args()
    documents = collect(arguments.folders or default_folders(), arguments.count)
    size = sum(len(document) for _, document in documents)
    print(f"{len(documents)} documents, {size / 1e6:.2f} MB of JSON\n")

    legacy = [content for content, _ in documents]
    ours = [document for _, document in documents]
    memory = measure(
        {
            "json.loads": lambda: [json.loads(one) for one in ours],
            "Metadata.from_json": lambda: [Metadata.from_json(one) for one in ours],
            "packaging parse_email": lambda: [parse_email(one) for one in legacy],
            "core_metadata.read": lambda: [core_metadata.read(one) for one in legacy],
        },
        arguments.rounds,
    )
    print("From memory:\n")
    ratios = report(memory, "json.loads", "packaging parse_email")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        install(documents, site)
        jsons = sorted(map(str, site.glob("*/pydist.json")))
        texts = sorted(map(str, site.glob("*/METADATA")))

        def each(read: Callable[[bytes], object], files: list[str]) -> list[object]:
            made = []
            for file in files:
                with open(file, "rb") as stream:
                    made.append(read(stream.read()))
            return made

        files = measure(
            {
                "json.loads": lambda: each(json.loads, jsons),
                "Metadata.from_json": lambda: each(Metadata.from_json, jsons),
                "packaging parse_email": lambda: each(parse_email, texts),
            },
            arguments.rounds,
        )
        print("From files:\n")
        report(files, "json.loads", "packaging parse_email")
        database = measure(
            {
                "importlib.metadata": lambda: [
                    (one.metadata["Name"], one.version, one.requires)
                    for one in importlib.metadata.distributions(path=[folder])
                ],
                "InstalledDatabase": lambda: [
                    (
                        one.metadata.name,
                        one.metadata.version,
                        one.metadata.texts("requires_dist"),
                    )
                    for one in InstalledDatabase([folder]).distributions()
                ],
            },
            max(5, arguments.rounds // 4),
        )
        print("An installed database, names, versions and requirements of all:\n")
        report(database, "importlib.metadata")
    to_json, to_packaging = ratios["Metadata.from_json"]
    print(f"goal: at most {GOALS['json']} of json.loads: {to_json:.3f}")
    print(f"goal: at most {GOALS['packaging']} of packaging: {to_packaging:.3f}")
    met = to_json <= GOALS["json"] and to_packaging <= GOALS["packaging"]
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
