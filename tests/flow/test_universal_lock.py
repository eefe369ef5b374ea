"""The installed command: one lock for all environments, and what limits these."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.pylock import Pylock
from packaging.tags import parse_tag

PROJECT = """
[project]
name = "app"
version = "1.0"
requires-python = ">=3.11"
dependencies = {dependencies}
{more}
"""
MARKERS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "win32": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}


class Project:
    """A project, a folder of wheels, and the command."""

    def __init__(self, root: Path, wheels: Any, pysetup: Any) -> None:
        self.root, self._wheels, self._pysetup = root, wheels, pysetup
        self.lock_file = root / "pylock.toml"

    def says(self, *dependencies: str, more: str = "") -> None:
        text = PROJECT.format(dependencies=list(dependencies), more=more)
        (self.root / "pyproject.toml").write_text(text)

    def wheel(self, name: str, version: str, *needs: str, **more: str) -> None:
        lines = [f"Requires-Dist: {need}\n" for need in needs]
        if "python" in more:
            lines.append(f"Requires-Python: {more.pop('python')}\n")
        self._wheels(name, version, metadata="".join(lines), **more)

    def lock(self, *words: str) -> Any:
        env = {"PYSETUP_NO_INDEX": "1", "PYSETUP_FIND_LINKS": str(self._wheels.folder)}
        return self._pysetup("lock", "--universal", *words, cwd=self.root, env=env)

    def locked(self, *words: str) -> dict[str, Any]:
        ran = self.lock(*words)
        assert ran.code == 0, ran.err + ran.out
        return tomllib.loads(self.lock_file.read_text("utf-8"))

    def chosen(self, system: str, python: str = "3.12", **parts: Any) -> dict[str, str]:
        """Return what packaging takes from the lock."""
        lock = Pylock.from_dict(tomllib.loads(self.lock_file.read_text("utf-8")))
        tags = list(parse_tag("py3-none-any"))
        environment = {
            **MARKERS[system],
            "python_version": python,
            "python_full_version": f"{python}.0",
        }
        found = lock.select(environment=environment, tags=tags, **parts)  # type: ignore[arg-type] # a part of an environment
        return {package.name: str(package.version) for package, _ in found}


@pytest.fixture
def project(tmp_path: Path, pysetup: Any, make_wheel: Any) -> Project:
    root = tmp_path / "app"
    root.mkdir()
    made = Project(root, make_wheel, pysetup)
    made.wheel("one", "1.0")
    made.wheel("one", "2.0")
    return made


def markers(lock: dict[str, Any]) -> dict[str, str]:
    return {
        f"{row['name']} {row['version']}": row.get("marker", "")
        for row in lock["packages"]
    }


@pytest.mark.flow
def test_each_environment_gets_one_version(project: Project) -> None:
    project.says(
        "one<2; sys_platform == 'win32'", "one>=2; sys_platform != 'win32'", "two"
    )
    project.wheel("two", "1.0", python=">=3.11")
    project.wheel("two", "2.0", "one", python=">=3.12")
    lock = project.locked()
    assert markers(lock) == {
        "one 1.0": "sys_platform == 'win32'",
        "one 2.0": "sys_platform != 'win32'",
        "two 1.0": "python_version < '3.12'",
        "two 2.0": "python_version >= '3.12'",
    }
    assert project.chosen("linux") == {"one": "2.0", "two": "2.0"}
    assert project.chosen("win32", "3.11") == {"one": "1.0", "two": "1.0"}
    first = project.lock_file.read_bytes()
    project.lock_file.unlink()
    project.says(
        "two", "one>=2; sys_platform != 'win32'", "one<2; sys_platform == 'win32'"
    )
    project.locked()
    assert project.lock_file.read_bytes() == first, "the order does not matter"


@pytest.mark.flow
def test_extras_that_exclude_each_other_are_declared(project: Project) -> None:
    extras = (
        "[project.optional-dependencies]\n"
        "cpu = ['one<2']\n"
        "gpu = ['one>=2']\n"
        "[tool.pysetup]\n"
    )
    project.says(more=extras)
    ran = project.lock()
    assert ran.code == 3
    assert "'cpu' in extras and 'gpu' in extras" in ran.err
    assert "[tool.pysetup] conflicts" in ran.err
    assert not project.lock_file.exists()
    project.says(more=f"{extras}conflicts = [[{{extra='cpu'}}, {{extra='gpu'}}]]\n")
    assert markers(project.locked()) == {
        "one 1.0": "'cpu' in extras",
        "one 2.0": "'gpu' in extras",
    }
    assert project.chosen("linux", extras=["gpu"]) == {"one": "2.0"}
    assert project.lock("--check").code == 0


@pytest.mark.flow
def test_environments_can_be_limited(project: Project) -> None:
    project.says(
        "one; sys_platform == 'linux'",
        "absent; sys_platform == 'win32'",
        more="[tool.pysetup]\nenvironments = [\"sys_platform == 'linux'\"]\n",
    )
    lock = project.locked()
    assert markers(lock) == {"one 2.0": ""}
    assert lock["environments"] == ['sys_platform == "linux"']
    ran = project.lock("--environment", "sys_platform == 'win32'")
    assert ran.code == 3
    assert "absent" in ran.err
    assert "warning" not in ran.err


@pytest.mark.flow
def test_a_required_environment_gets_a_file(project: Project) -> None:
    project.wheel("three", "1.0")
    project.wheel("three", "2.0", tag="py3-none-win_amd64")
    project.says("three")
    assert set(markers(project.locked())) == {"three 2.0"}
    project.lock_file.unlink()
    lock = project.locked("--required-environment", "sys_platform == 'linux'")
    assert markers(lock) == {
        "three 1.0": "sys_platform == 'linux'",
        "three 2.0": "sys_platform != 'linux'",
    }


@pytest.mark.flow
def test_an_error_names_the_environments_and_the_cause(project: Project) -> None:
    project.says("one", "two; sys_platform == 'win32'", "one<2; python_version<'3.12'")
    project.wheel("two", "1.0", "one>=2")
    ran = project.lock()
    assert ran.code == 3
    assert "python_version < '3.12' and sys_platform == 'win32'" in ran.err
    assert "two 1.0" in ran.err
    assert "pyproject.toml:6" in ran.err
    assert "#" not in ran.err.partition("error")[2]
    assert not project.lock_file.exists()


@pytest.mark.flow
def test_environments_are_said_of_universal_locks_alone(project: Project) -> None:
    project.says("one")
    ran = project.lock("--no-universal", "--environment", "os_name == 'nt'")
    assert "error[PS2601]" in ran.err
    none = project.lock("--environment", "os_name == 'nt' and os_name == 'posix'")
    assert "error[PS2262]" in none.err
    project.says("one", more="[tool.pysetup]\nconflicts = [['a']]\n")
    assert "error[PS2263]: pyproject.toml:8" in project.lock().err
