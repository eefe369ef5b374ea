"""What solving costs against size: 10 to 2,000 projects of 10 to 2,000 versions each.

The universe is made in memory, the same for the same sizes: every version of a project
needs four later ones, most of them in a window of versions around its own; now and then
a window is so old that the newest version does not do, and the solver has to step back.
A third universe has no solution: two chains whose ends cannot agree, all versions of
which have to be given up. Measured is the solver alone, by CPU time, as the least of
some runs; beside it stand how often it looked at what a version needs, and the growth:
the exponent k of time ~ size^k between neighbouring sizes (1 is a straight line).

Prints tables, and with --svg FILE draws them as a plot.

Usage: resolve_cost.py [--runs N] [--most N] [--svg FILE]
"""

import argparse
import gc
import math
import random
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pysetup.resolve.columns import Alike
from pysetup.resolve.provider import Candidate, Columns, Known, Question, Solution
from pysetup.resolve.solver import solve
from pysetup.resolve.terms import Asked, Rejection
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import parse_version

SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000)
FIXED = 100
FEW = 10
NEEDS = 4
_SHARE = 0.05
_SEED = 20261128
_MARKERS = {
    "implementation_name": "cpython",
    "python_full_version": "3.12.0",
    "python_version": "3.12",
    "sys_platform": "linux",
}


class Universe:
    """Projects and versions that are made when they are looked at."""

    def __init__(self, projects: int, versions: int) -> None:
        self._projects, self._versions = projects, versions
        self._numbers = [parse_version(f"1.{n}") for n in range(versions)]
        every = (1 << versions) - 1
        # As the pages of an index are told: by what is alike in releases.
        columns = Columns(self._numbers, finals=every, alike=(Alike(every),))
        self._known = Known(columns=columns)
        self._needs: dict[Candidate, tuple[Requirement, ...]] = {}
        self.looks = 0

    def versions(self, name: str, *, complete: bool) -> Known | None:
        """Return all versions, which are alike for every project."""
        del complete
        return self._known if int(name[1:]) < self._projects else None

    def direct(self, requirement: Requirement) -> Candidate:
        """There are no URLs here."""
        raise NotImplementedError(requirement)

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return what a version needs."""
        self.looks += 1
        if candidate not in self._needs:
            self._needs[candidate] = tuple(self._make(candidate))
        return self._needs[candidate]

    def expect_projects(self, names: Iterable[str]) -> None:
        """Nothing has to be fetched."""

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Nothing has to be fetched."""

    def _make(self, candidate: Candidate) -> Iterable[Requirement]:
        project, number = int(candidate.name[1:]), candidate.version.release[1]
        chance = random.Random(f"{_SEED}/{project}/{number}/{self._versions}")
        for _ in range(NEEDS):
            step = 1 + int(chance.expovariate(1 / (self._projects / 8)))
            other = project + step
            if other >= self._projects:
                continue
            low = number // 2
            high = self._versions + 5
            if chance.random() < _SHARE:
                # Half as new as it could be at most: others have to agree.
                high = max(low + 1, int(self._versions * chance.uniform(0.5, 1)))
            yield parse_requirement(f"p{other}>=1.{low},<1.{high}")


class Chains(Universe):
    """Two chains, of the even and of the odd projects, that end in other versions.

    Every version needs the same of its successor, so that all of them are in the way.
    """

    def _make(self, candidate: Candidate) -> Iterable[Requirement]:
        project, number = int(candidate.name[1:]), candidate.version.release[1]
        if project + 2 < self._projects - 1:
            yield parse_requirement(f"p{project + 2}==1.{number}")
        elif project < self._projects - 1:
            yield parse_requirement(f"p{self._projects - 1}==1.{project % 2}")


@dataclass(frozen=True)
class Row:
    """One size, and what it cost."""

    size: int
    seconds: float
    chosen: int
    looks: int


def measured(universe: Universe, roots: list[str], size: int, runs: int) -> Row:
    """Solve a universe some times; what its versions need is made the first time."""
    question = Question(
        asked=tuple(Asked(parse_requirement(root), "here") for root in roots),
        markers=_MARKERS,
    )
    chosen, best = 0, math.inf
    for _ in range(runs + 1):
        universe.looks = 0
        began = time.process_time()
        answer = solve(question, universe)
        best = min(best, time.process_time() - began)
        chosen = len(answer.chosen) if isinstance(answer, Solution) else 0
    return Row(size, best, chosen, universe.looks)


