"""The network: redirects, retries and credentials over one wire, and files.

The wire (urllib3, truststore, ssl) is imported when the first request leaves the
machine, so that commands which need no network do not pay for it.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urljoin

from pysetup.edges.credentials import Credentials
from pysetup.edges.file_replies import file_reply
from pysetup.edges.keyring import Keyring, keyring_command
from pysetup.edges.proxies import Proxy, choose_proxy
from pysetup.edges.replies import HttpReply
from pysetup.edges.urls import InvalidUrlError, Url, is_file_url, parse_url
from pysetup.edges.wire import HttpSettings, Incoming, Outgoing, Wire, WireError
from pysetup.errors import IntegrityError, NetworkError, redact

__all__ = [
    "HttpSettings",
    "HttpTransport",
    "InsecureUrlError",
    "ProxyCredentialsError",
    "RedirectRefusedError",
    "UnreachableError",
]

MAX_REDIRECTS = 10
# No new try begins when one answer has taken so many time-outs, or seconds.
DEADLINE_TIMEOUTS = 4
DEADLINE_SECONDS = 60.0
LONGEST_WAIT = 30.0
_FIRST_WAIT = 0.5
_ANNOUNCED_AFTER = 3.0
_UNAUTHORIZED, _PROXY_UNAUTHORIZED = 401, 407
_REDIRECTS = (301, 302, 303, 307, 308)
_WORTH_ANOTHER_TRY = (429, 500, 502, 503, 504)
_SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")


class UnreachableError(NetworkError):
    """An index cannot be reached: no server, no network, a proxy, or a time-out.

    The facts say how often and how long pysetup tried, and what went wrong last.
    Check the URL, the network and the proxy variables; ``--timeout`` and
    ``--retries`` give a slow server more patience. With ``--offline`` pysetup
    uses only what is in its cache and in local folders.
    """

    code = "PS4001"

    def __init__(self, url: str, *, reason: str, tries: int, seconds: float) -> None:
        super().__init__(
            f"cannot reach index {redact(url)}: {reason}",
            facts={
                "url": redact(url),
                "tried": f"{tries} time{'s' if tries > 1 else ''} in {seconds:.0f} s",
                "because": reason,
            },
            hints=(
                "check the URL, the network and the proxy settings",
                "--offline works with what the cache already holds",
            ),
        )


class InsecureUrlError(IntegrityError):
    """A plain http URL names another machine; anybody on the way could change it.

    Use https. If this very host is to be trusted all the same, say so with
    ``--trusted-host HOST``. Plain http to this machine itself is always allowed.
    """

    code = "PS5201"

    def __init__(self, url: Url) -> None:
        super().__init__(
            f"{redact(url.text)} is plain http, which protects nothing on the way",
            facts={"url": redact(url.text)},
            hints=("use https", f"or insist:  --trusted-host {url.host}"),
        )


class RedirectRefusedError(IntegrityError):
    """A server sends pysetup on to a place where it must not go.

    Redirects may not leave https for http, may not lead to files of this
    machine or to other schemes, and at most 10 are followed.
    """

    code = "PS5205"

    def __init__(self, url: str, target: str, reason: str) -> None:
        super().__init__(
            f"{redact(url)} redirects to {redact(target)[:200]}: {reason}",
            facts={"url": redact(url), "target": redact(target)[:200]},
            hints=("name the final address yourself if you trust it",),
        )


class ProxyCredentialsError(NetworkError):
    """A proxy wants to know who asks, or does not let this user through.

    Give user name and password in the proxy's URL, percent-encoded:
    ``http://user:password@host:port``, in ``--proxy`` or HTTPS_PROXY. They go to
    the proxy only.
    """

    code = "PS4208"
    retryable = False

    def __init__(self, url: str, proxy: Proxy | None) -> None:
        place = f"the proxy {proxy.url} (from {proxy.source})" if proxy else "a proxy"
        super().__init__(
            f"{place} answers 407: it does not let you through to {redact(url)}",
            facts={"url": redact(url), "proxy": proxy.url if proxy else ""},
            hints=("write it as  http://user:password@host:port",),
        )


class Sendable(Protocol):
    """A request, as the index room describes it."""

    @property
    def url(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes | None: ...


def urllib3_wire(settings: HttpSettings) -> Wire:
    """Return the real wire, importing what it needs."""
    from pysetup.edges.connections import Connections

    return Connections(settings)


class HttpTransport:
    """Sends requests to https, to loopback or trusted http, and to ``file:`` URLs.

    ``tell`` hears of waits that last; ``sleep`` and ``clock`` (seconds, monotonic)
    are arguments so that patience can be tried without waiting. Safe to share
    between threads.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        tell: Callable[[str], None] = lambda _: None,
        wire: Callable[[HttpSettings], Wire] = urllib3_wire,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._make_wire = wire
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._made_wire: Wire | None = None
        self._credentials = Credentials(
            settings.netrc, accounts=settings.accounts, keyring=_keyring(settings)
        )

    def send(self, request: Sendable) -> HttpReply:
        """Send ``request``, follow redirects, return the answer whatever its status.

        Raises ``UnreachableError``, ``InsecureUrlError``, ``RedirectRefusedError``,
        ``CertificateError`` or ``InvalidUrlError``.
        """
        if is_file_url(request.url):
            return file_reply(request.url, clock=self._clock)
        url = start = parse_url(request.url)
        self._credentials.remember(url)
        for _ in range(MAX_REDIRECTS + 1):
            if url.scheme == "http" and not self._may_be_plain(url):
                raise InsecureUrlError(url)
            incoming = self._known_answer(url, request, own=url.origin == start.origin)
            target = incoming.headers.get("location", "")
            if not _is_redirect(incoming.status, request.method) or not target:
                return HttpReply(
                    url.text,
                    incoming.status,
                    incoming.headers,
                    body=incoming.body,
                    clock=self._clock,
                    floor=self._settings.floor,
                )
            incoming.body.close()
            url = self._redirected(url, target)
        reason = f"more than {MAX_REDIRECTS} redirects"
        raise RedirectRefusedError(start.text, url.text, reason)

    def _may_be_plain(self, url: Url) -> bool:
        return url.is_loopback or self._settings.trusts(url)

    def _redirected(self, url: Url, target: str) -> Url:
        try:
            following = parse_url(urljoin(url.text, target))
        except (InvalidUrlError, ValueError):
            reason = "not a URL to follow"
            raise RedirectRefusedError(url.text, target, reason) from None
        if url.scheme == "https" and following.scheme == "http":
            raise RedirectRefusedError(url.text, target, "from https down to http")
        # A server does not choose our name: only the user's URLs give credentials.
        return Url(following.scheme, following.host, following.port, following.target)

    def _headers(self, request: Sendable, url: Url, *, own: bool) -> dict[str, str]:
        headers = {
            name.lower(): text
            for name, text in request.headers.items()
            if own or name.lower() not in _SECRET_HEADERS
        }
        headers.setdefault("user-agent", self._settings.user_agent)
        headers.setdefault("accept-encoding", "identity")
        if authorization := self._credentials.header(url):
            headers.setdefault("authorization", authorization)
        return headers

    def _known_answer(self, url: Url, request: Sendable, *, own: bool) -> Incoming:
        """Get an answer; again with another password if it wants to know who asks."""
        headers = self._headers(request, url, own=own)
        incoming = self._answer(url, request, headers)
        if incoming.status == _UNAUTHORIZED and own:
            refused = headers.get("authorization")
            if another := self._credentials.another_header(url, refused):
                incoming.body.close()
                return self._answer(url, request, {**headers, "authorization": another})
        return incoming

    def _answer(
        self, url: Url, request: Sendable, headers: Mapping[str, str]
    ) -> Incoming:
        """Get an answer with patience; the last one if none is a success."""
        settings = self._settings
        proxy = choose_proxy(url, explicit=settings.proxy, environ=settings.environ)
        outgoing = Outgoing(url, request.method, headers, request.body, proxy)
        repeatable = request.method in ("GET", "HEAD")
        deadline = max(DEADLINE_SECONDS, DEADLINE_TIMEOUTS * settings.timeout)
        started, tries = self._clock(), 0
        while True:
            tries += 1
            incoming, reason = None, ""
            try:
                incoming = self._wire().exchange(outgoing)
                if incoming.status == _PROXY_UNAUTHORIZED:
                    incoming.body.close()
                    raise ProxyCredentialsError(url.text, proxy)
                reason = f"it answers {incoming.status}"
                done = incoming.status not in _WORTH_ANOTHER_TRY or not repeatable
                wait = max(_asked_wait(incoming.headers), _back_off(tries))
            except WireError as error:
                if error.wants_proxy_credentials:
                    raise ProxyCredentialsError(url.text, proxy) from None
                reason = _with_proxy(error.reason, proxy)
                done = error.sent and not repeatable
                wait = _back_off(tries)
            passed = self._clock() - started
            late = passed + wait > deadline
            if done or late or tries > settings.retries:
                if incoming is not None:
                    return incoming
                raise UnreachableError(
                    url.text, reason=reason, tries=tries, seconds=passed
                )
            if incoming is not None:
                incoming.body.close()
            if passed + wait >= _ANNOUNCED_AFTER:
                self._tell(
                    f"waiting {wait:.0f} s for {url.host}: {reason}; "
                    f"--retries N says how often to try (now {settings.retries})"
                )
            self._sleep(wait)

    def _wire(self) -> Wire:
        with self._lock:
            if self._made_wire is None:
                self._made_wire = self._make_wire(self._settings)
            return self._made_wire


def _keyring(settings: HttpSettings) -> Keyring | None:
    command = keyring_command(settings.keyring, settings.environ)
    if not command:
        return None
    services = [account.url.text for account in settings.accounts]
    return Keyring(command, services=services, environ=settings.environ)


def _is_redirect(status: int, method: str) -> bool:
    if method in ("GET", "HEAD"):
        return status in _REDIRECTS
    # Another method may be repeated elsewhere only when the server says so.
    return status in (307, 308)


def _with_proxy(reason: str, proxy: Proxy | None) -> str:
    return (
        f"{reason} (through proxy {proxy.url} from {proxy.source})" if proxy else reason
    )


def _back_off(tries: int) -> float:
    """Return the seconds to wait after ``tries`` tries: 0.5, 1, 2, 4, ..."""
    return min(_FIRST_WAIT * 2.0 ** (tries - 1), LONGEST_WAIT)


def _asked_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110), or 0.

    A date is compared with the server's own ``Date``, so that clocks need not agree.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked[:9])
    if not asked:
        return 0.0
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(asked)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return 0.0
