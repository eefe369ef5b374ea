"""bdist_gentoo: an ebuild with its metadata.xml and Manifest."""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from pysetup.errors import UsageError
from pysetup.platforms.quoting import one_line, shell_string
from pysetup.platforms.recipes.facts import Dialect, Mapped, Recipe
from pysetup.platforms.recipes.format import recipe_format
from pysetup.platforms.recipes.licence_tree import AND, OR, Joined, Tree, licence_tree
from pysetup.platforms.recipes.source import PYPI
from pysetup.platforms.recipes.words import shortened
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import Version, parse_specifiers, parse_version

_LONGEST = 80
_CATEGORY = "dev-python"
_USE = "[${PYTHON_USEDEP}]"
_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_PHASES = {"a": "alpha", "b": "beta", "rc": "rc"}
_STANDALONE = "standalone"
# Back ends as DISTUTILS_USE_PEP517 names them; all others stand alone.
_BACKENDS = {
    "flit_core": "flit",
    "flit_scm": "flit_scm",
    "hatchling": "hatchling",
    "maturin": "maturin",
    "mesonpy": "meson-python",
    "pdm": "pdm-backend",
    "poetry": "poetry",
    "scikit_build_core": "scikit-build-core",
    "setuptools": "setuptools",
    "sipbuild": "sip",
    "uv_build": "uv-build",
}
_LICENCES = {
    "0BSD": "0BSD",
    "AGPL-3.0-only": "AGPL-3",
    "AGPL-3.0-or-later": "AGPL-3+",
    "BSD-2-Clause": "BSD-2",
    "BSD-3-Clause": "BSD",
    "BSD-4-Clause": "BSD-4",
    "BSL-1.0": "Boost-1.0",
    "GPL-2.0-only": "GPL-2",
    "GPL-2.0-or-later": "GPL-2+",
    "GPL-3.0-only": "GPL-3",
    "GPL-3.0-or-later": "GPL-3+",
    "LGPL-2.0-only": "LGPL-2",
    "LGPL-2.0-or-later": "LGPL-2+",
    "LGPL-2.1-only": "LGPL-2.1",
    "LGPL-2.1-or-later": "LGPL-2.1+",
    "LGPL-3.0-only": "LGPL-3",
    "LGPL-3.0-or-later": "LGPL-3+",
    "PSF-2.0": "PSF-2",
    "WTFPL": "WTFPL-2",
    "ZPL-2.1": "ZPL",
    "Zlib": "ZLIB",
}


class NoGentooVersionError(UsageError):
    """A version has no equal among those of Gentoo.

    Gentoo knows neither epochs (``1!2.0``) nor local versions (``1.0+local``).
    """

    code = "PS2785"

    def __init__(self, version: str) -> None:
        super().__init__(
            f"the version {version[:80]} cannot be said in Gentoo's words",
            facts={"version": version},
            hints=("package a release without an epoch and a local part",),
        )


def gentoo_version(version: Version) -> str:
    """Return the version as Package Manager Specification 3.2 has it.

    Raises ``NoGentooVersionError``.
    """
    if version.epoch or version.local:
        raise NoGentooVersionError(str(version))
    text = ".".join(map(str, version.release))
    if version.pre is not None:
        text += f"_{_PHASES[version.pre[0]]}{version.pre[1]}"
    if version.post is not None:
        text += f"_p{version.post}"
    if version.dev is not None:
        # Below every pre-release, but behind a pre- or post-release: below that.
        alone = version.pre is None and version.post is None
        text += f"{'_alpha0' if alone else ''}_pre{version.dev}"
    return text


def package_name(project: str) -> str:
    """Return the name of a project's package, with its category."""
    return f"{_CATEGORY}/{project}"


def _relate(package: str, specifiers: str) -> tuple[str, ...]:
    clauses = sorted(map(str, parse_specifiers(specifiers)))
    found = [text for clause in clauses for text in _clause(package, clause)]
    positive = [text for text in found if not text.startswith("!")]
    return tuple(found if positive else [f"{package}{_USE}", *found])


