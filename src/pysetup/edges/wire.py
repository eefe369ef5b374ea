"""One request on the wire, as a small protocol: the library below can be another."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pysetup.edges.credentials import Account
from pysetup.edges.proxies import Proxy
from pysetup.edges.replies import Body
from pysetup.edges.urls import Url
from pysetup.errors import IntegrityError, UsageError
from pysetup.values import dataclass, field


class WireError(OSError):
    """A request failed before its answer came; ``sent`` if it had left already."""

    def __init__(
        self, reason: str, *, sent: bool = True, wants_proxy_credentials: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.wants_proxy_credentials = wants_proxy_credentials


class CertificateError(IntegrityError):
    """The certificate of a server cannot be verified, so it may be anybody.

    A company's own certificate authority must be known to the system, or be named
    with ``--cert FILE``. A wrong clock or a proxy that reads along are other
    causes. pysetup does not go on without verification.
    """

    code = "PS5202"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(
            f"the certificate of {host} cannot be verified: {reason}",
            facts={"host": host, "because": reason},
            hints=("name the certificate authority with  --cert FILE",),
        )


class CertificateFileError(UsageError):
    """A certificate file or folder that is configured cannot be used.

    ``--cert`` takes a file of certificates in PEM form, or a folder of them as
    ``openssl rehash`` makes it; ``--client-cert`` takes one PEM file that holds
    the certificate and its private key.
    """

    code = "PS2203"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the certificates {path} cannot be used: {reason}",
            facts={"file": path, "because": reason},
            hints=("name another file with  --cert FILE",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How to talk to servers.

    ``timeout`` is in seconds for each step (connecting, waiting for more bytes);
    ``retries`` come on top of the first try; ``environ`` is where the proxy
    variables are looked up; ``cert`` is a PEM file or a folder; hosts in
    ``trusted_hosts`` (``host`` or ``host:port``) may use plain http and need no
    valid certificate; ``netrc`` is the path of a netrc file; ``accounts`` are what is
    configured for single indexes; ``keyring`` is how passwords are looked for beside
    (``pysetup.edges.keyring.PROVIDERS``). An answer that brings less than ``floor``
    bytes a second over a minute is given up; 0 waits as long as bytes come.
    """

    timeout: float = 30.0
    retries: int = 4
    proxy: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    cert: str | None = None
    client_cert: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    netrc: Path | None = None
    accounts: tuple[Account, ...] = ()
    keyring: str = "disabled"
    floor: int = 1024
    user_agent: str = "pysetup"

    def trusts(self, url: Url) -> bool:
        """Tell whether the user vouches for the host of ``url``."""
        names = (url.host, f"{url.host}:{url.port}")
        return any(name.lower().strip("[]") in names for name in self.trusted_hosts)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to exactly one server, complete."""

    url: Url
    method: str
    headers: Mapping[str, str]
    body: bytes | None
    proxy: Proxy | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: Body


class Wire(Protocol):
    """Sends one request once: no redirects, no second try."""

    def exchange(self, outgoing: Outgoing) -> Incoming:
        """Send it; raises ``WireError`` or ``CertificateError``."""
