"""A format that makes recipes alone: one class, and a dialect for each system."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    SOURCE,
    FormatOption,
    Making,
    Names,
    ToolNeed,
    Tools,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.recipes.facts import Dialect, Recipe, make_plan
from pysetup.platforms.recipes.source import copy_beside, recipe_plan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON

URL = FormatOption(
    "where the sdist can be downloaded; pypi: its place on the Python Package Index;"
    " empty: it stands beside the recipe",
    "",
)


class RecipeFormat:
    """Texts from which a system builds a project: there is no package of ours.

    ``texts`` gives the files of a recipe by their paths. What the recipes say is
    checked by the system's parsers where there are any, and was not built there.
    """

    levels = (SOURCE,)
    families = ("any",)
    default_target = "portable"
    tools: tuple[ToolNeed, ...] = ()

    def __init__(
        self,
        dialect: Dialect,
        summary: str,
        texts: Callable[[Recipe], Mapping[str, str]],
        options: Mapping[str, FormatOption] | None = None,
    ) -> None:
        self.name = dialect.name
        self.summary = summary
        self.options: Mapping[str, FormatOption] = {"url": URL, **(options or {})}
        self._dialect, self._texts = dialect, texts

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
        return make_plan(
            self._dialect, document, target, tree=tree, names=names, options=options
        )

    def binary_dist(self, *arguments: object, **named: object) -> list[Path]:
        """Return nothing: there is no binary level of this format."""
        del arguments, named
        return []

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
        """Write the recipe, and the sdist beside it if it has no URL."""
        del making
        decided = plan or recipe_plan(self, metadata, target)
        folder = out or sdist.parent
        recipe = Recipe.of(decided, sdist, metadata)
        texts = self._texts(recipe)  # all of them, before one is written
        made = [folder / name for name in texts]
        for place, text in zip(made, texts.values(), strict=True):
            with written_whole(place) as stream:
                stream.write(text.encode())
        if not recipe.source.url:
            made.append(copy_beside(sdist, made[0].parent))
        return made

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Return the text of a recipe."""
        del tools
        return {"format": self.name, "text": path.read_text("utf-8")}
