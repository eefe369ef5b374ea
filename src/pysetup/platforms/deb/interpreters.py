"""The packages of interpreters that scripts of other languages name.

What stands in the system's folder of programs cannot run without; what stands among the
modules is for those who call it, and suggested.
"""

import re
from collections.abc import Iterable

from pysetup.platforms.plan import REQUIRES, SCRIPT, SUGGESTS, PackageFile
from pysetup.platforms.tree import Tree

# Beside those that every Debian system has: sh, bash, perl, sed, awk.
_PACKAGES = {
    "csh": "tcsh",
    "escript": "erlang-base",
    "expect": "expect",
    "fish": "fish",
    "gawk": "gawk",
    "gnuplot": "gnuplot",
    "guile": "guile-3.0",
    "ksh": "ksh | mksh",
    "make": "make",
    "mksh": "mksh",
    "node": "nodejs",
    "nodejs": "nodejs",
    "octave": "octave",
    "php": "php-cli",
    "pypy3": "pypy3",
    "racket": "racket",
    "raku": "rakudo",
    "ruby": "ruby",
    "runhaskell": "ghc",
    "Rscript": "r-base-core",
    "swipl": "swi-prolog",
    "tclsh": "tcl",
    "tcsh": "tcsh",
    "wish": "tk",
    "zsh": "zsh",
}
_FIRST_LINE = re.compile(
    r"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:(?:-\S+|\w+=\S*)[ \t]+)*(?:\S*/)?)?"
    r"(?P<name>\S+)"
)


def interpreter_of(first_line: str) -> str:
    """Return the name of the program that a script is run by, "" if it names none."""
    match = _FIRST_LINE.match(first_line)
    return match["name"] if match else ""


def interpreter_relations(
    files: Iterable[PackageFile], tree: Tree
) -> dict[str, tuple[str, ...]]:
    """Return the relations to interpreters of what can be run among ``files``."""
    lines = {file.path: file.first_line for file in tree.files if file.first_line}
    found: dict[str, dict[str, None]] = {REQUIRES: {}, SUGGESTS: {}}
    for file in files:
        name = interpreter_of(lines.get(file.source, "")) if file.mode & 0o111 else ""
        if name in _PACKAGES:
            kind = REQUIRES if file.role == SCRIPT else SUGGESTS
            found[kind][_PACKAGES[name]] = None
    return {kind: tuple(sorted(packages)) for kind, packages in found.items()}
