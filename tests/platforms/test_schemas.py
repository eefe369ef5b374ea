"""Targets and plans follow the schemas that are published for other languages."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.schemas import SCHEMAS, schema_text
from pysetup.platforms.target import read_target, shipped_targets

TARGET = Draft202012Validator(json.loads(schema_text("target")))
PLAN = Draft202012Validator(json.loads(schema_text("plan")))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema_text(name)))


@pytest.mark.parametrize("name", shipped_targets())
def test_shipped_targets_follow_the_schema(name: str) -> None:
    TARGET.validate(read_target(name).to_json())


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"name": "mine"},
        {"extends": "debian-12", "python": "three"},
        {"extends": "debian-12", "paths": {"purelib": "/usr"}},
        {"extends": "debian-12", "colour": "red"},
    ],
)
def test_what_is_no_target_does_not(value: dict[str, Any]) -> None:
    assert not TARGET.is_valid(value)


def test_a_plan_follows_the_schema_and_comes_back(
    pysetup: Any, make_wheel: Any
) -> None:
    wheel = make_wheel(
        files={"demo/__init__.py": "", "demo-1.0.data/scripts/tool": "#!python\n"},
        entry_points="[console_scripts]\ndemo = demo:main\n",
    )
    ran = pysetup("--json", "bdist_dumb", wheel, "--dry-run", "--target", "debian-12")
    (plan,) = json.loads(ran.out)["result"]["plans"]
    PLAN.validate(plan)
    assert PackagePlan.from_json(plan).to_json() == plan
    assert not PLAN.is_valid({**plan, "colour": "red"})


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_command_prints_them(pysetup: Any, name: str) -> None:
    assert pysetup("bdist", "--schema", name).out == schema_text(name)
