"""Small universes, each with the pins or the conflict that a user expects."""

from typing import Any

import pytest

from pysetup.resolve.releases import ReleaseRules
from pysetup.resolve.solver import Conflict

Releases = dict[str, list[str]]


def many(name: str, versions: str, *needs: str) -> Releases:
    return {f"{name} {version}": list(needs) for version in versions.split()}


SOLVABLE = [
    pytest.param(many("a", "1 2 3"), ["a"], {"a": "3"}, id="the newest version wins"),
    pytest.param(
        many("a", "1", "b>1") | many("b", "1 2 3"),
        ["a", "b<3"],
        {"a": "1", "b": "2"},
        id="limits from two sides meet",
    ),
    pytest.param(
        many("a", "1") | many("a", "2", "b>=2") | many("b", "1"),
        ["a", "b"],
        {"a": "1", "b": "1"},
        id="an impossible newest version is passed over",
    ),
    pytest.param(
        many("a", "1 2 3"),
        ["a!=3,!=2"],
        {"a": "1"},
        id="excluded versions are not used",
    ),
    pytest.param(
        many("a", "1", "b!=1.0,!=1.2") | many("b", "1.0 1.1 1.2"),
        ["a"],
        {"a": "1", "b": "1.1"},
        id="a range with holes",
    ),
    pytest.param(
        many("a", "1", "b") | many("b", "1", "c") | many("c", "1", "a"),
        ["a"],
        {"a": "1", "b": "1", "c": "1"},
        id="projects may need each other in a circle",
    ),
    pytest.param(
        many("a", "1", "a>=1"), ["a"], {"a": "1"}, id="a project may need itself"
    ),
    pytest.param(
        many("a", "2", "a<2") | many("a", "1"),
        ["a"],
        {"a": "1"},
        id="a version that forbids itself is passed over",
    ),
    pytest.param(
        {"a 1": ["b ; extra == 'x'"]} | many("b", "1"),
        ["a"],
        {"a": "1"},
        id="an extra that nobody asks for costs nothing",
    ),
    pytest.param(
        {"a 1": ["b ; extra == 'x'"]} | many("b", "1"),
        ["a[X]"],
        {"a": "1", "b": "1"},
        id="an extra is asked for in any spelling",
    ),
    pytest.param(
        {
            "a 1": [
                "a[x,y] ; extra == 'all'",
                "b ; extra == 'x'",
                "c ; extra == 'y'",
            ]
        }
        | many("b", "1")
        | many("c", "1"),
        ["a[all]"],
        {"a": "1", "b": "1", "c": "1"},
        id="an extra may be made of extras of the same project",
    ),
    pytest.param(
        {"a 1": ["b ; extra == 'x'"], "a 2": []} | many("b", "1"),
        ["a[x]"],
        {"a": "2"},
        id="a newer version without the extra is still the newest",
    ),
    pytest.param(
        {f"a {v}": ["b ; extra == 'x'"] for v in range(1, 9)}
        | many("b", "1")
        | many("c", "1", "a<3"),
        ["a[x]", "c"],
        {"a": "2", "b": "1", "c": "1"},
        id="an extra follows the version of its project",
    ),
    pytest.param(
        {"a 1": ["b ; sys_platform == 'win32'", "c ; sys_platform == 'linux'"]}
        | many("c", "1"),
        ["a"],
        {"a": "1", "c": "1"},
        id="markers are those of the target",
    ),
    pytest.param(
        many("a", "1 2a1"), ["a"], {"a": "1"}, id="a pre-release is not used unasked"
    ),
    pytest.param(
        many("a", "1a1 1b2 1rc1"),
        ["a"],
        {"a": "1rc1"},
        id="a pre-release is used when there is nothing else",
    ),
    pytest.param(
        many("a", "1 2a1"),
        ["a>1"],
        {"a": "2a1"},
        id="a pre-release is used when no final release fits",
    ),
    pytest.param(
        many("a", "1 2a1 3"),
        ["a>=1a1,<3"],
        {"a": "2a1"},
        id="a specifier that names a pre-release admits them",
    ),
    pytest.param(
        many("a", "1", "b==2b1") | many("c", "1", "b>=1") | many("b", "1 2b1"),
        ["c", "a"],
        {"a": "1", "b": "2b1", "c": "1"},
        id="a pre-release that one requirement names is good for the others",
    ),
    pytest.param(
        many("a", "2", "b==2b1", "d")
        | many("a", "1", "b")
        | many("b", "1 2b1")
        | many("c", "1", "b>=1"),
        ["c", "a"],
        {"a": "1", "b": "1", "c": "1"},
        id="a pre-release asked for by a version not chosen is not used",
    ),
    pytest.param(
        {"a 1": [], "a 2": ["~broken"]},
        ["a"],
        {"a": "1"},
        id="a yanked version is left",
    ),
    pytest.param(
        {"a 1": [], "a 2": ["~broken"]},
        ["a==2"],
        {"a": "2"},
        id="a yanked version is used when it is pinned",
    ),
    pytest.param(
        {"b 1": ["a>=1"], "a 1": [], "a 2": ["~"]},
        ["b", "a===2"],
        {"a": "2", "b": "1"},
        id="a pinned yanked version is good for the others too",
    ),
    pytest.param(
        {"a 1": [], "a 2": ["~"]}
        | many("b", "2", "a==2", "c")
        | many("b", "1", "a")
        | many("c", "1", "a<2"),
        ["c", "b"],
        {"a": "1", "b": "1", "c": "1"},
        id="a yanked version pinned by a version not chosen is not used",
    ),
    pytest.param(
        {"a 1": [], "a 2": ["!requires-python: needs Python >=3.12"]},
        ["a"],
        {"a": "1"},
        id="a version for another Python is passed over",
    ),
    pytest.param(
        {"a 1": [], "a 2": ["?requires-python: needs Python >=3.12"]},
        ["a"],
        {"a": "1"},
        id="so is one that only its metadata forbid",
    ),
    pytest.param(
        many("a", "1.2.3+bar 1.2.3+foo"),
        ["a==1.2.3"],
        {"a": "1.2.3+foo"},
        id="a local version satisfies its public version",
    ),
    pytest.param(
        many("a", "2", "b==2.0+bar")
        | many("a", "1", "b==2.0")
        | many("b", "2.0+bar 2.0+foo"),
        ["a", "b==2.0+foo"],
        {"a": "1", "b": "2.0+foo"},
        id="a local version that is named must be met",
    ),
    pytest.param(
        many("a", "1.0 1.0.post1 1.1"),
        ["a<1.1"],
        {"a": "1.0.post1"},
        id="post-releases",
    ),
    pytest.param(many("a", "1!1 2"), ["a"], {"a": "1!1"}, id="epochs come first"),
    pytest.param(
        many("a", "1 2") | {"b 2": ["a==1"], "b 1": ["missing"]},
        ["a", "b"],
        {"a": "1", "b": "2"},
        id="a version that needs what does not exist is passed over",
    ),
    pytest.param(
        many("a", "1 2")
        | many("too-old", "1")
        | many("b", "1.0", "too-old")
        | {f"b 2.{n}": ["a==1"] for n in range(10)},
        ["a", "b"],
        {"a": "1", "b": "2.9"},
        id="after a few failures the choice in the way is undone",
    ),
    pytest.param(
        many("a", "1 2")
        | many("too-old", "1")
        | many("b", "1", "inner")
        | many("inner", "1.0", "too-old")
        | {f"inner 2.{n}": ["a==1"] for n in range(10)},
        ["a", "b"],
        {"a": "1", "b": "1", "inner": "2.9"},
        id="also when the failures are one step away",
    ),
    pytest.param(
        {f"sdk {n}": [f"core=={n}"] for n in range(40)}
        | many("core", " ".join(map(str, range(40))))
        | {f"async {n}": [f"core=={n // 2}"] for n in range(40)},
        ["sdk", "async"],
        {"async": "39", "core": "19", "sdk": "19"},
        id="also when what is in the way follows from another choice",
    ),
    pytest.param(
        many("a", "1", "b @ https://x.example/b")
        | {"b 5": [], "b 1 https://x.example/b": []},
        ["a"],
        {"a": "1", "b": "1 @ https://x.example/b"},
        id="a dependency may be a URL",
    ),
    pytest.param(
        {"b 5": [], "b 1 https://x.example/b": []} | many("a", "1", "b"),
        ["a", "b @ https://x.example/b"],
        {"a": "1", "b": "1 @ https://x.example/b"},
        id="a URL wins over the index",
    ),
    pytest.param(
        {"b 5": [], "b 1 https://x.example/b": []}
        | many("a", "2", "b @ https://x.example/b", "c")
        | many("a", "1", "b"),
        ["a"],
        {"a": "1", "b": "5"},
        id="a URL counts only where it is asked for",
    ),
]


