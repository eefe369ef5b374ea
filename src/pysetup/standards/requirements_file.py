"""Requirements files: the lines that pip reads, as values with their place."""

import os
import re
import shlex
from collections.abc import Callable, Iterator

from pysetup.errors import UsageError
from pysetup.standards.hashes import Hash
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.values import dataclass, field

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_MAX_DEPTH = 20

# Options of pip's that may stand on a line of their own: with a value, and without.
_VALUED = {
    "-r": "requirement",
    "--requirement": "requirement",
    "-c": "constraint",
    "--constraint": "constraint",
    "-e": "editable",
    "--editable": "editable",
    "-i": "index_url",
    "--index-url": "index_url",
    "--pypi-url": "index_url",
    "--extra-index-url": "extra_index_urls",
    "-f": "find_links",
    "--find-links": "find_links",
    "--only-binary": "only_binary",
    "--no-binary": "no_binary",
    "--all-releases": "all_releases",
    "--only-final": "only_final",
    "--trusted-host": "trusted_hosts",
}
_FLAGS = {
    "--no-index": "no_index",
    "--pre": "pre",
    "--require-hashes": "require_hashes",
    "--prefer-binary": "prefer_binary",
}


class RequirementsFileError(UsageError):
    """A requirements file cannot be read, or a line of it is not understood.

    A line holds one requirement, a path, a URL, or an option such as ``-r FILE``,
    ``-c FILE``, ``-e PATH`` or ``--index-url URL``; ``#`` begins a comment.
    """

    code = "PS2111"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"{place}: {reason}",
            facts={"place": place},
            hints=("mend that line; pysetup reads the syntax of pip",),
        )


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One thing that a file asks for.

    ``text`` is a requirement, a path or a URL; ``place`` is ``file:line``; ``base``
    is the folder that relative paths start from; ``constraint`` says that it only
    limits versions; ``hashes`` are the digests that are allowed.
    """

    text: str
    place: str
    base: str
    constraint: bool = False
    editable: bool = False
    hashes: tuple[Hash, ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """All lines of a file and of those it includes, and the options it sets."""

    lines: tuple[RequirementLine, ...]
    options: dict[str, object] = field(default_factory=dict)


def parse_requirements_file(
    path: str,
    *,
    read: Callable[[str], str],
    variables: dict[str, str],
    constraint: bool = False,
) -> RequirementsFile:
    """Read ``path`` and what it includes.

    ``read`` returns the text of a file or URL and raises ``OSError``;
    ``variables`` fill ``${NAME}``. Raises ``RequirementsFileError``.
    """
    options: dict[str, object] = {}
    reader = _Reader(read, variables, options)
    lines = tuple(reader.lines(path, constraint=constraint, trail=()))
    return RequirementsFile(lines, options)


@dataclass(frozen=True, slots=True)
class _Reader:
    read: Callable[[str], str]
    variables: dict[str, str]
    options: dict[str, object]

    def lines(
        self, path: str, *, constraint: bool, trail: tuple[str, ...]
    ) -> Iterator[RequirementLine]:
        if path in trail or len(trail) > _MAX_DEPTH:
            raise RequirementsFileError(path, "it includes itself")
        try:
            text = self.read(path)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            asked = f" (from {trail[-1]})" if trail else ""
            raise RequirementsFileError(
                path, f"it cannot be read: {reason}{asked}"
            ) from None
        base = "" if "://" in path else os.path.dirname(path)
        for number, line in logical_lines(text):
            place = f"{path}:{number}"
            filled = _VARIABLE.sub(
                lambda match: self.variables.get(match[1], match[0]), line
            )
            yield from self._line(
                filled,
                place=place,
                base=base,
                constraint=constraint,
                trail=(*trail, path),
            )

    def _line(
        self,
        line: str,
        *,
        place: str,
        base: str,
        constraint: bool,
        trail: tuple[str, ...],
    ) -> Iterator[RequirementLine]:
        if not line.startswith("-"):
            text, hashes = split_hashes(line, place=place)
            check_requirement_line(text, place=place)
            yield RequirementLine(text, place, base, constraint, hashes=hashes)
            return
        for option, value in _options(line, place=place):
            if option in ("requirement", "constraint"):
                inner = value if "://" in value else os.path.join(base, value)
                yield from self.lines(
                    inner,
                    constraint=constraint or option == "constraint",
                    trail=trail,
                )
            elif option == "editable":
                yield RequirementLine(value, place, base, constraint, editable=True)
            elif option in _FLAGS.values():
                self.options[option] = True
            elif option == "index_url":
                self.options[option] = value
            else:
                before = self.options.get(option, ())
                assert isinstance(before, tuple)
                self.options[option] = (*before, value)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, text): continued lines joined, comments removed."""
    joined, start = "", 0
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        start = start or number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            joined += raw[:-1] + " "
            continue
        line = _COMMENT.sub("", joined + raw).strip()
        if line:
            yield start, line
        joined, start = "", 0
    line = _COMMENT.sub("", joined).strip()
    if line:
        yield start, line


def split_hashes(line: str, *, place: str) -> tuple[str, tuple[Hash, ...]]:
    """Return what a line asks for, and the digests that it allows.

    Raises ``RequirementsFileError`` or ``UnknownHashAlgorithmError``.
    """
    text, *rest = re.split(r"\s+--", line)
    hashes = []
    for part in rest:
        option, _, value = part.replace("=", " ", 1).partition(" ")
        if option == "hash":
            hashes.append(Hash.parse(value.strip()))
        elif option not in ("config-settings", "config-setting", "global-option"):
            raise RequirementsFileError(place, f"--{option} cannot stand here")
    return text.strip(), tuple(hashes)


def check_requirement_line(text: str, *, place: str) -> None:
    """Refuse a line that is neither a path nor a URL nor a requirement.

    Raises ``RequirementsFileError``.
    """
    looks_local = text.startswith((".", "/", "~")) or "://" in text.split("@", 1)[0]
    if looks_local or text.endswith((".whl", ".tar.gz", ".zip")) or "/" in text:
        return
    try:
        parse_requirement(text)
    except InvalidRequirementError as error:
        raise RequirementsFileError(place, error.message) from None


def _options(line: str, *, place: str) -> Iterator[tuple[str, str]]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise RequirementsFileError(place, str(error)) from None
    while words:
        word = words.pop(0)
        name, sep, value = word.partition("=")
        if name in _FLAGS and not sep:
            yield _FLAGS[name], ""
        elif name in _VALUED and (sep or words):
            yield _VALUED[name], value if sep else words.pop(0)
        elif word[:2] in _VALUED and len(word) > 2 and word[1] != "-":  # noqa: PLR2004 - "-rFILE"
            yield _VALUED[word[:2]], word[2:]
        else:
            raise RequirementsFileError(place, f"{word!r} is not understood")
