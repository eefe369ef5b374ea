"""A project page as a resolver reads it: its releases in order, files decoded late.

A page may list thousands of files, of which a resolver looks at a dozen. So the
answers to what it asks of *every* release stand in front, in a form that is loaded in
microseconds, and the files of a release are decoded when somebody wants them:

- ``versions``: normalised texts, oldest first, of the releases that have files;
- ``kinds``: what makes files alike for an environment, each as ``(tags,
  requires_python, yanked)``. ``tags`` is ``py3-none-any`` as a wheel's name says it,
  ``""`` for an sdist, and four parts for a variant (PEP 825), which no plain
  environment takes; ``yanked`` is None or the reason;
- ``shapes``: sets of kinds that releases have, as numbers into ``kinds``;
- ``shape_of``: which shape each release has. Most releases of a project share a few
  shapes, so that one look at each shape tells all usable releases;
- ``prereleases``: an integer mask; bit ``n`` is set if ``versions[n]`` is one (that is
  ``Version.is_prerelease``), for solvers that keep version sets as masks;
- ``uploaded``: the earliest upload time of each release, as the index writes it
  (empty if unknown): who excludes what is newer need not decode what is all newer;
- ``rows(n)``: the files of release ``n``, as plain tuples in the order of the page;
  ``pysetup.index.model.file_of_row`` makes a ``File`` of one.

It is made by ``pysetup.index.model.releases_of``, and kept by
``pysetup.store.pages.PageCache``, which checks all of it when it is loaded. This module
imports nothing that a bare interpreter has not loaded: the way from the cache to a
decision stays short.
"""

import marshal

# Tags, Requires-Python, and why it is yanked.
Kind = tuple[str, str, str | None]
# The fields of pysetup.index.model.File in their order, digests as texts.
Row = tuple[
    str,
    str,
    tuple[str, ...],
    str,
    str | None,
    bool | tuple[str, ...],
    int | None,
    str,
    str,
    tuple[str, ...],
    tuple[str, ...],
]
# One field of all files of a page.
Column = list | tuple  # type: ignore[type-arg] # of values that can be marshalled
# The oldest version that all supported interpreters read and write.
MARSHAL = 4


class PageReleases:
    """One page; see the module. Values of it never change.

    ``name`` is normalised; ``status`` and ``reason`` are those of PEP 792; ``notes``
    are sentences for the user; ``listed`` are the versions that the page lists
    (PEP 700), ``versions`` if it lists none.
    """

    __slots__ = (
        "_body",
        "_columns",
        "_stops",
        "kinds",
        "listed",
        "name",
        "notes",
        "prereleases",
        "reason",
        "shape_of",
        "shapes",
        "status",
        "uploaded",
        "versions",
    )

    def __init__(self, head: tuple, body: bytes) -> None:  # type: ignore[type-arg] # marshalled
        (
            self.name,
            self.status,
            self.reason,
            self.notes,
            versions,
            listed,
            self.kinds,
            self.shapes,
            self.shape_of,
            self.prereleases,
            uploaded,
            self._stops,
        ) = head
        self.versions: tuple[str, ...] = tuple(versions.split("\n") if versions else ())
        self.listed: tuple[str, ...] = self.versions if listed is None else listed
        self.uploaded: tuple[str, ...] = tuple(uploaded.split("\n"))
        self._body = body
        self._columns: tuple[Column, ...] = ()

    def __len__(self) -> int:
        """Return the number of releases that have files."""
        return len(self.versions)

    def rows(self, position: int) -> tuple[Row, ...]:
        """Return the files of the release ``versions[position]``."""
        if not self._columns and self._stops:
            self._columns = _unpacked(self._body, self._stops[-1])
        stop = self._stops[position]
        start = self._stops[position - 1] if position else 0
        files = zip(*(column[start:stop] for column in self._columns), strict=True)
        return tuple(_row(*file) for file in files)

    def packed(self) -> tuple[tuple, bytes]:  # type: ignore[type-arg] # for marshal
        """Return head and body, as the class takes them: both can be marshalled."""
        head = (
            self.name,
            self.status,
            self.reason,
            self.notes,
            "\n".join(self.versions),
            None if self.listed == self.versions else self.listed,
            self.kinds,
            self.shapes,
            self.shape_of,
            self.prereleases,
            "\n".join(self.uploaded),
            self._stops,
        )
        return head, self._body


class ReleasesMaker:
    """Takes the releases of a page one by one, oldest first, and packs them."""

    def __init__(self) -> None:
        self._front = PageFront()
        self._rows: list[Row] = []

    def add(
        self,
        version: str,
        files: tuple[tuple[str, Row], ...],
        *,
        is_prerelease: bool,
    ) -> None:
        """Add a release; ``files`` are pairs of the tags in its name and its row."""
        kinds = [(tags, row[3], row[4]) for tags, row in files]
        uploaded = [row[7] for _, row in files]
        self._front.add(version, kinds, uploaded, is_prerelease=is_prerelease)
        self._rows += [row for _, row in files]

    def finish(
        self,
        name: str,
        *,
        status: str,
        reason: str,
        notes: tuple[str, ...],
        listed: tuple[str, ...],
    ) -> PageReleases:
        """Return the page."""
        names, urls, hashes, pythons, yanked, metadata, *rest = (
            zip(*self._rows, strict=True) if self._rows else [()] * _FIELDS
        )
        sizes, times, provenance, weak, promised = rest
        columns: tuple[Column, ...] = (
            names,
            [
                url.removesuffix(name) if url.endswith(f"/{name}") else _WHOLE + url
                for url, name in zip(urls, names, strict=True)
            ],
            list(map(" ".join, hashes)),
            pythons,
            yanked,
            [it if isinstance(it, bool) else " ".join(it) for it in metadata],
            sizes,
            times,
            provenance,
            list(map(" ".join, weak)),
            list(map(" ".join, promised)),
        )
        return self._front.finish(
            name,
            columns,
            status=status,
            reason=reason,
            notes=notes,
            listed=listed,
        )


