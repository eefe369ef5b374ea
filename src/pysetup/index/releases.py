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

    def __len__(self) -> int:
        """Return the number of releases that have files."""
        return len(self.versions)

    def rows(self, position: int) -> tuple[Row, ...]:
        """Return the files of the release ``versions[position]``."""
        stop = self._stops[position]
        start = self._stops[position - 1] if position else 0
        rows: tuple[Row, ...] = marshal.loads(self._body[start:stop])  # noqa: S302 - checked
        return rows

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
        self._versions: list[str] = []
        self._kinds: dict[Kind, int] = {}
        self._shapes: dict[tuple[int, ...], int] = {}
        self._shape_of: list[int] = []
        self._prereleases = 0
        self._uploaded: list[str] = []
        self._stops: list[int] = []
        self._body = bytearray()

    def add(
        self,
        version: str,
        files: tuple[tuple[str, Row], ...],
        *,
        is_prerelease: bool,
    ) -> None:
        """Add a release; ``files`` are pairs of the tags in its name and its row."""
        if is_prerelease:
            self._prereleases |= 1 << len(self._versions)
        self._versions.append(version)
        numbers = [
            self._kinds.setdefault((tags, row[3], row[4]), len(self._kinds))
            for tags, row in files
        ]
        shape = tuple(numbers if len(numbers) == 1 else sorted(set(numbers)))
        self._shape_of.append(self._shapes.setdefault(shape, len(self._shapes)))
        # An index that writes a line break there has no time to tell.
        uploaded = min([row[7] for _, row in files], default="")
        self._uploaded.append("" if "\n" in uploaded else uploaded)
        self._body += marshal.dumps(tuple([row for _, row in files]), MARSHAL)
        self._stops.append(len(self._body))

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
        return PageReleases(head, bytes(self._body))
