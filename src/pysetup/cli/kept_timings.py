"""The file that ``--timings`` asks for: proved writable first, written at the end."""

import json
from collections.abc import Callable
from pathlib import Path

from pysetup.cli.output import Outcome
from pysetup.cli.result_file import UnwritableFileError, result_file
from pysetup.cli.timings import Account
from pysetup.errors import PysetupError


def with_timings(
    path: Path,
    act: Callable[[], Outcome],
    account: Callable[[int], Account],
    tell: Callable[[str], None],
) -> Outcome:
    """Return what ``act`` does; write ``path`` then, also after an error of ours.

    ``account`` gives what to write for an exit code. Raises as ``result_file`` before
    anything is done, and as ``act``; that ``path`` cannot be written afterwards is
    only told.
    """
    with result_file("--timings", path) as file:

        def keep(code: int) -> None:
            try:
                file.write(timings_text(account(code), path))
                file.show()
            except UnwritableFileError as error:
                tell(error.message)

        try:
            outcome = act()
        except PysetupError as error:
            keep(error.exit_code)
            raise
        keep(outcome.exit_code)
        return outcome


def timings_text(account: Account, path: Path) -> str:
    """Return the file of timings: JSON if its name ends so, else a page."""
    if path.suffix.lower() == ".json":
        return json.dumps(account.to_json(), indent=2) + "\n"
    # Loaded here: only who wants a page pays for it.
    from pysetup.cli.timings_page import timings_page

    return timings_page(account)
