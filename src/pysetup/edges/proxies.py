"""Which proxy a request goes through, from an option or the usual variables."""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pysetup.edges.urls import InvalidUrlError, Url, parse_url
from pysetup.errors import UsageError, redact
from pysetup.late import ipaddress
from pysetup.values import dataclass

_SOCKS = ("socks5://", "socks5h://", "socks4://", "socks4a://")
_SOCKS_PORT = 1080


class InvalidProxyError(UsageError):
    """The proxy that is configured cannot be used.

    A proxy is written ``http://[user:password@]host:port`` (or ``https://``), in
    ``--proxy`` or in HTTP_PROXY, HTTPS_PROXY, ALL_PROXY; NO_PROXY lists hosts
    that are reached without one. ``socks5://`` and ``socks5h://`` (the proxy looks up
    names), ``socks4://`` and ``socks4a://`` need the package PySocks beside pysetup.
    """

    code = "PS2202"

    def __init__(self, proxy: str, source: str, reason: str = "") -> None:
        named = f"the proxy {redact(proxy)[:200]!r} (from {source})"
        super().__init__(
            f"{named} cannot be used{f': {reason}' if reason else ''}",
            facts={"proxy": redact(proxy), "from": source},
            hints=(
                "install it with that:  pysetup[socks]"
                if reason
                else "write it as  http://host:port",
                "or name hosts in NO_PROXY",
            ),
        )


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its URL, who asks for it, and ``user:password`` or an empty text."""

    url: str
    source: str
    credentials: str = ""

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, not HTTP."""
        return self.url.startswith(_SOCKS)


def choose_proxy(
    url: Url, *, explicit: str | None, environ: Mapping[str, str]
) -> Proxy | None:
    """Return the proxy for ``url``; raises ``InvalidProxyError``.

    ``explicit`` wins over the variables in ``environ``; NO_PROXY holds for both.
    """
    if _bypassed(url, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    if explicit:
        return _parse(explicit, "--proxy")
    for stem in (f"{url.scheme}_proxy", "all_proxy"):
        for variable in (stem, stem.upper()):
            if value := environ.get(variable):
                return _parse(value, variable)
    return None


def _parse(text: str, source: str) -> Proxy:
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower() if separator else "http"
    rest = rest if separator else text
    is_socks = f"{scheme}://" in _SOCKS
    # SOCKS has the same parts as http, and nothing else of it.
    whole = f"{'http' if is_socks else scheme}://{rest}"
    try:
        url = parse_url(whole)
        parts = urlsplit(whole)
    except InvalidUrlError:
        raise InvalidProxyError(text, source) from None
    credentials = ""
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    port = _SOCKS_PORT if is_socks and parts.port is None else url.port
    bare = Url(url.scheme, url.host, port, "/").text
    if is_socks:
        bare = f"{scheme}://{bare.partition('://')[2]}"
    return Proxy(bare, source, credentials)


def _bypassed(url: Url, no_proxy: str) -> bool:
    return any(_matches(url, entry) for entry in no_proxy.replace(",", " ").split())


def _matches(url: Url, entry: str) -> bool:
    """Match one word of NO_PROXY: ``*``, a host or domain, ``:port``, a network."""
    if entry == "*":
        return True
    if "/" in entry or entry.count(":") > 1:
        try:
            network = ipaddress.ip_network(entry.strip("[]"), strict=False)
            return ipaddress.ip_address(url.host) in network
        except ValueError:
            return False
    host, colon, port = entry.lower().partition(":")
    if colon and port != str(url.port):
        return False
    host = host.lstrip("*").lstrip(".")
    return bool(host) and (url.host == host or url.host.endswith(f".{host}"))
