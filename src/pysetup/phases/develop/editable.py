"""The develop phase: a project made importable where it stands, by one path line."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePath

from pysetup.errors import UsageError
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import (
    GENERATOR,
    PURE_TAGS,
    dist_info_files,
    pure_info,
    write_files,
)
from pysetup.interchange.source import SourceTree
from pysetup.standards.names import filename_name
from pysetup.standards.start_up import code_lines

# Such a name can never be imported, and no project has it.
_FOLDER = "__editable__."


class PathFileError(UsageError):
    """The folder of a project has a name that cannot stand in a ``.pth`` file.

    An editable installation is one line with the absolute path of the sources. The
    path must not hold a line break, nor begin or end with white space, nor be
    anything but UTF-8. Move the project to another folder.
    """

    code = "PS2407"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the folder {path!r} cannot stand in a .pth file: {reason}",
            facts={"path": path},
            hints=("move the project to a folder with an ordinary name",),
        )


def editable_tree(
    source: SourceTree, *, into: Path, licenses: Mapping[str, bytes]
) -> BuiltTree:
    """Write the editable distribution of ``source`` into the empty folder ``into``.

    It holds the ``.dist-info`` and ``<name>.pth`` with the absolute path of the
    sources: a path alone, never an ``import`` line, so that type checkers can follow
    it and no code runs at start. Raises ``PathFileError``.
    """
    metadata = source.metadata
    root = str(metadata.section("sources").get("root") or ".")
    line = path_line(source.root.resolve() / root)
    files = {f"{filename_name(metadata.name)}.pth": line.encode()}
    files |= dist_info_files(metadata, info=pure_info(), licenses=licenses)
    write_files(into, files)
    return BuiltTree(into, metadata, PURE_TAGS, pure=True, generator=GENERATOR)


def path_line(folder: PurePath) -> str:
    """Return a ``.pth`` file that names ``folder``; raises ``PathFileError``."""
    text = str(folder)
    if len(text.splitlines()) != 1 or "\0" in text:
        raise PathFileError(text, "it has a line break")
    # site strips each line before it uses it.
    if text != text.strip():
        raise PathFileError(text, "it begins or ends with white space")
    if not folder.is_absolute():
        # It would be looked for beside the .pth file, be a comment, or be run.
        raise PathFileError(text, "it is not absolute")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PathFileError(text, "it is not UTF-8") from None
    return text + "\n"


def name_by_links(built: BuiltTree) -> dict[str, str]:
    """Let the ``.pth`` files of ``built`` name other than ASCII paths by a link.

    Python before 3.13 reads such a file in the encoding of the locale, and does not
    even start (under ``LC_ALL=C``) if it cannot. Returns the links that must stand
    beside the files: place -> absolute target.
    """
    links: dict[str, str] = {}
    for path in sorted(built.root.glob("*.pth")):
        lines = path.read_text("utf-8-sig", "surrogateescape").splitlines()
        if all(line.isascii() or not os.path.isabs(line) for line in lines):
            continue
        for index, line in enumerate(lines):
            if not line.isascii() and os.path.isabs(line):
                link = f"{link_name(built)}.{path.stem}.{index}"
                lines[index] = link
                links[link] = line
        path.write_text("\n".join(lines) + "\n", "utf-8", "surrogateescape")
    return links


def link_name(built: BuiltTree) -> str:
    """Return how the names of a project's links in the site folder begin."""
    return _FOLDER + filename_name(built.metadata.name)


def import_lines(content: bytes) -> tuple[str, ...]:
    """Return the lines of a ``.pth`` file that run code when Python starts."""
    return tuple(line.text for line in code_lines("path file", content))


def start_entries(content: bytes) -> tuple[str, ...]:
    """Return what a ``.start`` file calls when Python starts (PEP 829)."""
    return tuple(line.text.strip() for line in code_lines("start file", content))
