"""Requires-Python, checked against the interpreter that builds."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pysetup.metadata.document import Metadata
from pysetup.workflows.building.project import Building
from pysetup.workflows.building.python_check import WrongPythonError, check_python
from pysetup.workflows.context import Context


def check(wanted: str, version: str, context: Context, building: Building) -> None:
    metadata = Metadata.from_dict(
        {
            "metadata_version": "2.4",
            "name": "demo",
            "version": "1.0",
            "requires_python": wanted or None,
        }
    )
    building = replace(building, python_version=lambda: version)
    check_python(metadata, context=context, building=building)


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("", "3.11.2"),
        (">=3.8", "3.11.2"),
        (">=3.9,<4", "3.15.0rc1+local"),
    ],
)
def test_a_python_that_fits(
    wanted: str, version: str, context: Context, building: Building
) -> None:
    check(wanted, version, context, building)


def test_a_python_that_does_not_fit_and_those_that_would(
    context: Context, building: Building, tmp_path: Path
) -> None:
    for name in ("python3.13", "python3.12", "python3.10"):
        (tmp_path / name).symlink_to(sys.executable)
    context = replace(context, environ={"PATH": str(tmp_path)})
    with pytest.raises(WrongPythonError) as caught:
        check(">=3.12", "3.11.2", context, building)
    assert caught.value.others == ("3.13", "3.12")
    assert caught.value.exit_code == 7
    assert "--python 3.13" in caught.value.hints[0]
    with pytest.raises(WrongPythonError) as caught:
        check("<3", "3.11.2", context, building)
    assert "install such a Python" in caught.value.hints[0]
