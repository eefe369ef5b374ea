"""PKGBUILD: makepkg reads it as we mean it, and builds the same package from it."""

import importlib.util
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.doubles import OwnNames, made, plan_of
from tests.platforms.systems import PYTHON, copy_python

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import Making
from pysetup.platforms.pacman import FORMAT
from pysetup.platforms.pacman.verify import read_package

Built = Callable[..., Any]
TARGET = f"arch-{PYTHON}"
NAMES = OwnNames("python-")
NOBODY = 65534
HOSTILE = (
    'Summary: It\'s "$(touch /tmp/hurt)" `touch /tmp/hurt` ${HOME} \\ #{x} %s\n'
    "Home-page: https://example.org/'\";$(touch /tmp/hurt)\n"
    "Author: Evil\u2028touch /tmp/hurt\n"
    "License: '); touch /tmp/hurt; echo ('\n"
    "Requires-Dist: inner>=1.0,!=1.5\n"
    "Provides-Extra: more\nRequires-Dist: thing; extra == 'more'\n"
)
PYPROJECT = """
[build-system]
requires = ["flit_core>=3.2"]
build-backend = "flit_core.buildapi"
[project]
name = "demo"
version = "1.0"
description = "A demo"
license = {text = "MIT"}
dependencies = ["inner>=1.0"]
scripts = {demo = "demo:main"}
[tool.flit.external-data]
directory = "data"
"""


def sdist(folder: Path, files: dict[str, str], top: str = "demo-1.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{top}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def makepkg(folder: Path, *words: str, path: Path | None = None) -> str:
    """Run makepkg in ``folder``: as nobody, for it refuses to run as root."""
    as_nobody: list[str] = []
    if os.geteuid() == 0:
        as_nobody = [
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
        ]
        for each in (folder, *folder.rglob("*")):
            os.chown(each, NOBODY, NOBODY)
    done = subprocess.run(
        [*as_nobody, "makepkg", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{path}:/usr/bin:/bin" if path else "/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "PKGEXT": ".pkg.tar.gz",
            # A Python that was moved finds its shared library so.
            "LD_LIBRARY_PATH": f"{path}/../lib" if path else "",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; those of pytest are for one user."""
    with tempfile.TemporaryDirectory(prefix="pkgbuild-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


def recipe(
    metadata: Metadata, archive: Path, out: Path, built: Any, **options: Any
) -> Path:
    plan = plan_of(FORMAT, built, TARGET, names=NAMES, options=options)
    making = Making(tools=None, epoch=None, scratch=out)  # type: ignore[arg-type] # no program is run
    FORMAT.source_dist(archive, metadata, out=out, plan=plan, making=making)
    return out


@pytest.mark.parametrize(
    ("version", "url"),
    [
        ("1.0", ""),
        ("2!1.0rc1.post2+local.1", "pypi"),
        ("1.0", "https://example.org/'$(touch /tmp/hurt)"),
    ],
)
def test_makepkg_reads_what_we_mean_whatever_the_texts_are(
    version: str,
    url: str,
    need_tool: Callable[[str], str],
    built: Built,
    open_folder: Path,
) -> None:
    need_tool("makepkg")
    given = built("demo", version, metadata=HOSTILE)
    archive = sdist(open_folder / "dist", {"x.py": ""}, f"demo-{version}")
    folder = recipe(given.metadata, archive, open_folder / "out", given, url=url)
    ours = (folder / ".SRCINFO").read_text()
    assert makepkg(folder, "--printsrcinfo") == ours
    assert not Path("/tmp/hurt").exists()
    assert "\tdepends = python-inner>=1.0.0\n" in ours
    assert ("epoch = 2" in ours) == version.startswith("2!")


def test_what_stands_beside_the_modules_by_mistake_goes(
    built: Built, tmp_path: Path
) -> None:
    given = built(files={"demo.py": "", "tests/test_a.py": "", "my notes.py": ""})
    archive = sdist(tmp_path / "dist", {"pyproject.toml": PYPROJECT})
    text = (
        recipe(given.metadata, archive, tmp_path / "out", given) / "PKGBUILD"
    ).read_text("utf-8")
    assert '  rm -r "$pkgdir"/usr/lib/python3*/site-packages/tests\n' in text
    path, *_ = made(FORMAT, given, TARGET, tmp_path / "binary", names=NAMES)
    owned = [each.path for each in read_package(path).owned]
    assert not any("/tests" in each for each in owned)
    assert any("my notes.py" in each for each in owned)


@pytest.mark.slow
def test_makepkg_builds_the_same_package(
    need_tool: Callable[[str], str], built: Built, open_folder: Path
) -> None:
    need_tool("makepkg")
    files = {
        "pyproject.toml": PYPROJECT,
        "demo.py": '"""A demo."""\n\n\ndef main():\n    print("hello")\n',
        "data/etc/demo.conf": "a = 1\n",
        "data/share/man/man1/demo.1": ".TH demo 1\n",
    }
    archive = sdist(open_folder / "dist", files)
    given = built(
        files={
            "demo.py": files["demo.py"],
            "demo-1.0.data/data/etc/demo.conf": "a = 1\n",
            "demo-1.0.data/data/share/man/man1/demo.1": ".TH demo 1\n",
        },
        entry_points="[console_scripts]\ndemo = demo:main\n",
        metadata="Summary: A demo\nLicense: MIT\nRequires-Dist: inner>=1.0\n",
    )
    folder = recipe(given.metadata, archive, open_folder / "out", given)
    program = copy_python(open_folder / "python")
    site = program.parent.parent / "lib" / f"python{PYTHON}" / "site-packages"
    for name in ("build", "pyproject_hooks", "packaging", "installer", "flit_core"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        place = Path(spec.origin).parent
        shutil.copytree(place, site / name)
        for info in place.parent.glob(f"{name}-*.dist-info"):
            shutil.copytree(info, site / info.name)
    makepkg(folder, "--nodeps", path=program.parent)
    (theirs,) = (read_package(path) for path in folder.glob("*.pkg.tar.gz"))
    path, *_ = made(FORMAT, given, TARGET, open_folder / "binary", names=NAMES)
    ours = read_package(path)
    for key in ("pkgname", "pkgver", "arch", "license", "pkgdesc"):
        assert theirs.fields[key] == ours.fields[key]
    # What is built there is for the Python that is there.
    assert theirs.fields["depend"] == ("python", *ours.fields["depend"][2:])

    def modules(package: Any) -> set[str]:
        paths = {each.path for each in package.owned}
        return {
            path
            for path in paths
            if "dist-info" not in path and "__pycache__" not in path
        }

    assert modules(theirs) == modules(ours)
    assert theirs.fields["backup"] == ours.fields["backup"] == ("etc/demo.conf",)
