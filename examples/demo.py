"""The main job, end to end: two projects through all six phases, over a real index.

Run it with ``make demo``.  It drives the installed ``pysetup`` command alone: a
project of our own (``examples/greet``) and one of somebody else, whose sdist comes
from the package index that pip is configured to use.  Each step is timed; the first
step that does not hold ends the demo with a non-zero exit code.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / ".demo"
PYSETUP = [sys.executable, "-m", "pysetup"]
# Somebody else's project: built by flit, with a console command of its own.
FOREIGN = "build"
FOREIGN_COMMAND = ["pyproject-build", "--version"]


class StepError(Exception):
    """A step of the demo did not hold."""


def call(*words: str | Path, stdin: str | None = None) -> str:
    """Run one command; return what it printed; fail the demo if it fails."""
    command = [*map(str, words)]
    done = subprocess.run(
        command, text=True, capture_output=True, check=False, input=stdin
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise StepError(f"{' '.join(command)}\nexit {done.returncode}\n{said}")
    return done.stdout


def pysetup(*words: str | Path, stdin: str | None = None) -> str:
    """Run the command under test."""
    return call(*PYSETUP, *words, stdin=stdin)


def pysetup_json(*words: str | Path) -> Any:
    """Run the command under test and return the result of its JSON envelope."""
    return json.loads(pysetup(*words, "--json"))["result"]


class Steps:
    """Counts, times and prints the steps."""

    def __init__(self) -> None:
        """Start counting and the clock."""
        self.number = 0
        self.began = time.monotonic()

    def __call__(
        self, title: str, action: Callable[P, R], *words: P.args, **options: P.kwargs
    ) -> R:
        """Run one step and return what it returns."""
        self.number += 1
        start = time.monotonic()
        print(f"{self.number:>3}. {title:<62}", end="", flush=True)
        result = action(*words, **options)
        print(f"{time.monotonic() - start:>7.2f} s", flush=True)
        return result


def holds(fact: object, claim: str) -> None:
    """Fail the demo unless ``fact`` is true."""
    if not fact:
        raise StepError(f"this does not hold: {claim}")


class Index:
    """The embedded index server, on a loopback port of its own."""

    def __init__(self, data: Path) -> None:
        """Make a user, and start the server."""
        self.password = secrets.token_hex(16)
        pysetup(
            *("index", "user", "add", "demo", "--password-stdin", "--data", data),
            stdin=self.password + "\n",
        )
        self.process = subprocess.Popen(
            [*PYSETUP, "index", "serve", "--data", str(data), "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stderr.readline()
        urls = [word for word in line.split() if word.startswith("http://")]
        holds(urls, f"the index server says its URL, not {line!r}")
        parts = urlsplit(urls[0])
        self.url = f"http://{parts.netloc}/simple/"

    def publish(self, *files: Path) -> Any:
        """Upload ``files`` and return the report."""
        return pysetup_json(
            *("publish", "--index-url", self.url, "--username", "demo"),
            *("--password", self.password, *files),
        )

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(10)


def carry_own(step: Steps, index: Index) -> None:
    """Carry ``examples/greet`` through the six phases."""
    print("\ngreet-demo: a project of our own, no build hook, static metadata")
    tree = WORK / "greet"
    shutil.copytree(HERE / "greet", tree)
    dist = WORK / "dist"

    develop = WORK / "develop-env"
    step("an environment to develop in", pysetup, "venv", "create", develop)
    step(
        "develop: editable, path-only .pth", pysetup, "develop", "--env", develop, tree
    )
    out = step(
        "run the command from the checkout",
        pysetup,
        "run",
        "--env",
        develop,
        "greet",
        "Ada",
    )
    holds(out == "Hello, Ada\n", f"greet says hello, not {out!r}")

    step("sdist", pysetup, "sdist", "--outdir", dist, tree)
    sdist = dist / "greet_demo-1.2.0.tar.gz"
    built = WORK / "built"
    step(
        "build: the sdist becomes a tree in wheel layout",
        pysetup,
        "build",
        "--tree",
        "--outdir",
        built,
        sdist,
    )
    (layout,) = built.iterdir()
    step(
        "bdist_wheel: that tree becomes a wheel",
        pysetup,
        "bdist_wheel",
        "--outdir",
        dist,
        layout,
    )
    wheel = dist / "greet_demo-1.2.0-py3-none-any.whl"
    holds(wheel.is_file(), f"{wheel.name} was made")

    pack_for_systems(step, wheel)

    report = step("publish both over HTTP", index.publish, sdist, wheel)
    holds(len(report["files"]) == 2, "two files were uploaded")

    fresh = WORK / "fresh-env"
    step("a fresh environment", pysetup, "venv", "create", fresh)
    step(
        "install from the index, with its dependency and an extra",
        pysetup,
        "install",
        "--env",
        fresh,
        "--extra-index-url",
        index.url,
        "greet-demo[color]",
    )
    out = step(
        "run the installed command",
        pysetup,
        "run",
        "--env",
        fresh,
        "greet",
        "--language",
        "fr",
        "--voice",
        "loud",
        "--met",
        "400",
        "Ada",
    )
    holds(out.splitlines()[0] == "BONJOUR, ADA!", f"the entry points work, not {out!r}")
    holds("1 year" in out, "the dependency works")
    step(
        "check and verify what is installed",
        lambda: (pysetup("check", "--env", fresh), pysetup("verify", "--env", fresh)),
    )

    chain = step(
        "trace",
        pysetup_json,
        "trace",
        "--env",
        fresh,
        "--extra-index-url",
        index.url,
        "--source",
        tree,
        "--sdist",
        sdist,
        "greet-demo",
    )
    holds(chain["holds"], "one document passed through all phases unchanged")
    print()
    print(
        pysetup(
            "trace",
            "--env",
            fresh,
            "--extra-index-url",
            index.url,
            "--source",
            tree,
            "--sdist",
            sdist,
            "greet-demo",
        )
    )


def pack_for_systems(step: Steps, wheel: Path) -> None:
    """Make a package of the wheel in every format that this machine can write."""
    place = WORK / "packages"
    for format_ in pysetup_json("bdist", "--list-formats"):
        name = format_["name"]
        if name == "wheel" or "binary" not in format_["levels"]:
            continue
        summary = format_["summary"].partition(" (")[0]
        title = f"bdist_{name}: {summary}"[:61]
        if any("source packages" not in tool for tool in format_["missing"]):
            print(f"  -. {title}: needs {format_['missing'][0]}")
            continue
        made = step(title, pysetup_json, f"bdist_{name}", wheel, "--outdir", place)
        files = [Path(file["location"]) for file in made["files"]]
        holds(files and all(map(Path.is_file, files)), f"bdist_{name} made a file")


def carry_foreign(step: Steps, index: Index) -> None:
    """Carry somebody else's project through the six phases."""
    print(f"{FOREIGN}: somebody else's project, with a build back end of its own")
    fetched = WORK / "fetched"
    step(
        "fetch its sdist from the configured index",
        call,
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--dest",
        fetched,
        FOREIGN,
    )
    (original,) = fetched.iterdir()
    unpacked = WORK / "foreign"
    unpacked.mkdir()
    call("tar", "-xf", original, "-C", unpacked)
    (tree,) = unpacked.iterdir()
    dist = WORK / "foreign-dist"

    develop = WORK / "foreign-develop-env"
    step("an environment to develop in", pysetup, "venv", "create", develop)
    step(
        "develop, through its own back end", pysetup, "develop", "--env", develop, tree
    )
    step(
        "run the command from the checkout",
        pysetup,
        "run",
        "--env",
        develop,
        *FOREIGN_COMMAND,
    )
    step("sdist", pysetup, "sdist", "--outdir", dist, tree)
    (sdist,) = dist.glob("*.tar.gz")
    built = WORK / "foreign-built"
    step("build", pysetup, "build", "--tree", "--outdir", built, sdist)
    (layout,) = built.iterdir()
    step("bdist_wheel", pysetup, "bdist_wheel", "--outdir", dist, layout)
    (wheel,) = dist.glob("*.whl")
    step("publish", index.publish, sdist, wheel)
    fresh = WORK / "foreign-env"
    step("a fresh environment", pysetup, "venv", "create", fresh)
    step(
        "install from the index",
        pysetup,
        "install",
        "--env",
        fresh,
        "--extra-index-url",
        index.url,
        FOREIGN,
    )
    out = step(
        "run the installed command", pysetup, "run", "--env", fresh, *FOREIGN_COMMAND
    )
    holds(
        sdist.name.removesuffix(".tar.gz").split("-")[1] in out, "it says its version"
    )
    chain = step(
        "trace",
        pysetup_json,
        "trace",
        "--env",
        fresh,
        "--extra-index-url",
        index.url,
        "--source",
        tree,
        "--sdist",
        sdist,
        FOREIGN,
    )
    holds(chain["holds"], "the chain of documents holds")
    print()
    print(
        pysetup(
            "trace",
            "--env",
            fresh,
            "--extra-index-url",
            index.url,
            "--source",
            tree,
            "--sdist",
            sdist,
            FOREIGN,
        )
    )


def main() -> int:
    """Run the demo and return its exit code."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    os.environ["PYSETUP_CACHE_DIR"] = str(WORK / "cache")
    step = Steps()
    print("pysetup: two projects through all six phases")
    index = None
    try:
        index = step("start the embedded index on loopback", Index, WORK / "index")
        carry_own(step, index)
        carry_foreign(step, index)
    except StepError as error:
        print(f"\n\nFAILED at step {step.number}: {error}", file=sys.stderr)
        return 1
    finally:
        if index is not None:
            index.stop()
    print(f"All {step.number} steps hold, in {time.monotonic() - step.began:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
