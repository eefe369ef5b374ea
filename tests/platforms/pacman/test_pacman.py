"""bdist_pacman: pacman installs what we write, verifies it, and removes it."""

import gzip
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.doubles import OwnNames, made, plan_of
from tests.platforms.systems import PYTHON, run_in, tree_of

from pysetup.platforms.pacman import FORMAT
from pysetup.platforms.pacman.repository import write_repository
from pysetup.platforms.pacman.verify import parse_fields, read_package
from pysetup.platforms.tar_reader import UnreadablePackageError, read_tar_members

Built = Callable[..., Any]
TARGET = f"arch-{PYTHON}"
NAMES = OwnNames("python-")
FILES = {
    "demo/__init__.py": "import inner\n\n\n"
    "def main():\n    print('grüße', inner.value)\n",
    "demo/two words/ü.txt": "x",
    "demo_one.py": "",
    "demo-1.0.data/data/etc/demo.conf": "a = 1\n",
    "demo-1.0.data/data/share/man/man1/demo.1": ".TH demo 1\n",
    "demo-1.0.data/scripts/demo-script": "#!python\nprint('script')\n",
}
PAGE = "usr/share/man/man1/demo.1.gz"
ENTRY = "[console_scripts]\ndemo = demo:main\n"
METADATA = (
    "Summary: Gr\u00fc\u00dfe; $(rm -rf /) `id` 'x' \"y\"\n"
    "Home-page: https://example.org/$x\nLicense: MIT\n"
    "Author-email: J\u00fcrgen <j@example.org>\n"
    "Requires-Dist: inner~=1.2,!=1.3\nRequires-Dist: win; sys_platform == 'win32'\n"
    "Provides-Extra: more\nRequires-Dist: extra-thing>=2; extra == 'more'\n"
)


def demo(built: Built, **more: Any) -> Any:
    return built(files=FILES, entry_points=ENTRY, metadata=METADATA, **more)


def test_it_is_installed_run_verified_and_removed_without_a_trace(
    system: Any, built: Built, left_in: Any, tmp_path: Path
) -> None:
    inner = built("inner", "1.2.5", files={"inner.py": "value = 7\n"})
    out = tmp_path / "out"
    path, *_ = made(FORMAT, demo(built), TARGET, out, names=NAMES)
    before = tree_of(system.root)
    told = system("-U", *system.assume, path, check=False)
    assert "unable to satisfy dependency 'python-inner" in told
    (needed,) = made(FORMAT, inner, TARGET, out, names=NAMES)
    system("-U", *system.assume, path, needed)
    assert run_in(system.root, "demo").stdout == "grüße 7\n"
    assert run_in(system.root, "demo-script").stdout == "script\n"
    run_in(
        system.root,
        "python",
        "-c",
        "import demo_one, importlib.metadata as m; m.version('demo')",
    )
    assert " 0 altered files" in system("-Qkk", "python-demo")
    assert " 0 altered files" in system("-Qkk", "python-inner")
    assert "/etc/demo.conf" in system("-Qii", "python-demo")
    compiled = f"usr/lib/python{PYTHON}/site-packages/demo/__pycache__"
    assert (system.root / compiled).is_dir()
    system("-Rn", "python-demo", "python-inner")
    assert left_in(system.root, before) == set()


def test_a_repository_of_ours_is_enough_for_pacman(
    system: Any, built: Built, tmp_path: Path
) -> None:
    out = tmp_path / "a repository"
    inner = built("inner", "1.2.5", files={"inner.py": "value = 7\n"})
    for one in (demo(built), inner):
        made(FORMAT, one, TARGET, out, names=NAMES)
    write_repository(out, name="ours")
    with system.config.open("a") as stream:
        stream.write(f"[ours]\nServer = {out.as_uri()}\n")
    system("-Sy", *system.assume, "python-demo")
    assert run_in(system.root, "demo").stdout == "grüße 7\n"
    system("-Fy")
    assert "python-demo" in system("-Fx", "demo_one.py$")


