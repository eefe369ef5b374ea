"""Digests: three spellings, strong algorithms only."""

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.hashes import (
    STRONG_ALGORITHMS,
    Hash,
    HashMismatchError,
    UnknownHashAlgorithmError,
    new_hasher,
)

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EMPTY_RECORD = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest.mark.parametrize(
    "text", [f"sha256:{EMPTY}", f"sha256={EMPTY}", f" SHA256 : {EMPTY.upper()} "]
)
def test_every_spelling_is_read(text: str) -> None:
    assert Hash.parse(text) == Hash("sha256", EMPTY) == Hash.of(b"")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        f"sha256:{EMPTY[:-1]}",
        f"sha256:{EMPTY}0",
        f"md5:{EMPTY[:32]}",
        f"sha1:{EMPTY[:40]}",
        f"sha224:{EMPTY[:56]}",
        f"sha255:{EMPTY}",
        EMPTY,
        f"sha256:{EMPTY[:-1]}g",
        f"sha256:{EMPTY[:-1]}\u0661",
    ],
)
def test_a_weak_or_broken_digest_is_refused(text: str) -> None:
    with pytest.raises(UnknownHashAlgorithmError):
        Hash.parse(text)


def test_the_form_of_record_is_read_and_written() -> None:
    assert Hash.from_record(EMPTY_RECORD) == Hash.of(b"")
    assert Hash.from_record(EMPTY_RECORD + "=") == Hash.of(b"")
    assert Hash.from_record(f"sha256={EMPTY}") == Hash.of(b"")
    assert Hash.of(b"").to_record() == EMPTY_RECORD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256=",
        EMPTY_RECORD[:-1],
        EMPTY_RECORD[:-2],
        "md5=1B2M2Y8AsgTpgAmY7PhCfg",
        EMPTY_RECORD.replace("sha256", "sha512"),
        EMPTY_RECORD[:20] + "*" + EMPTY_RECORD[20:],
        EMPTY_RECORD[:-1] + "V",
        EMPTY_RECORD[:-1] + "\u00e9",
        "=" + EMPTY_RECORD,
    ],
)
def test_record_has_one_spelling_of_a_digest(text: str) -> None:
    with pytest.raises(UnknownHashAlgorithmError):
        Hash.from_record(text)


@pytest.mark.parametrize("algorithm", ["sha0", "", "shake_128"])
def test_an_unknown_algorithm_is_refused(algorithm: str) -> None:
    with pytest.raises(UnknownHashAlgorithmError):
        new_hasher(algorithm)


def test_a_file_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert Hash.of_file(str(path)) == Hash.of(b"x" * 3_000_000)


def test_a_mismatch_tells_both_digests() -> None:
    error = HashMismatchError("a.whl", expected="sha256:1", found="sha256:2")
    assert error.facts == {
        "file": "a.whl",
        "expected": "sha256:1",
        "received": "sha256:2",
    }
    assert error.exit_code == 5


@pytest.mark.law
@given(content=st.binary(), algorithm=st.sampled_from(STRONG_ALGORITHMS))
def test_every_strong_digest_goes_both_ways(content: bytes, algorithm: str) -> None:
    digest = Hash.of(content, algorithm)
    assert digest.hexdigest == hashlib.new(algorithm, content).hexdigest()
    assert Hash.parse(str(digest)) == digest
    assert Hash.from_record(digest.to_record()) == digest
    assert Hash.of_chunks([content[:3], content[3:]], algorithm) == digest
    raw = base64.urlsafe_b64encode(bytes.fromhex(digest.hexdigest))
    assert digest.to_record().encode() == algorithm.encode() + b"=" + raw.rstrip(b"=")
