"""Command lines of pip, as scripts and Dockerfiles have them, done by both tools.

Each is run by pip, by ``pysetup pip`` and, where it is spelled alike, by ``pysetup``
itself, each in an environment of its own, against one index on loopback. The exit
class has to be the same, and so has what is installed or written; for what programs
read, so has the output.
"""

import base64
import contextlib
import hashlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import threading
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pysetup.cli.commands.pip.alias import COMMANDS, parser_for

pytestmark = pytest.mark.interop

BACKEND = """
import base64, hashlib, os, tarfile, zipfile

NAME, VERSION = {name!r}, {version!r}

def _wheel(folder, files, metadata):
    stem = NAME.replace("-", "_") + "-" + VERSION
    name = stem + "-py3-none-any.whl"
    info = stem + ".dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        rows = ""
        for path, text in {{**files, info + "METADATA": metadata,
                info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\n"
                "Root-Is-Purelib: true\\nTag: py3-none-any\\n"}}.items():
            archive.writestr(path, text)
            digest = hashlib.sha256(text.encode()).digest()
            digest = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            rows += path + ",sha256=" + digest + ",%d\\n" % len(text.encode())
        archive.writestr(info + "RECORD", rows + info + "RECORD,,\\n")
    return name

def _metadata():
    with open("PKG-INFO") as stream:
        return stream.read()

def build_wheel(folder, config_settings=None, metadata_directory=None):
    files = {{NAME.replace("-", "_") + ".py": "built = 1\\n"}}
    return _wheel(folder, files, _metadata())

def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {{NAME + ".pth": os.getcwd() + "\\n"}}, _metadata())

def build_sdist(folder, config_settings=None):
    stem = NAME.replace("-", "_") + "-" + VERSION
    with tarfile.open(os.path.join(folder, stem + ".tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "backend.py", "PKG-INFO"):
            archive.add(name, stem + "/" + name)
    return stem + ".tar.gz"

def get_requires_for_build_wheel(config_settings=None):
    return []

get_requires_for_build_editable = get_requires_for_build_wheel
get_requires_for_build_sdist = get_requires_for_build_wheel
"""
PYPROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "{name}"
version = "{version}"
dependencies = {needs}
[project.optional-dependencies]
test = ["small==1.0"]
[dependency-groups]
dev = ["small"]
"""


def metadata(name: str, version: str, lines: tuple[str, ...]) -> str:
    head = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*head, "Summary: for trials", *lines, ""])


def recorded(path: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"{path},sha256={digest.decode().rstrip('=')},{len(text.encode())}\n"


def wheel(name: str, version: str, *lines: str) -> tuple[str, bytes]:
    stem = f"{name}-{version}"
    info = f"{stem}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": metadata(name, version, lines),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        rows = "".join(recorded(path, text) for path, text in files.items())
        archive.writestr(f"{info}/RECORD", f"{rows}{info}/RECORD,,\n")
    return f"{stem}-py3-none-any.whl", content.getvalue()


def project_files(name: str, version: str, *needs: str) -> dict[str, str]:
    lines = (
        *(f"Requires-Dist: {need}" for need in needs),
        "Provides-Extra: test",
        "Requires-Dist: small==1.0; extra == 'test'",
    )
    return {
        "pyproject.toml": PYPROJECT.format(
            name=name, version=version, needs=list(needs)
        ),
        "backend.py": BACKEND.format(name=name, version=version),
        "PKG-INFO": metadata(name, version, lines),
    }


def sdist(name: str, version: str) -> tuple[str, bytes]:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in project_files(name, version).items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return f"{name}-{version}.tar.gz", content.getvalue()


FILES = dict(
    (
        wheel("small", "1.0"),
        wheel("small", "1.5"),
        wheel("small", "2.0"),
        wheel("small", "3.0rc1"),
        sdist("small", "2.0"),
        sdist("source", "1.0"),
        wheel("middle", "1.0", "Requires-Dist: small<2"),
        wheel("middle", "2.0", "Requires-Dist: small"),
        wheel(
            "large",
            "1.0",
            "Requires-Dist: Middle",
            "Provides-Extra: more",
            "Requires-Dist: extra-one; extra == 'more'",
        ),
        wheel("extra_one", "1.0"),
        wheel("old", "1.0", "Requires-Python: <3"),
        wheel(
            "stuck", "1.0", "Requires-Dist: small==1.0", "Requires-Dist: middle==2.0"
        ),
        wheel("rival", "1.0", "Requires-Dist: small==2.0"),
    )
)


def digest(filename: str) -> str:
    return hashlib.sha256(FILES[filename]).hexdigest()


@pytest.fixture(scope="session")
def index() -> Iterator[str]:
    """The URL of an index of ``FILES``, as pip reads it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, _, rest = self.path.strip("/").partition("/")
            found: bytes | None = FILES.get(rest) if kind == "files" else None
            if kind == "simple":
                names = [
                    name
                    for name in FILES
                    if name.split("-")[0].replace("_", "-") == rest
                ]
                links = "".join(
                    f'<a href="/files/{name}#sha256={digest(name)}">{name}</a>\n'
                    for name in names
                )
                found = f"<!DOCTYPE html><body>{links}".encode() if names else None
            self.send_response(200 if found is not None else 404)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    env = tmp_path_factory.mktemp("pristine") / "env"
    venv.EnvBuilder(symlinks=True).create(env)
    return env


