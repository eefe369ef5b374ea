"""The modules that a built tree brings: what a test of a package can import."""

import keyword
import re
from collections.abc import Iterable, Iterator

from pysetup.platforms.tree import Tree

_MODULE = re.compile(r"([A-Za-z_]\w*)(?:\.(?:cpython|abi3|cp)[\w.-]*)?\.(?:py|so|pyd)")
_PACKAGE = "__init__.py"
# What projects have beside their modules, and do not mean to offer.
_ASIDE = frozenset(("test", "tests", "testing", "doc", "docs", "examples"))


def top_modules(tree: Tree) -> tuple[str, ...]:
    """Return the names that whoever has installed ``tree`` can import, sorted.

    Of a folder that is shared by projects those in it count, such as ``zope.event``.
    """
    own = {tree.dist_info, tree.data_dir}
    paths = [file.path.split("/") for file in tree.files]
    found = _below([each for each in paths if each[0] not in own], ())
    return tuple(sorted({".".join(names) for names in found}))


def modules_among(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the importable names at the top of a tree with the files ``paths``.

    Folders without an ``__init__.py`` are shared by projects, and say nothing; names
    with an underscore in front are nobody's business.
    """
    found: set[str] = set()
    for path in paths:
        top, _, rest = path.partition("/")
        if rest == _PACKAGE:
            found.add(top)
        elif not rest:
            found.add(_module_in(top))
    return tuple(sorted(filter(_is_public, found)))


def _below(
    paths: Iterable[list[str]], inside: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Yield the names of modules in the folder ``inside``, with ``paths`` below it."""
    folders: dict[str, list[list[str]]] = {}
    for top, *rest in paths:
        if rest:
            folders.setdefault(top, []).append(rest)
        elif _is_public(name := _module_in(top)) and name not in _ASIDE:
            yield (*inside, name)
    for name, below in folders.items():
        if not _is_public(name) or name in _ASIDE:
            continue
        if [_PACKAGE] in below:
            yield (*inside, name)
        else:
            yield from _below(below, (*inside, name))


def _module_in(filename: str) -> str:
    """Return the name of the module in a file; empty if there is none."""
    match = _MODULE.fullmatch(filename)
    return match[1] if match else ""


def _is_public(name: str) -> bool:
    return (
        name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
    )
