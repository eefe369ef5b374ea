"""``python.files``: which files go where below the folder of an environment's data.

The categories are those of PEP 491, their folders those of the GNU coding standards and
the file system hierarchy standard, as they are below any prefix. The places of desktop
entries, icons and units follow the specifications of freedesktop.org and systemd.
"""

import re
from collections.abc import Iterator, Mapping

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

FILES_EXTENSION = "python.files"
COMMANDS = "bindir"
# Category -> its folder below the data folder; {name} is the project's, normalised.
FOLDERS: Mapping[str, str] = {
    "sbindir": "sbin",
    "libexecdir": "libexec",
    "sysconfdir": "etc",
    "sharedstatedir": "var/lib",
    "localstatedir": "var",
    "libdir": "lib",
    "static_libdir": "lib",
    "includedir": "include",
    "datarootdir": "share",
    "datadir": "share",
    "mandir": "share/man",
    "infodir": "share/info",
    "localedir": "share/locale",
    "docdir": "share/doc/{name}",
    "htmldir": "share/doc/{name}",
    "dvidir": "share/doc/{name}",
    "psdir": "share/doc/{name}",
    "pdfdir": "share/doc/{name}",
    "pkgdatadir": "share/{name}",
}
CATEGORIES = (COMMANDS, *FOLDERS)
# Shell -> folder below datadir, what the name of a file begins with, and its suffix.
_SHELLS = {
    "bash": ("bash-completion/completions", "", ""),
    "fish": ("fish/vendor_completions.d", "", ".fish"),
    "nushell": ("nushell/vendor/autoload", "", ".nu"),
    "powershell": ("pwsh/completions", "", ".ps1"),
    "zsh": ("zsh/site-functions", "_", ""),
}
_SHELL_SUFFIXES = (".bash", ".fish", ".nu", ".ps1", ".zsh", ".sh")
# Compiled when used: every installation loads this module, few have such files.
# demo.1, demo.3pm, demo.1.gz
_PAGE = r".+\.(?P<section>[1-9n])[A-Za-z0-9]*(?:\.(?:gz|bz2|xz|zst))?"
# Manual pages of a language stand below its name: de, pt_BR, sr@latin.
_LANGUAGE = r"[a-z]{2}(?:_[A-Z]{2})?(?:\.[A-Za-z0-9-]+)?(?:@[a-z]+)?"
_SECTION_FOLDER = r"man[1-9n]"


@dataclass(frozen=True, slots=True, order=True)
class SystemFile:
    """One file: its category, its path below that, and its path in the project."""

    category: str
    path: str
    source: str


def category_folder(category: str, *, project: str) -> str:
    """Return the folder of a category below the data folder; ``bindir`` has none.

    ``project`` is the normalised name. Raises ``KeyError`` for what is no category.
    """
    return FOLDERS[category].format(name=project)


def system_files(extension: Mapping[str, JSON]) -> tuple[SystemFile, ...]:
    """Return what the extension ``python.files`` names, sorted; nothing twice.

    What does not follow its schema is passed over. A manual page without a section in
    its name is one of commands (1).
    """
    return tuple(sorted(set(_listed(extension))))


def _listed(extension: Mapping[str, JSON]) -> Iterator[SystemFile]:
    for category, files in _object(extension.get("categories")).items():
        if category in CATEGORIES:
            yield from _by_place(category, files)
    yield from _by_place("sysconfdir", extension.get("configuration"))
    for path in _paths(extension.get("man_pages")):
        yield SystemFile("mandir", _page_place(path), path)
    for shell, paths in _object(extension.get("completions")).items():
        for path in _paths(paths) if shell in _SHELLS else ():
            yield SystemFile("datadir", _completion_place(shell, path), path)
    for size, paths in _object(extension.get("icons")).items():
        yield from _into("datadir", f"icons/hicolor/{size}/apps", paths)
    units = _object(extension.get("units"))
    yield from _into("libdir", "systemd/system", units.get("system"))
    yield from _into("datadir", "systemd/user", units.get("user"))
    yield from _into("datadir", "applications", extension.get("desktop_entries"))
    yield from _into("datadir", "metainfo", extension.get("metainfo"))


def _by_place(category: str, files: JSON) -> Iterator[SystemFile]:
    for place, source in _object(files).items():
        if isinstance(source, str):
            yield SystemFile(category, place, source)


def _into(category: str, folder: str, paths: JSON) -> Iterator[SystemFile]:
    for path in _paths(paths):
        yield SystemFile(category, f"{folder}/{_base(path)}", path)


def _page_place(path: str) -> str:
    name = _base(path)
    match = re.fullmatch(_PAGE, name)
    section = f"man{match['section'] if match else 1}"
    *_, language, folder = ("", "", *path.split("/")[:-1])
    if re.fullmatch(_SECTION_FOLDER, folder) and re.fullmatch(_LANGUAGE, language):
        return f"{language}/{section}/{name}"
    return f"{section}/{name}"


def _completion_place(shell: str, path: str) -> str:
    """Return the place where the shell looks for it by the name of the command."""
    folder, prefix, suffix = _SHELLS[shell]
    command = _base(path)
    for ending in _SHELL_SUFFIXES:
        command = command.removesuffix(ending)
    return f"{folder}/{prefix}{command.removeprefix('_')}{suffix}"


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _object(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def _paths(value: JSON) -> list[str]:
    listed = value if isinstance(value, list) else []
    return [path for path in listed if isinstance(path, str)]
