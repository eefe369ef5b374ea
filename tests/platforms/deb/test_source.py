"""Source packages: dpkg-source takes them, and their texts say what the plan says."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.deb.test_plan import DATA, EXTRAS, KNOWN, compiled

from pysetup.platforms.deb.control import parse_paragraph
from pysetup.platforms.deb.format import FORMAT
from pysetup.platforms.deb.source import (
    NoOrigError,
    UnmappedBuildRequirementsError,
    control_text,
    watch_text,
)

Built = Callable[..., Any]
KNOWN_TOO = {**KNOWN, "setuptools": "python3-setuptools"}


def sdist(folder: Path, name: str = "demo-1.0.tar.gz") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    with tarfile.open(path, "w:gz") as archive:
        for member, text in (("LICENSE", "MIT\n"), ("pyproject.toml", "")):
            header = tarfile.TarInfo(f"demo-1.0/{member}")
            header.size = len(text)
            archive.addfile(header, io.BytesIO(text.encode()))
    return path


def written(built: Any, plan_of: Any, tmp_path: Path, **words: Any) -> list[Path]:
    given = built(**words)
    plan = plan_of(given, KNOWN_TOO)
    out = tmp_path / "out"
    out.mkdir()
    source = sdist(tmp_path / "given")
    return FORMAT.source_dist(source, given.metadata, None, out, plan=plan)


@pytest.mark.interop
def test_dpkg_source_unpacks_what_is_written(
    built: Built, plan_of: Any, tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    paths = written(built, plan_of, tmp_path, files=DATA, metadata=EXTRAS)
    assert [path.name for path in paths] == [
        "demo_1.0.0-1.dsc",
        "demo_1.0.0.orig.tar.gz",
        "demo_1.0.0-1.debian.tar.xz",
    ]
    words = [need_tool("dpkg-source"), "--no-check", "-x"]
    words += [str(paths[0]), str(tmp_path / "x")]
    subprocess.run(words, check=True, capture_output=True)
    debian = tmp_path / "x" / "debian"
    assert (debian / "source/format").read_text() == "3.0 (quilt)\n"
    assert (debian / "rules").stat().st_mode & 0o111
    assert (debian / "dist-info/INSTALLER").read_text() == "debian\n"
    shown = subprocess.run(
        [need_tool("dpkg-parsechangelog"), "-S", "Version"],
        cwd=tmp_path / "x",
        check=True,
        capture_output=True,
    )
    assert shown.stdout == b"1.0.0-1\n"


@pytest.mark.interop
def test_the_rules_are_a_makefile(
    built: Built, plan_of: Any, tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    (_, _, debian) = written(built, plan_of, tmp_path, files=DATA)
    with tarfile.open(debian) as archive:
        archive.extractall(tmp_path, filter="data")
    words = [need_tool("make"), "-n", "-f", "debian/rules", "override_dh_python3"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)


def test_the_same_sdist_gives_the_same_bytes(
    built: Built, plan_of: Any, tmp_path: Path
) -> None:
    given = built(files=DATA)
    plan = plan_of(given, KNOWN_TOO)
    source = sdist(tmp_path / "given")

    def made(folder: str) -> list[bytes]:
        out = tmp_path / folder
        out.mkdir()
        paths = FORMAT.source_dist(source, given.metadata, None, out, plan=plan)
        return [path.read_bytes() for path in paths]

    assert made("one") == made("two")


def test_control_has_a_paragraph_for_each_package(built: Built, plan_of: Any) -> None:
    plan = plan_of(built(metadata=EXTRAS), KNOWN_TOO, extras="packages")
    source, main, *extras = map(parse_paragraph, control_text(plan).split("\n\n"))
    assert source["Source"] == "demo"
    assert "python3-setuptools" in source["Build-Depends"]
    assert main["Architecture"] == "all"
    assert "python3-six" in main["Depends"]
    assert "${misc:Depends}" in main["Depends"]
    assert [each["Package"] for each in extras] == [
        "python3-demo-fast",
        "python3-demo-all",
        "python3-demo-none",
    ]


def test_what_is_compiled_is_linked_on_the_target(built: Built, plan_of: Any) -> None:
    given = built(**compiled("cp311-cp311-linux_x86_64"))
    source, main = map(
        parse_paragraph, control_text(plan_of(given, KNOWN_TOO)).split("\n\n")
    )
    assert "python3-dev" in source["Build-Depends"]
    assert main["Architecture"] == "any"
    assert "${shlibs:Depends}" in main["Depends"]


def test_an_unknown_need_of_the_build_is_refused(
    built: Built, plan_of: Any, tmp_path: Path
) -> None:
    given = built()
    with pytest.raises(UnmappedBuildRequirementsError, match="setuptools"):
        FORMAT.source_dist(
            sdist(tmp_path / "given"),
            given.metadata,
            None,
            tmp_path,
            plan=plan_of(given),
        )
    assert not list(tmp_path.glob("demo_*"))


def test_a_zip_file_is_no_source_of_debian(
    built: Built, plan_of: Any, tmp_path: Path
) -> None:
    given = built()
    with pytest.raises(NoOrigError, match="is no"):
        FORMAT.source_dist(
            tmp_path / "demo-1.0.zip",
            given.metadata,
            None,
            tmp_path,
            plan=plan_of(given, KNOWN_TOO),
        )


@pytest.mark.parametrize(
    ("url", "watched"),
    [
        ("https://github.com/one/two", "https://github.com/one/two/tags"),
        ("https://github.com/one/two.git", "https://github.com/one/two/tags"),
        ("https://github.com/one/two/issues", "https://github.com/one/two/tags"),
        ("https://example.org/one/two", ""),
    ],
)
def test_releases_are_watched_where_they_are_known(
    url: str, watched: str, built: Built
) -> None:
    text = watch_text(built(metadata=f"Project-URL: Source, {url}\n").metadata)
    assert watched in text
    assert bool(text) is bool(watched)
