"""A format that makes recipes alone: one function, and a dialect for each system.

A recipe is text from which a system builds a project: there is no package of ours.
What the recipes say is checked by the system's parsers where there are any, and was
not built there.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.format import Format
from pysetup.platforms.interface import FormatOption, Making
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.recipes.facts import Dialect, Recipe, make_plan
from pysetup.platforms.recipes.source import copy_beside
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON

Texts = Callable[[Recipe], Mapping[str, str]]
URL = FormatOption(
    "where the sdist can be downloaded; pypi: its place on the Python Package Index;"
    " empty: it stands beside the recipe",
    "",
)


def recipe_format(
    dialect: Dialect,
    summary: str,
    texts: Texts,
    options: Mapping[str, FormatOption] | None = None,
) -> Format:
    """Return the format of a dialect; ``texts`` gives the files of a recipe by path."""

    def write(
        plan: PackagePlan,
        sdist: Path,
        metadata: Metadata,
        target: PlatformTarget,
        out: Path,
        *,
        making: Making | None,
    ) -> list[Path]:
        """Write the recipe, and the sdist beside it if it has no URL."""
        del target, making  # the plan knows the one, and a recipe has no date
        recipe = Recipe.of(plan, sdist, metadata)
        contents = texts(recipe)  # all of them, before one is written
        made = [out / name for name in contents]
        for place, text in zip(made, contents.values(), strict=True):
            with written_whole(place) as stream:
                stream.write(text.encode())
        if not recipe.source.url:
            made.append(copy_beside(sdist, made[0].parent))
        return made

    return Format(
        name=dialect.name,
        summary=summary,
        families=("any",),
        default_target="portable",
        options={"url": URL, **(options or {})},
        make_plan=partial(make_plan, dialect),
        write_sources=write,
        is_planned_from_sdist=True,
        read_back=partial(_read, dialect.name),
    )


def _read(name: str, path: Path) -> Mapping[str, JSON]:
    return {"format": name, "text": path.read_text("utf-8")}
