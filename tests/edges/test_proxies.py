import pytest

from pysetup.edges.proxies import InvalidProxyError, Proxy, choose_proxy
from pysetup.edges.urls import parse_url

INDEX = parse_url("https://index.example:8443/simple/")


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        pytest.param({}, None, id="no variable, no proxy"),
        pytest.param(
            {"HTTPS_PROXY": "http://p:3128"},
            Proxy("http://p:3128/", "HTTPS_PROXY"),
            id="the variable of the scheme",
        ),
        pytest.param(
            {"HTTP_PROXY": "http://p:3128"}, None, id="not the one of another scheme"
        ),
        pytest.param(
            {"https_proxy": "http://low", "HTTPS_PROXY": "http://up"},
            Proxy("http://low/", "https_proxy"),
            id="lower case wins",
        ),
        pytest.param(
            {"ALL_PROXY": "p:1"}, Proxy("http://p:1/", "ALL_PROXY"), id="any scheme"
        ),
        pytest.param(
            {"ALL_PROXY": "http://me:pa%40ss@p"},
            Proxy("http://p/", "ALL_PROXY", "me:pa@ss"),
            id="credentials stand apart",
        ),
        pytest.param(
            {"ALL_PROXY": "socks5h://me:x@p"},
            Proxy("socks5h://p:1080/", "ALL_PROXY", "me:x"),
            id="SOCKS has a port of its own",
        ),
        pytest.param(
            {"ALL_PROXY": "socks5://p:80"},
            Proxy("socks5://p/", "ALL_PROXY"),
            id="SOCKS on a port that is usual for others",
        ),
    ],
)
def test_which_proxy(environ: dict[str, str], proxy: Proxy | None) -> None:
    assert choose_proxy(INDEX, explicit=None, environ=environ) == proxy


def test_an_explicit_proxy_wins() -> None:
    chosen = choose_proxy(
        INDEX, explicit="http://own", environ={"ALL_PROXY": "http://x"}
    )
    assert chosen == Proxy("http://own/", "--proxy")


@pytest.mark.parametrize(
    ("no_proxy", "bypassed"),
    [
        ("*", True),
        ("index.example", True),
        (".example", True),
        ("*.example", True),
        ("other, index.example:8443", True),
        ("index.example:443", False),
        ("dex.example", False),
        ("10.0.0.0/8", False),
        ("", False),
        (".", False),
    ],
)
def test_no_proxy(no_proxy: str, bypassed: bool) -> None:  # noqa: FBT001
    chosen = choose_proxy(INDEX, explicit="http://p", environ={"NO_PROXY": no_proxy})
    assert (chosen is None) is bypassed


@pytest.mark.parametrize(
    ("url", "network"),
    [("http://10.1.2.3/", "10.0.0.0/8"), ("http://[fd00::5]/", "fd00::/8")],
)
def test_no_proxy_takes_networks(url: str, network: str) -> None:
    environ = {"no_proxy": network}
    assert choose_proxy(parse_url(url), explicit="http://p", environ=environ) is None


@pytest.mark.parametrize(
    "text", ["ftp://p:21", "socks6://p:1080", "socks5://", "http://", "http://p:port"]
)
def test_a_proxy_that_cannot_be_used(text: str) -> None:
    with pytest.raises(InvalidProxyError, match="from HTTPS_PROXY"):
        choose_proxy(INDEX, explicit=None, environ={"HTTPS_PROXY": text})
