"""Lock what real projects need, install it offline, lock it again, and ask others.

For each project: ``lock``; ``sync --offline`` into a fresh environment from the cache
that a first ``sync`` has filled; ``lock`` again, which must leave the file untouched;
``packaging.pylock`` reads it; uv and pip install it into environments of their own, and
the installed sets are compared. It needs an index, the one that is configured.

    python benchmarks/lock_projects.py                  the thirty, as a table
    python benchmarks/lock_projects.py flask rich       these alone
    python benchmarks/lock_projects.py --universal ...  for all environments at once
    python benchmarks/lock_projects.py --schemas DIR ...  bills of materials as well:
        DIR holds bom-1.6.schema.json and what it refers to, and spdx-schema.json
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.pylock import Pylock

PROJECTS = (
    *("flask", "django", "fastapi[standard]", "starlette", "aiohttp", "tornado"),
    *("requests[socks]", "httpx[http2]", "urllib3", "boto3", "celery", "sqlalchemy"),
    *("pytest", "tox", "black", "mypy", "pylint", "pre-commit", "sphinx", "mkdocs"),
    *("rich", "typer", "poetry-core", "cookiecutter", "scrapy", "jupyterlab"),
    *("numpy", "pandas", "matplotlib", "scikit-learn"),
)
BESIDE = Path(sys.executable).parent


@dataclass
class Row:
    """What came of one project; a time is in seconds."""

    project: str
    packages: int = 0
    locked: float = 0.0
    again: float = 0.0
    synced: float = 0.0
    marks: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def cells(self) -> list[str]:
        """Return the cells of the table."""
        return [
            self.project,
            str(self.packages or ""),
            f"{self.locked:.2f}",
            f"{self.again:.2f}",
            f"{self.synced:.2f}",
            *(self.marks.get(name, "") for name in COLUMNS),
        ]


COLUMNS = ("same again", "offline", "packaging", "uv", "pip")


class Bench:
    """Runs the commands for one project after the other, in one cache."""

    def __init__(self, folder: Path, *, universal: bool, schemas: Path | None) -> None:
        self._folder = folder
        self._universal = universal
        self._schemas = schemas
        self._environ = {
            **os.environ,
            "PYSETUP_CACHE_DIR": str(folder / "cache"),
            "UV_CACHE_DIR": str(folder / "uv-cache"),
            "UV_PREVIEW_FEATURES": "pylock",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def measure(self, number: int, project: str) -> Row:
        """Do everything with one project."""
        row = Row(project)
        place = self._folder / str(number)
        place.mkdir()
        lock = place / "pylock.toml"
        words = ["lock", project, "--python", sys.executable, "-o", str(lock), "-q"]
        if self._universal:
            words.append("--universal")
        done, row.locked = self._timed([*PYSETUP, *words])
        if done.returncode:
            row.notes.append(f"lock: {_last(done.stderr)}")
            return row
        before = lock.read_bytes(), lock.stat().st_mtime_ns
        # The second run is that which anybody makes who changes nothing.
        done, row.again = self._timed([*PYSETUP, *words])
        same = (lock.read_bytes(), lock.stat().st_mtime_ns) == before
        row.marks["same again"] = _mark(same and not done.returncode)
        read = Pylock.from_dict(tomllib.loads(lock.read_text("utf-8")))
        row.packages = len(read.packages)
        row.marks["packaging"] = _mark(self._chosen(read) == row.packages)
        ours = self._synced(place, lock, row)
        for tool in ("uv", "pip"):
            found = self._installed_by(tool, place, lock, row)
            row.marks[tool] = _mark(found is not None and found == ours)
            if found is not None and found != ours:
                row.notes.append(f"{tool}: {sorted(found ^ (ours or set()))[:4]}")
        if self._schemas is not None:
            row.notes += self._bills(place, lock)
        return row

    def _chosen(self, lock: Pylock) -> int:
        """Return how many packages the library chooses here; all, for one target."""
        chosen = len(list(lock.select()))
        return len(lock.packages) if self._universal and chosen else chosen

    def _synced(self, place: Path, lock: Path, row: Row) -> set[str] | None:
        for name, more in (("warm", []), ("ours", ["--offline"])):
            environment = place / name
            self._run([*PYSETUP, "venv", "create", str(environment), "-q"])
            words = ["sync", "--env", str(environment), str(lock), "-q", *more]
            done, row.synced = self._timed([*PYSETUP, *words])
            if done.returncode:
                row.notes.append(f"sync {' '.join(more)}: {_last(done.stderr)}")
                return None
        row.marks["offline"] = _mark(True)
        return installed(place / "ours")

    def _installed_by(
        self, tool: str, place: Path, lock: Path, row: Row
    ) -> set[str] | None:
        environment = place / tool
        self._run([*PYSETUP, "venv", "create", str(environment), "-q"])
        python = str(environment / "bin" / "python")
        words = ["install", "-q", "-r", str(lock)]
        command = [str(BESIDE / "uv"), "pip", *words, "--python", python]
        if tool == "pip":
            command = [sys.executable, "-m", "pip", "--python", python, *words]
        done, _ = self._timed(command)
        if done.returncode:
            row.notes.append(f"{tool}: {_last(done.stderr)}")
            return None
        return installed(environment)

    def _bills(self, place: Path, lock: Path) -> Iterator[str]:
        assert self._schemas is not None
        for form in ("cyclonedx", "spdx"):
            out = place / f"{form}.json"
            words = ["export", str(lock), "--format", form, "-o", str(out), "-q"]
            self._run([*PYSETUP, *words])
            for fault in faults(json.loads(out.read_text("utf-8")), self._schemas):
                yield f"{form}: {fault}"

    def _timed(
        self, command: Sequence[str]
    ) -> tuple[subprocess.CompletedProcess[str], float]:
        began = time.monotonic()
        done = self._run(command)
        return done, time.monotonic() - began

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self._environ,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )


PYSETUP = [sys.executable, "-m", "pysetup"]


def installed(environment: Path) -> set[str]:
    """Return name and version of everything in an environment."""
    return {
        path.name.removesuffix(".dist-info").lower().replace("-", "_")
        for path in environment.glob("lib/*/site-packages/*.dist-info")
    }


def faults(document: object, folder: Path) -> list[str]:
    """Return what the official schema finds in a bill of materials."""
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    def read(name: str) -> dict[str, object]:
        content: dict[str, object] = json.loads((folder / name).read_text("utf-8"))
        return content

    assert isinstance(document, dict)
    if "spdxVersion" in document:
        validator = Draft7Validator(read("spdx-schema.json"))
    else:
        parts = ("spdx.schema.json", "jsf-0.82.schema.json")
        registry: Registry[object] = Registry().with_resources(
            (
                f"http://cyclonedx.org/schema/{name}",
                Resource.from_contents(read(name), default_specification=DRAFT7),
            )
            for name in parts
        )
        schema = read("bom-1.6.schema.json")
        validator = Draft7Validator(schema, registry=registry)
    return [error.message[:100] for error in validator.iter_errors(document)]


def _mark(good: bool) -> str:  # noqa: FBT001 - what is marked
    return "yes" if good else "NO"


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()]
    return (told or lines or ["?"])[0][:140]


def main() -> int:
    """Measure the projects that are named, or all; print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", default=PROJECTS)
    parser.add_argument("--universal", action="store_true")
    parser.add_argument("--schemas", type=Path)
    chosen = parser.parse_args()
    head = ["project", "packages", "lock s", "again s", "offline sync s", *COLUMNS]
    sys.stdout.write(f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n")
    bad = 0
    with tempfile.TemporaryDirectory(prefix="lock-projects-") as folder:
        bench = Bench(Path(folder), universal=chosen.universal, schemas=chosen.schemas)
        for number, project in enumerate(chosen.projects):
            row = bench.measure(number, project)
            sys.stdout.write(f"| {' | '.join(row.cells())} |\n")
            for note in row.notes:
                sys.stderr.write(f"{project}: {note}\n")
            sys.stdout.flush()
            bad += "NO" in row.cells() or not row.packages
    sys.stdout.write(f"\n{len(chosen.projects) - bad} of {len(chosen.projects)}\n")
    return bad and 1


if __name__ == "__main__":
    sys.exit(main())
