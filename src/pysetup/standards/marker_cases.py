"""What different spellings of an environment marker have in common: its cases.

Tools write one condition in many ways: with parentheses that say nothing, turned
inside out, with ``python_full_version`` in the place of ``python_version``.
"""

from pysetup.late import late_pattern
from pysetup.standards.names import normalize_name

# A condition (variable, operator, value), and the conditions that hold together.
Condition = tuple[str, str, str]
Case = frozenset[Condition]

_TOKEN = late_pattern(
    r"\s*(?:(?P<sign>[()])"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<operator>not\s+in\b|in\b|===|[<>=!~]=|[<>])"
    r"|(?P<word>[a-z_.]+))\s*"
)
_RELEASE = late_pattern(r"(\d+)(?:\.(\d+))?")
# Both sides of these may change places.
_SYMMETRICAL = ("==", "!=")
# So many conditions are no longer a spelling, but a riddle.
_MOST_CASES = 64


class UnclearMarkerError(Exception):
    """The marker is not what this module understands."""


def marker_cases(marker: str) -> str:
    """Return the same text for all spellings of a valid ``marker`` (PEP 508).

    The alternatives of which one must hold, each made of conditions that hold
    together, in a fixed order; the marker itself where it has too many of them. The
    comparison of ``python_version`` with a release is taken for that of
    ``python_full_version`` with the same, which differs before a final release of
    Python alone.
    """
    try:
        cases = _Reader(marker_tokens(marker)).read()
    except UnclearMarkerError:
        return marker
    needed = [case for case in cases if not any(other < case for other in cases)]
    return " or ".join(
        sorted(" and ".join(map(" ".join, sorted(case))) for case in needed)
    )


def marker_tokens(marker: str) -> list[str]:
    """Return the words, texts and signs of a marker.

    Raises ``UnclearMarkerError`` for what is none of these.
    """
    found: list[str] = []
    position = 0
    while position < len(marker):
        match = _TOKEN.match(marker, position)
        if match is None:
            raise UnclearMarkerError
        found.append(match[0].strip())
        position = match.end()
    return found


class _Reader:
    """Reads tokens from left to right: ``or`` of ``and`` of conditions."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def read(self) -> frozenset[Case]:
        cases = self._alternatives()
        if self._tokens:
            raise UnclearMarkerError
        return cases

    def _alternatives(self) -> frozenset[Case]:
        cases = self._together()
        while self._taken("or"):
            cases |= self._together()
        return _bounded(cases)

    def _together(self) -> frozenset[Case]:
        cases = self._one()
        while self._taken("and"):
            more = self._one()
            cases = _bounded(frozenset(one | other for one in cases for other in more))
        return cases

    def _one(self) -> frozenset[Case]:
        if self._taken("("):
            cases = self._alternatives()
            if not self._taken(")"):
                raise UnclearMarkerError
            return cases
        return frozenset({frozenset({_condition(*self._three())})})

    def _three(self) -> tuple[str, str, str]:
        if len(self._tokens) < 3:  # noqa: PLR2004 - left side, operator, right side
            raise UnclearMarkerError
        left, operator, right, *self._tokens = self._tokens
        return left, " ".join(operator.split()), right

    def _taken(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        del self._tokens[0]
        return True


def _bounded(cases: frozenset[Case]) -> frozenset[Case]:
    if len(cases) > _MOST_CASES:
        raise UnclearMarkerError
    return cases


def _condition(left: str, operator: str, right: str) -> Condition:
    if left[0] in "\"'" and operator in _SYMMETRICAL:
        left, right = right, left
    if right[0] not in "\"'":
        return left, operator, right
    value = right[1:-1]
    if left == "extra":
        value = normalize_name(value)
    if left == "python_version":
        left, operator, value = _full_version(operator, value)
    return left, operator, f'"{value}"'


def _full_version(operator: str, value: str) -> Condition:
    """Return the condition for the full version that says the same."""
    release = _RELEASE.fullmatch(value)
    full = "python_full_version"
    if release is None:
        return "python_version", operator, value
    if operator in (">=", "<"):
        return full, operator, value
    if release[2] is None:
        return "python_version", operator, value
    following = f"{release[1]}.{int(release[2]) + 1}"
    return {
        ">": (full, ">=", following),
        "<=": (full, "<", following),
        "==": (full, "==", f"{value}.*"),
        "!=": (full, "!=", f"{value}.*"),
    }.get(operator, ("python_version", operator, value))
