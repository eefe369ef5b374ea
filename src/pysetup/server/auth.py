"""Users and tokens: how secrets are stored, and who is behind a request."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from threading import BoundedSemaphore
from typing import Protocol

from pysetup.errors import UsageError

TOKEN_USER = "__token__"  # noqa: S105 - the name that PyPI's clients send with a token
TOKEN_PREFIX = "pysetup-"  # noqa: S105 - makes a leaked token easy to find
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MAX_PASSWORD = 1024
_SALT_BYTES = 16
# RFC 7914: N, r, p; 16 MiB and some 50 ms for each guess.
_COST = (2**14, 8, 1)
_REMEMBERED = 1024
# In the place of a password that is not there; no password has this digest.
_NOBODY = f"scrypt${bytes(_SALT_BYTES).hex()}${bytes(32).hex()}"


class InvalidUserError(UsageError):
    """A user name or a password for the index cannot be used.

    User names have up to 64 ASCII letters, digits, ``. _ -`` and begin with a
    letter or digit; a password has 1 to 1024 characters, all on one line, given on
    standard input with ``--password-stdin``.
    """

    code = "PS2504"

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason,
            hints=("echo PASSWORD | pysetup index user add NAME --password-stdin",),
        )


class NotAuthenticatedError(UsageError):
    """The index does not know who is uploading: no credentials, or wrong ones.

    Send the name and password of a user of the index, or ``__token__`` and a
    token. Users are added with ``pysetup index user add NAME --password-stdin``
    on the machine that has the index's data folder.
    """

    code = "PS2505"

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, hints=("give --username and --password of a user of this index",)
        )


class Secrets(Protocol):
    """What authentication asks of the metadata store."""

    def password_of(self, user: str) -> str | None:
        """Return the stored form of a user's password."""

    def user_of_token(self, digest: str) -> str | None:
        """Return the user whose token has that stored form."""


def check_user(name: str, password: str) -> None:
    """Raise ``InvalidUserError`` unless both can be used."""
    if not _NAME.fullmatch(name):
        raise InvalidUserError(f"{name[:80]!r} is not a user name")
    if not 0 < len(password) <= _MAX_PASSWORD or not password.isprintable():
        raise InvalidUserError(f"the password of {name} is empty or unusable")


def hash_password(password: str) -> str:
    """Return the stored form of a password: scrypt with a salt of its own."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def password_matches(password: str, stored: str) -> bool:
    """Tell whether ``stored`` was made from ``password``."""
    _, salt, digest = stored.split("$")
    found = _scrypt(password, bytes.fromhex(salt))
    return hmac.compare_digest(found, bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes) -> bytes:
    n, r, p = _COST
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32)


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the stored form of a token: with 256 random bits a plain digest does."""
    return hashlib.sha256(token.encode()).hexdigest()


class Authenticator:
    """Finds the user behind an ``Authorization`` header.

    A password that was right is remembered as a keyed digest, for as long as its
    stored form stays the same, so that a series of uploads pays for scrypt once.
    """

    def __init__(self, store: Secrets) -> None:
        self._store = store
        self._key = secrets.token_bytes(32)
        self._verified: dict[bytes, str] = {}
        # Guessing must not occupy the whole machine.
        self._guesses = BoundedSemaphore(2)

    def user(self, authorization: str) -> str:
        """Return the user's name; raises ``NotAuthenticatedError``."""
        name, password = _parse_basic(authorization)
        if name == TOKEN_USER:
            user = self._store.user_of_token(hash_token(password))
        else:
            user = name if self._knows(name, password) else None
        if user is None:
            raise NotAuthenticatedError("the user name or password is wrong")
        return user

    def _knows(self, name: str, password: str) -> bool:
        if len(password) > _MAX_PASSWORD:
            return False
        stored = self._store.password_of(name)
        proof = hmac.digest(self._key, f"{name}\0{password}".encode(), "sha256")
        if stored is not None and self._verified.get(proof) == stored:
            return True
        with self._guesses:
            # For an unknown name too: the time taken must not tell them apart.
            right = password_matches(password, stored or _NOBODY)
        if not right or stored is None:
            return False
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[proof] = stored
        return True


def _parse_basic(authorization: str) -> tuple[str, str]:
    """Return name and password (RFC 7617); raises ``NotAuthenticatedError``."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        raise NotAuthenticatedError("uploading needs a user name and a password")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise NotAuthenticatedError("the credentials are malformed") from None
    name, separator, password = text.partition(":")
    if not separator:
        raise NotAuthenticatedError("the credentials are malformed")
    return name, password
