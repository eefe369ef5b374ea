"""Run the published packse scenarios, and judge every answer.

FOLDER is a checkout of the scenarios; nothing of them is part of pysetup.  Each is
served on this machine and resolved by ``pysetup install --dry-run --report``, for the
Python and platform that it names.  Judged are

- the versions that are chosen, where there should be an answer, and
- the explanation, where there should be none: exit code 3, and it names every project
  whose versions decide the matter (those of which one version that fits everywhere
  would make a solution; a small search of its own finds them).

Where the standards say something else than a scenario, pysetup follows the standards;
such a scenario is run once more with the option for its rule, where there is one, and
shown as ``standard``.  Scenarios of universal resolution are judged by the script
``packse_universal.py`` beside this one, over a matrix of environments.

Usage: packse.py [--python PY] [--verbose] FOLDER [NAME ...]
"""

import argparse
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from scenarios import Release, Scenario, ScenarioIndex, read_scenarios

from pysetup.workflows.context import make_context

_UNSATISFIABLE = 3
_LIMIT = 300

# Where the standards decide otherwise: why, and the option that takes the other rule.
_EXPLICIT = ("--prerelease", "if-necessary-or-explicit")
_NOTHING_ELSE = "PEP 440: a pre-release is taken where nothing else fits"
_NAMED = "PEP 440: a requirement that names a pre-release asks for it, whoever has it"
OTHERWISE: dict[str, tuple[str, tuple[str, ...]]] = {
    "package-only-prereleases-in-range": (_NOTHING_ELSE, _EXPLICIT),
    "transitive-package-only-prereleases-in-range": (_NOTHING_ELSE, _EXPLICIT),
    "transitive-prerelease-and-stable-dependency": (_NAMED, _EXPLICIT),
    "transitive-prerelease-and-stable-dependency-many-versions": (_NAMED, _EXPLICIT),
    "transitive-prerelease-and-stable-dependency-many-versions-holes": (
        _NAMED,
        _EXPLICIT,
    ),
    "transitive-yanked-and-unyanked-dependency": (
        "PEP 592: a pin takes a yanked version, whoever has it",
        (),
    ),
    "python-less-than-current": (
        "Requires-Python: an upper bound is a bound (core metadata)",
        (),
    ),
}


@dataclass(frozen=True)
class Verdict:
    """What became of one scenario: ``pass``, ``standard``, ``fail`` or ``skipped``."""

    kind: str
    reason: str = ""


Judge = Callable[[Scenario, ScenarioIndex, Path], Verdict]


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    code: int
    pins: dict[str, str]
    message: str
    explanation: str


def resolve(
    scenario: Scenario, index: ScenarioIndex, python: Path, *more: str
) -> Answer:
    """Resolve a scenario with the installed command."""
    options = [*more, "--python-version", scenario.python]
    if scenario.options.get("prereleases"):
        options.append("--pre")
    if platform := scenario.options.get("python_platform"):
        options += ["--python-platform", platform]
    for option, key in (("--only-binary", "no_build"), ("--no-binary", "no_binary")):
        for name in scenario.options.get(key, ()):
            options += [option, name]
    with tempfile.TemporaryDirectory(prefix="packse-") as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pysetup", "install", "--json", "--dry-run"),
                *("--report", str(report), "--python", str(python)),
                *("--index-url", index.url(scenario), "--cache-dir", f"{folder}/cache"),
                *options,
                *scenario.asked,
            ],
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            env={**os.environ, "PIP_CONFIG_FILE": os.devnull, "PYSETUP_NO_CONFIG": "1"},
            check=False,
        )
        pins = {}
        if report.exists():
            for item in json.loads(report.read_text())["install"]:
                metadata = item["metadata"]
                pins[canonicalize_name(metadata["name"])] = metadata["version"]
    errors = json.loads(done.stdout)["errors"] if done.stdout else []
    message = errors[0]["message"] if errors else done.stderr
    return Answer(done.returncode, pins, message, json.dumps(errors) + done.stderr)


def judge(scenario: Scenario, index: ScenarioIndex, python: Path) -> Verdict:
    """Judge a scenario for one environment."""
    verdict = _judged(scenario, resolve(scenario, index, python))
    if verdict.kind == "pass" or scenario.name not in OTHERWISE:
        return verdict
    reason, options = OTHERWISE[scenario.name]
    if not options:
        return Verdict("standard", reason)
    again = _judged(scenario, resolve(scenario, index, python, *options))
    if again.kind != "pass":
        return again
    return Verdict("standard", f"{reason}; passes with  {' '.join(options)}")


def _judged(scenario: Scenario, answer: Answer) -> Verdict:
    if scenario.is_satisfiable:
        if answer.code:
            return Verdict("fail", f"exit {answer.code}: {answer.message}")
        expected = {canonicalize_name(k): v for k, v in scenario.expected.items()}
        if expected and expected != answer.pins:
            return Verdict("fail", f"chose {answer.pins}, not {expected}")
        return Verdict("pass")
    if answer.code != _UNSATISFIABLE:
        return Verdict("fail", f"exit {answer.code}, chose {answer.pins}")
    decisive = decisive_projects(scenario)
    silent = [n for n in sorted(decisive) if not _is_named(n, answer.explanation)]
    if silent:
        return Verdict("fail", f"does not name {silent}: {answer.explanation}")
    return Verdict("pass", f"names {', '.join(sorted(decisive))}")


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


