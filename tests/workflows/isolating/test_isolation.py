"""The build front end as its users meet it: environments, options, faults, litter."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

# Runs the command many times, or waits for something to end.
slow = pytest.mark.slow

# A whole back end: it tells where it runs, and does what ``do.py`` of the project says.
BACKEND = """
import base64, hashlib, io, os, sys, tarfile, zipfile

VERSION = %r

def line(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "%%s,sha256=%%s,%%d\\n" %% (path, digest.decode().rstrip("="), len(text))

def wheel(folder, project="demo", version="1.0", name=""):
    info = "demo-1.0.dist-info/"
    core = "Metadata-Version: 2.1\\nName: %%s\\nVersion: %%s\\n" %% (project, version)
    kind = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files = {"demo.py": "", info + "METADATA": core, info + "WHEEL": kind}
    record = "".join(line(*item) for item in files.items())
    files[info + "RECORD"] = record + info + "RECORD,,\\n"
    name = name or "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("backend", VERSION, "in", sys.prefix, "settings", config_settings)
    names = {"wheel": wheel, "into": wheel_directory, "__name__": "do"}
    exec(open("do.py").read(), names)
    return names["answer"] if "answer" in names else wheel(wheel_directory)

def build_sdist(sdist_directory, config_settings=None):
    name = "demo-1.0.tar.gz"
    core = b"Metadata-Version: 2.2\\nName: demo\\nVersion: 1.0\\n"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz") as archive:
        for path in ("pyproject.toml", "do.py"):
            archive.add(path, "demo-1.0/" + path)
        info = tarfile.TarInfo("demo-1.0/PKG-INFO")
        info.size = len(core)
        archive.addfile(info, io.BytesIO(core))
    return name
"""
PYPROJECT = """
[build-system]
requires = ["tinybackend"]
build-backend = "tinybackend"

[project]
name = "demo"
version = "1.0"
"""


class Build(Protocol):
    """Runs ``pysetup build --wheel`` on the project; its code is ``do``."""

    def __call__(
        self, *words: str | Path, do: str = "", more: str = "", **options: Any
    ) -> Any: ...


@pytest.fixture
def backend(make_wheel: Any) -> Callable[[str], Path]:
    """Put a version of the back end into the folder of wheels."""

    def make(version: str) -> Path:
        files = {"tinybackend.py": BACKEND % version}
        made: Path = make_wheel("tinybackend", version, files=files)
        return made

    return make


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder for temporary files, which must be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def build(
    pysetup: Any,
    backend: Callable[[str], Path],
    project: Path,
    temporary: Path,
    tmp_path: Path,
) -> Build:
    links = backend("1.0").parent

    def run(*words: str | Path, do: str = "", more: str = "", **options: Any) -> Any:
        requires = options.pop("requires", '["tinybackend"]')
        text = PYPROJECT.replace('["tinybackend"]', requires)
        (project / "pyproject.toml").write_text(text + more)
        (project / "do.py").write_text(do)
        environ = {"TMPDIR": str(temporary), **options.pop("env", {})}
        return pysetup(
            *("build", "--wheel", "-v", "--no-index", "--find-links", links),
            *("--outdir", tmp_path / "out", *words, project),
            env=environ,
            **options,
        )

    return run


@pytest.fixture
def folders(pysetup: Any) -> Callable[[], list[Path]]:
    """The environments in the cache."""
    place = pysetup.home / "cache" / "build-env" / "v1" / "folders"
    return lambda: sorted(place.iterdir()) if place.is_dir() else []


def used(ran: Any) -> tuple[str, str]:
    """Return the version of the back end that built, and its environment."""
    assert ran.code == 0, ran.err
    (line,) = [text for text in ran.err.splitlines() if text.startswith("backend ")]
    return line.split()[1], line.split()[3]


def test_an_environment_is_made_once(
    build: Build, folders: Callable[[], list[Path]], temporary: Path
) -> None:
    first, second = used(build()), used(build())
    assert first == second == ("1.0", str(folders()[0]))
    assert len(folders()) == 1
    assert list(temporary.iterdir()) == []


@slow
def test_a_new_file_in_a_folder_of_links_counts_at_once(
    build: Build, backend: Callable[[str], Path]
) -> None:
    assert used(build())[0] == "1.0"
    backend("2.0")
    assert used(build())[0] == "2.0"


@slow
def test_what_a_build_writes_into_its_environment_harms_nobody_else(
    build: Build, folders: Callable[[], list[Path]]
) -> None:
    spoil = (
        "import tinybackend\n"
        "open(tinybackend.__file__, 'a').write('\\nraise SystemExit(3)')\n"
    )
    first = used(build(do=spoil))
    second = used(build())
    assert first[1] != second[1]
    assert len(folders()) == 2


@slow
def test_a_half_made_environment_is_never_used(
    build: Build, folders: Callable[[], list[Path]], pysetup: Any
) -> None:
    used(build())
    # As after a kill: the folder stands, its entry does not.
    shutil.rmtree(pysetup.home / "cache/build-env/v1/environments")
    used(build())
    assert len(folders()) == 2


@slow
def test_two_builds_at_once_share_or_do_not_disturb_each_other(
    build: Build, pysetup: Any, project: Path, tmp_path: Path
) -> None:
    build(do="import time")
    shutil.rmtree(pysetup.home / "cache" / "build-env")
    links = tmp_path / "wheels"
    words = [sys.executable, "-m", "pysetup", "build", "--wheel", "--no-index"]
    running = [
        subprocess.Popen(
            [*words, "-f", links, "-o", tmp_path / f"out{number}", project],
            env=pysetup.environ,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for number in range(3)
    ]
    ended = [(child.communicate()[1], child.returncode) for child in running]
    assert [code for _, code in ended] == [0, 0, 0], ended


@slow
@pytest.mark.parametrize("kind", ["a file", "read-only"])
def test_without_a_cache_the_environment_is_temporary(
    build: Build, tmp_path: Path, temporary: Path, kind: str
) -> None:
    place = tmp_path / "no-cache"
    if kind == "a file":
        place.write_text("")
    else:
        place.mkdir()
        place.chmod(0o500)
    version, prefix = used(build("--cache-dir", place))
    assert version == "1.0"
    if os.geteuid() or kind == "a file":
        assert prefix.startswith(str(temporary))
    assert list(temporary.iterdir()) == []


@slow
def test_build_constraints_limit_what_is_installed(
    build: Build, backend: Callable[[str], Path], tmp_path: Path
) -> None:
    backend("2.0")
    limits = tmp_path / "limits.txt"
    limits.write_text("tinybackend<2\n")
    assert used(build())[0] == "2.0"
    assert used(build("--build-constraint", limits))[0] == "1.0"
    assert used(build(env={"PIP_BUILD_CONSTRAINT": str(limits)}))[0] == "1.0"
    assert used(build(env={"PYSETUP_BUILD_CONSTRAINT": str(limits)}))[0] == "1.0"
    limits.write_text("tinybackend<2 --hash=sha256:" + "0" * 64 + "\n")
    ran = build("--build-constraint", limits)
    assert ran.code in (3, 5, 6)
    assert "tinybackend" in ran.err


@slow
def test_an_index_is_asked_once_an_hour_and_remembered_when_it_is_away(
    backend: Callable[[str], Path],
    build: Build,
    index: Any,
    serve_index: Callable[[Any], str],
    pysetup: Any,
    project: Path,
) -> None:
    build()
    wheel = backend("3.0")
    link = f'<a href="/f/{wheel.name}">{wheel.name}</a>'
    index.add("/simple/tinybackend/", link, kind="text/html")
    index.add(f"/f/{wheel.name}", wheel.read_bytes())
    words = ["build", "--wheel", "-v", "-i", serve_index(index) + "/simple/"]
    words += ["-o", str(project.parent / "out"), str(project)]
    first = used(pysetup(*words))
    asked = len(index.requests)
    assert asked > 0
    assert used(pysetup(*words)) == first
    assert len(index.requests) == asked
    assert used(pysetup(*words, "--refresh-build")) == first
    assert len(index.requests) > asked
    # A day later, and nobody answers.
    cache = pysetup.home / "cache"
    for path in (cache / "build-env/v1/answers").iterdir():
        answer = json.loads(path.read_text())
        path.write_text(json.dumps({**answer, "asked": "2026-01-02T00:00:00+00:00"}))
    shutil.rmtree(cache / "http")
    ran = pysetup(*words, "--offline")
    assert used(ran) == first
    assert "building with what was found on 2026-01-02" in ran.err
    shutil.rmtree(cache / "build-env")
    ran = pysetup(*words, "--offline")
    assert ran.code == 6
    assert "--no-isolation" in ran.err


def test_a_missing_build_requirement_offline_is_told_with_next_steps(
    build: Build, tmp_path: Path, temporary: Path
) -> None:
    more = ""
    (tmp_path / "wheels").rename(tmp_path / "away")
    (tmp_path / "wheels").mkdir()
    ran = build("--offline", more=more)
    assert ran.code == 6
    assert "error[PS6601]" in ran.err
    assert "tinybackend" in ran.err
    assert "--no-isolation" in ran.err
    assert "Traceback" not in ran.err
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_without_isolation_what_is_missing_is_told_before_the_build(
    build: Build,
) -> None:
    ran = build("--no-isolation")
    assert ran.code == 7
    assert "error[PS7741]" in ran.err
    assert "tinybackend: it is not installed" in ran.err
    ran = build("--no-isolation", "--skip-dependency-check")
    assert ran.code == 6
    assert "cannot be imported" in ran.err


def test_config_settings_reach_the_back_end(build: Build) -> None:
    ran = build("-C", "one=1", "-C", "two=2", "-C", "two=3")
    assert "settings {'one': '1', 'two': ['2', '3']}" in ran.err


@slow
def test_a_wheel_can_be_built_from_the_folder_as_it_stands(
    build: Build, project: Path
) -> None:
    ask = "import os; print('here', os.getcwd())"
    assert f"here {project}\n" in build("--in-place", do=ask).err
    assert f"here {project}\n" not in build(do=ask).err


def test_the_wrong_python_is_told_before_anything_runs(
    build: Build, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python3.29").symlink_to(sys.executable)
    environ = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    more = 'requires-python = ">=3.29"\n'
    ran = build(do="print('ran')", more=more, env=environ)
    assert ran.code == 7
    assert "error[PS7740]" in ran.err
    assert "demo 1.0 requires Python >=3.29" in ran.err
    assert "--python 3.29" in ran.err
    assert "ran\n" not in ran.err


@slow
@pytest.mark.parametrize(
    ("needs", "code"),
    [
        pytest.param("tinybackend", 0, id="by another back end"),
        pytest.param("helper", 6, id="by itself"),
    ],
)
def test_a_build_requirement_may_have_to_be_built_too(
    needs: str, code: int, build: Build, tmp_path: Path
) -> None:
    """The requirement ``helper`` is there as an sdist alone."""
    text = PYPROJECT.replace("demo", "helper").replace(
        'requires = ["tinybackend"]', f'requires = ["{needs}"]'
    )
    do = (
        "name = wheel(into, project='helper', name='helper-1.0-py3-none-any.whl')\n"
        "import zipfile, os\n"
        "path = os.path.join(into, name)\n"
        "whole = {n: zipfile.ZipFile(path).read(n) for n in "
        "zipfile.ZipFile(path).namelist()}\n"
        "with zipfile.ZipFile(path, 'w') as new:\n"
        "    for n, b in whole.items():\n"
        "        new.writestr(n.replace('demo', 'helper'), b.replace(b'demo', "
        "b'helper'))\n"
        "answer = name"
    )
    members = {
        "pyproject.toml": text,
        "do.py": do,
        "PKG-INFO": "Metadata-Version: 2.2\nName: helper\nVersion: 1.0\n",
    }
    with tarfile.open(tmp_path / "wheels" / "helper-1.0.tar.gz", "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"helper-1.0/{name}")
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    ask = "import importlib.metadata as m; print('found', m.version('helper'))"
    ran = build(do=ask, requires='["tinybackend", "helper"]')
    assert ran.code == code, ran.err
    said = "found 1.0" if code == 0 else "building needs itself: helper"
    assert said in ran.err


@slow
def test_what_the_system_lacks_is_told_before_the_build(build: Build) -> None:
    more = (
        '[external]\nbuild-requires = ["dep:virtual/compiler/go", "dep:generic/m4"]\n'
        'host-requires = ["dep:generic/nosuchthing", "pkg:github/other/thing"]\n'
    )
    ran = build(more=more, env={"PATH": "/nowhere"})
    assert ran.code == 0, ran.err
    assert "warning: demo asks for compiler/go, which is not found here" in ran.err
    assert "warning: demo asks for m4" in ran.err
    assert "nosuchthing" not in ran.err
    assert ran.err.index("asks for m4") < ran.err.index("backend 1.0")


@slow
@pytest.mark.parametrize(
    ("do", "said"),
    [
        pytest.param("import os; os._exit(0)", "without an answer", id="vanishes"),
        pytest.param("import os; os._exit(4)", "exit code 4", id="ends"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "signal 9", id="dies"),
        pytest.param("raise MemoryError", "the memory ran out", id="has no memory"),
        pytest.param(
            "import os; os.dup2(os.open('/dev/null', 1), 1); os.dup2(1, 2); 1/0",
            "exit code 1",
            id="replaces its output",
        ),
        pytest.param(
            "import os; os.write(1, b'\\xff\\x00\\x1b[2J' * 99); 1/0",
            "ZeroDivisionError",
            id="prints garbage",
        ),
        pytest.param(
            "for _ in range(400): print('x' * 99_999)\n1/0",
            "ZeroDivisionError",
            id="prints 40 million letters",
        ),
        pytest.param("answer = None", "must return a name", id="returns nothing"),
        pytest.param("answer = ''", "must return a name", id="returns an empty name"),
        pytest.param("answer = '..'", "it says it made '..'", id="returns the parent"),
        pytest.param(
            "answer = '../' + wheel(into)", "must return a name", id="returns a way up"
        ),
        pytest.param(
            "answer = into + '/' + wheel(into)",
            "must return a name",
            id="returns a path",
        ),
        pytest.param("answer = 'x' * 10**6", "must return a name", id="returns much"),
        pytest.param("answer = 'a\\0b'", "must return a name", id="returns a NUL"),
        pytest.param(
            "import os; answer = 'x-1-py3-none-any.whl'\n"
            "os.symlink('/etc/passwd', into + '/' + answer)",
            "it says it made",
            id="returns a link that leads out",
        ),
        pytest.param(
            "import os; answer = 'x-1-py3-none-any.whl'; os.mkdir(into + '/' + answer)",
            "it says it made",
            id="makes a folder",
        ),
        pytest.param(
            "import shutil; shutil.rmtree(into); answer = 'x-1-py3-none-any.whl'",
            "unreadable",
            id="removes its folder",
        ),
        pytest.param(
            "open(into + '/x-1-py3-none-any.whl', 'w').write('x')\n"
            "answer = 'x-1-py3-none-any.whl'",
            "error[PS5",
            id="makes no archive",
        ),
        pytest.param(
            "answer = wheel(into, version='2.0')", "demo 2.0", id="another version"
        ),
        pytest.param(
            "answer = wheel(into, project='other')",
            "other 1.0",
            id="another project inside",
        ),
        pytest.param("answer = object()", "exit code 1", id="returns an object"),
        pytest.param("import nosuchmodule", "module nosuchmodule", id="lacks a module"),
        pytest.param(
            "import os; os.chdir('/'); answer = 7",
            "must return a name",
            id="moves away",
        ),
        pytest.param("import time; time.sleep(60)", "its time of 1 s", id="hangs"),
    ],
)
def test_a_misbehaving_back_end_is_an_error_without_litter(
    do: str, said: str, build: Build, temporary: Path, tmp_path: Path, project: Path
) -> None:
    ran = build("--build-timeout", "1" if "sleep" in do else "60", do=do)
    assert said in ran.err
    assert ran.code in (5, 6)
    assert "\x1b" not in ran.err
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "out").exists()
    assert sorted(path.name for path in project.iterdir()) == [
        "do.py",
        "pyproject.toml",
    ]


@slow
@pytest.mark.parametrize(
    "do",
    [
        pytest.param(
            "import os\n"
            "os.mkdir(into + '/kept')\n"
            "open(into + '/kept/x', 'w').close()\n"
            "os.chmod(into + '/kept/x', 0o400); os.chmod(into + '/kept', 0o500)\n"
            "os.mkdir('closed'); os.chmod('closed', 0); os.chmod('.', 0o500)",
            id="leaves files that are read-only",
        ),
        pytest.param(
            "import subprocess, sys\n"
            "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
            id="leaves a child that keeps its output open",
        ),
        pytest.param("import os; os.chdir('/')", id="goes elsewhere"),
        pytest.param("import sys; sys.stdout = None", id="closes its output"),
        pytest.param('print(\'{"result": "x"}\')', id="prints what looks like ours"),
    ],
)
def test_an_odd_back_end_is_no_fault(do: str, build: Build, temporary: Path) -> None:
    begun = time.monotonic()
    ran = build(do=do)
    assert ran.code == 0, ran.err
    assert time.monotonic() - begun < 20
    assert list(temporary.iterdir()) == []


@slow
def test_the_whole_output_is_in_the_log_that_the_error_names(
    build: Build, pysetup: Any
) -> None:
    ran = build(do="print('\\x1b[31mfirst')\nfor n in range(50): print(n)\n1/0")
    (line,) = [text for text in ran.err.splitlines() if text.startswith("  log ")]
    log = Path(line.split(maxsplit=1)[1])
    assert log.is_relative_to(pysetup.home / "cache" / "log")
    assert "\x1b[31mfirst\n0\n" in log.read_text()
    shown = ran.err.rpartition("  last lines ")[2]
    assert "ZeroDivisionError" in shown
    assert "\\x1b" not in shown


@slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_build_leaves_nothing(
    number: int, build: Build, pysetup: Any, temporary: Path, project: Path
) -> None:
    build()
    begun = project.parent / "begun"
    (project / "do.py").write_text(
        f"import os, time; open({str(begun)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    # A test run in the background may have been told to ignore INT.
    script = (
        "import signal, sys; signal.signal(2, signal.default_int_handler)\n"
        "from pysetup.__main__ import run; run()"
    )
    words = [sys.executable, "-c", script, "build", "--wheel", "--no-index"]
    with subprocess.Popen(
        [*words, "-f", project.parent / "wheels", "-o", project / "out", project],
        env={**pysetup.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    ) as running:
        deadline = time.monotonic() + 20
        while not begun.exists() or not begun.read_text():
            assert time.monotonic() < deadline
            os.sched_yield()
        running.send_signal(number)
        try:
            assert running.wait(20) in (-signal.SIGTERM, 130)
        finally:
            running.kill()
    assert list(temporary.iterdir()) == []
    assert not (project / "out").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)


SETUPTOOLS: Mapping[str, str] = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
    'build-backend = "setuptools.build_meta"\n[project]\nname = "demo"\n'
    'version = "1.0"\n',
    "src/demo/__init__.py": "",
}


@slow
@pytest.mark.parametrize("command", [["sdist"], ["build"], ["build", "--in-place"]])
def test_the_users_folder_stays_clean(
    command: list[str], pysetup: Any, tmp_path: Path
) -> None:
    root = tmp_path / "tree"
    for name, text in SETUPTOOLS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "src/old.egg-info").mkdir()
    (root / "src/old.egg-info/mine.txt").write_text("mine")
    before = sorted(root.rglob("*"))
    words = (*command, "--no-isolation", "-o", tmp_path / "out", root)
    ran = pysetup(*words)
    assert ran.code == 0, ran.err
    assert sorted(root.rglob("*")) == before


@slow
@pytest.mark.parametrize(
    "words",
    [("--build-timeout", "x"), ("--build-timeout", "-1"), ("--build-timeout", "inf")],
)
def test_a_time_that_is_none_is_refused(build: Build, words: tuple[str, str]) -> None:
    ran = build(*words)
    assert ran.code == 2
    assert "is not a number of seconds" in ran.err


@slow
def test_a_temporary_folder_that_is_not_there_is_told(build: Build) -> None:
    ran = build(env={"TMPDIR": "/nowhere/at/all"})
    assert ran.code in (0, 6)
    assert "Traceback" not in ran.err


@slow
@pytest.mark.parametrize(
    ("library", "source", "said"),
    [
        pytest.param("", "", "the program gcc is not on this machine", id="compiler"),
        pytest.param(
            "", "#include <nosuch/thing.h>\n", "the header nosuch/thing.h", id="header"
        ),
        pytest.param(
            "nosuchlibrary",
            "int PyInit_fast(void) { return 0; }\n",
            "the linker cannot find the library nosuchlibrary",
            id="library",
        ),
    ],
)
def test_what_a_real_compiler_says_is_explained(
    library: str, source: str, said: str, pysetup: Any, tmp_path: Path, need_tool: Any
) -> None:
    root = tmp_path / "tree"
    setup = (
        "from setuptools import Extension, setup\n"
        f"setup(ext_modules=[Extension('fast', ['fast.c'], libraries={[library]!r} "
        "if " + repr(library) + " else [])])\n"
    )
    for name, text in {**SETUPTOOLS, "setup.py": setup, "fast.c": source}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    if source:
        need_tool("gcc")
    environ = {"CC": "gcc", **({} if source else {"PATH": "/nowhere"})}
    ran = pysetup("build", "--wheel", "--no-isolation", root, env=environ)
    assert ran.code == 6
    assert f"because     {said}" in ran.err
