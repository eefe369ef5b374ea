"""Pages in JSON, read at once into what a resolver reads: for files of the usual form.

A page lists hundreds of files, and a resolution reads a hundred pages. Nearly all files
are described alike: a wheel or an sdist with a plain name, and its SHA-256. These are
taken here in one pass; any other goes through ``simple_json.parse_file``, and a page
with anything odd in its frame is left to ``simple_json.parse_page`` as a whole. What
comes out is the same, by law (``tests/index/test_quick_json.py``).
"""

import re
from collections.abc import Mapping

from pysetup.index.model import (
    MAX_FILES,
    archive_version,
    is_later_wheel,
    row_of,
    tags_of,
)
from pysetup.index.page_columns import read_columns
from pysetup.index.releases import PageReleases, ReleasesMaker, Row
from pysetup.index.simple_json import METADATA_JSON_KEY, open_page, parse_file
from pysetup.index.urls import resolve_link, without_credentials
from pysetup.late import late_pattern
from pysetup.standards.filenames import InvalidFilenameError, parse_wheel_filename
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import InvalidVersionError, Version, parse_version

# Name and version; then the tags of a wheel, or the ending of an sdist.
_USUAL = late_pattern(
    r"([A-Za-z0-9][A-Za-z0-9._]*)-([A-Za-z0-9._!+]+)"
    r"(?:-([A-Za-z0-9._]+-[A-Za-z0-9._]+-[A-Za-z0-9._]+)\.whl|\.tar\.gz)",
    re.ASCII,
)
_DIGEST = late_pattern(r"[0-9a-f]{64}", re.ASCII)
_SHORT = 4096
# The keys whose values are looked at here; others mean nothing to pysetup either.
_RARE_KEYS = ("dist-info-metadata", "provenance")


class _UnusualError(Exception):
    """The page is one for the longer way."""


def quick_releases(content: bytes, *, url: str, name: str) -> PageReleases | None:
    """Return what ``content``, the page of ``name`` at ``url``, says; None if unusual.

    Raises ``InvalidPageError`` or ``UnsupportedApiError``.
    """
    page, notes = open_page(content, url=url)
    project = normalize_name(name)
    items = page.get("files")
    named, status = page.get("name"), page.get("project-status", {})
    if not isinstance(named, str) or normalize_name(named) != project:
        return None
    if not isinstance(items, list) or len(items) > MAX_FILES or status not in _ACTIVE:
        return None
    shelf = _Shelf(project, url)
    listed = page.get("versions")
    texts = [it for it in listed if isinstance(it, str)] if type(listed) is list else ()
    at_once = read_columns(
        items,
        project=project,
        base=without_credentials(url),
        is_ours=shelf.is_ours,
        are_tags=shelf.are_tags,
        notes=tuple(notes),
        listed=tuple(texts),
    )
    if at_once is not None:
        return at_once
    try:
        for item in items:
            shelf.take(item)
    except _UnusualError:
        return None
    return shelf.releases(tuple(notes), tuple(texts))


_ACTIVE: tuple[JSON, ...] = ({}, {"status": "active"}, {"status": None})


