"""bdist_nix: a Nix expression, as the packages of nixpkgs' Python are written."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence

from pysetup.platforms.quoting import nix_string, one_line
from pysetup.platforms.recipes.facts import Dialect, Mapped, Recipe
from pysetup.platforms.recipes.format import recipe_format
from pysetup.platforms.recipes.licence_tree import identifiers, licence_tree
from pysetup.platforms.recipes.source import PYPI
from pysetup.platforms.recipes.words import plain_summary

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_'-]*")
# Words of the language, and arguments that the expression has anyway.
_TAKEN = (
    *("assert", "else", "false", "if", "in", "inherit", "let", "null", "or", "rec"),
    *("then", "true", "with", "buildPythonPackage", "fetchPypi", "fetchurl", "lib"),
)
# What hides an argument of the same name in a set whose attributes see each other.
_ATTRIBUTES = frozenset(
    ("pname", "version", "pyproject", "src", "dependencies", "meta")
)
_FILE = "default.nix"
# SPDX identifiers as nixpkgs' lib.licenses names them.
_LICENCES = {
    "0BSD": "bsd0",
    "AGPL-3.0-only": "agpl3Only",
    "AGPL-3.0-or-later": "agpl3Plus",
    "Apache-2.0": "asl20",
    "BSD-2-Clause": "bsd2",
    "BSD-3-Clause": "bsd3",
    "BSL-1.0": "boost",
    "CC0-1.0": "cc0",
    "GPL-2.0-only": "gpl2Only",
    "GPL-2.0-or-later": "gpl2Plus",
    "GPL-3.0-only": "gpl3Only",
    "GPL-3.0-or-later": "gpl3Plus",
    "ISC": "isc",
    "LGPL-2.1-only": "lgpl21Only",
    "LGPL-2.1-or-later": "lgpl21Plus",
    "LGPL-3.0-only": "lgpl3Only",
    "LGPL-3.0-or-later": "lgpl3Plus",
    "MIT": "mit",
    "MPL-2.0": "mpl20",
    "PSF-2.0": "psfl",
    "Unlicense": "unlicense",
    "ZPL-2.1": "zpl21",
    "Zlib": "zlib",
}


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
    plan = recipe.plan
    every = [*recipe.builds, *recipe.runs]
    every += [row for rows in recipe.extras.values() for row in rows]
    inputs = sorted({name for row in every for name in _names(row)} - {plan.name})
    fetcher, fetched, inherits = _source(recipe, inputs)
    head = ["lib", "buildPythonPackage", *fetcher]
    lines = [
        f"# {one_line(plan.project)} {plan.project_version}, by the custom of nixpkgs:",
        "# python3Packages.callPackage ./default.nix { }",
        "{",
        *(f"  {name}," for name in [*head, *inputs]),
        "}:",
        "",
        f"buildPythonPackage {'rec ' if inherits else ''}{{",
        f"  pname = {nix_string(plan.project)};",
        f"  version = {nix_string(plan.project_version)};",
        "  pyproject = true;",
        "",
        *fetched,
        "",
        *_list("build-system", recipe.builds, plan.name),
        *_list("dependencies", recipe.runs, plan.name),
        *_extras(recipe),
        *_block("pythonImportsCheck", map(nix_string, recipe.texts("imports"))),
        *_meta(recipe),
        "}",
    ]
    return {_FILE: "\n".join(lines) + "\n"}


def _names(row: Mapped) -> Iterable[str]:
    return (attribute(package) for package in row.packages)


def _all(rows: Iterable[Mapped], own: str) -> list[str]:
    found = dict.fromkeys(name for row in rows for name in _names(row))
    return [name for name in found if name != own]


def _source(
    recipe: Recipe, inputs: Sequence[str]
) -> tuple[Sequence[str], Sequence[str], bool]:
    """Return the fetcher that is needed, the lines of ``src``, whether they inherit."""
    source, plan = recipe.source, recipe.plan
    if not source.url:
        # A string, since a path has no spaces in this language.
        return (), [f"  src = ./. + {nix_string('/' + source.filename)};"], False
    digest = base64.b64encode(bytes.fromhex(source.sha256)).decode()
    hash_line = f"    hash = {nix_string(f'sha256-{digest}')};"
    stem = source.filename.removesuffix(f"-{plan.project_version}.tar.gz")
    if plan.options["url"] != PYPI or stem == source.filename:
        lines = [f"    url = {nix_string(source.url)};", hash_line]
        return ("fetchurl",), ["  src = fetchurl {", *lines, "  };"], False
    if not _ATTRIBUTES.isdisjoint(inputs):
        version = f"    version = {nix_string(plan.project_version)};"
        lines, inherits = [f"    pname = {nix_string(stem)};", version], False
    elif stem == plan.project:
        lines, inherits = ["    inherit pname version;"], True
    else:
        lines = [f"    pname = {nix_string(stem)};", "    inherit version;"]
        inherits = True
    return ("fetchPypi",), ["  src = fetchPypi {", *lines, hash_line, "  };"], inherits


def _list(
    name: str, rows: Iterable[Mapped], own: str, *, indent: str = "  "
) -> list[str]:
    """Return the lines of a list of packages, and of what their extras add to it."""
    needs = list(rows)
    lines = _block(name, _all(needs, own), indent=indent)
    added = [
        f"{indent}++ {package}.optional-dependencies.{_key(extra)}"
        for row in needs
        for package in _names(row)
        for extra in row.extras
        if package != own
    ]
    if not added:
        return lines
    return [*lines[:-2], f"{indent}]", *added[:-1], f"{added[-1]};", ""]


def _block(name: str, words: Iterable[str], *, indent: str = "  ") -> list[str]:
    listed = list(words)
    if not listed:
        return []
    items = (f"{indent}  {word}" for word in listed)
    return [f"{indent}{name} = [", *items, f"{indent}];", ""]


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else nix_string(name)


def _extras(recipe: Recipe) -> list[str]:
    lines: list[str] = []
    for extra, rows in recipe.extras.items():
        lines += _list(_key(extra), rows, recipe.plan.name, indent="    ")[:-1]
    return ["  optional-dependencies = {", *lines, "  };", ""] if lines else []


def _meta(recipe: Recipe) -> list[str]:
    plan = recipe.plan
    description = plain_summary(plan.summary, of=plan.project)
    lines = [f"    description = {nix_string(description)};"]
    for key, text in (
        ("homepage", plan.homepage),
        ("changelog", recipe.text("changelog")),
    ):
        if text:
            lines.append(f"    {key} = {nix_string(text)};")
    lines += _licence(plan.licence)
    commands = recipe.texts("commands")
    if commands:
        main = plan.project if plan.project in commands else commands[0]
        lines.append(f"    mainProgram = {nix_string(main)};")
    return ["  meta = {", *lines, "    maintainers = [ ];", "  };"]


def _licence(expression: str) -> list[str]:
    """Return the licences as nixpkgs' library knows them."""
    words = [_licence_word(each) for each in identifiers(licence_tree(expression))]
    if len(words) == 1:
        return [f"    license = {words[0]};"]
    listed = (f"({word})" if " " in word else word for word in words)
    told = [f"    # {one_line(expression)}"] if words else []
    return [*told, *_block("license", listed, indent="    ")[:-1]]


def _licence_word(identifier: str) -> str:
    if identifier.startswith("LicenseRef-"):
        return f"lib.licenses.unfree // {{ fullName = {nix_string(identifier)}; }}"
    known = _LICENCES.get(identifier)
    spdx = f"lib.getLicenseFromSpdxId {nix_string(identifier)}"
    return f"lib.licenses.{known}" if known else spdx


DIALECT = Dialect("nix", "nixpkgs", attribute, _relate, says_extras=True)
FORMAT = recipe_format(DIALECT, "Nix expression, by the custom of nixpkgs", texts)
