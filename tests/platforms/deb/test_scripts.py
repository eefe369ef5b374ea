"""Maintainer scripts run as dpkg runs them, where Python's tools are, and are not."""

import os
import subprocess
from pathlib import Path

import pytest

from pysetup.platforms.deb.control import ControlFieldError
from pysetup.platforms.deb.scripts import PUBLIC_SITE, maintainer_scripts
from pysetup.platforms.plan import MODULE, UNIT, PackageFile

MODULES = (PackageFile(f"{PUBLIC_SITE}/demo/a b.py", MODULE),)


def run(script: str, word: str, folder: Path, **tools: str) -> str:
    """Run a script with nothing on its PATH but coreutils and ``tools``."""
    found = folder / "bin"
    found.mkdir(exist_ok=True)
    for name, body in tools.items():
        (found / name).write_text(f"#!/bin/sh\n{body}\n")
        (found / name).chmod(0o755)
    for name in ("rm", "rmdir", "cat"):
        if not (found / name).exists():
            (found / name).symlink_to(f"/bin/{name}")
    done = subprocess.run(
        ["/bin/sh", "-c", script, "script", word],
        env={"PATH": str(found)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_bytecode_is_made_when_python_is_there(tmp_path: Path) -> None:
    script = maintainer_scripts("demo", MODULES, site=PUBLIC_SITE)["postinst"]
    assert run(script, "configure", tmp_path, py3compile='echo "$@"') == "-p demo\n"
    assert run(script, "abort-upgrade", tmp_path) == ""


def test_no_fault_of_bytecode_stops_dpkg(tmp_path: Path) -> None:
    script = maintainer_scripts("demo", MODULES, site=PUBLIC_SITE)["postinst"]
    assert "no bytecode" in run(script, "configure", tmp_path, py3compile="exit 1")


def test_without_python_nothing_happens(tmp_path: Path) -> None:
    script = maintainer_scripts("demo", MODULES, site=PUBLIC_SITE)["postinst"]
    assert run(script, "configure", tmp_path) == ""


@pytest.mark.parametrize("tool", [{}, {"py3clean": "exit 1"}, {"py3clean": "exit 0"}])
def test_bytecode_goes_with_or_without_python(
    tool: dict[str, str], tmp_path: Path
) -> None:
    script = maintainer_scripts("demo", MODULES, site=PUBLIC_SITE)["prerm"]
    cache = tmp_path / "demo" / "__pycache__"
    cache.mkdir(parents=True)
    for name in ("a b.cpython-311.pyc", "a b.cpython-311.opt-1.pyc"):
        (cache / name).touch()
    listed = f"printf '%s\\n' '{tmp_path}/demo' '{tmp_path}/demo/a b.py'"
    run(script, "remove", tmp_path, dpkg=listed, **tool)
    assert not cache.exists()


def test_bytecode_of_others_stays(tmp_path: Path) -> None:
    script = maintainer_scripts("demo", MODULES, site=PUBLIC_SITE)["prerm"]
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    (cache / "other.cpython-311.pyc").touch()
    run(script, "remove", tmp_path, dpkg=f"echo '{tmp_path}/a.py'")
    assert os.listdir(cache) == ["other.cpython-311.pyc"]


def test_units_make_systemd_look_again() -> None:
    units = (PackageFile("usr/lib/systemd/system/demo.service", UNIT),)
    scripts = maintainer_scripts("demo", units, site=PUBLIC_SITE)
    assert sorted(scripts) == ["postinst", "postrm"]
    assert all("daemon-reload" in text for text in scripts.values())


def test_data_alone_needs_no_script() -> None:
    assert maintainer_scripts("demo", (), site=PUBLIC_SITE) == {}


def test_modules_of_another_python_are_not_compiled() -> None:
    scripts = maintainer_scripts("demo", MODULES, site="opt/demo/lib")
    assert sorted(scripts) == ["prerm"]


def test_a_name_that_a_shell_would_read_is_refused() -> None:
    with pytest.raises(ControlFieldError):
        maintainer_scripts("demo; reboot", MODULES, site=PUBLIC_SITE)
