import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from pysetup.edges.process import CommandNotFoundError, replace_process, run_process
from pysetup.interchange.environment import Environment
from pysetup.phases.run.entry import CommandMissingError
from pysetup.phases.run.launch import LaunchPlan
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment
from pysetup.workflows.installing.install import WheelToInstall, install_wheels
from pysetup.workflows.running.run import plan_command, run_command

MakeWheel = Callable[..., Path]
CODE = "import sys\ndef main():\n    print(sys.argv)\n    return 5\n"


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    path = {"PATH": os.environ["PATH"]}
    return replace(make_context(None), run_process=run_process, environ=path)


@pytest.fixture
def env(make_wheel: MakeWheel, context: Context) -> Environment:
    made = create_environment(Path("env"), context)
    wheel = make_wheel(
        files={"demo.py": CODE}, entry_points="[console_scripts]\ndemo = demo:main\n"
    )
    install_wheels([WheelToInstall(wheel)], environment=made, context=context)
    return made


def ran(plan: LaunchPlan, cwd: Path | None = None) -> tuple[int, str]:
    done = run_process(plan.words, env=plan.environ, cwd=cwd)
    return done.returncode, done.stdout.decode().strip()


def test_a_script_of_the_environment_runs(env: Environment, context: Context) -> None:
    plan = plan_command("demo", ["-x"], environment=env, context=context)
    assert plan.program == os.path.join(env.scheme.scripts, "demo")
    code, output = ran(plan)
    assert code == 5
    assert "'-x'" in output


def test_a_command_whose_launcher_is_missing_still_runs(
    env: Environment, context: Context
) -> None:
    Path(env.scheme.scripts, "demo").unlink()
    plan = plan_command("demo", ["-x"], environment=env, context=context)
    assert ran(plan) == (5, "['demo', '-x']")


def test_python_and_python_files_run(
    env: Environment, context: Context, tmp_path: Path
) -> None:
    words = ["-c", "import sys; print(sys.prefix)"]
    plan = plan_command("python", words, environment=env, context=context)
    assert ran(plan) == (0, env.prefix)
    (tmp_path / "script.py").write_text("import sys; print(sys.prefix, sys.argv[1])")
    plan = plan_command("script.py", ["a"], environment=env, context=context)
    assert ran(plan, tmp_path) == (0, f"{env.prefix} a")


def test_programs_of_the_system_run_too(env: Environment, context: Context) -> None:
    plan = plan_command("env", [], environment=env, context=context)
    assert f"VIRTUAL_ENV={env.prefix}" in ran(plan)[1]
    plan = plan_command("/bin/sh", ["-c", "exit 4"], environment=env, context=context)
    assert ran(plan)[0] == 4


@pytest.mark.parametrize(
    ("typed", "hint"), [("dmeo", "demo"), ("./demo", ""), ("quite-another", "")]
)
def test_a_command_that_is_not_there_is_told(
    typed: str, hint: str, env: Environment, context: Context
) -> None:
    with pytest.raises(CommandMissingError) as caught:
        plan_command(typed, [], environment=env, context=context)
    assert caught.value.exit_code == 1
    assert hint in caught.value.hints[0]


def test_the_process_becomes_the_command(env: Environment, context: Context) -> None:
    class BecomeError(Exception):
        pass

    def become(
        program: str,
        words: Sequence[str],
        environ: Mapping[str, str],
        *,
        directory: Path,
        content: bytes | None = None,
    ) -> NoReturn:
        assert (directory, content) == (context.directory, None)
        raise BecomeError(program, *words, environ["VIRTUAL_ENV"])

    with pytest.raises(BecomeError) as caught:
        run_command("demo", [], environment=env, context=context, execute=become)
    assert caught.value.args[-1] == env.prefix


def test_the_exit_code_is_that_of_the_command(project_root: Path) -> None:
    code = (
        "import sys; from pysetup.edges.process import replace_process;"
        "replace_process('/bin/sh', ['sh', '-c', 'exit 9'], {})"
    )
    environ = {"PYTHONPATH": str(project_root / "src")}
    assert run_process([sys.executable, "-c", code], env=environ).returncode == 9


def test_a_program_that_cannot_be_started_is_told() -> None:
    with pytest.raises(CommandNotFoundError):
        replace_process("/no/such/program", ["x"], {})