# -- a small search of its own, to know what a conflict is about -------------------


def decisive_projects(scenario: Scenario) -> set[str]:
    """Return the projects of which a version that fits everywhere gives a solution."""
    asked = [Requirement(text) for text in scenario.asked]
    named = {canonicalize_name(each.name) for each in asked}
    reachable, waiting = set(named), list(named)
    while waiting:
        for release in scenario.releases(waiting.pop()):
            for text in release.requires:
                name = canonicalize_name(Requirement(text).name)
                if name not in reachable:
                    reachable.add(name)
                    waiting.append(name)
    return {name for name in reachable if _solves(scenario, asked, {}, joker=name)}


def _solves(
    scenario: Scenario,
    wanted: list[Requirement],
    chosen: dict[str, Release | None],
    *,
    joker: str,
) -> bool:
    """Tell whether versions can be chosen; the ``joker`` fits everywhere."""
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        if name in chosen:
            release = chosen[name]
            if release and not requirement.specifier.contains(
                Version(release.version), prereleases=True
            ):
                return False
    missing = [r for r in wanted if canonicalize_name(r.name) not in chosen]
    if not missing:
        return True
    name = canonicalize_name(missing[0].name)
    if name == joker:
        return _solves(scenario, wanted, {**chosen, name: None}, joker=joker)
    return any(
        _solves(
            scenario,
            [*wanted, *_needs(release, missing[0].extras)],
            {**chosen, name: release},
            joker=joker,
        )
        for release in scenario.releases(name)
        if _is_usable(release, scenario)
    )


def _is_usable(release: Release, scenario: Scenario) -> bool:
    if release.table.get("yanked") or Version(release.version).is_prerelease:
        return False
    python = SpecifierSet(release.requires_python)
    return python.contains(scenario.python, prereleases=True)


def _needs(release: Release, extras: set[str]) -> Iterator[Requirement]:
    for text in release.requires:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(
            marker.evaluate({"extra": extra}) for extra in ("", *extras)
        ):
            yield requirement


# -- all of them --------------------------------------------------------------------


def universal_judge() -> Judge | None:
    """Return the judge of universal scenarios, if there is one."""
    if importlib.util.find_spec("packse_universal") is None:
        return None
    module = importlib.import_module("packse_universal")
    context = make_context(options={}, tell=lambda _: None)

    def judged(scenario: Scenario, index: ScenarioIndex, python: Path) -> Verdict:
        del index, python
        verdict, details = module.run(scenario.table, context)
        if verdict.startswith("FAIL"):
            return Verdict("fail", "; ".join([verdict, *details]))
        if verdict != "passes":
            return Verdict("standard", f"{verdict}, right in every environment")
        return Verdict("pass")

    return judged


def main() -> int:
    """Judge all scenarios, print a table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--python", type=Path, help="the environment to start from")
    parser.add_argument("--verbose", action="store_true", help="tell every verdict")
    arguments = parser.parse_args()
    scenarios = [
        scenario
        for scenario in read_scenarios(arguments.folder)
        if not arguments.names or scenario.name in arguments.names
    ]
    everywhere = universal_judge()
    rows: dict[str, list[tuple[Scenario, Verdict]]] = {}
    with (
        ScenarioIndex(scenarios) as index,
        tempfile.TemporaryDirectory(prefix="packse-") as folder,
    ):
        python = arguments.python or Path(folder) / "environment"
        if arguments.python is None:
            command = [sys.executable, "-m", "pysetup", "venv", "create", str(python)]
            subprocess.run(command, check=True, capture_output=True)
        for scenario in scenarios:
            chosen = everywhere if scenario.is_universal else judge
            verdict = chosen(scenario, index, python) if chosen else Verdict("skipped")
            rows.setdefault(scenario.group, []).append((scenario, verdict))
            if verdict.kind == "fail" or arguments.verbose:
                print(f"{scenario.name}: {verdict.kind}  {verdict.reason}", flush=True)
    return _told(rows)


def _told(rows: dict[str, list[tuple[Scenario, Verdict]]]) -> int:
    kinds = ("pass", "standard", "fail", "skipped")
    print(f"\n{'group':<26}" + "".join(f"{kind:>10}" for kind in kinds))
    everything = [verdict for found in rows.values() for _, verdict in found]
    for group, found in [*rows.items(), ("all", [(None, v) for v in everything])]:
        counts = [sum(v.kind == kind for _, v in found) for kind in kinds]
        print(f"{group:<26}" + "".join(f"{count:>10}" for count in counts))
    for found in rows.values():
        for scenario, verdict in found:
            if verdict.kind == "standard":
                print(f"\n{scenario.name}\n    {verdict.reason}")
    return int(any(verdict.kind == "fail" for verdict in everything))


if __name__ == "__main__":
    sys.exit(main())
