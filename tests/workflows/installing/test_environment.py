import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pysetup.edges.interpreter import InterpreterFailedError, describe_interpreter
from pysetup.edges.process import Completed, run_process
from pysetup.interchange.environment import Environment
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import (
    EnvironmentExistsError,
    ExternallyManagedError,
    NoEnvironmentError,
    UnknownPythonError,
    create_environment,
    environment_of,
    find_environment,
    find_python,
    require_changeable,
    target_environment,
)

Here = Callable[..., Context]


@pytest.fixture
def here(make_context: Callable[..., Context], tmp_path: Path) -> Here:
    """A context that starts real processes, in the test's folder."""

    def make(directory: Path = tmp_path, **environ: str) -> Context:
        search = {"PATH": os.fspath(Path(sys.executable).parent)}
        return replace(
            make_context(None),
            run_process=run_process,
            directory=directory,
            environ={**search, **environ},
        )

    return make


@pytest.fixture(scope="module")
def shared_env(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that no test changes."""
    import venv

    folder = tmp_path_factory.mktemp("shared") / "env"
    venv.EnvBuilder(symlinks=True).create(folder)
    return folder


def test_an_interpreter_says_what_it_is(shared_env: Path, here: Here) -> None:
    found = environment_of(str(shared_env / "bin/python"), here())
    assert found.prefix == str(shared_env)
    assert found.virtual
    assert found.version == "{}.{}.{}".format(*sys.version_info)
    assert found.markers["sys_platform"] == sys.platform
    assert found.markers["implementation_name"] == sys.implementation.name
    site = Path(found.scheme.purelib)
    assert site.name == "site-packages"
    assert found.paths == (str(site),)
    assert found.scheme.scripts == str(shared_env.resolve() / "bin")
    assert "py3-none-any" in found.tags
    assert found.tags[0].startswith("cp3")
    assert found.externally_managed is None
    assert Environment.from_json(found.to_json()) == found


def test_the_environment_is_that_of_the_variable_then_the_nearest_folder(
    shared_env: Path, tmp_path: Path, here: Here
) -> None:
    deep = tmp_path / "project" / "src" / "deep"
    deep.mkdir(parents=True)
    with pytest.raises(NoEnvironmentError):
        find_environment(here(deep))
    (tmp_path / "project" / ".venv").symlink_to(shared_env)
    by_folder = find_environment(here(deep))
    assert os.path.realpath(by_folder.prefix) == str(shared_env.resolve())
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        found = find_environment(here(**{variable: str(shared_env)}))
        assert found.prefix == str(shared_env)
    # A variable that leads nowhere is no environment.
    with pytest.raises(NoEnvironmentError):
        find_environment(here(VIRTUAL_ENV=str(tmp_path / "gone")))


@pytest.mark.parametrize("spelling", ["folder", "relative folder", "executable"])
def test_an_environment_can_be_named(
    spelling: str, shared_env: Path, here: Here
) -> None:
    named = {
        "folder": str(shared_env),
        "relative folder": shared_env.name,
        "executable": str(shared_env / "bin/python"),
    }[spelling]
    found = find_environment(here(shared_env.parent), python=named)
    assert found.prefix == str(shared_env)


def test_an_interpreter_can_be_named_by_its_version(here: Here) -> None:
    minor = "{}.{}".format(*sys.version_info)
    found = Path(find_python(minor, here()))
    assert found.name == f"python{minor}"
    assert find_python(f"python{minor}", here()) == str(found)


@pytest.mark.parametrize("wanted", ["9.99", "no-such-python", "./no/such/python", "."])
def test_what_is_not_there_is_named(wanted: str, here: Here) -> None:
    with pytest.raises(UnknownPythonError) as caught:
        find_environment(here(), python=wanted)
    assert caught.value.exit_code == 2


def test_the_base_interpreter_only_where_it_is_allowed(here: Here) -> None:
    assert find_environment(here(), allow_base=True).executable
    with pytest.raises(NoEnvironmentError):
        find_environment(here(PATH="/nowhere"), allow_base=True)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "code 3"),
        ("echo oops >&2; exit 1", "oops"),
        ("echo hello", "incomplete"),
        ("echo '{}'", "incomplete"),
        ("echo '[]'", "incomplete"),
    ],
)
def test_what_is_no_interpreter_is_told(
    script: str, reason: str, tmp_path: Path
) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    with pytest.raises(InterpreterFailedError, match=reason) as caught:
        describe_interpreter(str(fake), run_process)
    assert caught.value.exit_code == 7


def test_what_start_up_files_print_does_not_confuse(here: Here) -> None:
    def noisy(
        command: object,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        done = run_process(command, cwd=cwd, env=env, timeout=timeout)  # type: ignore[arg-type]
        return replace(done, stdout=b"welcome!\n" + done.stdout)

    context = replace(here(), run_process=noisy)
    assert environment_of(sys.executable, context).executable


def test_a_managed_python_is_left_alone(shared_env: Path, here: Here) -> None:
    environment = environment_of(str(shared_env / "bin/python"), here())
    require_changeable(environment)
    managed = replace(environment, externally_managed="Use apt.")
    with pytest.raises(ExternallyManagedError) as caught:
        require_changeable(managed)
    assert caught.value.code == "PS7001"
    assert caught.value.facts["reason"] == "Use apt."
    require_changeable(managed, break_system_packages=True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[externally-managed]\nError=Use apt\n install x\n", "Use apt\ninstall x"),
        ("[externally-managed]\nError=100% managed\n", "100% managed"),
        ("[other]\n", ""),
        ("not an INI file", ""),
        ("", ""),
    ],
)
def test_the_reason_of_a_managed_python_is_read(
    content: str, reason: str, here: Here
) -> None:
    def managed(command: object, **options: object) -> Completed:
        del options
        done = run_process(command)  # type: ignore[arg-type]
        import json

        answer = json.loads(done.stdout)
        answer["externally_managed"] = content
        return replace(done, stdout=json.dumps(answer).encode())

    context = replace(here(), run_process=managed)
    assert environment_of(sys.executable, context).externally_managed == reason


def test_a_new_environment_works_and_has_no_pip(here: Here, tmp_path: Path) -> None:
    made = create_environment(Path("env"), here(), prompt="demo")
    assert made.prefix == str(tmp_path / "env")
    assert made.virtual
    assert os.listdir(made.scheme.purelib) == []
    done = run_process([made.executable, "-c", "import sys; print(sys.prefix)"])
    assert done.stdout.decode().strip() == made.prefix
    assert "demo" in (tmp_path / "env/pyvenv.cfg").read_text()


def test_another_interpreter_makes_its_own_environment(
    here: Here, tmp_path: Path, shared_env: Path
) -> None:
    other = tmp_path / "python-by-another-name"
    other.write_text(f'#!/bin/sh\nexec "{shared_env}/bin/python" "$@"\n')
    other.chmod(0o755)
    made = create_environment(Path("env"), here(), python=str(other), prompt="demo")
    assert made.prefix == str(tmp_path / "env")
    assert os.listdir(made.scheme.purelib) == []
    again = create_environment(Path("env"), here(), python=str(other), clear=True)
    assert again.prefix == made.prefix


def test_an_old_environment_is_replaced_only_when_that_is_said(
    here: Here, tmp_path: Path
) -> None:
    create_environment(Path("env"), here())
    (tmp_path / "env/mine").write_text("x")
    with pytest.raises(EnvironmentExistsError, match="already"):
        create_environment(Path("env"), here())
    create_environment(Path("env"), here(), clear=True)
    assert not (tmp_path / "env/mine").exists()


def test_what_is_no_environment_is_never_cleared(here: Here, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/thesis.txt").write_text("precious")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("docs")
    for name in ("docs", "file", "link"):
        with pytest.raises(EnvironmentExistsError):
            create_environment(Path(name), here(), clear=True)
    assert (tmp_path / "docs/thesis.txt").read_text() == "precious"


def test_an_empty_folder_is_free(here: Here, tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    assert create_environment(Path("env"), here()).virtual


def test_a_folder_that_cannot_be_made_is_told(here: Here, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentExistsError) as caught:
        create_environment(Path("file/env"), here())
    assert caught.value.exit_code == 7


def test_a_plain_folder_can_be_installed_into(
    here: Here, shared_env: Path, tmp_path: Path
) -> None:
    context = here(VIRTUAL_ENV=str(shared_env))
    found = target_environment(Path("target"), context)
    root = str(tmp_path.resolve() / "target")
    assert found.scheme.purelib == found.scheme.platlib == found.prefix == root
    assert found.paths == (root,)
    assert found.executable == str(shared_env / "bin/python")
    assert found == find_environment(context, target=Path("target"))
    assert not (tmp_path / "target").exists()


def test_interpreters_of_environments_are_links(here: Here) -> None:
    made = create_environment(Path("env"), here())
    assert stat.S_ISLNK(os.lstat(made.executable).st_mode)
