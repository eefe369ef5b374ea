"""What talking to an index needs of the network, as a small protocol."""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from pysetup.errors import NetworkError, redact
from pysetup.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``body`` is sent as it is, headers are not changed."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Reply(Protocol):
    """An answer whose body is still on its way; close it, or use it in ``with``.

    ``url`` is the one that answered, after redirects; header names are lower case.
    """

    status: int
    url: str
    headers: Mapping[str, str]

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces, undecoded."""

    def read(self, limit: int) -> bytes:
        """Return the whole body; raises ``IntegrityError`` beyond ``limit`` bytes."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Transport(Protocol):
    """Sends requests to ``https:``, loopback ``http:`` and ``file:`` URLs.

    Redirects, retries, proxies, certificates and credentials are its business; an
    answer of any status is returned, a failure to get one raises ``NetworkError``.
    """

    def send(self, request: Request) -> Reply:
        """Send ``request`` and return the answer."""


class OfflineError(NetworkError):
    """Something is needed from the network, but pysetup was told to stay offline.

    With ``--offline`` only the cache, ``file:`` indexes and local folders are used.
    Run once without it, or name a folder with the missing files by
    ``--find-links DIR``.
    """

    code = "PS4204"
    retryable = False

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{redact(what)} is not on this machine, and --offline forbids to fetch it",
            facts={"needed": redact(what)},
            hints=("run once without --offline", "or name a folder: --find-links DIR"),
        )


class OfflineTransport:
    """A transport that answers ``file:`` URLs and refuses everything else."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, request: Request) -> Reply:
        """Send ``request`` to a file; raises ``OfflineError`` for any other URL."""
        if request.url[:5].lower() != "file:":
            raise OfflineError(request.url)
        return self._transport.send(request)
