import base64

import pytest

from pysetup.server.auth import (
    TOKEN_PREFIX,
    Authenticator,
    InvalidUserError,
    NotAuthenticatedError,
    check_user,
    hash_password,
    hash_token,
    new_token,
    password_matches,
)

STORED = hash_password("secret")
TOKEN = new_token()


class Users:
    """Users in memory."""

    def __init__(self) -> None:
        self.passwords = {"alice": STORED}
        self.tokens = {hash_token(TOKEN): "alice"}

    def password_of(self, user: str) -> str | None:
        return self.passwords.get(user)

    def user_of_token(self, digest: str) -> str | None:
        return self.tokens.get(digest)


def header(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


def test_a_password_is_kept_in_a_form_that_hides_it() -> None:
    assert "secret" not in STORED
    assert hash_password("secret") != STORED
    assert password_matches("secret", STORED)
    assert not password_matches("Secret", STORED)


def test_a_token_is_long_and_easy_to_find_when_it_leaks() -> None:
    assert TOKEN.startswith(TOKEN_PREFIX)
    assert new_token() != TOKEN
    assert len(TOKEN) >= 50


def test_the_user_is_found_by_password_and_by_token() -> None:
    authenticator = Authenticator(Users())
    assert authenticator.user(header("alice:secret")) == "alice"
    assert authenticator.user(header(f"__token__:{TOKEN}")) == "alice"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("Bearer x", id="another scheme"),
        pytest.param("Basic ???", id="no base64"),
        pytest.param("Basic " + base64.b64encode(b"\xff:x").decode(), id="no UTF-8"),
        pytest.param(header("alice"), id="no colon"),
        pytest.param(header("alice:wrong"), id="a wrong password"),
        pytest.param(header("alice:"), id="an empty password"),
        pytest.param(header("alice:" + "x" * 5000), id="a password without end"),
        pytest.param(header("mallory:secret"), id="an unknown user"),
        pytest.param(header("__token__:secret"), id="a password as token"),
        pytest.param(header(f"alice:{TOKEN}"), id="a token as password"),
    ],
)
def test_nobody_else_is_let_in(value: str) -> None:
    with pytest.raises(NotAuthenticatedError) as caught:
        Authenticator(Users()).user(value)
    assert "secret" not in str(caught.value)


def test_a_changed_password_counts_at_once() -> None:
    users = Users()
    authenticator = Authenticator(users)
    assert authenticator.user(header("alice:secret")) == "alice"
    users.passwords["alice"] = hash_password("other")
    with pytest.raises(NotAuthenticatedError):
        authenticator.user(header("alice:secret"))
    del users.passwords["alice"]
    with pytest.raises(NotAuthenticatedError):
        authenticator.user(header("alice:other"))


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("", "x", id="no name"),
        pytest.param("__token__", "x", id="the name for tokens"),
        pytest.param("a:b", "x", id="a colon in the name"),
        pytest.param("a" * 65, "x", id="a name too long"),
        pytest.param("alice", "", id="no password"),
        pytest.param("alice", "a\nb", id="a password on two lines"),
        pytest.param("alice", "x" * 1025, id="a password too long"),
    ],
)
def test_what_cannot_be_a_user_is_refused(name: str, password: str) -> None:
    with pytest.raises(InvalidUserError):
        check_user(name, password)
