"""``--timings``: where the time went, as a page that stands alone, and as JSON."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pysetup.cli.timings import Account, Span, Timings
from pysetup.cli.timings_page import timings_page
from pysetup.cli.watch import Running
from pysetup.workflows.events import Activity

VOID = {"meta"}


class Page(HTMLParser):
    """Reads a page; unbalanced tags, scripts and references are refused."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert tag not in ("script", "link", "img", "iframe", "object", "base")
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "href", "xlink:href", "action")
            assert "url(" not in (value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _span(stage: str, subject: str, began: float, ended: float) -> Span:
    return Span(stage, subject, "", began, ended, 0, 0, failed=False)


def _account(*spans: Span, command: str = "install demo") -> Account:
    when = "2026-11-20T12:00:00.000+00:00"
    return Account(command.split(" "), when, 2.5, 0, spans)


HOSTILE = "</title><script>alert(1)</script>\"'&\x1b[2J\u202e"


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param((), id="nothing"),
        pytest.param((_span("resolve", "", 0, 2),), id="one stage"),
        pytest.param((_span("build", HOSTILE, 0, 9),), id="a hostile name"),
        pytest.param(
            tuple(_span("unpack", f"w{n}.whl", n / 9, n / 9) for n in range(300)),
            id="many that took no time",
        ),
    ],
)
def test_a_page_stands_alone_and_is_well_formed(spans: tuple[Span, ...]) -> None:
    text = timings_page(_account(*spans, command=f"install {HOSTILE}"))
    page = Page(text)
    assert "script" not in page.tags
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not re.search(r"https?:", text)
    (svg,) = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    drawn = ET.fromstring(svg)
    assert drawn.attrib["role"] == "img"
    named = drawn.attrib["aria-labelledby"].split()
    assert [drawn[0].attrib["id"], drawn[1].attrib["id"]] == named
    assert [drawn[0].tag, drawn[1].tag] == ["title", "desc"]
    bars = drawn.findall(".//rect")
    assert len(bars) == len(spans)
    width = float(drawn.attrib["viewBox"].split()[2])
    for bar in bars:
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width
        assert float(bar.attrib["width"]) > 0
    assert text.count("<tr>") == len(spans) + 1
    assert "prefers-color-scheme: dark" in text


def test_what_stands_on_a_page_also_stands_there_as_text() -> None:
    failed = Span("build", "two 1.2", "build requirements", 1, 2.2, 0, 0, failed=True)
    text = "".join(Page(timings_page(_account(failed))).text)
    assert "build two 1.2 (build requirements): 1.2 s, failed" in text
    assert "The longest is build two 1.2 (build requirements), 1.2 s." in text


def test_the_requests_of_a_download_are_part_of_it() -> None:
    timings = Timings()
    for number, (stage, began, ended, thread) in enumerate(
        [
            ("request", 0.1, 0.2, 1),
            ("request", 1.1, 1.2, 7),
            ("download", 1.0, 2.0, 7),
            ("build", 0.0, 0.1, 1),
        ]
    ):
        running = Running(number, Activity(stage), began, thread, ended=ended)
        running.count = 0 if stage == "build" else None
        timings.ended(running)
    assert [(one.stage, one.began) for one in timings.spans] == [
        ("request", 0.1),
        ("download", 1.0),
    ]


@pytest.fixture
def env(pysetup: Any, tmp_path: Path) -> Path:
    """An empty environment."""
    made = pysetup("venv", "create", tmp_path / "env")
    assert made.code == 0, made.err
    return tmp_path / "env"


