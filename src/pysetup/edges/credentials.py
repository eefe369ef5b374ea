"""Who we are to which server: credentials that never leave their origin."""

from collections.abc import Sequence
from pathlib import Path

from pysetup.edges.keyring import Keyring
from pysetup.edges.urls import Url
from pysetup.late import base64, netrc
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """What is configured for one index: where to look, and what was given for it.

    ``auth`` is ``netrc``, ``keyring``, ``env`` or ``none``, empty for every place;
    ``username`` is None where nothing was given.
    """

    url: Url
    auth: str = ""
    username: str | None = None
    password: str = ""


class Credentials:
    """User names and passwords, each bound to the origin it was given for.

    They come from URLs that the user wrote (``remember``), from ``accounts``, from the
    ``machine`` entries of a netrc file, and from the keyring, which is asked only by a
    server that refused what there was before; netrc's ``default`` entry would go to
    every server in the world and is not used. Safe to share between threads.
    """

    def __init__(
        self,
        netrc_path: Path | None = None,
        *,
        accounts: Sequence[Account] = (),
        keyring: Keyring | None = None,
    ) -> None:
        self._netrc_path = netrc_path
        self._machines: dict[str, tuple[str, str]] | None = None
        self._known: dict[tuple[str, str, int], dict[str, tuple[str, str]]] = {}
        self._auth: dict[tuple[str, str, int], str] = {}
        self._keyring = keyring
        for account in accounts:
            if account.auth:
                self._auth[account.url.origin] = account.auth
            if account.username is not None and account.auth in ("", "env"):
                place = self._known.setdefault(account.url.origin, {})
                place[account.url.target] = (account.username, account.password)

    def remember(self, url: Url) -> None:
        """Keep the credentials in ``url``, if any, for its origin."""
        if url.username is not None:
            place = self._known.setdefault(url.origin, {})
            place[url.target] = (url.username, url.password)

    def header(self, url: Url) -> str | None:
        """Return the value of ``Authorization`` for ``url``, or None.

        Of several for one origin, the one whose path is most like that of ``url``.
        """
        auth = self._auth.get(url.origin, "")
        if auth == "none":
            return None
        known = self._given(url)
        if known is None and auth in ("", "netrc"):
            known = self._read_netrc().get(url.host)
        return None if known is None else _basic(*known)

    def another_header(self, url: Url, refused: str | None) -> str | None:
        """Return what else to try on ``url``, which did not take ``refused``.

        None if there is nothing else: the keyring knows no password, or the same.
        """
        auth = self._auth.get(url.origin, "")
        if self._keyring is None or auth not in ("", "keyring"):
            return None
        known = self._given(url)
        if known is not None and known[1]:
            return None  # who gave a password means that one
        found = self._keyring.find(url, None if known is None else known[0])
        if found is None or _basic(*found) == refused:
            return None
        self._known.setdefault(url.origin, {})[url.target] = found
        return _basic(*found)

    def _given(self, url: Url) -> tuple[str, str] | None:
        known = self._known.get(url.origin)
        if not known:
            return None
        return known[max(list(known), key=lambda path: _common(path, url.target))]

    def _read_netrc(self) -> dict[str, tuple[str, str]]:
        if self._machines is None:
            self._machines = _machines(self._netrc_path)
        return self._machines


def _basic(user: str, password: str) -> str:
    token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return f"Basic {token}"


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
