"""A packaged project can ask for its own files, and pip still removes none of them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ASK = """
import sys
from importlib.metadata import distribution
found = distribution("zz-own").files
assert all(each.locate().exists() for each in found), found
print(sorted(str(each) for each in found if "dist-info" not in str(each)))
"""


@pytest.fixture
def wheel(make_wheel: Any) -> Path:
    made: Path = make_wheel(
        "zz-own",
        "1.0",
        files={
            "zz_own/__init__.py": "def main(): pass\n",
            "zz_own/data/tool.bin": "x",
            # Another project that is carried along, with an entry of its own.
            "aa_vendor/_vendor/it-1.dist-info/INSTALLER": "pip\n",
        },
        entry_points="[console_scripts]\nzz-own = zz_own:main\n",
    )
    return made


def test_files_are_known_where_a_package_is_installed(
    pysetup: Any, wheel: Path, tmp_path: Path
) -> None:
    words = ("--target", "debian-12", "-o", tmp_path, "-O", "relative=false")
    ran = pysetup("bdist_dumb", wheel, *words)
    assert ran.code == 0, ran.err
    (archive,) = tmp_path.glob("zz_own*.tar.gz")
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", root], check=True)
    site = root / "usr/lib/python3/dist-packages"
    told = subprocess.run(
        [sys.executable, "-S", "-c", ASK],
        env={"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert told.strip() == str(
        [
            "../../../bin/zz-own",
            "zz_own/__init__.py",
            "zz_own/data/tool.bin",
        ]
    )
    assert not list(site.glob("zz_own-1.0.dist-info/RECORD"))


@pytest.mark.parametrize("format_", ["deb", "rpm", "pacman", "conda", "pkg", "msi"])
def test_the_list_is_of_the_package(pysetup: Any, wheel: Path, format_: str) -> None:
    ran = pysetup("--json", f"bdist_{format_}", wheel, "--dry-run")
    (plan,) = json.loads(ran.out)["result"]["plans"]
    paths = {file["path"]: file.get("content", "") for file in plan["files"]}
    (place,) = (path for path in paths if path.endswith("/SOURCES.txt"))
    site = place.rpartition("zz_own-1.0.dist-info")[0].rstrip("/")
    listed = {_below(site, line) for line in paths[place].splitlines()}
    beside = {path for path in paths if path.startswith(f"{site}/")}
    assert listed == (beside if format_ == "conda" else set(paths))


def _below(site: str, path: str) -> str:
    while path.startswith("../"):
        site, path = site.rpartition("/")[0], path.removeprefix("../")
    return f"{site}/{path}" if site else path
