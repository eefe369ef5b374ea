"""What cannot be said, or cannot be at all, is told before a package is written."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("format_", "requirement", "note"),
    [
        ("deb", "zz-needed>2,<1", "no version can satisfy zz-needed>2,<1"),
        (
            "pacman",
            "zz-needed>=1,!=1.5.*",
            "pacman lets in for zz-needed>=1,!=1.5.*: versions from 1.5 up to 1.6",
        ),
    ],
)
def test_a_note_tells_it(
    pysetup: Any,
    make_wheel: Any,
    tmp_path: Path,
    format_: str,
    requirement: str,
    note: str,
) -> None:
    wheel = make_wheel("zz-row", "1.2", metadata=f"Requires-Dist: {requirement}\n")
    mapped = tmp_path / "map.json"
    mapped.write_text('{"zz-needed": ["zz-needed-package"]}')
    ran = pysetup(
        *("--json", f"bdist_{format_}", wheel, "--map-deps", mapped, "--dry-run")
    )
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    assert note in plan["notes"]
