"""``file:`` URLs answered as a server would: a folder gives its index page."""

import os
from collections.abc import Callable
from io import BytesIO

from pysetup.edges.replies import HttpReply
from pysetup.edges.urls import file_path

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/vnd.pypi.simple.v1+json",
}
_INDEX_PAGES = ("index.html", "index.json")


def file_reply(url: str, *, clock: Callable[[], float]) -> HttpReply:
    """Answer a ``file:`` URL: 200, 403 or 404; raises ``InvalidUrlError``."""
    path = file_path(url)
    if os.path.isdir(path):
        pages = [os.path.join(path, name) for name in _INDEX_PAGES]
        path = next((page for page in pages if os.path.isfile(page)), path)
        url = url if url.endswith("/") else f"{url}/"
    # Only regular files: a pipe or a device would keep us waiting for ever.
    if not os.path.isfile(path):
        return HttpReply(url, 404, {}, body=BytesIO(), clock=clock)
    try:
        stream = open(path, "rb")  # noqa: SIM115 - the reply closes it
    except OSError:
        return HttpReply(url, 403, {}, body=BytesIO(), clock=clock)
    ending = os.path.splitext(path)[1].lower()
    headers = {
        "content-type": _TYPES.get(ending, "application/octet-stream"),
        "content-length": str(os.fstat(stream.fileno()).st_size),
    }
    return HttpReply(url, 200, headers, body=stream, clock=clock)
