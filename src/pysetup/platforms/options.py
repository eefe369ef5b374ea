"""The options of a format: from the document, over it from the command line."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.metadata.pointers import pointer_of
from pysetup.metadata.problems import Problem
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.names.mapping import EXTENSION
from pysetup.platforms.stated import entries_for
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON

_WORDS = {"true": True, "yes": True, "on": True, "1": True}
_WORDS |= {"false": False, "no": False, "off": False, "0": False}


class InvalidFormatOptionError(UsageError):
    """An option of a package format does not exist, or cannot have that value.

    It was given on the command line, as ``--option NAME=VALUE``.
    ``pysetup bdist_FORMAT --help`` tells which there are.
    """

    code = "PS2943"

    def __init__(self, format_: str, given: str, fault: Problem) -> None:
        super().__init__(
            f"--option {given[:200]}: it {fault.message}",
            facts={"format": format_, "where": f"--option {given[:200]}"},
            hints=(fault.hint,),
        )


def given_options(
    format_: str,
    known: Mapping[str, FormatOption],
    given: Iterable[tuple[str, str]],
) -> dict[str, JSON]:
    """Return the values of the options that stand on the command line.

    Raises ``InvalidFormatOptionError``.
    """
    found: dict[str, JSON] = {}
    for name, text in given:
        option = known.get(name)
        value = text if option is None else _read(option, text)
        fault = _fault(format_, known, name, value)
        if fault is not None:
            raise InvalidFormatOptionError(format_, f"{name}={text}", fault)
        found[name] = value
    return found


def chosen_options(
    format_: str,
    known: Mapping[str, FormatOption],
    document: Metadata,
    target: PlatformTarget,
    *,
    given: Iterable[tuple[str, str]] = (),
) -> dict[str, JSON]:
    """Return the value of every option: default, document, target, command line.

    The document has no ``option_problems``. Raises as ``given_options``.
    """
    chosen: dict[str, JSON] = {name: option.default for name, option in known.items()}
    chosen |= {name: value for _, name, value in _stated(format_, document, target)}
    return chosen | given_options(format_, known, given)


def option_problems(
    format_: str,
    known: Mapping[str, FormatOption],
    document: Metadata,
    target: PlatformTarget,
) -> Iterator[Problem]:
    """Yield what is wrong with the options that ``document`` states for ``target``."""
    for pointer, name, value in _stated(format_, document, target):
        fault = _fault(format_, known, name, value)
        if fault is not None:
            yield Problem(pointer, fault.rule, fault.message, fault.hint)


def _stated(
    format_: str, document: Metadata, target: PlatformTarget
) -> Iterator[tuple[str, str, JSON]]:
    """Yield the options in a document: where (JSON pointer), name, value."""
    command = document.section("commands").get(f"bdist_{format_}")
    tables: list[tuple[tuple[str, ...], object]] = [
        (("extensions", EXTENSION, "targets", key), entry)
        for key, entry in entries_for(document, target)
    ]
    for place, table in ((("commands", f"bdist_{format_}"), command), *tables):
        options = table.get("options") if isinstance(table, Mapping) else None
        if isinstance(options, Mapping):
            for name, value in options.items():
                yield pointer_of((*place, "options", name)), name, value


def _fault(
    format_: str, known: Mapping[str, FormatOption], name: str, value: JSON
) -> Problem | None:
    """Return what is wrong with a value, without its place; None if nothing is."""
    option = known.get(name)
    if option is None:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean  {near[0]} ?" if near else _all_of(known)
        return Problem("", "option", f"is no option of bdist_{format_}", hint)
    kind = _kind(option.default)
    if _kind(value) != kind:
        return Problem("", "option", f"must be {kind}", option.summary)
    if option.choices and value not in option.choices:
        message = f"cannot be {str(value)[:60]!r}"
        return Problem(
            "", "option", message, f"choose one of {', '.join(option.choices)}"
        )
    return None


def _all_of(known: Mapping[str, FormatOption]) -> str:
    return f"its options: {', '.join(sorted(known))}" if known else "it has no options"


def _read(option: FormatOption, text: str) -> JSON:
    if isinstance(option.default, bool):
        return _WORDS.get(text.strip().lower(), text)
    if isinstance(option.default, int) and text.strip().lstrip("-").isdecimal():
        return int(text)
    if isinstance(option.default, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _kind(value: JSON) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else "none of these"
