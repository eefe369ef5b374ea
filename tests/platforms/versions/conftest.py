"""The comparators of rpm, dpkg and pacman, as their own libraries have them."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

Pairs = Iterable[tuple[str, str]]
Compare = Callable[[str, Pairs], dict[tuple[str, str], int]]

HELPER = Path(__file__).with_name("comparators.py")
# Extension modules of the distribution load in the distribution's own Python alone.
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture
def compare() -> Compare:
    """Return the function that compares many pairs with the comparator of a kind."""

    def run(kind: str, pairs: Pairs) -> dict[tuple[str, str], int]:
        asked = sorted(set(pairs))
        done = subprocess.run(
            [SYSTEM_PYTHON, str(HELPER)],
            input=json.dumps({"kind": kind, "pairs": asked}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = f"no comparator of {kind}: {done.stderr[-300:]}"
            if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        return dict(zip(asked, json.loads(done.stdout), strict=True))

    return run
