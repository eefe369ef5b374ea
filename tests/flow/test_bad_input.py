"""Bad input: the class of the exit code, one clear error, and nothing changed."""

import json
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

Look = Callable[[Path], Mapping[str, bytes]]


@pytest.fixture
def environment(pysetup: Any, tmp_path: Path, make_wheel: Any) -> Path:
    """An environment with one distribution in it."""
    place = tmp_path / "environment"
    assert pysetup("venv", "create", place).code == 0
    old = make_wheel("settled", "1.0")
    assert pysetup("install", "--env", place, "--no-index", old).code == 0
    return place


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a wheel anew with its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def contradict_record(members: dict[str, bytes]) -> None:
    members["demo/__init__.py"] = b"value = 2\n"


def add_unlisted(members: dict[str, bytes]) -> None:
    members["demo/extra.py"] = b""


def climb_out(members: dict[str, bytes]) -> None:
    members["../outside.py"] = b""
    members["demo-1.0.dist-info/RECORD"] += b"../outside.py,,\n"


def lose_metadata(members: dict[str, bytes]) -> None:
    del members["demo-1.0.dist-info/METADATA"]


def lose_record(members: dict[str, bytes]) -> None:
    del members["demo-1.0.dist-info/RECORD"]


def be_another(members: dict[str, bytes]) -> None:
    info = members.pop("demo-1.0.dist-info/METADATA")
    members["demo-1.0.dist-info/METADATA"] = info.replace(b"demo", b"other")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(contradict_record, id="a file contradicts RECORD"),
        pytest.param(add_unlisted, id="a file is not in RECORD"),
        pytest.param(climb_out, id="a path leads outside"),
        pytest.param(lose_metadata, id="METADATA is missing"),
        pytest.param(lose_record, id="RECORD is missing"),
        pytest.param(be_another, id="METADATA is of another project"),
    ],
)
def test_a_bad_wheel_is_refused_and_nothing_is_written(
    pysetup: Any,
    environment: Path,
    make_wheel: Any,
    look: Look,
    change: Callable[[dict[str, bytes]], None],
) -> None:
    good = make_wheel("good", "1.0")
    bad = rewritten(make_wheel("demo", "1.0"), change)
    before = look(environment)
    ran = pysetup("install", "--env", environment, "--no-index", good, bad)
    assert ran.code == 5, ran.err
    assert ran.err.count("error[PS5") == 1
    assert "help:" in ran.err
    assert "demo-1.0" in ran.err
    assert "Traceback" not in ran.err
    assert look(environment) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["instal", "x"], 2, "did you mean  pysetup install", id="an unknown command"),
        pytest.param(["install", "--frob", "x"], 2, "--frob", id="an unknown option"),
        pytest.param(["install"], 2, "nothing was asked for", id="nothing asked for"),
        pytest.param(["install", "a b"], 2, "not a requirement", id="no requirement"),
        pytest.param(["install", "./missing.whl"], 2, "neither a file", id="a missing file"),
        pytest.param(["install", "-r", "missing.txt"], 2, "missing.txt", id="a missing requirements file"),
        pytest.param(["install", "--no-index", "absent"], 3, "no project absent", id="a project that is nowhere"),
        pytest.param(["install", "--no-index", "settled>1"], 3, "settled", id="a version that is nowhere"),
        pytest.param(["uninstall", "absent"], 1, "absent is not installed", id="uninstalling what is not there"),
        pytest.param(["show", "absent"], 1, "absent is not installed", id="showing what is not there"),
        pytest.param(["run", "absent-command"], 1, "no command", id="running what is not there"),
        pytest.param(["verify", "absent"], 1, "absent is not installed", id="verifying what is not there"),
        pytest.param(["trace", "absent"], 1, "absent is not installed", id="tracing what is not there"),
        pytest.param(["explain", "PS9999"], 1, "PS9999", id="explaining what is no code"),
    ],
)  # fmt: skip
def test_bad_words_end_with_their_class_and_change_nothing(
    pysetup: Any,
    environment: Path,
    look: Look,
    words: list[str],
    code: int,
    said: str,
) -> None:
    before = look(environment)
    variables = {"VIRTUAL_ENV": str(environment)}
    ran = pysetup(*words, env=variables)
    assert ran.code == code, ran.err
    assert said in ran.err
    assert f"[exit {code}]" in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    told = pysetup("--json", *words, env=variables)
    envelope = json.loads(told.out)
    assert envelope["ok"] is False
    assert envelope["exit_code"] == told.code == code
    assert envelope["errors"][0]["code"].startswith(f"PS{code}")
    assert look(environment) == before


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_an_unreachable_index_is_a_network_error(
    pysetup: Any, environment: Path, look: Look
) -> None:
    before = look(environment)
    url = f"http://127.0.0.1:{free_port()}/simple/"
    ran = pysetup(
        *("install", "--env", environment, "--index-url", url, "--retries", "0", "x")
    )
    assert ran.code == 4
    assert "cannot reach" in ran.err
    assert url in ran.err
    assert look(environment) == before


