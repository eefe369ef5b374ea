"""Building without isolation: what counts as installed, also indirectly."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.process import run_process
from pysetup.interchange.environment import Environment
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment
from pysetup.workflows.installing.install import WheelToInstall, install_wheels
from pysetup.workflows.isolating.installed_requirements import (
    InstalledRequirements,
    MissingBuildRequirementsError,
)


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    environ = {"PATH": os.environ["PATH"]}
    return replace(make_context(None), run_process=run_process, environ=environ)


@pytest.fixture
def environment(context: Context, tmp_path: Path, make_wheel: Any) -> Environment:
    made = create_environment(tmp_path / "env", context)
    deep = 'Requires-Dist: absent; extra == "more"\nRequires-Dist: low<2\n'
    wheels = [
        make_wheel("tool", "2.0", metadata=f"{deep}Provides-Extra: more\n"),
        make_wheel("low", "1.0", metadata="Requires-Dist: tool\n"),
        make_wheel("broken", "1.0", metadata="Requires-Dist: low>=2\n"),
    ]
    install_wheels(
        [WheelToInstall(path, requested=True) for path in wheels],
        environment=made,
        context=context,
    )
    return made


@pytest.mark.parametrize(
    ("requirements", "missing"),
    [
        pytest.param([], (), id="nothing is asked for"),
        pytest.param(["Tool>=1"], (), id="it is there, and so is what it needs"),
        pytest.param(["tool>=3"], ("tool>=3",), id="too old"),
        pytest.param(["other", "tool"], ("other",), id="not there"),
        pytest.param(['other; python_version < "3"'], (), id="not asked for here"),
        pytest.param(["tool[more]"], ("absent",), id="of an extra"),
        pytest.param(["broken"], ("low>=2",), id="what is there lacks something"),
        pytest.param(["tool @ https://x.example/t-1.zip"], (), id="a URL, by name"),
    ],
)
def test_what_is_missing(
    requirements: list[str],
    missing: tuple[str, ...],
    environment: Environment,
    context: Context,
) -> None:
    check = InstalledRequirements(environment.executable, context)
    if not missing:
        assert check(requirements) == Path(environment.executable)
        return
    with pytest.raises(MissingBuildRequirementsError) as caught:
        check(requirements)
    assert caught.value.missing == missing
    assert caught.value.exit_code == 7


def test_who_knows_better_may_build_all_the_same(
    environment: Environment, context: Context
) -> None:
    settings = replace(context.settings, skip_dependency_check=True)
    check = InstalledRequirements(
        environment.executable, replace(context, settings=settings)
    )
    assert check(["other"]) == Path(environment.executable)
