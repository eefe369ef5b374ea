"""Environment markers as an algebra: and, or, not, implies, exactly (PEP 508, PEP 751).

``Conditions.parse`` turns a marker into a ``Condition``; two conditions of one
``Conditions`` are equal exactly if they hold in the same environments.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pysetup.standards.diagrams import FALSE, TRUE, Diagrams, Key, Node, Variable
from pysetup.standards.marker_cases import UnclearMarkerError, marker_tokens
from pysetup.standards.marker_words import WORDS, words_in, words_with
from pysetup.standards.names import normalize_name
from pysetup.standards.python_ranges import (
    FIRST,
    Range,
    full_version_ranges,
    minor_ranges,
    release_of,
    short_version_ranges,
    short_versions,
    specifier_ranges,
)
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Marker,
    marker_holds,
    parse_marker,
)
from pysetup.standards.versions import SpecifierSet
from pysetup.values import dataclass

PYTHON: Final = Variable(0, "python", ordered=True)
EXTRAS: Final = "extras"
GROUPS: Final = "dependency_groups"
# What an example says of what does not matter.
_USUAL: Final = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.0",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.12.0",
    "python_version": "3.12",
    "sys_platform": "linux",
}
_YES: Final = "yes"
_FULL_VERSION = "python_full_version"
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Example:
    """One environment: its marker variables, and the extras and groups chosen."""

    markers: Mapping[str, str]
    extras: frozenset[str]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of an environment, and of the extras and groups chosen.

    Conditions that are combined must come from the same ``Conditions``.
    """

    conditions: "Conditions"
    node: Node

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(
            self.conditions, self.conditions.diagrams.both(self.node, other.node)
        )

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(
            self.conditions, self.conditions.diagrams.either(self.node, other.node)
        )

    def __invert__(self) -> "Condition":
        return Condition(self.conditions, self.conditions.diagrams.negated(self.node))

    def __bool__(self) -> bool:
        """Tell whether it can hold at all."""
        return self.node is not FALSE

    @property
    def is_always(self) -> bool:
        """Whether it holds everywhere."""
        return self.node is TRUE

    def implies(self, other: "Condition") -> bool:
        """Tell whether ``other`` holds wherever this does."""
        return not self & ~other

    def is_disjoint(self, other: "Condition") -> bool:
        """Tell whether the two never hold together."""
        return not self & other

    def simplified(self, assuming: "Condition") -> "Condition":
        """Return a simpler condition that is equal wherever ``assuming`` holds."""
        diagrams = self.conditions.diagrams
        return Condition(self.conditions, diagrams.restricted(self.node, assuming.node))

    def of_python(self) -> "Condition":
        """Return what it says of Python's version alone: where it can hold."""
        diagrams = self.conditions.diagrams
        return Condition(self.conditions, diagrams.first(self.node, PYTHON))

    def choosing(
        self, extras: Iterable[str] = (), groups: Iterable[str] = ()
    ) -> "Condition":
        """Return what is left when exactly these extras and groups are chosen."""
        names = {f"{EXTRAS} {normalize_name(name)}" for name in extras}
        names |= {f"{GROUPS} {normalize_name(name)}" for name in groups}
        diagrams = self.conditions.diagrams

        def decided(variable: Variable) -> Key | None:
            if not variable.name.startswith((f"{EXTRAS} ", f"{GROUPS} ")):
                return None
            return _YES if variable.name in names else ""

        return Condition(self.conditions, diagrams.assigned(self.node, decided))

    def extras(self) -> tuple[str, ...]:
        """Return the extras it is about, in order."""
        prefix = f"{EXTRAS} "
        names = (it.name for it in self.conditions.diagrams.variables(self.node))
        return tuple(
            sorted(it.removeprefix(prefix) for it in names if it.startswith(prefix))
        )

    def example(self) -> "Example":
        """Return an environment in which it holds; it must be able to."""
        values: dict[Variable, Key] = {}
        node = self.node
        while node.children:
            key, child = _way_on(node)
            values[node.variable] = key
            node = child
        return _example(values)

    def holds(
        self,
        environment: Mapping[str, str],
        *,
        extras: Iterable[str] = (),
        groups: Iterable[str] = (),
    ) -> bool:
        """Tell whether it holds for marker variables, extras and groups."""
        chosen = {EXTRAS: frozenset(extras), GROUPS: frozenset(groups)}
        node = self.node
        while node.children:
            node = node.child(_value(node.variable, environment, chosen))
        return node is TRUE


