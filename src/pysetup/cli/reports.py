"""The report of what is installed, as pip writes it: the option, and its file."""

import argparse
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.result_file import ResultFile, result_file
from pysetup.interchange.environment import Environment
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.installing.install import Opened
from pysetup.workflows.resolving.resolve import Pin

STDOUT = "-"


def add_report_option(parser: Parser) -> None:
    """Add the option that asks for the report."""
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="write what is installed as pip's report does; - is stdout",
    )


class Report:
    """The report that ``--report`` asks for, if it does.

    It is written before anything is changed, and shown when all is done; ``stack``
    takes away what was not shown. Raises ``BadArgumentsError``, and as
    ``result_file``.
    """

    def __init__(
        self,
        command: str,
        arguments: argparse.Namespace,
        context: Context,
        stack: ExitStack,
    ) -> None:
        self.on_stdout = arguments.report == STDOUT
        if self.on_stdout and arguments.json:
            reason = "--json and --report - both want stdout"
            raise BadArgumentsError(command, reason)
        self.text = ""
        self._wanted = arguments.report is not None
        self._file: ResultFile | None = None
        if self._wanted and not self.on_stdout:
            path = context.path(arguments.report)
            self._file = stack.enter_context(result_file("--report", path))

    def write(self, wheels: Sequence[Opened], environment: Environment) -> None:
        """Write what ``wheels`` are."""
        if not self._wanted:
            return
        # Loaded here: few commands write a report.
        from pysetup.workflows.installing.pip_report import pip_report

        self._write(pip_report(wheels, environment))

    def write_pins(self, pins: Sequence[Pin], environment: Environment) -> None:
        """Write what ``pins`` are, whose files were not fetched."""
        if not self._wanted:
            return
        # Loaded here: few commands write a report.
        from pysetup.workflows.installing.pip_report import pip_report_of_pins

        self._write(pip_report_of_pins(pins, environment))

    def _write(self, report: Mapping[str, JSON]) -> None:
        self.text = json.dumps(report, indent=2) + "\n"
        if self._file is not None:
            self._file.write(self.text)

    def show(self) -> None:
        """Put the file in its place."""
        if self._file is not None:
            self._file.show()
