"""Break installers on purpose: the table of docs/explanation/safety.md.

A generated package of many files on a loopback index is upgraded, installed, removed,
and with two others changed as a set, by each installer that is found; every run is
killed, interrupted, left without room or power, run beside others, or blocked. A trial
passes if the environment is exactly old or exactly new (also for an ``import`` right
after the fault), and a repeat of the command gives exactly new, exit 0 and no litter.
Usage: fault_lab.py [--points N] [--files N] [--list] [--only TEXT] [INSTALLER ...]
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.faults.lab import installers, projects
from tests.faults.lab.full_disks import full
from tests.faults.lab.installers import Installer
from tests.faults.lab.loopback import served
from tests.faults.lab.obstacles import OBSTACLES, blocked
from tests.faults.lab.power import powerless
from tests.faults.lab.store_damage import damaged
from tests.faults.lab.strikes import interrupted, killed
from tests.faults.lab.together import different, same
from tests.faults.lab.workshop import CHANGES, WARMTHS, Row, Workshop, remove

WITHOUT_PRIVILEGES = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


def scenarios(
    root: Path, installer: Installer, index: str, points: int
) -> Iterator[tuple[str, Callable[[], Iterator[Row]]]]:
    """Give the rows of the table: a name, and what makes its trials."""
    made: dict[str, Workshop] = {}

    def workshop(name: str) -> Workshop:
        if name not in made:
            folder = root / name
            made[name] = Workshop(folder, installer, CHANGES[name], index=index)
        # An installer that goes on with a wreck must not begin with one.
        made[name].restore(WARMTHS[0])
        made[name].run()
        made[name].prefix = ()
        return made[name]

    def kills(name: str) -> Callable[[], Iterator[Row]]:
        return lambda: killed(workshop(name), WARMTHS[1], points=points)

    for name in CHANGES:
        yield f"SIGKILL, {name}", kills(name)
    yield (
        "SIGINT and SIGTERM, upgrade",
        lambda: interrupted(workshop("upgrade"), WARMTHS[1], points=points // 2),
    )
    yield (
        "processes at once, upgrade",
        lambda: same(workshop("upgrade"), processes=4, rounds=max(1, points // 8)),
    )
    yield (
        "processes at once, different",
        lambda: different(workshop("set"), processes=4, rounds=max(1, points // 8)),
    )
    yield (
        "damage in the cache",
        lambda: _anybody(
            workshop("install"), lambda it: damaged(it, trials=points, seed=1)
        ),
    )
    for change in ("upgrade", "set"):
        yield (
            f"in the way, {change}",
            lambda change=change: _anybody(
                workshop(change), lambda it: _obstacles(it, change)
            ),
        )
    if os.getuid() == 0:
        yield (
            "full disk, upgrade",
            lambda: full(
                root / "full",
                installer,
                CHANGES["upgrade"],
                index=index,
                place="both",
                levels=max(2, points // 4),
            ),
        )
        yield (
            "power cut, upgrade",
            lambda: powerless(
                root / "power",
                installer,
                CHANGES["upgrade"],
                index=index,
                filesystem="ext4",
                runs=2,
                cuts=max(1, points // 2),
                seed=1,
            ),
        )


def _anybody(
    workshop: Workshop, rows: Callable[[Workshop], Iterator[Row]]
) -> Iterator[Row]:
    workshop.prefix = WITHOUT_PRIVILEGES if os.getuid() == 0 else ()
    yield from rows(workshop)


def _obstacles(workshop: Workshop, change: str) -> Iterator[Row]:
    for obstacle in OBSTACLES:
        if change in obstacle.for_changes:
            yield from blocked(workshop, obstacle)


def table_row(name: str, rows: list[Row]) -> str:
    """Return one row: passed of all, and the states that were found."""
    states = Counter(row.started for row in rows)
    after = Counter(row.again for row in rows if row.again not in {"NEW", "WHOLE"})
    shown = ", ".join(f"{state} {count}" for state, count in states.most_common())
    stay = ", ".join(f"{state} {count}" for state, count in after.most_common())
    passed = sum(not row.problems for row in rows)
    count = f"{passed}/{len(rows)}" if rows else "nothing to break"
    return f"| {name} | {count} | {shown or '-'} | {stay or '-'} |"


def main() -> None:
    """Print a table for each installer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("installers", nargs="*", default=["pysetup", "pip", "uv"])
    parser.add_argument("--points", type=int, default=24, help="trials of a row, about")
    parser.add_argument("--files", type=int, default=800)
    parser.add_argument("--list", action="store_true", help="tell each failing trial")
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    told = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    for name in told.installers:
        installer = getattr(installers, name)()
        if installer is None:
            print(f"{name} is not here", file=sys.stderr)
            continue
        root = Path(tempfile.mkdtemp(prefix="pysetup-faults-", dir=memory))
        try:
            projects.make_wheels(root / "wheels", files=told.files)
            print(f"\n| {name} | passed | after the fault | after the repeat not new |")
            print("|---|---|---|---|")
            with served(root / "wheels") as index:
                for row, make in scenarios(root, installer, index, told.points):
                    if told.only not in row:
                        continue
                    rows = list(make())
                    print(table_row(row, rows), flush=True)
                    if told.list:
                        bad = [str(one) for one in rows if one.problems]
                        print("\n".join(bad), file=sys.stderr, flush=True)
        finally:
            remove(root)


if __name__ == "__main__":
    main()
