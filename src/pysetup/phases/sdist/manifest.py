"""``MANIFEST.in``: the eight directives that have chosen files since distutils."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Self
from unicodedata import normalize

from pysetup.errors import UsageError
from pysetup.standards.globs import glob_regex
from pysetup.values import dataclass

NAME = "MANIFEST.in"

# Directive -> (whether it takes files in, whether a folder comes first, the globs).
_DIRECTIVES: dict[str, tuple[bool, bool, Callable[[str, str], str]]] = {
    "include": (True, False, lambda _, glob: glob),
    "exclude": (False, False, lambda _, glob: glob),
    "global-include": (True, False, lambda _, glob: f"**/{glob}"),
    "global-exclude": (False, False, lambda _, glob: f"**/{glob}"),
    "recursive-include": (True, True, lambda folder, glob: f"{folder}/**/{glob}"),
    "recursive-exclude": (False, True, lambda folder, glob: f"{folder}/**/{glob}"),
    "graft": (True, False, lambda _, folder: f"{folder}/**"),
    "prune": (False, False, lambda _, folder: f"{folder}/**"),
}
_ONE_FOLDER = ("graft", "prune")


class InvalidManifestError(UsageError):
    """A line of ``MANIFEST.in`` is none of the eight directives.

    They are ``include``, ``exclude``, ``global-include``, ``global-exclude`` with
    patterns; ``recursive-include`` and ``recursive-exclude`` with a folder and
    patterns; ``graft`` and ``prune`` with one folder.
    """

    code = "PS2405"

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(
            f"MANIFEST.in:{line}: {text[:120]!r} {reason}",
            facts={"file": NAME, "line": line},
            hints=("write it like  recursive-include docs *.rst",),
        )
        self.line = line


@dataclass(frozen=True, slots=True)
class ManifestRule:
    """What one pattern of a directive says; ``line`` and ``text`` are the directive's.

    ``takes_in`` tells the four that include from the four that exclude.
    """

    takes_in: bool
    pattern: re.Pattern[str]
    line: int
    text: str

    @property
    def place(self) -> str:
        """Where it is written: ``MANIFEST.in:3``."""
        return f"{NAME}:{self.line}"


@dataclass(frozen=True, slots=True)
class ManifestTemplate:
    """The directives in their order; for each path the last that names it decides."""

    rules: tuple[ManifestRule, ...] = ()

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read ``MANIFEST.in``; raises ``InvalidManifestError``.

        Bytes that are not UTF-8 stand for themselves, as they do in file names.
        """
        text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        lines = _logical_lines(text)
        return cls(
            tuple(rule for number, line in lines for rule in _rules(line, number))
        )

    def decide(self, path: str) -> ManifestRule | None:
        """Return the rule that decides about ``path``; None if none names it.

        Names are compared in one Unicode form: a pattern that is typed composed
        matches the decomposed name that a Mac has stored (GHSA-h35f-9h28-mq5c).
        """
        wanted = normalize("NFC", path)
        matches = (r for r in reversed(self.rules) if r.pattern.fullmatch(wanted))
        return next(matches, None)

    def near_miss(self, path: str) -> ManifestRule | None:
        """Return a rule that would leave ``path`` out if case did not matter.

        On file systems without case its author has seen it work.
        """
        wanted = normalize("NFC", path)
        for rule in reversed(self.rules):
            loose = re.compile(rule.pattern.pattern, re.DOTALL | re.IGNORECASE)
            if not rule.takes_in and loose.fullmatch(wanted):
                return None if rule.pattern.fullmatch(wanted) else rule
        return None


def _rules(line: str, number: int) -> Iterator[ManifestRule]:
    directive, *words = line.split()
    if directive not in _DIRECTIVES:
        raise InvalidManifestError(number, line, "is no directive")
    takes_in, with_folder, make = _DIRECTIVES[directive]
    folder = _clean(words.pop(0)) if with_folder and words else ""
    if not words:
        raise InvalidManifestError(number, line, "names nothing")
    if directive in _ONE_FOLDER and len(words) > 1:
        raise InvalidManifestError(number, line, "names more than one folder")
    for word in words:
        # "recursive-include . x" begins at the root, which has no name.
        glob = make(folder, _clean(word)).removeprefix("/")
        yield ManifestRule(takes_in, glob_regex(normalize("NFC", glob)), number, line)


def _clean(word: str) -> str:
    """Return the path of a word, without ``./``, ``//`` and slashes at its ends."""
    cleaned = str(PurePosixPath(word.replace("\\", "/"))).strip("/")
    return "" if cleaned == "." else cleaned


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Yield non-empty lines with their number, as distutils joins and strips them.

    A line of comment alone does not end a continuation, an empty line does.
    """
    pending, first = "", 0
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        line = _without_comment(raw)
        if line is None:
            continue
        first = first if pending else number
        pending = (pending + line).strip()
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        if pending:
            yield first, pending
        pending = ""
    if pending.strip():
        yield first, pending.strip()


def _without_comment(raw: str) -> str | None:
    r"""Return a line up to its ``#``, None if that was all; ``\#`` is a plain one."""
    position = raw.find("#")
    if position > 0 and raw[position - 1] == "\\":
        return raw.replace("\\#", "#").lstrip()
    if position >= 0:
        return raw[:position].lstrip() or None
    return raw.lstrip()
