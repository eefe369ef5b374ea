"""What people read when there is no solution: golden texts and their data."""

import json
from typing import Any

import pytest

from pysetup.errors import ResolutionError
from pysetup.resolve.explain import causes_of, sentences
from pysetup.resolve.failure import (
    NoMatchingVersionError,
    NoSolutionError,
    ProjectNotFoundError,
    failure_of,
)
from pysetup.resolve.solver import Conflict

Releases = dict[str, list[str]]


def conflict_of(
    lab: Any, releases: Releases, asked: list[str], **more: Any
) -> Conflict:
    answer = lab.solve(releases, asked, **more)
    assert isinstance(answer, Conflict)
    return answer


GOLDEN = [
    pytest.param(
        {
            "django 4.2": [],
            "django 5.2": [],
            "oldtool 1.4": ["django<5"],
            "oldtool 1.6": [],
        },
        ["django>=5.2", "oldtool==1.4"],
        """
            line 1      needs django >=5.2
        and line 2      needs oldtool ==1.4
        and oldtool 1.4 needs django <5
        """,
        id="a pin against a limit",
    ),
    pytest.param(
        {f"a {v}": ["b<2" if v < 4 else "b<3"] for v in range(1, 6)}
        | {"b 1": [], "b 2": [], "b 3": []},
        ["a", "b>2"],
        """
            line 1        needs a
        and line 2        needs b >2
        and a 4 and later need  b <3
        and a 1 to 3      need  b <2
        """,
        id="neighbours that need the same are one line",
    ),
    pytest.param(
        {f"a {v}": [f"b=={v}"] for v in range(9)}
        | {f"b {v}": ["c<2"] for v in range(9)}
        | {"c 1": [], "c 2": []},
        ["a", "c>=2"],
        """
            line 1             needs a
        and line 2             needs c >=2
        and every version of a needs b, each its own versions (such as b ==0)
        and every version of b needs c <2
        """,
        id="versions that march in step are one line",
    ),
    pytest.param(
        {"a 1": ["b"]},
        ["a"],
        """
            line 1 needs a
        and a 1    needs b
        and b      is    on none of the indexes that were looked at
        """,
        id="a dependency that does not exist",
    ),
    pytest.param(
        {"a 1": ["b>=9,<10"], "b 1": [], "b 3": []},
        ["a"],
        """
            line 1          needs a
        and a 1             needs b >=9,<10
        and no version of b fits  >=9,<10; the newest is 3
        """,
        id="a dependency that is not there yet",
    ),
    pytest.param(
        {"a 1": ["b>1"], "b 1": [], "b 2": ["!requires-python: needs Python >=3.12"]},
        ["a"],
        """
            line 1 needs          a
        and a 1    needs          b >1
        and b 2    cannot be used: needs Python >=3.12
        """,
        id="a dependency for another Python",
    ),
    pytest.param(
        {"a 1": ["b==1 ; extra == 'x'"], "b 1": [], "b 2": []},
        ["a[x]", "b==2"],
        """
            line 1 needs a[x]
        and line 2 needs b ==2
        and a[x] 1 needs b ==1
        """,
        id="an extra against a pin",
    ),
    pytest.param(
        {"b 1 https://me:pw@x.example/b": [], "a 1": ["b>1"], "b 2": []},
        ["a", "b @ https://me:pw@x.example/b"],
        """
            line 1          needs a
        and a 1             needs b >1
        and no version of b fits  >1; the one at https://***@x.example/b is 1
        """,
        id="a URL, told without its password",
    ),
]


@pytest.mark.parametrize(("releases", "asked", "golden"), GOLDEN)
def test_the_facts_are_told_in_order(
    lab: Any, releases: Releases, asked: list[str], golden: str
) -> None:
    told = sentences(causes_of(conflict_of(lab, releases, asked)))
    expected = [line[8:] for line in golden.splitlines()[1:-1]]
    assert [" ".join(line.split()) for line in told] == [
        " ".join(line.split()) for line in expected
    ]


def test_a_constraint_is_named_as_such(lab: Any) -> None:
    conflict = conflict_of(lab, {"a 1": [], "a 2": []}, ["a>1"], constraints=["a<2"])
    assert sentences(causes_of(conflict)) == [
        "    line 1       needs       a >1",
        "and limits.txt:1 allows only a <2",
    ]


def test_the_facts_are_data_too(lab: Any) -> None:
    releases = {"a 1": ["b<2"], "b 2": []}
    error = failure_of(conflict_of(lab, releases, ["a"]))
    assert isinstance(error, NoSolutionError)
    assert error.exit_code == 3
    assert list(error.causes) == [
        {
            "kind": "asked",
            "package": "a",
            "specifier": "",
            "url": None,
            "from": "line 1",
        },
        {
            "kind": "requirement",
            "parent": "a",
            "versions": ["1"],
            "package": "b",
            "specifier": "<2",
            "url": None,
        },
        {"kind": "absent", "package": "b"},
    ]
    assert json.loads(json.dumps(error.causes)) == list(error.causes)


def test_many_facts_are_cut_short(lab: Any) -> None:
    releases: Releases = {f"a{i} 1": [f"a{i + 1}"] for i in range(30)}
    error = failure_of(conflict_of(lab, {**releases, "b 1": []}, ["a0", "b"]))
    because = error.facts["because"]
    assert isinstance(because, list)
    assert len(because) == 9
    assert because[4] == "and 24 more facts in between"


ERRORS = [
    pytest.param(
        {"a 1": []},
        "b",
        ProjectNotFoundError,
        {"asked by": "line 1", "looked at": ["https://i.example/simple/"]},
        id="no such project",
    ),
    pytest.param(
        {"a 1": [], "a 2": []},
        "a>=9",
        NoMatchingVersionError,
        {"asked by": "line 1", "known": "1, 2", "rejected": []},
        id="no version that fits",
    ),
    pytest.param(
        {f"a {v}": [] for v in range(10)},
        "a>=10",
        NoMatchingVersionError,
        {
            "asked by": "line 1",
            "known": "0, ... 6, 7, 8, 9 (10 versions)",
            "rejected": [],
        },
        id="many versions are told in short",
    ),
    pytest.param(
        {
            "a 1": [],
            "a 2": ["!requires-python: needs Python >=3.12"],
            "a 3": ["!requires-python: needs Python >=3.13"],
            "a 4": ["?requires-python: needs Python >=3.13"],
            "a 5": ["~it was broken"],
        },
        "a>=2",
        NoMatchingVersionError,
        {
            "asked by": "line 1",
            "known": "1, 2, 3, 4, 5",
            "rejected": [
                "5: yanked: it was broken",
                "3 to 4: needs Python >=3.13",
                "2: needs Python >=3.12",
            ],
        },
        id="every reason is told",
    ),
]


@pytest.mark.parametrize(("releases", "asked", "kind", "facts"), ERRORS)
def test_one_requirement_that_fails_alone_is_told_as_such(
    lab: Any,
    releases: Releases,
    asked: str,
    kind: type[ResolutionError],
    facts: dict[str, Any],
) -> None:
    conflict = conflict_of(lab, releases, [asked])
    error = failure_of(conflict, places=["https://i.example/simple/"])
    assert type(error) is kind
    assert error.facts == facts
    assert error.hints


@pytest.mark.parametrize(
    "kind", [NoSolutionError, ProjectNotFoundError, NoMatchingVersionError]
)
def test_each_error_has_its_page(kind: type[ResolutionError]) -> None:
    assert kind.code.startswith("PS30")
    assert 2 <= len((kind.__doc__ or "").strip().splitlines()) <= 8
