"""Digests of files, as RECORD, lock files and indexes write them."""

from collections.abc import Iterable
from typing import Protocol, Self

from pysetup.errors import IntegrityError, UsageError
from pysetup.late import base64, hashlib, late_pattern
from pysetup.values import dataclass

# Strong enough to prove identity; md5 and sha1 never are (seed row I12).
STRONG_ALGORITHMS = (
    "sha256",
    "sha384",
    "sha512",
    "blake2b",
    "blake2s",
    "sha3_256",
    "sha3_384",
    "sha3_512",
)
WEAK_ALGORITHMS = ("md5", "sha1", "sha224")
_CHUNK = 1 << 20
# Almost every digest in RECORD, in its one spelling: the last digit holds four bits.
_USUAL = late_pattern(r"sha256=([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])")


class UnknownHashAlgorithmError(UsageError):
    """A digest names an algorithm that is unknown or too weak to prove identity.

    pysetup accepts sha256, sha384, sha512, blake2b, blake2s and sha3. An md5 or
    sha1 digest can be forged, so it is never sufficient.
    """

    code = "PS2105"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:100]!r} is not a digest that pysetup accepts",
            hints=("use sha256, for example  sha256:<64 hexadecimal digits>",),
        )


class HashMismatchError(IntegrityError):
    """A file does not have the content that was promised for it.

    The index, the lock file or the wheel's own RECORD promised other bytes than
    those that arrived. This can be damage, a file that was replaced, or an attack.
    """

    code = "PS5002"

    def __init__(self, filename: str, *, expected: str, found: str) -> None:
        super().__init__(
            f"{filename} is not the file that was promised",
            facts={"file": filename, "expected": expected, "received": found},
            hints=("do not retry; compare with another mirror before you trust it",),
        )


class _HashObject(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


def new_hasher(algorithm: str) -> _HashObject:
    """Return an empty hasher; raises ``UnknownHashAlgorithmError``."""
    if algorithm == "sha256":
        return hashlib.sha256(usedforsecurity=False)
    if algorithm not in STRONG_ALGORITHMS and algorithm not in WEAK_ALGORITHMS:
        raise UnknownHashAlgorithmError(algorithm)
    return hashlib.new(algorithm, usedforsecurity=False)


@dataclass(frozen=True, slots=True, order=True)
class Hash:
    """One digest: an algorithm of ``hashlib`` and lower-case hexadecimal digits."""

    algorithm: str
    hexdigest: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``sha256:2c26…`` or ``sha256=2c26…``.

        Raises ``UnknownHashAlgorithmError`` for a weak or malformed one.
        """
        algorithm, sep, digest = text.replace("=", ":", 1).partition(":")
        algorithm, digest = algorithm.strip().lower(), digest.strip().lower()
        if not sep or algorithm not in STRONG_ALGORITHMS:
            raise UnknownHashAlgorithmError(text)
        size = hashlib.new(algorithm, usedforsecurity=False).digest_size
        if len(digest) != 2 * size or not set(digest) <= set("0123456789abcdef"):
            raise UnknownHashAlgorithmError(text)
        return cls(algorithm, digest)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Self:
        """Return the digest of ``content``."""
        hasher = new_hasher(algorithm)
        hasher.update(content)
        return cls(algorithm, hasher.hexdigest())

    @classmethod
    def of_chunks(cls, chunks: Iterable[bytes], algorithm: str = "sha256") -> Self:
        """Return the digest of the concatenated ``chunks``."""
        hasher = new_hasher(algorithm)
        for chunk in chunks:
            hasher.update(chunk)
        return cls(algorithm, hasher.hexdigest())

    @classmethod
    def of_file(cls, path: str, algorithm: str = "sha256") -> Self:
        """Return the digest of the file at ``path``."""
        with open(path, "rb") as stream:
            return cls.of_chunks(iter(lambda: stream.read(_CHUNK), b""), algorithm)

    @classmethod
    def from_record(cls, text: str) -> Self:
        """Read RECORD's form: ``sha256=`` and url-safe base64 without padding.

        Hexadecimal digits, which some build scripts write, are read as well: their
        number tells them apart.
        """
        if match := _USUAL.fullmatch(text):
            raw = base64.urlsafe_b64decode(f"{match[1]}=")
            return cls("sha256", raw.hex())
        algorithm, sep, encoded = text.partition("=")
        if sep and algorithm in STRONG_ALGORITHMS:
            size = hashlib.new(algorithm, usedforsecurity=False).digest_size
            if len(encoded) == 2 * size:
                return cls.parse(text)
        try:
            raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            raise UnknownHashAlgorithmError(text) from None
        if not sep:
            raise UnknownHashAlgorithmError(text)
        found = cls.parse(f"{algorithm}:{raw.hex()}")
        # The decoder passes over foreign characters: one digest has one spelling.
        if found.to_record().partition("=")[2] != encoded.rstrip("="):
            raise UnknownHashAlgorithmError(text)
        return found

    def to_record(self) -> str:
        """Write RECORD's form (PEP 376, PEP 427)."""
        raw = bytes.fromhex(self.hexdigest)
        encoded = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
        return f"{self.algorithm}={encoded}"

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hexdigest}"
