"""Explain an error code, or an archive.

Of an error code: what it means, why it happens, what to do. Of a wheel or an sdist: the
chain of its document, from what stands beside it; no index is asked. ``pysetup trace``
follows it further.
"""

import argparse
import inspect
import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module

import pysetup
from pysetup.cli.chains import chain_outcome
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.errors import CATEGORIES, AnswerError, PysetupError
from pysetup.values import replace
from pysetup.workflows.building.how import Building, no_isolation
from pysetup.workflows.context import Context
from pysetup.workflows.trace import trace


class UnknownCodeError(AnswerError):
    """There is no error with that code.

    Codes look like ``PS3001``; ``pysetup explain`` without a code lists them all.
    """

    code = "PS1600"

    def __init__(self, code: str, near: list[str]) -> None:
        super().__init__(
            f"no error has the code {code!r}",
            hints=(
                f"did you mean  pysetup explain {near[0]} ?"
                if near
                else "pysetup explain  lists all codes",
            ),
        )


def options(parser: Parser) -> None:
    """Add the options of ``explain``."""
    parser.add_argument(
        "subject",
        nargs="?",
        metavar="CODE|FILE",
        help="for example PS3001, or a wheel; without one, all codes are listed",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Explain one code or one archive, or list all codes."""
    subject = arguments.subject
    if subject and context.path(subject).is_file():
        return _archive(subject, context)
    errors = catalogue()
    if not subject:
        rows = {code: _summary(error) for code, error in errors.items()}
        text = "".join(f"{code}  {summary}\n" for code, summary in rows.items())
        return Outcome(dict(rows), text)
    code = subject.upper()
    if code not in errors:
        raise UnknownCodeError(subject, get_close_matches(code, errors, n=1))
    page = explanation(errors[code])
    exit_code = int(code[2]) or 70
    text = f"{code}  (exit {exit_code}, {CATEGORIES[exit_code]})\n\n{page}\n"
    result = {"code": code, "exit_code": exit_code, "text": page}
    return Outcome(dict(result), text)


def _archive(file: str, context: Context) -> Outcome:
    here = replace(context.settings, no_index=True, find_links=())
    chain = trace(
        file,
        context=replace(context, settings=here),
        building=Building(isolate=no_isolation),
        environment=None,
    )
    return chain_outcome(chain)


def catalogue() -> dict[str, type[PysetupError]]:
    """Return every error type by its code; loads all rooms, so that none is missing."""
    for module in pkgutil.walk_packages(pysetup.__path__, "pysetup."):
        # A child script runs in another interpreter and is not meant to be imported.
        if not module.name.endswith((".__main__", ".child")):
            import_module(module.name)
    return {error.code: error for error in sorted(_subclasses(), key=lambda e: e.code)}


def _subclasses() -> Iterator[type[PysetupError]]:
    pending: list[type[PysetupError]] = [PysetupError]
    while pending:
        error = pending.pop()
        yield error
        pending.extend(error.__subclasses__())


def explanation(error: type[PysetupError]) -> str:
    """Return the page of one error type: its docstring."""
    return inspect.cleandoc(error.__doc__ or "")


def _summary(error: type[PysetupError]) -> str:
    return explanation(error).splitlines()[0]
