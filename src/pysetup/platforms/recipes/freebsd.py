"""bdist_freebsd: a port, with its distinfo and pkg-descr."""

import re
from collections.abc import Iterable, Iterator, Mapping

from pysetup.platforms.interface import FormatOption
from pysetup.platforms.quoting import make_value, one_line
from pysetup.platforms.recipes.facts import Dialect, Mapped, Recipe
from pysetup.platforms.recipes.format import recipe_format
from pysetup.platforms.recipes.licence_tree import (
    OR,
    Joined,
    Licence,
    Tree,
    identifiers,
    licence_tree,
)
from pysetup.platforms.recipes.source import PYPI
from pysetup.platforms.recipes.words import shortened
from pysetup.standards.versions import Version, parse_specifiers, parse_version

_LONGEST = 70
_WIDE = 79
_PREFIX = "${PYTHON_PKGNAMEPREFIX}"
_LICENCES = {
    "AGPL-3.0-only": "AGPLv3",
    "AGPL-3.0-or-later": "AGPLv3+",
    "Apache-2.0": "APACHE20",
    "Artistic-2.0": "ART20",
    "BSD-2-Clause": "BSD2CLAUSE",
    "BSD-3-Clause": "BSD3CLAUSE",
    "BSD-4-Clause": "BSD4CLAUSE",
    "BSL-1.0": "BSL",
    "CC0-1.0": "CC0-1.0",
    "EUPL-1.2": "EUPL12",
    "GPL-2.0-only": "GPLv2",
    "GPL-2.0-or-later": "GPLv2+",
    "GPL-3.0-only": "GPLv3",
    "GPL-3.0-or-later": "GPLv3+",
    "ISC": "ISCL",
    "LGPL-2.0-only": "LGPL20",
    "LGPL-2.0-or-later": "LGPL20+",
    "LGPL-2.1-only": "LGPL21",
    "LGPL-2.1-or-later": "LGPL21+",
    "LGPL-3.0-only": "LGPL3",
    "LGPL-3.0-or-later": "LGPL3+",
    "MIT": "MIT",
    "MPL-1.1": "MPL11",
    "MPL-2.0": "MPL20",
    "PSF-2.0": "PSFL",
    "Unlicense": "UNLICENSE",
    "WTFPL": "WTFPL",
    "Zlib": "ZLIB",
}


def origin(project: str) -> str:
    """Return where the port of a project is by custom: nearly all are in devel."""
    return f"devel/py-{project}"


def freebsd_version(version: Version) -> str:
    """Return a version as ports write it: ``1.0.r1`` for ``1.0rc1``."""
    text = ".".join(map(str, version.release))
    if version.pre is not None:
        text += f".{version.pre[0][0]}{version.pre[1]}"
    if version.post is not None:
        text += f".p{version.post}"
    if version.dev is not None:
        text += f".d{version.dev}"
    if version.local is not None:
        text += "." + re.sub(r"[^a-z0-9]", ".", version.local)
    return f"{text},{version.epoch}" if version.epoch else text


def _relate(package: str, specifiers: str) -> tuple[str, ...]:
    port = package.rpartition("/")[2].removeprefix("py-")
    bounds = "".join(_bounds(specifiers)) or ">0"
    return (f"{_PREFIX}{port}{bounds}:{package}@${{PY_FLAVOR}}",)


def _bounds(specifiers: str) -> Iterator[str]:
    """Yield lower bounds, then upper ones; ports cannot leave a version out."""
    lower: list[str] = []
    upper: list[str] = []
    for clause in sorted(map(str, parse_specifiers(specifiers))):
        match = re.fullmatch(r"(===|~=|==|!=|<=|>=|<|>)\s*(.+?)(\.\*)?", clause)
        assert match is not None, "the packaging library wrote it"
        operator, version = match[1], parse_version(match[2])
        text = freebsd_version(version)
        if operator in (">=", ">"):
            lower.append(operator + text)
        elif operator in ("<=", "<"):
            upper.append(operator + text)
        elif operator == "~=" or (match[3] and operator == "=="):
            kept = version.release[:-1] if operator == "~=" else version.release
            above = (*kept[:-1], kept[-1] + 1)
            lower.append(f">={text}")
            upper.append(f"<{'.'.join(map(str, above))}")
        elif operator != "!=":
            yield f"={text}"
            return
    yield from (*lower[-1:], *upper[:1])


def texts(recipe: Recipe) -> Mapping[str, str]:
    """Return the files of the port."""
    folder = recipe.plan.name
    return {
        f"{folder}/Makefile": _makefile(recipe),
        f"{folder}/distinfo": _distinfo(recipe),
        f"{folder}/pkg-descr": _description(recipe),
    }


