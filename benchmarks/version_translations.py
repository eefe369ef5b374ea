"""How often encodings and relations are wrong: ours, and those of other generators.

python benchmarks/version_translations.py [--versions N] [--checks N] [--show N]

Orders all pairs of random versions, then asks relations about versions near to what
they name; the packaging library says what is right, pre-releases included. Beside ours:
the generator of Fedora as Debian's rpm package ships it, run by the system's Python;
versions and operators passed on as text; and no versions at all, which dh_python3
writes unless told otherwise. "ordinary" leaves out local versions, epochs, and versions
with two of pre, post and dev.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from random import Random

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pysetup.platforms.versions.deb import deb_relations, encode_deb
from pysetup.platforms.versions.order import compare_deb, compare_pacman, compare_rpm
from pysetup.platforms.versions.pacman import encode_pacman
from pysetup.platforms.versions.rpm import encode_rpm, rpm_requirement

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.platforms.versions.relations import (
    All,
    Clause,
    Dependency,
    of_deb,
    of_rpm,
)
from tests.platforms.versions.samples import checks, versions

GENERATOR = "/usr/lib/rpm/pythondistdeps.py"
PYTHON = "/usr/bin/python3"
# Reads lists of versions and of comparisons, writes what the generator makes of them.
RUN = f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("generator", {GENERATOR!r})
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
asked = json.load(sys.stdin)
json.dump({{
    "versions": {{one: str(made.RpmVersion(one)) for one in asked["versions"]}},
    "relations": {{
        text: made.convert("demo", operator, version)
        for text, operator, version in asked["relations"]
    }},
}}, sys.stdout)
"""
_PLAIN = {"==": "=", "===": "=", "<": "<<", ">": ">>", "<=": "<=", ">=": ">="}


def generated(
    known: list[Version], asked: list[tuple[str, str, str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the generator's encodings of versions and its relations."""
    done = subprocess.run(
        [PYTHON, "-c", RUN],
        input=json.dumps({"versions": list(map(str, known)), "relations": asked}),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["versions"], found["relations"]


def is_ordinary(version: Version) -> bool:
    marks = (version.pre, version.post, version.dev)
    plain = version.local is None and version.epoch == 0
    return plain and sum(mark is not None for mark in marks) <= 1


def orders(known: list[Version], theirs: dict[str, str]) -> None:
    """Print how many pairs of versions each encoding puts in a wrong order."""
    ways: dict[str, tuple[Callable[[Version], str], Callable[[str, str], int]]] = {
        "rpm, ours": (encode_rpm, compare_rpm),
        "rpm, Fedora's generator": (lambda one: theirs[str(one)], compare_rpm),
        "deb, ours": (encode_deb, compare_deb),
        "deb, as text": (str, compare_deb),
        "pacman, ours": (encode_pacman, compare_pacman),
        "pacman, as text": (str, compare_pacman),
    }
    pairs = list(combinations(known, 2))
    for name, (encode, compare) in ways.items():
        spelled = {one: encode(one) for one in known}
        wrong = sum(
            compare(spelled[left], spelled[right]) != (left > right) - (left < right)
            for left, right in pairs
        )
        share = 100 * wrong / len(pairs)
        print(f"order: {name:26} {wrong:6} of {len(pairs)} wrong ({share:.2f} %)")


def as_text(text: str) -> Dependency:
    """Return the comparisons with dpkg's operators and the versions as they are."""
    found: list[Dependency] = []
    for each in SpecifierSet(text):
        operator, version = each.operator, each.version
        if operator == "~=":
            found.append(Clause("demo", ">=", version))
        elif operator in _PLAIN and not version.endswith(".*"):
            found.append(Clause("demo", _PLAIN[operator], version))
    return All(tuple(found))


def relations(count: int, show: int) -> None:
    """Print how many answers of each kind of relation are wrong."""
    rows = [row for row in checks(Random(28344), count) if not row[0].startswith("===")]
    comparisons = sorted(
        {
            (str(each), each.operator, each.version)
            for text, *_ in rows
            for each in SpecifierSet(text)
        }
    )
    encoded, theirs = generated([row[1] for row in rows], comparisons)

    def by_generator(text: str) -> Dependency:
        parts = [of_rpm(theirs[str(each)]) for each in SpecifierSet(text)]
        return All(tuple(parts))

    judges: dict[
        str,
        tuple[
            Callable[[str], Dependency],
            Callable[[Version], str],
            Callable[[str, str], int],
        ],
    ] = {
        "rpm, ours": (
            lambda text: of_rpm(rpm_requirement("demo", text)),
            encode_rpm,
            compare_rpm,
        ),
        "rpm, Fedora's generator": (
            by_generator,
            lambda version: encoded[str(version)],
            compare_rpm,
        ),
        "deb, ours": (
            lambda text: of_deb(deb_relations("demo", text)),
            encode_deb,
            compare_deb,
        ),
        "deb, as text": (as_text, str, compare_deb),
        "deb, no versions": (lambda _: Clause("demo"), str, compare_deb),
    }
    ordinary = [
        row
        for row in rows
        if is_ordinary(row[1])
        and all(
            is_ordinary(Version(each.version.removesuffix(".*")))
            for each in SpecifierSet(row[0])
        )
    ]
    for title, chosen in (("all", rows), ("ordinary", ordinary)):
        for name, (translate, encode, compare) in judges.items():
            wrong = [
                (text, str(version), right)
                for text, version, right in chosen
                if translate(text).holds(encode(version), compare) is not right
            ]
            share = 100 * len(wrong) / len(chosen)
            print(
                f"relations, {title}: {name:26}"
                f" {len(wrong):6} of {len(chosen)} wrong ({share:.2f} %)"
            )
            for text, version, right in wrong[:show]:
                print(f"    {text} of {version}: {'admitted' if right else 'not'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=577, metavar="N")
    parser.add_argument("--checks", type=int, default=32_000, metavar="N")
    parser.add_argument("--show", type=int, default=0, metavar="N")
    options = parser.parse_args()
    known = versions(Random(577), options.versions)
    orders(known, generated(known, [])[0])
    relations(options.checks, options.show)


if __name__ == "__main__":
    main()
