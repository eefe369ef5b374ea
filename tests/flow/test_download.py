"""``download``: into a folder that is enough without a network, and proves it."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow


@pytest.fixture
def wheels(make_wheel: Any) -> Path:
    made = make_wheel("demo", "1.0", metadata="Requires-Dist: helper>=1\n")
    make_wheel("helper", "1.0")
    make_wheel("helper", "1.1", metadata="Requires-Python: >=3.8\n")
    return Path(made.parent)


@pytest.fixture
def run(
    tmp_path: Path, wheels: Path, pysetup: Any, new_environment: Callable[..., Path]
) -> Callable[..., Any]:
    environment = new_environment()

    def run(*words: object) -> Any:
        environ = {
            "PYSETUP_NO_INDEX": "1",
            "PYSETUP_FIND_LINKS": str(wheels),
            "VIRTUAL_ENV": str(environment),
        }
        return pysetup(*words, cwd=tmp_path, env=environ)

    return run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_that_is_needed_comes_once_and_whole(
    run: Callable[..., Any], tmp_path: Path, wheels: Path
) -> None:
    ran = run("download", "-d", "gap", "demo")
    assert ran.code == 0, ran.err
    assert names(tmp_path / "gap") == [
        "demo-1.0-py3-none-any.whl",
        "helper-1.1-py3-none-any.whl",
    ]
    assert ran.out.splitlines()[:2] == [f"+ {n}" for n in names(tmp_path / "gap")]
    for name in names(tmp_path / "gap"):
        assert (tmp_path / "gap" / name).read_bytes() == (wheels / name).read_bytes()
    again = run("download", "-d", "gap", "demo")
    assert again.out.startswith("= demo-1.0")


def test_without_dependencies_and_for_a_dry_run(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    assert run("download", "-d", "gap", "--dry-run", "demo").code == 0
    assert not (tmp_path / "gap").exists()
    run("download", "-d", "gap", "--no-deps", "demo")
    assert names(tmp_path / "gap") == ["demo-1.0-py3-none-any.whl"]


def test_the_folder_is_enough_in_every_way(
    run: Callable[..., Any],
    tmp_path: Path,
    pysetup: Any,
    new_environment: Callable[..., Path],
) -> None:
    ran = run("download", "--with-deps", "-d", "gap", "demo")
    assert ran.code == 0, ran.err
    assert "Verified 2 files: enough to install from" in ran.out
    for number, words in enumerate(
        (["--no-index", "-f", "gap"], ["-i", "gap/simple"], ["-i", "gap/simple/"])
    ):
        fresh = new_environment(f"fresh-{number}")
        ran = pysetup("install", "--env", fresh, *words, "demo", cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert ran.out == "+ demo 1.0\n+ helper 1.1\n"


def test_the_manifest_says_what_there_is_and_for_what(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    run("download", "--with-deps", "-d", "gap", "demo")
    manifest = json.loads((tmp_path / "gap/pysetup-download.json").read_bytes())
    assert manifest["requirements"] == ["demo"]
    assert [row["filename"] for row in manifest["files"]] == [
        "demo-1.0-py3-none-any.whl",
        "helper-1.1-py3-none-any.whl",
    ]
    assert manifest["files"][1]["requires_python"] == ">=3.8"
    metadata = (tmp_path / "gap/demo-1.0-py3-none-any.whl.metadata").read_text("utf-8")
    assert "Requires-Dist: helper>=1" in metadata


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param("demo-1.0-py3-none-any.whl", "is sha256:", id="changed file"),
        pytest.param("helper-1.1-py3-none-any.whl", "is missing", id="missing file"),
        pytest.param("new-1.0-py3-none-any.whl", "is not listed", id="one too many"),
        pytest.param(
            "demo-1.0-py3-none-any.whl.metadata", "is not the METADATA", id="metadata"
        ),
    ],
)
def test_whatever_became_of_the_folder_is_seen(
    run: Callable[..., Any], tmp_path: Path, name: str, fault: str
) -> None:
    run("download", "--with-deps", "-d", "gap", "demo")
    assert run("download", "--verify", "-d", "gap").code == 0
    path = tmp_path / "gap" / name
    if fault == "is missing":
        path.unlink()
    else:
        path.write_bytes(b"something else")
    ran = run("download", "--verify", "-d", "gap")
    assert ran.code == 5
    assert "error[PS5870]" in ran.err
    assert fault in ran.err
    assert name in ran.err


def test_of_a_project_folder_what_it_requires_is_downloaded(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    project = tmp_path / "mine"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "mine"\nversion = "1"\ndependencies = ["helper<1.1"]\n',
        "utf-8",
    )
    (project / "mine.py").write_text("", "utf-8")
    ran = run("download", "-d", "gap", project)
    assert "note: mine is a folder" in ran.err
    assert names(tmp_path / "gap") == ["helper-1.0-py3-none-any.whl"]


def test_a_source_is_not_built_where_nobody_asks_what_it_requires(
    run: Callable[..., Any], tmp_path: Path, wheels: Path
) -> None:
    folder = tmp_path / "old-1.0"
    folder.mkdir()
    (folder / "PKG-INFO").write_text(
        "Metadata-Version: 2.1\nName: old\nVersion: 1.0\n", "utf-8"
    )
    (folder / "setup.py").write_text("raise SystemExit('it was run')\n", "utf-8")
    with tarfile.open(wheels / "old-1.0.tar.gz", "w:gz") as archive:
        archive.add(folder, "old-1.0")
    ran = run("download", "--no-deps", "-d", "gap", "old")
    assert ran.code == 0, ran.err
    assert names(tmp_path / "gap") == ["old-1.0.tar.gz"]


def test_several_machines_share_a_folder(
    run: Callable[..., Any], tmp_path: Path, make_wheel: Any
) -> None:
    make_wheel("fast", "1.0", tag="cp312-cp312-win_amd64", pure=False)
    make_wheel("fast", "1.0", tag="cp313-cp313-manylinux_2_17_aarch64", pure=False)
    described = run("inspect", "--tags")
    (tmp_path / "machine.json").write_text(described.out, "utf-8")
    words = ("download", "--with-deps", "-d", "gap")
    one = run(
        *(*words, "--python-version", "3.12", "--platform", "win_amd64"),
        *("fast", "demo"),
    )
    assert one.code == 0, one.err
    two = run(
        *(*words, "--python-version", "3.13"),
        *("--python-platform", "aarch64-manylinux_2_28", "fast"),
    )
    assert two.code == 0, two.err
    three = run(*words, "--target-of", "machine.json", "helper")
    assert three.code == 0, three.err
    assert names(tmp_path / "gap")[:5:2] == [
        "demo-1.0-py3-none-any.whl",
        "fast-1.0-cp312-cp312-win_amd64.whl",
        "fast-1.0-cp313-cp313-manylinux_2_17_aarch64.whl",
    ]
    proved = json.loads(run("download", "--verify", "-d", "gap", "--json").out)
    assert proved["result"]["targets"] == [
        "Python 3.12.0 on win_amd64",
        "Python 3.13.0 on aarch64-manylinux_2_28",
        "machine",
    ]
    # Nothing for a machine that no wheel is for.
    ran = run(*words, "--python-version", "3.9", "--platform", "win_amd64", "fast")
    assert ran.code == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--platform", "no such!", "demo"], "PS2112", id="platform"),
        pytest.param(["--python-version", "x", "demo"], "PS2113", id="version"),
        pytest.param(["--target-of", "demo.json", "demo"], "PS2874", id="no file"),
        pytest.param([], "PS2601", id="nothing named"),
        pytest.param(["--verify", "demo"], "PS2601", id="verify something"),
    ],
)
def test_what_makes_no_sense_is_told(
    run: Callable[..., Any], words: list[str], code: str
) -> None:
    assert f"error[{code}]" in run("download", *words).err


def test_a_file_that_describes_no_machine_is_refused(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    for text in ("{}", '{"environment": {"sys_platform": "linux"}}'):
        (tmp_path / "m.json").write_text(text, "utf-8")
        assert "error[PS2874]" in run("download", "--target-of", "m.json", "demo").err


def test_a_folder_without_a_manifest_cannot_be_verified(
    run: Callable[..., Any],
) -> None:
    ran = run("download", "--verify", "-d", ".")
    assert "error[PS2873]" in ran.err


def test_a_changed_file_is_replaced_by_another_download(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    run("download", "--with-deps", "-d", "gap", "demo")
    (tmp_path / "gap/demo-1.0-py3-none-any.whl").write_bytes(b"damaged")
    ran = run("download", "--with-deps", "-d", "gap", "demo")
    assert ran.code == 0
    assert "it had another content" in ran.err
    assert run("download", "--verify", "-d", "gap").code == 0


def test_build_requirements_of_sources_come_on_request(
    run: Callable[..., Any], tmp_path: Path, make_wheel: Any, pysetup: Any
) -> None:
    make_wheel("maker", "1.0")
    project = tmp_path / "source"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["maker"]\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "source"\nversion = "1.0"\n',
        "utf-8",
    )
    (project / "source.py").write_text("", "utf-8")
    made = pysetup("sdist", "--outdir", tmp_path, project)
    assert made.code == 0, made.err
    words = ("download", "--with-deps", "--with-build-deps", "-d", "gap")
    ran = run(*words, tmp_path / "source-1.0.tar.gz")
    assert ran.code == 0, ran.err
    assert "source-1.0.tar.gz" in names(tmp_path / "gap")
    assert "maker-1.0-py3-none-any.whl" in names(tmp_path / "gap")
