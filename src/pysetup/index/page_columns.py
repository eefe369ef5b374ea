"""The files of a usual page, read as columns: all names at once, all digests at once.

An index describes its files alike: a name, a link, one SHA-256, and some of what else
there is, all of it of the usual kind. So a page need not be read file by file. Whatever
is unusual anywhere leaves the page to ``quick_json``, which takes file by file what it
can. The outcome is the same, by law.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pysetup.index.releases import PageFront, PageReleases
from pysetup.index.urls import resolve_link
from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import InvalidVersionError, Version, parse_version

# Each line is the name of an archive: name and version; then the tags of a wheel.
_NAMES = late_pattern(
    r"^([A-Za-z0-9][A-Za-z0-9._]*)-([A-Za-z0-9._!+]+)"
    r"(?:-([A-Za-z0-9._]+-[A-Za-z0-9._]+-[A-Za-z0-9._]+)\.whl|\.tar\.gz)$",
    re.ASCII | re.MULTILINE,
)
# Each line is a folder that ``resolve_link`` leaves as it is.
_FOLDERS = late_pattern(
    r"^https?://[a-z0-9.-]+(?::[0-9]+)?/(?:[A-Za-z0-9._~%+!/-]*/)?$",
    re.ASCII | re.MULTILINE,
)
# Each line is a version in its normal form already.
_NUMBERS = late_pattern(
    r"^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*$", re.ASCII | re.MULTILINE
)
_HEX = late_pattern(r"[0-9a-f]*", re.ASCII)
_DIGEST = 64
_SHORT = 4096
_TIME = 99
# What says the same in another way, or more than is read here.
_OLD_METADATA, _OTHER_METADATA = "dist-info-metadata", "_core-metadata-json"

Read = Callable[[str], bool]


class _UnusualError(Exception):
    """The page is one to read file by file."""


def read_columns(  # noqa: PLR0913 - what a page is read with
    items: Sequence[JSON],
    *,
    project: str,
    base: str,
    is_ours: Read,
    are_tags: Read,
    notes: tuple[str, ...],
    listed: tuple[str, ...],
) -> PageReleases | None:
    """Return the page of ``project`` that lists ``items``, None if one is unusual.

    ``base`` is what links begin from; ``is_ours`` tells whether a name in a file name
    is the project's, ``are_tags`` whether tags there are well-formed.
    """
    try:
        names, urls, hashes = _named(items)
        parts: list[tuple[str, str, str]] = _NAMES.findall("\n".join(names))
        _require(len(parts) == len(names) == len(set(names)))
        projects, texts, tags = zip(*parts, strict=True)
        _require(all(map(is_ours, set(projects))))
        _require(all(map(are_tags, set(tags) - {""})))
        versions = _Versions(texts)
        columns: list[Sequence[object]] = [
            names,
            _places(urls, names, base),
            _digests(hashes),
            _pythons(items),
            _yanked(items),
            _metadata(items),
            _sizes(items),
            _short_texts(items, "upload-time", _TIME),
            _provenance(items, base),
            *([("",) * len(names)] * 2),
        ]
    except (_UnusualError, InvalidVersionError, TypeError, KeyError):
        return None
    ordered = [versions.sorted(column) for column in columns]
    kinds = list(zip(versions.sorted(tags), ordered[3], ordered[4], strict=True))
    front = PageFront.of_files(
        versions.names, kinds, ordered[7], versions.ranks, versions.prereleases
    )
    return front.finish(
        project,
        tuple(ordered),
        status="active",
        reason="",
        notes=notes,
        listed=listed or tuple(versions.names),
    )


def _require(condition: object) -> None:
    if not condition:
        raise _UnusualError


def _named(
    items: Sequence[JSON],
) -> tuple[list[str], list[str], list[dict[str, JSON]]]:
    """Return names, links and digests of all files; of the right types each."""
    _require(items and set(map(type, items)) == {dict})
    objects: Any = items
    names = [item["filename"] for item in objects]
    urls = [item["url"] for item in objects]
    hashes = [item["hashes"] for item in objects]
    _require(set(map(type, names)) == set(map(type, urls)) == {str})
    _require("".join(names).count("\n") == 0 and max(map(len, urls)) <= _SHORT)
    return names, urls, hashes


class _Versions:
    """The releases of a page, oldest first, and which of them each file is of.

    ``names`` are normalised; ``ranks`` tell the release of each file, in the order of
    releases.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        parsed = {text: parse_version(text) for text in dict.fromkeys(texts)}
        # Of versions that are equal the first one's spelling counts.
        by_version: dict[Version, str] = {}
        first = parsed
        if len(set(parsed.values())) < len(parsed):
            for text, version in parsed.items():
                by_version.setdefault(version, text)
            first = {text: version for version, text in by_version.items()}
        written = sorted(first, key=first.__getitem__)
        self.names, self.prereleases = written, 0
        if len(_NUMBERS.findall("\n".join(written))) < len(written):
            self.names = [str(parsed[text]) for text in written]
            for rank, text in enumerate(written):
                self.prereleases |= parsed[text].is_prerelease << rank
        ranks = {text: rank for rank, text in enumerate(written)}
        if first is not parsed:
            ranks = {text: ranks[by_version[it]] for text, it in parsed.items()}
        self.ranks = [ranks[text] for text in texts]
        self._order: list[int] | None = None
        if any(map(int.__gt__, self.ranks, self.ranks[1:])):
            self._order = sorted(range(len(self.ranks)), key=self.ranks.__getitem__)
            self.ranks.sort()

    def sorted(self, column: Sequence[Any]) -> list[Any]:
        """Return a column in the order of the releases; in one of them, as it was."""
        if self._order is None:
            return list(column)
        return [column[number] for number in self._order]


