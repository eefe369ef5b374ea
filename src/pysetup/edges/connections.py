"""The wire over urllib3: connection pools, TLS contexts, proxies.

Imported only when a request leaves the machine.
"""

import os
import ssl
import threading
from importlib.util import find_spec

import truststore
import urllib3
import urllib3.exceptions as failures

from pysetup.edges.patience import pool_classes
from pysetup.edges.proxies import InvalidProxyError, Proxy
from pysetup.edges.wire import (
    CertificateError,
    CertificateFileError,
    HttpSettings,
    Incoming,
    Outgoing,
    WireError,
)

_POOLS = 32
_CONNECTIONS = 10
# Reading so little to its end is cheaper than a new TLS connection.
_DRAINED = 16 * 1024


class Connections:
    """Pools of connections by proxy and by trust; safe to share between threads."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, bool, bool], urllib3.PoolManager] = {}

    def exchange(self, outgoing: Outgoing) -> Incoming:
        """Send ``outgoing`` once; raises ``WireError`` or ``CertificateError``."""
        try:
            response = self._pool(outgoing).urlopen(
                outgoing.method,
                outgoing.url.text,
                headers=outgoing.headers,
                body=outgoing.body,
                timeout=urllib3.Timeout(self._settings.timeout),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
        except (failures.HTTPError, OSError, ValueError) as error:
            _raise_certificate_fault(error, outgoing.url.host)
            unsent = isinstance(error, failures.ConnectTimeoutError)
            raise WireError(
                self._reason(error),
                sent=not unsent,
                wants_proxy_credentials=_is_refused_by_proxy(error),
            ) from None
        headers = {name.lower(): text for name, text in response.headers.items()}
        body = _ResponseBody(response, timeout=self._settings.timeout)
        return Incoming(response.status, headers, body)

    def _pool(self, outgoing: Outgoing) -> urllib3.PoolManager:
        proxy = outgoing.proxy
        trusted = self._settings.trusts(outgoing.url)
        # To read all certificates takes longer than to ask for a dozen of pages.
        plain = proxy is None and outgoing.url.scheme == "http"
        key = (f"{proxy.credentials}@{proxy.url}" if proxy else "", trusted, plain)
        with self._lock:
            if key not in self._pools:
                context = None
                if not plain:
                    context = _tls_context(self._settings, verified=not trusted)
                self._pools[key] = self._make_pool(proxy, context)
            return self._pools[key]

    def _make_pool(
        self, proxy: Proxy | None, context: ssl.SSLContext | None
    ) -> urllib3.PoolManager:
        pool: urllib3.PoolManager
        if proxy is None:
            pool = urllib3.PoolManager(
                _POOLS, maxsize=_CONNECTIONS, ssl_context=context
            )
        elif proxy.is_socks:
            return _socks_pool(proxy, context)
        else:
            pool = urllib3.ProxyManager(
                proxy.url,
                _POOLS,
                maxsize=_CONNECTIONS,
                ssl_context=context,
                proxy_ssl_context=_tls_context(self._settings, verified=True),
                proxy_headers=urllib3.make_headers(
                    proxy_basic_auth=proxy.credentials or None
                ),
            )
        # Connecting and waiting have a time-out each; so have the headers in all.
        pool.pool_classes_by_scheme = pool_classes(2 * self._settings.timeout)
        return pool

    def _reason(self, error: Exception) -> str:  # noqa: PLR0911 - one return a cause
        """Say in plain words why no answer came; no URL in it, so no secret."""
        if isinstance(error, failures.ProxyError):
            inner = error.original_error
            return f"the proxy failed: {self._reason(inner)}"
        if isinstance(error, failures.NameResolutionError):
            return "the host name cannot be resolved"
        if isinstance(error, failures.ConnectTimeoutError) and not isinstance(
            error, failures.NewConnectionError
        ):
            return f"no connection within {self._settings.timeout:g} s"
        if isinstance(error, (failures.ReadTimeoutError, TimeoutError)):
            return f"no answer within {self._settings.timeout:g} s"
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLError):
                return f"TLS failed: {cause.reason or 'the connection was closed'}"
            if isinstance(cause, OSError) and cause.strerror:
                return cause.strerror.lower()
        return "the connection was closed without an answer"


class _ResponseBody:
    """The body of a urllib3 response; failures become ``WireError``."""

    def __init__(self, response: urllib3.BaseHTTPResponse, *, timeout: float) -> None:
        self._response = response
        self._timeout = timeout

    def read1(self, amount: int) -> bytes:
        try:
            return self._response.read1(amount, decode_content=False) or b""
        except failures.ReadTimeoutError:
            raise WireError(f"no more bytes for {self._timeout:g} s") from None
        except (failures.HTTPError, OSError, ValueError):
            raise WireError("the connection was lost") from None

    def close(self) -> None:
        """Give the connection back, or close it if much of the body was not read."""
        response = self._response
        left = getattr(response, "length_remaining", None)
        if left is not None and left <= _DRAINED:
            response.drain_conn()
        else:
            response.close()
        response.release_conn()


def _causes(error: BaseException) -> list[BaseException]:
    """Return ``error`` and what it wraps, outermost first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [*item.args, item.__cause__, item.__context__]
    return found


def _raise_certificate_fault(error: Exception, host: str) -> None:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise CertificateError(host, cause.verify_message) from None


def _is_refused_by_proxy(error: Exception) -> bool:
    """Tell whether a proxy would not open a tunnel without credentials."""
    refusal = "Tunnel connection failed: 407"
    return any(str(cause).startswith(refusal) for cause in _causes(error))


def _socks_pool(proxy: Proxy, context: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Return connections through a SOCKS proxy; raises ``InvalidProxyError``."""
    if find_spec("socks") is None:
        reason = "SOCKS needs the package PySocks beside pysetup"
        raise InvalidProxyError(proxy.url, proxy.source, reason)
    from urllib3.contrib.socks import SOCKSProxyManager

    user, _, password = proxy.credentials.partition(":")
    return SOCKSProxyManager(
        proxy.url.rstrip("/"),
        username=user or None,
        password=password or None,
        num_pools=_POOLS,
        maxsize=_CONNECTIONS,
        ssl_context=context,
    )


def _tls_context(settings: HttpSettings, *, verified: bool) -> ssl.SSLContext:
    """Make a TLS context; raises ``CertificateFileError``."""
    context: ssl.SSLContext
    path = settings.cert
    try:
        if not verified:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            # The user has vouched for the host; nobody needs to hear it each time.
            urllib3.disable_warnings(failures.InsecureRequestWarning)
        elif path is None:
            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        elif os.path.isdir(path):
            context = ssl.create_default_context(capath=path)
            context.hostname_checks_common_name = False
        else:
            context = ssl.create_default_context(cafile=path)
            context.hostname_checks_common_name = False
        path = settings.client_cert
        if path is not None:
            context.load_cert_chain(path)
    except (OSError, ssl.SSLError) as error:
        raise CertificateFileError(str(path), error.strerror or str(error)) from None
    return context