def _clause(package: str, clause: str) -> Iterator[str]:
    match = re.fullmatch(r"(===|~=|==|!=|<=|>=|<|>)\s*(.+?)(\.\*)?", clause)
    assert match is not None, "the packaging library wrote it"
    operator, version = match[1], parse_version(match[2])
    text = gentoo_version(version)
    if match[3] and operator == "==":
        yield f"={package}-{text}*{_USE}"
    elif match[3]:
        yield f"!={package}-{text}*"
    elif operator == "~=":
        above = (*version.release[:-2], version.release[-2] + 1)
        yield f">={package}-{text}{_USE}"
        yield f"<{package}-{'.'.join(map(str, above))}{_USE}"
    elif operator in ("==", "==="):
        yield f"~{package}-{text}{_USE}"
    elif operator == "!=":
        yield f"!~{package}-{text}"
    else:
        yield f"{operator}{package}-{text}{_USE}"


def texts(recipe: Recipe) -> Mapping[str, str]:
    """Return the files of the package; raises ``NoGentooVersionError``."""
    plan = recipe.plan
    name = plan.name.rpartition("/")[2]
    version = gentoo_version(parse_version(plan.project_version))
    return {
        f"{plan.name}/{name}-{version}.ebuild": _ebuild(recipe, f"{name}-{version}"),
        f"{plan.name}/metadata.xml": _metadata_xml(recipe),
        f"{plan.name}/Manifest": _manifest(recipe),
    }


