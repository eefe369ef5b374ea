"""What can be wrong with a lock file, with the file, the line and the field."""

from collections.abc import Sequence

from pysetup.errors import UsageError


class InvalidLockFileError(UsageError):
    """A lock file does not follow PEP 751.

    The message names the line and the field. Nothing was installed. A lock that a
    merge has damaged, or a hand has edited, is best made anew.
    """

    code = "PS2790"

    def __init__(self, source: str, line: int, key: str, reason: str) -> None:
        super().__init__(
            f"{source}:{line}: {key} {reason}",
            facts={"file": source, "line": line, "field": key},
            hints=("make the lock anew with the tool that wrote it:  pysetup lock",),
        )
        self.line, self.key, self.reason = line, key, reason


class InvalidLockFilesError(UsageError):
    """A lock file has several faults; each of them is told by itself.

    They are of the kind of PS2790.
    """

    code = "PS2791"

    def __init__(self, source: str, errors: Sequence[InvalidLockFileError]) -> None:
        super().__init__(
            f"{source} has {len(errors)} faults",
            facts={"file": source},
            hints=("make the lock anew with the tool that wrote it:  pysetup lock",),
        )
        self.errors = tuple(errors)


class UnknownLockVersionError(UsageError):
    """A lock file is of a version that this pysetup does not know.

    PEP 751 says that an unknown major version must not be guessed at: it could mean
    anything. A newer pysetup may know it.
    """

    code = "PS2792"

    def __init__(self, source: str, line: int, version: str) -> None:
        super().__init__(
            f"{source}:{line}: lock-version is {version[:20]!r}, and pysetup knows 1.0",
            facts={"file": source, "line": line, "field": "lock-version"},
            hints=("update pysetup, or make the lock anew:  pysetup lock",),
        )


class LockNameError(UsageError):
    """A lock file has a name that PEP 751 does not allow.

    It is called ``pylock.toml``, or ``pylock.NAME.toml`` with a name without a full
    stop, so that every tool knows it for a lock file.
    """

    code = "PS2793"

    def __init__(self, filename: str) -> None:
        super().__init__(
            f"{filename[:100]!r} is not the name of a lock file",
            facts={"file": filename[:200]},
            hints=("call it  pylock.toml  or, for example,  pylock.dev.toml",),
        )
