"""The modules that a built tree brings: what a test of a package can import."""

import keyword
import re
from collections.abc import Iterable

from pysetup.platforms.tree import Tree

_MODULE = re.compile(r"([A-Za-z_]\w*)(\.(?:cpython|abi3|cp)[\w.-]*)?\.(py|so|pyd)|")


def top_modules(tree: Tree) -> tuple[str, ...]:
    """Return the importable names at the top of ``tree``, sorted."""
    return modules_among(file.path for file in tree.files)


def modules_among(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the importable names at the top of a tree with the files ``paths``.

    Folders without an ``__init__.py`` are shared by projects, and say nothing; names
    with an underscore in front are nobody's business.
    """
    found: set[str] = set()
    for path in paths:
        top, _, rest = path.partition("/")
        if rest == "__init__.py":
            found.add(top)
        elif not rest and (match := _MODULE.fullmatch(top)) and match[1]:
            found.add(match[1])
    return tuple(
        sorted(
            name
            for name in found
            if name.isidentifier()
            and not keyword.iskeyword(name)
            and not name.startswith("_")
        )
    )
