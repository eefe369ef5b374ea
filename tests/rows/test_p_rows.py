"""The rows P1 to P12 of the founding plan: packages of all systems from one wheel."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

NEEDS = "Requires-Dist: zz-needed~=1.4,!=1.5\n"
SOURCE = (
    "import sys\ndef main():\n    print('hello from', sys.argv[0].split('/')[-1])\n"
)
Make = Callable[..., Path]


@pytest.fixture
def wheel(make_wheel: Any) -> Path:
    """A project with a command, configuration, and a requirement nobody has."""
    made = make_wheel(
        "zz-row",
        "1.2",
        files={
            "zz_row.py": SOURCE,
            "zz_row-1.2.data/data/etc/zz-row.conf": "colour = red\n",
            "zz_row-1.2.data/data/share/man/man1/zz-row.1": ".TH ZZ-ROW 1\n",
        },
        metadata=f"Summary: A row\nLicense-Expression: MIT\n{NEEDS}",
        entry_points="[console_scripts]\nzz-row = zz_row:main\n",
    )
    return Path(made)


@pytest.fixture
def package(pysetup: Any, wheel: Path, tmp_path: Path) -> Make:
    """Make a package of the project in a format; return the file."""
    mapped = tmp_path / "map.json"
    mapped.write_text('{"zz-needed": ["zz-needed-package"]}')

    def make(format_: str, *words: str) -> Path:
        ran = pysetup(
            *("--json", f"bdist_{format_}", wheel, "-o", tmp_path / format_),
            *("--map-deps", mapped, *words),
        )
        assert ran.code == 0, ran.err
        files = json.loads(ran.out)["result"]["files"]
        return Path(files[0]["location"])

    return make


def plan_of(pysetup: Any, *words: str | Path) -> dict[str, Any]:
    ran = pysetup("--json", *words, "--dry-run")
    assert ran.code in (0, 3), ran.err
    plan: dict[str, Any] = json.loads(ran.out)["result"]["plans"][0]
    return plan


def test_p01_a_function_of_a_plug_in_makes_a_format(
    pysetup: Any, wheel: Path, project_root: Path, tmp_path: Path
) -> None:
    plugin = project_root / "examples/plugins/bdist_flat"
    assert len((plugin / "bdist_flat.py").read_text().splitlines()) < 60
    assert pysetup("bdist_wheel", plugin, "-o", tmp_path).code == 0
    site = tmp_path / "site"
    (made,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(site)
    env = {"PYTHONPATH": str(site)}
    ran = pysetup("bdist_flat", wheel, "-o", tmp_path / "out", env=env)
    assert ran.code == 0, ran.err
    assert (tmp_path / "out/zz-row-1.2.flat.zip").is_file()


def test_p02_options_stand_in_the_document_and_on_the_command_line(
    pysetup: Any, tmp_path: Path
) -> None:
    (tmp_path / "zz_row.py").write_text("")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "zz-row"\nversion = "1.2"\n'
        '[tool.pysetup.commands.bdist_dumb.options]\nformat = "zip"\n'
    )
    assert plan_of(pysetup, "bdist_dumb", tmp_path)["options"]["format"] == "zip"
    other = plan_of(pysetup, "bdist_dumb", tmp_path, "-O", "format=xztar")
    assert other["options"]["format"] == "xztar"
    ran = pysetup("bdist_dumb", tmp_path, "-O", "format=rar")
    assert (ran.code, "error[PS2943]" in ran.err) == (2, True)
    ran = pysetup("bdist_dumb", tmp_path, "-o", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out/zz_row-1.2.portable.zip") as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("pysetup-package.json")]
        assert json.loads(archive.read(name))["options"]["format"] == "zip"


def test_p03_every_bdist_is_one_of_the_list(pysetup: Any, wheel: Path) -> None:
    listed = json.loads(pysetup("--json", "bdist", "--list-formats").out)["result"]
    names = {one["name"] for one in listed}
    expected = "wheel dumb rpm deb wininst msi pkg conda pacman zipapp"
    assert {*expected.split()} <= names
    ran = pysetup("bdist_pacmna", wheel)
    assert "did you mean  pysetup bdist_pacman ?" in ran.err


def test_p04_a_dumb_archive_runs_where_it_is_unpacked(
    package: Make, tmp_path: Path
) -> None:
    place = tmp_path / "anywhere at all"
    python = f"portable-{sys.version_info.major}.{sys.version_info.minor}"
    with tarfile.open(package("dumb", "--target", python)) as archive:
        archive.extractall(place, filter="tar")
    (command,) = place.rglob("bin/zz-row")
    environ = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin"}
    done = subprocess.run(
        [command], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout == "hello from zz-row\n"


def test_p05_an_installer_for_windows(package: Make, need_tool: Any) -> None:
    need_tool("makensis")
    made = package("wininst")
    assert made.suffix == ".exe"
    assert made.read_bytes()[:2] == b"MZ"


def test_p06_a_package_that_rpm_reads(package: Make, need_tool: Any) -> None:
    rpm = need_tool("rpm")
    query = [rpm, "-qp", "--qf", "%{NAME} %{VERSION} %{LICENSE}\\n", "--requires"]
    made = package("rpm", "--target", "fedora-42")
    done = subprocess.run([*query, made], capture_output=True, text=True, check=True)
    assert "python3-zz-row 1.2 MIT" in done.stdout
    assert (
        subprocess.run([rpm, "-K", "--nosignature", made], check=False).returncode == 0
    )


def test_p07_a_wheel_is_the_same_each_time(
    pysetup: Any, wheel: Path, tmp_path: Path
) -> None:
    for out in ("one", "two"):
        assert pysetup("bdist_wheel", wheel, "-o", tmp_path / out).code == 0
    one, two = (next((tmp_path / out).iterdir()) for out in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_p08_a_package_of_windows_installer(package: Make, need_tool: Any) -> None:
    msiinfo = need_tool("msiinfo")
    done = subprocess.run(
        [msiinfo, "export", package("msi"), "File"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "zz_row.py" in done.stdout


def test_p09_a_package_of_macos(package: Make, need_tool: Any) -> None:
    done = subprocess.run(
        [need_tool("bsdtar"), "-tf", package("pkg")],
        capture_output=True,
        text=True,
        check=True,
    )
    listed = done.stdout.split()
    assert "Distribution" in listed
    names = {path.rpartition("/")[2] for path in listed}
    assert {"Bom", "PackageInfo", "Payload"} <= names


def test_p10_a_package_that_dpkg_reads(package: Make, need_tool: Any) -> None:
    dpkg = need_tool("dpkg-deb")
    made = package("deb", "--target", "ubuntu-24.04")
    field = [dpkg, "-f", made, "Package", "Depends"]
    told = subprocess.run(field, capture_output=True, text=True, check=True).stdout
    assert "Package: python3-zz-row\n" in told
    assert "zz-needed-package (>= 1.4~~)" in told
    listed = subprocess.run(
        [dpkg, "-c", made], capture_output=True, text=True, check=True
    ).stdout
    for path in ("etc/zz-row.conf", "usr/bin/zz-row", "dist-packages/zz_row.py"):
        assert f"{path}\n" in listed


def test_p11_one_wheel_is_the_source_of_them_all(pysetup: Any, wheel: Path) -> None:
    digests = set()
    for format_ in ("deb", "rpm", "pacman", "conda", "msi", "pkg", "dumb"):
        plan = plan_of(pysetup, f"bdist_{format_}", wheel)
        sources = {file.get("source") for file in plan["files"]}
        assert "zz_row.py" in sources, format_
        assert any(path and path.endswith("METADATA") for path in sources), format_
        digests.add((plan["project"], plan["project_version"]))
    assert digests == {("zz-row", "1.2")}


@pytest.mark.parametrize(
    ("format_", "relations"),
    [
        ("deb", ["zz-needed-package (>= 1.4~~)", "zz-needed-package (<< 2~~)"]),
        ("rpm", ["zz-needed"]),
        ("pacman", ["zz-needed-package"]),
        ("conda", ["zz-needed-package"]),
    ],
)
def test_p12_specifiers_are_translated_for_each_system(
    pysetup: Any, wheel: Path, tmp_path: Path, format_: str, relations: list[str]
) -> None:
    mapped = tmp_path / "map.json"
    mapped.write_text('{"zz-needed": ["zz-needed-package"]}')
    words: list[str | Path] = [] if format_ == "rpm" else ["--map-deps", mapped]
    plan = plan_of(pysetup, f"bdist_{format_}", wheel, *words)
    told = " ".join(plan["relations"]["requires"])
    for relation in relations:
        assert relation in told
