"""bdist_zipapp: one executable file that holds a project, and what it needs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    BINARY,
    FormatOption,
    Making,
    Names,
    ToolNeed,
    Tools,
    default_plan,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.platforms.zipapp.archive import Part, write_application
from pysetup.platforms.zipapp.plan import (
    NAME,
    OPTIONS,
    inside,
    make_plan,
    refuse_compiled,
)
from pysetup.platforms.zipapp.verify import verify_application
from pysetup.standards.jsontext import JSON


class ZipappFormat:
    """One file, started by whichever Python is there (PEP 441).

    It holds the modules and metadata of a project and of all that is bundled with it;
    what has no place in a zip file (machine code) is refused. It tells a Python that
    is too old or too new so, before anything else is read.
    """

    name = NAME
    summary = "one executable .pyz file"
    levels = (BINARY,)
    families = ("any",)
    default_target = "portable"
    options: Mapping[str, FormatOption] = OPTIONS
    tools: tuple[ToolNeed, ...] = ()

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
        del names  # what it needs goes in, or is left to its Python
        return make_plan(document, target, tree=tree, options=options)

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
        """Write the application of the project alone; see ``PlatformFormat``."""
        decided = plan or default_plan(self, built_dir, metadata, target)
        place = (out or built_dir.parent) / f"{decided.name}-{decided.version}.pyz"
        parts = [(decided.files, built_dir)]
        write_application(decided, parts, place, time=time_of(making))
        return [place]

    def bundle(
        self,
        trees: Sequence[tuple[Path, Metadata]],
        target: PlatformTarget,
        out: Path,
        *,
        plan: PackagePlan,
        making: Making,
    ) -> list[Path]:
        """Write the application with what it needs; see ``BundlingFormat``.

        Raises ``CompiledZipappError`` for a distribution that holds machine code.
        """
        parts: list[Part] = [(plan.files, trees[0][0])]
        for root, document in trees[1:]:
            tree = Tree.read(root)
            refuse_compiled(document.name, tree)
            files, _ = inside(tree, document, target, notes={})
            parts.append((files, root))
        place = out / f"{plan.name}-{plan.version}.pyz"
        write_application(plan, parts, place, time=time_of(making))
        return [place]

    def source_dist(self, *arguments: object, **named: object) -> list[Path]:
        """Return nothing: there is no source level of this format."""
        del arguments, named
        return []

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read the application back; raises ``UnreadablePackageError``."""
        del tools
        return verify_application(path)


FORMAT = ZipappFormat()
