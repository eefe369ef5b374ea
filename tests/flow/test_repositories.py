"""Installing from version control: the right commit, and nothing there is obeyed."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PROJECT = """\
[project]
name = "demo"
version = "{version}"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# A back end of a few lines, so that no build requirement is needed.
BACKEND = """\
import base64, hashlib, io, pathlib, tarfile, tomllib, zipfile

CORE = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
WHEEL = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def project():
    return tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]

def build_sdist(folder, config_settings=None):
    stem = "{name}-{version}".format(**project())
    core = CORE.format(**project()).encode()
    path = pathlib.Path(folder) / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz", dereference=True) as archive:
        for name in ("pyproject.toml", "backend.py", "value.txt"):
            archive.add(name, f"{stem}/{name}")
        entry = tarfile.TarInfo(f"{stem}/PKG-INFO")
        entry.size = len(core)
        archive.addfile(entry, io.BytesIO(core))
    return path.name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    stem = "{name}-{version}".format(**project())
    info = f"{stem}.dist-info"
    files = {
        "{name}.py".format(**project()): pathlib.Path("value.txt").read_bytes(),
        f"{info}/METADATA": CORE.format(**project()).encode(),
        f"{info}/WHEEL": WHEEL.encode(),
    }
    rows = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        text = digest.decode().rstrip("=")
        rows.append(f"{path},sha256={text},{len(content)}\\n")
    files[f"{info}/RECORD"] = ("".join(rows) + f"{info}/RECORD,,\\n").encode()
    path = pathlib.Path(folder) / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path.name
"""


class Repository:
    """A git repository with a project in it."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path, self.home = path, home
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.invalid"]
        file = ["-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *identity, *file, *words],
            cwd=self.path,
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, version: str, *, folder: str = "") -> str:
        """Commit a version of the project, and return the commit's id."""
        place = self.path / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / "pyproject.toml").write_text(PROJECT.format(version=version))
        (place / "backend.py").write_text(BACKEND)
        (place / "value.txt").write_text(f"value = {version!r}\n")
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", version)
        return self.git("rev-parse", "HEAD")

    @property
    def url(self) -> str:
        return f"git+{self.path.as_uri()}"


@pytest.fixture
def repository(tmp_path: Path, need_tool: Callable[[str], str]) -> Repository:
    need_tool("git")
    (tmp_path / "home").mkdir()
    return Repository(tmp_path / "repository", tmp_path / "home")


@pytest.fixture
def env(tmp_path: Path, pysetup: Any) -> Path:
    made = tmp_path / "env"
    assert pysetup("venv", "create", made).code == 0
    return made


def installed(env: Path) -> tuple[str, dict[str, Any]]:
    (info,) = env.glob("lib/*/site-packages/demo-*.dist-info")
    return info.name, json.loads((info / "direct_url.json").read_text())


