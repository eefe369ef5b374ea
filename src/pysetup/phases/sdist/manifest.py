"""``MANIFEST.in``: the eight directives that have chosen files since distutils."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from pysetup.errors import UsageError
from pysetup.standards.globs import glob_regex

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


class InvalidManifestError(UsageError):
    """A line of ``MANIFEST.in`` is none of the eight directives.

    They are ``include``, ``exclude``, ``global-include``, ``global-exclude`` with
    patterns; ``recursive-include`` and ``recursive-exclude`` with a folder and
    patterns; ``graft`` and ``prune`` with a folder.
    """

    code = "PS2405"

    def __init__(self, line: int, text: str, reason: str) -> None:
        super().__init__(
            f"MANIFEST.in:{line}: {text[:120]!r} {reason}",
            facts={"file": "MANIFEST.in", "line": line},
            hints=("write it like  recursive-include docs *.rst",),
        )
        self.line = line


@dataclass(frozen=True, slots=True)
class ManifestTemplate:
    """The directives in their order: whether each takes in, and what it matches."""

    rules: tuple[tuple[bool, re.Pattern[str]], ...]

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read ``MANIFEST.in``; raises ``InvalidManifestError``."""
        rules: list[tuple[bool, re.Pattern[str]]] = []
        for number, line in _logical_lines(content.decode("utf-8", "replace")):
            directive, *words = line.split()
            if directive not in _DIRECTIVES:
                raise InvalidManifestError(number, line, "is no directive")
            takes_in, with_folder, make = _DIRECTIVES[directive]
            folder = _clean(words.pop(0)) if with_folder and words else ""
            if not words:
                raise InvalidManifestError(number, line, "names nothing")
            rules += [
                # "recursive-include . x" begins at the root, which has no name.
                (takes_in, glob_regex(make(folder, _clean(word)).removeprefix("/")))
                for word in words
            ]
        return cls(tuple(rules))

    def __call__(self, paths: Iterable[str]) -> dict[str, bool]:
        """Return the paths that a directive names; the last one decides."""
        found: dict[str, bool] = {}
        for path in paths:
            for takes_in, pattern in reversed(self.rules):
                if pattern.fullmatch(path):
                    found[path] = takes_in
                    break
        return found


def _clean(word: str) -> str:
    cleaned = word.replace("\\", "/").strip("/")
    return "" if cleaned == "." else cleaned.removeprefix("./")


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Yield non-empty lines with their number, comments cut and ends joined."""
    pending, first = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        first = first or number
        pending += line.removesuffix("\\")
        if line.endswith("\\"):
            pending += " "
            continue
        if pending.strip():
            yield first, pending.strip()
        pending, first = "", 0
    if pending.strip():
        yield first, pending.strip()
