"""Version constraints of Poetry, turned into those of PEP 440 and PEP 508."""

import re
from collections.abc import Sequence

from pysetup.late import late_pattern
from pysetup.standards.versions import InvalidVersionError, Version, parse_version

# One comparison, as (operator, version); the version of == and != may end in ".*".
Comparison = tuple[str, str]
# What must hold together; a constraint is a choice of these.
Choice = tuple[Comparison, ...]

_SINGLE = late_pattern(
    r"\s*(?P<op>\^|~=|~|<>|!=|>=|<=|>|<|={1,3})?\s*(?P<version>\*|v?[0-9][^\s,|]*)"
    r"\s*,?\s*",
    re.IGNORECASE,
)
_WILDCARD = late_pattern(r"v?(?P<release>[0-9]+(?:\.[0-9]+)*)\.\*", re.IGNORECASE)
_OPERATORS = {"": "==", "=": "==", "===": "==", "<>": "!="}
MAX_LENGTH = 1000
# The Pythons about which a Requires-Python says something one by one.
_PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(16)))
_MINOR = 2


class ConstraintError(ValueError):
    """A constraint that Poetry does not know, or that PEP 440 cannot say."""


def parse_constraint(text: str) -> tuple[Choice, ...]:
    """Return the choices of a constraint; one empty choice allows every version.

    Raises ``ConstraintError``.
    """
    if len(text) > MAX_LENGTH:
        raise ConstraintError("is too long")
    return tuple(_choice(part) for part in re.split(r"\|\|?", text))


def _choice(text: str) -> Choice:
    found: list[Comparison] = []
    at = 0
    while at < len(text.rstrip()):
        match = _SINGLE.match(text, at)
        if match is None:
            raise ConstraintError(f"{text.strip()!r} is no version constraint")
        found += _comparisons(match["op"] or "", match["version"])
        at = match.end()
    if not found and "*" not in text:
        raise ConstraintError(f"{text.strip()!r} is no version constraint")
    return tuple(found)


def _comparisons(operator: str, text: str) -> list[Comparison]:
    if text == "*":
        return []
    wildcard = _WILDCARD.fullmatch(text)
    if wildcard is not None:
        if operator not in ("", "=", "==", "!="):
            raise ConstraintError(f"{operator + text!r} is no version constraint")
        return [(operator if operator == "!=" else "==", f"{wildcard['release']}.*")]
    try:
        version = parse_version(text)
    except InvalidVersionError as error:
        raise ConstraintError(f"is wrong: {error.message}") from None
    release = version.release
    if operator == "^":
        last = min(len(release) - 1, 2)
        fixed = next((i for i, n in enumerate(release[:last]) if n), last)
        return _between(version, fixed)
    if operator == "~":
        return _between(version, min(len(release) - 1, 1))
    if operator == "~=":
        return _between(version, min(max(len(release) - 2, 0), 1))
    return [(_OPERATORS.get(operator, operator), str(version))]


def _between(version: Version, last: int) -> list[Comparison]:
    """Return "from ``version`` to where its part number ``last`` changes"."""
    release = version.release
    higher = [*release[:last], release[last] + 1, *(0 for _ in release[last + 1 :])]
    epoch = f"{version.epoch}!" if version.epoch else ""
    return [(">=", str(version)), ("<", epoch + ".".join(map(str, higher)))]


def to_specifiers(choices: Sequence[Choice]) -> str:
    """Return the choices as one set of PEP 440 specifiers.

    PEP 440 has no "or": choices that touch or overlap are joined, and two open ends
    around one version exclude it. Raises ``ConstraintError`` when that is not enough.
    """
    if any(not choice for choice in choices):
        return ""
    joined = choices[0] if len(set(choices)) == 1 else _joined(choices)
    return ",".join(operator + version for operator, version in joined)


# A bound is a version, whether it belongs to the range, and None for no bound.
_Bound = tuple[Version, bool] | None


def _joined(choices: Sequence[Choice]) -> Choice:
    ranges = sorted((_range(choice) for choice in choices), key=_start)
    low, high = ranges[0]
    for lower, upper in ranges[1:]:
        if high is None:
            break
        if lower is not None and _apart(high, lower):
            if low is None and upper is None and high[0] == lower[0]:
                return (("!=", str(high[0])),)
            raise ConstraintError("has a gap that no PEP 440 specifier can say")
        if upper is None or upper > high:
            high = upper
    return (
        *([(">=" if low[1] else ">", str(low[0]))] if low else []),
        *([("<=" if high[1] else "<", str(high[0]))] if high else []),
    )


