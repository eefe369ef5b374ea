"""Releases in columns are chosen from as releases one by one are."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.resolve.columns import Alike, Late
from pysetup.resolve.provider import (
    Candidate,
    Columns,
    Known,
    Provider,
    Question,
    Release,
    Solution,
)
from pysetup.resolve.solver import solve
from pysetup.resolve.terms import Asked, Rejection
from pysetup.resolve.versionset import mask_of
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import parse_version


class Shelf:
    """A provider of projects that need nothing; in columns or not."""

    def __init__(
        self, releases: dict[str, Sequence[Release]], *, columns: bool
    ) -> None:
        self._releases = releases
        self._columns = columns

    def versions(self, name: str, *, complete: bool) -> Known | None:
        del complete
        releases = self._releases.get(name)
        if releases is None:
            return None
        if not self._columns:
            return Known(tuple(releases))
        row = sorted(releases, key=lambda it: it.version)

        def mask(which: Iterable[bool]) -> int:
            return mask_of(index for index, it in enumerate(which) if it)

        return Known(
            columns=Columns(
                Late(len(row), lambda index: row[index].version),
                finals=mask(not it.version.is_prerelease for it in row),
                alike=tuple(
                    Alike(1 << index, it.rejection, it.yanked, it.unbuilt)
                    for index, it in enumerate(row)
                ),
                preferred=mask(it.preferred for it in row),
                admitted=mask(it.admitted for it in row),
            )
        )

    def direct(self, requirement: Requirement) -> Candidate:
        raise AssertionError(requirement)

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...]:
        del candidate
        return ()

    def expect_projects(self, names: Iterable[str]) -> None:
        del names

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        del candidates


def chosen(
    wanted: Sequence[str],
    releases: Sequence[Release],
    kind: str,
    *,
    columns: bool,
) -> object:
    question = Question(
        asked=tuple(Asked(parse_requirement(text), "test") for text in wanted),
        markers={},
        prefer_wheels=kind == "with a wheel",
    )
    provider: Provider = Shelf({"a": releases}, columns=columns)
    answer = solve(question, provider)
    if isinstance(answer, Solution):
        return {name: str(it.version) for name, it in answer.chosen.items()}
    table = answer.tables["a"]
    return (dict(table.refused), dict(table.rejections), table.usable)


releases = st.lists(
    st.builds(
        Release,
        st.sampled_from(
            ["1.0", "1.1", "2.0rc1", "2.0", "2.1.dev1", "2.1", "3.0a1", "3.0.post1"]
        ).map(parse_version),
        rejection=st.none() | st.just(Rejection("requires-python", "needs more")),
        yanked=st.sampled_from([None, None, "", "broken"]),
        preferred=st.just(False),
        admitted=st.sampled_from([False, False, False, True]),
        unbuilt=st.booleans(),
    ),
    unique_by=lambda release: release.version,
    max_size=6,
)
wanted = st.lists(
    st.sampled_from(["a", "a>=2", "a<2", "a==2.0", "a==2.0rc1", "a>=3.0a1", "a!=2.1"]),
    min_size=1,
    max_size=3,
)


@pytest.mark.law
@given(wanted, releases, st.sampled_from(["any", "with a wheel"]))
def test_columns_mean_what_the_releases_mean(
    wanted: list[str], releases: list[Release], kind: str
) -> None:
    one, other = (
        chosen(wanted, releases, kind, columns=columns) for columns in (False, True)
    )
    assert one == other


def test_what_is_late_is_made_once_and_only_when_it_is_looked_at() -> None:
    made: list[int] = []

    def make(index: int) -> str:
        made.append(index)
        return f"<{index}>"

    row = Late(5, make)
    assert (len(row), row[1], row[-1], row[1]) == (5, "<1>", "<4>", "<1>")
    assert made == [1, 4]
    assert row[3:] == ("<3>", "<4>")
    assert list(row) == ["<0>", "<1>", "<2>", "<3>", "<4>"]
    with pytest.raises(IndexError):
        row[5]
