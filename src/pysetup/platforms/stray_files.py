"""What a project puts beside its modules by mistake: tests, a readme, its own setup.py.

In an environment of one's own that does no harm. All packages of a distribution share
one folder of modules: there such files belong to nobody, and those of two projects
clash. Debian's and Fedora's checkers refuse them.
"""

import re
from collections.abc import Iterable

from pysetup.metadata.document import Metadata
from pysetup.platforms.staging import LICENCE_NAMES
from pysetup.platforms.tree import Tree
from pysetup.values import replace

KEEP, LEAVE_OUT = "keep", "leave-out"
STRAY = (LEAVE_OUT, KEEP)
STRAY_SUMMARY = (
    "what becomes of folders as tests and files as README.md beside the modules, which "
    "clash with those of other projects"
)
_FOLDERS = re.compile(r"(?:tests?|docs?|examples?|benchmarks?)", re.IGNORECASE)
# Unless they are a package, which the project may import.
_SCRIPTS = re.compile(r"scripts?|tools", re.IGNORECASE)
_FILES = re.compile(
    r"(?:readme|change(?:s|log)|history|news|authors|contribut(?:ors|ing)|licen[cs]e"
    r"|copying|notice|todo|security|code_of_conduct|makefile|requirements[^/]*)"
    r"(?:[.-](?!py$)[^/]*)?"
    r"|setup\.(?:py|cfg)|conftest\.py|noxfile\.py|tests?\.py|test_[^/]+\.py"
    r"|tox\.ini|pytest\.ini"
    r"|pyproject\.toml|manifest\.in|(?:poetry|uv|pdm)\.lock|pipfile(?:\.lock)?"
    r"|\.(?:git|docker|npm)ignore|\.pre-commit-config\.yaml|\.editorconfig",
    re.IGNORECASE,
)


def stray_in(tree: Tree, document: Metadata) -> tuple[str, ...]:
    """Return the names of stray folders and files at the top of ``tree``, sorted.

    None where the project has nothing else, is called so, or starts a command from
    there. A licence is stray only if the metadata has one, too.
    """
    tops: dict[str, list[str]] = {}
    for file in tree.files:
        top, _, rest = file.path.partition("/")
        if top not in (tree.dist_info, tree.data_dir):
            tops.setdefault(top, []).append(rest)
    licensed = any(
        LICENCE_NAMES.fullmatch(file.path.removeprefix(f"{tree.dist_info}/"))
        for file in tree.files
        if file.path.startswith(f"{tree.dist_info}/")
    )
    meant = {entry.module.partition(".")[0] for entry in document.entry_points}
    meant |= {document.name, document.normalized_name.replace("-", "_")}
    found = {
        name
        for name, inside in tops.items()
        if _is_stray(name, inside)
        and name.removesuffix(".py") not in meant
        and (licensed or inside != [""] or not LICENCE_NAMES.fullmatch(name))
    }
    return tuple(sorted(found)) if found != set(tops) else ()


def _is_stray(name: str, inside: list[str]) -> bool:
    if inside == [""]:
        return _FILES.fullmatch(name) is not None
    if _FOLDERS.fullmatch(name):
        return True
    return _SCRIPTS.fullmatch(name) is not None and "__init__.py" not in inside


def without(tree: Tree, stray: Iterable[str]) -> Tree:
    """Return ``tree`` without what is called ``stray`` at its top."""
    names = set(stray)
    kept = (file for file in tree.files if file.path.partition("/")[0] not in names)
    return replace(tree, files=tuple(kept))


def notes_on_stray(stray: Iterable[str]) -> tuple[str, ...]:
    """Return in words what was left out."""
    names = ", ".join(stray)
    if not names:
        return ()
    note = f"left out, since it clashes with other projects: {names}"
    return (f"{note}: --option stray=keep  packages it",)
