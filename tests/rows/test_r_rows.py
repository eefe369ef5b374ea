"""The rows R1 to R7 of the founding plan: the source distribution."""

import bz2
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "Row.Demo"
version = "1.0"
license = "MIT"
license-files = ["LICENSE"]
dependencies = ["packaging"]
[tool.pysetup.sources]
include = ["kept.log"]
exclude = ["/scratch/"]
"""
PROJECT = {
    "pyproject.toml": PYPROJECT,
    "LICENSE": "Do what you like.\n",
    "row_demo/__init__.py": "",
}
MANIFEST_IN = """\
include notes/one.txt
exclude two.txt
recursive-include below *.txt
recursive-exclude below *.bak
global-include *.everywhere
global-exclude *.nowhere
graft whole
prune cut
"""
CORE = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\n"
SOUND = {"PKG-INFO": CORE, "pyproject.toml": "", "LICENSE": "", "demo.py": ""}
Done = Callable[..., str]


@pytest.fixture
def project(write: Any) -> Path:
    return Path(write("a checkout", PROJECT))


def packed(path: Path, files: Mapping[str, str], *, top: str = "demo-1.0/") -> Path:
    """Write an sdist in the format that the name says."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(top + name, text)
        return path
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(top + name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    compress = bz2.compress if path.suffix == ".bz2" else gzip.compress
    path.write_bytes(compress(stream.getvalue()))
    return path


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words],
        cwd=root,
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull},
    )


def test_r01_one_command_makes_one_pax_archive(project: Path, done: Done) -> None:
    long = f"row_demo/{'a' * 120}é.txt"
    (project / long).write_text("", "utf-8")
    assert done("sdist", cwd=project) == "dist/row_demo-1.0.tar.gz\n"
    assert os.listdir(project / "dist") == ["row_demo-1.0.tar.gz"]
    raw = gzip.decompress((project / "dist" / "row_demo-1.0.tar.gz").read_bytes())
    assert raw[257:265] == b"ustar\x0000"
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        member = tar.getmember(f"row_demo-1.0/{long}")
        assert member.pax_headers == {"path": member.name}


def test_r02_every_file_has_its_reason(
    project: Path, write: Any, result: Any, pysetup: Any, need_tool: Any
) -> None:
    chosen = {
        "notes/one.txt": "+MANIFEST.in:1",
        "two.txt": "-MANIFEST.in:2",
        "below/b.txt": "+MANIFEST.in:3",
        "below/b.bak": "-MANIFEST.in:4",
        "c.everywhere": "+MANIFEST.in:5",
        "c.nowhere": "-MANIFEST.in:6",
        "whole/d": "+MANIFEST.in:7",
        "cut/e": "-MANIFEST.in:8",
        "scratch/f": "-sources.exclude[0]",
        "kept.log": "+sources.include[0]",
        "other.log": "-.gitignore:1",
    }
    names = dict.fromkeys(chosen, "")
    write(project.name, {**names, "MANIFEST.in": MANIFEST_IN, ".gitignore": "*.log\n"})
    listed = {
        one["path"]: ("+" if one["selected"] else "-") + one["place"]
        for one in result("sdist", "--list", project)
    }
    assert {path: listed[path] for path in chosen} == chosen
    need_tool("git")
    git(project, "init", "-q")
    git(project, "add", "pyproject.toml", "row_demo", "two.txt")
    different = pysetup("sdist", "--diff-vcs", project)
    assert different.code == 1
    compared = different.out.splitlines()
    lines = [" ".join(line.split()) for line in compared]
    assert "+ below/b.txt untracked MANIFEST.in:3 `recursive-include below *.txt`" in (
        lines
    )
    assert "- two.txt tracked MANIFEST.in:2 `exclude two.txt`" in lines


def test_r02_a_decomposed_name_is_the_same_name(
    project: Path, write: Any, done: Done
) -> None:
    composed, decomposed = (
        unicodedata.normalize(form, "geheimnis-ü.txt") for form in ("NFC", "NFD")
    )
    write(project.name, {decomposed: "", "MANIFEST.in": f"exclude {composed}\n"})
    done("sdist", "--outdir", project.parent, project)
    with tarfile.open(project.parent / "row_demo-1.0.tar.gz") as tar:
        assert not [name for name in tar.getnames() if "geheimnis" in name]