@pytest.mark.parametrize(("releases", "asked", "expected"), SOLVABLE)
def test_the_pins_are_those_a_user_expects(
    lab: Any, releases: Releases, asked: list[str], expected: dict[str, str]
) -> None:
    assert lab.pins(lab.solve(releases, asked)) == expected


UNSOLVABLE = [
    pytest.param(many("a", "1"), ["b"], {"b"}, id="a project that does not exist"),
    pytest.param(many("a", "1"), ["a>1"], {"a"}, id="no version is new enough"),
    pytest.param(many("a", "1"), ["a!=1"], {"a"}, id="the only version is excluded"),
    pytest.param(
        many("a", "1 2"), ["a==1", "a==2"], {"a"}, id="two pins of one project"
    ),
    pytest.param(
        many("a", "1 2", "b==1") | many("b", "1 2") | many("c", "1"),
        ["a", "b==2", "c"],
        {"a", "b"},
        id="a dependency against the user's own pin",
    ),
    pytest.param(
        many("a", "1", "c==1") | many("b", "1", "c==2") | many("c", "1 2"),
        ["a", "b"],
        {"a", "b", "c"},
        id="two dependencies against each other",
    ),
    pytest.param(
        many("a", "1", "missing"),
        ["a"],
        {"a", "missing"},
        id="every version needs what is not there",
    ),
    pytest.param(
        {"a 1": ["b==1 ; extra == 'x'", "b==2 ; extra == 'y'"]} | many("b", "1 2"),
        ["a[x,y]"],
        {"a", "b"},
        id="two extras against each other",
    ),
    pytest.param(
        {"a 1": ["~bad"], "a 2": ["~bad"]}, ["a"], {"a"}, id="everything is yanked"
    ),
    pytest.param(
        {"a 1": [], "a 2": ["~bad"]}, ["a>1"], {"a"}, id="only a yanked version fits"
    ),
    pytest.param(
        {"a 2": ["~bad"]} | many("b", "2", "a==2", "missing") | many("b", "1", "a"),
        ["b"],
        {"a", "b"},
        id="only a yanked version fits that one not chosen has pinned",
    ),
    pytest.param(
        many("a", "1+foo"),
        ["a>1"],
        {"a"},
        id="a local version is not above its public one",
    ),
    pytest.param(
        many("a", "1.post1"),
        ["a>1"],
        {"a"},
        id="a post-release is not above its release",
    ),
    pytest.param(
        {"a 1": ["!requires-python: needs Python >=3.12"]},
        ["a"],
        {"a"},
        id="every version is for another Python",
    ),
    pytest.param(
        {"b 1 https://x.example/b": [], "b 2 https://y.example/b": []},
        ["b @ https://x.example/b", "b @ https://y.example/b"],
        {"b"},
        id="two URLs for one project",
    ),
    pytest.param(
        {"b 1 https://x.example/b": [], "b 5": []} | many("a", "1", "b>=5"),
        ["a", "b @ https://x.example/b"],
        {"a", "b"},
        id="a URL that does not satisfy the others",
    ),
]


