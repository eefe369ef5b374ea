"""bdist_homebrew: a formula with an environment of its own for the project."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.pylock.reading import read_lock
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.quoting import one_line, ruby_string
from pysetup.platforms.recipes.facts import Dialect, Recipe
from pysetup.platforms.recipes.format import recipe_format
from pysetup.platforms.recipes.licence_tree import (
    AND,
    Joined,
    Licence,
    Tree,
    licence_tree,
)
from pysetup.platforms.recipes.words import shortened
from pysetup.platforms.target import read_target
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import lock_marker_holds, parse_marker
from pysetup.values import dataclass

_LONGEST = 80
_PYTHON = "3.13"
ON_MACOS, ON_LINUX = "on_macos", "on_linux"
# Formulas are for both systems: the target tells of one, and this of the other.
_MACOS = {
    "sys_platform": "darwin",
    "platform_system": "Darwin",
    "platform_machine": "arm64",
}


class FormulaNeedsLockError(UsageError):
    """A Homebrew formula names each file that is installed, with its digest.

    So all that the project needs must be known: lock it with ``pysetup lock``, and
    give the lock with ``--option lock=pylock.toml``. Each package in it needs an sdist
    with a URL and a sha256 digest, from which Homebrew builds. Nothing was written.
    """

    code = "PS2783"

    def __init__(self, project: str, reason: str) -> None:
        super().__init__(
            f"the formula of {project} cannot be written: {reason}",
            facts={"project": project},
            hints=("pysetup lock", "--option lock=pylock.toml"),
        )


class NoAddressError(UsageError):
    """A Homebrew formula must say where the sdist can be downloaded.

    ``--option url=pypi`` says that it is on the Python Package Index,
    ``--option url=URL`` where else it is. Nothing was written.
    """

    code = "PS2784"

    def __init__(self, project: str) -> None:
        super().__init__(
            f"a formula of {project} needs the URL of its sdist",
            facts={"project": project},
            hints=("--option url=pypi", "--option url=URL"),
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that a formula installs besides the project's own.

    ``system`` is ``ON_MACOS`` or ``ON_LINUX`` for one that is needed there alone.
    """

    name: str
    url: str
    sha256: str
    system: str = ""


def formula_name(project: str) -> str:
    """Return the name of a formula: it begins with a letter."""
    return project if project[0].isalpha() else f"python-{project}"


def class_name(name: str) -> str:
    """Return the class of a formula, as Homebrew derives it from the name."""
    plain = name[0].upper() + name[1:]
    return re.sub(r"[-_.]([a-zA-Z0-9])", lambda found: found[1].upper(), plain)


def texts(recipe: Recipe) -> Mapping[str, str]:
    """Return the formula; raises ``NoAddressError`` or ``FormulaNeedsLockError``."""
    plan, source = recipe.plan, recipe.source
    if not source.url:
        raise NoAddressError(plan.project)
    resources = list(_resources(recipe))
    missing = {row.project for row in recipe.runs} - {each.name for each in resources}
    if missing:
        listed = ", ".join(sorted(missing))
        raise FormulaNeedsLockError(
            plan.project, f"no lock tells the files of {listed}"
        )
    licence = _licence(licence_tree(plan.licence))
    lines = [
        f"class {class_name(plan.name)} < Formula",
        "  include Language::Python::Virtualenv",
        "",
        f"  desc {ruby_string(shortened(plan.summary, _LONGEST, of=plan.project))}",
        *([f"  homepage {ruby_string(plan.homepage)}"] if plan.homepage else []),
        f"  url {ruby_string(source.url)}",
        f"  sha256 {ruby_string(source.sha256)}",
        *([f"  license {licence}"] if licence else []),
        "",
        f"  depends_on {ruby_string(f'python@{_PYTHON}')}",
        "",
        *(line for each in resources for line in _resource(each)),
        "  def install",
        "    virtualenv_install_with_resources",
        "  end",
        "",
        "  test do",
        *_test(recipe),
        "  end",
        "end",
    ]
    return {f"{plan.name}.rb": "\n".join(lines) + "\n"}


def _resources(recipe: Recipe) -> Iterator[Resource]:
    """Yield what the lock names, but for the project itself."""
    path = str(recipe.plan.options["lock"])
    if not path:
        return
    project = recipe.plan.project
    try:
        lock = read_lock(Path(path).read_bytes(), source=path)
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        raise FormulaNeedsLockError(project, reason) from None
    linux = read_target(recipe.plan.target).markers
    macos = {**linux, **_MACOS}
    for package in sorted(lock.packages, key=lambda each: each.name):
        name = normalize_name(package.name)
        systems = [
            block
            for block, where in ((ON_MACOS, macos), (ON_LINUX, linux))
            if _is_wanted(package.marker, where)
        ]
        if name == project or not systems:
            continue
        file = package.sdist or package.archive
        if file is None or not file.url or "sha256" not in file.hashes:
            reason = f"{path} has no sdist of {name} with a URL and a sha256 digest"
            raise FormulaNeedsLockError(project, reason)
        system = systems[0] if len(systems) == 1 else ""
        yield Resource(name, file.url, file.hashes["sha256"], system)


def _is_wanted(marker: str, where: Mapping[str, str]) -> bool:
    """Tell whether the marker of a lock holds there, without extras and groups."""
    nothing: frozenset[str] = frozenset()
    return not marker or lock_marker_holds(
        parse_marker(marker), where, extras=nothing, groups=nothing
    )


def _resource(resource: Resource) -> list[str]:
    lines = [
        f"  resource {ruby_string(resource.name)} do",
        f"    url {ruby_string(resource.url)}",
        f"    sha256 {ruby_string(resource.sha256)}",
        "  end",
    ]
    if resource.system:
        lines = [f"  {resource.system} do", *(f"  {line}" for line in lines), "  end"]
    return [*lines, ""]


def _licence(tree: Tree | None) -> str:
    """Return the argument of ``license``; empty where nothing is known."""
    if tree is None:
        return ""
    if isinstance(tree, Joined):
        return _inside(tree)
    return f"({_inside(tree)})" if tree.exception else _inside(tree)


def _inside(tree: Tree) -> str:
    if isinstance(tree, Licence):
        if tree.identifier.startswith("LicenseRef-"):
            return ":cannot_represent"
        name = ruby_string(tree.identifier)
        if not tree.exception:
            return name
        return f"{{ {name} => {{ with: {ruby_string(tree.exception)} }} }}"
    key = "all_of" if tree.operator == AND else "any_of"
    parts = [
        f"{{ {_inside(part)} }}" if isinstance(part, Joined) else _inside(part)
        for part in tree.parts
    ]
    return f"{key}: [{', '.join(parts)}]"


def _test(recipe: Recipe) -> list[str]:
    names = [f"import {one_line(each)}" for each in recipe.texts("imports")]
    code = "; ".join(names) or "print()"
    return [f'    system libexec/"bin/python", "-c", {ruby_string(code)}']


def _relate(package: str, specifiers: str) -> tuple[str, ...]:
    del specifiers  # the lock has decided
    return (package,)


DIALECT = Dialect("homebrew", "", formula_name, _relate)
FORMAT = recipe_format(
    DIALECT,
    "Homebrew formula",
    texts,
    {"lock": FormatOption("the pylock.toml of what the project needs", "")},
)