def _range(choice: Choice) -> tuple[_Bound, _Bound]:
    """Return the two ends of what must hold together."""
    lows: list[tuple[Version, bool]] = []
    highs: list[tuple[Version, bool]] = []
    for operator, text in choice:
        if operator == "!=":
            raise ConstraintError("joins an exclusion by ||")
        if text.endswith(".*"):
            first, last = _between(parse_version(text[:-2]), text.count(".") - 1)
            lows.append((parse_version(first[1]), True))
            highs.append((parse_version(last[1]), False))
            continue
        version = parse_version(text)
        if operator in (">=", ">", "=="):
            lows.append((version, operator != ">"))
        if operator in ("<=", "<", "=="):
            highs.append((version, operator != "<"))
    low = max(lows, key=lambda bound: (bound[0], not bound[1])) if lows else None
    return low, min(highs) if highs else None


def _start(item: tuple[_Bound, _Bound]) -> tuple[bool, Version, bool]:
    low = item[0]
    if low is None:
        return False, parse_version("0"), False
    return True, low[0], not low[1]


def _apart(high: tuple[Version, bool], low: tuple[Version, bool]) -> bool:
    return high[0] < low[0] or (high[0] == low[0] and not (high[1] or low[1]))


def to_requires_python(text: str) -> str:
    """Return the Requires-Python that Poetry writes for its ``python`` constraint.

    A choice becomes the lowest Python and those to leave out between, without an
    upper end, as Poetry's own metadata has it. Raises ``ConstraintError``.
    """
    choices = parse_constraint(text)
    if any(not choice for choice in choices):
        return ""
    if len(choices) == 1:
        return ",".join(op + v for op, v in _without_bare_python(choices[0]))
    allowed = [python for python in _PYTHONS if _any_of(python, choices)]
    if not allowed:
        raise ConstraintError("allows no Python")
    left_out = [
        python for python in _PYTHONS if python not in allowed
        and parse_version(python) > parse_version(allowed[0])
    ]  # fmt: skip
    return ", ".join([f">={allowed[0]}", *(f"!={python}.*" for python in left_out)])


def _without_bare_python(choice: Choice) -> Choice:
    """Return ``choice`` with "3.8" as all of 3.8, which is what people mean by it."""
    if len(choice) != 1 or choice[0][0] != "==":
        return choice
    text = choice[0][1].removesuffix(".*")
    if text.count(".") >= _MINOR:
        return choice
    version = parse_version(text)
    return tuple(_between(version, min(len(version.release), _MINOR) - 1))


def _any_of(python: str, choices: Sequence[Choice]) -> bool:
    """Tell whether some release of ``python`` (as "3.8") is in one of ``choices``."""
    start = parse_version(python)
    end = parse_version(f"{start.major}.{start.minor + 1}")
    for choice in choices:
        low, high = _range(_without_bare_python(choice))
        below = high is not None and (high[0] < start or high == (start, False))
        above = low is not None and low[0] >= end
        if not below and not above:
            return True
    return False


def to_python_marker(text: str) -> str:
    """Return the marker for a dependency's ``python`` key; empty for every Python.

    Raises ``ConstraintError``.
    """
    choices = parse_constraint(text)
    if any(not choice for choice in choices):
        return ""
    return " or ".join(
        " and ".join(_python_comparisons(choice)) for choice in dict.fromkeys(choices)
    )


def _python_comparisons(choice: Choice) -> list[str]:
    same = _same_minor(choice)
    if same:
        return [f'python_version == "{same}"']
    return [
        comparison
        for operator, text in choice
        for comparison in _python_comparison(operator, text)
    ]


def _same_minor(choice: Choice) -> str:
    """Return the minor version that ``choice`` spans exactly, or an empty text."""
    match choice:
        case ((">=", low), ("<", high)) if low.count(".") == high.count(".") == 1:
            first, last = parse_version(low), parse_version(high)
            if (first.major, first.minor + 1) == (last.major, last.minor):
                return low
    return ""


def _python_comparison(operator: str, text: str) -> list[str]:
    if text.endswith(".*"):
        release = text[:-2]
        if "." in release:
            return [f'python_version {operator} "{release}"']
        if operator == "!=":
            raise ConstraintError(f"!={text} of Python cannot be one marker")
        low, high = _between(parse_version(release), 0)
        return [f'python_version {op} "{version}"' for op, version in (low, high)]
    short = text.count(".") < _MINOR
    if short and (operator in (">=", "<") or operator == "=="):
        return [f'python_version {operator} "{text}"']
    full = text + ".0" * (_MINOR - text.count(".")) if short else text
    return [f'python_full_version {operator} "{full}"']


def to_platform_marker(text: str) -> str:
    """Return the marker for a dependency's ``platform`` key; empty for every one."""
    found = []
    for part in re.split(r"\|\|?", text):
        name = part.strip()
        operator = "!=" if name.startswith("!=") else "=="
        name = name.lstrip("!=").strip(" '\"")
        if name == "*":
            return ""
        if not re.fullmatch(r"[\w.-]+", name):
            raise ConstraintError(f"{part.strip()!r} is no platform")
        found.append(f'sys_platform {operator} "{name}"')
    return " or ".join(found)
