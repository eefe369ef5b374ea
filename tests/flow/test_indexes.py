"""Indexes with names: what they own, and the credentials that go to them alone."""

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.bad_index.lab import BadIndex, Handler, entry, page, wheel

pytestmark = pytest.mark.flow
TOKEN = "t0ken-of-a-company"


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
def company() -> Iterator[BadIndex]:
    """An index that lets in who has the token."""
    yield from running()


@pytest.fixture
def public() -> Iterator[BadIndex]:
    """An index on which anybody may have put anything."""
    yield from running()


def guarded(server: BadIndex) -> None:
    wanted = "Basic " + base64.b64encode(f"__token__:{TOKEN}".encode()).decode()
    server.good()
    for path, answer in list(server.answers.items()):

        def ask(h: Handler, answer: Any = answer) -> None:
            if h.headers.get("Authorization") == wanted:
                answer(h)
            else:
                h.reply(401)

        server.answers[path] = ask


@pytest.fixture
def project(tmp_path: Path, company: BadIndex) -> Path:
    """A folder whose configuration gives the company's names to its index."""
    guarded(company)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pysetup.toml").write_text(
        f'[[index]]\nname = "my-company"\nurl = "{company.url}"\n'
        'packages = ["demo", "acme-*"]\n'
    )
    return folder


def test_a_name_that_is_pinned_comes_from_its_index_with_its_token(
    project: Path, public: BadIndex, tmp_path: Path, pysetup: Any
) -> None:
    trap = wheel(module="value = 'trap'\n")
    public.page(page(entry(trap, "demo-99.0-py3-none-any.whl")))
    words = ["install", "--index-url", public.url, "--target", tmp_path / "t", "demo"]
    refused = pysetup(*words, cwd=project)
    assert (refused.code, "PS4206" in refused.err) == (4, True)
    ran = pysetup(*words, cwd=project, env={"PYSETUP_INDEX_MY_COMPANY_TOKEN": TOKEN})
    assert ran.code == 0, ran.err
    assert (tmp_path / "t/demo.py").read_text() == "value = 1\n"
    assert public.asked == []
    for text in (ran.out, ran.err):
        assert TOKEN not in text
    for path in (*pysetup.home.rglob("*"), *tmp_path.rglob("*")):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def test_a_name_that_is_pinned_is_nowhere_else(
    project: Path, company: BadIndex, public: BadIndex, tmp_path: Path, pysetup: Any
) -> None:
    words = ["install", "--index-url", public.url, "--target", tmp_path / "t"]
    environ = {"PYSETUP_INDEX_MY_COMPANY_TOKEN": TOKEN}
    ran = pysetup(*words, "Acme_Billing", cwd=project, env=environ)
    assert ran.code == 3, ran.err
    assert [path for path, _ in company.asked] == ["/simple/acme-billing/"]
    assert public.asked == []


def test_refresh_asks_again_for_what_is_still_fresh(
    public: BadIndex, tmp_path: Path, pysetup: Any
) -> None:
    public.good()
    content = page(entry(wheel()))
    kind = "application/vnd.pypi.simple.v1+json"
    public.answers["/simple/demo/"] = lambda h: h.reply(
        200, content, Content_Type=kind, Cache_Control="max-age=600"
    )

    def asked(*more: str) -> int:
        public.asked.clear()
        target = tmp_path / f"t{len(list(tmp_path.iterdir()))}"
        words = ["install", "--index-url", public.url, "--target", target, "demo"]
        ran = pysetup(*words, *more)
        assert ran.code == 0, ran.err
        return sum(path == "/simple/demo/" for path, _ in public.asked)

    assert asked() == 1
    assert asked() == 0
    assert asked("--refresh") == 1
    assert asked("--refresh") == 1
    assert asked("--refresh-package", "Demo") == 1
    assert asked("--refresh-package", "other") == 0
    public.server_close()
    assert asked("--offline") == 0
