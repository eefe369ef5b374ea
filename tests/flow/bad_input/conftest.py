"""The lab of bad input: a place for each fault, all commands, and what must hold."""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BLOCK = re.compile(r"^error\[(PS(\d)\d{3})\]: (.+)", re.MULTILINE)
HELP = re.compile(r"^  help: (\S.{9,})", re.MULTILINE)
_HASHED = 1 << 16
_REMEMBERED = ("", "/log", "/lock", "/interpreters", "/replay", "/build-env", "/store", "/store/v1", "/store/v1/new", "/store/v1/wheels")  # fmt: skip


class WarmCommand:
    """The command in forks of one warm interpreter: a start takes no time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("warm_command.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(
        self,
        words: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str],
        seconds: float,
    ) -> "Ran":
        out, err = self._folder / "out", self._folder / "err"
        asked = {
            "words": [os.fsencode(word).decode("latin-1") for word in words],
            "cwd": str(cwd),
            "env": dict(env),
            "out": str(out),
            "err": str(err),
            "seconds": seconds,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ran(
            answer["code"],
            out.read_text("utf-8", "surrogateescape"),
            err.read_text("utf-8", "surrogateescape"),
            answer["seconds"],
            answer["kilobytes"] / 1024,
        )

    def close(self) -> None:
        self._process.communicate(timeout=20)


@dataclass(frozen=True)
class Ran:
    """A finished run; ``code`` is None if it had to be killed."""

    code: int | None
    out: str
    err: str
    seconds: float
    megabytes: float


def state_of(folder: Path) -> dict[str, str]:
    """Return path -> what is there, for everything below ``folder`` but build logs."""
    found = {}
    for parent, folders, files in os.walk(folder):
        if re.search(
            "/cache/(log|interpreters|replay|build-env|store/v1/wheels)(/|$)", parent
        ):
            continue
        # A back end of the project itself is developed where it stands.
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            found[os.path.relpath(path, folder)] = _thing(path)
    # Logs, and what the cache remembers for the next run, may appear.
    for name in _REMEMBERED:
        found.pop(f"cache{name}", None)
    return found


def _thing(path: str) -> str:
    about = os.lstat(path)
    if stat.S_ISLNK(about.st_mode):
        return f"a link to {os.readlink(path)!r}"
    text = stat.filemode(about.st_mode)
    if stat.S_ISREG(about.st_mode):
        text += f" {about.st_size}"
        if about.st_size < _HASHED and os.access(path, os.R_OK):
            with open(path, "rb") as stream:
                text += hashlib.sha256(stream.read()).hexdigest()
    return text


class Lab:
    """A place with a folder for each thing that a run may touch."""

    def __init__(self, root: Path, warm: WarmCommand) -> None:
        self.root, self._warm = root, warm
        self.place = root / "place"
        self.out = root / "out"
        self.env, self.good = root / "env", root / "good"
        for name in ("place", "out", "tmp", "home", "cwd"):
            (root / name).mkdir(exist_ok=True)
        self.environ = {
            "HOME": str(root / "home"),
            "TMPDIR": str(root / "tmp"),
            "PATH": os.environ["PATH"],
            "PYSETUP_CACHE_DIR": str(root / "cache"),
            "PYSETUP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "LC_ALL": "C.UTF-8",
        }

    def words(self, command: str, given: Path | str) -> list[str | Path]:
        """Return the words that give ``given`` to ``command``."""
        out: list[str | Path] = ["--outdir", self.out]
        plain: list[str | Path] = [
            "--no-isolation",
            "--no-index",
            "--build-timeout",
            "10",
        ]
        table: dict[str, list[str | Path]] = {
            "build": ["build", given, *out, *plain],
            "build in place": ["build", "--in-place", given, *out, *plain],
            "build the tree": ["build", "--tree", given, *out, *plain],
            "build the wheel": ["build", "--wheel", given, *out, *plain],
            "sdist": ["sdist", given, *out, *plain],
            "sdist list": ["sdist", "--list", given, *plain],
            "normalize": ["sdist", "--normalize", given, *out],
            "bdist_wheel": ["bdist_wheel", given, *out, *plain],
            "develop": ["develop", given, "--env", self.env, *plain],
            "develop strict": ["develop", "--strict", given, "--env", self.env, *plain],
            "install": ["install", given, "--env", self.env, *plain],
            "metadata show": ["metadata", "show", given, *plain],
            "check": ["check", given, *plain],
            "files explain": ["files", "explain", "--project", given, "x.py", *plain],
            "init": ["init", "--yes", given],
            "build-lock": ["build-lock", given, "--no-index"],
            "setup.py": ["--no-isolation", "--directory", given, "setup.py", "bdist_wheel"],
            "rebuild": ["rebuild", self.good / "demo-1.0-py3-none-any.whl", "--from", given, *out, *plain],
            "rebuild the sdist": ["rebuild", given, "--from", self.good / "demo", *out, *plain],
            "compare": ["rebuild", "--compare", given, self.good / "demo-1.0.tar.gz"],
            "pack": ["pack", given, *out],
            "unpack": ["unpack", given, *out],
        }  # fmt: skip
        return table[command]

    def run(
        self,
        *words: str | Path,
        seconds: float = 20,
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run the words."""
        environ = {**self.environ, **(env or {})}
        return self._warm(words, cwd=self.root / "cwd", env=environ, seconds=seconds)

    def state(self) -> dict[str, str]:
        """Return all that stands here."""
        return {
            **state_of(self.root),
            **{f"env/{name}": thing for name, thing in state_of(self.env).items()},
        }

    def refuses(self, *words: str | Path, classes: str, **how: Any) -> Ran:
        """Run the words; all that every refusal owes its user must hold."""
        before = self.state()
        ran = self.run(*words, **how)
        problems = [*faults_of(ran, classes), *changes(before, self.state())]
        told = self.run("--json", *words, **how)
        problems += json_faults(told, ran)
        assert not problems, "\n".join(
            [
                *problems,
                f"words: {words}",
                "stdout:",
                ran.out[:500],
                "stderr:",
                ran.err[:3000],
            ]
        )
        return ran

    def answers(self, *words: str | Path, classes: str, **how: Any) -> Ran:
        """Run what may well succeed; refused, all that ``refuses`` asks must hold."""
        before = self.state()
        ran = self.run(*words, **how)
        problems = faults_of(ran, classes)
        if ran.code:
            problems += changes(before, self.state())
        else:
            problems = [
                one for one in problems if one not in ("0 ERROR BLOCKS", "NO HELP")
            ]
            problems += [
                one
                for one in changes(before, self.state())
                if not one.startswith(
                    (
                        "LITTER out/",
                        "LITTER env/",
                        "LITTER cache/",
                        "LITTER place/demo/pylock.toml",
                        "LITTER place/demo/dist",
                        "CHANGED",
                        "GONE env/",
                    )
                )
            ]
        assert not problems, "\n".join(
            [
                *problems,
                f"words: {words}",
                "stdout:",
                ran.out[:500],
                "stderr:",
                ran.err[:3000],
            ]
        )
        return ran


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Name what is there now, or is gone, or is another."""
    return [
        *(f"LITTER {name}: {after[name]}" for name in sorted(after.keys() - before.keys())),
        *(f"GONE {name}" for name in sorted(before.keys() - after.keys())),
        *(f"CHANGED {name}" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]),
    ]  # fmt: skip


def faults_of(ran: Ran, classes: str) -> list[str]:
    """Return what is wrong with how a refusal is told to people."""
    if ran.code is None:
        return ["HANGS"]
    found = []
    if str(ran.code) not in classes:
        found.append(f"CODE {ran.code}, not one of {classes}")
    if "Traceback (most recent" in ran.err and "last lines" not in ran.err:
        found.append("TRACEBACK")
    found += faults_of_blocks(ran)
    if re.search("[\x00-\x08\x0b-\x1f\x7f]", ran.err + ran.out):
        found.append("CONTROL CHARACTERS")
    if len(ran.err) > 20_000:
        found.append("TOO MUCH SAID")
    if ran.megabytes > 500:
        found.append(f"{ran.megabytes:.0f} MEGABYTES")
    return found


def faults_of_blocks(ran: Ran) -> list[str]:
    """Return what is wrong with the one block that a refusal consists of."""
    blocks = BLOCK.findall(ran.err)
    if ran.code in (0, 1) and not blocks and ran.out:
        return []  # a checker tells what it found as its answer
    found = []
    if len(blocks) != 1:
        found.append(f"{len(blocks)} ERROR BLOCKS")
    if any(int(block[1]) != ran.code for block in blocks):
        found.append("CODE AND CLASS DIFFER")
    if not HELP.search(ran.err):
        found.append("NO HELP")
    return found


def json_faults(told: Ran, plain: Ran) -> list[str]:
    """Return what is wrong with how the same refusal is told to programs."""
    if told.code != plain.code:
        return [f"JSON CODE {told.code}, not {plain.code}"]
    try:
        envelope = json.loads(told.out)
    except ValueError:
        return ["NO JSON: " + told.out[:200]]
    codes = [one["code"] for one in envelope["errors"]]
    if envelope["exit_code"] != plain.code:
        return ["JSON exit_code"]
    wanted = [block[0] for block in BLOCK.findall(plain.err)]
    if codes != wanted:
        return [f"JSON errors {codes}, not {wanted}"]
    return []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each fault meets one of its commands, another from fault to fault; all if slow."""
    groups: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        spec = getattr(item, "callspec", None)
        if item.path.parent == Path(__file__).parent and spec is not None:
            # The command comes last: the rest of the id is the fault.
            fault = spec.id.removesuffix(str(spec.params.get("command", "")))
            groups.setdefault((item.location[2].partition("[")[0], fault), []).append(
                item
            )
    for number, group in enumerate(groups.values()):
        chosen = group[number % len(group)]
        for item in group:
            if item is not chosen:
                item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCommand]:
    """The command, warm."""
    command = WarmCommand(tmp_path_factory.mktemp("warm"))
    yield command
    command.close()


PROJECT = """[project]
name = "demo"
version = "1.0"
[build-system]
requires = []
build-backend = "pysetup.backend"
"""


@pytest.fixture(scope="session")
def good_place(tmp_path_factory: pytest.TempPathFactory, warm: WarmCommand) -> Path:
    """A new environment, and a good project with its sdist and its wheel."""
    place = tmp_path_factory.mktemp("good")
    lab = Lab(place, warm)
    project = place / "demo"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    (project / "demo.py").write_text("x = 1\n")
    assert lab.run("venv", "create", place / "env").code == 0
    assert lab.run("build", project, "--outdir", place).code == 0
    return place


@pytest.fixture
def lab(tmp_path: Path, warm: WarmCommand, good_place: Path) -> Lab:
    """A lab with an environment and a good project."""
    lab = Lab(tmp_path, warm)
    lab.env, lab.good = good_place / "env", good_place
    return lab