def test_a_newer_version_takes_the_place_of_the_old_one(
    system: Any, built: Built, tmp_path: Path
) -> None:
    old = built("one", "1.0rc1", files={"one.py": "value = 1\n", "gone.py": ""})
    new = built("one", "1.0", files={"one.py": "value = 2\n"})
    for each in (old, new):
        path, *_ = made(FORMAT, each, TARGET, tmp_path / "out", names=NAMES)
        system("-U", *system.assume, path)
    done = run_in(system.root, "python", "-c", "import one; print(one.value)")
    assert done.stdout == "2\n"
    site = system.root / f"usr/lib/python{PYTHON}/site-packages"
    assert not (site / "gone.py").exists()
    assert [path.name for path in (site / "__pycache__").glob("gone*")] == []
    assert "downgrading" in system(
        "-U", *system.assume, tmp_path / "out" / "python-one-1.0.0rc1-1-any.pkg.tar.zst"
    )


def test_the_fields_say_what_the_document_says(built: Built, tmp_path: Path) -> None:
    path, *_ = made(
        FORMAT, demo(built), TARGET, tmp_path, names=NAMES, epoch=1_700_000_000
    )
    package = read_package(path)
    major, minor = PYTHON.split(".")
    assert package.one("pkgname") == "python-demo"
    assert package.one("pkgver") == "1.0.0-1"
    assert package.one("pkgdesc") == "Gr\u00fc\u00dfe; $(rm -rf /) `id` 'x' \"y\""
    assert package.one("license") == "MIT"
    assert package.one("arch") == "any"
    assert package.one("builddate") == "1700000000"
    assert package.fields["depend"] == (
        f"python>={PYTHON}",
        f"python<{major}.{int(minor) + 1}",
        "python-inner>=1.2.0",
        "python-inner<2.0.0Dev0",
    )
    assert package.fields["conflict"] == ("python-inner=1.3.0",)
    assert package.fields["optdepend"] == ("python-extra-thing: for the extra more",)
    assert package.fields["backup"] == ("etc/demo.conf",)
    with path.open("rb") as stream:
        listed = read_tar_members(stream, source=path.name, keep=PAGE.__eq__)
        contents = {each.path: each.content for each in listed}
    assert gzip.decompress(contents[PAGE]) == b".TH demo 1\n"


def test_every_key_that_the_formats_want_is_there(built: Built, tmp_path: Path) -> None:
    (path,) = made(FORMAT, built("one", "1.0"), TARGET, tmp_path, names=NAMES)
    package = read_package(path)
    once = ("pkgname", "pkgbase", "xdata", "pkgver", "pkgdesc", "url", "builddate")
    assert {*once, "packager", "size", "arch"} <= package.fields.keys()
    assert package.fields["url"] == ("",)
    members = {each.path: each.content for each in package.members}
    fields = parse_fields(members[".BUILDINFO"].decode())
    assert set(fields) == {
        *("format", "pkgname", "pkgbase", "pkgver", "pkgarch", "pkgbuild_sha256sum"),
        *("packager", "builddate", "builddir", "startdir"),
        *("buildtool", "buildtoolver"),
    }
    assert len(fields["pkgbuild_sha256sum"][0]) == 64


def test_byte_code_of_another_python_is_left_out(built: Built) -> None:
    files = {"demo/__init__.py": "", "demo/__pycache__/__init__.cpython-39.pyc": b"x"}
    plan = plan_of(FORMAT, built(files=files), TARGET, names=NAMES)
    assert [each.path for each in plan.files if "pycache" in each.path] == []


def test_another_name_stands_for_the_usual_one(built: Built) -> None:
    plan = plan_of(FORMAT, demo(built), TARGET, names=OwnNames("acme-"))
    assert plan.relations["provides"] == ("python-demo=1.0.0",)
    assert "python-demo" in plan.relations["conflicts"]


