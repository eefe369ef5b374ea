"""Fetching over a transport: whole small answers, and what a bad status means."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pysetup.edges.replies import BrokenTransferError
from pysetup.errors import NetworkError, redact
from pysetup.index.transport import Request, Transport
from pysetup.values import dataclass

T = TypeVar("T")

OK, PARTIAL, NOT_MODIFIED = 200, 206, 304
ABSENT = (404, 410)
FORBIDDEN = (401, 403)
_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500


class CredentialsNeededError(NetworkError):
    """An index wants to know who asks, or does not let this user in.

    Give user name and password (or a token) in a netrc file, in the variables of a
    named index (``PYSETUP_INDEX_<NAME>_TOKEN``), or in the index URL:
    ``https://user:password@host/simple/``; ``--keyring-provider auto`` looks into a
    keyring. They are sent to that server only, and are never written anywhere. If
    you gave them already, they are wrong, or give no right to this.
    """

    code = "PS4206"
    retryable = False

    def __init__(self, url: str, status: int) -> None:
        super().__init__(
            f"{redact(url)} answers {status}: it does not let you in",
            facts={"url": redact(url), "status": status},
            hints=(
                "put user and password for this host into your netrc file",
                "or look into your keyring:  --keyring-provider auto",
            ),
        )


class BadStatusError(NetworkError):
    """A server answers with an error, or does not have what its index lists.

    Statuses from 500 on are the server's fault, and pysetup has tried several
    times. 404 for a file that a page lists means that the index is out of step
    with its files.
    """

    code = "PS4207"

    def __init__(self, url: str, status: int) -> None:
        super().__init__(
            f"{redact(url)} answers {status}",
            facts={"url": redact(url), "status": status},
            hints=("try again later, or use another index",),
        )
        self.status = status
        self.retryable = status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that has arrived; ``content`` is empty for a status not wanted."""

    status: int
    url: str
    headers: Mapping[str, str]
    content: bytes


def fetch(
    request: Request,
    *,
    transport: Transport,
    limit: int,
    wanted: tuple[int, ...] = (OK,),
    tries: int = 3,
) -> Answer:
    """Send ``request`` and return its whole answer of at most ``limit`` bytes.

    The body is read only if the status is ``wanted``. An answer that breaks off is
    asked for again. Raises ``CredentialsNeededError``, and what the transport raises.
    """

    def once() -> Answer:
        with transport.send(request) as reply:
            if reply.status in FORBIDDEN:
                raise CredentialsNeededError(reply.url, reply.status)
            content = reply.read(limit) if reply.status in wanted else b""
            return Answer(reply.status, reply.url, reply.headers, content)

    return again_if_broken(once, tries=tries)


def again_if_broken(step: Callable[[], T], *, tries: int) -> T:
    """Do ``step``; again if its answer breaks off, at most ``tries`` times in all."""
    for _ in range(tries - 1):
        try:
            return step()
        except BrokenTransferError:
            continue
    return step()