PIN = f"small==1.0 --hash=sha256:{digest('small-1.0-py3-none-any.whl')}\n"
TREE = {
    f"tree/{path}": text
    for path, text in project_files("tree", "1.0", "small<2").items()
}
REQUIREMENTS = {"requirements.txt": "# what we need\nmiddle\nsmall<2  # not yet\n"}


@dataclass(frozen=True)
class Line:
    """Command lines of pip, the files they need, and what is compared.

    ``lines`` are without ``pip``; all but the last prepare. ``same_output`` compares
    what the last one prints; ``plain`` says that ``pysetup`` alone takes it, too.
    """

    lines: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    wheels: tuple[str, ...] = ()
    same_output: bool = False
    plain: bool = True
    environ: dict[str, str] = field(default_factory=dict)
    cwd: str = ""


def line(*lines: str, **more: Any) -> Line:
    return Line(lines, **more)


LINES = {
    "a name": line("install small"),
    "an exact version": line("install small==1.0"),
    "a range": line("install 'small>=1.0,<2'"),
    "a compatible version": line("install small~=1.0"),
    "several": line("install middle==1.0 extra-one"),
    "an extra": line("install 'large[more]'"),
    "a marker that does not hold": line("install \"small; python_version < '3'\""),
    "an upgrade": line("install small==1.0", "install -U small"),
    "no upgrade without being asked": line("install small==1.0", "install small"),
    "an upgrade of dependencies alone if needed": line(
        "install small==1.0 middle==1.0", "install --upgrade middle"
    ),
    "an eager upgrade": line(
        "install small==1.0 middle==2.0",
        "install --upgrade --upgrade-strategy eager middle",
    ),
    "requirements": line("install -r requirements.txt", files=REQUIREMENTS),
    "as Dockerfiles have it": line(
        "install --no-cache-dir --disable-pip-version-check -r requirements.txt",
        files=REQUIREMENTS,
    ),
    "as Dockerfiles say it by variables": line(
        "install --requirement=requirements.txt",
        files=REQUIREMENTS,
        environ={"PIP_NO_CACHE_DIR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "on"},
    ),
    "as CI has it": line(
        "install -q --no-input --progress-bar off --root-user-action=ignore large"
    ),
    "a project here": line("install .", files=TREE, cwd="tree"),
    "a project here with an extra": line("install '.[test]'", files=TREE, cwd="tree"),
    "a project to be edited": line("install -e .", files=TREE, cwd="tree"),
    "a project to be edited with an extra": line(
        "install --editable './tree[test]'", files=TREE
    ),
    "a project without isolation": line(
        "install --no-build-isolation --no-deps ./tree", files=TREE
    ),
    "a project with settings": line(
        "install --config-settings a=b -C c=d ./tree", files=TREE
    ),
    "a wheel here": line(
        "install ./small-1.0-py3-none-any.whl", wheels=("small-1.0-py3-none-any.whl",)
    ),
    "a URL": line("install {index}/files/small-1.5-py3-none-any.whl"),
    "a name and its URL": line(
        "install 'small @ {index}/files/small-1.5-py3-none-any.whl'"
    ),
    "a folder of wheels": line(
        "install --no-index --find-links=. small",
        wheels=("small-1.0-py3-none-any.whl",),
    ),
    "no dependencies": line("install --no-deps large"),
    "a target": line("install -t vendored large"),
    "a prefix": line("install --prefix out large"),
    "a root": line("install --root stage small"),
    "pre-releases": line("install --pre small"),
    "hashes": line("install --require-hashes -r r.txt", files={"r.txt": PIN}),
    "hashes that are not met": line(
        "install -r r.txt",
        files={"r.txt": f"small==1.0 --hash=sha256:{'0' * 64}\n"},
    ),
    "one hash of two": line(
        "install -r r.txt", files={"r.txt": f"{PIN}extra-one==1.0\n"}
    ),
    "constraints": line("install -c c.txt large", files={"c.txt": "small==1.0\n"}),
    "constraints by a variable": line(
        "install large",
        files={"c.txt": "small==1.0\n"},
        environ={"PIP_CONSTRAINT": "c.txt"},
    ),
    "includes": line(
        "install -r sub/dev.txt",
        files={
            "sub/dev.txt": "-r base.txt\n-c ../limits.txt\nextra-one\n",
            "sub/base.txt": "--pre\nmiddle\n",
            "limits.txt": "small<2\n",
        },
    ),
    "variables in requirements": line(
        "install -r r.txt",
        files={"r.txt": "--index-url ${INDEX}/simple/\nsmall==${WANTED}\n"},
        environ={"WANTED": "1.5"},
    ),
    "a coding line": line(
        "install -r r.txt", files={"r.txt": "# coding: utf-8 ä\nsmall \\\n  <2\n"}
    ),
    "a new copy": line("install small==1.0", "install --force-reinstall small"),
    "whatever is installed": line("install small==1.0", "install -I small==1.0"),
    "wheels alone": line("install --only-binary=:all: large"),
    "wheels alone where there is none": line("install --only-binary :all: source"),
    "sources alone": line("install --no-binary small small==2.0"),
    "a source": line("install source"),
    "a group": line("install --group dev", files=TREE, cwd="tree"),
    "a dry run": line("install --dry-run large"),
    "no such project": line("install no-such-project"),
    "no such version": line("install small==9"),
    "no such file": line("install -r missing.txt"),
    "a conflict": line("install stuck rival"),
    "another Python": line("install old"),
    "no requirement at all": line("install"),
    "no such option": line("install --no-such-option small"),
    "no requirement that can be read": line("install 'small=>1'"),
    "the user's folder in a virtual environment": line("install --user small"),
    "an uninstall": line("install large", "uninstall -y small middle"),
    "an uninstall of a list": line(
        "install large", "uninstall --yes -r r.txt", files={"r.txt": "small\nmiddle\n"}
    ),
    "an uninstall of what is not there": line("uninstall -y small", plain=False),
    "a download": line("download -d out large"),
    "a download of one": line("download --no-deps --dest out middle"),
    "a download for another machine": line(
        "download --only-binary=:all: --platform win_amd64 --python-version 3.11"
        " -d out small"
    ),
    "wheels": line("wheel -w out source middle==1.0"),
    "a wheel of a project": line("wheel --no-deps -w out ./tree", files=TREE),
    "a list": line("install large", "list", same_output=True),
    "a list for programs": line(
        "install large", "list --format=json", same_output=True
    ),
    "a list of editables": line(
        "install --no-deps -e ./tree", "list -e", files=TREE, same_output=True
    ),
    "a list of what is old": line(
        "install small==1.0 extra-one", "list --outdated", same_output=True
    ),
    "a list of what nothing needs": line(
        "install large", "list --not-required --format freeze", same_output=True
    ),
    "a freeze": line("install large[more]", "freeze", same_output=True),
    "a freeze in an order": line(
        "install -r requirements.txt",
        "freeze -r requirements.txt",
        files=REQUIREMENTS,
        same_output=True,
        plain=False,
    ),
    "a freeze of a file": line(
        "install ./small-1.0-py3-none-any.whl",
        "freeze",
        wheels=("small-1.0-py3-none-any.whl",),
        same_output=True,
    ),
    "what is installed": line(
        "install large", "show large middle small", same_output=True
    ),
    "what is not installed": line("show small", same_output=True),
    "a sound environment": line("install large", "check", same_output=True),
    "an unsound environment": line(
        "install --no-deps large", "check", same_output=True
    ),
    "an unsound version": line(
        "install --no-deps middle==1.0 small==2.0", "check", same_output=True
    ),
    "digests": line(
        "hash -a sha512 small-1.0-py3-none-any.whl",
        wheels=("small-1.0-py3-none-any.whl",),
        same_output=True,
    ),
    "versions": line("install small==1.0", "index versions small", same_output=True),
    "versions of nothing": line("index versions no-such-project"),
    "pip's configuration": line(
        "config set global.timeout 60",
        "config get global.timeout",
        same_output=True,
        plain=False,
    ),
    "no action": line("index", plain=False),
    "no action for the cache": line("cache", plain=False),
    "the user's folder of a virtual environment": line("list --user"),
    "no such command": line("instal small"),
}
# What takes both tools longest: builds, and several installs.
SLOW = frozenset(
    name
    for name, one in LINES.items()
    if "tree" in " ".join(one.files) or len(one.lines) > 1 or "source" in one.lines[-1]
) - {"an upgrade", "a project to be edited", "a list", "a freeze", "what is installed"}


@dataclass
class Ran:
    code: int
    out: str
    err: str
    installed: set[str]


@pytest.fixture(scope="session")
def folders() -> Iterator[Path]:
    """A folder with a short path: it is part of what some commands print."""
    folder = Path(
        subprocess.check_output(
            ["mktemp", "-d", "/tmp/lines-XXXXXX"], text=True
        ).strip()
    )
    yield folder
    shutil.rmtree(folder)


def run(tool: str, one: Line, *, index: str, pristine: Path, folders: Path) -> Ran:
    """Do ``one`` with ``tool`` (pip, alias or plain), always in the same folder."""
    root = folders / "here"
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(root)
    env, work, home = root / "env", root / "work", root / "home"
    shutil.copytree(pristine, env, symlinks=True)
    home.mkdir()
    work.mkdir()
    for path, text in one.files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text, encoding="utf-8")
    for name in one.wheels:
        (work / name).write_bytes(FILES[name])
    python = env / "bin/python"
    program = {
        "pip": ["pip", "--python", str(python)],
        "alias": ["pysetup", "pip", "--python", str(python)],
        "plain": ["pysetup"],
    }[tool]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "VIRTUAL_ENV": str(env),
        "PYSETUP_CACHE_DIR": str(folders / "cache"),
        "PIP_CACHE_DIR": str(folders / "pip-cache"),
        "PIP_INDEX_URL": f"{index}/simple/",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "INDEX": index,
        "LC_ALL": "C.UTF-8",
        **one.environ,
    }
    done = None
    for words in one.lines:
        done = subprocess.run(
            [sys.executable, "-m", *program, *shlex.split(words.format(index=index))],
            cwd=work / one.cwd,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done is not None, "a line has words"
    found = {
        re.sub(r"^here/", "", str(path.relative_to(folders)))
        for pattern in ("*.dist-info", "*.whl", "*.tar.gz")
        for path in root.rglob(pattern)
        if ".pysetup" not in path.parts
    }
    return Ran(done.returncode, done.stdout, done.stderr, found)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in LINES
    ],
)
def test_a_line_of_pip_does_the_same(
    name: str, index: str, pristine: Path, folders: Path
) -> None:
    one = LINES[name]
    place = {"index": index, "pristine": pristine, "folders": folders}
    pip = run("pip", one, **place)  # type: ignore[arg-type] # by their names
    alias = run("alias", one, **place)  # type: ignore[arg-type]
    told = f"pip: {pip.out}{pip.err}\npysetup pip: {alias.out}{alias.err}"
    assert alias.installed == pip.installed, told
    assert alias.code == pip.code, told
    if one.same_output:
        assert alias.out == pip.out, told
    if one.plain:
        plain = run("plain", one, **place)  # type: ignore[arg-type]
        told = f"pip: {pip.out}{pip.err}\npysetup: {plain.out}{plain.err}"
        assert plain.installed == pip.installed, told
        assert (plain.code == 0) == (pip.code == 0), told


