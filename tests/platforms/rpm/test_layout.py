"""Where files stand, what a package owns, and the bytecode that it ships."""

import struct
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pysetup.platforms.interface import Making, MissingToolError
from pysetup.platforms.plan import DATA, DOCUMENT, MAN, MODULE, PackageFile, PackagePlan
from pysetup.platforms.rpm.bytecode import BytecodeError, compiled_modules
from pysetup.platforms.rpm.layout import (
    bytecode_of,
    directories_of,
    laid_out,
    language_of,
)
from pysetup.platforms.target import read_target
from pysetup.values import replace

FEDORA = read_target("fedora-43")
SITE = "usr/lib/python3.14/site-packages"
MACHINE_CODE = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01" + bytes(43)
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        (f"{SITE}/demo/a.py", [f"{SITE}/demo"]),
        (f"{SITE}/demo.py", []),
        ("usr/bin/demo", []),
        ("etc/demo/sub/a.conf", ["etc/demo", "etc/demo/sub"]),
        ("etc/xdg/autostart/a.desktop", []),
        ("usr/share/demo/a/b", ["usr/share/demo", "usr/share/demo/a"]),
        ("usr/share/man/man1/demo.1.gz", []),
        ("usr/share/man/de/man1/demo.1.gz", []),
        ("usr/share/locale/de/LC_MESSAGES/demo.mo", []),
        ("usr/share/icons/hicolor/48x48/apps/demo.png", []),
        ("usr/share/applications/demo.desktop", []),
        ("usr/lib/systemd/system/demo.service", []),
        ("opt/demo/a", ["opt/demo"]),
    ],
)
def test_a_package_owns_its_folders_and_no_common_one(
    path: str, owned: list[str]
) -> None:
    assert directories_of([PackageFile(path, DATA)], FEDORA) == owned


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("usr/share/locale/de/LC_MESSAGES/demo.mo", "de"),
        ("usr/share/locale/pt_BR/LC_MESSAGES/demo.mo", "pt_BR"),
        ("usr/share/locale/sr@latin/LC_MESSAGES/demo.mo", "sr@latin"),
        ("usr/share/man/fr/man1/demo.1.gz", "fr"),
        ("usr/share/man/man1/demo.1.gz", ""),
        ("usr/share/demo/de/a", ""),
    ],
)
def test_languages_are_told(path: str, language: str) -> None:
    assert language_of(path) == language


def test_pages_of_the_manual_are_compressed() -> None:
    found = laid_out(
        [
            PackageFile("usr/share/man/man1/a.1", MAN, source="a"),
            PackageFile("usr/share/man/de/man5/b.5", MAN, source="b"),
            PackageFile("usr/share/man/man1/c.1.gz", MAN, source="c.gz"),
            PackageFile("usr/share/man/README", MAN, source="d"),
        ]
    )

    assert [file.path for file in found] == [
        "usr/share/man/README",
        "usr/share/man/de/man5/b.5.gz",
        "usr/share/man/man1/a.1.gz",
        "usr/share/man/man1/c.1.gz",
    ]


def test_bytecode_is_that_of_modules() -> None:
    files = [
        PackageFile(f"{SITE}/demo/a.py", MODULE),
        PackageFile(f"{SITE}/demo/a.pyi", MODULE),
        PackageFile("usr/share/demo/b.py", MODULE),
    ]

    folders, found = bytecode_of(files, FEDORA)

    stem = f"{SITE}/demo/__pycache__/a.cpython-314"
    assert folders == (f"{SITE}/demo/__pycache__",)
    assert set(found) == {f"{stem}.pyc", f"{stem}.opt-1.pyc", f"{stem}.opt-2.pyc"}


@pytest.fixture
def here(built: Callable[..., Any], plan_of: Callable[..., PackagePlan]) -> Any:
    """A built tree, and its plan for this very Python."""
    given = built(files={"demo/__init__.py": "a = 1\n", "demo/bad.py": "a ="})
    target = replace(FEDORA, python=HERE)
    return given, plan_of(given, target=target, bytecode="ship")


def test_shipped_bytecode_is_fresh_and_names_the_target(
    here: Any, making: Making
) -> None:
    given, plan = here

    found = compiled_modules(plan, given.root, time=1700000000, making=making)

    tag = f"cpython-{HERE.replace('.', '')}"
    (site,) = {path.partition("/demo/")[0] for path in found}
    folder = f"{site}/demo/__pycache__/__init__.{tag}"
    assert set(found) == {f"{folder}.pyc", f"{folder}.opt-1.pyc"}
    for content in found.values():
        flags, time, size = struct.unpack_from("<3L", content, 4)
        assert (flags, time, size) == (0, 1700000000, 6)
        assert f"/{site}/demo/__init__.py".encode() in content


def test_without_the_targets_python_none_is_shipped(here: Any, making: Making) -> None:
    given, plan = here
    other = replace(plan, details={**plan.details, "python": "3.99"})

    with pytest.raises(MissingToolError) as raised:
        compiled_modules(other, given.root, time=1, making=making)

    assert raised.value.facts["program"] == "python3.99"


def test_modules_that_do_not_compile_are_told(here: Any, making: Making) -> None:
    given, plan = here
    (given.root / "demo/__init__.py").write_text("also =")

    with pytest.raises(BytecodeError):
        compiled_modules(plan, given.root, time=1, making=making)


DATA_FOLDER = "demo-1.0.data/data"


@pytest.mark.parametrize(
    ("one", "other", "mode"),
    [
        pytest.param("demo/a.txt", "demo/b/c.txt", 0o644, id="data"),
        pytest.param("demo/a.py", "demo/b.py", 0o644, id="modules"),
    ],
)
def test_files_of_one_content_can_be_one(
    one: str, other: str, mode: int, built: Callable[..., Any], plan_of: Any
) -> None:
    plan = plan_of(built(files={one: "text", other: "text", "demo/x": "another"}))

    assert plan.details["same_files"] == {f"{SITE}/{other}": f"{SITE}/{one}"}
    assert {file.mode for file in plan.files} == {mode}


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        pytest.param("demo/a.py", "demo/b.py", "", id="empty ones"),
        pytest.param("demo/a.py", f"{DATA_FOLDER}/share/a.py", "a", id="far apart"),
        pytest.param("demo/a.py", f"{DATA_FOLDER}/etc/a.py", "a", id="configuration"),
        pytest.param("demo/a.so", "demo/b.so", MACHINE_CODE, id="machine code"),
    ],
)
def test_these_are_never_one_file(
    one: str, other: str, text: str | bytes, built: Callable[..., Any], plan_of: Any
) -> None:
    plan = plan_of(built(files={one: text, other: text}))

    assert plan.details["same_files"] == {}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("usr/doc/demo/a.py", DOCUMENT),
        ("usr/share/gtk-doc/html/demo/a", DOCUMENT),
        ("usr/share/demo/doc/a", DATA),
    ],
)
def test_what_rpm_takes_for_documents_is_marked_so(path: str, role: str) -> None:
    (found,) = laid_out([PackageFile(path, DATA)])

    assert found.role == role
