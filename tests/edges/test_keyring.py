"""Passwords out of a keyring: asked for by the server that refuses, and only then."""

import base64
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.credentials import Account, Credentials
from pysetup.edges.http import HttpSettings, HttpTransport, ProxyCredentialsError
from pysetup.edges.keyring import Keyring, keyring_command, run_keyring
from pysetup.edges.urls import parse_url
from pysetup.index.transport import Request

INDEX = "https://index.example/simple/"
URL = parse_url(INDEX + "demo/")


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


class FakeKeyring:
    """Answers by the words after ``get``, and remembers what it was asked."""

    def __init__(self, answers: Mapping[tuple[str, ...], str]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, words: Sequence[str], environ: Mapping[str, str]) -> str | None:
        del environ
        asked = tuple(words[list(words).index("get") + 1 :])
        self.asked.append(asked)
        return self.answers.get(asked)


def keyring(fake: FakeKeyring) -> Keyring:
    return Keyring(["keyring"], services=[INDEX], environ={}, ask=fake)


@pytest.mark.parametrize(
    ("answers", "username", "found"),
    [
        ({(INDEX, "me"): "secret"}, "me", ("me", "secret")),
        ({("index.example", "me"): "secret"}, "me", ("me", "secret")),
        ({(INDEX, "other"): "secret"}, "me", None),
        ({(INDEX,): '{"username": "u", "password": "p"}'}, None, ("u", "p")),
        ({(INDEX,): "plain text"}, None, None),
        ({}, None, None),
        ({(INDEX, "--mode"): "secret"}, "--mode", None),
    ],
)
def test_it_is_asked_by_index_and_by_host(
    answers: dict[tuple[str, ...], str],
    username: str | None,
    found: tuple[str, str] | None,
) -> None:
    assert keyring(FakeKeyring(answers)).find(URL, username) == found


def test_each_server_is_looked_up_once_and_no_other() -> None:
    fake = FakeKeyring({(INDEX, "me"): "secret"})
    ring = keyring(fake)
    for _ in range(2):
        ring.find(URL, "me")
    assert fake.asked == [(INDEX, "me")]
    elsewhere = parse_url("https://index.example:8443/simple/")
    assert ring.find(elsewhere, "me") is None
    assert fake.asked[1:] == [("index.example:8443", "me")]


def test_a_password_that_was_given_is_not_looked_for() -> None:
    fake = FakeKeyring({(INDEX, "me"): "other"})
    credentials = Credentials(keyring=keyring(fake))
    credentials.remember(parse_url("https://me:mine@index.example/simple/"))
    assert credentials.another_header(URL, basic("me:mine")) is None
    assert fake.asked == []


def test_what_was_found_is_used_from_then_on() -> None:
    credentials = Credentials(keyring=keyring(FakeKeyring({(INDEX, "me"): "secret"})))
    credentials.remember(parse_url("https://me@index.example/simple/"))
    assert credentials.another_header(URL, basic("me:")) == basic("me:secret")
    assert credentials.header(URL) == basic("me:secret")
    assert credentials.another_header(URL, basic("me:secret")) is None


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ("", "me:given"),
        ("env", "me:given"),
        ("netrc", "net:rc"),
        ("keyring", None),
        ("none", None),
    ],
)
def test_an_index_says_where_its_credentials_are(
    auth: str, sent: str | None, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine index.example login net password rc\n")
    account = Account(parse_url(INDEX), auth, "me", "given")
    credentials = Credentials(netrc, accounts=[account])
    assert credentials.header(URL) == (sent and basic(sent))
    assert credentials.header(parse_url("https://other.example/simple/")) is None


def test_the_command_is_run_as_a_child(tmp_path: Path) -> None:
    tool = tmp_path / "keyring"
    tool.write_text(f"#!{sys.executable}\nimport sys\nprint('-'.join(sys.argv[1:]))\n")
    tool.chmod(0o755)
    environ = {"PATH": str(tmp_path)}
    assert keyring_command("disabled", environ) == ()
    command = keyring_command("subprocess", environ)
    assert command == (str(tool),)
    assert run_keyring((*command, "get", "x", "y"), environ) == "get-x-y"
    assert keyring_command("subprocess", {"PATH": os.devnull}) == ()
    tool.write_text("#!/bin/sh\nexit 1\n")
    assert run_keyring((*command, "get"), environ) is None
    assert run_keyring((str(tmp_path / "absent"), "get"), environ) is None


def test_a_server_that_refuses_gets_what_the_keyring_has(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    tool = tmp_path / "keyring"
    tool.write_text("#!/bin/sh\necho secret\n")
    tool.chmod(0o755)

    def answer(exchange: Any) -> None:
        known = exchange.headers.get("authorization") == basic("me:secret")
        exchange.reply(200 if known else 401, b"page" if known else b"")

    server = serve(answer)
    settings = HttpSettings(
        keyring="subprocess", environ={"PATH": f"{tmp_path}{os.pathsep}/bin"}
    )
    place = server.url.replace("//", "//me@")
    for asked in (2, 3):
        with HttpTransport(settings).send(Request(f"{place}/x")) as reply:
            assert (reply.status, reply.read(10)) == (200, b"page")
        assert len(server.seen) >= asked
    without = HttpTransport(HttpSettings())
    with without.send(Request(f"{place}/x")) as reply:
        assert reply.status == 401


def test_a_proxy_that_wants_to_know_who_asks(serve: Callable[..., Any]) -> None:
    server = serve(lambda exchange: exchange.reply(407))
    settings = HttpSettings(
        retries=0, environ={"ALL_PROXY": server.url.replace("//", "//me:secret@")}
    )
    for url in ("http://index.example/", "https://index.example/"):
        transport = HttpTransport(
            HttpSettings(
                retries=0,
                environ=settings.environ,
                trusted_hosts=("index.example",),
            )
        )
        with pytest.raises(ProxyCredentialsError) as caught:
            transport.send(Request(url))
        assert "secret" not in caught.value.message + str(caught.value.facts)
        assert "ALL_PROXY" in caught.value.message
