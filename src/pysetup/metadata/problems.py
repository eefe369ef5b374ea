"""What a check or a conversion has to say about a document: problems and losses."""

from collections.abc import Iterable

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or only odd, in a document.

    ``pointer`` is a JSON pointer (RFC 6901) to the place, ``rule`` the stable name of
    the rule, ``message`` a sentence about the value there, ``hint`` what to do.
    ``severity`` is ``error`` or ``warning``; a document with warnings is valid.
    """

    pointer: str
    rule: str
    message: str
    hint: str = ""
    severity: str = "error"

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "pointer": self.pointer,
            "rule": self.rule,
            "message": self.message,
            "hint": self.hint,
            "severity": self.severity,
        }


@dataclass(frozen=True, slots=True)
class Loss:
    """One value that a format cannot carry, and why.

    ``pointer`` is a JSON pointer (RFC 6901) into the document.
    """

    pointer: str
    reason: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"pointer": self.pointer, "reason": self.reason}


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``did you mean "license"?`` for the nearest of ``names``, or nothing."""
    import difflib  # only for those who made a mistake

    near = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.7)
    return f'did you mean "{near[0]}"?' if near else ""
