"""The stager: each file of a tree has its place, its role and its mode."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.plan import PackageFile
from pysetup.platforms.staging import (
    StagingClashError,
    content_of,
    owned_directories,
    stage,
)
from pysetup.platforms.target import read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.script_names import UnsafeScriptError

DEBIAN = read_target("debian-12")
FEDORA = read_target("fedora-42")
SITE = "usr/lib/python3/dist-packages"
INFO = f"{SITE}/demo-1.0.dist-info"


@pytest.fixture
def tree_of(make_wheel: Any, tmp_path: Path) -> Callable[..., Path]:
    """Unpack a wheel that is made as the arguments say."""

    def make(**how: Any) -> Path:
        root = tmp_path / "tree"
        with zipfile.ZipFile(make_wheel(**how)) as archive:
            for member in archive.infolist():
                archive.extract(member, root)
                mode = member.external_attr >> 16
                if mode & 0o111:
                    os.chmod(root / member.filename, 0o755)
        return root

    return make


def staged(root: Path, document: Metadata, **how: Any) -> dict[str, PackageFile]:
    target = how.pop("target", DEBIAN)
    files = stage(Tree.read(root), document, target, installer="debian", **how)
    assert list(files) == sorted(files)
    return {file.path: file for file in files}


DEMO = Metadata.from_dict({"metadata_version": "2.1", "name": "demo", "version": "1.0"})
WITH_COMMANDS = DEMO.replaced(
    extensions={
        "python.commands": {
            "wrap_console": {"demo": "demo.cli:main"},
            "wrap_gui": {"demo-window": "demo.gui:Window.open"},
        }
    }
)

# A path in the tree -> its place on Debian, its role, its mode.
PLACES = {
    "demo/__init__.py": (f"{SITE}/demo/__init__.py", "module", 0o644),
    "demo/data.json": (f"{SITE}/demo/data.json", "data", 0o644),
    "demo.data.txt": (f"{SITE}/demo.data.txt", "data", 0o644),
    "demo-1.0.data/scripts/tool": ("usr/bin/tool", "script", 0o755),
    "demo-1.0.data/data/bin/other": ("usr/bin/other", "script", 0o755),
    "demo-1.0.data/bindir/third": ("usr/bin/third", "script", 0o755),
    "demo-1.0.data/headers/demo.h": (
        "usr/include/python3.11/demo/demo.h",
        "header",
        0o644,
    ),
    "demo-1.0.data/purelib/more.py": (f"{SITE}/more.py", "module", 0o644),
    "demo-1.0.data/data/etc/demo.conf": ("etc/demo.conf", "config", 0o644),
    "demo-1.0.data/sysconfdir/demo/a.conf": ("etc/demo/a.conf", "config", 0o644),
    "demo-1.0.data/data/share/man/man1/demo.1": (
        "usr/share/man/man1/demo.1",
        "man",
        0o644,
    ),
    "demo-1.0.data/mandir/de/man1/demo.1": (
        "usr/share/man/de/man1/demo.1",
        "man",
        0o644,
    ),
    "demo-1.0.data/docdir/guide.txt": (
        "usr/share/doc/demo/guide.txt",
        "document",
        0o644,
    ),
    "demo-1.0.data/data/share/applications/demo.desktop": (
        "usr/share/applications/demo.desktop",
        "desktop",
        0o644,
    ),
    "demo-1.0.data/data/lib/systemd/system/demo.service": (
        "usr/lib/systemd/system/demo.service",
        "unit",
        0o644,
    ),
    "demo-1.0.data/data/share/bash-completion/completions/demo": (
        "usr/share/bash-completion/completions/demo",
        "completion",
        0o644,
    ),
    "demo-1.0.data/data/share/demo/x y.txt": (
        "usr/share/demo/x y.txt",
        "data",
        0o644,
    ),
}


def test_every_kind_of_file_has_its_place(tree_of: Any) -> None:
    root = tree_of(files=dict.fromkeys(PLACES, "x"))
    found = staged(root, DEMO)
    for source, (place, role, mode) in PLACES.items():
        assert found[place] == PackageFile(place, role, mode, source=source)


def test_the_database_is_the_system_s(tree_of: Any) -> None:
    root = tree_of(
        files={"demo.py": ""},
        info={
            "INSTALLER": "pip",
            "REQUESTED": "",
            "direct_url.json": "{}",
            "RECORD.jws": "",
            "LICENSE": "words",
            "licenses/sub/COPYING": "words",
        },
    )
    found = staged(root, DEMO, notes={"format": "deb"})
    names = {path.removeprefix(f"{INFO}/") for path in found if path.startswith(INFO)}
    assert names == {
        "INSTALLER",
        "LICENSE",
        "METADATA",
        "WHEEL",
        "licenses/sub/COPYING",
        "pydist.json",
        "pysetup-package.json",
    }
    document = found[f"{INFO}/pydist.json"]
    assert Metadata.from_json(document.content.encode()).name == "demo"
    assert found[f"{INFO}/INSTALLER"].content == "debian\n"
    assert found[f"{INFO}/LICENSE"].role == "licence"
    assert '"format": "deb"' in found[f"{INFO}/pysetup-package.json"].content


def test_launchers_name_the_interpreter_of_the_target(tree_of: Any) -> None:
    root = tree_of(files={"demo/__init__.py": ""})
    found = staged(root, WITH_COMMANDS)
    launcher = found["usr/bin/demo"]
    assert (launcher.role, launcher.mode) == ("launcher", 0o755)
    assert launcher.content.startswith("#!/usr/bin/python3\n")
    assert "sys.exit(main())" in launcher.content
    window = found["usr/bin/demo-window"].content
    assert "from demo.gui import Window\n" in window
    assert "sys.exit(Window.open())" in window


@pytest.mark.parametrize(
    ("first", "after"),
    [
        ("#!python", "#!/usr/bin/python3"),
        ("#!pythonw -u", "#!/usr/bin/python3 -u"),
        ("#!python -E -s", "#!/usr/bin/python3 -E -s"),
        ("#!python3", "#!/usr/bin/python3"),
        ("#!/usr/bin/env python", "#!/usr/bin/python3"),
        ("#! /usr/bin/env python3.9 -u", "#!/usr/bin/python3 -u"),
        ("#!/usr/bin/env -S python3 -u -E", "#!/usr/bin/env -S /usr/bin/python3 -u -E"),
        ("#!/tmp/build-env-1/bin/python", "#!/usr/bin/python3"),
        ("#!/usr/bin/env python2", "#!/usr/bin/env python2"),
        ("#!/usr/bin/env pypy3", "#!/usr/bin/env pypy3"),
        ("#!/bin/sh", "#!/bin/sh"),
        ("#!pythonic", "#!pythonic"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_first_line_of_a_script_names_the_python_of_the_system(
    tree_of: Any, first: str, after: str, end: str
) -> None:
    root = tree_of(files={"demo-1.0.data/scripts/tool": f"{first}{end}rest{end}"})
    content = content_of(staged(root, DEMO)["usr/bin/tool"], root)
    if after == first:
        assert content == f"{first}{end}rest{end}".encode()
    else:
        assert content == f"{after}\nrest{end}".encode()


@pytest.mark.parametrize(
    ("mode", "target", "after"),
    [
        (0o755, DEBIAN, "#!/usr/bin/python3"),
        (0o755, FEDORA, "#!/usr/bin/python3"),
        (0o755, read_target("conda"), "#!/usr/bin/env python"),
        (0o644, DEBIAN, "#!/usr/bin/env python"),
    ],
)
def test_modules_that_can_be_run_name_the_python_of_a_distribution(
    tree_of: Any, mode: int, target: Any, after: str
) -> None:
    line = "#!/usr/bin/env python\n"
    root = tree_of(
        files={"demo/run.py": line},
        executable=("demo/run.py",) if mode == 0o755 else (),
    )
    found = staged(root, DEMO, target=target)
    (file,) = (file for path, file in found.items() if path.endswith("demo/run.py"))
    assert (file.mode, content_of(file, root)) == (mode, f"{after}\n".encode())


def test_templates_of_scripts_stay_as_they_are(tree_of: Any) -> None:
    line = "#!/usr/bin/env python\n"
    name = "demo/manage.py-tpl"
    root = tree_of(files={name: line}, executable=(name,))
    file = staged(root, DEMO)[f"{SITE}/{name}"]
    assert (file.mode, content_of(file, root)) == (0o755, line.encode())


def test_compiled_files_go_to_the_folder_of_the_platform(
    tree_of: Any, project_root: Path
) -> None:
    del project_root
    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(44)
    root = tree_of(
        files={"demo/fast.so": elf, "demo.libs/libz-1a.so": elf, "demo/a.py": ""},
        tag="cp313-cp313-manylinux_2_28_x86_64",
        pure=False,
    )
    found = staged(root, DEMO, target=FEDORA)
    site = "usr/lib64/python3.13/site-packages"
    assert found[f"{site}/demo/fast.so"].role == "extension"
    assert found[f"{site}/demo.libs/libz-1a.so"].role == "library"
    assert found[f"{site}/demo/a.py"].role == "module"


def test_execute_bits_count_where_something_runs(tree_of: Any) -> None:
    code = Path("/bin/true").resolve().read_bytes()
    files = {
        "demo/run.sh": "#!/bin/sh\n",
        "demo/plain.py": "x = 1\n",
        "demo/bin/tool": code,
        "demo/fast.so": code,
        "demo.libs/libz-1a.so.1": code,
    }
    root = tree_of(files=files, executable=tuple(files))
    found = staged(root, DEMO)
    assert found[f"{SITE}/demo/bin/tool"].mode == 0o755
    assert found[f"{SITE}/demo/fast.so"].mode == 0o644
    assert found[f"{SITE}/demo.libs/libz-1a.so.1"].mode == 0o644
    assert found[f"{SITE}/demo/run.sh"].mode == 0o755
    assert found[f"{SITE}/demo/plain.py"].mode == 0o644


def test_two_files_of_one_place_are_refused(tree_of: Any) -> None:
    root = tree_of(files={"demo-1.0.data/scripts/demo": "#!python\n"})
    with pytest.raises(StagingClashError, match="usr/bin/demo"):
        staged(root, WITH_COMMANDS)


def test_a_script_with_an_unsafe_name_is_refused(tree_of: Any) -> None:
    root = tree_of(files={"demo-1.0.data/scripts/sub/tool": "#!python\n"})
    with pytest.raises(UnsafeScriptError):
        staged(root, DEMO)


def test_a_package_owns_its_own_folders_alone(tree_of: Any) -> None:
    root = tree_of(
        files={
            "demo/sub/a.py": "",
            "demo-1.0.data/docdir/guide.txt": "x",
            "demo-1.0.data/mandir/man1/demo.1": "x",
        }
    )
    found = owned_directories(staged(root, DEMO).values(), DEBIAN)
    assert found == (
        f"{SITE}/demo",
        INFO,
        f"{SITE}/demo/sub",
        "usr/share/doc/demo",
    ) or set(found) == {f"{SITE}/demo", INFO, f"{SITE}/demo/sub", "usr/share/doc/demo"}
