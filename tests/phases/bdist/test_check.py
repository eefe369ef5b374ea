"""The checker of wheels: a sound wheel is silent, each fault has its rule."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.interchange.wheel_contents import survey_wheel
from pysetup.interchange.zip_reader import UnreadableFileError
from pysetup.phases.bdist.check import check_tree, check_wheel
from pysetup.phases.bdist.check_library import package_findings
from pysetup.phases.bdist.rules import RULES

LICENSE = {"licenses/LICENSE": "Do what you like.\n"}
LINUX = "cp311-cp311-manylinux_2_28_x86_64"
GPU = (
    '{"default-priorities": {"namespace": ["cuda"]},'
    ' "variants": {"gpu": {"cuda": {"version": ["12"]}}}}'
)


def elf(machine: int = 62, *, exports: str = "") -> bytes:
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, machine)
    return head + bytes(44) + exports.encode() + b"\0"


OTHER = '{"metadata_version": "2.1", "name": "other", "version": "1.0"}'
MODULE = elf(exports="PyInit_x")
BINARY: dict[str, Any] = {"pure": False}


def rules_of(path: Path) -> set[str]:
    return {one.rule for one in check_wheel(path)}


def test_a_sound_wheel_has_no_findings(make_wheel: Any) -> None:
    path = make_wheel(
        files={"demo/__init__.py": "", "demo/main.py": "def run(): ...\n"},
        info=LICENSE,
        entry_points="[console_scripts]\ndemo = demo.main:run\n",
    )
    assert check_wheel(path) == ()


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        # the archive
        pytest.param(
            "record",
            {"record": lambda t: t.replace("demo/__init__", "demo/gone")},
            id="a file that RECORD does not list",
        ),
        pytest.param(
            "record",
            {"record": lambda t: t.replace("sha256=", "sha256=A", 1)},
            id="a digest that is none",
        ),
        pytest.param(
            "record",
            {"record": lambda t: t.replace(",10\n", ",11\n")},
            id="a size that is wrong",
        ),
        pytest.param("record", {"record": lambda _: ""}, id="a RECORD of nothing"),
        pytest.param(
            "record-signature",
            {"info": {"RECORD.jws": "{}"}},
            id="a signature of RECORD",
        ),
        pytest.param(
            "dist-info-folder",
            {"files": {"x-1.dist-info/METADATA": ""}},
            id="two dist-info folders",
        ),
        pytest.param(
            "portable-name",
            {"files": {"demo/A.py": "1", "demo/a.py": "2"}},
            id="names that differ in case",
        ),
        pytest.param(
            "portable-name", {"files": {"demo/con.py": "1"}}, id="a device of Windows"
        ),
        pytest.param(
            "portable-name", {"files": {"demo/a\u0308.py": "1"}}, id="a name in form D"
        ),
        # WHEEL
        pytest.param(
            "wheel-version", {"wheel_version": "1.7"}, id="a newer minor version"
        ),
        pytest.param(
            "wheel-info", {"wheel_version": "2.0"}, id="a newer major version"
        ),
        pytest.param(
            "wheel-json", {"info": {"WHEEL.json": "{}"}}, id="an empty WHEEL.json"
        ),
        # the document
        pytest.param(
            "metadata",
            {"metadata": "Requires-Python: soon\n"},
            id="a Requires-Python that is none",
        ),
        pytest.param(
            "metadata",
            {"metadata": "Requires-Dist: ???\n"},
            id="a requirement that is none",
        ),
        pytest.param("license-absent", {"info": {}}, id="no licence"),
        pytest.param(
            "license-file",
            {"metadata": "License-File: COPYING\n"},
            id="a licence file that is missing",
        ),
        pytest.param(
            "document-mismatch",
            {"info": {"METADATA.json": OTHER}},
            id="another name in METADATA.json",
        ),
        pytest.param(
            "sbom", {"info": {"sboms/a.cdx.json": "{"}}, id="an SBOM that is no JSON"
        ),
        pytest.param(
            "variant", {"info": {"variant.json": GPU}}, id="a variant without a label"
        ),
        pytest.param(
            "import-name-missing",
            {"metadata": "Import-Name: other\n"},
            id="an import name that is not there",
        ),
        pytest.param(
            "import-name-undeclared",
            {"metadata": "Import-Name: other\n"},
            id="an import name that is not stated",
        ),
        # the library
        pytest.param(
            "bytecode",
            {"files": {"demo/__pycache__/a.cpython-311.pyc": "1"}},
            id="bytecode",
        ),
        pytest.param(
            "duplicate-content",
            {"files": {"demo/a.py": "x = 1\n", "demo/b.py": "x = 1\n"}},
            id="a copy",
        ),
        pytest.param(
            "toplevel-file", {"files": {"demo.txt": "1"}}, id="a text at the top"
        ),
        pytest.param(
            "unimportable-module",
            {"files": {"demo/a-b.py": "1"}},
            id="a hyphen in a module's name",
        ),
        pytest.param(
            "unimportable-module",
            {"files": {"demo/class.py": "1"}},
            id="a keyword as a module's name",
        ),
        pytest.param(
            "common-toplevel",
            {"files": {"tests/__init__.py": "1"}},
            id="tests at the top",
        ),
        pytest.param(
            "toplevel-init",
            {"files": {"__init__.py": "1"}},
            id="a module __init__ at the top",
        ),
        pytest.param(
            "empty-library",
            {"files": {"demo-1.0.data/data/a": "1"}},
            id="nothing to import",
        ),
        pytest.param("empty-wheel", {"files": {}}, id="nothing at all"),
        pytest.param(
            "several-toplevels",
            {"files": {"a/__init__.py": "1", "b/__init__.py": "2"}},
            id="two packages",
        ),
        pytest.param(
            "no-module-inside",
            {"files": {"demo/a.txt": "1"}},
            id="a folder without modules",
        ),
        pytest.param(
            "stdlib-name",
            {"files": {"json/__init__.py": "1"}},
            id="a module of the standard library",
        ),
        pytest.param(
            "stray-file", {"files": {"demo/.DS_Store": "1"}}, id="a file of the desktop"
        ),
        pytest.param(
            "secret-file", {"files": {"demo/.pypirc": "1"}}, id="a file of passwords"
        ),
        # tags and machine code
        pytest.param(
            "module-in-pure",
            {"files": {"x.abi3.so": MODULE}},
            id="a module in a pure wheel",
        ),
        pytest.param(
            "module-in-pure",
            {"files": {"x.so": MODULE}},
            id="a module without a tag in a pure wheel",
        ),
        pytest.param(
            "binary-in-pure",
            {"files": {"demo/tool": elf()}},
            id="a program in a pure wheel",
        ),
        pytest.param(
            "nothing-compiled", {"tag": LINUX, **BINARY}, id="a platform without reason"
        ),
        pytest.param(
            "purelib-with-module",
            {"tag": LINUX, "files": {"x.abi3.so": MODULE}},
            id="a module in purelib",
        ),
        pytest.param(
            "abi3-module",
            {
                "tag": "cp38-abi3-win_amd64",
                "files": {"x.cpython-38-x86_64-linux-gnu.so": MODULE},
                **BINARY,
            },
            id="an exact module where abi3 is claimed",
        ),
        pytest.param(
            "abi3-module",
            {"tag": "cp38-abi3-win_amd64", "files": {"x.abi3t.so": MODULE}, **BINARY},
            id="the other stable ABI",
        ),
        pytest.param(
            "module-tag",
            {
                "tag": LINUX,
                "files": {"x.cpython-312-x86_64-linux-gnu.so": MODULE},
                **BINARY,
            },
            id="a module for another Python",
        ),
        pytest.param(
            "module-tag",
            {
                "tag": "py3-none-win_amd64",
                "files": {"x.cp312-win_amd64.pyd": MODULE},
                **BINARY,
            },
            id="a module where no ABI is claimed",
        ),
        pytest.param(
            "machine",
            {
                "tag": "cp311-cp311-manylinux_2_28_aarch64",
                "files": {"x.abi3.so": MODULE},
                **BINARY,
            },
            id="a module for another machine",
        ),
        pytest.param(
            "machine",
            {"tag": "cp311-cp311-win_amd64", "files": {"x.abi3.so": MODULE}, **BINARY},
            id="a module for another system",
        ),
        pytest.param(
            "library-machine",
            {"tag": LINUX, "files": {"demo.libs/libz.so.1": elf(183)}, **BINARY},
            id="a library for another machine",
        ),
        pytest.param(
            "linux-tag",
            {
                "tag": "cp311-cp311-linux_x86_64",
                "files": {"x.abi3.so": MODULE},
                **BINARY,
            },
            id="a tag for one machine",
        ),
        # installation
        pytest.param(
            "data-category",
            {"files": {"demo-1.0.data/lib/a": "1"}},
            id="an unknown category",
        ),
        pytest.param(
            "data-category",
            {"files": {"demo-1.0.data/a": "1"}},
            id="a file beside the categories",
        ),
        pytest.param(
            "data-category",
            {"files": {"other-1.0.data/data/a": "1"}},
            id="the folder of another",
        ),
        pytest.param(
            "entry-points", {"entry_points": "demo\n"}, id="entry points that are none"
        ),
        pytest.param(
            "entry-points",
            {"entry_points": "[a]\nb = demo=demo.main:run\n"},
            id="an entry point that is none",
        ),
        pytest.param(
            "entry-point-module",
            {"entry_points": "[a]\nb = demo.gone:run\n"},
            id="an entry point to nothing",
        ),
        pytest.param(
            "script-shebang",
            {"files": {"demo-1.0.data/scripts/a": "#!/usr/bin/env python3\n"}},
            id="a script for one Python",
        ),
        pytest.param(
            "startup-file",
            {"files": {"a.pth": "import os\n"}},
            id="code in a .pth file",
        ),
        pytest.param(
            "startup-file", {"files": {"a.start": "a:b\n"}}, id="a .start file"
        ),
        pytest.param(
            "startup-file", {"files": {"sitecustomize.py": "1"}}, id="sitecustomize"
        ),
    ],
)
def test_each_fault_has_its_rule(
    make_wheel: Any, rule: str, made: dict[str, Any]
) -> None:
    path = make_wheel(**{"info": LICENSE, **made})
    found = [one for one in check_wheel(path) if one.rule == rule]
    assert found
    assert {one.severity for one in found} <= {RULES[rule].severity, "warning"}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(
            {"files": {"demo/__init__.py": "", "demo/a.py": ""}},
            id="empty files are no copies",
        ),
        pytest.param(
            {
                "files": {
                    "demo/__init__.py": "1",
                    "demo-1.0.data/scripts/a": "#!python\n",
                }
            },
            id="a script for whichever Python",
        ),
        pytest.param(
            {
                "files": {
                    "demo/__init__.py": "1",
                    "demo-1.0.data/scripts/a": "#!/bin/sh\n",
                }
            },
            id="a shell script",
        ),
        pytest.param(
            {"entry_points": "[a]\nb = elsewhere.module:run\n"},
            id="an entry point into another distribution",
        ),
        pytest.param({"files": {"demo-stubs/__init__.pyi": "1"}}, id="stubs alone"),
        pytest.param(
            {"tag": LINUX, "files": {"x.abi3.so": MODULE}, **BINARY},
            id="abi3 in an exact wheel",
        ),
        pytest.param(
            {
                "tag": LINUX,
                "files": {
                    "x.cpython-311-x86_64-linux-gnu.so": MODULE,
                    "demo.libs/libz-0a1b2c3d.so.1": elf(),
                },
                **BINARY,
            },
            id="private libraries",
        ),
        pytest.param(
            {
                "tag": "cp313-cp313t-manylinux_2_28_x86_64",
                "files": {"x.cpython-313t-x86_64-linux-gnu.so": MODULE},
                **BINARY,
            },
            id="a free-threaded module",
        ),
        pytest.param(
            {
                "tag": "py3-none-manylinux_2_28_x86_64",
                "files": {"demo/__init__.py": "1", "demo/tool": elf()},
                **BINARY,
            },
            id="a program for one platform",
        ),
        pytest.param({"tag": "py2.py3-none-any"}, id="both Pythons"),
        pytest.param(
            {"metadata": "Import-Name: demo\n"}, id="import names that are there"
        ),
        pytest.param(
            {"info": {"LICENSE.txt": "x"}, "metadata": "License-File: LICENSE.txt\n"},
            id="a licence where it stood before PEP 639",
        ),
    ],
)
def test_what_is_sound_is_not_told(make_wheel: Any, made: dict[str, Any]) -> None:
    told = rules_of(make_wheel(**{"info": LICENSE, **made}))
    assert told - {"stray-file", "wheel-tags", "metadata"} == set()


def test_all_faults_are_told_and_errors_come_first(make_wheel: Any) -> None:
    path = make_wheel(
        files={"tests/__init__.py": "1", "demo-1.0.data/lib/a": "1"},
        metadata="Requires-Dist: ???\n",
        record=lambda text: text.replace("tests", "gone"),
    )
    found = check_wheel(path)
    assert {"record", "data-category", "metadata", "common-toplevel"} <= {
        one.rule for one in found
    }
    errors = [one.is_error for one in found]
    assert errors == sorted(errors, reverse=True)


def test_a_file_name_that_says_something_else(make_wheel: Any) -> None:
    path = make_wheel(info=LICENSE)
    renamed = path.with_name("De.mo-1.00-7-py2-none-any.whl")
    path.rename(renamed)
    assert rules_of(renamed) == {
        *("dist-info-folder", "name-not-normalized", "wheel-tags", "wheel-build"),
        "metadata-mismatch",
    }


def test_a_variant_wheel_has_the_label_of_its_file_name(make_wheel: Any) -> None:
    path = make_wheel(info={**LICENSE, "variant.json": GPU})
    good = path.with_name("demo-1.0-py3-none-any-gpu.whl")
    path.rename(good)
    assert rules_of(good) == set()
    bad = good.with_name("demo-1.0-py3-none-any-cpu.whl")
    good.rename(bad)
    assert rules_of(bad) == {"variant"}


@pytest.mark.parametrize(
    "name", ["demo.whl", "demo-1-py3-none-any.whlx", "demo-1-a-b-c-d-e.whl"]
)
def test_a_name_that_is_no_name_of_a_wheel(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert rules_of(tmp_path / name) == {"wheel-filename"}


def write_twice(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("demo/__init__.py", "value = 2\n")


def write_link(path: Path) -> None:
    entry = zipfile.ZipInfo("demo/link")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, "/etc/passwd")


def write_absolute(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("/etc/passwd", "")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("spoil", [write_twice, write_link, write_absolute, cut])
def test_an_archive_that_is_not_safe_has_one_finding(
    make_wheel: Any, spoil: Callable[[Path], None]
) -> None:
    path = make_wheel()
    spoil(path)
    (found,) = check_wheel(path)
    assert found.rule == "unreadable-archive"


def test_no_file_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        check_wheel(tmp_path / "demo-1-py3-none-any.whl")


def test_a_tree_has_neither_name_nor_record(make_wheel: Any, tmp_path: Path) -> None:
    path = make_wheel(files={"demo/a-b.py": "1"}, info=LICENSE)
    root = tmp_path / "tree"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(root)
    (root / "demo-1.0.dist-info" / "RECORD").unlink()
    assert {one.rule for one in check_tree(root)} == {"unimportable-module"}


def test_every_rule_of_the_other_checker_has_a_counterpart() -> None:
    codes = {
        word
        for rule in RULES.values()
        for word in rule.clause.replace(";", " ").split()
        if word[0] == "W" and word[1:].isdigit()
    }
    assert codes == {
        *(f"W{number:03}" for number in range(1, 11)),
        *("W101", "W102", "W201", "W202"),
    }


@settings(max_examples=60)
@given(st.integers(0, 1200), st.binary(min_size=1, max_size=8))
def test_damage_is_told_and_never_a_failure(
    tmp_path_factory: pytest.TempPathFactory, place: int, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("damage") / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "pydist.json"):
            archive.writestr(f"demo-1.0.dist-info/{name}", f"{name}: 1\n" * 3)
    content = path.read_bytes()
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    assert check_wheel(path)


@pytest.mark.parametrize("name", ["METADATA", "WHEEL"])
def test_a_file_that_every_wheel_has(
    make_wheel: Any, tmp_path: Path, name: str
) -> None:
    root = tmp_path / "tree"
    with zipfile.ZipFile(make_wheel(info=LICENSE)) as archive:
        archive.extractall(root)
    (root / "demo-1.0.dist-info" / name).unlink()
    assert "required-file" in {one.rule for one in check_tree(root)}


def test_a_library_is_compared_with_its_sources(make_wheel: Any) -> None:
    contents = survey_wheel(make_wheel(files={"demo/a.py": "", "demo/_made.py": ""}))
    found = package_findings(
        contents, ["demo/a.py", "demo/b.py"], generated=["demo/_made.py"]
    )
    assert [(one.rule, one.member) for one in found] == [
        ("module-left-out", "demo/b.py")
    ]
    told = package_findings(contents, ["demo/a.py"])
    assert [(one.rule, one.member) for one in told] == [
        ("module-not-in-source", "demo/_made.py")
    ]