def _column(items: Sequence[JSON], key: str, default: JSON = None) -> list[JSON]:
    return [item.get(key, default) for item in items]  # type: ignore[union-attr] # they are objects


def _types(column: Sequence[object], *allowed: type) -> None:
    _require(set(map(type, column)) <= {*allowed})


def _digests(hashes: Sequence[JSON]) -> list[str]:
    """Return the one digest of each file, as a row holds it."""
    _types(hashes, dict)
    _require(set(map(len, hashes)) == {1})  # type: ignore[arg-type] # they are objects
    digests: list[str] = [each["sha256"] for each in hashes]  # type: ignore[call-overload, index, misc] # the same
    _require(set(map(len, digests)) == {_DIGEST} and _HEX.fullmatch("".join(digests)))
    return [f"sha256:{digest}" for digest in digests]


def _metadata(items: Sequence[JSON]) -> Sequence[bool | str]:
    """Return the digest of the metadata beside each file, or whether there are any."""
    keys = set().union(*items)  # type: ignore[arg-type] # they are objects
    _require(_OTHER_METADATA not in keys)
    if _OLD_METADATA in keys:
        _require(all("core-metadata" in item for item in items))  # type: ignore[operator] # the same
    column = _column(items, "core-metadata", default=False)
    _types(column, bool, dict)
    digests = [each for each in column if type(each) is dict]
    read = iter(_digests(digests) if digests else ())
    return [it if isinstance(it, bool) else next(read) for it in column]


def _pythons(items: Sequence[JSON]) -> list[str]:
    return _short_texts(items, "requires-python", _SHORT + 1)


def _short_texts(items: Sequence[JSON], key: str, limit: int) -> list[str]:
    """Return the texts under ``key``, all shorter than ``limit``; empty for none."""
    column = _column(items, key)
    _types(column, str, type(None))
    texts = [str(it or "") for it in column]
    _require(max(map(len, texts)) < limit)
    return texts


def _yanked(items: Sequence[JSON]) -> list[str | None]:
    """Return None, or the reason, which may be empty, why each file is yanked."""
    column = _column(items, "yanked")
    _types(column, bool, str, type(None))
    reasons: Mapping[JSON, str | None] = {None: None, False: None, True: ""}
    return [it if isinstance(it, str) else reasons[it] for it in column]


def _sizes(items: Sequence[JSON]) -> list[JSON]:
    column = _column(items, "size")
    _types(column, int, type(None))
    known: list[int] = [it for it in column if it is not None]  # type: ignore[misc] # integers
    _require(min(known, default=0) >= 0)
    return column


def _provenance(items: Sequence[JSON], base: str) -> list[str]:
    """Return where the attestations of each file are, or nothing."""
    texts = _short_texts(items, "provenance", _SHORT + 1)
    return [(resolve_link(base, it) or ("",))[0] if it else "" for it in texts]


def _places(urls: Sequence[str], names: Sequence[str], base: str) -> list[str]:
    """Return the folder of each file, absolute."""
    folders = [url.removesuffix(name) for url, name in zip(urls, names, strict=True)]
    lengths = [sum(map(len, texts)) for texts in (urls, folders, names)]
    _require(lengths[0] == lengths[1] + lengths[2])
    example = dict(zip(folders, names, strict=True))
    if len(_FOLDERS.findall("\n".join(example))) == len(example):
        return folders
    found = {folder: _resolved(folder, name, base) for folder, name in example.items()}
    return [found[folder] for folder in folders]


def _resolved(folder: str, name: str, base: str) -> str:
    """Return where ``folder`` leads, for all plain names in it as for ``name``."""
    _require(folder[-1:] in ("/", ""))
    found = resolve_link(base, folder + name)
    if found is None or not found[0].endswith(f"/{name}"):
        raise _UnusualError
    return found[0].removesuffix(name)
