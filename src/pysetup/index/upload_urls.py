"""Where to upload to, and where the result can be seen, from one URL of an index."""

from urllib.parse import urlsplit, urlunsplit

from pysetup.values import dataclass

PYPI_UPLOAD = "https://upload.pypi.org/legacy/"
_PYPI_SIMPLE = "https://pypi.org/simple/"

# Indexes whose two addresses do not follow from each other.
_KNOWN = {
    ("pypi.org", "simple"): PYPI_UPLOAD,
    ("upload.pypi.org", "legacy"): _PYPI_SIMPLE,
}


@dataclass(frozen=True, slots=True)
class UploadUrls:
    """``upload`` takes files; ``simple`` is the simple API, empty if unknown.

    Both keep the credentials of the URL they were made from, on its own host only.
    """

    upload: str
    simple: str

    @property
    def is_one_server(self) -> bool:
        """Whether both are the same server, so that it may know who is asking."""
        return urlsplit(self.upload)[:2] == urlsplit(self.simple)[:2]


def upload_urls(url: str | None) -> UploadUrls:
    """Return both addresses of the index at ``url``, PyPI's if it is None.

    ``url`` may end in ``/simple/`` or in ``/legacy/``, or be a bare host; of any
    other one only the upload address is known, and it is ``url`` itself.
    """
    parts = urlsplit(url or PYPI_UPLOAD)
    base, _, last = parts.path.rstrip("/").rpartition("/")
    host = (parts.hostname or "").lower()
    known = _KNOWN.get((host, last)) if not base else None

    def beside(name: str) -> str:
        place = (parts.scheme, parts.netloc, f"{base}/{name}/", "", "")
        return urlunsplit(place)

    if last == "simple":
        return UploadUrls(known or beside("legacy"), beside("simple"))
    if last == "legacy":
        return UploadUrls(beside("legacy"), known or beside("simple"))
    if not last:
        return UploadUrls(urlunsplit((*parts[:2], "/", "", "")), beside("simple"))
    return UploadUrls(urlunsplit((*parts[:4], "")), "")
