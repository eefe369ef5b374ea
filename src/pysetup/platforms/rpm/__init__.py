"""bdist_rpm: RPM packages, planned, written and read without any program of rpm's."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    FormatOption,
    Making,
    Names,
    ToolNeed,
    Tools,
    default_plan,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm.binary import write_packages
from pysetup.platforms.rpm.options import OPTIONS
from pysetup.platforms.rpm.plan import NAME, make_plan
from pysetup.platforms.rpm.repository import write_repository
from pysetup.platforms.rpm.rpmbuild import RPMBUILD, build_packages, check_rpmbuild
from pysetup.platforms.rpm.source import UnplannedSourceError, write_sources
from pysetup.platforms.rpm.verify import verify_package
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON


class RpmFormat:
    """Packages for Fedora, CentOS, openSUSE and what is made of them."""

    name = NAME
    summary = "RPM packages for Fedora, CentOS, openSUSE (.rpm)"
    levels = (BINARY, SOURCE)
    families = ("rpm",)
    default_target = "fedora-43"
    options: Mapping[str, FormatOption] = OPTIONS
    tools: tuple[ToolNeed, ...] = (RPMBUILD,)

    def plan(
        self,
        document: Metadata,
        target: PlatformTarget,
        *,
        tree: Tree,
        names: Names,
        options: Mapping[str, JSON],
    ) -> PackagePlan:
        """Decide everything; see ``PlatformFormat``."""
        return make_plan(document, target, tree=tree, names=names, options=options)

    def binary_dist(
        self,
        built_dir: Path,
        metadata: Metadata,
        target: PlatformTarget | None = None,
        out: Path | None = None,
        *,
        plan: PackagePlan | None = None,
        making: Making | None = None,
    ) -> list[Path]:
        """Write the package and those of the extras; see ``PlatformFormat``."""
        decided = plan or default_plan(self, built_dir, metadata, target)
        return write_packages(
            decided, built_dir, out or built_dir.parent, making=making
        )

    def source_dist(
        self,
        sdist: Path,
        metadata: Metadata,
        target: PlatformTarget | None = None,
        out: Path | None = None,
        *,
        plan: PackagePlan | None = None,
        making: Making | None = None,
    ) -> list[Path]:
        """Write spec file and source package, and build them if that is asked for.

        Without a plan there is ``UnplannedSourceError``: the files are not known.
        """
        if plan is None:
            raise UnplannedSourceError(sdist)
        program = check_rpmbuild(plan, making)
        where = target or read_target(plan.target)
        folder = out or sdist.parent
        made = write_sources(plan, sdist, metadata, where, folder, making=making)
        if program and making is not None:
            try:
                made += build_packages(program, plan, made[1], folder, making=making)
            except BaseException:
                for path in made:
                    path.unlink(missing_ok=True)
                raise
        return made

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back; raises ``DamagedRpmError``."""
        del tools
        return verify_package(path)

    def write_repository(
        self, folder: Path, *, before: Path, making: Making
    ) -> list[Path]:
        """Make a repository of the folder; see ``RepositoryFormat``."""
        return write_repository(folder, before=before, time=time_of(making))


FORMAT = RpmFormat()
