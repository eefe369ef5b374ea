"""A relation of an RPM package: ``name``, ``name >= version``, or a rich one."""

import re

from pysetup.errors import UsageError
from pysetup.platforms.rpm.tags import EQUAL, GREATER, LESS
from pysetup.values import dataclass

_COMPARISONS = {
    "<": LESS,
    "<=": LESS | EQUAL,
    "=": EQUAL,
    ">=": GREATER | EQUAL,
    ">": GREATER,
}
_SIGNS = {flags: sign for sign, flags in _COMPARISONS.items()}
# Parentheses belong to names in pairs: python3dist(x[y]), libc.so.6()(64bit).
_NAME = r"(?:[^\s()]|\([^\s()]*\))+"
_SIMPLE = re.compile(
    rf"(?P<name>(?=[\w/]){_NAME})(?:\s+(?P<sign><=|>=|=|<|>)\s+(?P<version>[^\s()<>=,]+))?"
)
_WORDS = ("and", "or", "if", "else", "unless", "with", "without")


class InvalidRelationError(UsageError):
    """A relation is not written as rpm takes it.

    It comes from the document (``pysetup.platform``) or from a file of names, since
    those that pysetup makes are always well formed. Nothing was written.
    """

    code = "PS2765"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"rpm does not take the relation {text[:200]!r}",
            facts={"relation": text[:200]},
            hints=(
                "a name, perhaps followed by  >= 1.0  with spaces around the sign",
                "or a rich one:  (a >= 1 with a < 2)",
            ),
        )


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """A relation as a header holds it: name, version, and flags of the comparison."""

    name: str
    version: str = ""
    flags: int = 0

    @classmethod
    def parse(cls, text: str) -> "Relation":
        """Read a relation of a plan. Raises ``InvalidRelationError``."""
        text = text.strip()
        if text.startswith("("):
            check_rich(text)
            return cls(text)
        match = _SIMPLE.fullmatch(text)
        if match is None:
            raise InvalidRelationError(text)
        sign = match["sign"]
        return cls(match["name"], match["version"] or "", _COMPARISONS.get(sign, 0))

    @property
    def is_rich(self) -> bool:
        """Whether it is an expression of several."""
        return self.name.startswith("(")

    def __str__(self) -> str:
        sign = _SIGNS.get(self.flags & (LESS | GREATER | EQUAL))
        return f"{self.name} {sign} {self.version}" if sign else self.name


def check_rich(text: str) -> None:
    """Refuse what is no rich relation of rpm (RPM 4.14: operators and nesting).

    Raises ``InvalidRelationError``.
    """
    end = _group(text, 0, text)
    if text[end:].strip():
        raise InvalidRelationError(text)


def _group(text: str, begin: int, whole: str) -> int:
    """Read ``( operand { operator operand } )``; return where it ends."""
    at = _operand(text, begin + 1, whole)
    chained = ""
    while True:
        at = _blank(text, at)
        if text[at : at + 1] == ")":
            return at + 1
        word = re.match(r"[a-z]+", text[at:])
        operator = word[0] if word else ""
        # Only these may be repeated, and only among themselves.
        known = operator in _WORDS and (
            not chained
            or (operator == chained and operator in ("and", "or", "with"))
            or (operator == "else" and chained in ("if", "unless"))
        )
        if not known or (operator == "else" and not chained):
            raise InvalidRelationError(whole)
        chained = operator
        at = _operand(text, at + len(operator), whole)


def _operand(text: str, begin: int, whole: str) -> int:
    at = _blank(text, begin)
    if text[at : at + 1] == "(":
        return _group(text, at, whole)
    match = _SIMPLE.match(text, at)
    if match is None:
        raise InvalidRelationError(whole)
    return match.end()


def _blank(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at
