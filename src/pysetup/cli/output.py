"""What commands print: text for people, one JSON envelope for programs."""

import json
from collections.abc import Mapping, Sequence

from pysetup import __version__
from pysetup.errors import CATEGORIES, PysetupError
from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field
from pysetup.workflows.events import PlannedChanges

SCHEMA = "pysetup-output/1"

# C0 and C1 controls (but newline and tab) and the bidirectional controls: a package
# name or an index page must not drive the terminal.
_CONTROLS = late_pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# A name in a hostile archive, or one line of a file that is all in one line.
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command has to say: a JSON result, its text form, and an exit code.

    ``errors`` are faults that were found and told without ending the command.
    ``content`` is a file, printed as it is in place of ``text``; a terminal gets it
    with its control characters made visible. ``changes`` are those that ``text``
    tells, if it tells nothing else; ``lead`` stands before it and is always printed.
    """

    result: JSON
    text: str = ""
    exit_code: int = 0
    warnings: tuple[Mapping[str, JSON], ...] = ()
    environment: Mapping[str, JSON] | None = None
    errors: tuple[PysetupError, ...] = field(default=())
    content: bytes | None = None
    changes: PlannedChanges | None = None
    lead: str = ""


def printable(text: str) -> str:
    """Return ``text`` with control characters made visible."""
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return ``rows`` as aligned columns, one line each."""
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def json_form(words: Sequence[str]) -> str:
    """Return what ``--json`` asks for: ``envelope``, ``lines``, or nothing."""
    form = ""
    for word in words:
        if word == "--":
            break
        if word == "--json" or word.startswith("--json="):
            form = "lines" if word == "--json=lines" else "envelope"
    return form


def envelope(
    command: Sequence[str],
    outcome: Outcome,
    *,
    started: str,
    elapsed_ms: int,
    form: str = "envelope",
) -> str:
    """Return the JSON object that a command prints at its end.

    With ``--json`` it is the only one; as ``lines`` it is the last line of several.
    """
    return _formed(
        {
            "schema": SCHEMA,
            "command": list(command),
            "pysetup": __version__,
            "ok": outcome.exit_code == 0,
            "exit_code": outcome.exit_code,
            "started": started,
            "elapsed_ms": elapsed_ms,
            "environment": outcome.environment,
            "result": outcome.result,
            "warnings": list(outcome.warnings),
            "errors": [error_object(error) for error in outcome.errors],
        },
        form,
    )


def _formed(value: dict[str, JSON], form: str) -> str:
    if form != "lines":
        return _dump(value)
    warnings = value["warnings"]
    assert isinstance(warnings, list), "an envelope has a list of warnings"
    lines = [json_line({"event": "warning", **_object(one)}) for one in warnings]
    return "".join([*lines, json_line({"event": "end", **value})])


def _object(value: JSON) -> dict[str, JSON]:
    assert isinstance(value, Mapping), "a warning is an object"
    return dict(value)


def bug_envelope(
    command: Sequence[str], *, reason: str, traceback_file: str, form: str
) -> str:
    """Return the envelope of a failure that is our own fault."""
    return _formed(
        {
            "schema": SCHEMA,
            "command": list(command),
            "pysetup": __version__,
            "ok": False,
            "exit_code": 70,
            "result": None,
            "warnings": [],
            "errors": [
                {
                    "code": "PS0000",
                    "class": CATEGORIES[70],
                    "message": reason,
                    "retryable": False,
                    "causes": [{"kind": "log", "value": traceback_file}],
                    "hints": [],
                    "help": "pysetup explain PS0000",
                }
            ],
        },
        form,
    )


def json_line(value: JSON) -> str:
    """Return ``value`` as one line of JSON, in ASCII so that nothing splits it."""
    return json.dumps(value, default=_plain) + "\n"


def _dump(value: JSON) -> str:
    return _text(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _text(text: str) -> str:
    # Lone surrogates stand for file names that are not UTF-8; JSON cannot hold them.
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def error_object(error: PysetupError) -> dict[str, JSON]:
    """Return one error as the envelope tells it."""
    return {
        "code": error.code,
        "class": error.category,
        "message": error.message,
        "retryable": error.retryable,
        "causes": [
            *(_jsonable(cause) for cause in error.causes),
            *(
                {"kind": kind, "value": _jsonable(value)}
                for kind, value in error.facts.items()
            ),
        ],
        "hints": [{"message": hint} for hint in error.hints],
        "help": f"pysetup explain {error.code}",
    }


def _jsonable(value: object) -> JSON:
    result: JSON = json.loads(json.dumps(value, default=_plain))
    return result


def error_text(error: PysetupError, *, exit_code: int | None = None) -> str:
    """Return one error as people read it: what, facts, next steps, exit code.

    ``exit_code`` is that of the command, where it is not the error's own.
    """
    lines = [f"error[{error.code}]: {error.message}"]
    facts = {
        key: value
        for key, value in error.facts.items()
        if value not in (None, "", [], {}) and not _said(value, error.message)
    }
    width = max((len(key) for key in facts), default=0)
    for key, value in facts.items():
        for index, line in enumerate(_lines(value)):
            lines.append(f"  {key if index == 0 else '':<{width}}  {line}")
    lines += [f"  help: {hint}" for hint in error.hints]
    lines = [_shortened(line) for line in lines]
    code = error.exit_code if exit_code is None else exit_code
    more = f"  more: pysetup explain {error.code}"
    lines.append(f"{more:<66} [exit {code}]")
    return printable("\n".join(lines)) + "\n"


def _shortened(line: str) -> str:
    """Return ``line`` as long as people read: the JSON form has all of it."""
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."


def _said(value: object, message: str) -> bool:
    return isinstance(value, str) and "\n" not in value and value in message


def _lines(value: object) -> list[str]:
    if isinstance(value, str):
        return value.splitlines() or [""]
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value]
    if isinstance(value, Mapping):
        return [f"{key}: {item}" for key, item in value.items()]
    return [str(value)]
