"""PKGBUILD and .SRCINFO: how ``makepkg`` builds a project from its sdist."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import Making
from pysetup.platforms.plan import (
    CONFLICTS,
    PROVIDES,
    REPLACES,
    REQUIRES,
    SUGGESTS,
    PackagePlan,
)
from pysetup.platforms.quoting import one_line, shell_word
from pysetup.platforms.recipes.source import RecipeSource, copy_beside
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON

PKGBUILD, SRCINFO = "PKGBUILD", ".SRCINFO"
_TOOLS = ("python-build", "python-installer", "python-wheel")
_FUNCTIONS = """
build() {{
  cd {top}
  python -m build --wheel --no-isolation
}}

package() {{
  cd {top}
  python -m installer --destdir="$pkgdir" --prefix=/usr dist/*.whl
{rest}}}
"""


def write_pkgbuild(
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
    texts = {
        PKGBUILD: pkgbuild_text(plan, source),
        SRCINFO: srcinfo_text(plan, source),
    }
    made = [out / name for name in texts]
    for place, text in zip(made, texts.values(), strict=True):
        with written_whole(place) as stream:
            stream.write(text.encode())
    if not source.url:
        made.append(copy_beside(sdist, out))
    return made


def pkgbuild_text(plan: PackagePlan, source: RecipeSource) -> str:
    """Return the text of PKGBUILD; every word that others wrote is quoted."""
    fields = _fields(plan, source)
    lines = []
    if packager := one_line(str(plan.options["packager"])):
        lines.append(f"# Maintainer: {packager}")
    if plan.maintainer:
        lines.append(f"# Upstream: {one_line(plan.maintainer)}")
    for key, value in fields.items():
        if isinstance(value, str):
            lines.append(f"{key}={shell_word(value)}")
        else:
            lines.append(_array(key, value))
    rest = "".join(
        (*_stray_lines(plan), *_configuration_lines(plan), *_licence_lines(plan))
    )
    top = shell_word(source.top)
    return "\n".join(lines) + "\n" + _FUNCTIONS.format(top=top, rest=rest)


def srcinfo_text(plan: PackagePlan, source: RecipeSource) -> str:
    """Return the text of .SRCINFO, as ``makepkg --printsrcinfo`` prints it."""
    fields = _fields(plan, source)
    order = (
        "pkgdesc",
        "pkgver",
        "pkgrel",
        "epoch",
        "url",
        "arch",
        "license",
        "makedepends",
        "depends",
        "optdepends",
        "provides",
        "conflicts",
        "replaces",
        "backup",
        "source",
        "sha256sums",
    )
    lines = [f"pkgbase = {plan.name}"]
    for key in order:
        value = fields.get(key, ())
        for text in (value,) if isinstance(value, str) else value:
            lines.append(f"\t{key} = {text}")  # noqa: PERF401 - two loops read better
    return "\n".join([*lines, "", f"pkgname = {plan.name}", ""])


def _fields(
    plan: PackagePlan, source: RecipeSource
) -> Mapping[str, str | Sequence[str]]:
    epoch, _, version = plan.version.rpartition(":")
    place = f"{source.filename}::{source.url}" if source.url else source.filename
    relations = plan.relations
    found: dict[str, str | Sequence[str]] = {
        "pkgname": plan.name,
        "pkgver": version,
        "pkgrel": plan.release,
        "epoch": epoch,
        "pkgdesc": one_line(plan.summary),
        "arch": [plan.architecture],
        "url": plan.homepage,
        "license": [plan.licence],
        "depends": list(_depends(relations.get(REQUIRES, ()))),
        "optdepends": relations.get(SUGGESTS, ()),
        "makedepends": _makedepends(plan),
        "provides": relations.get(PROVIDES, ()),
        "conflicts": relations.get(CONFLICTS, ()),
        "replaces": relations.get(REPLACES, ()),
        "backup": _texts(plan.details.get("backup")),
        "source": [place],
        "sha256sums": [source.sha256],
    }
    return {key: value for key, value in found.items() if value}


def _depends(relations: Iterable[str]) -> Iterable[str]:
    """Yield what is needed; of Python whichever is there when it is built."""
    yield "python"
    yield from (each for each in relations if not re.match(r"python[<>=]", each))


def _makedepends(plan: PackagePlan) -> list[str]:
    builds = _build_packages(plan.details.get("build"))
    return list(dict.fromkeys((*_TOOLS, *builds)))


def _build_packages(value: JSON) -> Iterable[str]:
    listed = value if isinstance(value, list) else []
    for each in listed:
        if isinstance(each, Mapping):
            yield from _texts(each.get("relations"))


def _texts(value: JSON) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _array(key: str, values: Sequence[str]) -> str:
    words = [shell_word(value) for value in values]
    if len(words) == 1:
        return f"{key}=({words[0]})"
    return "\n".join([f"{key}=(", *(f"  {word}" for word in words), ")"])


def _stray_lines(plan: PackagePlan) -> Iterable[str]:
    """Yield a line for what the build puts beside the modules, where all share."""
    for name in _texts(plan.details.get("stray")):
        yield f'  rm -r "$pkgdir"/usr/lib/python3*/site-packages/{shell_word(name)}\n'


def _configuration_lines(plan: PackagePlan) -> Iterable[str]:
    """Yield the line that moves configuration to its place: wheels know a prefix."""
    if plan.details.get("backup"):
        yield '  mv "$pkgdir"/usr/etc "$pkgdir"/etc\n'


def _licence_lines(plan: PackagePlan) -> Iterable[str]:
    """Yield lines that put the licence files where people look for them."""
    for path in _texts(plan.details.get("licence_files")):
        name = path.replace("/", "-")
        yield (
            f"  install -Dm644 {shell_word(f'./{path}')} "
            f'"$pkgdir"/usr/share/licenses/{plan.name}/{shell_word(name)}\n'
        )