class _Shelf:
    """The files of one page, by their version."""

    def __init__(self, project: str, url: str) -> None:
        self._project = project
        self._url = url
        self._base = without_credentials(url)
        self._seen: set[str] = set()
        self._by_version: dict[Version, list[tuple[str, Row]]] = {}
        # What a part of a file name means: nothing, for what is no archive's.
        self._by_text: dict[str, list[tuple[str, Row]] | None] = {}
        self._names: dict[str, bool] = {}
        self._tags: dict[str, bool] = {}
        self._folders: dict[str, str] = {}

    def take(self, item: JSON) -> None:
        """Take up one file of the page; raises ``_UnusualError``."""
        if type(item) is not dict:
            raise _UnusualError
        filename = item.get("filename")
        if type(filename) is not str or filename in self._seen:
            raise _UnusualError
        self._seen.add(filename)
        match = _USUAL.fullmatch(filename)
        row = None if match is None else self._row(filename, item)
        if match is None or row is None:
            self._take_slowly(item)
            return
        project, version, tags = match.groups()
        if not self.is_ours(project) or not (tags is None or self.are_tags(tags)):
            self._take_slowly(item)
            return
        if version not in self._by_text:
            self._by_text[version] = self._place(version)
        place = self._by_text[version]
        if place is None:
            self._take_slowly(item)
        else:
            place.append((tags or "", row))

    def _take_slowly(self, item: Mapping[str, JSON]) -> None:
        file = parse_file(item, url=self._url, base=self._base)
        if file is None:
            return
        if is_later_wheel(file.filename):
            raise _UnusualError
        version = archive_version(file.filename, project=self._project)
        if version is not None:
            place = self._by_version.setdefault(version, [])
            place.append((tags_of(file), row_of(file)))

    def _place(self, text: str) -> list[tuple[str, Row]] | None:
        try:
            return self._by_version.setdefault(parse_version(text), [])
        except InvalidVersionError:
            return None

    def is_ours(self, text: str) -> bool:
        """Tell whether the name in a file name is that of the project."""
        if text not in self._names:
            fits = normalize_name(text) == self._project
            self._names[text] = fits and _is_wheel(f"{text}-1-py3-none-any.whl")
        return self._names[text]

    def are_tags(self, text: str) -> bool:
        """Tell whether the tags in a file name are well-formed."""
        if text not in self._tags:
            self._tags[text] = _is_wheel(f"a-1-{text}.whl")
        return self._tags[text]

    def _row(self, filename: str, item: Mapping[str, JSON]) -> Row | None:
        """Return the row of a file, None if it is not described in the usual way."""
        hashes, metadata = item.get("hashes"), item.get("core-metadata", False)
        python, yanked = item.get("requires-python"), item.get("yanked", False)
        size, uploaded = item.get("size"), item.get("upload-time")
        digest = _digest(hashes)
        beside = metadata if type(metadata) is bool else _digest(metadata)
        link = self._link(item.get("url"), filename)
        if (
            digest is None
            or beside is None
            or link is None
            or yanked is not False
            or not (python is None or (type(python) is str and len(python) <= _SHORT))
            or not (size is None or (type(size) is int and size >= 0))
            or not (uploaded is None or (type(uploaded) is str and len(uploaded) < 99))  # noqa: PLR2004 - far longer than any time
            or any(key in item for key in _RARE_KEYS)
            or (not beside and METADATA_JSON_KEY in item)
        ):
            return None
        return (
            filename,
            link,
            digest,
            python or "",
            None,
            beside,
            size,
            uploaded or "",
            "",
            (),
            (),
        )

    def _link(self, link: JSON, filename: str) -> str | None:
        """Return the address behind ``link``, None unless it ends in the file name."""
        if type(link) is not str or len(link) > _SHORT:
            return None
        folder = link.removesuffix(filename)
        if folder == link or not (folder[-1:] == "/" or not folder):
            return None
        if folder not in self._folders:
            # What a folder leads to, it does for all plain names.
            found = resolve_link(self._base, link)
            if found is None or not found[0].endswith(f"/{filename}"):
                return None
            self._folders[folder] = found[0].removesuffix(filename)
        return self._folders[folder] + filename

    def releases(self, notes: tuple[str, ...], listed: tuple[str, ...]) -> PageReleases:
        """Return all that was taken up."""
        maker = ReleasesMaker()
        versions = sorted(it for it, files in self._by_version.items() if files)
        for version in versions:
            maker.add(
                str(version),
                tuple(self._by_version[version]),
                is_prerelease=version.is_prerelease,
            )
        return maker.finish(
            self._project,
            status="active",
            reason="",
            notes=notes,
            listed=listed or tuple(map(str, versions)),
        )


def _digest(hashes: JSON) -> tuple[str, ...] | None:
    """Return a SHA-256 digest as a row holds it, None if there is any other."""
    if type(hashes) is not dict or len(hashes) != 1:
        return None
    digest = hashes.get("sha256")
    if type(digest) is not str or _DIGEST.fullmatch(digest) is None:
        return None
    return (f"sha256:{digest}",)


def _is_wheel(filename: str) -> bool:
    try:
        parse_wheel_filename(filename)
    except InvalidFilenameError:
        return False
    return True
