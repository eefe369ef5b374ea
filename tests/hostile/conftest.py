"""The lab of hostile wheels: an environment, a store, and what must hold in both."""

import base64
import csv
import hashlib
import importlib.util
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reference" / "wheels-refused.md"
BLOCK = re.compile(r"^error\[(PS(\d)\d{3})\]: (.+)", re.MULTILINE)
MEGABYTES, SECONDS = 1024, 20


def load(name: str) -> Any:
    """Return the module ``name`` of this folder."""
    spec = importlib.util.spec_from_file_location(
        f"hostile_{name}", HERE / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look here
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Ran:
    """A finished run; ``code`` is None if it had to be killed."""

    code: int | None
    out: str
    err: str
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Case:
    """One wheel, and the answer that the reference promises."""

    section: str
    title: str
    answer: str
    slow: bool

    @property
    def table(self) -> Any:
        """The module with the wheels of its section."""
        return TABLES[self.section]

    def wheel(self, maker: Any, folder: Path) -> Path:
        """Write the wheel into ``folder``."""
        path = folder / getattr(self.table, "NAMES", {}).get(self.title, maker.name)
        path.write_bytes(self.table.CASES[self.title](maker))
        return Path(path)


def answers() -> dict[tuple[str, str], str]:
    """Return (section, wheel) -> answer, as the page of the reference has them."""
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in PAGE.read_text("utf-8").splitlines() if PAGE.exists() else ():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and section in TABLES:
            title, answer = (part.strip() for part in line.strip("|").split("|"))
            if title not in ("wheel", "---"):
                found[section, title] = answer
    return found


TABLES = {
    table.SECTION: table
    for table in (load(path.stem) for path in sorted(HERE.glob("cases_*.py")))
}
ANSWERS = answers()


def all_cases() -> list[Case]:
    return [
        Case(
            section,
            title,
            ANSWERS.get((section, title), ""),
            title in getattr(table, "SLOW", ()),
        )
        for section, table in TABLES.items()
        for title in table.CASES
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        rows = [
            pytest.param(
                case,
                id=f"{case.section}: {case.title}",
                marks=[pytest.mark.slow] if case.slow else [],
            )
            for case in all_cases()
        ]
        metafunc.parametrize("case", rows)


class WarmCommand:
    """The command in forks of one warm interpreter: a start takes no time."""

    def __init__(self, folder: Path) -> None:
        self._out, self._err = folder / "out", folder / "err"
        script = HERE.parent / "flow" / "bad_input" / "warm_command.py"
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, words: Sequence[str], environ: dict[str, str], cwd: Path) -> Ran:
        asked = {
            "words": words,
            "cwd": str(cwd),
            "env": environ,
            "out": str(self._out),
            "err": str(self._err),
            "seconds": SECONDS,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ran(
            answer["code"],
            self._out.read_text("utf-8", "surrogateescape"),
            self._err.read_text("utf-8", "surrogateescape"),
            answer["seconds"],
            answer["kilobytes"] / 1024,
        )

    def close(self) -> None:
        self._process.communicate(timeout=20)


def standing(folder: Path) -> dict[str, str]:
    """Return path -> kind, mode and content of everything below ``folder``."""
    found = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        text = stat.filemode(about.st_mode)
        if path.is_symlink():
            text += os.readlink(path)
        elif path.is_file():
            text += hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = text
    return found


class Lab:
    """One environment and one store; every run is in between two looks at both."""

    def __init__(self, root: Path, warm: WarmCommand) -> None:
        self.root, self._warm = root, warm
        self.env, self.cache, self.home = root / "env", root / "cache", root / "home"
        self.home.mkdir()
        self.environ = {
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "PATH": os.environ["PATH"],
            "PYSETUP_CACHE_DIR": str(self.cache),
            "PIP_CONFIG_FILE": os.devnull,
            "LC_ALL": "C.UTF-8",
        }
        assert self.run("venv", "create", str(self.env)).code == 0
        (self.site,) = self.env.glob("lib/python*/site-packages")

    def run(self, *words: str) -> Ran:
        return self._warm(words, self.environ, self.home)

    def install(self, wheel: Path) -> Ran:
        plain = ("--no-index", "--no-deps", "--env", str(self.env))
        # Stages are told when they take long, which depends on the machine.
        return self.run("install", *plain, "--progress", "never", str(wheel))

    def state(self) -> dict[str, str]:
        """Return what stands in the environment and in its home; not what lasts."""
        found = {f"env/{name}": what for name, what in standing(self.env).items()}
        found |= {f"home/{name}": what for name, what in standing(self.home).items()}
        return {name: what for name, what in found.items() if "/.pysetup" not in name}

    def stored(self) -> list[str]:
        """Return what the store has of any wheel."""
        store = self.cache / "store" / "v1"
        files = [path for path in store.rglob("*") if not path.is_dir()]
        return [str(path.relative_to(store)) for path in files]

    def record_faults(self) -> list[str]:
        """Compare every installed file with the RECORD that lists it, both ways."""
        faults, listed = [], set()
        for record in self.site.glob("*.dist-info/RECORD"):
            rows = record.read_text("utf-8").splitlines()
            for path, digest, size in csv.reader(rows):
                place = Path(os.path.normpath(self.site / path))
                listed.add(place)
                if not place.is_file():
                    faults.append(f"{path} is missing")
                elif digest and not _has_digest(place, digest, size):
                    faults.append(f"{path} is another")
        before = {self.root / name for name in self.clean}
        there = {path for path in self.env.rglob("*") if not path.is_dir()}
        extra = {p for p in there - listed - before if ".pysetup" not in p.parts}
        return faults + [f"{path} is not listed" for path in sorted(extra)]

    @property
    def clean(self) -> set[str]:
        return {name for name in self._clean if name.startswith("env/")}

    def remember_clean(self) -> None:
        self._clean = set(self.state())


def _has_digest(path: Path, digest: str, size: str) -> bool:
    algorithm, _, text = digest.partition("=")
    content = path.read_bytes()
    raw = hashlib.new(algorithm, content).digest()
    encoded = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return (encoded, str(len(content))) == (text, size)


def refusal_faults(ran: Ran, code: str) -> list[str]:
    """Return what is wrong with a refusal that must have ``code``."""
    blocks = BLOCK.findall(ran.err)
    found = []
    if len(blocks) != 1:
        found.append(f"{len(blocks)} errors")
    if [block[0] for block in blocks] != [code]:
        found.append(f"{[block[0] for block in blocks]}, not {code}")
    if ran.code != int(code[2]):
        found.append(f"exit code {ran.code}")
    return found + speech_faults(ran)


def speech_faults(ran: Ran) -> list[str]:
    """Return what no run may say or use."""
    found = []
    if ran.code is None:
        found.append(f"no end within {SECONDS} s")
    if "Traceback" in ran.err + ran.out:
        found.append("a traceback")
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", ran.err + ran.out):
        found.append("control characters")
    if len(ran.err) > 20_000:
        found.append(f"{len(ran.err)} characters said")
    if ran.megabytes > MEGABYTES:
        found.append(f"{ran.megabytes:.0f} MiB")
    return found


@pytest.fixture(scope="session")
def maker() -> Any:
    """The maker of wheels."""
    module = load("wheel_bytes")
    made = module.Wheels(load("zip_bytes"))
    made.name = module.NAME
    return made


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCommand]:
    """The command, warm."""
    command = WarmCommand(tmp_path_factory.mktemp("warm"))
    yield command
    command.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, warm: WarmCommand) -> Lab:
    """An environment and a store that every case leaves as it found them."""
    made = Lab(tmp_path_factory.mktemp("lab"), warm)
    made.remember_clean()
    return made


class Faults:
    """What must hold of every run."""

    refusal = staticmethod(refusal_faults)
    speech = staticmethod(speech_faults)


@pytest.fixture(scope="session")
def faults() -> Faults:
    """The judges of a run."""
    return Faults()


@pytest.fixture(scope="session")
def tables() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """What the reference names, and what there is."""
    return set(ANSWERS), {(case.section, case.title) for case in all_cases()}


@pytest.fixture(scope="session")
def wheels_by_hand(maker: Any) -> dict[str, bytes]:
    """One wheel in the forms that archives have."""
    sound = TABLES["Sound wheels"].CASES
    forms = {
        "deflated": "the plainest",
        "stored": "stored",
        "with descriptors": "data descriptors",
        "by zipfile": "written by zipfile to a pipe",
    }
    return {form: bytes(sound[title](maker)) for form, title in forms.items()}