def test_extras_are_packages_when_asked_for(built: Built, tmp_path: Path) -> None:
    paths = made(
        FORMAT, demo(built), TARGET, tmp_path, names=NAMES, options={"extras": True}
    )
    extra = read_package(paths[1])
    assert extra.one("pkgname") == "python-demo-more"
    assert extra.fields["depend"] == (
        "python-demo=1.0.0-1",
        "python-extra-thing>=2.0.0",
    )
    assert extra.owned == ()
    other = OwnNames("python-", unknown=("extra-thing",))
    plan = plan_of(FORMAT, demo(built), TARGET, names=other, options={"extras": True})
    assert plan.notes == ("the extra more is left out: no package for extra-thing>=2",)


def test_what_nobody_knows_is_listed_without_evidence(built: Built) -> None:
    plan = plan_of(
        FORMAT, demo(built), TARGET, names=OwnNames("python-", unknown=("inner",))
    )
    assert [(each.requirement, each.evidence) for each in plan.mapping] == [
        ("inner~=1.2,!=1.3", "")
    ]
    assert type(plan).from_json(plan.to_json()) == plan


@pytest.mark.parametrize("compression", ["zst", "xz", "gz"])
def test_the_same_tree_gives_the_same_bytes(
    compression: str, built: Built, tmp_path: Path
) -> None:
    given = demo(built)
    options = {"compression": compression}
    first, *_ = made(FORMAT, given, TARGET, tmp_path / "1", options=options)
    for path in given.root.rglob("*"):
        os.utime(path, (1, 1))
    before = os.umask(0o077)
    try:
        second, *_ = made(FORMAT, given, TARGET, tmp_path / "2", options=options)
    finally:
        os.umask(before)
    assert first.read_bytes() == second.read_bytes()
    assert FORMAT.verify(first) == FORMAT.verify(second)


def test_a_damaged_package_is_refused(built: Built, tmp_path: Path) -> None:
    path, *_ = made(FORMAT, demo(built), TARGET, tmp_path)
    told: Any = FORMAT.verify(path)
    assert (told["name"], told["version"], told["architecture"]) == (
        "demo",
        "1.0.0-1",
        "any",
    )
    assert {each["path"] for each in told["files"]} >= {"etc/demo.conf", "usr/bin/demo"}
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UnreadablePackageError):
        FORMAT.verify(path)


def test_a_database_lists_the_newest_of_each_package(
    built: Built, tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for name, version in (
        ("one", "1.0"),
        ("one", "1.10"),
        ("one", "1.9"),
        ("two", "1"),
    ):
        made(FORMAT, built(name, version), TARGET, old, names=NAMES)
    made(FORMAT, built("two", "0.5"), TARGET, new, names=NAMES)
    write_repository(new, before=old)
    with tarfile.open(new / "pysetup.db") as archive:
        names = {each.partition("/")[0] for each in archive.getnames()}
    assert names == {"python-one-1.10.0-1", "python-two-0.5.0-1"}


def test_an_own_database_has_what_repo_add_writes(
    need_tool: Callable[[str], str], built: Built, tmp_path: Path
) -> None:
    program = need_tool("repo-add")
    need_tool("bsdtar")
    made(FORMAT, demo(built), TARGET, tmp_path, names=NAMES)
    write_repository(tmp_path, name="ours")
    theirs = tmp_path / "theirs.db.tar.gz"
    packages = sorted(tmp_path.glob("*.pkg.tar.zst"))
    subprocess.run([program, "-q", theirs, *packages], check=True, capture_output=True)

    def described(path: Path) -> dict[str, list[str]]:
        text = subprocess.run(
            ["tar", "-xzOf", path, "python-demo-1.0.0-1/desc"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rows = (block.split("\n") for block in text.strip().split("\n\n"))
        return {row[0]: row[1:] for row in rows if row[0] != "%MD5SUM%"}

    assert described(tmp_path / "ours.db.tar.gz") == described(theirs)
