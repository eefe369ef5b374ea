"""The same wheels as Debian packages, made by pysetup, wheel2deb and stdeb.

For each tool: how many packages it made, how many of their requirements have the
right package, how often a relation is wrong about a version near its bounds, errors of
lintian, whether apt could install the package here, whether a second run made the same
bytes, and seconds of CPU time. The others are given by their paths; stdeb makes its
packages of the sdists of the same projects, which stand in a folder.
"""

import argparse
import hashlib
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pysetup.interchange.wheel_file import open_wheel
from pysetup.platforms.deb.reader import read_deb
from pysetup.platforms.names.tables import shipped_catalogue
from pysetup.platforms.needs import needs_of
from pysetup.platforms.target import read_target
from pysetup.platforms.versions.order import compare_deb

TARGET = "debian-12"
# Debian's own Python, not one that stands before it on PATH.
SYSTEM = {**os.environ, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
_RELATION = re.compile(r"([a-z0-9.+-]+)(?::\w+)?(?:\s*\(([<>=]+)\s*([^)]+)\))?")
_MEETS: dict[str, Callable[[int], bool]] = {
    "<<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "=": lambda order: order == 0,
    ">=": lambda order: order >= 0,
    ">>": lambda order: order > 0,
}


Make = Callable[[Path, Path | None, Path], None]


@dataclass
class Score:
    """What one tool has done."""

    made: int = 0
    needs: int = 0
    named: int = 0
    checks: int = 0
    wrong: int = 0
    lint: int = 0
    installable: int = 0
    same: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)


