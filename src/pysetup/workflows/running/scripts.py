"""Python files that are run: which words mean one, and what it says that it needs."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.phases.run.inline import MAX_BYTES, InvalidScriptError, ScriptBlock
from pysetup.phases.run.launch import LaunchPlan, Surroundings, plan_python
from pysetup.values import dataclass
from pysetup.workflows.context import Context

STDIN = "-"
_MARK = b"# /// script"
_OUR_NAME = b"pysetup"


class UnreadableScriptError(UsageError):
    """A Python file that should be run cannot be read.

    It belongs to somebody else, is a folder, or is on a disk that fails; from standard
    input pysetup takes no script that is larger than 8 MiB.
    """

    code = "PS2861"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} cannot be read: {reason}",
            facts={"file": source},
            hints=("check the file and its permissions",),
        )


@dataclass(frozen=True, slots=True)
class Script:
    """A Python file to run: the word that names it, and its block, if it has one.

    ``content`` is set for a script from standard input.
    """

    word: str
    block: ScriptBlock | None = None
    content: bytes | None = None

    @property
    def source(self) -> str:
        """How messages name it."""
        return self.word if self.content is None else "<stdin>"

    @property
    def exclude_newer(self) -> datetime | None:
        """What ``exclude-newer`` of ``[tool.pysetup]`` says; UTC where it is silent.

        Raises ``InvalidScriptError``.
        """
        table = self.block.tool.get("pysetup", {}) if self.block else {}
        value = table.get("exclude-newer") if isinstance(table, dict) else None
        if value is None:
            return None
        assert self.block is not None, "only a block has tables"
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            moment = None
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if not isinstance(moment, datetime):
            reason = "exclude-newer of tool.pysetup is no date (2026-01-31)"
            raise InvalidScriptError(self.source, self.block.line, reason)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def find_script(
    word: str, context: Context, *, read_input: Callable[[int], bytes]
) -> Script | None:
    """Return the Python file that ``word`` means, None if it is something else.

    That is ``-`` for standard input, of which ``read_input`` returns at most so many
    bytes; a file that ends in ``.py``; and any file, given by a path, that has a block
    or names pysetup in its first line. Raises ``InvalidScriptError`` and
    ``UnreadableScriptError``.
    """
    if word == STDIN:
        content = read_input(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise UnreadableScriptError("<stdin>", f"more than {MAX_BYTES} bytes")
        return Script(word, _block(content, "<stdin>"), content)
    named = word.endswith(".py")
    if not (named or os.sep in word):
        return None
    path = context.path(word)
    if not os.path.isfile(path):
        return None
    content = _read(path, word)
    block = _block(content, word)
    first = content[:256].split(b"\n", 1)[0]
    ours = first.startswith(b"#!") and _OUR_NAME in first
    return Script(word, block) if named or block or ours else None


def plan_script(
    script: Script,
    arguments: Sequence[str],
    *,
    inside: Surroundings,
    context: Context,
) -> LaunchPlan:
    """Say how ``script`` is started, in the context's folder, as Python would be."""
    word = script.word
    if script.content is None and word.startswith(("-", "~")):
        word = os.fspath(context.path(word))  # no option, and no shell to expand it
    made = plan_python((word, *arguments), inside=inside, environ=context.environ)
    return LaunchPlan(made.program, made.words, made.environ, script.content)


def _read(path: Path, word: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        if not word.endswith(".py"):
            return b""  # a program that may be run, though not read
        raise UnreadableScriptError(word, error.strerror or str(error)) from None


def _block(content: bytes, source: str) -> ScriptBlock | None:
    # A file without those words is Python's own business, whatever its encoding.
    if _MARK not in content or b"\0" in content:
        return None
    return ScriptBlock.parse(content, source=source)
