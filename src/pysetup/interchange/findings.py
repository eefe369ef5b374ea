"""What checkers of archives have to say, by which rule and clause."""

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveFinding:
    """One thing that is wrong, or only odd, in an sdist or a wheel.

    ``member`` is a path in the archive, empty for the archive itself; ``rule`` the
    stable name of the rule, ``clause`` the standard and its section that says so
    (empty where it is only good manners), ``message`` a sentence, ``hint`` what to
    do. ``severity`` is ``error`` or ``warning``; an archive with warnings is sound.
    """

    member: str
    rule: str
    message: str
    clause: str = ""
    hint: str = ""
    severity: str = "error"

    @property
    def is_error(self) -> bool:
        """Whether a standard forbids it."""
        return self.severity == "error"

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "member": self.member,
            "rule": self.rule,
            "message": self.message,
            "clause": self.clause,
            "hint": self.hint,
            "severity": self.severity,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """How a rule is told: severity, the clause behind it, and what to do.

    Clauses of the form W001 are rules of check-wheel-contents, for those who know it.
    """

    severity: str
    clause: str
    hint: str = ""

    def finding(self, name: str, message: str, *, member: str) -> ArchiveFinding:
        """Return what there is to say by this rule, which is called ``name``."""
        return ArchiveFinding(
            member, name, message, self.clause, self.hint, severity=self.severity
        )
