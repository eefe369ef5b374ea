"""The lab of bad indexes: one warm command, one environment, an index for each test."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.bad_index.lab import BadIndex, Certificates, Lab, WarmCommand


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCommand]:
    """The command, warm."""
    command = WarmCommand(tmp_path_factory.mktemp("warm"))
    yield command
    command.close()


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory, warm: WarmCommand) -> Path:
    """A new environment."""
    place = tmp_path_factory.mktemp("settled")
    environ = {"HOME": str(place), "PATH": os.environ["PATH"], "PYSETUP_CACHE_DIR": str(place / "cache"), "PIP_CONFIG_FILE": os.devnull, "LC_ALL": "C.UTF-8"}  # fmt: skip
    made = warm(["venv", "create", place / "env"], env=environ, seconds=60)
    assert made.code == 0, made.err
    return place / "env"


def running() -> Iterator[BadIndex]:
    server = BadIndex()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def index() -> Iterator[BadIndex]:
    """An index without any page yet."""
    yield from running()


@pytest.fixture
def other_index() -> Iterator[BadIndex]:
    """Another one."""
    yield from running()


@pytest.fixture
def lab(tmp_path: Path, warm: WarmCommand, settled: Path, index: BadIndex) -> Lab:
    """A lab with a cache of its own."""
    return Lab(tmp_path, settled, warm, index)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority of the test's own."""
    openssl = shutil.which("openssl")
    if openssl is None:
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail("openssl is required here and is not installed")
        pytest.skip("openssl is not installed")
    return Certificates(tmp_path_factory.mktemp("certificates"), openssl)
