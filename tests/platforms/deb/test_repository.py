"""A folder of packages that apt uses as it is."""

import gzip
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.platforms.deb.control import parse_paragraph
from pysetup.platforms.deb.repository import write_repository

Package = Callable[..., Any]


def test_it_lists_the_packages_of_both_folders(
    package: Package, tmp_path: Path
) -> None:
    package("demo", metadata="Summary: A demo\n\n\nText of it all is here.\n")
    package("other", out="before")
    made = write_repository(tmp_path / "out", before=tmp_path / "before", making=None)
    assert [path.name for path in made] == ["Packages", "Packages.gz", "Release"]
    text = made[0].read_text("utf-8")
    assert gzip.decompress(made[1].read_bytes()).decode() == text
    entries = [parse_paragraph(each) for each in text.split("\n\n")]
    assert [each["Package"] for each in entries] == ["python3-demo", "python3-other"]
    assert entries[0]["Filename"] == "./python3-demo_1.0.0-1_all.deb"
    assert entries[0]["Description"].startswith("Python project demo")


def test_a_folder_alone_will_do(package: Package, tmp_path: Path) -> None:
    package()
    made = write_repository(tmp_path / "out", before=tmp_path / "absent", making=None)
    assert b"python3-demo" in made[0].read_bytes()


@pytest.mark.interop
def test_apt_installs_from_it(
    package: Package, need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    package()
    out = tmp_path / "out"
    write_repository(out, before=None, making=None)
    for folder in ("lists/partial", "cache/archives/partial", "etc"):
        (tmp_path / "apt" / folder).mkdir(parents=True)
    (tmp_path / "apt/status").touch()
    sources = tmp_path / "apt/sources.list"
    sources.write_text(f"deb [trusted=yes] file:{out} ./\n")
    options = {
        "Dir::State::lists": "lists",
        "Dir::Cache": "cache",
        "Dir::State::status": "status",
        "Dir::Etc::sourcelist": "sources.list",
        "Dir::Etc::sourceparts": "etc",
    }
    words = [need_tool("apt-get"), "-o", "APT::Sandbox::User=root"]
    for name, place in options.items():
        words += ["-o", f"{name}={tmp_path}/apt/{place}"]
    subprocess.run([*words, "-qq", "update"], check=True, capture_output=True)
    shown = subprocess.run(
        [*words, "-qq", "--print-uris", "download", "python3-demo"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "python3-demo_1.0.0-1_all.deb" in shown.stdout
