"""What questions to the index of an environment cost, beside importlib.metadata.

python benchmarks/which_dist.py [--distributions N] [--rounds N]

Makes an environment of synthetic distributions, then asks it: the processor time of one
answer with a kept index, of the answer that makes the index, and of all entry points of
91 distributions here and by importlib.metadata. Nothing is installed elsewhere.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pysetup.interchange.environment import Environment, Scheme
from pysetup.phases.install.database import InstalledDatabase
from pysetup.workflows.installing.queries import find_entry_points
from pysetup.workflows.installing.which_dist import find_owners

ENTRY_POINTS_OF = 91
THEIRS = """
import importlib.metadata, sys, time
sys.path[:] = [path for path in sys.path if 'site-packages' not in path]
sys.path.append(sys.argv[1])
def once():
    importlib.metadata.FastPath.__new__.cache_clear()
    began = time.process_time()
    found = importlib.metadata.entry_points()
    if isinstance(found, dict):
        found = [one for group in found.values() for one in group]
    return time.process_time() - began, len(found)
once()
times = [once() for _ in range(int(sys.argv[2]))]
print(sorted(times)[len(times) // 2][0], times[0][1])
"""


def distribution(site: Path, number: int, *, files: int) -> None:
    name = f"dist{number:03}"
    info = site / f"{name}-1.{number}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.{number}\n"
        f"Requires-Dist: dist{number + 1:03}\n\n" + "Long description.\n" * 200
    )
    (info / "INSTALLER").write_text("pip\n")
    (info / "entry_points.txt").write_text(
        f"[console_scripts]\n{name} = {name}:main\n\n[plugins]\none = {name}.one:make\n"
    )
    modules = [f"{name}/part{i % 5}/module{i}.py" for i in range(files)]
    listed = [f"{name}/__init__.py", *modules, f"../../../bin/{name}"]
    listed += [f"{info.name}/{file.name}" for file in info.iterdir()]
    digest = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    rows = "".join(f"{path},{digest},0\n" for path in listed)
    (info / "RECORD").write_text(f"{rows}{info.name}/RECORD,,\n")


def environment(prefix: Path, count: int, *, files: int) -> Environment:
    site = prefix / "lib/python3/site-packages"
    for number in range(count):
        distribution(site, number, files=files)
    (prefix / ".pysetup").mkdir()
    return Environment(
        prefix=str(prefix),
        executable=str(prefix / "bin/python"),
        version="3.12.0",
        scheme=Scheme(
            purelib=str(site),
            platlib=str(site),
            scripts=str(prefix / "bin"),
            data=str(prefix),
            headers=str(prefix / "include"),
        ),
        markers={},
        tags=(),
        paths=(str(site),),
        externally_managed=None,
        virtual=True,
    )


def cpu(task: Callable[[], object], rounds: int) -> float:
    """Return the median processor time of ``task`` in milliseconds."""
    task()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        task()
        times.append(time.process_time() - began)
    return statistics.median(times) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distributions", type=int, default=500)
    parser.add_argument("--files", type=int, default=40, help="per distribution")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder, "a"), options.distributions, files=options.files)
        state = Path(env.prefix, ".pysetup")

        def opened() -> InstalledDatabase:
            return InstalledDatabase(env.paths, state_folder=str(state))

        def ask(word: str) -> object:
            return find_owners(
                word, database=opened(), environment=env, directory=Path("/")
            )

        began = time.process_time()
        ask("dist007.part1.module1")
        first = (time.process_time() - began) * 1000
        began = time.process_time()
        opened().index.keep()
        kept = (time.process_time() - began) * 1000
        size = (state / "index.json").stat().st_size
        print(f"{options.distributions} distributions of {options.files} files each")
        print(f"without an index   {first:7.1f} ms, to keep one {kept:.1f} ms more")
        print(f"the index          {size / 1e6:7.2f} MB")
        site = env.scheme.purelib
        for kind, word in (
            ("module", "dist007.part1.module1"),
            ("path", f"{site}/dist100/part2/module2.py"),
            ("command", "dist200"),
        ):
            print(f"{kind:<18} {cpu(lambda w=word: ask(w), options.rounds):7.1f} ms")

        # An environment at rest: its folders have not changed for a while.
        env = environment(Path(folder, "b"), ENTRY_POINTS_OF, files=options.files)
        state = Path(env.prefix, ".pysetup")
        os.utime(env.scheme.purelib, (1, 1))
        ours = cpu(lambda: find_entry_points(opened()), options.rounds)
        count = len(find_entry_points(opened()))
        told = subprocess.run(
            [sys.executable, "-c", THEIRS, env.scheme.purelib, str(options.rounds)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        theirs = float(told[0]) * 1000
        print(f"\nentry points of {ENTRY_POINTS_OF} distributions ({count}, {told[1]})")
        print(f"pysetup            {ours:7.2f} ms")
        print(f"importlib.metadata {theirs:7.2f} ms    ratio {ours / theirs:.3f}")


if __name__ == "__main__":
    main()
