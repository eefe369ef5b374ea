"""Measure the mapping of names: every step alone, the chain, and tables held out.

    python benchmarks/name_mapping.py                  the lists of this machine
    python benchmarks/name_mapping.py --lists PLACE    those of another place
    python benchmarks/name_mapping.py --held-out debian-13=PLACE

The truth are the lists of files of a Debian archive: each ``*.dist-info`` and
``*.egg-info`` in an import folder names a project and the packages that hold it. An
answer is right if it is one of these packages, wrong if it is any other package, and
otherwise the project is reported as not mapped. Steps that read the truth itself are
right by construction. (*) is not what pysetup does: a name is no proof.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pysetup.platforms.names.catalogue import Catalogue
from pysetup.platforms.names.chain import ProvedRule
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.names.rules import custom_name, usual_names
from pysetup.platforms.names.tables import (
    NeighbourStep,
    dh_python_catalogue,
    neighbours,
    shipped_catalogue,
)
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.platform.compiled import compiled
from pysetup.workflows.platform.names import DH_PYTHON, NameOptions, open_names
from pysetup.workflows.platform.repository_lists import CONTENTS, Lists, lists_at

APT = "/var/lib/apt/lists"
FLOOR = 99.5
Find = Callable[[str], FoundName | None]


@dataclass(frozen=True, slots=True)
class Score:
    name: str
    right: int
    wrong: tuple[str, ...]
    missing: tuple[str, ...]
    seconds: float

    def row(self) -> str:
        total = self.right + len(self.wrong) + len(self.missing)
        share = 100 * self.right / total
        wrong = f"{len(self.wrong):>6}"
        return (
            f"{self.name:<44}{self.right:>7}{share:>8.2f} %{wrong}"
            f"{len(self.missing):>9}{self.seconds:>9.2f} s"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", default="debian-12")
    parser.add_argument("--lists", default=APT)
    parser.add_argument("--held-out", default="", metavar="TARGET=PLACE,PLACE")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    context = make_context(options={}, tell=print)
    target = read_target(arguments.target)
    truth = truth_of(target, arguments.lists.split(","), context)
    print(
        f"{target.name}: {len(truth.projects)} projects, {len(truth.modules)} packages"
    )
    print(f"{'step':<44}{'right':>7}{'':>10}{'wrong':>6}{'missing':>9}")
    scores = [score(*pair, truth) for pair in steps(target, truth)]
    names = arguments.lists.split(",")
    chain = open_names(None, target, context=context, options=_options(names))
    scores.append(score("the whole chain, lists at hand", chain.find, truth))
    for one in scores:
        print(one.row())
    told(scores[-1])
    if arguments.held_out:
        held_out(arguments.held_out, context)
    if arguments.json:
        rows = [{"step": s.name, "right": s.right, "wrong": s.wrong} for s in scores]
        Path(arguments.json).write_text(json.dumps(rows, indent=2), "utf-8")
    last = scores[-1]
    share = 100 * last.right / len(truth.projects)
    return 0 if share >= FLOOR and not last.wrong else 1


def _options(places: list[str]) -> NameOptions:
    return NameOptions() if places == [APT] else NameOptions(places=tuple(places))


def truth_of(target: PlatformTarget, places: list[str], context: Context) -> Catalogue:
    """Return all that the lists tell, with every package of each project."""
    paths = [Path(place) for place in places]
    if all(path.is_file() for path in paths):
        lists = (Lists(CONTENTS, f"contents:{target.name}", tuple(paths), whole=True),)
    else:
        lists = lists_at(places[0], target, context=context)
    return compiled(lists[0], target, context=context).catalogue


def steps(target: PlatformTarget, truth: Catalogue) -> Iterable[tuple[str, Find]]:
    """Yield what can be asked, with its name."""
    there = frozenset(truth.modules) | frozenset(
        one.package for rows in truth.projects.values() for one in rows
    )
    yield "rule python3-NAME, if such a package exists", plain_rule(there)
    yield "rule with variants, if such a package exists", loose_rule(there)
    bare = replace(truth, projects={})
    own = {name: (name.replace("-", "_"),) for name in truth.projects}
    yield (
        "rule, if that package has a module NAME (*)",
        ProvedRule("deb", (bare,), own).find,
    )
    modules = modules_of(truth)
    yield (
        "rule, if that package has the project's modules",
        ProvedRule("deb", (bare,), modules).find,
    )
    yield "lists of files (right by construction)", truth.find
    shipped = shipped_catalogue(target)
    if shipped is not None:
        yield "table that is shipped", shipped.find
    others = [one for one in neighbours(target) if target.name not in one.label]
    if others:
        yield "tables of other releases (held out)", NeighbourStep(tuple(others)).find
    if DH_PYTHON.is_file():
        table = dh_python_catalogue(DH_PYTHON.read_text("utf-8"))
        yield "table of dh-python on this machine", table.find


def modules_of(truth: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return the modules of each project that is alone in its package."""
    counted = Counter(one.package for rows in truth.projects.values() for one in rows)
    return {
        project: truth.modules.get(rows[0].package, ())
        for project, rows in truth.projects.items()
        if counted[rows[0].package] == 1
    }


def plain_rule(there: frozenset[str]) -> Find:
    def find(project: str) -> FoundName | None:
        name = custom_name(project, "deb")
        return FoundName(project, (name,)) if name in there else None

    return find


def loose_rule(there: frozenset[str]) -> Find:
    def find(project: str) -> FoundName | None:
        names = usual_names(project, "deb")
        found = [name for name in names if name in there]
        return FoundName(project, (found[0],)) if found else None

    return find


def score(name: str, find: Find, truth: Catalogue) -> Score:
    right, wrong, missing = 0, [], []
    begin = time.perf_counter()
    for project, rows in truth.projects.items():
        found = find(project)
        if found is None or not found.packages:
            missing.append(project)
        elif set(found.packages) & {one.package for one in rows}:
            right += 1
        else:
            wrong.append(f"{project} -> {', '.join(found.packages)}")
    seconds = time.perf_counter() - begin
    return Score(name, right, tuple(wrong), tuple(missing), seconds)


def told(last: Score) -> None:
    for word, names in (("wrong", last.wrong), ("not mapped", last.missing)):
        if names:
            print(f"{word}: {', '.join(names[:30])}")


def held_out(text: str, context: Context) -> None:
    """Ask our other tables about a release, as if its own table were not shipped."""
    name, _, places = text.partition("=")
    target = read_target(name)
    truth = truth_of(target, places.split(","), context)
    print(f"\nheld out, {target.name}: {len(truth.projects)} projects")
    others = [one for one in neighbours(target) if target.name not in one.label]
    done = score("tables of other releases", NeighbourStep(tuple(others)).find, truth)
    print(done.row())
    known: Mapping[str, object] = {
        k: v for one in others for k, v in one.projects.items()
    }
    both = replace(
        truth, projects={k: v for k, v in truth.projects.items() if k in known}
    )
    again = score(
        "of the projects that both releases have",
        NeighbourStep(tuple(others)).find,
        both,
    )
    print(again.row())
    told(again)


if __name__ == "__main__":
    raise SystemExit(main())
