"""The installed commands: lock, sync, and what others make of the same lock."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging.pylock import Pylock

PYPROJECT = """
[project]
name = "app"
version = "1.0"
requires-python = ">=3.11"
dependencies = [
  "one>=1",
]
[project.optional-dependencies]
web = ["two"]
[dependency-groups]
dev = ["three"]
"""


class Locking:
    """A project, a folder of wheels, and the commands that lock and install."""

    def __init__(self, root: Path, wheels: Any, pysetup: Any) -> None:
        self.root, self.wheels, self._pysetup = root, wheels, pysetup
        self.lock_file = root / "pylock.toml"

    def __call__(self, *words: str | Path) -> Any:
        more = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(self.wheels.folder)}
        return self._pysetup(*words, cwd=self.root, env=more)

    def done(self, *words: str | Path) -> str:
        ran = self(*words)
        assert ran.code == 0, ran.err + ran.out
        return str(ran.out)

    def refused(self, *words: str | Path, code: str) -> str:
        ran = self(*words)
        assert f"error[{code}]" in ran.err, ran.err + ran.out
        assert ran.code == int(code[2])
        return str(ran.err)

    def read(self) -> dict[str, Any]:
        return tomllib.loads(self.lock_file.read_text("utf-8"))

    def names(self) -> list[str]:
        return [row["name"] for row in self.read()["packages"]]


@pytest.fixture
def locking(tmp_path: Path, pysetup: Any, make_wheel: Any) -> Locking:
    make_wheel("one", "1.0", metadata="Requires-Dist: base\n")
    make_wheel("base", "1.0")
    make_wheel("two", "2.0", metadata="Requires-Dist: base\n")
    make_wheel("three", "3.0")
    root = tmp_path / "a project"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    return Locking(root, make_wheel, pysetup)


@pytest.fixture
def environment(new_environment: Callable[[], Path]) -> Path:
    return new_environment()


def listed(environment: Path) -> list[str]:
    return sorted(
        path.name.removesuffix(".dist-info")
        for path in environment.glob("lib/*/site-packages/*.dist-info")
    )


@pytest.mark.flow
def test_a_project_is_locked_synced_and_locked_again_without_a_difference(
    locking: Locking, environment: Path
) -> None:
    told = locking.done("lock")
    assert told.splitlines() == [
        *("+ base 1.0", "+ one 1.0", "+ three 3.0", "+ two 2.0"),
        "wrote pylock.toml: 4 packages.",
    ]
    lock = locking.read()
    assert Pylock.from_dict(lock).requires_python is not None
    assert lock["extras"] == ["web"]
    assert lock["dependency-groups"] == ["dev"]
    assert lock["default-groups"] == ["default"]
    markers = {row["name"]: row.get("marker") for row in lock["packages"]}
    assert markers["three"] == "'dev' in dependency_groups"
    assert markers["two"] == "'web' in extras"
    wheels = lock["packages"][0]["wheels"]
    assert wheels[0]["path"] == "../wheels/base-1.0-py3-none-any.whl"
    assert set(wheels[0]) == {"name", "path", "size", "hashes"}

    before = locking.lock_file.stat().st_mtime_ns
    assert locking.done("lock") == "pylock.toml is as it was: 4 packages.\n"
    assert locking.lock_file.stat().st_mtime_ns == before
    assert locking.done("lock", "--check") == "pylock.toml holds: 4 packages.\n"

    where = ("--env", environment)
    assert locking.done("sync", *where, "pylock.toml") == "+ base 1.0\n+ one 1.0\n"
    assert locking.done("sync", *where) == "Nothing to do.\n"
    locking.done("sync", *where, "--extra", "web", "--group", "dev")
    assert listed(environment) == ["base-1.0", "one-1.0", "three-3.0", "two-2.0"]
    told = locking.done("sync", *where, "--no-default-groups", "--group", "dev")
    assert told == "- base 1.0\n- one 1.0\n- two 2.0\n"


@pytest.mark.flow
def test_pins_stay_until_they_are_upgraded(locking: Locking) -> None:
    locking.done("lock")
    locking.wheels("one", "1.1", metadata="Requires-Dist: base\n")
    locking.wheels("base", "1.1")
    assert "as it was" in locking.done("lock")
    assert locking.done("lock", "--upgrade", "base", "--dry-run").splitlines() == [
        "~ base 1.0 -> 1.1",
        "would write pylock.toml: 4 packages (--dry-run).",
    ]
    assert "~ base 1.0 -> 1.1\nwrote" in locking.done("lock", "--upgrade", "base")
    assert "~ one 1.0 -> 1.1\nwrote" in locking.done("lock", "-U")
    locking.refused("lock", "--upgrade", "nobody", code="PS2797")


@pytest.mark.flow
def test_a_lock_that_no_longer_fits_is_told_with_file_and_line(
    locking: Locking,
) -> None:
    locking.refused("lock", "--check", code="PS8791")
    locking.done("lock")
    project = locking.root / "pyproject.toml"
    project.write_text(PYPROJECT.replace('"two"]', '"two", "three>=3"]'))
    told = locking.refused("lock", "--check", "--offline", code="PS8790")
    assert "three>=3 was added to the extra web (pyproject.toml:10)" in told
    project.write_text(PYPROJECT.replace('  "one>=1",\n', ""))
    told = locking.refused("lock", "--check", code="PS8790")
    assert "one>=1 is gone" in told
    project.write_text(PYPROJECT)
    assert locking("lock", "--check").code == 0
    text = locking.lock_file.read_text("utf-8")
    locking.lock_file.write_text(text.replace('sha256 = "', 'sha256 = "0000', 1)[:-4])
    assert locking("lock", "--check").code in (2, 8)
    locking.lock_file.write_text(text.replace('name = "two"', 'name = "twain"'))
    assert locking("lock", "--check").code in (2, 8)


@pytest.mark.flow
def test_an_edited_lock_is_found_out_and_mended(locking: Locking) -> None:
    locking.done("lock")
    text = locking.lock_file.read_text("utf-8")
    first = text.index("sha256 = ") + 10
    other = "f" if text[first] != "f" else "e"
    locking.lock_file.write_text(text[:first] + other + text[first + 1 :])
    told = locking.refused("lock", "--check", code="PS8790")
    assert "base: files" in told
    locking.done("lock")
    assert locking.lock_file.read_text("utf-8") == text


@pytest.mark.flow
def test_what_others_keep_in_the_lock_stays(locking: Locking) -> None:
    locking.done("lock")
    text = locking.lock_file.read_text("utf-8")
    identities = '\nattestation-identities = [{ kind = "GitHub", repository = "a/b" }]'
    wheel = text.index("]\n", text.index('name = "base-1.0')) + 1
    text = text[:wheel] + identities + text[wheel:] + "\n[tool.other]\nkept = [1, 2]\n"
    locking.lock_file.write_text(text)
    locking.done("lock")
    assert locking.lock_file.read_text("utf-8") == text
    (locking.root / "pyproject.toml").write_text(PYPROJECT.replace('"two"', ""))
    assert "- two 2.0" in locking.done("lock")
    assert identities in locking.lock_file.read_text("utf-8")
    assert locking.read()["tool"]["other"] == {"kept": [1, 2]}


@pytest.mark.flow
def test_requirements_are_locked_without_a_project(
    locking: Locking, environment: Path
) -> None:
    (locking.root / "wanted.txt").write_text("one\n-c limits.txt\n")
    (locking.root / "limits.txt").write_text("base<2\n")
    out = locking.root / "pylock.some.toml"
    locking.done("lock", "--requirements", "wanted.txt", "--output", out)
    lock = tomllib.loads(out.read_text("utf-8"))
    assert [row["name"] for row in lock["packages"]] == ["base", "one"]
    assert "extras" not in lock
    assert lock["tool"]["pysetup"]["lock"]["constraints"] == ["base<2"]
    printed = locking.done("lock", "one", "-c", "limits.txt", "--output", "-")
    assert tomllib.loads(printed)["packages"] == lock["packages"]
    locking.done("sync", "--python", environment, out)
    assert listed(environment) == ["base-1.0", "one-1.0"]


@pytest.mark.flow
def test_install_takes_a_lock_as_a_requirements_file(
    locking: Locking, environment: Path
) -> None:
    locking.done("lock")
    locking.wheels("stray", "9.0")
    where = ("--env", environment)
    locking.done("install", *where, "stray")
    told = locking.done("install", *where, "-r", "pylock.toml")
    assert told == "+ base 1.0\n+ one 1.0\n"
    assert locking.done("install", *where, "-r", "pylock.toml") == "Nothing to do.\n"
    assert listed(environment) == ["base-1.0", "one-1.0", "stray-9.0"]
    told = locking.refused("install", *where, "-r", "pylock.toml", "b", code="PS2601")
    assert "-r pylock.toml alone" in told


@pytest.mark.flow
def test_folders_and_files_are_locked_by_their_place(
    locking: Locking, environment: Path
) -> None:
    for name in ("plain", "developed"):
        folder = locking.root / name
        folder.mkdir()
        (folder / "pyproject.toml").write_text(
            "[build-system]\nrequires = []\n"
            'build-backend = "pysetup.backend"\n'
            f'[project]\nname = "{name}"\nversion = "1.5"\ndependencies = ["base"]\n'
        )
        (folder / f"{name}.py").write_text("value = 1\n")
    wheel = locking.wheels.folder / "three-3.0-py3-none-any.whl"
    locking.done("lock", "./plain", wheel, "-e", "developed", "-o", "pylock.toml")
    rows = {row["name"]: row for row in locking.read()["packages"]}
    assert rows["plain"]["directory"] == {"path": "plain"}
    assert "version" not in rows["plain"]
    assert rows["developed"]["directory"] == {"path": "developed", "editable": True}
    assert rows["three"]["archive"]["path"] == "../wheels/three-3.0-py3-none-any.whl"
    assert rows["plain"]["dependencies"] == [{"name": "base"}]
    again = locking("lock", "./plain", wheel, "-e", "developed", "-o", "pylock.toml")
    assert "as it was" in again.out, again.err
    locking.done("sync", "--env", environment, "pylock.toml")
    assert listed(environment) == [
        "base-1.0",
        "developed-1.5",
        "plain-1.5",
        "three-3.0",
    ]
    (record,) = environment.glob("lib/*/site-packages/developed-*/direct_url.json")
    assert json.loads(record.read_text())["dir_info"] == {"editable": True}
    told = locking.done("sync", "--env", environment, "pylock.toml")
    assert "developed" not in told, "what is developed there is there already"


@pytest.mark.flow
def test_a_file_that_is_another_than_the_locked_one_is_refused(
    locking: Locking, environment: Path, look: Any
) -> None:
    locking.done("lock")
    before = look(environment)
    locking.wheels("base", "1.0", files={"base/__init__.py": "value = 2\n"})
    locking.refused("sync", "--env", environment, code="PS5002")
    assert look(environment) == before
    locking.wheels("base", "1.0")
    text = locking.lock_file.read_text("utf-8")
    size = text.index("size = ") + 7
    locking.lock_file.write_text(text[:size] + "1" + text[size:])
    told = locking.refused("sync", "--env", environment, code="PS5002")
    assert "bytes" in told
    assert look(environment) == before


@pytest.mark.flow
def test_what_is_not_in_the_lock_goes_but_for_tools_and_the_project(
    locking: Locking, environment: Path
) -> None:
    locking.done("lock")
    for name in ("stray", "setuptools"):
        locking.wheels(name, "9.0")
    where = ("--env", environment)
    locking.done("install", *where, "stray", "setuptools")
    assert "stray" not in locking.done("sync", *where, "--inexact")
    assert locking.done("sync", *where, "--dry-run").splitlines() == [
        "- stray 9.0",
        "Nothing was changed (--dry-run).",
    ]
    assert locking.done("sync", *where) == "- stray 9.0\n"
    assert "setuptools-9.0" in listed(environment)


@pytest.mark.flow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("sync", "no.toml"), "PS2793", id="no name of a lock"),
        pytest.param(("sync", "pylock.no.toml"), "PS8791", id="no lock"),
        pytest.param(("sync", "pylock.toml", "b"), "PS2601", id="two locks"),
        pytest.param(("lock", "-o", "my.lock"), "PS2793", id="a name PEP 751 forbids"),
        pytest.param(("lock", "one", "--extra", "x"), "PS2601", id="no project"),
        pytest.param(("lock", "--extra", "x"), "PS2796", id="no such extra"),
        pytest.param(("lock", "--group", "x"), "PS2796", id="no such group"),
        pytest.param(("lock", "--check", "-U"), "PS2601", id="check and upgrade"),
        pytest.param(("lock", "absent"), "PS3002", id="no such project"),
        pytest.param(("lock", "--project", "no"), "PS2408", id="no such folder"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(
    locking: Locking, words: tuple[str, ...], code: str
) -> None:
    ran = locking(*words, "--json")
    found = json.loads(ran.out)
    assert found["ok"] is False
    assert [error["code"] for error in found["errors"]] == [code]
    assert sorted(path.name for path in locking.root.iterdir()) == ["pyproject.toml"]


@pytest.mark.flow
def test_the_same_lock_installs_with_pip_and_uv(
    locking: Locking, need_tool: Callable[[str], str], new_environment: Any
) -> None:
    locking.done("lock")
    environ = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}
    for tool in ("uv", "pip"):
        environment = new_environment(tool)
        python = str(environment / "bin/python")
        words = ["install", "-r", "pylock.toml"]
        command = (
            [need_tool("uv"), "pip", *words, "--python", python, "--offline"]
            if tool == "uv"
            else [sys.executable, "-m", "pip", "--python", python, *words]
        )
        done = subprocess.run(
            command,
            cwd=locking.root,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert listed(environment) == ["base-1.0", "one-1.0"]


def git(folder: Path, *words: str) -> str:
    names = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "init.defaultBranch=main",
    )
    done = subprocess.run(
        ["git", *names, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.flow
def test_a_branch_stays_at_its_commit_until_it_is_upgraded(
    locking: Locking, environment: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "pyproject.toml").write_text(
        '[project]\nname = "cloned"\nversion = "1.0"\ndependencies = ["base"]\n'
        '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
    )
    (tree / "cloned.py").write_text("value = 1\n")
    git(tree, "init", "--quiet")
    git(tree, "add", "-A")
    git(tree, "commit", "--quiet", "-m", "one")
    first = git(tree, "rev-parse", "HEAD")
    url = f"git+{tree.as_uri()}@main"
    locking.done("lock", f"cloned @ {url}", "-o", "pylock.toml")
    rows = {row["name"]: row for row in locking.read()["packages"]}
    assert rows["cloned"]["vcs"] == {
        "type": "git",
        "url": tree.as_uri(),
        "requested-revision": "main",
        "commit-id": first,
    }
    assert rows["base"]["wheels"]

    (tree / "cloned.py").write_text("value = 2\n")
    git(tree, "commit", "--quiet", "-am", "two")
    second = git(tree, "rev-parse", "HEAD")
    for asked in (f"cloned @ {url}", url):
        locking.done("lock", asked, "-o", "pylock.toml")
        rows = {row["name"]: row for row in locking.read()["packages"]}
        assert rows["cloned"]["vcs"]["commit-id"] == first
    locking.done("sync", "--env", environment)
    (record,) = environment.glob("lib/*/site-packages/cloned-*/direct_url.json")
    info = json.loads(record.read_text())["vcs_info"]
    assert (info["commit_id"], info["requested_revision"]) == (first, "main")
    assert locking.done("sync", "--env", environment) == "Nothing to do.\n"

    told = locking.done("lock", url, "--upgrade", "cloned", "-o", "pylock.toml")
    assert "~ cloned: vcs" in told
    assert second in locking.lock_file.read_text("utf-8")
    locking.done("sync", "--env", environment)
    (module,) = environment.glob("lib/*/site-packages/cloned.py")
    assert module.read_text() == "value = 2\n"


@pytest.mark.flow
def test_a_lock_is_exported_and_pip_installs_it_by_its_digests(
    locking: Locking, environment: Path
) -> None:
    locking.done("lock")
    told = locking.done("export", "--output", "out.txt", "--extra", "web")
    assert told == "wrote out.txt: 3 packages.\n"
    assert locking.done("export", "--extra", "web") == (
        locking.root / "out.txt"
    ).read_text("utf-8")
    command = [sys.executable, "-m", "pip", "--python", str(environment / "bin/python")]
    done = subprocess.run(
        [
            *(*command, "install", "--require-hashes", "--no-index", "-r", "out.txt"),
            *("--find-links", str(locking.wheels.folder)),
        ],
        cwd=locking.root,
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert listed(environment) == ["base-1.0", "one-1.0", "two-2.0"]
    locking.done("export", "-o", "pylock.web.toml", "--all-extras")
    assert locking.done("sync", "--env", environment, "pylock.web.toml") == (
        "Nothing to do.\n"
    )
    for name in ("app.cdx.json", "app.spdx.json"):
        locking.done("export", "-o", name)
        assert json.loads((locking.root / name).read_text("utf-8"))
    locking.refused("export", "--extra", "nope", code="PS2795")
    locking.refused("export", "no.toml", code="PS2793")
    found = json.loads(locking("export", "--json", "--format", "constraints").out)
    assert "one==1.0\n" in found["result"]["text"]


@pytest.mark.flow
def test_a_universal_lock_is_for_all_platforms_and_stays_so(
    locking: Locking, environment: Path
) -> None:
    locking.wheels("windows", "1.0", tag="py3-none-win_amd64")
    locking.wheels(
        "three", "3.0", metadata='Requires-Dist: windows; sys_platform == "win32"\n'
    )
    locking.done("lock", "--universal")
    lock = locking.read()
    assert "environments" not in lock
    assert lock["requires-python"] == ">=3.11"
    markers = {row["name"]: row.get("marker", "") for row in lock["packages"]}
    assert "sys_platform == 'win32'" in markers["windows"]
    assert markers["one"] == "'default' in dependency_groups"
    assert Pylock.from_dict(lock).packages
    before = locking.lock_file.read_bytes()
    assert "as it was" in locking.done("lock"), "a lock stays what it was"
    assert locking.done("lock", "--check") == "pylock.toml holds: 5 packages.\n"
    assert locking.lock_file.read_bytes() == before
    locking.wheels("one", "1.1", metadata="Requires-Dist: base\n")
    assert "as it was" in locking.done("lock"), "pins stay"
    assert "~ one 1.0 -> 1.1" in locking.done("lock", "--upgrade", "one")
    locking.done("sync", "--env", environment, "--group", "dev")
    assert listed(environment) == ["base-1.0", "one-1.1", "three-3.0"]
    told = locking.done("lock", "--no-universal")
    assert "- windows 1.0" in told
    assert "environments" in locking.read()
    locking.refused("lock", "--universal", "--platform", "win_amd64", code="PS2601")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.flow
def test_locks_of_other_tools_become_ours_and_stay_what_they_pin(
    locking: Locking, environment: Path
) -> None:
    one = digest(locking.wheels.folder / "one-1.0-py3-none-any.whl")
    base = digest(locking.wheels.folder / "base-1.0-py3-none-any.whl")
    gone = "00" * 32
    (locking.root / "pins.txt").write_text(
        f"one==1.0 --hash=sha256:{one} --hash=sha256:{gone}\n"
        f"base==1.0 --hash=sha256:{base}\n-e .\n"
    )
    locking.wheels("base", "2.0")
    ran = locking("lock", "--from", "pins.txt")
    assert ran.out.splitlines()[-1] == "wrote pylock.toml: 2 packages."
    assert "a file of one that the index does not have" in ran.err
    assert "does not tell it" in ran.err
    locking.done("sync", "--env", environment)
    assert listed(environment) == ["base-1.0", "one-1.0"]
    locking.done("lock", "one", "-o", "pylock.toml")
    assert locking.names() == ["base", "one"]
    assert 'version = "1.0"' in locking.lock_file.read_text("utf-8"), "pins stay"

    (locking.root / "Pipfile.lock").write_text(
        json.dumps(
            {
                "_meta": {"pipfile-spec": 6, "sources": []},
                "default": {"base": {"version": "==1.0", "hashes": [f"sha256:{one}"]}},
                "develop": {},
            }
        )
    )
    before = locking.lock_file.read_bytes()
    told = locking.refused("lock", "--from", "Pipfile.lock", code="PS5791")
    assert one in told
    assert locking.lock_file.read_bytes() == before
    (locking.root / "loose.txt").write_text("one>=1\n")
    told = locking.refused("lock", "--from", "loose.txt", code="PS2880")
    assert "loose.txt:1" in told
    locking.refused("lock", "--from", "absent.lock", code="PS2881")
    (locking.root / "odd.lock").write_text("")
    locking.refused("lock", "--from", "odd.lock", code="PS2799")
    locking.refused("lock", "one", "--from", "pins.txt", code="PS2601")


TINYBACK = Path(__file__).parent.parent / "workflows" / "tinyback.py"


def write_sdist(folder: Path, name: str) -> Path:
    """Write the sdist of a project that is built by ``tinyback``."""
    stem = f"{name}-1.0"
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["tinyback"]\n'
        f'build-backend = "tinyback"\n[project]\nname = "{name}"\nversion = "1.0"\n',
        f"{name}.py": "value = 1\n",
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n",
    }
    path = folder / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for place, text in files.items():
            entry = tarfile.TarInfo(f"{stem}/{place}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.mark.flow
def test_what_a_source_is_built_with_is_locked_and_nothing_else_is_used(
    locking: Locking, environment: Path, look: Any
) -> None:
    backend = {"tinyback.py": TINYBACK.read_text("utf-8")}
    locking.wheels("tinyback", "1.0", files=backend)
    write_sdist(locking.wheels.folder, "sourced")
    locking.done("lock", "sourced", "-o", "pylock.toml")
    (row,) = locking.read()["packages"]
    ((target, table),) = row["tool"]["pysetup"]["build"].items()
    assert target.startswith("cpython-")
    assert table["requires"] == ["tinyback"]
    assert table["files"][0]["filename"] == "tinyback-1.0-py3-none-any.whl"
    again = locking("lock", "sourced", "-o", "pylock.toml", "--check")
    assert again.code == 0, again.err

    # A newer back end that fails: the lock does not let it in.
    locking.wheels("tinyback", "2.0", files={"tinyback.py": "raise SystemExit(3)\n"})
    assert "as it was" in locking.done("lock", "sourced", "-o", "pylock.toml")
    locking.done("sync", "--env", environment, "--offline")
    assert listed(environment) == ["sourced-1.0"]
    locking.done("uninstall", "--env", environment, "sourced", "--yes")

    text = locking.lock_file.read_text("utf-8")
    locking.lock_file.write_text(
        text.replace('requires = ["tinyback"], f', 'requires = ["other"], f')
    )
    before = look(environment)
    told = locking.refused("sync", "--env", environment, code="PS8761")
    assert "tinyback" in told
    assert look(environment) == before
    ran = locking("sync", "--env", environment, "--no-build-lock")
    assert ran.code == 6, "what is there now fails, and the lock is not asked"
    locking.done("lock", "sourced", "-o", "pylock.none.toml", "--no-build-lock")
    assert "tinyback" not in (locking.root / "pylock.none.toml").read_text("utf-8")
    locking.refused(
        "sync", "--env", environment, "--locked", "pylock.none.toml", code="PS8760"
    )
    elsewhere = "sourced; sys_platform == 'win32'"
    locking.done("lock", elsewhere, "--universal", "-o", "pylock.win.toml")
    text = (locking.root / "pylock.win.toml").read_text("utf-8")
    assert "sourced-1.0.tar.gz" in text
    assert "tinyback" not in text, "it is not built here"


@pytest.mark.flow
def test_a_file_that_is_not_where_it_was_is_found_on_the_index_of_today(
    locking: Locking, environment: Path, served: Any, pysetup: Any
) -> None:
    published = pysetup(
        *("publish", "--index-url", served.upload, "--username", served.username),
        *("--password", served.password),
        *sorted(locking.wheels.folder.glob("*.whl")),
    )
    assert published.code == 0, published.err
    index = ("--index-url", served.simple)
    made = pysetup("lock", "one", *index, "-o", "pylock.toml", cwd=locking.root)
    assert made.code == 0, made.err
    lock = locking.read()
    assert lock["packages"][0]["index"] == served.simple
    assert lock["packages"][0]["wheels"][0]["url"].startswith("http://127.0.0.1")
    text = locking.lock_file.read_text("utf-8")
    dead = re.sub(r"http://127.0.0.1:\d+/", "http://127.0.0.1:9/", text)
    locking.lock_file.write_text(dead)
    more = {"PYSETUP_CACHE_DIR": str(locking.root / "cache"), "PYSETUP_RETRIES": "0"}
    where = ("--env", environment, "pylock.toml")
    ran = pysetup("sync", *where, *index, cwd=locking.root, env=more)
    assert ran.code == 0, ran.err
    assert listed(environment) == ["base-1.0", "one-1.0"]
    ran = pysetup(
        *("sync", "--reinstall", *where, "--no-index"),
        cwd=locking.root,
        env={**more, "PYSETUP_CACHE_DIR": str(locking.root / "other")},
    )
    assert ran.code == 4
