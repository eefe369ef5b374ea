"""Markers as an algebra: it agrees with packaging, and its texts say what it means."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.standards.condition_text import marker_text
from pysetup.standards.conditions import Condition, Conditions
from pysetup.standards.requirements import InvalidRequirementError, parse_marker
from pysetup.standards.versions import parse_specifiers
from pysetup.standards.worlds import known_relations

SYSTEMS = {
    "linux": ("posix", "Linux"),
    "darwin": ("posix", "Darwin"),
    "win32": ("nt", "Windows"),
    "cygwin": ("posix", "CYGWIN_NT-10.0"),
    "freebsd14": ("posix", "FreeBSD"),
    "emscripten": ("posix", "Emscripten"),
}
IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy"}
PYTHONS = ("3.8.0", "3.8.19", "3.9.0", "3.9.4", "3.10.14", "3.12.1", "3.13.0", "3.14.2")
MACHINES = ("x86_64", "AMD64", "arm64", "aarch64")


def environment(
    python: str, system: str, machine: str, implementation: str
) -> dict[str, str]:
    os_name, platform_system = SYSTEMS[system]
    return {
        "implementation_name": implementation,
        "implementation_version": python,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": IMPLEMENTATIONS[implementation],
        "platform_release": "6.1.0",
        "platform_system": platform_system,
        "platform_version": "1",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": system,
    }


ENVIRONMENTS = [
    environment(*each) for each in product(PYTHONS, SYSTEMS, MACHINES, IMPLEMENTATIONS)
][::7]
_VALUES = {
    "sys_platform": (*SYSTEMS, "other"),
    "os_name": ("posix", "nt", "java"),
    "platform_system": ("Linux", "Darwin", "Windows", "FreeBSD"),
    "platform_machine": MACHINES,
    "implementation_name": tuple(IMPLEMENTATIONS),
    "platform_python_implementation": tuple(IMPLEMENTATIONS.values()),
}
_VERSIONS = ("3", "3.8", "3.9", "3.9.0", "3.9.4", "3.10", "3.13", "3.13.0", "4")
_ORDERED = ("<", "<=", ">", ">=", "==", "!=")


def _word_comparisons(name: str) -> st.SearchStrategy[str]:
    value = st.sampled_from(_VALUES[name])
    several = st.lists(value, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        st.builds(f"{name} {{}} '{{}}'".format, st.sampled_from(("==", "!=")), value),
        st.builds(f"'{{1}}' {{0}} {name}".format, st.sampled_from(("==", "!=")), value),
        st.builds(
            f"{name} {{}} '{{}}'".format, st.sampled_from(("in", "not in")), several
        ),
        st.builds(
            f"'{{1}}' {{0}} {name}".format,
            st.sampled_from(("in", "not in")),
            st.sampled_from(("win", "64", "CPython", "x")),
        ),
    )


_version_comparisons = st.one_of(
    st.builds(
        "{} {} '{}'".format,
        st.sampled_from(("python_version", "python_full_version")),
        st.sampled_from(_ORDERED),
        st.sampled_from(_VERSIONS),
    ),
    st.builds(
        "'{1}' {0} {2}".format,
        st.sampled_from(_ORDERED),
        st.sampled_from(_VERSIONS),
        st.sampled_from(("python_version", "python_full_version")),
    ),
    st.builds(
        "{} {} '{}'".format,
        st.sampled_from(("python_version", "python_full_version")),
        st.sampled_from(("~=", "==", "!=")),
        st.sampled_from(("3.8", "3.9.4", "3.13.0")),
    ),
    st.builds(
        "python_full_version {} '{}.*'".format,
        st.sampled_from(("==", "!=")),
        st.sampled_from(("3", "3.8", "3.9", "3.9.4")),
    ),
    st.builds(
        "python_version {} '{}'".format,
        st.sampled_from(("in", "not in")),
        st.sampled_from(("3.8 3.9", "3.8,3.10,3.13", "3.14")),
    ),
)
_comparisons = st.one_of(*map(_word_comparisons, _VALUES), _version_comparisons)
markers = st.recursive(
    _comparisons,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def conditions() -> Conditions:
    return Conditions()


def holding(condition: Condition) -> list[bool]:
    return [condition.holds(each) for each in ENVIRONMENTS]


def evaluated(marker: str) -> list[bool]:
    parsed = parse_marker(marker)
    return [parsed.evaluate(each) for each in ENVIRONMENTS]


@pytest.mark.law
@settings(max_examples=150, deadline=None)
@given(marker=markers)
def test_a_condition_holds_where_packaging_says_the_marker_does(marker: str) -> None:
    assert holding(Conditions().parse(marker)) == evaluated(marker)


@pytest.mark.law
@settings(max_examples=80, deadline=None)
@given(one=markers, other=markers)
def test_and_or_not_are_those_of_logic(one: str, other: str) -> None:
    conditions = Conditions()
    a, b = conditions.parse(one), conditions.parse(other)
    pairs = list(zip(evaluated(one), evaluated(other), strict=True))
    assert holding(a & b) == [x and y for x, y in pairs]
    assert holding(a | b) == [x or y for x, y in pairs]
    assert holding(~a) == [not x for x, _ in pairs]
    assert ~~a == a
    assert ~(a & b) == ~a | ~b
    assert (a | b) & a == a
    assert a.implies(b) == (not a & ~b)
    assert a.is_disjoint(b) == (not a & b)


@pytest.mark.law
@settings(max_examples=80, deadline=None)
@given(one=markers, other=markers)
def test_what_is_equal_is_the_same(one: str, other: str) -> None:
    conditions = Conditions()
    a, b = conditions.parse(one), conditions.parse(other)
    assert (a & b) | (a & ~b) == a
    assert (a == b) == (a.implies(b) and b.implies(a))


@pytest.mark.law
@settings(max_examples=120, deadline=None)
@given(marker=markers)
def test_a_condition_comes_back_from_its_text(marker: str) -> None:
    conditions = Conditions()
    condition = conditions.parse(marker)
    assert conditions.parse(marker_text(condition)) == condition


@pytest.mark.law
@settings(max_examples=120, deadline=None)
@given(marker=markers, assumed=markers)
def test_a_text_is_right_where_it_has_to_be(marker: str, assumed: str) -> None:
    conditions = Conditions()
    condition = conditions.parse(marker)
    care = known_relations(conditions) & conditions.parse(assumed)
    again = conditions.parse(marker_text(condition, assuming=care))
    assert again & care == condition & care
    assert condition.simplified(care) & care == condition & care


@pytest.mark.law
@settings(max_examples=60, deadline=None)
@given(marker=markers)
def test_known_relations_exclude_no_real_environment(marker: str) -> None:
    conditions = Conditions()
    known = known_relations(conditions)
    condition = conditions.parse(marker)
    assert holding(condition & known) == holding(condition)


TEXTS = {
    "nothing": ("", ""),
    "always": ("os_name == 'nt' or os_name != 'nt'", ""),
    "never": ("os_name == 'nt' and os_name != 'nt'", "python_version < '0'"),
    "one minor version": ("python_full_version == '3.9.*'", "python_version == '3.9'"),
    "from a minor version on": (
        "python_full_version >= '3.9'",
        "python_version >= '3.9'",
    ),
    "from a patch on": (
        "python_full_version > '3.9.1'",
        "python_full_version >= '3.9.2'",
    ),
    "one patch": ("python_full_version == '3.9.1'", "python_full_version == '3.9.1'"),
    "two systems": (
        "sys_platform == 'win32' or sys_platform == 'darwin'",
        "sys_platform == 'darwin' or sys_platform == 'win32'",
    ),
    "two systems and more": (
        "(sys_platform == 'win32' or sys_platform == 'linux') and os_name == 'x'",
        "(sys_platform == 'linux' or sys_platform == 'win32') and os_name == 'x'",
    ),
    "a case in another": (
        "os_name == 'a' or (os_name == 'a' and python_version < '3.9')",
        "os_name == 'a'",
    ),
    "a version that is no matter": (
        (
            "(python_version < '3.9' and os_name == 'a')"
            " or (python_version >= '3.9' and os_name == 'a')"
        ),
        "os_name == 'a'",
    ),
    "an extra": ("extra == 'A_b'", "'a-b' in extras"),
    "extras and groups": (
        "'x' in extras and 'y' not in dependency_groups",
        "'x' in extras and 'y' not in dependency_groups",
    ),
    "what is only text": (
        "platform_release >= '5'",
        "platform_release >= '5'",
    ),
}


@pytest.mark.parametrize(("marker", "text"), TEXTS.values(), ids=TEXTS)
def test_a_marker_is_written_briefly(
    marker: str, text: str, conditions: Conditions
) -> None:
    assert marker_text(conditions.parse(marker)) == text


ASSUMED = {
    "the Pythons of a lock": (
        "python_version >= '3.8'",
        "python_version >= '3.9'",
        "",
    ),
    "a bound that is left": (
        "python_version >= '3.8' and python_version < '3.12'",
        "python_version >= '3.9'",
        "python_version < '3.12'",
    ),
    "one system only": (
        "sys_platform == 'linux' and platform_machine == 'x86_64'",
        "sys_platform == 'linux'",
        "platform_machine == 'x86_64'",
    ),
    "another name of the system": (
        "os_name == 'nt' and platform_system == 'Windows'",
        "sys_platform == 'win32' or sys_platform == 'linux'",
        "os_name == 'nt'",
    ),
}


@pytest.mark.parametrize(("marker", "assumed", "text"), ASSUMED.values(), ids=ASSUMED)
def test_a_marker_says_nothing_that_is_known(
    marker: str, assumed: str, text: str, conditions: Conditions
) -> None:
    care = known_relations(conditions) & conditions.parse(assumed)
    assert marker_text(conditions.parse(marker), assuming=care) == text


DISJOINT = {
    "two systems": ("sys_platform == 'linux'", "sys_platform == 'darwin'", True),
    "two names of one": ("sys_platform == 'win32'", "os_name == 'nt'", False),
    "names of two systems": ("sys_platform == 'win32'", "os_name == 'posix'", True),
    "and of two others": (
        "sys_platform == 'linux'",
        "platform_system == 'Darwin'",
        True,
    ),
    "two implementations": (
        "implementation_name == 'pypy'",
        "platform_python_implementation == 'CPython'",
        True,
    ),
    "the two names of a version": (
        "python_version >= '3.10'",
        "python_full_version < '3.10'",
        True,
    ),
    "a minor version and its patches": (
        "python_version == '3.10'",
        "python_full_version >= '3.10.1'",
        False,
    ),
    "systems that nobody knows": ("sys_platform == 'os1'", "os_name == 'os2'", False),
    "system and machine": (
        "sys_platform == 'linux'",
        "platform_machine == 'arm64'",
        False,
    ),
}


@pytest.mark.parametrize(("one", "other", "disjoint"), DISJOINT.values(), ids=DISJOINT)
def test_markers_exclude_each_other(
    one: str, other: str, *, disjoint: bool, conditions: Conditions
) -> None:
    known = known_relations(conditions)
    both = conditions.parse(one) & conditions.parse(other)
    assert (not both & known) is disjoint


def test_requires_python_is_a_condition(conditions: Conditions) -> None:
    condition = conditions.requires_python(parse_specifiers(">=3.9.1,!=3.10.*,<3.13"))
    found = {
        each["python_full_version"] for each in ENVIRONMENTS if condition.holds(each)
    }
    assert found == {"3.9.4", "3.12.1"}


def test_a_python_before_its_release_counts_as_released(conditions: Conditions) -> None:
    early = environment("3.15.0rc1", "linux", "x86_64", "cpython")
    assert conditions.parse("python_version >= '3.15'").holds(early)
    assert conditions.parse("python_full_version >= '3.15'").holds(early)


def test_extras_and_groups_are_chosen(conditions: Conditions) -> None:
    condition = conditions.parse("'x' in extras or 'y' in dependency_groups")
    here = ENVIRONMENTS[0]
    assert condition.holds(here, extras=["x"])
    assert condition.holds(here, groups=["y"])
    assert not condition.holds(here, extras=["y"], groups=["x"])


def test_many_extras_do_not_multiply() -> None:
    conditions = Conditions()
    condition = conditions.never
    for number in range(60):
        condition |= conditions.with_extra(f"x{number}") & conditions.parse(
            f"python_version >= '3.{number % 15}'"
        )
    assert marker_text(condition).count(" or ") == 59


def test_what_is_no_marker_is_refused(conditions: Conditions) -> None:
    with pytest.raises(InvalidRequirementError):
        conditions.parse("python_version is new")
    assert not conditions.parse("python_version >= 'newest'")
    assert conditions.parse("python_version != 'newest'").is_always