@pytest.mark.parametrize(("releases", "asked", "names"), UNSOLVABLE)
def test_the_conflict_names_those_who_have_a_part_in_it(
    lab: Any, releases: Releases, asked: list[str], names: set[str]
) -> None:
    answer = lab.solve(releases, asked)
    assert isinstance(answer, Conflict)
    assert lab.names(answer) == names


def test_constraints_limit_only_what_is_needed(lab: Any) -> None:
    releases = many("a", "1 2", "b") | many("b", "1 2 3")
    answer = lab.solve(releases, ["a"], constraints=["b<3", "missing==7"])
    assert lab.pins(answer) == {"a": "2", "b": "2"}


def test_a_constraint_may_admit_a_prerelease(lab: Any) -> None:
    answer = lab.solve(many("a", "1 2rc1"), ["a"], constraints=["a==2rc1"])
    assert lab.pins(answer) == {"a": "2rc1"}


def test_a_constraint_may_name_a_url(lab: Any) -> None:
    releases: Releases = {"b 5": [], "b 1 https://x.example/b": []} | many(
        "a", "1", "b"
    )
    answer = lab.solve(releases, ["a"], constraints=["b @ https://x.example/b"])
    assert lab.pins(answer) == {"a": "1", "b": "1 @ https://x.example/b"}


