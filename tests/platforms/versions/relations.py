"""Reads relations of packages, and tells whether a version satisfies them.

Written for the tests alone, from the manuals of the formats; which of two versions is
newer is asked of the platform's own library.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Ask = Callable[[str, str], int]
_HOLDS: dict[str, Callable[[int], bool]] = {
    "<<": lambda order: order < 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "=": lambda order: order == 0,
    ">=": lambda order: order >= 0,
    ">": lambda order: order > 0,
    ">>": lambda order: order > 0,
}
_DEB = re.compile(r"(?P<name>[a-z0-9+.-]+)(?: \((?P<operator><<|<=|=|>=|>>) (\S+)\))?")
_TOKEN = re.compile(r"\s*([()]|[^\s()]+(?:\([^()]*\))?)")
_PACMAN = re.compile(r"(?P<name>[a-z0-9@._+-]+?)(?:(?P<operator><=|>=|<|>|=)(\S+))?")


@dataclass(frozen=True)
class Clause:
    """``name operator bound``; without an operator any version will do."""

    name: str
    operator: str = ""
    bound: str = ""

    def holds(self, version: str, ask: Ask) -> bool:
        return not self.operator or _HOLDS[self.operator](ask(version, self.bound))


@dataclass(frozen=True)
class All:
    """All of ``parts`` must hold, of the same package."""

    parts: tuple["Dependency", ...]

    def holds(self, version: str, ask: Ask) -> bool:
        return all(part.holds(version, ask) for part in self.parts)


@dataclass(frozen=True)
class Any:
    """One of ``parts`` must hold."""

    parts: tuple["Dependency", ...]

    def holds(self, version: str, ask: Ask) -> bool:
        return any(part.holds(version, ask) for part in self.parts)


Dependency = Clause | All | Any


def of_deb(relations: Iterable[str]) -> Dependency:
    """Read the elements of Depends (deb-src-control, Debian Policy 7.1)."""
    return All(tuple(Any(tuple(map(_deb, each.split(" | ")))) for each in relations))


def _deb(text: str) -> Clause:
    match = _DEB.fullmatch(text)
    assert match, text
    return Clause(match["name"], match["operator"] or "", match[3] or "")


def of_rpm(text: str) -> Dependency:
    """Read a dependency, rich or not (rpm's manual, Boolean dependencies)."""
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == text.replace(" ", "")
    found = _rich(tokens)
    assert not tokens
    return found


def _rich(tokens: list[str]) -> Dependency:
    if tokens[0] != "(":
        name = tokens.pop(0)
        if tokens and tokens[0] in _HOLDS:
            return Clause(name, tokens.pop(0), tokens.pop(0))
        return Clause(name)
    tokens.pop(0)
    parts, words = [_rich(tokens)], set()
    while (word := tokens.pop(0)) != ")":
        words.add(word)
        parts.append(_rich(tokens))
    # A chain of one word; two of them in one pair of parentheses are an error.
    (word,) = words
    assert word in {"or", "with"}
    return Any(tuple(parts)) if word == "or" else All(tuple(parts))


def of_pacman(depends: Iterable[str], conflicts: Iterable[str]) -> Dependency:
    """Read ``depends`` and ``conflicts`` of one package (PKGBUILD(5))."""
    wanted: list[Dependency] = [_pacman(text) for text in depends]
    for text in conflicts:
        clause = _pacman(text)
        assert clause.operator == "="
        wanted.append(
            Any(
                (
                    Clause(clause.name, "<", clause.bound),
                    Clause(clause.name, ">", clause.bound),
                )
            )
        )
    return All(tuple(wanted))


def _pacman(text: str) -> Clause:
    match = _PACMAN.fullmatch(text)
    assert match, text
    return Clause(match["name"], match["operator"] or "", match[3] or "")


def clauses(dependency: Dependency) -> Iterable[Clause]:
    """Yield all clauses in ``dependency``."""
    if isinstance(dependency, Clause):
        yield dependency
    else:
        for part in dependency.parts:
            yield from clauses(part)
