"""Texts for columns of a database: of their length, and without fields in brackets."""

from pysetup.platforms.plan import PackagePlan

_LONGEST_NAME = 63
_MORE = "..."


def escaped(text: str) -> str:
    """Return ``text`` for a column that is formatted: brackets stand for themselves."""
    return "".join(
        f"[\\{character}]" if character in "[]{}" else character for character in text
    )


def product_name(plan: PackagePlan) -> str:
    """Return the name in the list of programs, which has a greatest length (ICE16)."""
    end = f" (Python {plan.details['python']})"
    name = str(plan.details["display_name"]).removesuffix(end)
    if len(name) + len(end) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - len(end) - len(_MORE)] + _MORE
    return name + end
