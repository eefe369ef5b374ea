"""Installs, no-ops, first imports and uninstalls, as ratios to uv's in the same run.

Each folder holds the wheels of one set; all of them are installed by exact versions
with --no-deps, from an index on loopback that this script serves. Caches are warm, the
environments are made beforehand, runs are interleaved; medians of wall and CPU time,
and the medians of the ratios of each pair.

Usage: install_speed.py [-n RUNS] [--work DIR] [--uv FILE] [--import MODULE[,MODULE]]
       [--phases warm,noop,first,uninstall,durable] FOLDER...
With --import one folder is given, and the phase `first` imports these modules.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PYSETUP = str(Path(sys.executable).parent / "pysetup")
PHASES = ("noop", "warm", "first", "uninstall", "durable")
LINE = "| {:<10} | {:<9} | {:<22} | {:>8.1f} | {:>7.1f} | {:>10.2f} | {:>9.2f} |"
HEAD = "| set | phase | case | wall ms | cpu ms | wall ratio | cpu ratio |"


@dataclass(frozen=True)
class Case:
    """One tool in one mode: what is run, and what must have been run before."""

    name: str
    command: list[str]
    before: list[str] | None
    environ: dict[str, str]


def serve(folder: Path) -> ThreadingHTTPServer:
    """Serve the wheels in ``folder`` as an index on loopback."""
    pages: dict[str, list[dict[str, Any]]] = {}
    for wheel in sorted(folder.glob("*.whl")):
        name = wheel.name.split("-")[0].replace("_", "-").replace(".", "-").lower()
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        row: dict[str, Any] = {"filename": wheel.name, "url": f"/files/{wheel.name}"}
        row |= {"hashes": {"sha256": digest}, "size": wheel.stat().st_size}
        pages.setdefault(name, []).append(row)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, _, rest = self.path.strip("/").partition("/")
            if kind == "files":
                self.answer((folder / rest).read_bytes(), "application/zip")
                return
            page = {"meta": {"api-version": "1.0"}, "name": rest}
            content = json.dumps({**page, "files": pages[rest]}).encode()
            self.answer(content, "application/vnd.pypi.simple.v1+json")

        def answer(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.send_header("cache-control", "max-age=600")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing: a client may end a connection when it has what it wants."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def spent(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of one run of ``command``."""
    begin = time.perf_counter()
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command} failed")
    return wall, usage.ru_utime + usage.ru_stime


def lock_of(folder: Path, work: Path) -> Path:
    """Write the requirements: every wheel by its exact version."""
    lines = []
    for wheel in sorted(folder.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        lines.append(f"{name.replace('_', '-')}=={version}\n")
    path = work / "lock.txt"
    path.write_text("".join(lines))
    return path


def cases(
    phase: str, uv: str, url: str, lock: Path, work: Path, modules: str
) -> list[Case]:
    """Return what is compared in a phase; the first is the yardstick."""
    env, python = work / "env", work / "env/bin/python"
    clean = {"PATH": os.environ["PATH"], "HOME": str(work)}
    theirs = {**clean, "UV_CACHE_DIR": str(work / "uv-cache"), "UV_NO_CONFIG": "1"}
    ours = {**clean, "PYSETUP_CACHE_DIR": str(work / "pysetup-cache")}
    what = ["--no-deps", "-r", str(lock)]
    uv_add = [uv, "pip", "install", "-q", "--python", str(python)]
    uv_add += ["--default-index", url, "--link-mode", "hardlink", *what]
    add = [PYSETUP, "install", "-q", "--python", str(python), "--index-url", url]
    links = [*add, "--link-mode", "symlink", *what]
    add += what
    uv_drop = [uv, "pip", "uninstall", "-q", "--python", str(python), "-r", str(lock)]
    drop = [PYSETUP, "uninstall", "-q", "-y", "--python", str(python), "-r", str(lock)]
    assert env.parent == work
    if phase == "warm":
        return [
            Case("uv hardlink", uv_add, None, theirs),
            Case("pysetup", add, None, ours),
            Case("pysetup folder links", links, None, ours),
        ]
    if phase == "noop":
        return [
            Case("uv", uv_add, uv_add, theirs),
            Case("pysetup", add, add, ours),
        ]
    if phase == "uninstall":
        return [
            Case("uv", uv_drop, uv_add, theirs),
            Case("pysetup", drop, add, ours),
        ]
    if phase == "durable":
        fast = {**ours, "PYSETUP_DURABILITY": "fast"}
        return [
            Case("pysetup fast", add, None, fast),
            Case("pysetup durable", add, None, ours),
        ]
    program = f'"$@" && {python} -c "import {modules}"'
    return [
        Case("uv hardlink", ["sh", "-c", program, "sh", *uv_add], None, theirs),
        Case("pysetup", ["sh", "-c", program, "sh", *add], None, ours),
        Case("pysetup folder links", ["sh", "-c", program, "sh", *links], None, ours),
    ]


def measure(
    found: list[Case], work: Path, runs: int
) -> dict[str, list[tuple[float, float]]]:
    """Run the cases in turn; the first two turns, which fill caches, do not count."""
    rows: dict[str, list[tuple[float, float]]] = {case.name: [] for case in found}
    for turn in range(-2, runs):
        for case in found:
            shutil.rmtree(work / "env", ignore_errors=True)
            shutil.copytree(work / "empty", work / "env", symlinks=True)
            if case.before is not None:
                spent(case.before, case.environ)
            figures = spent(case.command, case.environ)
            if turn >= 0:
                rows[case.name].append(figures)
    return rows


def show(title: str, phase: str, rows: dict[str, list[tuple[float, float]]]) -> None:
    """Print a line for each case."""
    base = next(iter(rows.values()))
    for name, figures in rows.items():
        wall, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        pairs = list(zip(figures, base, strict=True))
        ratios = [statistics.median(a[i] / b[i] for a, b in pairs) for i in (0, 1)]
        print(LINE.format(title, phase, name, wall * 1000, cpu * 1000, *ratios))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-n", "--runs", type=int, default=7)
    parser.add_argument("--work", type=Path, help="disk to measure on")
    parser.add_argument("--uv", default=shutil.which("uv"), help="uv's program")
    parser.add_argument("--phases", default="noop,warm,uninstall")
    parser.add_argument("--import", dest="modules", default="")
    arguments = parser.parse_args()
    if not arguments.uv:
        sys.exit("uv is not on PATH")
    print(HEAD, "|---|---|---|---:|---:|---:|---:|", sep="\n")
    for folder in arguments.folders:
        server = serve(folder.resolve())
        url = f"http://127.0.0.1:{server.server_port}/simple/"
        with tempfile.TemporaryDirectory(dir=arguments.work) as name:
            work = Path(name)
            empty = work / "empty"
            made = [sys.executable, "-m", "venv", "--without-pip", str(empty)]
            subprocess.run(made, check=True)
            lock = lock_of(folder, work)
            for phase in arguments.phases.split(","):
                found = cases(phase, arguments.uv, url, lock, work, arguments.modules)
                show(folder.name, phase, measure(found, work, arguments.runs))
        server.shutdown()


if __name__ == "__main__":
    main()
