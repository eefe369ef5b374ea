"""What a checker of archives has to say about one member, and by which clause."""

from dataclasses import dataclass

from pysetup.standards.jsontext import JSON


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