class Conditions:
    """Makes conditions; keeps what was computed, so use one for one purpose."""

    def __init__(self) -> None:
        self.diagrams = Diagrams()
        self._parsed: dict[str, Node] = {}
        self.always = Condition(self, TRUE)
        self.never = Condition(self, FALSE)

    def parse(self, marker: Marker | str | None) -> Condition:
        """Return the condition of a marker; None is always true.

        Raises ``InvalidRequirementError``.
        """
        if marker is None or not marker:
            return self.always
        text = str(parse_marker(marker) if isinstance(marker, str) else marker)
        node = self._parsed.get(text)
        if node is None:
            try:
                node = _Reader(text, self).read()
            except UnclearMarkerError:
                raise InvalidRequirementError(text, "not a marker") from None
            self._parsed[text] = node
        return Condition(self, node)

    def requires_python(self, specifiers: SpecifierSet) -> Condition:
        """Return the condition that Python is one of ``specifiers``."""
        found = self.always
        for ranges in specifier_ranges(specifiers):
            found &= self.python(ranges)
        return found

    def python(self, ranges: Iterable[Range]) -> Condition:
        """Return the condition that Python is in one of these ranges."""
        found = self.never
        for low, high in ranges:
            # Nothing is before the first release, so that is no cut.
            cuts = [(low, FALSE)] if low != FIRST else []
            cuts += [(high, TRUE)] if high is not None else []
            last = TRUE if high is None else FALSE
            keys = tuple(cut for cut, _ in cuts)
            children = (*(before for _, before in cuts), last)
            found |= Condition(self, self.diagrams.node(PYTHON, keys, children))
        return found

    def word(self, name: str, values: Iterable[str]) -> Condition:
        """Return the condition that the variable ``name`` has one of ``values``."""
        keys = tuple(sorted(set(values)))
        rank = WORDS.index(name) if name in WORDS else len(WORDS)
        variable = Variable(3 + rank, name)
        children = (*([TRUE] * len(keys)), FALSE)
        return Condition(self, self.diagrams.node(variable, keys, children))

    def around(self, example: Example) -> Condition:
        """Return the condition that the environment is the one of an example.

        Of extras and groups it says nothing.
        """
        low = release_of(example.markers["python_full_version"])
        found = self.python([(low, (*low[:2], low[2] + 1))])
        for name in WORDS:
            found &= self.word(name, [example.markers[name]])
        return found

    def with_extra(self, name: str) -> Condition:
        """Return the condition that an extra is chosen."""
        return self._chosen(1, f"{EXTRAS} {normalize_name(name)}")

    def with_group(self, name: str) -> Condition:
        """Return the condition that a dependency group is chosen."""
        return self._chosen(2, f"{GROUPS} {normalize_name(name)}")

    def opaque(self, text: str) -> Condition:
        """Return the condition of a comparison of which only the text is known."""
        return self._chosen(1 << 20, text)

    def _chosen(self, rank: int, name: str) -> Condition:
        node = self.diagrams.node(Variable(rank, name), (_YES,), (TRUE, FALSE))
        return Condition(self, node)