def test_r03_pkg_info_is_made_from_the_document(project: Path, done: Done) -> None:
    done("sdist", "--outdir", project.parent, project)
    sdist = project.parent / "row_demo-1.0.tar.gz"
    with tarfile.open(sdist) as tar:
        (member,) = [n for n in tar.getnames() if n.endswith("/PKG-INFO")]
        assert member == "row_demo-1.0/PKG-INFO"
        stream = tar.extractfile(member)
        assert stream is not None
        (version,) = [
            line.split()[1] for line in stream if line.startswith(b"Metadata-Version:")
        ]
        assert tuple(map(int, version.split(b"."))) >= (2, 2)
    done("metadata", "verify", sdist)


@pytest.mark.parametrize(
    ("files", "top", "clause"),
    [
        pytest.param(
            {**SOUND, "../x.py": ""}, "demo-1.0/", "PEP 721", id="a path that leaves"
        ),
        pytest.param(
            {k: v for k, v in SOUND.items() if k != "LICENSE"},
            "demo-1.0/",
            "PEP 639",
            id="a licence that is not there",
        ),
        pytest.param(
            {k: v for k, v in SOUND.items() if k != "pyproject.toml"},
            "demo-1.0/",
            "source distribution format",
            id="no pyproject.toml",
        ),
        pytest.param(SOUND, "other/", "one top-level directory", id="another folder"),
        pytest.param(SOUND, "", "source distribution format", id="no folder"),
    ],
)
def test_r04_any_sdist_is_checked_and_the_clause_is_told(
    files: dict[str, str], top: str, clause: str, tmp_path: Path, result: Any
) -> None:
    sdist = packed(tmp_path / "demo-1.0.tar.gz", files, top=top)
    (checked,) = result("check", "--strict", sdist, code=1)["checked"]
    told = [(one["rule"], one["clause"]) for one in checked["findings"]]
    assert any(clause in where for _, where in told), told


def test_r04_a_sound_sdist_has_no_findings(tmp_path: Path, done: Done) -> None:
    sdist = packed(tmp_path / "demo-1.0.tar.gz", SOUND)
    assert "nothing found" in done("check", sdist)


@pytest.mark.interop
def test_r05_other_tools_install_our_sdist(
    project: Path, done: Done, tmp_path: Path
) -> None:
    done("sdist", "--outdir", tmp_path, project)
    sdist, into = tmp_path / "row_demo-1.0.tar.gz", tmp_path / "by pip"
    with tarfile.open(sdist) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
        assert {"PKG-INFO", "METADATA.json", "pydist.json", "pyproject.toml"} <= names
    words = ("--no-index", "--no-deps", "--no-build-isolation", "--target", into)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", *map(str, words), str(sdist)],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull},
    )
    assert (into / "row_demo" / "__init__.py").is_file()


def test_r06_nothing_but_the_content_counts(
    any_project: Any, tmp_path: Path, pysetup: Any
) -> None:
    root, made = any_project.root, set()
    for number, mask in enumerate((0o022, 0o077)):
        clone = Path(shutil.copytree(root, tmp_path / f"clone {number}" / str(number)))
        for path in clone.rglob("*"):
            path.chmod(0o700 if number else 0o755)
            os.utime(path, (10**9 * number, 10**9 * number))
        here = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1700000000"}
        environ = here if number else {"SOURCE_DATE_EPOCH": "1700000000"}
        into = tmp_path / f"made {number}"
        before = os.umask(mask)
        try:
            ran = pysetup(
                *("sdist", *any_project.words, "--outdir", into, clone),
                env={**any_project.environ, **environ},
            )
        finally:
            os.umask(before)
        assert ran.code == 0, ran.err
        (sdist,) = into.iterdir()
        made.add((sdist.name, sdist.read_bytes()))
    assert len(made) == 1


@pytest.mark.parametrize(
    "ending",
    [".zip", *(pytest.param(e, marks=pytest.mark.slow) for e in (".tar.bz2", ".tgz"))],
)
def test_r07_old_formats_are_read_and_one_is_written(
    ending: str, tmp_path: Path, result: Any, done: Done
) -> None:
    core = "Metadata-Version: 1.1\nName: Row.Demo\nVersion: 1.0\n"
    old = packed(
        tmp_path / f"Row.Demo-1.0{ending}",
        {**PROJECT, "PKG-INFO": core},
        top="Row.Demo-1.0/",
    )
    assert result("metadata", "show", old)["name"] == "Row.Demo"
    (wheel,) = result("build", "--wheel", "--outdir", tmp_path, old)
    assert wheel["location"].endswith("/row_demo-1.0-py3-none-any.whl")
    told = done("sdist", "--normalize", old, "--outdir", tmp_path)
    assert told.strip().endswith("row_demo-1.0.tar.gz")
