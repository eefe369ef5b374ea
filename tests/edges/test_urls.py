from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.edges.urls import InvalidUrlError, file_path, parse_url
from pysetup.errors import redact


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        pytest.param(
            "https://Host.example/a?b=c#d",
            ("https", "host.example", 443),
            "/a?b=c",
            id="host in lower case, default port, no fragment",
        ),
        pytest.param(
            "http://127.0.0.1:8080",
            ("http", "127.0.0.1", 8080),
            "/",
            id="no path is the root",
        ),
        pytest.param(
            "http://[::1]:80/x", ("http", "::1", 80), "/x", id="IPv6 loses brackets"
        ),
        pytest.param(
            "https://bücher.example/",
            ("https", "xn--bcher-kva.example", 443),
            "/",
            id="names beyond ASCII are encoded",
        ),
    ],
)
def test_a_url_in_parts(text: str, origin: tuple[str, str, int], target: str) -> None:
    url = parse_url(text)
    assert url.origin == origin
    assert url.target == target
    assert parse_url(url.text) == url


def test_credentials_are_decoded_and_left_out_of_the_text() -> None:
    url = parse_url("https://me%40home:p%2Fw@host/simple/")
    assert (url.username, url.password) == ("me@home", "p/w")
    assert url.text == "https://host/simple/"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ftp://host/", id="another scheme"),
        pytest.param("host/simple", id="no scheme"),
        pytest.param("https:///simple", id="no host"),
        pytest.param("https://host:99999/", id="a port beyond 65535"),
        pytest.param("https://ho st/", id="a blank"),
        pytest.param("https://evil\\@host/", id="a backslash"),
        pytest.param("https://host/\r\nX: y", id="a line break"),
        pytest.param("https://[::1/", id="half an IPv6 address"),
        pytest.param("https://a%00b/", id="an encoded NUL in the host"),
    ],
)
def test_what_two_parsers_might_read_differently_is_refused(text: str) -> None:
    with pytest.raises(InvalidUrlError):
        parse_url(text)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost/", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]/", True),
        ("http://localhost.example/", False),
        ("http://10.0.0.1/", False),
        ("http://0.0.0.0/", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:  # noqa: FBT001
    assert parse_url(url).is_loopback is loopback


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@host/x", "https://***@host/x"),
        ("https://token@host/x", "https://***@host/x"),
        ("https://host/x?X-Signature=secret", "https://host/x?***"),
        ("https://host/x#sha256=00", "https://host/x"),
        ("https://user:sec/ret@host/x", "https://***@host/x"),
        ("https://host:8080/a@b/c", "https://host:8080/a@b/c"),
        ("https://host/a@b/c", "https://host/a@b/c"),
        ("file:///a/b", "file:///a/b"),
        ("just text", "just text"),
    ],
)
def test_redacted_urls_hold_no_secret(url: str, shown: str) -> None:
    assert redact(url) == shown


@pytest.mark.law
@given(st.text(alphabet="abcXYZ019._~-", min_size=1))
def test_a_password_never_survives_redaction(password: str) -> None:
    secret = f"<{password}>"
    assert secret not in redact(f"https://user:{secret}@host/simple/")


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a b%ü"
    assert file_path(path.as_uri()) == str(path)


@pytest.mark.parametrize(
    "url", ["file://host/x", "file:x", "file:///a%00b", "file://[/x"]
)
def test_file_urls_that_name_no_file_here(url: str) -> None:
    with pytest.raises(InvalidUrlError):
        file_path(url)


@pytest.mark.law
@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_clear_error(text: str) -> None:
    for reader in (parse_url, file_path):
        with suppress(InvalidUrlError):
            reader(text)
