"""What lintian finds in the files of a project, and only the project could change.

Each override stands in the package with its reason, where Debian's people look for it,
and only where a file gives cause for it.
"""

import re
from collections.abc import Iterable, Iterator

from pysetup.platforms.deb.architectures import is_compiled
from pysetup.platforms.deb.interpreters import interpreter_of
from pysetup.platforms.deb.public_libraries import public_sonames
from pysetup.platforms.plan import PackageFile
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree, TreeFile
from pysetup.standards.binaries import ELF

_BUILT = "The machine code, and what it bundles, is that of the wheel as it was built."
_LOADED = "What the pages of the project load from elsewhere is for the project to say."
_NAMED = "The project is imported by these names."
_MERGED = "The project says where the program stands; /bin and /usr/bin are one folder."
_OLD = "There is no Python 2 any more, for which the project has a script."
_COPIES = (
    "A wheel holds no links, so its libraries are there under each of their names."
)
_BROUGHT = "The project has these files among its modules."
_IN_BIN = ("ash", "bash", "csh", "dash", "ksh", "mksh", "sed", "sh", "tcsh", "zsh")
_PAGES = (
    *("privacy-breach-donation", "privacy-breach-facebook"),
    *("privacy-breach-google-adsense", "privacy-breach-google-cse"),
    *("privacy-breach-google-plus", "privacy-breach-logo", "privacy-breach-piwik"),
    *("privacy-breach-statistics-website", "privacy-breach-twitter"),
    *("privacy-breach-uses-embedded-file", "privacy-breach-w3c-valid-html"),
)
_SITE = "usr/lib/python3/dist-packages/"
_GENERIC = r"backports|core|docs?|site|tests?|examples?|scripts?"
# The paths that call for a tag -> the reason, and the tag.
_PATHS = {
    r".*/\.eslint(?:rc(?:\.[^/]*)?|ignore)": (
        _BROUGHT,
        "package-contains-eslint-config-file",
    ),
    r".*/\.npmignore": (_BROUGHT, "package-contains-npm-ignore-file"),
    rf"{_SITE}(?:{_GENERIC})(?:\.py|/__init__\.py)": (
        _NAMED,
        "python-module-has-overly-generic-name",
    ),
    rf"{_SITE}(?![^/]+\.(?:egg-info|so|pth|py[ic]?)$)[^/]+": (
        _BROUGHT,
        "unknown-file-in-python-module-directory",
    ),
}


def override_text(
    package: str, files: Iterable[PackageFile], tree: Tree, target: PlatformTarget
) -> str:
    """Return the file of overrides for ``package``; empty if nothing asks for one."""
    found: dict[str, set[str]] = {}
    listed = tuple(files)
    for reason, tag in (*_of_code(tree, target), *_of_files(listed, tree)):
        found.setdefault(reason, set()).add(tag)
    if public_sonames(listed, tree):
        found[_COPIES] = {"ldconfig-symlink-is-not-a-symlink"}
    return "\n".join(
        "".join((f"# {reason}\n", *(f"{package}: {tag}\n" for tag in sorted(tags))))
        for reason, tags in found.items()
    )


def _of_code(tree: Tree, target: PlatformTarget) -> Iterator[tuple[str, str]]:
    code = [
        file
        for file in tree.files
        if file.binary is not None and file.binary.format == ELF
    ]
    if not code:
        return
    tags = ["embedded-library", "unstripped-binary-or-object"]
    machines = {each for file in code for each in _machines(file)}
    if not is_compiled(tree, target):
        tags.append("arch-independent-package-contains-binary-or-object")
    elif machines != {target.architecture}:
        tags.append("binary-from-other-architecture")
    needed = [file.binary.needed for file in code if file.binary is not None]
    if not all(needed):
        tags.append("statically-linked-binary")
    if any(each and not _has_libc(each) for each in needed):
        tags += ["library-not-linked-against-libc", "program-not-linked-against-libc"]
    yield from ((_BUILT, tag) for tag in tags)


def _machines(file: TreeFile) -> tuple[str, ...]:
    return (file.binary.machines if file.binary is not None else ()) or ("",)


def _has_libc(needed: Iterable[str]) -> bool:
    return any(each.startswith("libc.so.") for each in needed)


def _of_files(files: Iterable[PackageFile], tree: Tree) -> Iterator[tuple[str, str]]:
    by_path = tree.by_path()
    for file in files:
        source = by_path.get(file.source)
        line = source.first_line if source and not file.interpreter else ""
        name = interpreter_of(line)
        if _is_elsewhere(line, name):
            yield _MERGED, "wrong-path-for-interpreter"
        if name.startswith("python2") and file.mode & 0o111:
            yield _OLD, "python2-script-but-no-python2-dep"
        for pattern, called_for in _PATHS.items():
            if re.fullmatch(pattern, file.path, re.IGNORECASE):
                yield called_for
        if source and source.loads_elsewhere:
            yield from ((_LOADED, tag) for tag in _PAGES)


def _is_elsewhere(first_line: str, name: str) -> bool:
    """Tell whether a first line names another folder than Debian's own scripts do."""
    path = first_line[2:].split()[:1]
    folder = "/bin" if name in _IN_BIN else "/usr/bin"
    return path not in ([], [f"{folder}/{name}"]) and path[0].endswith(f"/{name}")
