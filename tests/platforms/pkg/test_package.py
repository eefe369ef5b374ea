"""Packages for macOS: what is in them, and the script that may refuse them."""

import contextlib
import gzip
import json
import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built
from tests.platforms.windows.conftest import plan_of

from pysetup.platforms.pkg.cpio import read_cpio
from pysetup.platforms.pkg.format import FORMAT
from pysetup.platforms.pkg.plan import PackageIdentifierError
from pysetup.platforms.pkg.verify import UnreadablePkgError
from pysetup.platforms.pkg.xar import Member, read_xar, write_xar
from pysetup.platforms.plan import PackagePlan

FRAMEWORK = "Library/Frameworks/Python.framework/Versions/3.13"
HELLO = "[console_scripts]\nhello = demo:main\n"


def make(built: Built, out: Path, **options: Any) -> tuple[Path, PackagePlan]:
    target = options.pop("target", "macos-3.13")
    plan = plan_of(FORMAT, built, target=target, **options)
    return FORMAT.binary_dist(built.root, built.metadata, out=out, plan=plan)[0], plan


def test_a_package_has_what_was_planned(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    one = built(entry_points=HELLO, metadata='Summary: "<&\'ü>"\n')
    made, plan = make(one, tmp_path / "out")
    told: Any = FORMAT.verify(made)
    assert (told["name"], told["version"]) == ("pysetup.python3.13.demo", "1.0")
    assert {file["path"]: file["mode"] for file in told["files"]} == {
        file.path: f"{file.mode:04o}" for file in plan.files
    }
    target = f"../../../{FRAMEWORK}/bin/hello"
    assert told["links"] == {"usr/local/bin/hello": target}
    again, _ = make(one, tmp_path / "again")
    assert again.read_bytes() == made.read_bytes()


def test_commands_need_not_be_linked(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    made, plan = make(built(entry_points=HELLO), tmp_path, links=False)
    assert FORMAT.verify(made)["links"] == {}
    assert "usr/local" not in plan.scripts["preinstall"]


@pytest.mark.parametrize(
    ("tags", "machine"),
    [
        ("py3-none-any", ""),
        ("cp313-cp313-macosx_11_0_arm64", "arm64"),
        ("cp313-cp313-macosx_10_13_x86_64", "x86_64"),
        ("cp313-cp313-macosx_10_13_universal2", ""),
    ],
)
def test_a_package_is_for_the_machines_of_its_wheel(
    built: Callable[..., Built], tags: str, machine: str
) -> None:
    plan = plan_of(FORMAT, built(tag=tags), target="macos-3.13")
    assert plan.name == f"demo-1.0.macos-{machine or 'any'}-py3.13"
    assert ("uname -m" in plan.scripts["preinstall"]) == bool(machine)


@pytest.mark.parametrize(
    ("tag", "architectures", "system"),
    [
        ("py3-none-any", "arm64,x86_64", ""),
        ("cp313-cp313-macosx_11_3_universal2", "arm64,x86_64", "11.3"),
        ("cp313-cp313-macosx_11_0_arm64", "arm64", "11.0"),
        ("cp313-cp313-macosx_10_13_x86_64", "x86_64", "10.13"),
    ],
)
def test_the_product_says_what_it_is_for(
    built: Callable[..., Built],
    tmp_path: Path,
    tag: str,
    architectures: str,
    system: str,
) -> None:
    made, plan = make(built(tag=tag, files={"demo.py": "x" * 3000}), tmp_path)
    told: Any = FORMAT.verify(made)
    assert told["title"] == "demo 1.0 (Python 3.13)"
    assert (told["architectures"], told["oldest_system"]) == (architectures, system)
    parts = read_xar(made.read_bytes())
    root = ET.fromstring(parts["Distribution"])
    (domains,) = root.findall("domains")
    assert domains.get("enable_localSystem") == "true"
    # What is chosen leads to the package that is there, under its own identifier.
    references = [one for one in root.findall("pkg-ref") if one.text]
    assert [one.text for one in references] == ["#demo.pkg"]
    info = ET.fromstring(parts["demo.pkg/PackageInfo"])
    identifier = plan.details["identifier"]
    assert info.get("identifier") == references[0].get("id") == identifier
    (payload,) = info.findall("payload")
    assert payload.get("installKBytes") == references[0].get("installKBytes") != "0"
    lines = {one.get("choice") for one in root.iter("line")}
    assert lines == {one.get("id") for one in root.findall("choice")}


@pytest.mark.interop
@pytest.mark.parametrize("there", [True, False])
def test_installer_tells_that_python_is_missing(
    built: Callable[..., Built],
    need_tool: Callable[[str], str],
    tmp_path: Path,
    *,
    there: bool,
) -> None:
    made, _ = make(built(), tmp_path)
    root = ET.fromstring(read_xar(made.read_bytes())["Distribution"])
    (check,) = root.findall("installation-check")
    program = f"""
        const asked = [], my = {{ result: {{}} }};
        const fileExistsAtPath = path => (asked.push(path), {json.dumps(there)});
        const system = {{ files: {{ fileExistsAtPath }} }};
        {root.findtext("script")}
        console.log(JSON.stringify([{check.get("script")}, asked, my.result]));
    """
    words = [need_tool("node"), "-e", program]
    done = subprocess.run(words, check=True, capture_output=True)
    answer, asked, result = json.loads(done.stdout)
    assert (answer, asked) == (there, [f"/{FRAMEWORK}/bin/python3.13"])
    assert result.get("type") == (None if there else "Fatal")
    assert ("Python 3.13" in result.get("message", "")) == (not there)


def test_a_package_without_a_product_is_read_too(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    made, plan = make(built(), tmp_path)
    inside = read_xar(made.read_bytes())
    alone = [
        Member(name.removeprefix("demo.pkg/"), content)
        for name, content in inside.items()
        if name != "Distribution"
    ]
    made.write_bytes(write_xar(alone, epoch=0))
    told: Any = FORMAT.verify(made)
    assert {file["path"] for file in told["files"]} == {one.path for one in plan.files}


@pytest.mark.parametrize("text", ["a b", "a..b", "a;b", "x\ny", ".a", "ü"])
def test_other_identifiers_are_refused(built: Callable[..., Built], text: str) -> None:
    with pytest.raises(PackageIdentifierError):
        plan_of(FORMAT, built(), target="macos-3.13", identifier=text)


def test_a_bill_that_disagrees_is_told(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    made, _ = make(built(), tmp_path)
    other, _ = make(built("other"), tmp_path)
    parts = read_xar(made.read_bytes())
    parts["demo.pkg/Bom"] = read_xar(other.read_bytes())["other.pkg/Bom"]
    made.write_bytes(write_xar([Member(*part) for part in parts.items()], epoch=0))
    with pytest.raises(UnreadablePkgError, match="only one of bill and payload"):
        FORMAT.verify(made)
    made.write_bytes(made.read_bytes()[:500])
    with pytest.raises(UnreadablePkgError):
        FORMAT.verify(made)


def test_a_damaged_package_is_refused_or_read(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    made, _ = make(built(entry_points=HELLO), tmp_path)
    whole = made.read_bytes()
    refused = 0
    for number in range(300):
        chance = random.Random(number)
        content = bytearray(whole)
        content[chance.randrange(len(content))] = chance.randrange(256)
        if number % 5 == 0:
            del content[chance.randrange(len(content)) :]
        made.write_bytes(content)
        try:
            FORMAT.verify(made)
        except UnreadablePkgError:
            refused += 1
    assert refused > 200
    # Parts that are damaged before their checksums are made.
    for number in range(300):
        chance = random.Random(number)
        parts = {name: bytearray(part) for name, part in read_xar(whole).items()}
        name = chance.choice(sorted(parts))
        parts[name][chance.randrange(len(parts[name]))] = chance.randrange(256)
        members = [Member(each, bytes(part)) for each, part in parts.items()]
        made.write_bytes(write_xar(members, epoch=0))
        with contextlib.suppress(UnreadablePkgError):
            FORMAT.verify(made)


class Mac:
    """A folder that looks like the disk of a Mac, with a Python that runs."""

    def __init__(self, root: Path) -> None:
        self.root = root / "a disk"
        python = self.root / FRAMEWORK / "bin" / "python3.13"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        self.commands = self.root / "usr" / "local" / "bin"
        self.commands.mkdir(parents=True)
        self.scripts = root / "scripts"
        self.scripts.mkdir()
        self.tools = root / "tools"
        self.tools.mkdir()

    def tool(self, name: str, text: str) -> None:
        (self.tools / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        (self.tools / name).chmod(0o755)

    def preinstall(self, package: Path) -> "subprocess.CompletedProcess[str]":
        scripts = read_xar(package.read_bytes())["demo.pkg/Scripts"]
        for entry in read_cpio(gzip.decompress(scripts)):
            if entry.path != ".":
                (self.scripts / entry.path).write_bytes(entry.content)
                (self.scripts / entry.path).chmod(entry.mode & 0o777)
        return self.run("preinstall", package)

    def run(self, script: str, package: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.scripts / script, package, "/", self.root],
            env={"PATH": f"{self.tools}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def test_a_mac_with_all_that_is_needed_is_taken(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    one = built(entry_points=HELLO, metadata="Requires-Dist: packaging\n")
    made, _ = make(one, tmp_path / "out")
    done = mac.preinstall(made)
    assert (done.returncode, done.stderr) == (0, "")
    # Its own link, from an earlier installation.
    link = mac.commands / "hello"
    link.symlink_to(f"../../../{FRAMEWORK}/bin/hello")
    assert mac.preinstall(made).returncode == 0


def test_a_mac_without_python_is_refused(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    made, _ = make(built(), tmp_path / "out", target="macos-3.12")
    done = mac.preinstall(made)
    assert done.returncode == 1
    assert "Python 3.12 of python.org is not installed" in done.stderr


def test_a_command_of_another_project_is_not_replaced(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    made, _ = make(built(entry_points=HELLO), tmp_path / "out")
    (mac.commands / "hello").write_text("theirs")
    done = mac.preinstall(made)
    assert done.returncode == 1
    assert "usr/local/bin/hello belongs to something else" in done.stderr


def test_what_is_needed_must_be_there(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    one = built(metadata="Requires-Dist: no-such-project >=1\n")
    done = mac.preinstall(make(one, tmp_path / "out")[0])
    assert done.returncode == 1
    assert "no-such-project>=1: not installed" in done.stderr


def test_another_machine_is_refused(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    made, _ = make(built(tag="cp313-cp313-macosx_11_0_arm64"), tmp_path / "out")
    mac.tool("sw_vers", "echo 14.1")
    mac.tool("uname", "echo x86_64")
    done = mac.preinstall(made)
    assert done.returncode == 1
    assert "another processor (arm64)" in done.stderr
    mac.tool("uname", "echo arm64")
    assert mac.preinstall(made).returncode == 0
    # Run by Rosetta, on a Mac of Apple's own processors.
    mac.tool("uname", "echo x86_64")
    mac.tool("sysctl", "echo 1")
    assert mac.preinstall(made).returncode == 0


@pytest.mark.parametrize(
    ("release", "code"),
    [
        ("10.15.7", 1),
        ("11.2.9", 1),
        ("11.3", 0),
        ("11.10.1", 0),
        ("12", 0),
        ("26.0", 0),
    ],
)
def test_an_older_system_is_refused(
    mac: Mac, built: Callable[..., Built], tmp_path: Path, release: str, code: int
) -> None:
    tag = "cp313-cp313-macosx_11_3_universal2"
    made, _ = make(built(tag=tag), tmp_path / "out")
    mac.tool("sw_vers", f"echo {release}")
    done = mac.preinstall(made)
    assert done.returncode == code
    assert ("it needs macOS 11.3 or later" in done.stderr) == bool(code)


def test_what_only_an_older_version_has_is_taken_away(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    inside = f"{FRAMEWORK}/lib/python3.13/site-packages"
    site = mac.root / inside
    mine = ("demo/old file.py", "demo/__init__.py", "demo/Same.txt", "space/mine.py")
    info = "demo-0.9.dist-info"
    for path in (*mine, f"{info}/METADATA", "demo/__pycache__/o.pyc", "space/other.py"):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text("old")
    (mac.commands / "hello").symlink_to(f"../../../{FRAMEWORK}/bin/hello")
    files = [f"{inside}/{path}" for path in (*mine, f"{info}/METADATA")]
    folders = ["Library", inside, *(f"{inside}/{name}" for name in ("demo", info))]
    listed = {"files": [*files, "usr/local/bin/hello"], "dirs": folders}
    for kind, paths in listed.items():
        (mac.tools / kind).write_text("".join(f"{path}\n" for path in paths))
    mac.tool(
        "pkgutil",
        'test "$1" = --volume || exit 9\n'
        'case "$3" in\n'
        '--pkg-info) test "$4" = pysetup.python3.13.demo ;;\n'
        '*) cat "$(dirname "$0")/${3#--only-}" ;;\n'
        "esac",
    )
    new = {"demo/__init__.py": "", "demo/same.txt": ""}
    made, _ = make(built(files=new, entry_points=HELLO), tmp_path / "out")
    assert mac.preinstall(made).returncode == 0
    # Should the installation end here, nothing is missing.
    assert all((mac.root / path).exists() for path in files)
    assert mac.run("postinstall", made).returncode == 0
    left = {path.relative_to(site).as_posix() for path in site.rglob("*")}
    kept = {"demo/__init__.py", "demo/Same.txt", "space/other.py"}
    assert left == {"demo", "space", *kept}
    assert (mac.commands / "hello").is_symlink()


def test_without_an_older_version_nothing_is_taken_away(
    mac: Mac, built: Callable[..., Built], tmp_path: Path
) -> None:
    made, _ = make(built(), tmp_path / "out")
    mac.tool("pkgutil", "exit 1")
    before = sorted(mac.root.rglob("*"))
    assert mac.preinstall(made).returncode == 0
    done = mac.run("postinstall", made)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(mac.root.rglob("*")) == before
