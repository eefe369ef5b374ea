"""One answer for all environments: scenarios, each judged over a matrix, and laws."""

import importlib.util
import random
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.errors import ResolutionError
from pysetup.resolve.failure import (
    NoMatchingVersionError,
    NoSolutionError,
    ProjectNotFoundError,
)
from pysetup.resolve.terms import Asked
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import to_json_text
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_version
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.resolving.resolve import ResolveOptions
from pysetup.workflows.resolving.universal import (
    NoEnvironmentError,
    UniversalOptions,
    resolve_universal,
)
from pysetup.workflows.resolving.universal_pins import UniversalResolution
from pysetup.workflows.resolving.universal_scope import ExtraOrGroup
from pysetup.workflows.settings import Settings

_SCRIPT = Path(__file__).parents[3] / "benchmarks" / "universal_judge.py"
_spec = importlib.util.spec_from_file_location("universal_judge", _SCRIPT)
assert _spec is not None
assert _spec.loader is not None
lab = importlib.util.module_from_spec(_spec)
sys.modules["universal_judge"] = lab
_spec.loader.exec_module(lab)

# "name version" -> its requirements; words before a colon say more of the release.
Stock = Mapping[str, Sequence[str]]
MATRIX = tuple(lab.targets(pythons=("3.9.1", "3.11.7", "3.12.1", "3.14.0")))