@pytest.mark.parametrize(
    ("releases", "asked", "overrides", "expected"),
    [
        pytest.param(
            many("a", "1", "b<2") | many("b", "1 2 3"),
            ["a"],
            ["b==3"],
            {"a": "1", "b": "3"},
            id="beyond what a project requires",
        ),
        pytest.param(
            many("a", "1", "b==1") | many("c", "1", "b==2") | many("b", "1 2 3"),
            ["a", "c"],
            ["b>=3"],
            {"a": "1", "b": "3", "c": "1"},
            id="between two that do not agree",
        ),
        pytest.param(
            many("b", "1 2"), ["b>1"], ["b<2"], {"b": "1"}, id="the user's own too"
        ),
        pytest.param(
            many("a", "1", "b"),
            ["a"],
            ["b ; sys_platform == 'x'"],
            {"a": "1"},
            id="away",
        ),
        pytest.param(
            {"a 1": ["b[x]<2"], "b 1": [], "b 3": ["c; extra == 'x'"]} | many("c", "1"),
            ["a"],
            ["b==3"],
            {"a": "1", "b": "3", "c": "1"},
            id="extras stay",
        ),
        pytest.param(
            {"a 1": ["b>=9"], "b 3 https://x.example/b": []},
            ["a"],
            ["b @ https://x.example/b"],
            {"a": "1", "b": "3 @ https://x.example/b"},
            id="by a URL",
        ),
        pytest.param(
            many("a", "1 2"),
            ["a"],
            ["b==7"],
            {"a": "2"},
            id="of nothing that is needed",
        ),
        pytest.param(
            many("a", "1", "b>=2,<3") | many("b", "1 2 3"),
            ["a"],
            ["b<2 ; python_version < '3'", "b>2 ; python_version >= '3'"],
            {"a": "1", "b": "3"},
            id="by the one whose marker holds",
        ),
    ],
)
def test_an_override_stands_in_for_what_anybody_requires(
    lab: Any,
    releases: Releases,
    asked: list[str],
    overrides: list[str],
    expected: dict[str, str],
) -> None:
    assert lab.pins(lab.solve(releases, asked, overrides=overrides)) == expected


def test_an_override_that_cannot_be_met_is_a_conflict(lab: Any) -> None:
    releases = many("a", "1", "b<2") | many("b", "1 2", "c<2") | many("c", "1 2")
    answer = lab.solve(releases, ["a", "c>=2"], overrides=["b==2"])
    assert isinstance(answer, Conflict)
    assert lab.names(answer) == {"a", "b", "c"}


ONLY_PRE = many("a", "1a1 1a2")
MIXED = many("a", "1 2a1")


