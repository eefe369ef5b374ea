"""bdist_nix: a Nix expression, as the packages of nixpkgs' Python are written."""

import base64
import re
from collections.abc import Iterable, Mapping

from pysetup.platforms.quoting import nix_string, one_line
from pysetup.platforms.recipes.facts import Dialect, Mapped, Recipe
from pysetup.platforms.recipes.format import recipe_format
from pysetup.platforms.recipes.licence_tree import identifiers, licence_tree

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_'-]*")
# Words of the language, and arguments that the expression has anyway.
_TAKEN = (
    *("assert", "else", "false", "if", "in", "inherit", "let", "null", "or", "rec"),
    *("then", "true", "with", "buildPythonPackage", "fetchurl", "lib"),
)
_FILE = "default.nix"


def attribute(project: str) -> str:
    """Return the name of a project's package among the arguments of an expression."""
    if _IDENTIFIER.fullmatch(project) and project not in _TAKEN:
        return project
    return "_" + re.sub(r"[^A-Za-z0-9_-]", "-", project)


def _relate(package: str, specifiers: str) -> tuple[str, ...]:
    # nixpkgs has one version of each package; its own hook checks the comparisons.
    del specifiers
    return (package,)


def texts(recipe: Recipe) -> Mapping[str, str]:
    """Return the expression."""
    plan, source = recipe.plan, recipe.source
    every = [*recipe.builds, *recipe.runs]
    every += [row for rows in recipe.extras.values() for row in rows]
    inputs = sorted({name for row in every for name in _names(row)} - {plan.name})
    head = ["lib", "buildPythonPackage", *(["fetchurl"] if source.url else [])]
    lines = [
        f"# {one_line(plan.project)} {plan.project_version}, by the custom of nixpkgs:",
        "# python3Packages.callPackage ./default.nix { }",
        "{",
        *(f"  {name}," for name in [*head, *inputs]),
        "}:",
        "",
        "buildPythonPackage {",
        f"  pname = {nix_string(plan.project)};",
        f"  version = {nix_string(plan.project_version)};",
        "  pyproject = true;",
        "",
        *_source(recipe),
        "",
        *_list("build-system", _all(recipe.builds, plan.name)),
        *_list("dependencies", _all(recipe.runs, plan.name)),
        *_extras(recipe),
        *_list("pythonImportsCheck", map(nix_string, recipe.texts("imports"))),
        *_meta(recipe),
        "}",
    ]
    return {_FILE: "\n".join(lines) + "\n"}


def _names(row: Mapped) -> Iterable[str]:
    return (attribute(package) for package in row.packages)


def _all(rows: Iterable[Mapped], own: str) -> list[str]:
    found = dict.fromkeys(name for row in rows for name in _names(row))
    return [name for name in found if name != own]


def _source(recipe: Recipe) -> list[str]:
    source = recipe.source
    if not source.url:
        # A string, since a path has no spaces in this language.
        return [f"  src = ./. + {nix_string('/' + source.filename)};"]
    digest = base64.b64encode(bytes.fromhex(source.sha256)).decode()
    return [
        "  src = fetchurl {",
        f"    url = {nix_string(source.url)};",
        f"    hash = {nix_string(f'sha256-{digest}')};",
        "  };",
    ]


def _list(name: str, words: Iterable[str], *, indent: str = "  ") -> list[str]:
    listed = list(words)
    if not listed:
        return []
    items = (f"{indent}  {word}" for word in listed)
    return [f"{indent}{name} = [", *items, f"{indent}];", ""]


def _extras(recipe: Recipe) -> list[str]:
    lines: list[str] = []
    for extra, rows in recipe.extras.items():
        name = extra if _IDENTIFIER.fullmatch(extra) else nix_string(extra)
        lines += _list(name, _all(rows, recipe.plan.name), indent="    ")[:-1]
    return ["  optional-dependencies = {", *lines, "  };", ""] if lines else []


def _meta(recipe: Recipe) -> list[str]:
    plan = recipe.plan
    lines = [f"    description = {nix_string(plan.summary)};"]
    if plan.homepage:
        lines.append(f"    homepage = {nix_string(plan.homepage)};")
    lines += _licence(plan.licence)
    commands = recipe.texts("commands")
    if commands:
        main = plan.project if plan.project in commands else commands[0]
        lines.append(f"    mainProgram = {nix_string(main)};")
    return ["  meta = {", *lines, "  };"]


def _licence(expression: str) -> list[str]:
    """Return the licences by their SPDX identifiers, as nixpkgs' library knows them."""
    known = identifiers(licence_tree(expression))
    words = [
        f"{{ fullName = {nix_string(each)}; }}"
        if each.startswith("LicenseRef-")
        else f"(lib.getLicenseFromSpdxId {nix_string(each)})"
        for each in known
    ]
    lines = [] if len(known) < 2 else [f"    # {one_line(expression)}"]  # noqa: PLR2004 - one says it all
    return [*lines, *_list("license", words, indent="    ")[:-1]] if words else []


DIALECT = Dialect("nix", "nixpkgs", attribute, _relate)
FORMAT = recipe_format(DIALECT, "Nix expression, by the custom of nixpkgs", texts)
