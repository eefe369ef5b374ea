"""``check PATH``, ``pack`` and ``unpack`` as a user runs them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
license = "MIT"
license-files = ["LICENSE"]
[tool.pysetup.build]
hook = "make:build"
"""
HOOK = """
import os, tempfile
def build(metadata):
    folder = tempfile.mkdtemp()
    os.makedirs(f"{folder}/demo")
    for name in ("__init__", "made"):
        with open(f"{folder}/demo/{name}.py", "w") as stream:
            stream.write(f"# {name}\\n")
    return folder
"""


def rules(ran: Any) -> dict[str, set[str]]:
    return {
        one["kind"]: {found["rule"] for found in one["findings"]}
        for one in json.loads(ran.out)["result"]["checked"]
    }


@pytest.fixture
def hooked(tmp_path: Path) -> Path:
    root = tmp_path / "a project"
    (root / "demo").mkdir(parents=True)
    for name, text in {
        "pyproject.toml": PYPROJECT,
        "LICENSE": "Do what you like.\n",
        "make.py": HOOK,
        "demo/__init__.py": "",
        "demo/forgotten.py": "",
    }.items():
        (root / name).write_text(text, "utf-8")
    return root


@pytest.mark.flow
def test_a_project_is_built_and_compared_with_its_wheel(
    pysetup: Any, hooked: Path
) -> None:
    ran = pysetup("--json", "check", "--strict", hooked, "--no-isolation")
    found = rules(ran)
    assert ran.code == 1, ran.out + ran.err
    assert json.loads(ran.out)["result"]["checked"][2]["errors"] == 0
    assert set(found) == {"project", "sdist", "wheel"}
    assert {"module-left-out", "module-not-in-source"} <= found["wheel"]
    assert sorted(path.name for path in hooked.iterdir()) == [
        *("LICENSE", "demo", "make.py", "pyproject.toml")
    ]
    ignored = ",".join(set().union(*found.values()))
    quiet = pysetup("check", "--strict", "--ignore", ignored, hooked, "--no-isolation")
    assert quiet.code == 0, quiet.out


@pytest.mark.flow
def test_a_document_with_errors_is_not_built(pysetup: Any, hooked: Path) -> None:
    file = hooked / "pyproject.toml"
    text = file.read_text().replace('license = "MIT"', 'requires-python = "soon"')
    file.write_text(text)
    ran = pysetup("--json", "check", hooked, "--no-isolation")
    assert ran.code == 1
    assert set(rules(ran)) == {"project"}


@pytest.mark.flow
def test_archives_are_checked_one_by_one_or_by_the_folder(
    pysetup: Any, make_wheel: Any
) -> None:
    good = make_wheel(info={"licenses/LICENSE": "x"})
    make_wheel("other", record=lambda _: "", info={"licenses/LICENSE": "x"})
    alone = pysetup("check", good)
    assert (alone.code, alone.out.endswith("(wheel): nothing found\n")) == (0, True)
    both = pysetup("check", good.parent)
    assert both.code == 1
    assert "error: record (binary distribution format: RECORD)" in both.out


@pytest.mark.flow
def test_nothing_to_check_is_a_usage_error(pysetup: Any, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone", tmp_path / "a.whl"):
        ran = pysetup("check", path)
        assert ran.code == 2, ran.out
        assert "error[PS2" in ran.err


@pytest.mark.flow
def test_a_wheel_is_taken_apart_and_put_together(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    wheel = make_wheel(info={"licenses/LICENSE": "x", "RECORD.jws": "{}"})
    unpacked = pysetup("unpack", wheel, cwd=tmp_path)
    assert unpacked.out == "demo-1.0\n"
    packed = pysetup("pack", "demo-1.0", "-o", "first", cwd=tmp_path)
    assert packed.out == "first/demo-1.0-py3-none-any.whl\n"
    assert "RECORD.jws is left out" in packed.err
    again = pysetup("unpack", wheel, cwd=tmp_path)
    assert (again.code, "PS2721" in again.err) == (2, True)
    modern = pysetup(
        *("pack", "demo-1.0", "-o", "modern", "--wheel-version", "1.1", "--sbom"),
        cwd=tmp_path,
    )
    assert modern.code == 0, modern.err
    with zipfile.ZipFile(tmp_path / "modern" / wheel.name) as archive:
        names = archive.namelist()
    assert "demo-1.0.dist-info/WHEEL.json" in names
    assert pysetup("check", "--strict", "modern", cwd=tmp_path).code == 0
    tree = pysetup("check", "demo-1.0", cwd=tmp_path)
    assert tree.out == "demo-1.0 (tree): nothing found\n"


@pytest.mark.flow
def test_build_writes_the_version_that_is_asked_for(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    ran = pysetup(
        *("build", "--no-isolation", "--wheel", "--wheel-version", "1.1"),
        *("-o", tmp_path / "dist", greet),
    )
    assert ran.code == 0, ran.err
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        info = json.loads(archive.read("greet_demo-1.2.0.dist-info/WHEEL.json"))
    assert info["wheel_version"] == "1.1"


@pytest.mark.flow
def test_names_that_nobody_expects_do_no_harm(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    good = make_wheel()
    for version, rest in (
        ("2.0", "py3-none-any-gpu.whl"),
        ("3.0", "py3-none-any-BAD!.whl"),
        ("4.0", "py3-none-any.whlx"),
        ("5.0", "1-2-3-4-5-6-7.whl"),
        ("6.0", "variants.json"),
    ):
        good.with_name(f"demo-{version}-{rest}").write_bytes(good.read_bytes())
    created = pysetup("venv", "create", tmp_path / "env")
    assert created.code == 0, created.err
    target = ("--env", tmp_path / "env", "--no-index", "-f", good.parent)
    ran = pysetup("install", "demo", "--dry-run", *target)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "+ demo 1.0"), ran.err
    refused = pysetup("install", "demo==2.0", "--dry-run", *target)
    assert refused.code == 3
    assert "has the variant 'gpu' (PEP 825)" in refused.err
