"""One command ``bdist_<format>``: by a plug-in, or by the project's own function."""

from pathlib import Path
from typing import cast

from pysetup.platforms.interface import PlatformFormat
from pysetup.platforms.plan import PackagePlan
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.scratch import check_output
from pysetup.workflows.context import Context
from pysetup.workflows.platform.functions import (
    call_plugin_function,
    call_project_function,
    check_asked,
)
from pysetup.workflows.platform.packaging import make_packages
from pysetup.workflows.platform.plugins import (
    BinaryDist,
    BrokenPluginError,
    UnknownFormatError,
    find_format,
    is_whole,
)
from pysetup.workflows.platform.request import Request
from pysetup.workflows.platform.stated_sources import stated_by
from pysetup.workflows.platform.writing import Made, MadeFile


@dataclass(frozen=True, slots=True)
class Distributed:
    """What one command has made: packages with their plans, or a function's file."""

    format: str
    made: Made = Made(())
    others: tuple[MadeFile, ...] = ()

    @property
    def files(self) -> tuple[MadeFile, ...]:
        """All packages, in the order in which they were made."""
        packages = self.made.packages
        return (*(file for one in packages for file in one.files), *self.others)

    @property
    def plans(self) -> tuple[PackagePlan, ...]:
        """The plans; a mere function has none."""
        return tuple(one.plan for one in self.made.packages)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "format": self.format,
            "files": [file.to_json() for file in self.files],
            "plans": [plan.to_json() for plan in self.plans],
            "index": [str(path) for path in self.made.index],
        }


def distribute(
    name: str, request: Request, *, into: Path, context: Context, building: Building
) -> Distributed:
    """Make the package ``bdist_<name>`` of what ``request`` names, in ``into``.

    A project whose document has a function for it under ``commands`` makes it itself.
    Raises ``OutputPlaceError``, ``UnknownFormatError``, and as ``make_packages``.
    """
    if not request.dry_run:
        check_output(into)
    root = context.path(request.source).resolve()
    stated = stated_by(root)
    function = stated.function_of(f"bdist_{name}") if stated is not None else ""
    if root.is_dir() and function:
        check_asked(name, request)
        made = call_project_function(
            name,
            function,
            root,
            into=into,
            context=context,
            building=building.for_source(root),
        )
        return Distributed(name, others=(made,))
    loaded = find_format(name).load()
    if is_whole(loaded):
        format_ = cast("PlatformFormat", loaded)
        packages = make_packages(
            format_,
            request,
            into=into,
            context=context,
            building=building,
            stated=stated,
        )
        return Distributed(name, packages)
    check_asked(name, request)
    made = call_plugin_function(
        name,
        cast("BinaryDist", loaded),
        request.source,
        into=into,
        context=context,
        building=building,
    )
    return Distributed(name, others=(made,))


def options_of(name: str) -> list[tuple[str, str]]:
    """Return the options of a format and their captions, for its help."""
    try:
        loaded = find_format(name).load()
    except (UnknownFormatError, BrokenPluginError):
        return []  # a project may have a function for it; a fault is told later
    options = getattr(loaded, "options", {})
    return [(key, option.summary) for key, option in sorted(options.items())]