def run(words: list[str | Path], folder: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(
        list(map(str, words)),
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    return done.stdout + done.stderr


def by_pysetup(wheel: Path, _: Path | None, folder: Path) -> None:
    words = [sys.executable, "-m", "pysetup", "bdist_deb", "--target", TARGET]
    run([*words, "-o", folder, wheel], folder, dict(os.environ))


def by_wheel2deb(program: Path) -> Make:
    def made(wheel: Path, _: Path | None, folder: Path) -> None:
        given = folder / "given"
        given.mkdir()
        shutil.copy(wheel, given)
        words = [program, "default", "-x", given, "-o", folder / "out", "-w", "1"]
        run(words, folder, SYSTEM)

    return made


def by_stdeb(program: Path) -> Make:
    def made(_: Path, sdist: Path | None, folder: Path) -> None:
        if sdist is not None:
            words = [program, "--with-python2", "False", "--with-python3", "True"]
            run([*words, "-d", folder, sdist], folder, SYSTEM)
            for unpacked in folder.glob("*/debian/rules"):
                build = ["dpkg-buildpackage", "-us", "-uc", "-b", "-d"]
                run([*build], unpacked.parent.parent, SYSTEM)

    return made


def versions_near(specifiers: str) -> Iterator[str]:
    """Yield ordinary versions around the bounds: Debian spells them as PEP 440 does."""
    for clause in SpecifierSet(specifiers):
        release = Version(clause.version.removesuffix(".*")).release
        padded = (*release, 0, 0, 0)[: max(3, len(release))]
        for place in range(3):
            for step in (-1, 0, 1):
                number = padded[place] + step
                if number >= 0:
                    rest = padded[place + 1 :] if step == 0 else (0,) * (2 - place)
                    yield ".".join(map(str, (*padded[:place], number, *rest)))


def admits(relation: re.Match[str], version: str) -> bool:
    if relation[2] is None:
        return True
    return _MEETS[relation[2]](compare_deb(f"{version}-1", relation[3]))


def holds(depends: list[str], package: str, version: str) -> bool:
    """Tell whether all relations to ``package`` admit ``version``."""
    for relation in depends:
        options = [_RELATION.fullmatch(each.strip()) for each in relation.split("|")]
        ours = [m for m in options if m is not None and m[1] == package]
        if ours and not any(
            m[2] is None or _MEETS[m[2]](compare_deb(f"{version}-1", m[3]))
            for m in ours
        ):
            return False
    return True


def judge(score: Score, wheel: Path, package: Path) -> None:
    target = read_target(TARGET)
    catalogue = shipped_catalogue(target)
    assert catalogue is not None
    with open_wheel(wheel) as opened:
        needs = needs_of(opened.metadata, target)
    depends = [each.strip() for each in read_deb(package).fields["Depends"].split(",")]
    names = {m[1] for each in depends if (m := _RELATION.match(each))}
    for need in needs:
        found = catalogue.find(need.project)
        if found is None:
            continue
        score.needs += 1
        score.named += found.packages[0] in names
        for version in sorted(set(versions_near(need.specifiers))):
            wanted = SpecifierSet(need.specifiers).contains(version)
            score.checks += 1
            admitted = holds(depends, found.packages[0], version)
            score.wrong += admitted is not wanted
    lint = run(["lintian", "--allow-root", package], package.parent, SYSTEM)
    score.lint += sum(line.startswith("E:") for line in lint.splitlines())
    words = ["apt-get", "-s", "-qq", "--allow-downgrades", "install", package]
    score.installable += "Inst " in run([*words], package.parent, SYSTEM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="wheels")
    parser.add_argument("--sdists", type=Path, help="sdists of the same projects")
    parser.add_argument("--wheel2deb", type=Path, help="the program wheel2deb")
    parser.add_argument("--stdeb", type=Path, help="the program py2dsc")
    parser.add_argument("--once", action="store_true", help="make each only once")
    parser.add_argument("--peers", action="store_true", help="leave pysetup out")
    chosen = parser.parse_args()
    tools: dict[str, Make] = {} if chosen.peers else {"pysetup": by_pysetup}
    if chosen.wheel2deb:
        tools["wheel2deb"] = by_wheel2deb(chosen.wheel2deb.absolute())
    if chosen.stdeb:
        tools["stdeb"] = by_stdeb(chosen.stdeb.absolute())
    wheels = sorted(chosen.folder.absolute().glob("*.whl"))
    for name, make in tools.items():
        score = Score()
        for wheel in wheels:
            sdist = sdist_of(wheel, chosen.sdists)
            measure(score, make, wheel, sdist, times=1 if chosen.once else 2)
        show(name, score, len(wheels))


def sdist_of(wheel: Path, folder: Path | None) -> Path | None:
    wanted = re.sub(r"[._-]+", "-", wheel.name.split("-")[0]).lower()
    for path in folder.absolute().glob("*.tar.gz") if folder else ():
        stem = re.sub(r"[._-]+", "-", path.name.rpartition("-")[0]).lower()
        if stem == wanted:
            return path
    return None


def measure(
    score: Score, make: Make, wheel: Path, sdist: Path | None, *, times: int
) -> None:
    digests = []
    for attempt in range(times):
        with tempfile.TemporaryDirectory() as scratch:
            started = spent_by_children()
            make(wheel, sdist, Path(scratch))
            spent = spent_by_children() - started
            found = [p for p in Path(scratch).rglob("*.deb") if "dbgsym" not in p.name]
            if not found:
                score.failed.append(wheel.name.split("-")[0])
                return
            digests.append(hashlib.sha256(found[0].read_bytes()).hexdigest())
            if attempt == 0:
                score.made += 1
                score.seconds += spent
                judge(score, wheel, found[0])
    score.same += times > 1 and len(set(digests)) == 1


def spent_by_children() -> float:
    """Return seconds of CPU time: those of the clock depend on what else runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(name: str, score: Score, count: int) -> None:
    each = score.seconds / max(1, score.made)
    print(
        f"{name}: made {score.made} of {count}; names {score.named} of {score.needs}; "
        f"relations wrong {score.wrong} of {score.checks}; "
        f"lintian errors {score.lint}; apt installs {score.installable}; "
        f"same twice {score.same}; {each:.1f} s CPU each",
        flush=True,
    )
    if score.failed:
        print(f"  nothing from {', '.join(score.failed)}")


if __name__ == "__main__":
    main()
