"""Rules for what becomes importable: modules where they can be found, nothing else."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from keyword import iskeyword

from pysetup.interchange.dist_info import METADATA
from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.wheel_contents import Content, WheelContents
from pysetup.late import late_pattern
from pysetup.metadata.formats.headers import parse_headers
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.phases.bdist.rules import finding
from pysetup.standards.module_tags import is_library

_COMMON = frozenset(
    (
        *(".eggs", ".nox", ".tox", ".venv", "app", "build", "cli", "data", "dist"),
        *("doc", "docs", "example", "examples", "lib", "scripts", "src", "test"),
        *("tests", "venv"),
    )
)
_BYTECODE = (".pyc", ".pyo")
_SOURCE = (".py", ".pyi")
_MODULE = late_pattern(r"(?P<base>[^/]+?)\.(?:py|(?:[\w-]+\.)?(?:so|pyd))")
# Where repair tools put the libraries that a wheel carries along.
_PRIVATE_LIBRARIES = late_pattern(r".*\.libs|.*\.dylibs")
# Content that is the same everywhere without being a copy.
_MOST_TRIVIAL = 64
_TRIVIAL = late_pattern(rb"\s*(#.*coding[:=].*\s*)?")
_STARTUP = (".pth", ".start")
_STRAY = late_pattern(
    r"\.(git|hg|svn|bzr|idea|vscode|tox|nox|venv|eggs|mypy_cache|ruff_cache|pytest_cache)"
    r"|\.(gitignore|gitattributes|gitmodules|gitkeep|hgignore|editorconfig|coverage)"
    r"|\.(DS_Store|travis\.yml|pre-commit-config\.yaml|AppleDouble)"
    r"|Thumbs\.db|desktop\.ini|CVS|.*\.(orig|rej|swp|swo|bak)|.*~|\._.*",
)
_SECRET = late_pattern(
    r"\.(env|pypirc|netrc|npmrc|htpasswd)|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pfx|p12)"
)


def check_library(contents: WheelContents, info: WheelInfo) -> Iterator[ArchiveFinding]:
    """Yield what is odd about the modules, packages and files of the library."""
    del info
    library = contents.library()
    outside = [
        path for path in contents.files if not path.startswith(f"{contents.dist_info}/")
    ]
    if not outside:
        yield finding("empty-wheel", "it holds nothing but its .dist-info folder")
    elif not library:
        yield finding("empty-library", "nothing in it can be imported")
    yield from _check_each(contents)
    yield from _check_duplicates(contents)
    yield from _check_toplevels(library)
    yield from _check_paths(library)
    yield from _check_import_names(contents, library)


def package_findings(
    contents: WheelContents, source: Iterable[str], *, generated: Iterable[str] = ()
) -> Iterator[ArchiveFinding]:
    """Yield where the library differs from the project's own files.

    ``source`` are the paths that the wheel should hold in its library; ``generated``
    are those that a build is known to add.
    """
    library = contents.library()
    expected, made = set(source), set(generated)
    for path in sorted(expected - library.keys()):
        message = "the project has it, and the wheel has not"
        yield finding("module-left-out", message, path)
    for path in sorted(library.keys() - expected - made):
        if path.endswith(_SOURCE):
            message = "the wheel has it, and the project has not"
            yield finding("module-not-in-source", message, path)


def _check_each(contents: WheelContents) -> Iterator[ArchiveFinding]:
    for path in contents.files:
        if path.endswith(_BYTECODE):
            yield finding("bytecode", "it is bytecode", path)
        parts = path.split("/")
        if any(map(_STRAY.fullmatch, parts)):
            yield finding("stray-file", "it belongs to a tool, not to a library", path)
        if _SECRET.fullmatch(parts[-1]):
            yield finding("secret-file", "files of this name hold secrets", path)


def _check_duplicates(contents: WheelContents) -> Iterator[ArchiveFinding]:
    same: dict[str, list[Content]] = {}
    for content in contents.files.values():
        same.setdefault(content.digest.hexdigest, []).append(content)
    for found in same.values():
        first = found[0]
        trivial = first.size <= _MOST_TRIVIAL and _TRIVIAL.fullmatch(first.head)
        if len(found) > 1 and not trivial:
            others = [one.path for one in found[1:]]
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""  # noqa: PLR2004 - what a line holds
            message = f"it has the same content as {', '.join(others[:3])}{more}"
            yield finding("duplicate-content", message, first.path)


def _check_toplevels(library: Mapping[str, Content]) -> Iterator[ArchiveFinding]:
    tops = _toplevels(library)
    for name, paths in tops.items():
        is_folder = paths != [name]
        if name in _COMMON:
            message = f"many distributions would have {name!r} at the top"
            yield finding("common-toplevel", message, name)
        if name == "__init__.py":
            yield finding("toplevel-init", "site-packages is no package", name)
        elif not is_folder and not _is_module(name) and not _is_startup(name):
            yield finding("toplevel-file", "it is no module", name)
        if (
            is_folder
            and not name.endswith("-stubs")
            and not any(map(_is_module, paths))
        ):
            yield finding("no-module-inside", "the folder holds no module", name)
        module = name.partition(".")[0]
        if module in sys.stdlib_module_names and (is_folder or _is_module(name)):
            message = f"{module} is a module of the standard library"
            yield finding("stdlib-name", message, name)
    public = [
        name for name in tops if not name.startswith("_") and not _is_startup(name)
    ]
    if len(public) > 1:
        listed = ", ".join(public[:5]) + (", ..." if len(public) > 5 else "")  # noqa: PLR2004 - what a line holds
        yield finding("several-toplevels", f"it has {len(public)} at the top: {listed}")


def _check_paths(library: Mapping[str, Content]) -> Iterator[ArchiveFinding]:
    for path in filter(_is_module, library):
        parts = _module_name(path).split("/")
        if not all(part.isidentifier() and not iskeyword(part) for part in parts):
            yield finding("unimportable-module", "no import can name it", path)


def _check_import_names(
    contents: WheelContents, library: Mapping[str, Content]
) -> Iterator[ArchiveFinding]:
    """Compare Import-Name and Import-Namespace (PEP 794) with what is there."""
    headers, _ = parse_headers(
        (contents.info_file(METADATA) or b"").decode("utf-8", "replace")
    )
    stated = [
        value.partition(";")[0].strip()
        for key, value in headers
        if key.lower() in ("import-name", "import-namespace")
    ]
    if not stated:
        return
    modules = {
        _module_name(path).replace("/", ".").removesuffix(".__init__")
        for path in library
        if _is_module(path)
    }
    for name in filter(None, stated):
        if not any(one == name or one.startswith(f"{name}.") for one in modules):
            message = f"METADATA promises the import name {name}, which is not there"
            yield finding("import-name-missing", message)
    known = {name.partition(".")[0] for name in stated}
    for top in sorted({one.partition(".")[0] for one in modules} - known):
        if not top.startswith("_") and not top.endswith("-stubs"):
            message = f"METADATA does not name {top} among its import names"
            yield finding("import-name-undeclared", message)


def _module_name(path: str) -> str:
    """Return the path without the suffix of a module."""
    folder, slash, name = path.rpartition("/")
    match = _MODULE.fullmatch(name)
    return folder + slash + (match["base"] if match else name)


def _is_module(path: str) -> bool:
    return not is_library(path) and bool(_MODULE.fullmatch(path.rpartition("/")[2]))


def _is_startup(name: str) -> bool:
    return name.endswith(_STARTUP)


def _toplevels(library: Mapping[str, Content]) -> dict[str, list[str]]:
    tops: dict[str, list[str]] = {}
    for path in library:
        top = path.partition("/")[0]
        if not _PRIVATE_LIBRARIES.fullmatch(top):
            tops.setdefault(top, []).append(path)
    return tops
