"""Why a version is not chosen: the facts in the way, or that there are none."""

from collections.abc import Callable
from typing import Any

import pytest

from pysetup.resolve.failure import NoSolutionError, ProjectNotFoundError
from pysetup.standards.jsontext import to_json_text
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.resolving.resolve import ResolveOptions
from pysetup.workflows.resolving.why_not import WhyNot, why_not

Ask = Callable[..., WhyNot]


@pytest.fixture
def ask(shop: Any, environment: Any) -> Ask:
    def ask(about: str, *texts: str, **options: Any) -> WhyNot:
        return why_not(
            parse_requirement(about),
            [parse_requirement(text) for text in texts],
            environment=environment,
            context=shop.make_context(shop.index),
            options=ResolveOptions(**options),
        )

    return ask


@pytest.fixture
def chain(shop: Any) -> None:
    """What an app needs keeps a library back."""
    shop.wheel("app", "1", "middle>=1")
    shop.wheel("middle", "1", "lib<2")
    shop.wheel("middle", "2", "lib<2")
    for version in ("1.0", "1.9", "2.0", "2.1"):
        shop.wheel("lib", version)


@pytest.mark.usefixtures("chain")
def test_the_chain_that_forbids_it_is_told_from_the_top(ask: Ask) -> None:
    answer = ask("lib==2.1", "app", sources={"app": "needs.txt:3"})
    assert not answer.possible
    assert str(answer.chosen) == "1.9"
    assert answer.lines == [
        "    needs.txt:3             needs app",
        "and app 1                   needs middle >=1",
        "and every version of middle needs lib <2",
    ]
    assert to_json_text(answer.to_json())


@pytest.mark.usefixtures("chain")
def test_a_bare_name_is_about_the_newest_version(ask: Ask) -> None:
    answer = ask("lib", "app")
    assert (str(answer.asked), answer.possible) == ("lib==2.1", False)


@pytest.mark.usefixtures("chain")
def test_nothing_may_forbid_it(ask: Ask) -> None:
    answer = ask("lib==1.0", "app")
    assert answer.possible
    assert not answer.is_chosen
    assert answer.changes == (("lib", "1.9", "1.0"),)
    assert ask("lib==1.9", "app").is_chosen


@pytest.mark.usefixtures("chain")
def test_what_nobody_needs_is_possible(ask: Ask) -> None:
    answer = ask("lib==2.0")
    assert (answer.possible, answer.chosen) == (True, None)
    assert answer.changes == (("lib", "", "2.0"),)


@pytest.mark.usefixtures("chain")
def test_an_edit_that_would_allow_it_is_told(ask: Ask) -> None:
    answer = ask("lib==2.0", "lib<2", sources={"lib<2": "needs.txt:1"})
    assert answer.hints == (
        "relax  lib <2  (needs.txt:1) to  lib<=2.0   (checked: solves with 1 project)",
    )


@pytest.mark.parametrize(
    ("about", "kind", "text"),
    [
        ("new==2", "requires-python", "needs Python >=3.12"),
        ("new==3", "yanked", "yanked: broken"),
        ("new==4", "no-file", "has no file for this environment"),
        ("new==9", "absent", "the newest is 4"),
    ],
)
def test_a_version_may_forbid_itself(
    shop: Any, ask: Ask, about: str, kind: str, text: str
) -> None:
    shop.wheel("new", "1")
    shop.wheel("new", "2", python=">=3.12")
    shop.wheel("new", "3", yanked="broken")
    shop.wheel("new", "4", tag="cp311-cp311-win_amd64")
    answer = ask(about if kind != "yanked" else "new>=3,<4", "new")
    assert [cause.data["kind"] for cause in answer.causes] == [kind]
    assert text in answer.lines[0]


def test_a_project_that_nobody_has_is_an_error(ask: Ask) -> None:
    with pytest.raises(ProjectNotFoundError):
        ask("nowhere==1")


@pytest.mark.usefixtures("chain")
def test_requirements_without_a_solution_are_an_error(ask: Ask) -> None:
    with pytest.raises(NoSolutionError):
        ask("lib==1.0", "app", "lib>=2")
