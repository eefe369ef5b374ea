"""What talking to an index needs of the network, as a small protocol."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self


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