def _ebuild(recipe: Recipe, own: str) -> str:
    plan = recipe.plan
    backend = _BACKENDS.get(_module(recipe), _STANDALONE)
    optional = [row for rows in recipe.extras.values() for row in rows]
    pypi = _pypi_lines(recipe)
    description = shortened(plan.summary, _LONGEST, of=plan.project)
    eclasses = ["distutils-r1"]
    eclasses += ["optfeature"] if optional else []
    eclasses += ["pypi"] if pypi is not None else []
    lines = [
        "# Distributed under the terms of the GNU General Public License v2",
        "",
        "EAPI=8",
        "",
        f"DISTUTILS_USE_PEP517={backend}",
        *(["DISTUTILS_EXT=1"] if plan.details.get("compiled") is True else []),
        *(pypi or []),
        f"PYTHON_COMPAT=( {' '.join(_compatible(recipe))} )",
        f"inherit {' '.join(eclasses)}",
        "",
        f"DESCRIPTION={shell_string(description)}",
        *([f"HOMEPAGE={shell_string(plan.homepage)}"] if plan.homepage else []),
        *([] if pypi is not None else _source_lines(recipe, own)),
        "",
        *_licence_lines(recipe),
        'SLOT="0"',
        'KEYWORDS="~amd64"',
        "",
        *_depend("RDEPEND", recipe.runs),
        *_depend("BDEPEND", _own_builds(recipe, backend)),
        *_features(recipe),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _module(recipe: Recipe) -> str:
    return (recipe.text("backend") or "setuptools").partition(".")[0]


def _own_builds(recipe: Recipe, backend: str) -> Iterator[Mapped]:
    """Yield what the build needs beside the back end, which the eclass brings."""
    brought = {backend, _module(recipe).replace("_", "-")}
    # What setuptools needed before it could write wheels itself.
    brought |= {"setuptools": {"wheel"}, "poetry": {"poetry-core"}}.get(backend, set())
    for row in recipe.builds:
        if backend == _STANDALONE or row.project not in brought:
            yield row


def _pypi_lines(recipe: Recipe) -> list[str] | None:
    """Return what the eclass ``pypi`` must be told to find the sdist.

    None where it cannot find it: it turns the ebuild's version into the file's.
    """
    plan, source = recipe.plan, recipe.source
    version = plan.project_version
    stem = source.filename.removesuffix(f"-{version}.tar.gz")
    if plan.options["url"] != PYPI or stem == source.filename or ".dev" in version:
        return None
    name = plan.name.rpartition("/")[2]
    if stem == re.sub(r"[._-]+", "_", name).lower():
        return []
    if normalize_name(stem).replace("-", "_") == stem:
        return [f"PYPI_PN={shell_string(stem)}"]
    told = [] if stem == name else [f"PYPI_PN={shell_string(stem)}"]
    return ["PYPI_NO_NORMALIZE=1", *told]


def _licence_lines(recipe: Recipe) -> Iterator[str]:
    licence = _licence(licence_tree(recipe.plan.licence))
    if not licence:
        words = one_line(recipe.text("licence_words")) or "nothing"
        yield f"# The licence is not certain: the project says {words}."
    yield f"LICENSE={shell_string(licence or 'all-rights-reserved')}"


def _source_lines(recipe: Recipe, own: str) -> list[str]:
    source = recipe.source
    place = f"{source.url} -> {source.filename}" if source.url else source.filename
    lines = [f"SRC_URI={shell_string(place)}"]
    if source.top != own:
        lines.append(f'S="${{WORKDIR}}/{shell_string(source.top)[1:]}')
    if not source.url:
        lines.append('RESTRICT="fetch"')
    return lines


def _compatible(recipe: Recipe) -> Iterable[str]:
    wanted = parse_specifiers(recipe.text("requires_python"))
    found = [each for each in _PYTHONS if wanted.contains(f"{each}.0")]
    return (f"python{each.replace('.', '_')}" for each in found or _PYTHONS[-1:])


def _depend(variable: str, rows: Iterable[Mapped]) -> list[str]:
    relations = list(dict.fromkeys(text for row in rows for text in row.relations))
    if not relations:
        return []
    # In double quotes, for PYTHON_USEDEP; nothing in them is anybody's free text.
    return [f'{variable}="', *(f"\t{text}" for text in relations), '"', ""]


def _features(recipe: Recipe) -> list[str]:
    lines = []
    for extra, rows in recipe.extras.items():
        # In one word, for all of them are needed together.
        packages = dict.fromkeys(name for row in rows for name in row.packages)
        if packages:
            what = shell_string(f"the extra {extra}")
            lines.append(f"\toptfeature {what} {shell_string(' '.join(packages))}")
    return ["pkg_postinst() {", *lines, "}"] if lines else []


def _licence(tree: Tree | None) -> str:
    if tree is None:
        return ""
    if not isinstance(tree, Joined):
        return _LICENCES.get(tree.identifier, tree.identifier)
    parts = [_licence(part) for part in tree.parts]
    if tree.operator == OR:
        groups = (
            f"( {text} )" if isinstance(part, Joined) and part.operator == AND else text
            for part, text in zip(tree.parts, parts, strict=True)
        )
        return f"|| ( {' '.join(groups)} )"
    return " ".join(parts)


def _metadata_xml(recipe: Recipe) -> str:
    description = escape(one_line(recipe.plan.summary))
    upstream = [("github", recipe.text("github"))]
    if recipe.plan.options["url"] == PYPI:
        upstream.append(("pypi", recipe.plan.project))
    known = [
        f'\t\t<remote-id type="{kind}">{escape(text)}</remote-id>\n'
        for kind, text in upstream
        if text
    ]
    remote = f"\t<upstream>\n{''.join(known)}\t</upstream>\n" if known else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE pkgmetadata SYSTEM "https://www.gentoo.org/dtd/metadata.dtd">\n'
        "<pkgmetadata>\n"
        "\t<!-- maintainer-needed -->\n"
        f"\t<longdescription>{description}</longdescription>\n"
        f"{remote}</pkgmetadata>\n"
    )


def _manifest(recipe: Recipe) -> str:
    source = recipe.source
    return (
        f"DIST {source.filename} {source.size}"
        f" BLAKE2B {source.blake2b} SHA512 {source.sha512}\n"
    )


DIALECT = Dialect("gentoo", "gentoo", package_name, _relate)
FORMAT = recipe_format(DIALECT, "Gentoo ebuild", texts)
