"""``pysetup bdist_msi`` and ``bdist_wininst``: what is refused, and what is told."""

import json
from pathlib import Path
from typing import Any

import pytest

HELLO = "[console_scripts]\nhello = demo:main\n"


@pytest.mark.parametrize("format_", ["msi", "wininst"])
@pytest.mark.parametrize(
    "tag",
    ["cp313-cp313-manylinux_2_17_x86_64", "cp312-cp312-win_amd64", "cp313-cp313-win32"],
)
def test_a_wheel_for_another_machine_is_refused(
    pysetup: Any, make_wheel: Any, tmp_path: Path, format_: str, tag: str
) -> None:
    wheel = make_wheel(tag=tag)
    out = tmp_path / "out"
    ran = pysetup(
        f"bdist_{format_}", "--outdir", out, "--target", "windows-3.13", wheel
    )
    assert ran.code == 2, ran.err
    assert "does not run on windows-3.13" in ran.err
    assert not out.exists() or not list(out.iterdir())


def test_names_that_windows_cannot_have_are_refused(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    names = ("__init__.py", "aux.py", "A", "a")
    wheel = make_wheel(files={f"demo/{name}": "" for name in names})
    out = tmp_path / "out"
    ran = pysetup("bdist_msi", "--outdir", out, "--json", wheel)
    assert ran.code == 2
    (error,) = json.loads(ran.out)["errors"]
    assert error["code"] == "PS2777"
    assert "and 1 more" in error["message"]
    assert "aux.py" in json.dumps(error)
    assert not out.exists() or not list(out.iterdir())


def test_a_missing_makensis_is_named(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    programs = tmp_path / "empty"
    programs.mkdir()
    ran = pysetup("bdist_wininst", make_wheel(), env={"PATH": str(programs)})
    assert ran.code == 7
    assert "makensis" in ran.err
    assert "apt install nsis" in ran.err


def test_an_option_that_is_none_is_refused(pysetup: Any, make_wheel: Any) -> None:
    ran = pysetup("bdist_msi", "-O", "scope=everybody", make_wheel())
    assert ran.code == 2
    assert "user, machine" in ran.err


def test_what_was_made_is_told(pysetup: Any, make_wheel: Any, tmp_path: Path) -> None:
    wheel = make_wheel(version="1.0rc1", entry_points=HELLO)
    out = tmp_path / "out"
    ran = pysetup("bdist_msi", "--outdir", out, "--json", "-O", "launchers=cmd", wheel)
    assert ran.code == 0, ran.err
    (file,) = json.loads(ran.out)["result"]["files"]
    assert file["contents"]["version"] == "1.0.0"
    assert "Scripts/hello.cmd" in {one["path"] for one in file["contents"]["files"]}
    ran = pysetup("bdist_msi", "--outdir", out, wheel)
    assert "Windows sees version 1.0rc1 as 1.0.0" in ran.err