def series(runs: int, most: int, *, by_projects: bool) -> list[Row]:
    """Measure one axis while the other stays."""
    rows = []
    for size in SIZES:
        if size <= most:
            sizes = (size, FIXED) if by_projects else (FIXED, size)
            roots = [f"p{n}" for n in range(min(sizes[0], 5))]
            rows.append(measured(Universe(*sizes), roots, size, runs))
    return rows


def growth(before: Row, after: Row) -> float:
    """Return the exponent of time against size."""
    return math.log(after.seconds / before.seconds) / math.log(after.size / before.size)


def told(title: str, rows: list[Row]) -> str:
    """Return a table."""
    lines = [
        f"{title:<12}{'chosen':>8}{'looks':>8}{'ms':>10}{'us/look':>11}{'growth':>8}"
    ]
    for index, row in enumerate(rows):
        exponent = f"{growth(rows[index - 1], row):>8.2f}" if index else ""
        each = row.seconds * 1e6 / max(row.looks, 1)
        lines.append(
            f"{row.size:<12}{row.chosen:>8}{row.looks:>8}{row.seconds * 1e3:>10.1f}"
            f"{each:>11.0f}{exponent}"
        )
    return "\n".join(lines)


# -- the plot ------------------------------------------------------------------------

_WIDTH, _HEIGHT, _EDGE = 560, 360, 56
_COLORS = {"projects": "#1b6ca8", "versions": "#c2571a", "conflict": "#3a7d34"}
_LABELS = {
    "projects": f"projects, of {FIXED} versions each",
    "versions": f"versions of each of {FIXED} projects",
    "conflict": f"projects of {FEW} versions that cannot agree",
}
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    ' font-family="sans-serif" font-size="11" fill="#444">'
)


def svg(named: dict[str, list[Row]]) -> str:
    """Return a plot with logarithmic axes; a dashed line grows as the size does."""
    rows = [row for each in named.values() for row in each]
    low = math.floor(math.log10(min(row.seconds for row in rows) * 1e3))
    high = math.ceil(math.log10(max(row.seconds for row in rows) * 1e3))
    left, right = math.log10(SIZES[0]), math.log10(SIZES[-1])

    def x(size: float) -> float:
        share = (math.log10(size) - left) / (right - left)
        return _EDGE + share * (_WIDTH - 2 * _EDGE)

    def y(milliseconds: float) -> float:
        share = (math.log10(milliseconds) - low) / (high - low)
        return _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE)

    parts = [
        _HEAD,
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(_line(_EDGE, at, _WIDTH - _EDGE, at, "#ddd"))
        parts.append(_text(_EDGE - 6, at + 4, f"{10**power:g} ms", "end"))
    below = _HEIGHT - _EDGE + 16
    parts += [_text(x(size), below, str(size), "middle") for size in SIZES]
    for place, (name, found) in enumerate(named.items()):
        points = " ".join(f"{x(r.size):.1f},{y(r.seconds * 1e3):.1f}" for r in found)
        color = _COLORS[name]
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{color}"'
            ' stroke-width="2"/>'
        )
        parts.append(
            f'<text x="{_EDGE + 10}" y="{_EDGE + 16 * place}" fill="{color}">'
            f"{_LABELS[name]}</text>"
        )
    first = named["projects"][0]
    last = named["projects"][-1]
    line = first.seconds * 1e3 * last.size / first.size
    ends = x(first.size), y(first.seconds * 1e3), x(last.size), y(line)
    parts.append(_line(*ends, "#888", dashed=True))
    return "\n".join([*parts, "</svg>", ""])


def _line(
    x1: float, y1: float, x2: float, y2: float, color: str, *, dashed: bool = False
) -> str:
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        f' stroke="{color}"{dash}/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def main() -> int:
    """Measure both axes; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--svg", type=Path)
    arguments = parser.parse_args()
    gc.set_threshold(50_000, 20, 20)  # as the command does
    named = {
        "projects": series(arguments.runs, arguments.most, by_projects=True),
        "versions": series(arguments.runs, arguments.most, by_projects=False),
        "conflict": [
            measured(Chains(size, FEW), ["p0", "p1"], size, arguments.runs)
            for size in SIZES
            if size <= arguments.most
        ],
    }
    for name, rows in named.items():
        print(told(name, rows), end="\n\n")
    if arguments.svg:
        arguments.svg.write_text(svg(named), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
