"""The one error type: a stable code, the facts, and the next step.

The first digit of a code is the exit code of the command that meets it, so a
script can tell from the class alone whether to try again.  Each concrete error
stands in the room that raises it and derives from one of the classes here; its
docstring is the page that ``pysetup explain CODE`` prints.
"""


class PysetupError(Exception):
    """Something went wrong that the user can understand and act upon.

    ``message`` is one sentence that names the thing; ``facts`` are labelled
    values (file, line, expected, ...) in the order in which they are told;
    ``hints`` are next steps.  ``code`` is ``PS<class><nnn>``.  A subclass may set
    ``causes``, structured facts that only the JSON form tells, and ``errors``: an
    error that stands for several is told as these.
    """

    code = "PS0000"
    retryable = False
    causes: "tuple[dict[str, object], ...]" = ()
    errors: "tuple[PysetupError, ...]" = ()

    def __init__(
        self,
        message: str,
        *,
        facts: "dict[str, object] | None" = None,
        hints: "tuple[str, ...]" = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.facts = dict(facts or {})
        self.hints = tuple(hints)

    @property
    def exit_code(self) -> int:
        """The exit code of the command: the class digit, 70 for a bug of ours."""
        return int(self.code[2]) or 70

    @property
    def category(self) -> str:
        """The name of the class of failure, as the JSON envelope tells it."""
        return CATEGORIES[self.exit_code]


CATEGORIES = {
    1: "answer",
    2: "usage",
    3: "resolution",
    4: "network",
    5: "integrity",
    6: "build",
    7: "environment",
    8: "out-of-date",
    9: "busy",
    70: "bug",
}


class AnswerError(PysetupError):
    """The answer is "no": a check found something, or a thing is not there."""

    code = "PS1000"


class UsageError(PysetupError):
    """The command line, a configuration file or an input document is wrong."""

    code = "PS2000"


class ResolutionError(PysetupError):
    """No set of versions satisfies the requirements."""

    code = "PS3000"


class NetworkError(PysetupError):
    """An index, a proxy or the network failed; trying again can help."""

    code = "PS4000"
    retryable = True


class IntegrityError(PysetupError):
    """Bytes are not the promised ones. Never try again with the same source."""

    code = "PS5000"


class BuildError(PysetupError):
    """A build or a build back end failed."""

    code = "PS6000"


class EnvironmentRefusedError(PysetupError):
    """The environment cannot or must not be changed."""

    code = "PS7000"


class OutOfDateError(PysetupError):
    """Two things that should agree do not: a lock and its document, say."""

    code = "PS8000"


class BusyError(PysetupError):
    """Another pysetup holds the lock; trying again later helps."""

    code = "PS9000"
    retryable = True


def redact(url: str) -> str:
    """Return ``url`` as people, logs and files may see it: no secrets in it.

    Credentials become ``***``, and so does a query, since signed URLs carry their
    secret there; the fragment is left out.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    place, query, _ = rest.partition("#")[0].partition("?")
    authority, slash, path = place.partition("/")
    if "@" in authority:
        authority = "***@" + authority.rpartition("@")[2]
    elif "@" in path and ":" in authority and not _ends_in_port(authority):
        # A password with an unescaped slash: better too little than too much.
        authority, slash, path = "***@" + path.rpartition("@")[2], "", ""
    return f"{scheme}://{authority}{slash}{path}{'?***' if query else ''}"


def _ends_in_port(authority: str) -> bool:
    return authority.endswith("]") or authority.rpartition(":")[2].isdigit()
