"""Whether a regular expression that somebody else wrote is sure to come to an end.

Python's engine backtracks: a repeat inside a repeat, or several side by side, can take
longer than anybody waits. Such a pattern is not run at all.
"""

import re

from pysetup.late import late_pattern

_MAX_REPEATS = 2
# Back references, and what Python will one day read as operations on sets.
_AMBIGUOUS = late_pattern(r"\\[1-9k]|\[\[|--|&&|~~|\|\|")
_ESCAPED = late_pattern(r"\\.", re.DOTALL)
_CLASS = late_pattern(r"\[\^?\]?[^\]]*\]")
_COUNTED = late_pattern(r"\{[0-9,]*\}")
_GROUP_REPEATED = late_pattern(r"\)[*+?{]")
_SPECIAL_GROUP = late_pattern(r"\(\?(?!:)")


def is_simple_pattern(pattern: str) -> bool:
    """Tell whether ``pattern`` is an expression whose matching takes little time.

    Simple is: no repeated group, no look-around, no back reference, at most two
    repeats without a bound, counts of at most three digits.
    """
    if _AMBIGUOUS.search(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    bare = _CLASS.sub("c", _ESCAPED.sub("e", pattern))
    counts = _COUNTED.findall(bare)
    unbounded = bare.count("*") + bare.count("+") + sum("," in one for one in counts)
    return (
        unbounded <= _MAX_REPEATS
        and all(len(digits) <= 3 for one in counts for digits in one[1:-1].split(","))  # noqa: PLR2004
        and not _GROUP_REPEATED.search(bare)
        and not _SPECIAL_GROUP.search(bare)
    )
