"""The options of a format: from the document, over it from the command line."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.names.mapping import target_keys
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON

_WORDS = {"true": True, "yes": True, "on": True, "1": True}
_WORDS |= {"false": False, "no": False, "off": False, "0": False}


class InvalidFormatOptionError(UsageError):
    """An option of a package format does not exist, or cannot have that value.

    Options stand in the document (``commands``, and ``pysetup.platform`` by target)
    and on the command line (``--option NAME=VALUE``), which comes first.
    ``pysetup bdist_FORMAT --help`` tells which there are.
    """

    code = "PS2943"

    def __init__(self, format_: str, where: str, reason: str, known: str) -> None:
        super().__init__(
            f"bdist_{format_}: {where}: {reason}",
            facts={"format": format_, "where": where},
            hints=(known,),
        )


def chosen_options(
    format_: str,
    known: Mapping[str, FormatOption],
    document: Metadata,
    target: PlatformTarget,
    *,
    given: Iterable[tuple[str, str]] = (),
) -> dict[str, JSON]:
    """Return the value of every option: default, document, target, command line.

    ``given`` are names and texts of the command line. Raises
    ``InvalidFormatOptionError``.
    """
    chosen: dict[str, JSON] = {name: option.default for name, option in known.items()}
    for where, values in _stated(format_, document, target):
        for name, value in values.items():
            option = _option(format_, known, name, where)
            chosen[name] = _checked(format_, f"{where}/{name}", option, value)
    for name, text in given:
        where = f"--option {name}={text}"
        option = _option(format_, known, name, where)
        chosen[name] = _read(format_, where, option, text)
    return chosen


def _stated(
    format_: str, document: Metadata, target: PlatformTarget
) -> Iterable[tuple[str, Mapping[str, JSON]]]:
    command = document.section("commands").get(f"bdist_{format_}")
    if isinstance(command, Mapping) and isinstance(
        options := command.get("options"), Mapping
    ):
        yield f"/commands/bdist_{format_}/options", options
    targets = document.extension("pysetup.platform").get("targets")
    for key in reversed(target_keys(target)) if isinstance(targets, Mapping) else ():
        entry = targets.get(key) if isinstance(targets, Mapping) else None
        options = entry.get("options") if isinstance(entry, Mapping) else None
        if isinstance(options, Mapping):
            yield f"/extensions/pysetup.platform/targets/{key}/options", options


def _option(
    format_: str, known: Mapping[str, FormatOption], name: str, where: str
) -> FormatOption:
    option = known.get(name)
    if option is None:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean  {near[0]} ?" if near else _all_of(known)
        raise InvalidFormatOptionError(
            format_, where, f"there is no option {name[:60]!r}", hint
        )
    return option


def _all_of(known: Mapping[str, FormatOption]) -> str:
    return f"its options: {', '.join(sorted(known))}" if known else "it has no options"


def _read(format_: str, where: str, option: FormatOption, text: str) -> JSON:
    value: JSON = text
    if isinstance(option.default, bool):
        value = _WORDS.get(text.strip().lower(), text)
    elif isinstance(option.default, int) and text.strip().lstrip("-").isdecimal():
        value = int(text)
    elif isinstance(option.default, list):
        value = [part.strip() for part in text.split(",") if part.strip()]
    return _checked(format_, where, option, value)


def _checked(format_: str, where: str, option: FormatOption, value: JSON) -> JSON:
    kind = _kind(option.default)
    if _kind(value) != kind:
        raise InvalidFormatOptionError(
            format_, where, f"it must be {kind}", option.summary
        )
    if option.choices and value not in option.choices:
        choices = ", ".join(option.choices)
        raise InvalidFormatOptionError(
            format_, where, f"{str(value)[:60]!r} is none of its values", choices
        )
    return value


def _kind(value: JSON) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    return "a list" if isinstance(value, list) else "text"
