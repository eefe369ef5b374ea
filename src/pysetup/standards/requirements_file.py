"""Requirements files: the lines that pip reads, as values with their place."""

import codecs
import os
import re
import shlex
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.standards.hashes import Hash
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.values import dataclass, field

_COMMENT = late_pattern(r"(^|\s+)#.*$")
_VARIABLE = late_pattern(r"\$\{([A-Z0-9_]+)\}")
_MAX_DEPTH = 20
# In this order: the mark of UTF-16 is where that of UTF-32 begins.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = late_pattern(rb"coding[:=]\s*([-\w.]+)")

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
    "--use-feature": "features",
    "-C": "config_settings",
    "--config-setting": "config_settings",
    "--config-settings": "config_settings",
}
# What pip has under these names is always so here.
_FEATURES = ("fast-deps", "truststore", "build-constraint", "inprocess-build-deps")
_FLAGS = {
    "--no-index": "no_index",
    "--pre": "pre",
    "--require-hashes": "require_hashes",
    "--no-require-hashes": "no_require_hashes",
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
    limits versions; ``hashes`` are the digests that are allowed, ``config_settings``
    what its back end is given (key, value).
    """

    text: str
    place: str
    base: str
    constraint: bool = False
    editable: bool = False
    hashes: tuple[Hash, ...] = ()
    config_settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """All lines of a file and of those it includes, and the options it sets."""

    lines: tuple[RequirementLine, ...]
    options: dict[str, object] = field(default_factory=dict)


def decode_requirements(content: bytes) -> str:
    """Return the text of a requirements file: by its mark, its coding line, or UTF-8.

    A comment in the first two lines may name the encoding, as PEP 263 has it. Raises
    ``UnicodeDecodeError``, and ``LookupError`` for an encoding that nobody knows.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    for line in content.split(b"\n")[:2]:
        match = _CODING.search(line) if line.startswith(b"#") else None
        if match:
            return content.decode(match[1].decode("ascii"))
    return content.decode("utf-8")


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
        except (OSError, UnicodeDecodeError, LookupError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            asked = f" (from {trail[-1]})" if trail else ""
            raise RequirementsFileError(
                path, f"it cannot be read: {reason}{asked}"
            ) from None
        # Of a URL what it includes is joined to the whole of it.
        base = path if "://" in path else os.path.dirname(path)
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
            text, hashes, settings = split_options(line, place=place)
            check_requirement_line(text, place=place)
            yield RequirementLine(
                text, place, base, constraint, hashes=hashes, config_settings=settings
            )
            return
        found = list(_options(line, place=place))
        settings = tuple(
            _setting(value, place=place)
            for option, value in found
            if option == "config_settings"
        )
        editables = [value for option, value in found if option == "editable"]
        if settings and not editables:
            raise RequirementsFileError(
                place, "--config-settings stands behind a requirement"
            )
        for option, value in found:
            if option in ("requirement", "constraint"):
                yield from self.lines(
                    _inner(value, base),
                    constraint=constraint or option == "constraint",
                    trail=trail,
                )
            elif option == "editable":
                yield RequirementLine(
                    value,
                    place,
                    base,
                    constraint,
                    editable=True,
                    config_settings=settings,
                )
            elif option != "config_settings":
                self._option(option, value, base=base, place=place)

    def _option(self, option: str, value: str, *, base: str, place: str) -> None:
        """Note an option that holds for all."""
        if option in _FLAGS.values():
            self.options[option] = True
            return
        if option == "index_url":
            self.options[option] = value
            return
        if option == "features":
            if value not in _FEATURES:
                raise RequirementsFileError(
                    place, f"--use-feature {value} is not known"
                )
            return
        values = [value]
        if option == "find_links":
            values = [self._found_place(value, base)]
        before = self.options.get(option, ())
        assert isinstance(before, tuple)
        self.options[option] = (*before, *values)

    def _found_place(self, value: str, base: str) -> str:
        """Return a place of links: in the folder of the file, if it is there."""
        if "://" in base:
            return urljoin(base, value)
        beside = os.path.join(base, value)
        return beside if "://" not in value and os.path.exists(beside) else value


def _inner(value: str, base: str) -> str:
    """Return the file that is included: a URL, or a path from the including one."""
    if "://" in value:
        return value
    return urljoin(base, value) if "://" in base else os.path.join(base, value)


def _setting(text: str, *, place: str) -> tuple[str, str]:
    key, sep, value = text.partition("=")
    if not sep or not key:
        raise RequirementsFileError(
            place, f"--config-settings {text!r} is not KEY=VALUE"
        )
    return key, value


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

    Raises as ``split_options``.
    """
    text, hashes, _ = split_options(line, place=place)
    return text, hashes


def split_options(
    line: str, *, place: str
) -> tuple[str, tuple[Hash, ...], tuple[tuple[str, str], ...]]:
    """Return what a line asks for, the digests it allows, and its config settings.

    Raises ``RequirementsFileError`` or ``UnknownHashAlgorithmError``.
    """
    text, *rest = re.split(r"\s+(?=--|-C\s*\S)", line)
    hashes: list[Hash] = []
    settings: list[tuple[str, str]] = []
    for part in rest:
        try:
            words = shlex.split(part)
        except ValueError as error:
            raise RequirementsFileError(place, str(error)) from None
        option, sep, value = words[0].partition("=")
        if option.startswith("-C") and len(option) > len("-C"):
            option, value = "-C", words[0].removeprefix("-C")
        elif not sep:
            value = "".join(words[1:2])
        if option == "--hash":
            hashes.append(Hash.parse(value.strip()))
        elif option in ("-C", "--config-settings", "--config-setting"):
            settings.append(_setting(value, place=place))
        else:
            raise RequirementsFileError(place, f"{option} cannot stand here")
    return text.strip(), tuple(hashes), tuple(settings)


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
