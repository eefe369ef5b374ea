"""URLs as the network edge needs them: strict parts, their origin, file paths."""

import os
import re
from urllib.parse import unquote, urlsplit

from pysetup.errors import UsageError, redact
from pysetup.late import ipaddress, late_pattern
from pysetup.values import dataclass

# A label of a host name is shorter (RFC 1035, section 2.3.4).
_LABEL = 64
_PORTS = {"http": 80, "https": 443}
_HOST = late_pattern(r"[A-Za-z0-9._-]+", re.ASCII)
# What two URL parsers may read differently is not a URL for us.
_FORBIDDEN = late_pattern(r"[\x00-\x20\x7f-\x9f\\]")
_DRIVE = late_pattern(r"/[A-Za-z][:|]")


class InvalidUrlError(UsageError):
    """A URL cannot be used: it is malformed, or its scheme is not supported.

    pysetup speaks ``https:``, ``http:`` (loopback and trusted hosts only) and
    ``file:``. Blanks and other special characters in it must be percent-encoded,
    also in a user name or a password (``@`` is ``%40``, ``/`` is ``%2F``).
    """

    code = "PS2201"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{redact(url)[:200]!r} cannot be used as a URL: {reason}",
            hints=("write it like  https://host/simple/  or  file:///folder/simple/",),
        )


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL in parts; ``username`` is None without credentials.

    ``host`` is lower case and in ASCII, an IPv6 address without brackets;
    ``target`` is path and query as sent; user name and password are decoded.
    """

    scheme: str
    host: str
    port: int
    target: str
    username: str | None = None
    password: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials are bound to."""
        return (self.scheme, self.host, self.port)

    @property
    def text(self) -> str:
        """The URL without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"

    @property
    def has_usual_port(self) -> bool:
        """Whether the port is the scheme's own."""
        return self.port == _PORTS[self.scheme]

    @property
    def is_loopback(self) -> bool:
        """Whether requests to it stay on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_url(text: str) -> Url:
    """Split an http or https URL; raises ``InvalidUrlError``."""
    if found := _FORBIDDEN.search(text):
        raise InvalidUrlError(text, f"it holds {found[0]!r}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidUrlError(text, str(error)) from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise InvalidUrlError(text, "its scheme is not http, https or file")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(
        scheme,
        _host(text, parts.hostname or ""),
        _PORTS[scheme] if port is None else port,
        target,
        None if parts.username is None else unquote(parts.username),
        unquote(parts.password or ""),
    )


def _host(text: str, host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise InvalidUrlError(text, str(error)) from None
    plain = host.isascii() and all(0 < len(it) < _LABEL for it in host.split("."))
    if not plain:
        # Loaded by Python at its first use: two thousand lines of tables.
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise InvalidUrlError(text, "the host name is malformed") from None
    if not _HOST.fullmatch(host):
        raise InvalidUrlError(text, "the host name is malformed or missing")
    return host.lower()


def is_file_url(text: str) -> bool:
    """Tell whether ``text`` is a ``file:`` URL."""
    return text[:5].lower() == "file:"


def file_path(url: str) -> str:
    """Return the path that a ``file:`` URL means; raises ``InvalidUrlError``."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidUrlError(url, str(error)) from None
    if parts.netloc.lower() not in ("", "localhost"):
        raise InvalidUrlError(url, "a file URL names no other machine")
    path = unquote(parts.path, errors="surrogateescape")
    if "\0" in path or not path.startswith("/"):
        raise InvalidUrlError(url, "it has no absolute path")
    if os.name == "nt" and _DRIVE.match(path):  # pragma: no cover - Windows
        path = path[1] + ":" + path[3:]
    return path
