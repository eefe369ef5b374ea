"""Libraries for everybody: the loader's cache, and whose they are."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DATA = "demo-1.0.data/data"


@pytest.fixture
def library(need_tool: Callable[[str], str], tmp_path: Path) -> Callable[[str], bytes]:
    def make(soname: str) -> bytes:
        built = tmp_path / "built.so"
        flags = ["-shared", "-fPIC", "-x", "c", "-", "-o", str(built)]
        command = [need_tool("cc"), *flags, *([f"-Wl,-soname,{soname}"] * bool(soname))]
        subprocess.run(command, input=b"int demo;", check=True)
        return built.read_bytes()

    return make


def control(path: Any, name: str) -> str:
    done = subprocess.run(
        ["dpkg-deb", "-I", path, name], capture_output=True, text=True, check=False
    )
    return done.stdout


@pytest.mark.interop
@pytest.mark.parametrize(
    ("place", "soname", "triggers", "shlibs"),
    [
        (
            f"{DATA}/lib/libdemo.so.2",
            "libdemo.so.2",
            "activate-noawait ldconfig\n",
            "libdemo 2 python3-demo (>= 1.0.0)\n",
        ),
        (f"{DATA}/lib/libdemo.so", "libdemo.so", "activate-noawait ldconfig\n", ""),
        (f"{DATA}/lib/plain.so", "", "", ""),
        (f"{DATA}/lib/demo/libdemo.so.2", "libdemo.so.2", "", ""),
        ("demo.libs/libdemo.so.2", "libdemo.so.2", "", ""),
    ],
)
def test_the_loader_is_told_of_libraries_in_its_folders(
    place: str,
    soname: str,
    triggers: str,
    shlibs: str,
    library: Callable[[str], bytes],
    package: Callable[..., Any],
    need_tool: Callable[[str], str],
) -> None:
    need_tool("dpkg-deb")
    files = {"demo/a.py": "", place: library(soname)}
    made = package(
        files=files, tag="cp311-cp311-linux_x86_64", pure=False, executable=(place,)
    )
    assert control(made.path, "triggers") == triggers
    assert control(made.path, "shlibs") == shlibs
    (file,) = (each for each in made.plan.files if each.source == place)
    assert file.mode == (0o644 if soname else 0o755)
    overrides = next(each for each in made.plan.files if "overrides" in each.path)
    assert ("ldconfig-symlink" in overrides.content) == bool(triggers)
