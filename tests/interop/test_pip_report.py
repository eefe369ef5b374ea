"""``install --report``: what pip writes for the same set, key by key."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

pytestmark = pytest.mark.interop

DESCRIPTION = "The first line.\n\n* größer\n  indented\n"
METADATA = (
    "Summary: what it is for\n"
    "Keywords: one,two, three\n"
    "License: first line\n        second line\n"
    "Author-email: Somebody <a@example.org>\n"
    "Classifier: Topic :: Software Development\n"
    "Classifier: Programming Language :: Python :: 3\n"
    "Requires-Python: >=3.8\n"
    "Provides-Extra: fast\n"
    "Requires-Dist: helper>=1\n"
    'Requires-Dist: speedy; extra == "fast"\n'
    "Project-URL: Home, https://example.org/\n"
    "Description-Content-Type: text/markdown\n"
)
PROJECT = """
[build-system]
requires = []
build-backend = "tinyback"
backend-path = ["."]
[project]
name = "folded"
version = "0.3"
"""
BACKEND = Path(__file__).parent.parent / "workflows" / "tinyback.py"


@pytest.fixture
def links(make_wheel: Any) -> Path:
    """Wheels that need each other."""
    made = make_wheel("demo", "1.2", metadata=METADATA + "\n" + DESCRIPTION)
    make_wheel("helper", "2.0", metadata="Keywords: white space\n")
    make_wheel("speedy", "3.0")
    return Path(made.parent)


@pytest.fixture
def env(pysetup: Any, tmp_path: Path) -> Path:
    """An environment of ours, which pip is told to fill too."""
    made = pysetup("venv", "create", tmp_path / "env")
    assert made.code == 0, made.err
    return tmp_path / "env"


@pytest.fixture
def compare(pysetup: Any, env: Path, tmp_path: Path) -> Callable[..., tuple[Any, Any]]:
    """Give both reports of the same words: pip's, then ours."""

    def run(*words: object) -> tuple[Any, Any]:
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "pip", f"--python={env}", "install"),
                *("--quiet", "--dry-run", "--report", "-", *map(str, words)),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=pysetup.environ,
            cwd=tmp_path,
        )
        assert ran.returncode == 0, ran.stderr
        report = tmp_path / "report.json"
        ours = pysetup(
            *("install", "--env", env, "--dry-run", "--report", report, *words),
            cwd=tmp_path,
        )
        assert ours.code == 0, ours.err
        return json.loads(ran.stdout), json.loads(report.read_text("utf-8"))

    return run


def _by_name(report: Any) -> dict[str, Any]:
    return {item["metadata"]["name"]: item for item in report["install"]}


def _same(theirs: Any, ours: Any) -> None:
    assert theirs.keys() == ours.keys()
    assert ours["version"] == theirs["version"] == "1"
    assert ours["environment"] == theirs["environment"]
    assert _by_name(ours) == _by_name(theirs)


def test_names_from_a_folder_of_links(
    compare: Callable[..., tuple[Any, Any]], links: Path
) -> None:
    words = ("--no-index", "--find-links", links, "demo[fast]")
    theirs, ours = compare(*words)
    _same(theirs, ours)
    found = _by_name(ours)
    assert found["demo"]["requested_extras"] == ["fast"]
    assert found["demo"]["metadata"]["description"].startswith("The first line.")
    assert found["demo"]["metadata"]["keywords"] == ["one", "two", "three"]
    assert found["helper"]["requested"] is False
    assert "requested_extras" not in found["helper"]


def test_a_wheel_by_its_path(
    compare: Callable[..., tuple[Any, Any]], links: Path
) -> None:
    words = ("--no-index", "--find-links", links, links / "demo-1.2-py3-none-any.whl")
    theirs, ours = compare(*words)
    _same(theirs, ours)
    assert _by_name(ours)["demo"]["is_direct"] is True


def test_the_hashes_of_a_requirements_file(
    compare: Callable[..., tuple[Any, Any]], links: Path, tmp_path: Path
) -> None:
    content = (links / "speedy-3.0-py3-none-any.whl").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    listed = tmp_path / "requirements.txt"
    listed.write_text(f"speedy==3.0 --hash=sha256:{digest}\n")
    words = ("--no-index", "--find-links", links, "--require-hashes", "-r", listed)
    theirs, ours = compare(*words)
    _same(theirs, ours)
    info = _by_name(ours)["speedy"]["download_info"]["archive_info"]
    assert info == {"hash": f"sha256={digest}", "hashes": {"sha256": digest}}


