"""Whole packages of small wheels: dpkg installs them, lintian is content."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.deb.test_plan import DATA, ELF, EXTRAS, KNOWN, compiled

from pysetup.platforms.deb.binary import date_of
from pysetup.platforms.deb.format import FORMAT
from pysetup.platforms.deb.reader import read_deb
from pysetup.platforms.deb.verify import differences, verify_deb
from pysetup.platforms.interface import Making

Package = Callable[..., Any]
NeedTool = Callable[[str], str]
README = "Description-Content-Type: text/markdown\n\n# Demo\n\nIt does a lot for you.\n"
PEOPLE = "Summary: Übt Umlaute\nAuthor-email: Zoë Zürich <z@example.org>\n"
LICENCE = {"licenses/LICENSE": "MIT License\n\nCopyright (c) 2024 Zoë\n"}
FULL = {
    "metadata": f"{PEOPLE}License-Expression: MIT\nHome-page: https://e.org\n{README}",
    "files": {**DATA, "demo/ü b*%.txt": "x", "demo/-dash.py": "x = 1\n"},
    "info": LICENCE,
    "entry_points": "[console_scripts]\ndemo = demo:main\n[gui_scripts]\ngd = demo:g\n",
}


def test_a_package_is_what_its_plan_says(package: Package) -> None:
    made = package(**FULL)
    contents = read_deb(made.path)
    assert differences(contents, made.plan) == ()
    stated = verify_deb(made.path)
    assert stated["problems"] == []
    assert stated["name"] == "python3-demo"
    assert stated["conffiles"] == ["/etc/demo/demo.conf"]
    assert json.dumps(stated)


def test_whoever_and_wherever_makes_it_the_bytes_are_the_same(
    package: Package, tmp_path: Path
) -> None:
    first = package(**FULL).path.read_bytes()
    shutil.rmtree(tmp_path / "built-demo-1.0")
    before = os.umask(0o027)
    try:
        second = package(**FULL, out="again").path.read_bytes()
    finally:
        os.umask(before)
    assert first == second


def test_the_date_is_the_one_that_is_given() -> None:
    def making(epoch: int | None) -> Making:
        return Making(None, epoch, Path())  # type: ignore[arg-type]

    assert date_of(making(86400)) == 86400
    assert date_of(making(-5)) == 0
    assert date_of(making(None)) == date_of(None) == 946684800


def test_the_changelog_tells_version_and_date(package: Package) -> None:
    made = package(options={"changes": "One.\n\nDepends: evil", "suite": "stable"})
    words = ["sh", "-c", f"dpkg-deb --fsys-tarfile '{made.path}' | tar -xO"]
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    words[-1] += " ./usr/share/doc/python3-demo/changelog.Debian.gz | gunzip"
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert text == (
        "python3-demo (1.0.0-1) stable; urgency=medium\n\n"
        "  * One.\n\n    Depends: evil\n\n"
        " -- Developers of demo <nobody@example.org>  Sat, 01 Jan 2000 00:00:00 +0000\n"
    )


@pytest.mark.interop
def test_dpkg_installs_verifies_and_purges_it(
    package: Package, need_tool: NeedTool, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("dpkg installs for root alone")
    made = package(**FULL)
    root = tmp_path / "root"
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    words = [need_tool("dpkg"), f"--root={root}", "--force-depends"]
    # Its scripts would run inside, where there is not even a shell.
    words += ["--force-script-chrootless"]

    def dpkg(*more: str) -> str:
        done = subprocess.run(
            [*words, *more], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    dpkg("--unpack", str(made.path))
    installed = {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and "var/lib/dpkg" not in str(path)
    }
    planned = {file.path for file in made.plan.files}
    # Configuration is unpacked beside its place until the package is configured.
    configuration = {"etc/demo/demo.conf"}
    assert installed == planned - configuration | {"etc/demo/demo.conf.dpkg-new"}
    assert dpkg("--verify", "python3-demo").split() == [
        *("missing", "c", "/etc/demo/demo.conf")
    ]
    dpkg("--purge", "python3-demo")
    left = [p for p in root.rglob("*") if p.is_file() and "var/lib" not in str(p)]
    assert left == []


LINTED: Mapping[str, Mapping[str, Any]] = {
    "everything": FULL,
    "nothing": {},
    "compiled": compiled("cp311-cp311-linux_x86_64"),
    "extras": {"metadata": EXTRAS, "known": KNOWN, "options": {"extras": "packages"}},
    "a long summary": {"metadata": f"Summary: The demo {'is long ' * 30}.\n"},
    "a summary that is a name": {"metadata": "Summary: demo\n"},
    "a huge readme": {"metadata": f"Summary: x\n\n{'Lorem ipsum dolor sit. ' * 9999}"},
    "no address": {"metadata": "Author: Somebody\n"},
    "apache": {
        "metadata": "License-Expression: Apache-2.0\n",
        "info": {
            "licenses/LICENSE": "Apache License\nVersion 2.0\n"
            "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION\n"
        },
    },
    "machine code of another machine": {
        "files": {"demo/__init__.py": "", "demo/x": ELF[:18] + b"\xb7\0" + ELF[20:]}
    },
}


@pytest.mark.interop
@pytest.mark.slow
def test_lintian_finds_no_error(
    built: Callable[..., Any], plan_of: Any, need_tool: NeedTool, tmp_path: Path
) -> None:
    tool = need_tool("lintian")
    out = tmp_path / "out"
    out.mkdir()
    paths: list[Path] = []
    for number, row in enumerate(LINTED.values()):
        words = dict(row)
        known, options = words.pop("known", {}), words.pop("options", {})
        given = built(version=f"1.{number}", **_versioned(words, f"1.{number}"))
        plan = plan_of(given, known, name=f"python3-demo{number}", **options)
        paths += FORMAT.binary_dist(given.root, given.metadata, None, out, plan=plan)
    lint = [tool, "--allow-root", "--fail-on", "error", "--tag-display-limit", "0"]
    done = subprocess.run(
        [*lint, *map(str, paths)], capture_output=True, text=True, check=False
    )
    errors = [line for line in done.stdout.splitlines() if line.startswith("E:")]
    assert errors == []
    assert done.returncode == 0, done.stderr


def _versioned(words: dict[str, Any], version: str) -> dict[str, Any]:
    """Return words of a wheel with the names of its own folders for ``version``."""
    files = words.get("files")
    if not files:
        return words
    named = {
        path.replace("demo-1.0.data", f"demo-{version}.data"): content
        for path, content in files.items()
    }
    return {**words, "files": named}
