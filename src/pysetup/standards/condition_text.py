"""A condition written as a marker, as short as it can be read."""

from collections.abc import Iterator
from typing import Final

from pysetup.standards.conditions import EXTRAS, GROUPS, Condition, Conditions
from pysetup.standards.diagrams import FALSE, TRUE, Key, Node, Variable
from pysetup.standards.python_ranges import FIRST, Range, Release
from pysetup.values import dataclass

_OPPOSITES: Final = {"==": "!=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class _Values:
    """Some values of a variable, or all but some."""

    values: frozenset[str]
    excluded: bool = False


_Literal = Range | _Values
# Conditions on single variables that hold together.
_Case = dict[Variable, _Literal]


def marker_text(condition: Condition, *, assuming: Condition | None = None) -> str:
    """Return the marker of ``condition``: empty if it always holds.

    It need be right only where ``assuming`` holds. A condition that never holds has
    no marker; one that no Python meets stands for it.
    """
    conditions = condition.conditions
    care = conditions.always if assuming is None else assuming
    wanted = condition & care
    if care.implies(condition):
        return ""
    if not wanted:
        return "python_version < '0'"
    cases = [
        _widened(case, wanted=condition, care=care)
        for case in _cases(condition.simplified(care).node)
    ]
    cases = _needed(cases, wanted=wanted, care=care)
    return " or ".join(sorted(_case_text(case) for case in _gathered(cases)))


def _cases(node: Node) -> Iterator[_Case]:
    """Yield the ways through a diagram that end well."""
    if node is TRUE:
        yield {}
        return
    for literal, child in _ways(node):
        if child is not FALSE:
            for case in _cases(child):
                yield {node.variable: literal, **case}


def _ways(node: Node) -> Iterator[tuple[_Literal, Node]]:
    if node.variable.ordered:
        cuts = (FIRST, *node.keys, None)
        for low, high, child in zip(cuts, cuts[1:], node.children, strict=False):
            yield (low, high), child  # type: ignore[misc] # Python's keys are releases
        return
    by_child: dict[Node, list[str]] = {}
    for key, child in node.edges():
        if key is not None:
            by_child.setdefault(child, []).append(str(key))
    rest = node.children[-1]
    yield _Values(frozenset(map(str, node.keys)), excluded=True), rest
    for child, keys in by_child.items():
        yield _Values(frozenset(keys)), child


def _condition(case: _Case, conditions: Conditions) -> Condition:
    found = conditions.always
    # From the last variable to the first, each step adds one node.
    for variable in sorted(case, reverse=True):
        found = _literal(variable, case[variable], conditions) & found
    return found


def _literal(
    variable: Variable, literal: _Literal, conditions: Conditions
) -> Condition:
    if isinstance(literal, tuple):
        return conditions.python([literal])
    keys: tuple[Key, ...] = tuple(sorted(literal.values))
    inside, outside = (FALSE, TRUE) if literal.excluded else (TRUE, FALSE)
    children = (*([inside] * len(keys)), outside)
    return Condition(conditions, conditions.diagrams.node(variable, keys, children))


def _widened(case: _Case, *, wanted: Condition, care: Condition) -> _Case:
    """Drop from ``case`` all that it need not say."""
    outside = care & ~wanted
    # Of many alternatives each follows on that the others are not so: mostly no matter.
    bare = {key: it for key, it in case.items() if not _is_no(key, it)}
    if not _condition(bare, wanted.conditions) & outside:
        case = bare
    for variable in sorted(case, reverse=True):
        for changed in _wider(case, variable):
            if not _condition(changed, wanted.conditions) & outside:
                case = changed
                break
        literal = case.get(variable)
        if isinstance(literal, _Values) and literal.excluded:
            case = _less_excluded(case, variable, literal, outside)
            case = _named(case, variable, care)
    return case


def _is_no(variable: Variable, literal: _Literal) -> bool:
    """Tell whether it says that an extra or a group is not chosen."""
    is_part = variable.name.startswith((f"{EXTRAS} ", f"{GROUPS} "))
    return is_part and isinstance(literal, _Values) and literal.excluded


def _wider(case: _Case, variable: Variable) -> Iterator[_Case]:
    """Yield what may stand for ``case``, saying less of ``variable``; least first."""
    yield {key: value for key, value in case.items() if key != variable}
    literal = case[variable]
    if isinstance(literal, tuple):
        low, high = literal
        yield {**case, variable: (low, None)}
        yield {**case, variable: (FIRST, high)}


def _less_excluded(
    case: _Case, variable: Variable, literal: _Values, outside: Condition
) -> _Case:
    left = literal.values
    for value in sorted(literal.values):
        changed = {**case, variable: _Values(left - {value}, excluded=True)}
        if not _condition(changed, outside.conditions) & outside:
            left, case = left - {value}, changed
    return case


def _named(case: _Case, variable: Variable, care: Condition) -> _Case:
    """Name the values that are left, where these are no more than the excluded."""
    literal = case[variable]
    assert isinstance(literal, _Values)
    cared = _condition(case, care.conditions) & care
    named = {
        key
        for key in care.conditions.diagrams.keys(care.node, variable)
        if _literal(variable, _Values(frozenset((key,))), care.conditions) & cared
    }
    changed = _Values(frozenset(named))
    if not 0 < len(named) <= len(literal.values):
        return case
    if not cared.implies(_literal(variable, changed, care.conditions)):
        return case
    return {**case, variable: changed}


def _needed(cases: list[_Case], *, wanted: Condition, care: Condition) -> list[_Case]:
    """Leave out the cases that the others cover."""
    conditions = wanted.conditions
    kept: list[tuple[_Case, Condition]] = []
    for case in cases:
        if case not in (it for it, _ in kept):
            kept.append((case, _condition(case, conditions) & care))
    # Those that say most cover least, and go first.
    kept.sort(key=lambda it: (-len(it[0]), _case_text(it[0])))
    following = [conditions.never]
    for _, condition in reversed(kept):
        following.append(following[-1] | condition)
    needed: list[_Case] = []
    before = conditions.never
    for case, condition in kept:
        following.pop()
        if not wanted.implies(before | following[-1]):
            needed.append(case)
            before |= condition
    return needed


def _gathered(cases: list[_Case]) -> list[_Case]:
    """Join the cases that differ in the word for one variable only."""
    variables = sorted({variable for case in cases for variable in case})
    for variable in variables:
        alike: dict[tuple[tuple[Variable, _Literal], ...], list[_Case]] = {}
        for case in cases:
            rest = tuple(
                sorted(
                    ((key, value) for key, value in case.items() if key != variable),
                    key=lambda item: item[0],
                )
            )
            alike.setdefault(rest, []).append(case)
        cases = [
            joined
            for rest, group in alike.items()
            for joined in _joined(variable, dict(rest), group)
        ]
    return cases


def _joined(variable: Variable, rest: _Case, group: list[_Case]) -> Iterator[_Case]:
    values: frozenset[str] = frozenset()
    for case in group:
        literal = case.get(variable)
        if isinstance(literal, _Values) and not literal.excluded:
            values |= literal.values
        else:
            yield case
    if values:
        yield {**rest, variable: _Values(values)}


def _case_text(case: _Case) -> str:
    """Return a case as a marker; in parentheses where ``or`` stands alone in it."""
    parts = [_literal_text(variable, case[variable]) for variable in sorted(case)]
    if len(parts) == 1:
        return parts[0]
    return " and ".join(f"({part})" if " or " in part else part for part in parts)


def _literal_text(variable: Variable, literal: _Literal) -> str:
    if isinstance(literal, tuple):
        return _range_text(*literal)
    kind, _, name = variable.name.partition(" ")
    if kind in (EXTRAS, GROUPS):
        return f"'{name}' {'not ' if literal.excluded else ''}in {kind}"
    if name:
        return _opposite(variable.name) if literal.excluded else variable.name
    sign, join = ("!=", " and ") if literal.excluded else ("==", " or ")
    return join.join(f"{kind} {sign} {_quoted(v)}" for v in sorted(literal.values))


def _range_text(low: Release, high: Release | None) -> str:
    major, minor, micro = low
    if high == (major, minor + 1, 0) and not micro:
        return f"python_version == '{major}.{minor}'"
    if high == (major, minor, micro + 1):
        return f"python_full_version == '{major}.{minor}.{micro}'"
    bounds = [("<", high)] if high else []
    if low != FIRST:
        bounds.insert(0, (">=", low))
    return " and ".join(
        f"python_full_version {sign} '{a}.{b}.{c}'"
        if c
        else f"python_version {sign} '{a}.{b}'"
        for sign, (a, b, c) in bounds
    )


def _opposite(comparison: str) -> str:
    """Return the comparison that holds where this one, of an unknown kind, does not."""
    if " in " in comparison:
        return comparison.replace(" in ", " not in ", 1)
    name, operator, value = comparison.split(" ", 2)
    return f"{name} {_OPPOSITES[operator]} {value}"


def _quoted(value: str) -> str:
    return f'"{value}"' if "'" in value else f"'{value}'"
