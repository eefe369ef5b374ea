"""Real requirements by pysetup, uv and pip: the same pins, and how many requests?

A server on this machine stands before the index: it fetches each page and each file's
metadata once, so that all three see the same, and counts what each of them asks for.
Each begins with an empty cache. ``pages`` are project pages, ``metadata`` the files of
PEP 658, ``ranges`` parts of wheels, ``files`` whole archives, or questions about them.
Where pins differ they are listed; where there is no answer, all should say so.

Usage: resolve_like.py [--index-url URL] [--uv PROGRAM] [--only-uv] [--keep DIR]
                       [SET ... | REQUIREMENT ...]
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import urljoin

from packaging.utils import canonicalize_name

SETS: dict[str, list[str]] = {
    "flask": ["flask"],
    "requests": ["requests[socks]"],
    "fastapi": ["fastapi[all]"],
    "django": ["django", "djangorestframework", "celery[redis]", "psycopg[binary]"],
    "jupyterlab": ["jupyterlab"],
    "data": ["pandas", "scikit-learn", "matplotlib", "seaborn", "polars"],
    "sphinx": ["sphinx", "myst-parser", "furo", "sphinx-autobuild"],
    "dev": ["pytest", "hypothesis", "mypy", "ruff", "nox", "build", "twine", "black"],
    "airflow": ["apache-airflow[celery,postgres,amazon,google]"],
    "old-protobuf": ["grpcio-status", "protobuf<4"],
    "old-pydantic": ["fastapi", "pydantic<2"],
    "narrow": ["botocore<1.31", "boto3", "s3transfer"],
    "conflict": ["requests==2.27.1", "urllib3>=2"],
    "old-sphinx": ["sphinx<5", "docutils>=0.20"],
}
_LIMIT = 150
_OK = 200
_PIN = 2  # name and version
_KINDS = ("pages", "metadata", "ranges", "files")
_JSON = "application/vnd.pypi.simple.v1+json"


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up."""


class Mirror:
    """Stands before the index at ``upstream``; counts requests. Use it in ``with``."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream.rstrip("/") + "/"
        self._kept: dict[str, tuple[int, str, bytes]] = {}
        self._places: dict[str, str] = {}
        self._lock = Lock()
        self.counts: Counter[str] = Counter()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                status, kind, content = outer.answer(
                    self.path, ranged="Range" in self.headers
                )
                wanted = re.fullmatch(
                    r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")
                )
                more = {"Accept-Ranges": "bytes"}
                if wanted and status == _OK:
                    whole = len(content)
                    last_few = max(0, whole - int(wanted[2] or 0))
                    first = int(wanted[1]) if wanted[1] else last_few
                    last = int(wanted[2]) if wanted[1] and wanted[2] else whole - 1
                    last = min(last, whole - 1)
                    content = content[first : last + 1]
                    more["Content-Range"] = f"bytes {first}-{last}/{whole}"
                    status = 206
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The URL of the index."""
        return f"http://127.0.0.1:{self._server.server_port}/simple/"

    def answer(self, path: str, *, ranged: bool) -> tuple[int, str, bytes]:
        """Return status, content type and content; counts the request."""
        is_page = path.startswith("/simple/")
        kind = "pages" if is_page else "ranges" if ranged else "files"
        if path.endswith(".metadata"):
            kind = "metadata"
        with self._lock:
            self.counts[kind] += 1
            kept = self._kept.get(path)
        if kept is None:
            kept = self._page(path) if is_page else self._file(path)
            with self._lock:
                self._kept[path] = kept
        return kept

    def _page(self, path: str) -> tuple[int, str, bytes]:
        name = path.removeprefix("/simple/").strip("/")
        place = urljoin(self._upstream, f"{name}/")
        status, content = _fetch(place)
        if status != _OK:
            return status, "text/plain", b""
        page = json.loads(content)
        for file in page["files"]:
            file["url"] = self._here(urljoin(place, file["url"]))
        return 200, _JSON, json.dumps(page).encode()

    def _here(self, place: str) -> str:
        plain = place.split("#", 1)[0]
        path = "/files/" + re.sub(r"^\w+://", "", plain)
        self._places[path] = plain
        return path

    def _file(self, path: str) -> tuple[int, str, bytes]:
        place = self._places.get(path.removesuffix(".metadata"))
        if place is None:
            return 404, "text/plain", b""
        more = ".metadata" if path.endswith(".metadata") else ""
        status, content = _fetch(place + more)
        return status, "application/octet-stream", content

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _fetch(place: str) -> tuple[int, bytes]:
    request = urllib.request.Request(place, headers={"Accept": _JSON})
    for _ in range(3):
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, b""
        except OSError:
            time.sleep(1)
    return 503, b""


@dataclass
class Answer:
    """What one tool said; ``pins`` are None where it found no solution."""

    tool: str
    pins: dict[str, str] | None
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)
    told: str = ""