def test_install_uninstall_and_build_keep_their_timings(
    pysetup: Any, slow_index: Any, env: Path, tmp_path: Path, project_root: Path
) -> None:
    slow_index.let_go.set()
    index = ("--index-url", slow_index.url)
    source = project_root / "examples" / "greet"
    page, facts = tmp_path / "page.html", tmp_path / "facts.json"
    ran = pysetup("install", "--env", env, *index, "demo", f"--timings={page}")
    assert ran.code == 0, ran.err
    text = "".join(Page(page.read_text("utf-8")).text)
    for row in ("resolve", "download demo-1.0-py3-none-any.whl", "unpack", "install"):
        assert row in text
    ran = pysetup("uninstall", "--env", env, "demo", f"--timings={facts}")
    assert ran.code == 0, ran.err
    found = json.loads(facts.read_text("utf-8"))
    assert found["schema"] == "pysetup-timings/1"
    assert found["command"][0] == "uninstall"
    assert [span["stage"] for span in found["spans"]] == ["uninstall"]
    built = pysetup("build", "-o", tmp_path / "dist", source, "--timings", cwd=tmp_path)
    assert built.code == 0, built.err
    assert "sdist greet-demo 1.2.0" in (tmp_path / "pysetup-timings.html").read_text()


def test_a_command_that_fails_keeps_its_timings_too(
    pysetup: Any, slow_index: Any, env: Path, tmp_path: Path
) -> None:
    slow_index.damage()
    slow_index.let_go.set()
    facts = tmp_path / "facts.json"
    index = ("--index-url", slow_index.url)
    ran = pysetup("install", "--env", env, *index, "demo", f"--timings={facts}")
    assert ran.code == 5
    found = json.loads(facts.read_text("utf-8"))
    assert found["exit_code"] == 5
    assert [s["ok"] for s in found["spans"] if s["stage"] == "fetch"] == [False]


def test_a_secret_of_the_command_line_is_not_written_down(
    pysetup: Any, make_wheel: Any, env: Path, tmp_path: Path
) -> None:
    facts = tmp_path / "facts.json"
    url = "https://user:sesame@index.example/simple/"
    words = (make_wheel(), f"--extra-index-url={url}", "--offline")
    pysetup("install", "--env", env, *words, f"--timings={facts}")
    assert "sesame" not in facts.read_text("utf-8")
    assert "https://***@index.example/simple/" in facts.read_text("utf-8")


@pytest.mark.parametrize("option", ["--timings", "--report"])
@pytest.mark.parametrize(
    ("place", "code"),
    [
        pytest.param("nowhere/out.html", 2, id="a folder that is not there"),
        pytest.param("folder", 2, id="a folder"),
        pytest.param("/proc/out.html", 7, id="a place that takes no files"),
        pytest.param("/dev/full", 7, id="a full disk"),
    ],
)
def test_a_file_that_cannot_be_written_stops_before_anything_is_changed(
    pysetup: Any,
    make_wheel: Any,
    env: Path,
    tmp_path: Path,
    option: str,
    place: str,
    code: int,
) -> None:
    (tmp_path / "folder").mkdir()
    before = _tree(env)
    words = ("install", "--env", env, make_wheel(), f"{option}={tmp_path / place}")
    ran = pysetup(*words)
    if (option, place) == ("--timings", "/dev/full"):
        # When the time is known the work is done: that it cannot be told is no failure.
        assert ran.code == 0
        assert "cannot write /dev/full" in ran.err
        return
    assert ran.code == code, ran.err
    assert _tree(env) == before
    assert sorted(os.listdir(tmp_path)) == ["env", "folder", "wheels"]


def _tree(root: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime for path in root.rglob("*")}


def test_a_device_is_written_to_and_not_replaced(
    pysetup: Any, make_wheel: Any, env: Path
) -> None:
    wheel = make_wheel()
    ran = pysetup("install", "--env", env, wheel, "--report", "/dev/null")
    assert ran.code == 0, ran.err
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_a_link_and_a_mode_stays_a_mode(
    pysetup: Any, make_wheel: Any, env: Path, tmp_path: Path
) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "real.json").chmod(0o640)
    (tmp_path / "link.json").symlink_to("real.json")
    report = tmp_path / "link.json"
    ran = pysetup("install", "--env", env, make_wheel(), "--report", report)
    assert ran.code == 0, ran.err
    assert report.is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["version"] == "1"
    assert (tmp_path / "real.json").stat().st_mode & 0o777 == 0o640
