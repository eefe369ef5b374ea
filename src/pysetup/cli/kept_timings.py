"""The file that ``--timings`` asks for: proved writable first, written at the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pysetup.cli.result_file import UnwritableFileError, result_file
from pysetup.cli.timings import Account
from pysetup.errors import PysetupError


@contextmanager
def kept_timings(
    path: Path, account: Callable[[int], Account], tell: Callable[[str], None]
) -> Iterator[None]:
    """Write ``path`` when the block is over, also if it fails with an error of ours.

    ``account`` gives what to write for an exit code. Raises as ``result_file`` before
    the block is entered; afterwards what goes wrong is only told.
    """
    with result_file("--timings", path) as file:
        code = 0
        try:
            yield
        except PysetupError as error:
            code = error.exit_code
            raise
        finally:
            try:
                file.write(timings_text(account(code), path))
                file.show()
            except UnwritableFileError as error:
                tell(error.message)


def timings_text(account: Account, path: Path) -> str:
    """Return the file of timings: JSON if its name ends so, else a page."""
    if path.suffix.lower() == ".json":
        return json.dumps(account.to_json(), indent=2) + "\n"
    # Loaded here: only who wants a page pays for it.
    from pysetup.cli.timings_page import timings_page

    return timings_page(account)