class PageFront:
    """What stands in front of the files of a page; releases come oldest first."""

    def __init__(self) -> None:
        self._versions: list[str] = []
        self._kinds: dict[Kind, int] = {}
        self._shapes: dict[tuple[int, ...], int] = {}
        self._shape_of: list[int] = []
        self._prereleases = 0
        self._uploaded: list[str] = []
        self._stops: list[int] = []

    def add(
        self,
        version: str,
        kinds: list[Kind],
        uploaded: list[str],
        *,
        is_prerelease: bool,
    ) -> None:
        """Add a release, with the kind and the upload time of each of its files."""
        if is_prerelease:
            self._prereleases |= 1 << len(self._versions)
        self._versions.append(version)
        numbers = [self._kinds.setdefault(it, len(self._kinds)) for it in kinds]
        shape = tuple(numbers if len(numbers) == 1 else sorted(set(numbers)))
        self._shape_of.append(self._shapes.setdefault(shape, len(self._shapes)))
        # An index that writes a line break there has no time to tell.
        earliest = min(uploaded, default="")
        self._uploaded.append("" if "\n" in earliest else earliest)
        self._stops.append((self._stops[-1] if self._stops else 0) + len(kinds))

    @classmethod
    def of_files(
        cls,
        versions: list[str],
        kinds: list[Kind],
        times: list[str],
        ranks: list[int],
        prereleases: int,
    ) -> "PageFront":
        """Return the front of a page whose files are in the order of releases.

        ``ranks`` are the positions of their releases in ``versions``, ``prereleases``
        is a mask of those.
        """
        front = cls()
        if len(kinds) > len(versions):
            stop = 0
            for rank, version in enumerate(versions):
                start = stop
                while stop < len(ranks) and ranks[stop] == rank:
                    stop += 1
                early = prereleases >> rank & 1 == 1
                inside = slice(start, stop)
                front.add(version, kinds[inside], times[inside], is_prerelease=early)
            return front
        # One file each: nothing has to be gathered.
        numbers = {kind: at for at, kind in enumerate(dict.fromkeys(kinds))}
        front._versions, front._prereleases = versions, prereleases
        front._kinds = numbers
        front._shapes = {(number,): number for number in numbers.values()}
        front._shape_of = [numbers[kind] for kind in kinds]
        front._uploaded = ["" if "\n" in time else time for time in times]
        front._stops = list(range(1, len(kinds) + 1))
        return front

    def finish(
        self,
        name: str,
        columns: tuple[Column, ...],
        *,
        status: str,
        reason: str,
        notes: tuple[str, ...],
        listed: tuple[str, ...],
    ) -> PageReleases:
        """Return the page; ``columns`` are those of all its files, in this order."""
        head = (
            name,
            status,
            reason,
            notes,
            "\n".join(self._versions),
            None if listed == tuple(self._versions) else listed,
            tuple(self._kinds),
            tuple(self._shapes),
            tuple(self._shape_of),
            self._prereleases,
            "\n".join(self._uploaded),
            tuple(self._stops),
        )
        return PageReleases(head, _packed(columns))


# Files are kept in columns: most of those have one value in all rows, or are texts
# that take no time to load in one piece. The columns are the fields of a row; in
# place of a URL stands the folder, or the whole of it behind a mark that begins no
# URL, and several digests stand in one text.
_WHOLE = "="
_FIELDS = 11
_ALIKE, _TEXTS, _VALUES = range(3)


def _packed(columns: tuple[Column, ...]) -> bytes:
    """Return the files of a page as bytes."""
    return marshal.dumps(tuple(map(_packed_column, columns)), MARSHAL)


def _packed_column(column: Column) -> tuple:  # type: ignore[type-arg] # for marshal
    if column and column.count(column[0]) == len(column):
        return _ALIKE, column[0]
    if set(map(type, column)) == {str}:
        text = "\n".join(column)
        if text.count("\n") == len(column) - 1:
            return _TEXTS, text
    return _VALUES, tuple(column)


def _unpacked(body: bytes, total: int) -> tuple[Column, ...]:
    """Return the columns of ``total`` files."""
    kept = marshal.loads(body)  # noqa: S302 - checked
    return tuple(
        (it,) * total if kind == _ALIKE else it.split("\n") if kind == _TEXTS else it
        for kind, it in kept
    )


def _row(  # noqa: PLR0913, PLR0917 - the fields of a row
    name: str,
    place: str,
    hashes: str,
    python: str,
    yanked: str | None,
    metadata: bool | str,  # noqa: FBT001 - the same
    size: int | None,
    uploaded: str,
    provenance: str,
    weak: str,
    promised: str,
) -> Row:
    return (
        name,
        place[1:] if place.startswith(_WHOLE) else place + name,
        tuple(hashes.split()),
        python,
        yanked,
        metadata if isinstance(metadata, bool) else tuple(metadata.split()),
        size,
        uploaded,
        provenance,
        tuple(weak.split()),
        tuple(promised.split()),
    )