@dataclass(frozen=True)
class Tools:
    """How each tool is called."""

    python: str
    version: str
    uv: str

    def pysetup(self, asked: Sequence[str], url: str, folder: Path) -> list[str]:
        """Resolve for a Python that is named: then no wheel is fetched."""
        return [
            *(sys.executable, "-m", "pysetup", "install", "--dry-run", "--json"),
            *("--python", self.python, "--python-version", self.version),
            *("--index-url", url, "--cache-dir", str(folder / "cache")),
            *("--report", str(folder / "report.json"), *asked),
        ]

    def pip(self, asked: Sequence[str], url: str, folder: Path) -> list[str]:
        """Resolve with wheels alone, as the others do."""
        return [
            *(sys.executable, "-m", "pip", "--python", self.python, "install"),
            *("--dry-run", "--quiet", "--ignore-installed", "--only-binary", ":all:"),
            *("--cache-dir", str(folder / "cache"), "--index-url", url),
            *("--report", str(folder / "report.json"), *asked),
        ]

    def compile(self, asked: Sequence[str], url: str, folder: Path) -> list[str]:
        """Compile the requirements with uv."""
        (folder / "asked.in").write_text("\n".join(asked))
        return [
            *(self.uv, "pip", "compile", "--quiet", "--no-annotate", "--no-header"),
            *("--python", self.python, "--python-version", self.version),
            *("--no-build", "--cache-dir", str(folder / "cache")),
            *("--index-url", url, str(folder / "asked.in")),
        ]


def run(tool: str, asked: Sequence[str], mirror: Mirror, tools: Tools) -> Answer:
    """Let one tool resolve, with an empty cache."""
    with tempfile.TemporaryDirectory(prefix="like-") as name:
        folder = Path(name)
        make = {"pysetup": tools.pysetup, "pip": tools.pip, "uv": tools.compile}[tool]
        command = make(asked, mirror.url, folder)
        mirror.counts.clear()
        began = time.monotonic()
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_LIMIT,
                check=False,
                env={
                    **os.environ,
                    "PIP_CONFIG_FILE": os.devnull,
                    "PYSETUP_NO_CONFIG": "1",
                    "UV_NO_CONFIG": "1",
                },
            )
        except subprocess.TimeoutExpired:
            return Answer(tool, None, _LIMIT, mirror.counts.copy(), "took too long")
        seconds = time.monotonic() - began
        counts = mirror.counts.copy()
        if done.returncode:
            return Answer(tool, None, seconds, counts, done.stdout + done.stderr)
        if tool == "uv":
            pins = _pins_of_lines(done.stdout)
        else:
            report = json.loads((folder / "report.json").read_text())
            pins = _pins_of_report(report)
        return Answer(tool, pins, seconds, counts)


def _pins_of_lines(text: str) -> dict[str, str]:
    rows = (line.split(";")[0].strip().split("==") for line in text.splitlines())
    return {canonicalize_name(r[0].split("[")[0]): r[1] for r in rows if len(r) == _PIN}


def _pins_of_report(report: dict[str, Any]) -> dict[str, str]:
    found = (item["metadata"] for item in report["install"])
    return {canonicalize_name(each["name"]): each["version"] for each in found}


def told(name: str, answers: list[Answer]) -> str:
    """Return the rows of one set, and the pins that differ."""
    lines = []
    for answer in answers:
        pins = "none" if answer.pins is None else str(len(answer.pins))
        counts = "".join(f"{answer.counts[kind]:>10}" for kind in _KINDS)
        total = answer.counts.total()
        lines.append(
            f"{name:<15}{answer.tool:<9}{pins:>6}{counts}{total:>8}"
            f"{answer.seconds:>9.1f} s"
        )
    ours = answers[0].pins or {}
    for answer in answers[1:]:
        theirs = answer.pins or {}
        for project in sorted({*ours, *theirs}):
            mine, other = ours.get(project, "-"), theirs.get(project, "-")
            if mine != other:
                lines.append(f"    {project}: {mine}, {answer.tool} has {other}")
    return "\n".join(lines)


def main() -> int:
    """Resolve all sets; the exit code tells whether more was asked for than by uv."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--index-url", default="https://pypi.org/simple/")
    parser.add_argument("--uv", default=str(Path(sys.executable).parent / "uv"))
    parser.add_argument("--only-uv", action="store_true", help="leave out pip")
    arguments = parser.parse_args()
    version = "{}.{}.{}".format(*sys.version_info)
    tools = Tools(sys.executable, version, shutil.which(arguments.uv) or "uv")
    names = [each for each in arguments.sets if each in SETS]
    single = [each for each in arguments.sets if each not in SETS]
    chosen = {each: SETS[each] for each in names} if arguments.sets else dict(SETS)
    if single:
        chosen["asked"] = single
    peers = ["uv"] if arguments.only_uv else ["uv", "pip"]
    heads = "".join(f"{kind:>10}" for kind in _KINDS)
    print(f"{'set':<15}{'tool':<9}{'pins':>6}{heads}{'all':>8}{'time':>11}")
    more = []
    with Mirror(arguments.index_url) as mirror:
        for name, asked in chosen.items():
            # Once to fill the server, so that nobody waits for the index.
            run("pysetup", asked, mirror, tools)
            answers = [run(tool, asked, mirror, tools) for tool in ["pysetup", *peers]]
            print(told(name, answers), flush=True)
            if answers[0].counts.total() > answers[1].counts.total():
                more.append(name)
    print(f"\nmore requests than uv: {', '.join(more) or 'nowhere'}")
    return int(bool(more))


if __name__ == "__main__":
    sys.exit(main())
