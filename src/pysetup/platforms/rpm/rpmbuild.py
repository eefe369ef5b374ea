"""Building a source package on this machine, with rpmbuild, when that is asked for."""

import shutil
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import SOURCE, Making, MissingToolError, ToolNeed
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm.options import NO_BUILD, WITHOUT_DEPENDENCIES
from pysetup.platforms.rpm.source import write_sources
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.whole_files import written_whole

RPMBUILD = ToolNeed("rpmbuild", "rpm", level=SOURCE, optional=True)
_MOST_OUTPUT = 4000


class RpmbuildFailedError(BuildError):
    """rpmbuild could not build the source package that was written.

    Its output says why; often what the build requires is not installed as packages of
    this system. ``--option build=without-dependencies`` does not look for that. What
    was written is taken away again.
    """

    code = "PS6565"

    def __init__(self, package: Path, code: int, output: str) -> None:
        super().__init__(
            f"rpmbuild failed on {package.name} with exit code {code}",
            facts={"package": package.name, "output": output[-_MOST_OUTPUT:]},
            hints=(
                "dnf builddep  installs what a spec file requires",
                "--option build=without-dependencies  builds with what there is",
            ),
        )


def check_rpmbuild(plan: PackagePlan, making: Making | None) -> str:
    """Return the path of rpmbuild; "" if nothing is to be built.

    Raises ``MissingToolError``.
    """
    if plan.options["build"] == NO_BUILD:
        return ""
    program = making.tools.find(RPMBUILD.name) if making is not None else None
    if program is None:
        raise MissingToolError(plan.format, RPMBUILD)
    return program


def write_and_build(
    plan: PackagePlan,
    sdist: Path,
    metadata: Metadata,
    target: PlatformTarget,
    out: Path,
    *,
    making: Making | None,
) -> list[Path]:
    """Write spec file and source package, and build them if that is asked for.

    All of it appears, or nothing. Raises ``MissingToolError``,
    ``RpmbuildFailedError``, and as ``write_sources``.
    """
    program = check_rpmbuild(plan, making)
    made = write_sources(plan, sdist, metadata, target, out, making=making)
    if program and making is not None:
        try:
            made += build_packages(program, plan, made[1], out, making=making)
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise
    return made


def build_packages(
    program: str, plan: PackagePlan, source: Path, out: Path, *, making: Making
) -> list[Path]:
    """Build the source package and move what comes of it to ``out``; return the paths.

    Raises ``RpmbuildFailedError``.
    """
    top = making.scratch / "rpmbuild"
    top.mkdir()
    words = [program, "--define", f"_topdir {top}", "--rebuild", str(source)]
    if plan.options["build"] == WITHOUT_DEPENDENCIES:
        words.insert(1, "--nodeps")
    finished = making.tools.run(words, cwd=top)
    if finished.returncode:
        output = (finished.stdout + finished.stderr).decode("utf-8", "replace")
        raise RpmbuildFailedError(source, finished.returncode, output)
    made: list[Path] = []
    for path in sorted(top.glob("RPMS/*/*.rpm")):
        place = out / path.name
        with written_whole(place) as stream, open(path, "rb") as built:
            shutil.copyfileobj(built, stream)
        made.append(place)
    return made