def test_the_table_has_enough_lines() -> None:
    assert len(LINES) >= 50


# What is left out, as docs/how-to/coming-from-pip.md says.
LEFT_OUT = {
    *("--debug", "--no-clean", "--no-proxy-env", "--resume-retries"),
    "--use-deprecated",
}
LEFT_OUT_OF = {
    "download": {"--no-require-hashes", "--only-deps", "--requirements-from-script"}
    | {"--src"},
    "wheel": {"--no-require-hashes", "--src"},
    "list": {"--all-releases", "--no-binary", "--only-binary", "--only-final"}
    | {"--prefer-binary", "--refresh-package", "--uploaded-prior-to"},
}


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"lock", "completion"}))
def test_every_option_of_pip_is_taken_or_named_as_left_out(name: str) -> None:
    words = [name, *(["versions"] if name == "index" else [])]
    told = subprocess.run(
        [sys.executable, "-m", "pip", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "COLUMNS": "200"},
    ).stdout
    rows = re.findall(r"^  (-\S.*?)(?:  |$)", told, re.MULTILINE)
    theirs = {
        word for row in rows for word in re.findall(r"(?<![\w-])--?\w[\w-]*", row)
    }
    parser, _ = parser_for([name])
    ours = {text for action in parser._actions for text in action.option_strings}
    assert theirs - ours <= LEFT_OUT | LEFT_OUT_OF.get(name, set())