@pytest.mark.parametrize(
    ("mode", "releases", "asked", "expected"),
    [
        pytest.param("if-necessary", MIXED, ["a>1"], "2a1", id="nothing else fits"),
        pytest.param("explicit", MIXED, ["a>=1a1"], "2a1", id="the user names one"),
        pytest.param("explicit", ONLY_PRE, ["a"], None, id="the user names none"),
        pytest.param(
            "if-necessary-or-explicit", ONLY_PRE, ["a"], "1a2", id="both: no finals"
        ),
        pytest.param(
            "if-necessary-or-explicit", MIXED, ["a>=1a1"], "2a1", id="both: named"
        ),
        pytest.param(
            "if-necessary-or-explicit", MIXED, ["a>1"], None, id="both: neither"
        ),
        pytest.param(
            "explicit",
            MIXED | many("b", "1", "a>=2a1"),
            ["b"],
            None,
            id="only another project names one",
        ),
        pytest.param("allow", MIXED, ["a"], "2a1", id="as good as finals"),
        pytest.param("disallow", MIXED, ["a>=2a1"], None, id="never"),
        pytest.param(
            "disallow", ONLY_PRE, ["a"], None, id="never, even without finals"
        ),
    ],
)
def test_prereleases_follow_the_rule_that_was_chosen(
    lab: Any, mode: str, releases: Releases, asked: list[str], expected: str | None
) -> None:
    answer = lab.solve(releases, asked, releases=ReleaseRules(mode=mode))  # type: ignore[arg-type] # a table
    if expected is None:
        assert isinstance(answer, Conflict)
    else:
        assert lab.pins(answer)["a"] == expected


@pytest.mark.parametrize(
    ("all_releases", "only_final", "expected"),
    [
        ("a", "", {"a": "2a1", "b": "1"}),
        (":all:", "", {"a": "2a1", "b": "2a1"}),
        (":all:", "a", {"a": "1", "b": "2a1"}),
        ("a", ":all:", {"a": "2a1", "b": "1"}),
    ],
)
def test_prereleases_may_be_welcome_by_project(
    lab: Any, all_releases: str, only_final: str, expected: dict[str, str]
) -> None:
    rules = ReleaseRules(
        all_releases=frozenset(all_releases.split()),
        only_final=frozenset(only_final.split()),
    )
    answer = lab.solve(MIXED | many("b", "1 2a1"), ["a", "b"], releases=rules)
    assert lab.pins(answer) == expected


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        pytest.param("highest", {"a": "3", "b": "3"}, id="highest"),
        pytest.param("lowest", {"a": "2", "b": "1"}, id="lowest"),
        pytest.param(
            "lowest-direct", {"a": "2", "b": "3"}, id="lowest of the user's own"
        ),
    ],
)
def test_the_strategy_says_which_end_to_begin_with(
    lab: Any, strategy: str, expected: dict[str, str]
) -> None:
    releases = many("a", "1 2 3", "b") | many("b", "1 2 3")
    assert lab.pins(lab.solve(releases, ["a>=2"], strategy=strategy)) == expected


def test_prereleases_are_equals_when_the_user_says_so(lab: Any) -> None:
    assert lab.pins(lab.solve(many("a", "1 2a1"), ["a"], pre=True)) == {"a": "2a1"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(["a"], {"a": "1", "b": "1"}, id="kept where they fit"),
        pytest.param(
            ["a", "b>1"], {"a": "1", "b": "3"}, id="upgraded where they must be"
        ),
        pytest.param(
            ["a>1"], {"a": "3", "b": "2"}, id="only what must be, but all of that"
        ),
    ],
)
def test_installed_versions_are(
    lab: Any, asked: list[str], expected: dict[str, str]
) -> None:
    releases = many("a", "1 2", "b") | many("a", "3", "b>=2,<3") | many("b", "1 2 3")
    answer = lab.solve(releases, asked, installed={"a": "1", "b": "1"})
    assert lab.pins(answer) == expected


def test_nothing_is_fetched_for_what_is_installed_and_fits(lab: Any) -> None:
    releases = many("a", "1 2", "b") | many("b", "1 2")
    provider = lab.provider(releases, {"a": "1", "b": "1"})
    lab.pins(lab.run(lab.question(["a"]), provider))
    assert provider.pages == []