def test_revisions_are_resolved_and_recorded(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    first = repository.commit("1.0")
    repository.git("tag", "-a", "v1", "-m", "one")
    second = repository.commit("2.0")
    repository.git("branch", "stable", first)
    for revision, version, commit in (
        ("", "2.0", second),
        ("@v1", "1.0", first),
        ("@main", "2.0", second),
        ("@stable", "1.0", first),
        (f"@{second}", "2.0", second),
        (f"@{first[:9]}", "1.0", first),
    ):
        ran = pysetup("install", "--env", env, f"demo @ {repository.url}{revision}")
        assert ran.code == 0, ran.err
        name, origin = installed(env)
        assert name == f"demo-{version}.dist-info"
        expected = {"vcs": "git", "commit_id": commit}
        if revision:
            expected["requested_revision"] = revision[1:]
        assert origin == {"url": repository.path.as_uri(), "vcs_info": expected}


def test_without_a_name_and_in_a_subdirectory(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    repository.commit("3.0", folder="packages/demo")
    word = f"{repository.url}#subdirectory=packages/demo"
    ran = pysetup("install", "--env", env, word)
    assert ran.code == 0, ran.err
    assert installed(env)[1]["subdirectory"] == "packages/demo"
    wrong = pysetup("install", "--env", env, f"{word}&egg=other", "--force-reinstall")
    assert wrong.code == 2
    assert "PS2250" in wrong.err
    absent = pysetup("install", "--env", env, f"{repository.url}#subdirectory=no")
    assert absent.code == 2
    assert "'no'" in absent.err


def test_a_commit_that_was_seen_needs_no_repository(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    commit = repository.commit("1.0")
    assert pysetup("install", "--env", env, f"{repository.url}@{commit}").code == 0
    assert pysetup("uninstall", "--env", env, "--yes", "demo").code == 0
    repository.path.rename(repository.path.with_name("gone"))
    again = pysetup("install", "--env", env, f"{repository.url}@{commit}")
    assert again.code == 0, again.err
    assert pysetup("uninstall", "--env", env, "--yes", "demo").code == 0
    offline = pysetup("install", "--offline", "--env", env, f"{repository.url}@main")
    assert offline.code == 0, offline.err
    assert "as it was fetched last" in offline.err
    lost = pysetup("install", "--env", env, f"{repository.url}@main")
    assert lost.code == 4
    assert "PS4220" in lost.err


def test_a_damaged_cache_is_fetched_anew(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    repository.commit("1.0")
    assert pysetup("install", "--env", env, repository.url).code == 0
    repository.commit("2.0")
    for path in (pysetup.home / "cache/vcs/v1").rglob("*"):
        if path.is_file() and "objects" in path.parts:
            path.chmod(0o600)
            path.write_bytes(b"damage")
    ran = pysetup("install", "--env", env, "-U", repository.url)
    assert ran.code == 0, ran.err
    assert installed(env)[0] == "demo-2.0.dist-info"


def test_a_revision_that_is_not_there(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    repository.commit("1.0")
    for revision in ("nothing", "0" * 40):
        ran = pysetup("install", "--env", env, f"{repository.url}@{revision}")
        assert ran.code == 2
        assert "PS2662" in ran.err
    assert not list(env.glob("lib/*/site-packages/demo*"))


def test_nothing_in_the_repository_is_run(
    repository: Repository, env: Path, pysetup: Any, tmp_path: Path
) -> None:
    repository.commit("1.0")
    trap = tmp_path / "trap"
    hook = repository.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    (repository.path / ".gitattributes").write_text("value.txt filter=evil\n")
    (repository.path / ".gitmodules").write_text(
        '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch%20' + str(trap) + '"\n'
    )
    repository.git("add", "-A")
    repository.git("commit", "--quiet", "-m", "traps")
    ran = pysetup("install", "--env", env, repository.url)
    assert ran.code in (0, 4)
    assert not trap.exists()


def test_submodules_are_there_when_it_is_built(
    repository: Repository, env: Path, pysetup: Any, tmp_path: Path
) -> None:
    inner = Repository(tmp_path / "inner", tmp_path / "home")
    (inner.path / "value.txt").write_text("value = 'inner'\n")
    inner.git("add", "-A")
    inner.git("commit", "--quiet", "-m", "inner")
    repository.commit("1.0")
    (repository.path / "value.txt").unlink()
    (repository.path / "value.txt").symlink_to("inner/value.txt")
    repository.git("submodule", "--quiet", "add", inner.path.as_uri(), "inner")
    repository.git("add", "-A")
    repository.git("commit", "--quiet", "-m", "with a submodule")
    ran = pysetup("install", "--env", env, repository.url)
    assert ran.code == 0, ran.err
    (module,) = env.glob("lib/*/site-packages/demo.py")
    assert module.read_text() == "value = 'inner'\n"


def test_required_hashes_refuse_a_repository(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    repository.commit("1.0")
    ran = pysetup("install", "--env", env, "--require-hashes", repository.url)
    assert (ran.code, "PS2204" in ran.err) == (2, True)


class Guarded(SimpleHTTPRequestHandler):
    """Serves files to who knows the password; remembers all that were asked for."""

    seen: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Authorization", "")))  # type: ignore[attr-defined] # set by the fixture
        wanted = "Basic " + base64.b64encode(b"me:se cret").decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Any]:
    def handler(*words: Any) -> Guarded:
        return Guarded(*words, directory=str(tmp_path))

    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen = []  # type: ignore[attr-defined] # for the test to read
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_credentials_are_used_and_written_nowhere(
    repository: Repository, env: Path, pysetup: Any, guarded: Any
) -> None:
    repository.commit("1.0")
    repository.git("update-server-info")
    place = f"127.0.0.1:{guarded.server_port}/repository/.git"
    refused = pysetup("install", "--env", env, f"git+http://me:wrong@{place}")
    assert refused.code == 4
    ran = pysetup("install", "--json", "--env", env, f"git+http://me:se%20cret@{place}")
    assert ran.code == 0, ran.err
    assert installed(env)[1]["url"] == f"http://{place}"
    for text in (ran.out, ran.err, refused.err):
        assert "cret" not in text
        assert "wrong" not in text
    for folder in (env, pysetup.home / "cache"):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert b"se%20cret" not in path.read_bytes()


def test_mercurial(
    tmp_path: Path, env: Path, pysetup: Any, need_tool: Callable[[str], str]
) -> None:
    need_tool("hg")
    path = tmp_path / "hg"
    path.mkdir()
    (path / "pyproject.toml").write_text(PROJECT.format(version="1.0"))
    (path / "backend.py").write_text(BACKEND)
    (path / "value.txt").write_text("value = 1\n")
    base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HGPLAIN": "1"}

    def hg(*words: str) -> str:
        done = subprocess.run(
            ["hg", *words],
            cwd=path,
            env=base,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    hg("init")
    hg("commit", "--addremove", "-m", "one", "-u", "t")
    hg("tag", "-u", "t", "v1")
    node = hg("log", "-r", "v1", "--template={node}")
    ran = pysetup("install", "--env", env, f"hg+{path.as_uri()}@v1")
    assert ran.code == 0, ran.err
    assert installed(env)[1] == {
        "url": path.as_uri(),
        "vcs_info": {"vcs": "hg", "commit_id": node, "requested_revision": "v1"},
    }
    absent = pysetup("install", "--env", env, f"hg+{path.as_uri()}@none")
    assert (absent.code, "PS2662" in absent.err) == (2, True)


def test_an_editable_tree_stays_beside_the_environment(
    repository: Repository, env: Path, pysetup: Any
) -> None:
    commit = repository.commit("1.0")
    (repository.path / "backend.py").write_text(
        BACKEND + "\nbuild_editable = build_wheel\n"
    )
    repository.git("commit", "--quiet", "-am", "editable")
    del commit
    words = ["install", "--env", env, "-e", f"{repository.url}@main#egg=demo"]
    dry = pysetup(*words, "--dry-run")
    assert dry.code == 0, dry.err
    assert not (env / "src").exists()
    ran = pysetup(*words)
    assert ran.code == 0, ran.err
    assert (env / "src/demo/pyproject.toml").is_file()
    assert installed(env)[1] == {
        "url": (env / "src/demo").as_uri(),
        "dir_info": {"editable": True},
    }
    # What is developed there is the user's: it is not touched again.
    (env / "src/demo/notes.txt").write_text("mine")
    again = pysetup(*words, "--force-reinstall")
    assert again.code == 0, again.err
    assert "stays as it is" in again.err
    assert (env / "src/demo/notes.txt").read_text() == "mine"
    (env / "src/other").mkdir()
    blocked = pysetup(*words[:-1], f"{repository.url}#egg=other")
    assert (blocked.code, "in the way" in blocked.err) == (2, True)
