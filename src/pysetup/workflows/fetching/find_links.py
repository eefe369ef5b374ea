"""Find-links: archives in folders, on single pages, or named one by one."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from pysetup.edges.urls import file_path, is_file_url
from pysetup.errors import redact
from pysetup.index.model import PAGE_LIMIT, File, archive_version, is_archive_name
from pysetup.index.simple_html import parse_links
from pysetup.index.transport import Request, Transport
from pysetup.index.urls import last_segment
from pysetup.late import html
from pysetup.workflows.fetching.fetch import ABSENT, OK, BadStatusError, fetch

_PAGE_ENDINGS = (".html", ".htm")


class FindLinks:
    """The archives behind ``--find-links``; each place is looked at once.

    ``places`` are paths (relative ones start from ``directory``) or URLs. A place
    that is not there is told, and otherwise ignored. Safe to share between threads.
    """

    def __init__(
        self,
        places: Sequence[str],
        *,
        directory: Path,
        transport: Transport,
        tell: Callable[[str], None],
    ) -> None:
        self._places = tuple(places)
        self._directory = directory
        self._transport = transport
        self._tell = tell
        self._lock = threading.Lock()
        self._files: tuple[File, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no places were named."""
        return not self._places

    def files(self, project: str) -> tuple[File, ...]:
        """Return the archives of ``project`` (normalised), in the order of places.

        Raises ``InvalidPageError`` and what the transport raises.
        """
        with self._lock:
            if self._files is None:
                self._files = tuple(
                    file for place in self._places for file in self._look(place)
                )
        return tuple(
            file
            for file in self._files
            if archive_version(file.filename, project=project) is not None
        )

    def _look(self, place: str) -> tuple[File, ...]:
        if is_file_url(place):
            return self._look_at_path(Path(file_path(place)), place)
        if place[:8].lower().startswith(("http://", "https://")):
            return self._look_at_url(place)
        expanded = os.path.expanduser(place)
        return self._look_at_path(self._directory / expanded, place)

    def _look_at_path(self, path: Path, place: str) -> tuple[File, ...]:
        if path.is_dir():
            return tuple(
                _local_file(entry)
                for entry in sorted(path.iterdir())
                if is_archive_name(entry.name) and entry.is_file()
            )
        if path.is_file() and is_archive_name(path.name):
            return (_local_file(path),)
        if path.is_file() and path.name.lower().endswith(_PAGE_ENDINGS):
            return self._read_page(path.absolute().as_uri())
        self._tell(
            f"--find-links {redact(place)} is ignored:"
            " it is no folder, no archive and no page"
        )
        return ()

    def _look_at_url(self, url: str) -> tuple[File, ...]:
        if is_archive_name(last_segment(url)):
            return parse_links(f'<a href="{html.escape(url)}">'.encode(), url=url)
        return self._read_page(url)

    def _read_page(self, url: str) -> tuple[File, ...]:
        headers = {"accept": "text/html", "accept-encoding": "gzip"}
        request = Request(url, headers=headers)
        answer = fetch(request, transport=self._transport, limit=PAGE_LIMIT)
        if answer.status in ABSENT:
            self._tell(f"--find-links {redact(url)} is ignored: it is not there")
            return ()
        if answer.status != OK:
            raise BadStatusError(answer.url, answer.status)
        return parse_links(answer.content, url=answer.url)


def _local_file(path: Path) -> File:
    return File(path.name, path.absolute().as_uri(), size=path.stat().st_size)