@pytest.mark.parametrize(
    "words", [["./folded"], ["-e", "./folded"]], ids=["a folder", "an editable folder"]
)
def test_a_folder(
    compare: Callable[..., tuple[Any, Any]], tmp_path: Path, words: list[str]
) -> None:
    folder = tmp_path / "folded"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "folded.py").write_text("value = 1\n")
    backend = BACKEND.read_text("utf-8")
    (folder / "tinyback.py").write_text(f"{backend}\n\nbuild_editable = build_wheel\n")
    theirs, ours = compare("--no-index", *words)
    _same(theirs, ours)


@pytest.fixture
def loopback(links: Path) -> Iterator[str]:
    """An index on this machine: ``demo`` is well, ``helper`` is yanked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/").rpartition("/")[2]
            if name.endswith(".whl"):
                self._answer((links / name).read_bytes(), "application/octet-stream")
                return
            found = "".join(self._link(path) for path in links.glob(f"{name}-*.whl"))
            page = f"<!DOCTYPE html><html><body>{found}</body></html>"
            self._answer(page.encode(), "text/html")

        def _link(self, path: Path) -> str:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yanked = ' data-yanked="it is broken"' if "helper" in path.name else ""
            address = f"/files/{path.name}#sha256={digest}"
            return f'<a href="{address}"{yanked}>{path.name}</a>'

        def _answer(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_index_with_a_yanked_file(
    compare: Callable[..., tuple[Any, Any]], loopback: str
) -> None:
    index = ("--index-url", f"{loopback}/simple/")
    theirs, ours = compare(*index, "helper==2.0", "speedy")
    _same(theirs, ours)
    assert _by_name(ours)["helper"]["is_yanked"] is True
    assert _by_name(ours)["speedy"]["is_yanked"] is False


@pytest.mark.parametrize("word", ["{url}", "speedy @ {url}"], ids=["alone", "named"])
def test_a_url(
    compare: Callable[..., tuple[Any, Any]], loopback: str, word: str
) -> None:
    url = f"{loopback}/files/speedy-3.0-py3-none-any.whl"
    theirs, ours = compare("--no-index", word.format(url=url))
    _same(theirs, ours)
    assert _by_name(ours)["speedy"]["is_direct"] is True


def test_what_is_installed_counts_or_does_not(
    compare: Callable[..., tuple[Any, Any]], pysetup: Any, links: Path, env: Path
) -> None:
    words = ("--no-index", "--find-links", links)
    assert pysetup("install", "--env", env, *words, "helper").code == 0
    theirs, ours = compare(*words, "demo")
    _same(theirs, ours)
    assert _by_name(ours).keys() == {"demo"}
    theirs, ours = compare(*words, "--ignore-installed", "demo")
    _same(theirs, ours)
    assert _by_name(ours).keys() == {"demo", "helper"}
    assert "helper==2.0" in pysetup("freeze", "--env", env).out


def test_the_writer_is_named_in_a_version_that_consumers_can_compare(
    compare: Callable[..., tuple[Any, Any]], links: Path
) -> None:
    theirs, ours = compare("--no-index", "--find-links", links, "speedy")
    version = Version(ours["pip_version"])
    assert version.public == theirs["pip_version"]
    assert str(version.local).startswith("pysetup.")


def test_standard_output_is_the_report_alone(
    pysetup: Any, links: Path, env: Path
) -> None:
    words = ("install", "--env", env, "--no-index", "--find-links", links, "speedy")
    ran = pysetup(*words, "--report", "-")
    assert ran.code == 0, ran.err
    assert _by_name(json.loads(ran.out)).keys() == {"speedy"}
    assert pysetup("freeze", "--env", env).out == "speedy==3.0\n"
    both = pysetup(*words, "--report", "-", "--json")
    assert both.code == 2


def test_a_failed_install_leaves_no_report(
    pysetup: Any, links: Path, env: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    words = ("install", "--env", env, "--no-index", "--find-links", links)
    ran = pysetup(*words, "demo", "helper<1", "--report", report)
    assert ran.code == 3
    assert not report.exists()
    assert not list(tmp_path.glob(".report*"))
