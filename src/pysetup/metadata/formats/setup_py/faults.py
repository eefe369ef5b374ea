"""Why a setup.py cannot be read at all."""

from pysetup.errors import UsageError


class UnreadableSetupError(UsageError):
    """A setup.py is no Python 3, or does not call setup() in a way that can be seen.

    pysetup reads the file as text and never runs it. It needs one call of ``setup``
    from setuptools or distutils. A file for Python 2 (``print "..."``) must be brought
    to Python 3 first, or its metadata taken from an sdist or a wheel of the project.
    """

    code = "PS2152"

    def __init__(self, source: str, line: int, reason: str, *, hint: str = "") -> None:
        super().__init__(
            f"{source}:{line}: {reason}",
            facts={"file": source, "line": line},
            hints=(hint or "read the metadata of an sdist or a wheel instead",),
        )
        self.source, self.line, self.reason = source, line, reason
