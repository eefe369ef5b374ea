"""Who we are to which server: credentials that never leave their origin."""

import base64
import netrc
from pathlib import Path

from pysetup.edges.urls import Url


class Credentials:
    """User names and passwords, each bound to the origin it was given for.

    They come from URLs that the user wrote (``remember``) and from the ``machine``
    entries of a netrc file; its ``default`` entry would go to every server in
    the world and is not used. Safe to share between threads.
    """

    def __init__(self, netrc_path: Path | None = None) -> None:
        self._netrc_path = netrc_path
        self._machines: dict[str, tuple[str, str]] | None = None
        self._known: dict[tuple[str, str, int], dict[str, tuple[str, str]]] = {}

    def remember(self, url: Url) -> None:
        """Keep the credentials in ``url``, if any, for its origin."""
        if url.username is not None:
            place = self._known.setdefault(url.origin, {})
            place[url.target] = (url.username, url.password)

    def header(self, url: Url) -> str | None:
        """Return the value of ``Authorization`` for ``url``, or None.

        Of several for one origin, the one whose path is most like that of ``url``.
        """
        known = self._known.get(url.origin)
        if known:
            path = max(list(known), key=lambda path: _common(path, url.target))
            user, password = known[path]
        elif found := self._read_netrc().get(url.host):
            user, password = found
        else:
            return None
        token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return f"Basic {token}"

    def _read_netrc(self) -> dict[str, tuple[str, str]]:
        if self._machines is None:
            self._machines = _machines(self._netrc_path)
        return self._machines


def _machines(path: Path | None) -> dict[str, tuple[str, str]]:
    if path is None:
        return {}
    try:
        hosts = netrc.netrc(str(path)).hosts
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        # Not ours to mend; a server that wants a password will say so.
        return {}
    return {
        host.lower(): (login, password or "")
        for host, (login, _, password) in hosts.items()
        if host != "default"
    }


def _common(one: str, other: str) -> int:
    """Count the characters that two paths begin with in common."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