def index_of(stock: Stock) -> Any:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for key, lines in stock.items():
        name, version = key.split()
        release: dict[str, Any] = {"requires": [], "extras": {}}
        for line in lines:
            word, separator, rest = line.partition(": ")
            if not separator:
                release["requires"].append(line)
            elif word == "python":
                release["requires_python"] = rest
            elif word == "wheels":
                release.update(wheel_tags=rest.split(), sdist=False)
            else:
                release["extras"].setdefault(word, []).append(rest)
        found.setdefault(name, {})[version] = release
    return lab.MemoryIndex(found)


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a context that nothing is fetched through."""
    folder = tmp_path_factory.mktemp("nowhere")
    return Context(
        environ={},
        directory=folder,
        settings=Settings(cache_dir=folder, index_url="https://index.test/simple/"),
        transport=None,  # type: ignore[arg-type] # nothing is fetched
        run_process=None,  # type: ignore[arg-type] # nothing is run
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        tell=lambda _: None,
    )


def resolve(
    context: Any, stock: Stock, asked: Sequence[str], **options: Any
) -> UniversalResolution:
    """Resolve, and have the answer judged over the matrix."""
    index = index_of(stock)
    requirements = [parse_requirement(text) for text in asked]
    choice = {
        key: options.pop(key)
        for key in ("strategy", "pre", "only_binary", "no_binary", "hashes")
        if key in options
    }
    constraints = tuple(map(parse_requirement, options.pop("constraints", ())))
    overrides = tuple(map(parse_requirement, options.pop("overrides", ())))
    options.setdefault("requires_python", ">=3.9")
    answer = resolve_universal(
        requirements,
        context=context,
        options=UniversalOptions(
            choice=ResolveOptions(
                constraints=constraints, overrides=overrides, **choice
            ),
            **options,
        ),
        index=index,
    )
    question = lab.Asked(
        requirements=requirements,
        requires_python=options["requires_python"],
        environments=options.get("environments", ()),
        constraints=constraints,
    )
    if overrides:
        return answer
    wrong = lab.judge(
        answer,
        question,
        MATRIX,
        alone=lambda target: (
            lab.answer_alone(target, question, index, context) is not None
        ),
    )
    assert not wrong
    return answer


def asked_by(text: str, source: str = "pyproject.toml:1") -> Asked:
    return Asked(parse_requirement(text), source)


def pins(answer: UniversalResolution) -> dict[str, str]:
    return {f"{pin.name} {pin.version}": pin.marker or "" for pin in answer.pins}


LINUX, MAC = "sys_platform == 'linux'", "sys_platform == 'darwin'"
TWO: Stock = {"a 1": [], "a 2": []}

# id -> what there is, what is asked for, the pins and their markers.
SCENARIOS: dict[str, tuple[Stock, list[str], dict[str, str]]] = {
    "one version does for all": (
        {"a 1": ["b"], "b 1": [], "b 2": []},
        ["a"],
        {"a 1": "", "b 2": ""},
    ),
    "a requirement of one system": (
        {"a 1": [f"b ; {LINUX}"], "b 1": []},
        ["a"],
        {"a 1": "", "b 1": LINUX},
    ),
    "two systems want two versions": (
        TWO,
        [f"a>1 ; {LINUX}", f"a<2 ; {MAC}"],
        {"a 1": MAC, "a 2": LINUX},
    ),
    "and one version does if it can": (
        TWO,
        [f"a>=1 ; {LINUX}", f"a<2 ; {MAC}"],
        {"a 1": f"{MAC} or {LINUX}"},
    ),
    "what two parents want": (
        {
            "a 1": ["c<2"],
            "b 1": ["c>=2"],
            "c 1": [],
            "c 2": [],
        },
        [f"a ; {LINUX}", f"b ; {MAC}"],
        {"a 1": LINUX, "b 1": MAC, "c 1": LINUX, "c 2": MAC},
    ),
    "what two parents want under markers of their own": (
        {
            "a 1": [f"c<2 ; {LINUX}"],
            "b 1": [f"c>=2 ; {MAC}"],
            "c 1": [],
            "c 2": [],
        },
        ["a", "b"],
        {"a 1": "", "b 1": "", "c 1": LINUX, "c 2": MAC},
    ),
    "a fork in a fork": (
        {
            "a 1": [
                "b>=2 ; implementation_name == 'cpython'",
                "b<2 ; implementation_name == 'pypy'",
            ],
            "a 2": [],
            "b 1": [f"c ; {LINUX}", "d"],
            "b 2": [],
            "c 1": [],
            "d 1": [],
        },
        [f"a>=2 ; {LINUX}", f"a<2 ; {MAC}"],
        {
            "a 1": MAC,
            "a 2": LINUX,
            "b 1": f"implementation_name == 'pypy' and {MAC}",
            "b 2": f"implementation_name == 'cpython' and {MAC}",
            "d 1": f"implementation_name == 'pypy' and {MAC}",
        },
    ),
    "a hole between markers": (
        {"a 1": [], "a 2": [], "b 1": ["c ; python_version == '3.12'"], "c 1": []},
        ["a==1 ; python_version < '3.12'", "a==2 ; python_version >= '3.13'", "b"],
        {
            "a 1": "python_version < '3.12'",
            "a 2": "python_version >= '3.13'",
            "b 1": "",
            "c 1": "python_version == '3.12'",
        },
    ),
    "a version for new Pythons, and one for old ones": (
        {
            "a 1": ["python: >=3.8"],
            "a 2": ["python: >=3.10"],
            "a 3": ["python: >=3.12"],
        },
        ["a"],
        {
            "a 1": "python_version < '3.10'",
            "a 2": "python_version >= '3.10' and python_version < '3.12'",
            "a 3": "python_version >= '3.12'",
        },
    ),
    "a version that is needed for new Pythons only": (
        {"a 1": ["python: >=3.8"], "a 2": ["python: >=3.12"]},
        ["a ; python_version >= '3.12'"],
        {"a 2": "python_version >= '3.12'"},
    ),
    "old Pythons do not hold back the new ones": (
        {"a 1": ["b", "b<2 ; python_version < '3.11'"], "b 1": [], "b 2": []},
        ["a"],
        {
            "a 1": "",
            "b 1": "python_version < '3.11'",
            "b 2": "python_version >= '3.11'",
        },
    ),
    "what follows from a version for old Pythons": (
        {
            "a 1": ["b<2", "python: >=3.8"],
            "a 2": ["b>=2", "python: >=3.11"],
            "b 1": [],
            "b 2": [],
        },
        ["a"],
        {
            "a 1": "python_version < '3.11'",
            "a 2": "python_version >= '3.11'",
            "b 1": "python_version < '3.11'",
            "b 2": "python_version >= '3.11'",
        },
    ),
    "a family of exact pins": (
        {
            "a 1": ["b==1", f"c==1 ; {LINUX}", "python: >=3.8"],
            "a 2": ["b==2", f"c==2 ; {LINUX}", "python: >=3.11"],
            "b 1": ["d[x]==1"],
            "b 2": ["d[x]==2"],
            "c 1": ["e==1"],
            "c 2": ["e==2"],
            "d 1": ["x: f==1"],
            "d 2": ["x: f==2"],
            **{f"{name} {version}": [] for name in "ef" for version in (1, 2)},
        },
        ["a"],
        {
            **{f"{name} 1": "python_version < '3.11'" for name in "abdf"},
            **{f"{name} 2": "python_version >= '3.11'" for name in "abdf"},
            **{f"{name} 1": f"python_version < '3.11' and {LINUX}" for name in "ce"},
            **{f"{name} 2": f"python_version >= '3.11' and {LINUX}" for name in "ce"},
        },
    ),
    "a limit on later Pythons that one version has": (
        {"a 1": ["python: >=3.8"], "a 2": ["python: >=3.8,<3.12"]},
        ["a"],
        {"a 1": "python_version >= '3.12'", "a 2": "python_version < '3.12'"},
    ),
    "a marker that never holds here": (
        {"a 1": []},
        ["a ; python_version < '3.8'", "a ; python_full_version == '3.8.0b1'"],
        {},
    ),
    "a patch of the first Python": (
        {"a 1": ["python: >=3.9"]},
        ["a ; python_version == '3.9'"],
        {"a 1": "python_version < '3.10'"},
    ),
    "a parent elsewhere holds nothing back": (
        {"a 1": [f"b<2 ; {LINUX}"], "b 1": [], "b 2": []},
        [f"a ; {MAC}", "b"],
        {"a 1": MAC, "b 2": ""},
    ),
    "an extra of one implementation": (
        {"a 1": ["x: b ; implementation_name == 'cpython'"], "b 1": []},
        [
            "a[x] ; platform_python_implementation == 'CPython'",
            "a ; platform_python_implementation != 'CPython'",
        ],
        {"a 1": "", "b 1": "implementation_name == 'cpython'"},
    ),
    "two extras in a circle": (
        {"a 1": ["all: a[x,y]", "x: b", f"y: c ; {LINUX}"], "b 1": ["a"], "c 1": []},
        ["a[all]"],
        {"a 1": "", "b 1": "", "c 1": LINUX},
    ),
    "a pre-release where there is nothing else": (
        {"a 1rc1": [], "b 1": [], "b 2rc1": []},
        ["a", "b"],
        {"a 1rc1": "", "b 1": ""},
    ),
}


@pytest.mark.parametrize(
    ("stock", "asked", "expected"), SCENARIOS.values(), ids=SCENARIOS
)
def test_a_resolution_is_right_everywhere(
    context: Any, stock: Stock, asked: list[str], expected: dict[str, str]
) -> None:
    assert pins(resolve(context, stock, asked)) == expected


@pytest.mark.parametrize(
    ("stock", "asked", "expected"), SCENARIOS.values(), ids=SCENARIOS
)
def test_the_order_of_what_is_asked_for_does_not_matter(
    context: Any, stock: Stock, asked: list[str], expected: dict[str, str]
) -> None:
    first = resolve(context, stock, asked)
    turned = dict(reversed(list(stock.items())))
    again = resolve(context, turned, asked[::-1])
    assert to_json_text(again.to_json()) == to_json_text(first.to_json())
    assert pins(first) == expected


def test_only_files_that_may_be_used_are_listed(context: Any) -> None:
    stock = {
        "a 1": [
            (
                "wheels: cp310-cp310-win_amd64 cp312-cp312-win_amd64"
                " cp38-cp38-win_amd64 cp312-cp312-manylinux_2_17_x86_64"
                " cp310-abi3-win_amd64"
            )
        ]
    }
    answer = resolve(context, stock, ["a ; sys_platform == 'win32'"])
    assert [file.filename for file in answer.pins[0].files] == [
        "a-1-cp310-cp310-win_amd64.whl",
        "a-1-cp312-cp312-win_amd64.whl",
        "a-1-cp310-abi3-win_amd64.whl",
    ]


def test_a_sdist_is_there_for_all(context: Any) -> None:
    answer = resolve(context, {"a 1": []}, ["a"])
    assert [file.filename for file in answer.pins[0].files] == [
        "a-1.tar.gz",
        "a-1-py3-none-any.whl",
    ]
    refused = resolve(context, {"a 1": []}, ["a"], only_binary=(":all:",))
    assert [file.filename for file in refused.pins[0].files] == ["a-1-py3-none-any.whl"]


WHEELS_OF_TWO: Stock = {
    "a 1": ["wheels: py3-none-any"],
    "a 2": ["wheels: py3-none-win_amd64 py3-none-macosx_14_0_arm64"],
}


def test_a_version_without_a_file_for_some_is_taken_if_nobody_requires_more(
    context: Any,
) -> None:
    asked = [f"a ; {MAC} and platform_machine == 'arm64'"]
    assert set(pins(resolve(context, WHEELS_OF_TWO, asked))) == {"a 2"}


def test_a_required_environment_gets_a_file(context: Any) -> None:
    answer = resolve(
        context,
        WHEELS_OF_TWO,
        ["a"],
        environments=["sys_platform == 'win32'", LINUX],
        required_environments=[LINUX],
    )
    assert pins(answer) == {"a 1": LINUX, "a 2": "sys_platform == 'win32'"}


def test_a_version_without_any_file_for_the_environments_is_not_taken(
    context: Any,
) -> None:
    answer = resolve(context, WHEELS_OF_TWO, ["a"], environments=[LINUX])
    assert pins(answer) == {"a 1": ""}


def test_environments_limit_what_is_looked_at(context: Any) -> None:
    stock = {"a 1": [f"b ; {MAC}"], "a 2": [f"b>1 ; {LINUX}"], "b 1": []}
    answer = resolve(context, stock, ["a"], environments=[MAC])
    assert pins(answer) == {"a 2": ""}


def test_constraints_hold_under_their_markers(context: Any) -> None:
    answer = resolve(context, TWO, ["a"], constraints=[f"a<2 ; {LINUX}"])
    assert set(pins(answer)) == {"a 1"}
    split = resolve(context, TWO, [f"a>1 ; {MAC}", "a"], constraints=[f"a<2 ; {LINUX}"])
    assert len(split.pins) == 2


def test_overrides_stand_in_for_what_others_want(context: Any) -> None:
    stock = {"a 1": ["b<2", f"c ; {MAC}"], "b 1": [], "b 2": [], "c 1": [], "c 2": []}
    answer = resolve(
        context, stock, ["a"], overrides=["b>=2", f"c<2 ; {MAC}", f"c>=2 ; {LINUX}"]
    )
    assert pins(answer) == {"a 1": "", "b 2": "", "c 1": MAC}


def test_a_base_that_is_a_group_has_its_marker(context: Any) -> None:
    answer = resolve_universal(
        [parse_requirement("a")],
        context=context,
        options=UniversalOptions(base="default", groups={"dev": [asked_by("b")]}),
        index=index_of({"a 1": ["c"], "b 1": ["c"], "c 1": []}),
    )
    assert pins(answer) == {
        "a 1": "'default' in dependency_groups",
        "b 1": "'dev' in dependency_groups",
        "c 1": "'default' in dependency_groups or 'dev' in dependency_groups",
    }


def test_projects_with_digests_are_looked_at_file_by_file(context: Any) -> None:
    stock, asked, expected = SCENARIOS[
        "a version for new Pythons, and one for old ones"
    ]
    digest = Hash.parse(f"sha256={'0' * 64}")
    assert pins(resolve(context, stock, asked, hashes={"a": [digest]})) == expected


def test_the_lowest_versions_can_be_asked_for(context: Any) -> None:
    stock = {"a 1": ["b"], "a 2": ["b"], "b 1": [], "b 2": []}
    assert set(pins(resolve(context, stock, ["a"], strategy="lowest"))) == {
        "a 1",
        "b 1",
    }


def test_extras_and_groups_bring_their_own(context: Any) -> None:
    stock = {"a 1": [], "b 1": ["c"], "c 1": [], "d 1": ["c"]}
    answer = resolve(
        context,
        stock,
        ["a"],
        extras={"X": [asked_by("b")]},
        groups={"dev": [asked_by("d")]},
    )
    assert pins(answer) == {
        "a 1": "",
        "b 1": "'x' in extras",
        "c 1": "'dev' in dependency_groups or 'x' in extras",
        "d 1": "'dev' in dependency_groups",
    }
    told = {pin.name: (pin.always, pin.by_extras, pin.by_groups) for pin in answer.pins}
    assert told == {
        "a": (True, (), ()),
        "b": (False, ("x",), ()),
        "c": (False, ("x",), ("dev",)),
        "d": (False, (), ("dev",)),
    }


def test_extras_that_exclude_each_other_are_told(context: Any) -> None:
    extras = {
        "cpu": [asked_by("a<2")],
        "gpu": [asked_by("a>=2")],
    }
    with pytest.raises(NoSolutionError) as caught:
        resolve(context, TWO, [], extras=extras)
    assert caught.value.facts["in environments with"] == (
        "'cpu' in extras and 'gpu' in extras"
    )
    assert any("conflicts" in hint for hint in caught.value.hints)
    answer = resolve(
        context,
        TWO,
        [],
        extras=extras,
        conflicts=((ExtraOrGroup(extra="cpu"), ExtraOrGroup(extra="gpu")),),
    )
    assert pins(answer) == {"a 1": "'cpu' in extras", "a 2": "'gpu' in extras"}


def test_a_conflict_names_its_environments_and_its_cause(context: Any) -> None:
    stock = {
        "a 1": ["b", "c"],
        "a 2": [],
        "b 1": ["d==1"],
        "c 1": ["d==2"],
        "d 1": [],
        "d 2": [],
    }
    with pytest.raises(NoSolutionError) as caught:
        resolve(context, stock, [f"a>1 ; {LINUX}", f"a<2 ; {MAC}"])
    facts = caught.value.facts
    assert facts["in environments with"] == MAC
    because = " / ".join(map(str, facts["because"]))  # type: ignore[call-overload] # lines
    for word in ("a <2", "b 1", "c 1", "d ==1", "d ==2"):
        assert word in because
    assert "#" not in because


def test_a_python_for_which_there_is_nothing_is_named(context: Any) -> None:
    stock = {"a 1": ["python: >=3.8"], "a 2": ["python: >=3.11"]}
    with pytest.raises(NoMatchingVersionError) as caught:
        resolve(context, stock, ["a>=2"])
    assert caught.value.facts["in environments with"] == "python_version < '3.11'"
    assert "needs Python >=3.11" in str(caught.value.facts["rejected"])


def test_a_project_that_is_not_there_is_named(context: Any) -> None:
    with pytest.raises(ProjectNotFoundError):
        resolve(context, {"a 1": []}, ["a", f"b ; {LINUX}"])


CAPPED: Stock = {"a 1": ["python: >=3.9,<3.13"]}


def test_no_end_is_no_promise_for_every_later_python(context: Any) -> None:
    answer = resolve(context, CAPPED, ["a"])
    assert pins(answer) == {"a 1": ""}
    assert "later ones are taken to do as well" in answer.notes[0]


@pytest.mark.parametrize(
    ("moment", "notes"),
    [
        pytest.param((2026, 11, 29), 0, id="the next Python is too new"),
        pytest.param((2026, 12, 1), 1, id="authors have had their time"),
    ],
)
def test_what_is_said_of_a_python_to_come_is_a_guess(
    context: Any, moment: tuple[int, int, int], notes: int
) -> None:
    context = replace(context, now=lambda: datetime(*moment, tzinfo=UTC))
    answer = resolve(context, {"a 1": ["python: >=3.9,<3.15"]}, ["a"])
    assert pins(answer) == {"a 1": ""}
    assert len(answer.notes) == notes


def test_an_end_is_taken_at_its_word(context: Any) -> None:
    with pytest.raises(NoMatchingVersionError) as caught:
        resolve(context, CAPPED, ["a"], requires_python=">=3.9,<3.14")
    assert caught.value.facts["in environments with"] == "python_version >= '3.13'"


def test_no_environment_is_left(context: Any) -> None:
    with pytest.raises(NoEnvironmentError):
        resolve(
            context,
            {},
            [],
            environments=["sys_platform == 'win32' and os_name == 'posix'"],
        )


def test_what_is_preferred_stays_where_it_fits(context: Any) -> None:
    stock = {"a 1": [], "a 2": [], "a 3": [f"b ; {LINUX}"], "b 1": []}
    kept = resolve(
        context,
        stock,
        [f"a<3 ; {LINUX}", f"a>=2 ; {MAC}"],
        preferred={
            "a": [(parse_version("1"), LINUX), (parse_version("3"), MAC)],
        },
    )
    assert set(pins(kept)) <= {"a 1", "a 2", "a 3"}
    again = resolve(
        context,
        stock,
        [f"a<3 ; {LINUX}", f"a>=2 ; {MAC}"],
        preferred={
            pin.name: [
                (other.version, other.marker or "")
                for other in kept.pins
                if other.name == pin.name
            ]
            for pin in kept.pins
        },
    )
    assert pins(again) == pins(kept)


def test_twenty_projects_with_three_markers_each_do_not_multiply(context: Any) -> None:
    stock: dict[str, list[str]] = {}
    asked = []
    variables = ("sys_platform", "platform_machine", "os_name", "implementation_name")
    for number in range(20):
        variable = variables[number % 4]
        one, other = f"{variable} == 'x{number}'", f"{variable} == 'y{number}'"
        stock |= {f"p{number} {version}": [] for version in (1, 2, 3)}
        asked += [
            f"p{number}==1 ; {one}",
            f"p{number}==2 ; {other}",
            f"p{number}==3 ; not_one and not_other".replace(
                "not_one", one.replace("==", "!=")
            ).replace("not_other", other.replace("==", "!=")),
        ]
    answer = resolve(context, stock, asked)
    assert len(answer.pins) == 60
    assert answer.variants <= 80
    assert answer.rounds <= 60


SYSTEMS = (LINUX, MAC, "sys_platform == 'win32'")
_markers = st.one_of(
    st.just(""),
    st.sampled_from(SYSTEMS),
    st.sampled_from(SYSTEMS).map(lambda text: text.replace("==", "!=")),
    st.builds(
        "python_version {} '{}'".format,
        st.sampled_from(("<", ">=")),
        st.sampled_from(("3.11", "3.12")),
    ),
    st.just("os_name == 'nt'"),
    st.just("implementation_name == 'pypy' and sys_platform == 'linux'"),
)
_names = st.sampled_from("abcd")
_needs = st.builds(
    lambda name, limit, marker: f"{name}{limit}{' ; ' if marker else ''}{marker}",
    _names,
    st.sampled_from(("", "", ">=2", "<2", "==2", "<3", "!=3")),
    _markers,
)
_releases = st.tuples(
    st.lists(_needs, max_size=2),
    st.sampled_from(("", "", "python: >=3.11", "python: >=3.12", "python: <3.13")),
)
_universes = st.fixed_dictionaries(
    {f"{name} {version}": _releases for name in "abcd" for version in (1, 2, 3)}
)


@pytest.mark.law
@settings(max_examples=60, deadline=None)
@given(universe=_universes, asked=st.lists(_needs, min_size=1, max_size=3))
def test_there_is_an_answer_exactly_where_each_environment_has_one(
    context: Any, universe: dict[str, tuple[list[str], str]], asked: list[str]
) -> None:
    stock = {
        key: [*needs, python] if python else needs
        for key, (needs, python) in universe.items()
    }
    matrix = [target for target in MATRIX if "os" not in target.name.split()[-1]]
    index = index_of(stock)
    question = lab.Asked(
        requirements=list(map(parse_requirement, asked)), requires_python=">=3.9,<3.15"
    )
    try:
        answer = resolve(context, stock, asked, requires_python=">=3.9,<3.15")
    except ResolutionError:
        alone = [lab.answer_alone(each, question, index, context) for each in matrix]
        assert None in alone
    else:
        for target in matrix:
            assert lab.answer_alone(target, question, index, context) is not None
        shuffled = random.Random(0).sample(asked, len(asked))
        again = resolve(context, stock, shuffled, requires_python=">=3.9,<3.15")
        assert again.to_json() == answer.to_json()