def test_an_installed_prerelease_stays(lab: Any) -> None:
    answer = lab.solve(many("a", "1 2a1"), ["a"], installed={"a": "2a1"})
    assert lab.pins(answer) == {"a": "2a1"}


def test_an_installed_version_whose_needs_conflict_is_replaced(lab: Any) -> None:
    releases = many("a", "1", "b<2") | many("a", "2", "b") | many("b", "1 2")
    answer = lab.solve(releases, ["a", "b>=2"], installed={"a": "1"})
    assert lab.pins(answer) == {"a": "2", "b": "2"}


def test_few_requirements_are_read(lab: Any) -> None:
    """One look for each pin, though there are a hundred versions of each."""
    versions = " ".join(map(str, range(100)))
    releases = (
        many("a", versions, "b", "c") | many("b", versions, "c") | many("c", versions)
    )
    provider = lab.provider(releases)
    lab.run(lab.question(["a"]), provider)
    assert provider.asked == ["a 99", "b 99", "c 99"]


def test_projects_are_announced_before_they_are_asked_for(lab: Any) -> None:
    releases = many("a", "1", "b", "c") | many("b", "1") | many("c", "1")
    provider = lab.provider(releases)
    lab.run(lab.question(["a"]), provider)
    assert provider.expected == ["a", "a 1", "b", "c", "b 1", "c 1"]


def test_the_edges_say_who_needs_what(lab: Any) -> None:
    answer = lab.solve(many("a", "1", "b>=1") | many("b", "1"), ["a"])
    assert [(e.parent, str(e.requirement), e.source) for e in answer.edges] == [
        ("", "a", "line 1"),
        ("a", "b>=1", ""),
    ]


def test_five_hundred_projects_of_two_hundred_versions(lab: Any) -> None:
    """A chain of windows: every version limits its neighbours, half need an old one."""
    needs = {
        f"p{i} {v}": [
            f"p{j}>={v // 2},<={v + 5}" for j in (i + 1, i + 3, i + 7) if j < 500
        ]
        for i in range(500)
        for v in (range(200) if i < 20 else (10, 90, 150, 198, 199))
    }
    more: Releases = {f"p{i} {v}": [] for i in range(20, 500) for v in range(200)}
    provider = lab.provider(more | needs)
    answer = lab.run(lab.question(["p0", "p1", "p499<120"]), provider)
    assert len(lab.pins(answer)) == 500
    assert len(provider.asked) < 2000


def test_versions_that_fail_one_after_the_other_are_expected_in_time(lab: Any) -> None:
    """Not all of the rest: what is older than the answer would be fetched in vain."""
    releases: Releases = {f"a {v}": ["b==2"] for v in range(301, 2000)}
    releases |= {f"a {v}": [] for v in range(301)} | many("b", "1")
    provider = lab.provider(releases)
    answer = lab.run(lab.question(["a", "b"]), provider)
    assert lab.pins(answer) == {"a": "300", "b": "1"}
    expected = [name for name in provider.expected if name.startswith("a ")]
    assert {f"a {v}" for v in range(300, 1900)} <= {*expected}
    assert len({*expected}) < 1700 + 100
    assert len(expected) < 4 * 1700


def test_a_conflict_far_down_is_found_without_trying_everything(lab: Any) -> None:
    """Two chains that cannot agree at their ends: 50 versions each, linear work."""
    releases: Releases = {}
    for v in range(50):
        for i in range(20):
            releases[f"left{i} {v}"] = [f"left{i + 1}=={v}"]
            releases[f"right{i} {v}"] = [f"right{i + 1}=={v}"]
        releases[f"left20 {v}"] = ["end==1"]
        releases[f"right20 {v}"] = ["end==2"]
    releases |= many("end", "1 2")
    provider = lab.provider(releases)
    answer = lab.run(lab.question(["left0", "right0"]), provider)
    assert isinstance(answer, Conflict)
    assert len(provider.asked) < 4000
