"""bdist_conda: py-rattler indexes, solves, installs and removes what we write."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.doubles import OwnNames, made, plan_of
from tests.platforms.systems import PYTHON

from pysetup.platforms.conda import FORMAT
from pysetup.platforms.conda.archive import CONDA, paths_json, write_package
from pysetup.platforms.conda.repository import write_repository
from pysetup.platforms.conda.verify import read_package
from pysetup.platforms.contents import Content
from pysetup.platforms.tar_reader import UnreadablePackageError
from pysetup.platforms.tar_writer import LINK, TarMember

exceptions = pytest.importorskip("rattler.exceptions")
SOLVER_ERROR = exceptions.SolverError

Built = Callable[..., Any]
TARGET = f"conda-{PYTHON}"
TAG = f"cp{PYTHON.replace('.', '')}"
FILES = {
    "demo/__init__.py": "import inner\n\n\n"
    "def main():\n    print('gr\u00fc\u00dfe', inner.value)\n",
    "demo/two words/\u00fc.txt": "x",
    "demo-1.0.data/data/share/demo/x.txt": "x",
    "demo-1.0.data/scripts/demo-script": "#!python\nprint('script')\n",
}
ENTRY = "[console_scripts]\ndemo = demo:main\n[gui_scripts]\ndemo-gui = demo:main\n"
METADATA = (
    'Summary: Gr\u00fc\u00dfe "x"\nLicense: MIT\nRequires-Python: >=3.8\n'
    "Home-page: https://example.org\nAuthor-email: J\u00fcrgen <j@example.org>\n"
    "Requires-Dist: inner~=1.2,!=1.3\n"
    "Provides-Extra: more\nRequires-Dist: other>=2; extra == 'more'\n"
)


def demo(built: Built, **more: Any) -> Any:
    return built(
        **{"files": FILES, "entry_points": ENTRY, "metadata": METADATA, **more}
    )


def inner(built: Built, version: str = "1.2.5") -> Any:
    return built("inner", version, files={"inner.py": "value = 7\n"})


def index_of(path: Path) -> Any:
    return read_package(path).index


@pytest.mark.parametrize(
    ("kind", "index"), [("conda", "ours"), ("tar.bz2", "rattler's")]
)
def test_it_is_solved_installed_run_and_removed_without_a_trace(
    kind: str, index: str, built: Built, channel_of: Any, tmp_path: Path
) -> None:
    out = tmp_path / "a channel"
    options = {"format": kind}
    for each in (
        demo(built),
        inner(built),
        built("other", "2.1", files={"other.py": ""}),
    ):
        made(FORMAT, each, TARGET, out, options=options)
    channel = channel_of(out, index=index)
    channel.install("python")
    before = channel.files()
    assert channel.install("demo") == ["demo", "inner", "python"]
    assert channel.run("demo").stdout == "gr\u00fc\u00dfe 7\n"
    assert channel.run("demo-gui").stdout == "gr\u00fc\u00dfe 7\n"
    assert channel.run("demo-script").stdout == "script\n"
    code = (
        "import importlib.metadata as m; found = m.distribution('demo');"
        "print(found.version, found.read_text('INSTALLER'))"
    )
    assert channel.run("python", "-c", code).stdout == "1.0 conda\n\n"
    assert (channel.prefix / "share/demo/x.txt").read_text() == "x"
    assert channel.install("demo-more") == [
        "demo",
        "demo-more",
        "inner",
        "other",
        "python",
    ]
    channel.install("python")
    assert channel.files() == before


def test_what_is_missing_or_of_a_wrong_version_is_refused(
    built: Built, channel_of: Any, tmp_path: Path
) -> None:
    out = tmp_path / "channel"
    made(FORMAT, demo(built), TARGET, out)
    with pytest.raises(SOLVER_ERROR, match="inner"):
        channel_of(out).install("demo")
    made(FORMAT, inner(built, "1.3"), TARGET, out)
    with pytest.raises(SOLVER_ERROR, match="inner"):
        channel_of(out).install("demo")
    made(FORMAT, inner(built, "1.3.1"), TARGET, out)
    assert "inner" in channel_of(out).install("demo")


def test_machine_code_goes_to_the_platform_with_its_python(
    built: Built, channel_of: Any, tmp_path: Path
) -> None:
    files = {
        "fast/__init__.py": "def main():\n    print('fast')\n",
        "fast/_native.so": b"\x7fELF\x02\x01\x01" + bytes(57),
        "fast-1.0.data/scripts/fast-script": "#!python\nprint('script')\n",
    }
    given = built(
        "fast",
        files=files,
        tag=f"{TAG}-{TAG}-manylinux_2_17_x86_64.manylinux2014_x86_64",
        pure=False,
        entry_points="[console_scripts]\nfast = fast:main\n",
    )
    (path,) = made(FORMAT, given, TARGET, tmp_path / "channel")
    major, minor = PYTHON.split(".")
    index = index_of(path)
    assert (index["subdir"], index["build"]) == ("linux-64", f"py{major}{minor}_0")
    assert index["depends"] == [
        f"python >={PYTHON},<{major}.{int(minor) + 1}.0a0",
        f"python_abi {PYTHON}.* *_{TAG}",
        "__glibc >=2.17,<3.0.a0",
    ]
    assert "noarch" not in index
    channel = channel_of(tmp_path / "channel")
    assert "python_abi" in channel.install("fast")
    assert channel.run("fast").stdout == "fast\n"
    assert channel.run("fast-script").stdout == "script\n"


def test_the_stable_abi_is_for_all_later_pythons(
    built: Built, channel_of: Any, tmp_path: Path
) -> None:
    given = built(
        "stable",
        files={"stable/__init__.py": "", "stable/_n.abi3.so": b"\x7fELF" + bytes(60)},
        tag="cp38-abi3-manylinux_2_17_x86_64",
        pure=False,
    )
    (path,) = made(FORMAT, given, TARGET, tmp_path / "channel")
    index = index_of(path)
    assert (index["subdir"], index["build"], index["noarch"]) == (
        "linux-64",
        "abi3_0",
        "python",
    )
    assert index["depends"] == [
        "python",
        "cpython >=3.8",
        "_python_abi3_support 1.*",
        "__glibc >=2.17,<3.0.a0",
    ]
    channel = channel_of(tmp_path / "channel")
    channel.install("stable")
    channel.run("python", "-c", "import stable")


@pytest.mark.parametrize(
    ("marker", "subdir", "build", "needs"),
    [
        ("python_version >= '3.5'", "noarch", "py_0", ["python >=3.5"]),
        ("sys_platform == 'linux'", "noarch", "linux_py_0", ["python", "__linux"]),
        ("platform_machine == 'x86_64'", "linux-64", "py_0", ["python"]),
        ("python_version < '3.10'", "noarch", "py_0", ["python >=3.10"]),
        (
            "extra == 'x' and sys_platform == 'win32'",
            "noarch",
            "linux_py_0",
            ["python", "__linux"],
        ),
    ],
)
def test_a_package_goes_where_its_markers_mean_the_same(
    marker: str, subdir: str, build: str, needs: list[str], built: Built
) -> None:
    metadata = f"Provides-Extra: x\nRequires-Dist: thing; {marker}\n"
    plan = plan_of(FORMAT, built(metadata=metadata), "conda-3.13")
    assert (plan.architecture, plan.release) == (subdir, build)
    depends = [text for text in plan.relations["requires"] if text != "thing"]
    assert depends == needs
    assert type(plan).from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("target", "subdir"),
    [
        ("conda", "linux-64"),
        ("conda:aarch64", "linux-aarch64"),
        ("conda-osx", "osx-arm64"),
        ("conda-win", "win-64"),
    ],
)
def test_the_platform_is_spelled_as_conda_does(
    target: str, subdir: str, built: Built
) -> None:
    tag = {
        "linux-64": "manylinux_2_28_x86_64",
        "linux-aarch64": "manylinux_2_28_aarch64",
    }
    tag |= {"osx-arm64": "macosx_11_0_arm64", "win-64": "win_amd64"}
    given = built(
        "fast",
        files={"fast.py": ""},
        tag=f"cp313-cp313-{tag[subdir]}",
        pure=False,
        entry_points="[console_scripts]\nfast = fast:main\n",
    )
    plan = plan_of(FORMAT, given, target)
    assert plan.architecture == subdir
    paths = {file.path for file in plan.files}
    if subdir == "win-64":
        assert {
            "Scripts/fast.bat",
            "Scripts/fast-script.py",
            "Lib/site-packages/fast.py",
        } <= paths
    else:
        assert {"bin/fast", "lib/python3.13/site-packages/fast.py"} <= paths
    if subdir == "osx-arm64":
        assert "__osx >=11.0" in plan.relations["requires"]


def test_about_and_licences_are_inside(built: Built, tmp_path: Path) -> None:
    given = demo(built, info={"licenses/LICENSE": "be good\n"})
    path, _ = made(FORMAT, given, TARGET, tmp_path, epoch=1_700_000_000)
    package = read_package(path)
    about = json.loads(package.information["about.json"])
    assert about["summary"] == 'Gr\u00fc\u00dfe "x"'
    assert about["home"] == "https://example.org"
    assert package.information["licenses/LICENSE"] == b"be good\n"
    assert package.index["timestamp"] == 1_700_000_000_000
    assert package.index["license"] == "MIT"
    assert "site-packages/demo/two words/\u00fc.txt" in {
        each.path for each in package.members
    }


@pytest.mark.parametrize("kind", ["conda", "tar.bz2"])
def test_the_same_tree_gives_the_same_bytes(
    kind: str, built: Built, tmp_path: Path
) -> None:
    given = demo(built)
    first = made(FORMAT, given, TARGET, tmp_path / "1", options={"format": kind})
    for path in given.root.rglob("*"):
        os.utime(path, (1, 1))
    before = os.umask(0o077)
    try:
        second = made(FORMAT, given, TARGET, tmp_path / "2", options={"format": kind})
    finally:
        os.umask(before)
    assert [path.read_bytes() for path in first] == [
        path.read_bytes() for path in second
    ]


@pytest.mark.parametrize("kind", ["conda", "tar.bz2"])
def test_verify_reads_it_back_and_refuses_what_is_damaged(
    kind: str, built: Built, tmp_path: Path
) -> None:
    path, _ = made(FORMAT, demo(built), TARGET, tmp_path, options={"format": kind})
    told: Any = FORMAT.verify(path)
    assert (told["name"], told["version"], told["architecture"]) == (
        "demo",
        "1.0",
        "noarch",
    )
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UnreadablePackageError):
        FORMAT.verify(path)


def test_packages_of_others_may_hold_links(tmp_path: Path) -> None:
    members = [
        TarMember("bin/python3.13", Content.of(b"program"), 0o755),
        TarMember("bin/python", kind=LINK, target="python3.13"),
    ]
    paths: Any = paths_json(members, placeholders={})
    # conda-build gives the digest of what the link leads to.
    paths["paths"][1] |= {
        "path_type": "softlink",
        "sha256": hashlib.sha256(b"program").hexdigest(),
    }
    information = {
        "index.json": json.dumps({"name": "python", "version": "3.13"}).encode(),
        "paths.json": json.dumps(paths).encode(),
    }
    path = tmp_path / "python-3.13-0.conda"
    with path.open("wb") as stream:
        write_package(
            stream,
            path.stem,
            ending=CONDA,
            information=information,
            members=lambda: iter(members),
            time=0,
        )
    told: Any = FORMAT.verify(path)
    assert {file["path"]: file["kind"] for file in told["files"]} == {
        "bin/python3.13": "file",
        "bin/python": "link",
    }


def test_a_channel_has_a_noarch_even_if_nothing_is_in_it(tmp_path: Path) -> None:
    (path,) = write_repository(tmp_path)
    assert path == tmp_path / "noarch" / "repodata.json"
    assert json.loads(path.read_text())["info"] == {"subdir": "noarch"}


def test_a_channel_grows_by_what_is_made_anew(built: Built, tmp_path: Path) -> None:
    made(FORMAT, inner(built), TARGET, tmp_path / "old")
    made(FORMAT, built("new"), TARGET, tmp_path / "new")
    (path,) = write_repository(tmp_path / "new", before=tmp_path / "old")
    listed = json.loads(path.read_text())["packages.conda"]
    assert sorted(listed) == ["inner-1.2.5-py_0.conda", "new-1.0-py_0.conda"]


def test_an_extra_with_unknown_needs_is_left_out_and_told(built: Built) -> None:
    plan = plan_of(FORMAT, demo(built), TARGET, names=OwnNames(unknown=("other",)))
    assert plan.packages == ()
    assert plan.notes == ("the extra more is left out: no package for other>=2",)
