"""Writing packages by their plans, all or none, and reading each one back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pysetup.interchange.built import BuiltTree
from pysetup.platforms.interface import (
    Making,
    PlatformFormat,
    Tools,
    bundler,
    repository_writer,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace
from pysetup.workflows.building.scratch import appearing_together, scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was written, with its digest, and what reading it back has shown."""

    location: Path
    hash: Hash
    contents: Mapping[str, JSON]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "location": str(self.location),
            "hash": str(self.hash),
            "size": self.location.stat().st_size,
            "contents": dict(self.contents),
        }


@dataclass(frozen=True, slots=True)
class Packaged:
    """A plan, and the files that were written by it; none for a dry run."""

    plan: PackagePlan
    files: tuple[MadeFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """Packages, and the files that make a repository of their folder."""

    packages: tuple[Packaged, ...]
    index: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """All that is to be packaged: ``trees`` and, for each package, its plan.

    Where the format puts all trees into one package, there is one plan. ``sdist`` is
    what source packages are made of.
    """

    trees: tuple[BuiltTree, ...]
    plans: tuple[PackagePlan, ...]
    sdist: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes packages of one format for one target."""

    format_: PlatformFormat
    target: PlatformTarget
    tools: Tools
    context: Context

    def write(self, planned: Planned, into: Path, *, with_index: bool) -> Made:
        """Write all packages into ``into``, or none.

        ``with_index`` makes a repository of the folder, if the format has such.
        """
        with (
            _place_told(into),
            appearing_together(into) as folder,
            scratch_folder("pysetup-making-") as scratch,
        ):
            epoch = self.context.settings.source_date_epoch
            making = Making(self.tools, epoch, scratch)
            packages = []
            for tree, plan in zip(planned.trees, planned.plans, strict=False):
                title = f"{tree.metadata.name} {tree.metadata.version}"
                with stage(self.context.observer, "pack", title):
                    made = self._written(planned, tree, plan, folder, making)
                packages.append(Packaged(plan, _at(into, folder, made)))
            index = self._indexed(folder, into, making) if with_index else ()
        return Made(tuple(packages), index)

    def _written(
        self,
        planned: Planned,
        tree: BuiltTree,
        plan: PackagePlan,
        folder: Path,
        making: Making,
    ) -> list[MadeFile]:
        format_, metadata = self.format_, tree.metadata
        if planned.sdist is not None:
            paths = format_.source_dist(
                planned.sdist, metadata, self.target, folder, plan=plan, making=making
            )
            return [MadeFile(path, Hash.of_file(str(path)), {}) for path in paths]
        if (bundle := bundler(format_)) is not None:
            trees = [(each.root, each.metadata) for each in planned.trees]
            paths = bundle(trees, self.target, folder, plan=plan, making=making)
        else:
            paths = format_.binary_dist(
                tree.root, metadata, self.target, folder, plan=plan, making=making
            )
        return [
            MadeFile(
                path,
                Hash.of_file(str(path)),
                format_.verify(path, tools=making.tools),
            )
            for path in paths
        ]

    def _indexed(self, folder: Path, into: Path, making: Making) -> tuple[Path, ...]:
        """Make a repository of the new packages and those that are there already."""
        write = repository_writer(self.format_)
        if write is None:
            return ()
        made = write(folder, before=into, making=making)
        return tuple(into / path.relative_to(folder) for path in made)


@contextmanager
def _place_told(folder: Path) -> Iterator[None]:
    """Name ``folder`` where the system refuses to write, and does not tell what."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise type(error)(error.errno, error.strerror, str(folder)) from None
        raise


def _at(into: Path, folder: Path, made: Sequence[MadeFile]) -> tuple[MadeFile, ...]:
    return tuple(
        replace(file, location=into / file.location.relative_to(folder))
        for file in made
    )
