"""recipe.yaml (CEP 13, 14): how rattler-build makes a conda package from an sdist."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import Making
from pysetup.platforms.plan import REQUIRES, PackagePlan
from pysetup.platforms.quoting import yaml_string
from pysetup.platforms.recipes.source import RecipeSource, copy_beside
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON

RECIPE = "recipe.yaml"
_SCHEMA = (
    "# yaml-language-server: $schema=https://raw.githubusercontent.com/"
    "prefix-dev/recipe-format/main/schema.json\n"
)
_INSTALL = "${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation"
_COMPILERS = ("${{ compiler('c') }}",)


def write_recipe(
    plan: PackagePlan,
    sdist: Path,
    metadata: Metadata,
    target: PlatformTarget,
    out: Path,
    *,
    making: Making | None,
) -> list[Path]:
    """Write the recipe of ``plan`` for ``sdist`` into ``out``; return the files."""
    del target, making  # the plan knows the one, and a recipe has no date
    source = RecipeSource.of(sdist, metadata, url=str(plan.options["url"]))
    place = out / RECIPE
    with written_whole(place) as stream:
        stream.write(recipe_text(plan, source).encode())
    return [place] if source.url else [place, copy_beside(sdist, out)]


def recipe_text(plan: PackagePlan, source: RecipeSource) -> str:
    """Return the text of the recipe; whatever others wrote stays a text."""
    noarch = plan.details.get("noarch") == "python"
    pythons = [text for text in plan.relations[REQUIRES] if _is_python(text)]
    others = [text for text in plan.relations[REQUIRES] if not _is_python(text)]
    host = [*(pythons or ["python"]), "pip", *_build_needs(plan.details.get("build"))]
    build: dict[str, JSON] = {"number": int(plan.release.rpartition("_")[2])}
    requirements: dict[str, JSON] = {}
    entries = _listed(plan.details.get("entry_points"))
    if noarch:
        build["noarch"] = "python"
        if entries:
            build["python"] = {"entry_points": entries}
    else:
        requirements["build"] = list(_COMPILERS)
        # What it needs of the system follows from its own build.
        host = ["python", *host[len(pythons) or 1 :]]
        pythons = ["python"]
        others = [text for text in others if not text.startswith("__")]
    build["script"] = _INSTALL
    requirements |= {"host": host, "run": [*(pythons or ["python"]), *others]}
    place = {"url": source.url} if source.url else {"path": source.filename}
    document: dict[str, JSON] = {
        "schema_version": 1,
        "package": {"name": plan.name, "version": plan.version},
        "source": {**place, "sha256": source.sha256},
        "build": build,
        "requirements": requirements,
        "about": _about(plan),
    }
    imports = _listed(plan.details.get("imports"))
    if imports:
        document["tests"] = [{"python": {"imports": imports, "pip_check": True}}]
    return _SCHEMA + "\n".join(_lines(document, 0)) + "\n"


def _about(plan: PackagePlan) -> dict[str, JSON]:
    found: dict[str, JSON] = {
        "summary": plan.summary,
        "homepage": plan.homepage,
        "license": plan.licence if plan.details.get("spdx") else "",
        "license_file": _listed(plan.details.get("licence_files")),
    }
    return {key: value for key, value in found.items() if value}


def _is_python(text: str) -> bool:
    return text.partition(" ")[0] in ("python", "python_abi")


def _build_needs(value: JSON) -> Iterable[str]:
    for each in value if isinstance(value, list) else []:
        if isinstance(each, Mapping):
            yield from _listed(each.get("relations"))


def _listed(value: JSON) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _lines(value: JSON, depth: int) -> Iterable[str]:
    """Yield YAML in its plainest form: every text in double quotes."""
    space = "  " * depth
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, Mapping | list):
                yield f"{space}{key}:"
                yield from _lines(item, depth + 1)
            else:
                yield f"{space}{key}: {_scalar(item)}"
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping):
                first, *rest = _lines(item, depth + 1)
                yield f"{space}- {first.strip()}"
                yield from rest
            else:
                yield f"{space}- {_scalar(item)}"


def _scalar(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    # Templates of ours are the only ones that are expanded.
    return f'"{text}"' if text in (_INSTALL, *_COMPILERS) else yaml_string(text)
