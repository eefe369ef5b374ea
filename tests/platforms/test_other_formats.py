"""bdist_conda, pacman, dumb, zipapp and the recipes, as a user runs them."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]
ENTRY = "[console_scripts]\ndemo = demo:main\n"
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0\x3e\0" + bytes(44)
FORMATS = ("conda", "pacman", "dumb", "zipapp")


@pytest.fixture
def without_zstd(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python that has no zstd."""
    folder = tmp_path / "without"
    for name in ("zstandard", "compression"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise ImportError('not here')\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_made_is_read_back_into_the_answer(
    name: str, pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    wheel = make_wheel(entry_points=ENTRY)
    out = tmp_path / "out put"
    ran = pysetup(f"bdist_{name}", "--json", "--outdir", out, wheel)
    assert ran.code == 0, ran.out
    result = json.loads(ran.out)["result"]
    for file in result["files"]:
        assert Path(file["location"]).is_file()
        assert file["contents"]["version"].startswith("1")
        for each in file["contents"]["files"]:
            wanted = {"path", "mode", "kind"}
            wanted |= {"size", "sha256"} if each["kind"] == "file" else set()
            assert set(each) == wanted
    assert [plan["format"] for plan in result["plans"]] == [name]


def test_without_zstd_the_older_compressions_are_taken(
    pysetup: Any, make_wheel: Make, without_zstd: dict[str, str], tmp_path: Path
) -> None:
    wheel = make_wheel()
    for name, file in (
        ("conda", "noarch/demo-1.0-py_0.tar.bz2"),
        ("pacman", "python-demo-1.0.0-1-any.pkg.tar.xz"),
    ):
        ran = pysetup(f"bdist_{name}", "--outdir", tmp_path, wheel, env=without_zstd)
        assert ran.code == 0, ran.err
        assert (tmp_path / file).is_file()


@pytest.mark.parametrize(
    ("name", "option"), [("conda", "format=conda"), ("pacman", "compression=zst")]
)
def test_zstd_that_is_asked_for_and_not_there_is_named(
    name: str,
    option: str,
    pysetup: Any,
    make_wheel: Make,
    without_zstd: dict[str, str],
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    words = (f"bdist_{name}", "-O", option, "--outdir", out, make_wheel())
    ran = pysetup(*words, env=without_zstd)
    assert ran.code == 6
    assert "PS6600" in ran.err
    assert "zstandard" in ran.err
    assert not out.exists() or list(out.iterdir()) == []


@pytest.mark.parametrize("name", ["conda", "pacman", "dumb"])
def test_a_wheel_for_another_machine_is_refused(
    name: str, pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    wheel = make_wheel(
        files={"demo.py": "", "demo_native.so": ELF},
        tag="cp313-cp313-win_arm64",
        pure=False,
    )
    out = tmp_path / "out"
    ran = pysetup(f"bdist_{name}", "--outdir", out, wheel)
    assert ran.code == 2
    assert "PS2942" in ran.err
    assert not out.exists()


def test_a_zip_application_of_machine_code_is_refused(
    pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    wheel = make_wheel(
        files={"demo.py": "", "demo_native.so": ELF},
        tag="cp313-cp313-manylinux_2_17_x86_64",
        pure=False,
        entry_points=ENTRY,
    )
    out = tmp_path / "out"
    ran = pysetup("bdist_zipapp", "--outdir", out, wheel)
    assert ran.code == 6
    assert "demo_native.so" in ran.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ("manylinux_2_39_x86_64", 0),
        ("manylinux_2_39_aarch64", 2),
        ("musllinux_1_2_x86_64", 2),
        ("win_amd64", 2),
    ],
)
@pytest.mark.parametrize("name", ["conda", "dumb"])
def test_a_newer_c_library_is_needed_and_no_reason_to_refuse(
    name: str, platform: str, code: int, pysetup: Any, make_wheel: Make
) -> None:
    tag = f"cp313-cp313-{platform}"
    wheel = make_wheel(files={"demo.so": ELF}, tag=tag, pure=False)
    ran = pysetup("--json", f"bdist_{name}", "--dry-run", wheel)
    assert ran.code == code, ran.err
    if code == 0:
        (plan,) = json.loads(ran.out)["result"]["plans"]
        told = plan["relations"]["requires"] if name == "conda" else plan["notes"]
        assert any("glibc" in text and "2.39" in text for text in told)


def test_one_file_takes_the_wheel_without_machine_code(
    pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    tag = "cp313-cp313-manylinux_2_17_x86_64"
    make_wheel("inner", files={"inner.so": ELF}, tag=tag, pure=False)
    make_wheel("inner", files={"inner.py": "value = 3\n"})
    demo = make_wheel(
        "demo",
        files={"demo.py": "import inner\ndef main():\n    print(inner.value)\n"},
        metadata="Requires-Dist: inner\n",
        entry_points=ENTRY,
    )
    words = ("--with-deps", "--no-index", "-f", demo.parent, "--outdir", tmp_path)
    ran = pysetup("bdist_zipapp", *words, demo)
    assert ran.code == 0, ran.err
    done = subprocess.run(
        [sys.executable, tmp_path / "demo-1.0.pyz"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "3\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(
    pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    ran = pysetup("bdist_dumb", "--outdir", out, make_wheel())
    assert ran.code in (2, 6, 7)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["conda", "pacman", "dumb", "zipapp", "rpm", "deb"])
def test_a_disk_without_room_is_told_and_nothing_stays(
    name: str, pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    noise = hashlib.shake_128(b"").digest(200_000)
    wheel = make_wheel(files={"demo.py": "", "noise.bin": noise}, entry_points=ENTRY)
    out = tmp_path / "out"
    words = ("-m", "pysetup", f"bdist_{name}", "--outdir", out, wheel)
    limited = ("sh", "-c", 'ulimit -f 128; exec "$0" "$@"', sys.executable, *words)
    environ = {**pysetup.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        limited, capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 7, done.stderr
    assert "PS7910" in done.stderr
    assert "df -h" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("name", ["nix", "homebrew", "gentoo", "freebsd"])
def test_recipes_have_a_source_level_alone(
    name: str, pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    ran = pysetup(f"bdist_{name}", "--outdir", tmp_path / "out", make_wheel())
    assert ran.code == 2
    assert "--source" in ran.err


@pytest.mark.parametrize("name", ["conda", "pacman"])
def test_two_runs_share_a_repository(
    name: str, pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for project in ("one", "two"):
        words = (f"bdist_{name}", "--with-deps", "--offline", "--outdir", out)
        ran = pysetup(*words, make_wheel(project))
        assert ran.code == 0, ran.err
    if name == "conda":
        told = json.loads((out / "noarch" / "repodata.json").read_text())
        assert len(told["packages.conda"] | told["packages"]) == 2
    else:
        assert (out / "pysetup.db").read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("name", ["conda", "pacman"])
def test_an_extra_of_which_no_package_is_known_is_told(
    name: str, pysetup: Any, make_wheel: Make
) -> None:
    demo = make_wheel(
        "aa-demo",
        metadata="Requires-Dist: other[more]>=1\n"
        "Provides-Extra: own\nRequires-Dist: other[own]>=2; extra == 'own'\n",
    )
    ran = pysetup("--json", f"bdist_{name}", "--dry-run", demo)
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    assert any(
        "other" in text and ">=1" in text for text in plan["relations"]["requires"]
    )
    assert plan["packages"] == []
    told, left_out, *_ = plan["notes"]
    assert told.startswith("other is required without what other[more] adds")
    assert left_out.startswith("the extra own is left out: no package for other[")


@pytest.mark.parametrize("name", ["conda", "pacman", "rpm"])
def test_extras_that_are_needed_are_made_though_the_project_has_none(
    name: str, pysetup: Any, make_wheel: Make, tmp_path: Path
) -> None:
    make_wheel("aa-end")
    make_wheel(
        "aa-middle",
        metadata="Provides-Extra: more\nRequires-Dist: aa-end; extra == 'more'\n",
    )
    demo = make_wheel(
        "aa-demo",
        metadata="Requires-Dist: aa-middle[more]\n"
        "Provides-Extra: own\nRequires-Dist: aa-end; extra == 'own'\n",
    )
    out = tmp_path / "out"
    words = ("--with-deps", "-O", "extras=no", "--no-index", "-f", demo.parent)
    ran = pysetup(f"bdist_{name}", *words, "--outdir", out, demo)
    assert ran.code == 0, ran.err
    assert re.search(r"aa-middle[-+]more", ran.out)
    assert not re.search(r"aa-demo[-+]own", ran.out)


@pytest.mark.parametrize(
    ("format_", "words", "architecture"),
    [
        ("rpm", ["--target", "fedora-42"], "noarch"),
        ("deb", ["--target", "ubuntu-24.04"], "all"),
        ("pacman", [], "any"),
    ],
)
def test_programs_for_another_system_are_data(
    pysetup: Any,
    make_wheel: Any,
    format_: str,
    words: list[str],
    architecture: str,
) -> None:
    """Starters for Windows, as setuptools brings them, make no package compiled."""
    head = b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0\x64\x86" + bytes(200)
    wheel = make_wheel(files={"demo/__init__.py": "", "demo/cli.exe": head})
    ran = pysetup("--json", f"bdist_{format_}", wheel, "--dry-run", *words)
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    assert plan["architecture"] == architecture
