"""The script in source packages: it writes what the binary level writes."""

import zipfile
from pathlib import Path

import pytest

from pysetup.platforms.plan import SCRIPT, PackageFile
from pysetup.platforms.rpm.recipe_script import content
from pysetup.platforms.staging import content_of


@pytest.mark.parametrize("interpreter", ["/usr/bin/python3", "/usr/bin/env python3"])
@pytest.mark.parametrize(
    "line",
    [
        *("#!python", "#!pythonw -u", "#!python -E -s", "#!python3.12\r"),
        *("#!/usr/bin/env python", "#! /usr/bin/env python3.9 -u", "#!env python3"),
        *("#!/usr/bin/env -S python3 -u -E", "#!/tmp/build-env-1/bin/python"),
        *("#!/usr/bin/env python2", "#!/bin/sh -e", "#!pythonic", "no first line"),
        *("#!/caf\N{LATIN SMALL LETTER E WITH ACUTE}/python3", "#!"),
    ],
)
@pytest.mark.parametrize("rest", ["\nimport demo\n", ""])
def test_first_lines_are_those_of_the_binary_level(
    line: str, rest: str, interpreter: str, tmp_path: Path
) -> None:
    (tmp_path / "script").write_bytes(f"{line}{rest}".encode())
    staged = PackageFile("usr/bin/script", SCRIPT, 0o755, "script", "", interpreter)
    with zipfile.ZipFile(tmp_path / "wheel", "w") as wheel:
        wheel.write(tmp_path / "script", "script")
        told = {**staged.to_json(), "content": "", "packed": False}

        assert content(told, wheel) == content_of(staged, tmp_path)
