"""Run packse's universal scenarios, and judge each lock over a matrix.

Usage: packse_universal.py [-v] REPOSITORY [NAME ...]

REPOSITORY is a git directory of packse (https://github.com/astral-sh/packse), bare or
not. Each answer becomes one pylock.toml, which packaging reads back. A scenario passes
if what it selects is right in every environment of the matrix, or if there is no answer
and none was expected. Where an answer is right although the scenario
expects none, that is told: it says what one resolver cannot do, not what is impossible.
"""

import argparse
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.pylock import Pylock, PylockSelectError
from packaging.tags import parse_tag
from universal_judge import (
    Asked,
    MemoryIndex,
    Target,
    answer_alone,
    judge,
    pins_for,
    targets,
)

from pysetup.errors import ResolutionError
from pysetup.index.model import File
from pysetup.interchange.pylock.model import LockedArchive, LockedPackage, LockFile
from pysetup.interchange.pylock.writing import lock_text
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.resolving.resolve import ResolveOptions
from pysetup.workflows.resolving.universal import UniversalOptions, resolve_universal
from pysetup.workflows.resolving.universal_pins import (
    UniversalPin,
    UniversalResolution,
)


def scenarios(repository: Path) -> Iterator[dict[str, Any]]:
    """Yield the universal scenarios of a repository."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(repository), *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout

    for path in git("ls-tree", "-r", "--name-only", "HEAD").splitlines():
        if path.startswith("scenarios/") and path.endswith(".toml"):
            scenario = tomllib.loads(git("show", f"HEAD:{path}"))
            if scenario.get("resolver_options", {}).get("universal"):
                yield scenario


def asked_of(scenario: dict[str, Any]) -> Asked:
    """Return what a scenario asks for; without a Python it means 3.12 and later."""
    root = scenario["root"]
    return Asked(
        requirements=[parse_requirement(text) for text in root.get("requires", ())],
        requires_python=root.get("requires_python", ">=3.12"),
    )


def index_of(scenario: dict[str, Any]) -> MemoryIndex:
    """Return an index with the packages of a scenario."""
    return MemoryIndex(
        {
            name: {
                version: {"requires_python": ">=3.12", **release}
                for version, release in package["versions"].items()
            }
            for name, package in scenario["packages"].items()
        }
    )


def answer_to(scenario: dict[str, Any], context: Context) -> UniversalResolution:
    """Resolve a scenario; raises ``ResolutionError``."""
    options = scenario.get("resolver_options", {})
    asked = asked_of(scenario)
    return resolve_universal(
        asked.requirements,
        context=context,
        options=UniversalOptions(
            requires_python=asked.requires_python,
            required_environments=tuple(options.get("required_environments") or ()),
            choice=ResolveOptions(
                pre=options.get("prereleases", False),
                only_binary=tuple(options.get("no_build", ())),
                no_binary=tuple(options.get("no_binary", ())),
            ),
        ),
        index=index_of(scenario),
    )


def text_of(answer: UniversalResolution) -> str:
    """Return a pylock.toml with the pins of an answer; its digests are made up."""

    def archive(file: File) -> LockedArchive:
        return LockedArchive(
            url=file.url, name=file.filename, hashes={"sha256": "0" * 64}
        )

    rows = []
    for pin in answer.pins:
        sdist = [archive(file) for file in pin.files if not file.is_wheel]
        rows.append(
            LockedPackage(
                name=pin.name,
                version=str(pin.version),
                marker=pin.marker or "",
                sdist=sdist[0] if sdist else None,
                wheels=tuple(archive(file) for file in pin.files if file.is_wheel),
            )
        )
    return lock_text(
        LockFile(packages=tuple(rows), requires_python=answer.requires_python)
    )


def selected(lock: Pylock, target: Target) -> dict[str, str] | None:
    """Return what packaging takes from a lock for an environment; None: it refuses."""
    tags = [tag for text in sorted(target.tags) for tag in parse_tag(text)]
    try:
        chosen = list(lock.select(environment=dict(target.markers), tags=tags))  # type: ignore[arg-type] # a mapping like any
    except PylockSelectError:
        return None
    return {package.name: str(package.version) for package, _ in chosen}


def told(pins: list[UniversalPin]) -> dict[str, str]:
    """Return pins as versions by name."""
    return {pin.name: str(pin.version) for pin in pins}


def run(scenario: dict[str, Any], context: Context) -> tuple[str, list[str]]:
    """Return the verdict on one scenario, and its details."""
    expected = scenario["expected"]["satisfiable"]
    try:
        answer = answer_to(scenario, context)
    except ResolutionError as error:
        details = [error.message]
        for label, fact in error.facts.items():
            details += [f"{label}: {fact}"] if isinstance(fact, str) else map(str, fact)
        return ("FAIL: no answer" if expected else "passes"), details
    details = [f"{pin.name} {pin.version}  {pin.marker or ''}" for pin in answer.pins]
    lock = Pylock.from_dict(tomllib.loads(text_of(answer)))
    asked, index = asked_of(scenario), index_of(scenario)

    def alone(target: Target) -> bool:
        return answer_alone(target, asked, index, context) is not None

    wrong = judge(answer, asked, targets(), alone=alone)
    wrong += [
        f"{target.name}: the lock gives {found}"
        for target in targets()
        if asked.covers(target)
        and (found := selected(lock, target)) != told(pins_for(answer, target))
        and (found is not None or alone(target))
    ]
    if wrong:
        return "FAIL: wrong", [*details, *wrong]
    return ("passes" if expected else "passes: there is an answer"), details


def main() -> int:
    """Run what the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("repository", type=Path)
    parser.add_argument("names", nargs="*")
    words = parser.parse_args()
    context = make_context(options={}, tell=print)
    failed = count = 0
    for scenario in scenarios(words.repository):
        name = scenario["name"]
        if words.names and name not in words.names:
            continue
        start = time.perf_counter()
        verdict, details = run(scenario, context)
        elapsed = (time.perf_counter() - start) * 1000
        count += 1
        failed += verdict.startswith("FAIL")
        print(f"{name:60} {elapsed:6.0f} ms  {verdict}")
        if words.verbose or verdict.startswith("FAIL"):
            print(*(f"    {line}" for line in details), sep="\n")
    print(f"{count - failed} of {count} pass")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