def _makefile(recipe: Recipe) -> str:
    plan, source = recipe.plan, recipe.source
    category = plan.name.partition("/")[0]
    ending = source.filename.removeprefix(source.top)
    version = parse_version(plan.project_version)
    own = f"{plan.project}-{plan.project_version}"
    blocks: list[list[tuple[str, str]]] = [
        [
            ("PORTNAME", plan.project),
            ("DISTVERSION", str(version).partition("!")[2] or str(version)),
            ("PORTEPOCH", str(version.epoch) if version.epoch else ""),
            ("CATEGORIES", category if category == "python" else f"{category} python"),
            ("MASTER_SITES", _sites(recipe)),
            ("PKGNAMEPREFIX", _PREFIX),
            ("DISTNAME", "" if source.top == own else make_value(source.top)),
            ("EXTRACT_SUFX", "" if ending == ".tar.gz" else ending),
        ],
        [
            ("MAINTAINER", make_value(str(plan.options["maintainer"]))),
            ("COMMENT", make_value(shortened(plan.summary, _LONGEST, of=plan.project))),
            ("WWW", make_value(plan.homepage)),
        ],
        list(_licence(recipe)),
        [
            ("BUILD_DEPENDS", _depends(recipe.builds)),
            ("RUN_DEPENDS", _depends(recipe.runs)),
        ],
        [
            ("USES", _uses(recipe, ending)),
            ("USE_PYTHON", "autoplist concurrent pep517"),
            ("NO_ARCH", "" if plan.details.get("compiled") is True else "yes"),
        ],
    ]
    shown = ["\n".join(map(_variable, _filled(block))) for block in blocks]
    return (
        "\n\n".join([each for each in shown if each] + [".include <bsd.port.mk>"])
        + "\n"
    )


def _filled(block: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in block if value]


def _variable(pair: tuple[str, str]) -> str:
    name, value = pair
    return f"{name}=" + "\t" * max(1, 2 - len(name + "=") // 8) + value


def _sites(recipe: Recipe) -> str:
    if recipe.plan.options["url"] == PYPI:
        return "PYPI"
    return (
        make_value(recipe.source.url.rpartition("/")[0] + "/")
        if recipe.source.url
        else ""
    )


def _uses(recipe: Recipe, ending: str) -> str:
    wanted = [
        text.removeprefix(">=")
        for text in recipe.text("requires_python").replace(" ", "").split(",")
        if re.fullmatch(r">=3\.\d+(\.\d+)?", text)
    ]
    lowest = ".".join(wanted[0].split(".")[:2]) + "+" if wanted else ""
    python = f"python:{lowest}" if lowest else "python"
    return f"{python} zip" if ending == ".zip" else python


def _depends(rows: Iterable[Mapped]) -> str:
    relations = dict.fromkeys(text for row in rows for text in row.relations)
    return " \\\n\t\t".join(relations)


def _licence(recipe: Recipe) -> Iterator[tuple[str, str]]:
    tree = licence_tree(recipe.plan.licence)
    known = [_LICENCES.get(each, "") for each in identifiers(tree)]
    if not known or not all(known) or not _is_flat(tree):
        words = recipe.plan.licence or recipe.text("licence_words")
        yield "LICENSE", "UNKNOWN"
        yield "LICENSE_NAME", make_value(words or "not stated by the project")
        # What nobody has read allows nothing.
        yield "LICENSE_PERMS", "none"
    else:
        yield "LICENSE", " ".join(known)
        if isinstance(tree, Joined):
            yield "LICENSE_COMB", "dual" if tree.operator == OR else "multi"
    files = recipe.texts("licence_files")
    if files and len(known) < 2:  # noqa: PLR2004 - one licence, one file
        yield "LICENSE_FILE", f"${{WRKSRC}}/{make_value(files[0])}"


def _is_flat(tree: Tree | None) -> bool:
    """Tell whether ports can say it: one licence, or some that all hold or none."""
    parts = tree.parts if isinstance(tree, Joined) else (tree,)
    return all(isinstance(part, Licence) and not part.exception for part in parts)


def _distinfo(recipe: Recipe) -> str:
    source = recipe.source
    return (
        f"SHA256 ({source.filename}) = {source.sha256}\n"
        f"SIZE ({source.filename}) = {source.size}\n"
    )


def _description(recipe: Recipe) -> str:
    lines = [""]
    for word in one_line(recipe.plan.summary).split():
        if len(lines[-1]) + len(word) >= _WIDE and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines) + "\n"


DIALECT = Dialect("freebsd", "freebsd", origin, _relate)
FORMAT = recipe_format(
    DIALECT,
    "FreeBSD port",
    texts,
    {"maintainer": FormatOption("who looks after the port", "ports@FreeBSD.org")},
)
