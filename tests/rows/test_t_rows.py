"""Rows T of the founding plan, of the network: certificates and digests."""

import hashlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.bad_index.lab import BadIndex, Certificates, entry, page, secured, wheel

pytestmark = pytest.mark.flow


@pytest.fixture
def server() -> Iterator[BadIndex]:
    """An index on loopback."""
    made = BadIndex()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


def test_t03_certificates_are_verified_by_the_system_or_by_a_named_authority(
    server: BadIndex, tmp_path: Path, pysetup: Any, need_tool: Any
) -> None:
    folder = tmp_path / "authority"
    folder.mkdir()
    certificates = Certificates(folder, need_tool("openssl"))
    secured(server, certificates.make("IP:127.0.0.1"))
    server.good()
    words = ["install", "--index-url", server.url, "--retries", "0", "demo"]
    # Nobody knows the authority: refused, and there is no switch that passes over it.
    refused = pysetup(*words, "--target", tmp_path / "none")
    assert (refused.code, "PS5202" in refused.err) == (5, True)
    assert not (tmp_path / "none").exists()
    help_text = pysetup("install", "--help").out
    assert not {"--insecure", "--no-verify", "--allow-insecure"} & {*help_text.split()}
    # Named by an option, by pip's configuration, or known to the system.
    authority = str(certificates.authority)
    bundle = shutil.copy(authority, tmp_path / "bundle.pem")
    for number, (option, environ) in enumerate(
        (
            (["--cert", authority], {}),
            ([], {"PYSETUP_CERT": authority}),
            ([], {"PIP_CERT": authority}),
            ([], {"REQUESTS_CA_BUNDLE": str(bundle)}),
            ([], {"SSL_CERT_FILE": authority}),
        )
    ):
        target = tmp_path / str(number)
        ran = pysetup(*words, *option, "--target", target, env=environ)
        assert ran.code == 0, ran.err
        assert (target / "demo.py").is_file()


@pytest.mark.parametrize(
    ("algorithm", "strong"),
    [
        ("sha256", True),
        ("sha512", True),
        ("blake2b", True),
        ("sha3_256", True),
        ("sha1", False),
        ("md5", False),
    ],
)
def test_t05_digests_stronger_than_md5_are_asked_of_an_index(
    algorithm: str,
    server: BadIndex,
    tmp_path: Path,
    pysetup: Any,
    *,
    strong: bool,
) -> None:
    content = wheel()
    digest = hashlib.new(algorithm, content).hexdigest()
    server.page(page(entry(content, hashes={algorithm: digest})))
    server.file(content)
    target = tmp_path / "target"
    words = ["install", "--index-url", server.url, "--target", target, "demo"]
    ran = pysetup(*words)
    assert ran.code == (0 if strong else 5), ran.err
    assert target.exists() == strong
    if not strong:
        assert "PS5207" in ran.err
        assert "--trusted-host 127.0.0.1" in ran.err