def test_plain_http_beyond_loopback_is_an_integrity_error(
    pysetup: Any, environment: Path
) -> None:
    url = "http://index.example/simple/"
    ran = pysetup("install", "--env", environment, "--index-url", url, "x")
    assert ran.code == 5
    assert "--trusted-host index.example" in ran.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param('[project]\nname = "x"\nversion = "1"\nlicence = "MIT"\n', ["pyproject.toml:4", '"licence"', '"license"'], id="an unknown field"),
        pytest.param('[project\nname = "x"\n', ["pyproject.toml:1"], id="broken TOML"),
        pytest.param('[project]\nname = "x"\nversion = "one"\n', ["pyproject.toml:3", "version"], id="a bad version"),
        pytest.param('[project]\nname = "-x"\nversion = "1"\n', ["pyproject.toml:2", "name"], id="a bad name"),
        pytest.param('[project]\nname = "x"\nversion = "1"\ndependencies = ["a b"]\n', ["pyproject.toml:4", "dependencies"], id="a bad requirement"),
        pytest.param('[project]\nname = "x"\nversion = 1\n', ["pyproject.toml:3", "version"], id="a wrong type"),
        pytest.param('[project]\nname = "x"\n', ["version"], id="no version"),
        pytest.param('[project]\nname = "x"\nversion = "1"\nreadme = "NO.md"\n', ["NO.md"], id="a missing readme"),
        pytest.param('[project]\nname = "x"\nversion = "1"\n', ["x"], id="no module"),
    ],
)  # fmt: skip
def test_a_broken_project_is_told_with_file_line_and_field(
    pysetup: Any, tmp_path: Path, content: str, said: list[str]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    head = '[build-system]\nrequires = ["pysetup"]\nbuild-backend = "pysetup.backend"\n'
    (project / "pyproject.toml").write_text(content + head, "utf-8")
    ran = pysetup("build", project)
    assert ran.code == 2, ran.err
    for word in said:
        assert word in ran.err
    assert "help:" in ran.err
    assert "Traceback" not in ran.err
    assert sorted(path.name for path in project.iterdir()) == ["pyproject.toml"]


# Root may write everywhere; without these capabilities the mode bits count again:
# CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER leave the bounding set (prctl 24).
AS_ANYBODY = """
import ctypes, os, sys
if os.getuid() == 0:
    for capability in (1, 2, 3):
        assert ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-m", "pysetup", *sys.argv[1:]])
"""


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_read_only_environment_is_refused_whole(
    pysetup: Any, environment: Path, make_wheel: Any, look: Look, command: str
) -> None:
    wheel = make_wheel("newcomer", "1.0")
    words = ["--no-index", str(wheel)] if command == "install" else ["settled"]
    (site,) = environment.glob("lib/python*/site-packages")
    before = look(environment)
    folders = [site, environment / "bin", *(p for p in site.iterdir() if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-c", AS_ANYBODY, command),
                *("--env", str(environment), *words),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=pysetup.environ,
        )
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.returncode == 7, done.stderr
    assert done.stderr.count("error[PS7") == 1
    assert "Traceback" not in done.stderr
    assert look(environment) == before


def test_a_closed_standard_output_is_no_traceback(pysetup: Any) -> None:
    command = f"{sys.executable} -m pysetup explain | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env=pysetup.environ,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 120)
