"""The logic of terms, against sets of possible worlds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.resolve.terms import (
    NOTHING,
    ROOT,
    Goal,
    Incompatibility,
    Package,
    Term,
    combine,
)

WIDTH = 4
terms = st.builds(Term, st.booleans(), st.integers(0, (1 << WIDTH) - 1))
# A package is absent, or has one of the versions.
WORLDS = (None, *range(WIDTH))


def holds(term: Term, world: int | None) -> bool:
    inside = world is not None and bool(term.mask >> world & 1)
    return inside is term.positive


@pytest.mark.law
@given(terms, terms)
def test_meet_and_join_are_and_and_or(one: Term, other: Term) -> None:
    for world in WORLDS:
        both = holds(one, world) and holds(other, world)
        either = holds(one, world) or holds(other, world)
        assert holds(one.meet(other), world) == both
        assert holds(one.join(other), world) == either
        assert holds(one.negated(), world) != holds(one, world)


@pytest.mark.law
@given(terms, terms)
def test_implies_holds_in_every_world(one: Term, other: Term) -> None:
    everywhere = all(holds(other, world) for world in WORLDS if holds(one, world))
    assert one.implies(other) == everywhere
    assert one.impossible == (not any(holds(one, world) for world in WORLDS))
    assert holds(NOTHING, None)


A, B, C = Package("a"), Package("b"), Package("c")
clauses = st.dictionaries(st.sampled_from([B, C]), terms)


@pytest.mark.law
@given(terms, clauses, terms, clauses)
def test_what_is_combined_follows_from_both(
    term: Term, rest: dict[Package, Term], other: Term, more: dict[Package, Term]
) -> None:
    left = Incompatibility({A: term, **rest}, Goal())
    right = Incompatibility({A: other, **more}, Goal())
    derived = combine(left, right, A)
    for choice in itertools.product(WORLDS, repeat=3):
        world = dict(zip((A, B, C), choice, strict=True))

        def broken(
            clause: Incompatibility, world: dict[Package, int | None] = world
        ) -> bool:
            return all(holds(term, world[at]) for at, term in clause.terms.items())

        if broken(derived):
            assert broken(left) or broken(right)


def test_facts_are_told_once_and_from_the_left() -> None:
    one = Incompatibility({A: Term(True, 1)}, Goal())
    other = Incompatibility({A: Term(False, 1), B: Term(True, 1)}, Goal())
    third = Incompatibility({B: Term(False, 1), ROOT: Term(True, 1)}, Goal())
    twice = combine(combine(one, other, A), combine(third, third, ROOT), B)
    assert list(twice.facts()) == [one, other, third]