class _Reader:
    """Reads a marker from left to right: ``or`` of ``and`` of comparisons."""

    def __init__(self, text: str, conditions: Conditions) -> None:
        self._tokens = marker_tokens(text)[::-1]
        self._conditions = conditions

    def read(self) -> Node:
        found = self._alternatives()
        if self._tokens:
            raise UnclearMarkerError
        return found.node

    def _alternatives(self) -> Condition:
        found = self._together()
        while self._taken("or"):
            found |= self._together()
        return found

    def _together(self) -> Condition:
        found = self._one()
        while self._taken("and"):
            found &= self._one()
        return found

    def _one(self) -> Condition:
        if self._taken("("):
            found = self._alternatives()
            if not self._taken(")"):
                raise UnclearMarkerError
            return found
        if len(self._tokens) < 3:  # noqa: PLR2004 - left side, operator, right side
            raise UnclearMarkerError
        left, operator = self._tokens.pop(), " ".join(self._tokens.pop().split())
        right = self._tokens.pop()
        if left[0] not in "\"'":
            return self._comparison(left, operator, right[1:-1])
        return self._turned(left[1:-1], operator, right)

    def _turned(self, value: str, operator: str, name: str) -> Condition:
        """Read a comparison with the value on the left."""
        if name in (EXTRAS, GROUPS):
            chosen = (
                self._conditions.with_extra
                if name == EXTRAS
                else self._conditions.with_group
            )
            return ~chosen(value) if operator == "not in" else chosen(value)
        if operator not in ("in", "not in"):
            return self._comparison(name, _MIRRORED.get(operator, operator), value)
        if name == "python_version":
            holding = [text for text in short_versions() if value in text]
            found = self._conditions.python(minor_ranges(holding))
        elif name in WORDS:
            found = self._conditions.word(name, words_with(name, value))
        else:
            found = self._conditions.opaque(f"{value!r} in {name}")
        return ~found if operator == "not in" else found

    def _comparison(self, name: str, operator: str, value: str) -> Condition:
        if operator == "not in":
            return ~self._comparison(name, "in", value)
        if operator == "!=" and name not in ("python_version", _FULL_VERSION):
            return ~self._comparison(name, "==", value)
        if name == "extra" and value:
            return self._conditions.with_extra(value)
        if name in ("python_version", _FULL_VERSION):
            return self._python(name, operator, value)
        return self._words(name, operator, value)

    def _words(self, name: str, operator: str, value: str) -> Condition:
        """Read a comparison of a variable whose values are no versions of Python."""
        if name == "extra":  # what holds without any extra holds with extras, too
            return self._conditions.always
        if operator == "in" and name in WORDS:
            return self._conditions.word(name, words_in(name, value))
        if name in (*WORDS, "platform_version"):
            # Words have no order: packaging holds <= and >= for equality.
            known = operator in ("==", "===", "<=", ">=")
            return self._conditions.word(name, [value] if known else [])
        if operator == "~=":
            family = value.rpartition(".")[0] + ".*"
            return self._comparison(name, ">=", value) & self._comparison(
                name, "==", family
            )
        return self._conditions.opaque(f"{name} {operator} {_quoted(value)}")

    def _python(self, name: str, operator: str, value: str) -> Condition:
        if operator == "in":
            if name == "python_version":
                holding = [text for text in short_versions() if text in value]
                return self._conditions.python(minor_ranges(holding))
            return self._conditions.opaque(f"{name} in {_quoted(value)}")
        read = short_version_ranges if name == "python_version" else full_version_ranges
        ranges = read(operator, value)
        if ranges is None:  # what is no version is equal to none
            return (
                self._conditions.always if operator == "!=" else self._conditions.never
            )
        return self._conditions.python(ranges)

    def _taken(self, token: str) -> bool:
        if self._tokens[-1:] != [token]:
            return False
        self._tokens.pop()
        return True


def _quoted(value: str) -> str:
    return f"'{value}'" if "'" not in value else f'"{value}"'


def _value(
    variable: Variable,
    environment: Mapping[str, str],
    chosen: Mapping[str, frozenset[str]],
) -> Key:
    if variable == PYTHON:
        return release_of(environment["python_full_version"])
    kind, _, name = variable.name.partition(" ")
    if not name:
        return environment[kind]
    if kind in chosen:
        return _YES if name in chosen[kind] else ""
    return _YES if marker_holds(parse_marker(variable.name), environment) else ""


def _way_on(node: Node) -> tuple[Key, Node]:
    """Return a value of the variable of ``node`` that can lead to the end, and where.

    The first release and the first named value come first.
    """
    keys: list[Key] = list(node.keys)
    if node.variable.ordered:
        keys.insert(0, FIRST)
    elif node.variable.name.partition(" ")[0] in (EXTRAS, GROUPS):
        keys.insert(0, "")
    else:
        keys.append("other")
    key = next(it for it in keys if node.child(it) is not FALSE)
    return key, node.child(key)


def _example(values: Mapping[Variable, Key]) -> Example:
    markers = dict(_USUAL)
    chosen: dict[str, set[str]] = {EXTRAS: set(), GROUPS: set()}
    for variable, value in values.items():
        kind, _, name = variable.name.partition(" ")
        if variable == PYTHON:
            major, minor, micro = map(int, value)
            markers["python_full_version"] = f"{major}.{minor}.{micro}"
            markers["python_version"] = f"{major}.{minor}"
        elif kind in chosen:
            if value == _YES:
                chosen[kind].add(name)
        elif not name:
            markers[kind] = str(value)
    return Example(markers, frozenset(chosen[EXTRAS]), frozenset(chosen[GROUPS]))
