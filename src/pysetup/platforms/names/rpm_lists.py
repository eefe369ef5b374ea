"""Reading what an RPM repository says: ``primary.xml`` and ``filelists.xml``.

The first has all packages, with the commands and the configuration in them; the second
has all files. Both are read piece by piece.
"""

import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, XMLPullParser

from pysetup.platforms.names.catalogue import CatalogueMaker
from pysetup.platforms.names.file_lists import FileTaker

_PROVIDES = re.compile(r"python(?P<python>3|3\.\d+)dist\((?P<name>[^\[\]()]+)\)")
_RPM = "{http://linux.duke.edu/metadata/rpm}"
_COMMON = "{http://linux.duke.edu/metadata/common}"
_FILELISTS = "{http://linux.duke.edu/metadata/filelists}"


class _PackagesReader:
    """Reads an XML document piece by piece, and hands on each of its packages.

    ``tags`` are those of a package. Raises ``xml.etree.ElementTree.ParseError``.
    """

    def __init__(self, tags: tuple[str, ...], take: Callable[[Element], None]) -> None:
        self._tags = tags
        self._take = take
        self._parser: XMLPullParser[Any] = XMLPullParser(("start", "end"))
        self._root: Element | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        self._parser.feed(piece)
        for read in self._parser.read_events():
            event, element = read[0], read[-1]
            if not isinstance(element, Element):
                continue
            if self._root is None:
                self._root = element
            elif event == "end" and element.tag in self._tags:
                self._take(element)
                self._root.clear()

    def close(self) -> None:
        """End the document."""
        self._parser.close()


class PrimaryReader:
    """Reads ``primary.xml`` of an RPM repository.

    Packages say themselves which project they hold: ``python3dist(demo) = 1.0``.
    ``python`` is the version (``3.13``) of the Python that counts where a package
    names one. Raises ``xml.etree.ElementTree.ParseError``.
    """

    def __init__(self, maker: CatalogueMaker, *, python: str) -> None:
        self.versions: dict[str, str] = {}
        self._maker = maker
        self._pythons = ("3", python)
        reader = _PackagesReader((f"{_COMMON}package",), self._take)
        self.feed, self.close = reader.feed, reader.close

    def _take(self, element: Element) -> None:
        package = element.findtext(f"{_COMMON}name") or ""
        version = element.find(f"{_COMMON}version")
        if version is not None:
            epoch = version.get("epoch", "0")
            label = f"{version.get('ver', '')}-{version.get('rel', '')}"
            self.versions[package] = label if epoch == "0" else f"{epoch}:{label}"
        for entry in element.iter(f"{_RPM}entry"):
            match = _PROVIDES.fullmatch(entry.get("name", ""))
            # Only what is provided has one exact version.
            provided = entry.get("flags") == "EQ"
            if match and provided and match["python"] in self._pythons:
                self._maker.add_project(match["name"], entry.get("ver", ""), package)
        for file in element.iter(f"{_COMMON}file"):
            self._maker.add((file.text or "").lstrip("/"), (package,))


class RpmFilesReader:
    """Gives ``taker`` the files of packages that either of the two lists has.

    Raises ``xml.etree.ElementTree.ParseError``.
    """

    def __init__(self, taker: FileTaker) -> None:
        self._taker = taker
        reader = _PackagesReader(
            (f"{_COMMON}package", f"{_FILELISTS}package"), self._take
        )
        self.feed, self.close = reader.feed, reader.close

    def _take(self, element: Element) -> None:
        space, _, _ = element.tag.rpartition("}")
        package = element.get("name") or element.findtext(f"{_COMMON}name") or ""
        for file in element.iter(f"{space}}}file"):
            # Folders may be those of several packages.
            if file.get("type") != "dir":
                self._taker.add((file.text or "").lstrip("/"), (package,))
