"""What cannot become a Debian package: one clear error, and nothing is written."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.deb.test_plan import compiled, requires

from pysetup.platforms.deb.control import ControlFieldError
from pysetup.platforms.deb.options import InvalidDebOptionError
from pysetup.platforms.deb.plan import UnpackableNameError
from pysetup.platforms.deb.reader import read_deb

Built = Callable[..., Any]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"a\nb.txt", id="a newline"),
        pytest.param(b"a\x7fb.txt", id="a control character"),
        pytest.param(b"a\xff.txt", id="not UTF-8"),
        pytest.param(b"a\\b.txt", id="a backslash"),
        pytest.param(b"ends in a space ", id="a space at the end"),
    ],
)
def test_names_that_dpkg_cannot_list_are_refused(
    name: bytes, built: Built, plan_of: Any
) -> None:
    given = built()
    (given.root / "demo" / os.fsdecode(name)).write_text("x")
    with pytest.raises(UnpackableNameError) as caught:
        plan_of(given)
    assert caught.value.code == "PS6544"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "name", ["-dash.py", "a b.txt", "per%cent", "st*r", "qu'ote", 'qu"ote', "$(x)", "ü"]
)
def test_odd_names_are_kept(name: str, package: Any) -> None:
    made = package(files={"demo/__init__.py": "", f"demo/{name}": "x"})
    paths = [file.path for file in read_deb(made.path).files]
    assert f"usr/lib/python3/dist-packages/demo/{name}" in paths


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("section", "x\nDepends: evil"),
        ("section", "two words"),
        ("priority", ""),
        ("suite", "un stable"),
        ("release", "1-2"),
        ("maintainer", "Nobody"),
        ("maintainer", "A <a@b.c>\nDepends: evil"),
        ("libraries", "libodd.so.7"),
        ("libraries", "libodd.so.7=x\nDepends: evil"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    option: str, value: str, built: Built, plan_of: Any
) -> None:
    with pytest.raises(InvalidDebOptionError, match=option):
        plan_of(built(), **{option: value})


def test_a_name_that_no_package_may_have_is_refused(built: Built, plan_of: Any) -> None:
    with pytest.raises(ControlFieldError):
        plan_of(built(), name="Python_Demo")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(
            compiled("cp311-cp311-linux_x86_64"), 2, "does not run", id="another ABI"
        ),
        pytest.param(
            compiled("cp310-cp310-linux_aarch64"), 2, "does not run", id="a machine"
        ),
        pytest.param(
            {"metadata": "Requires-Python: >=3.11\n"}, 2, "3.11", id="another Python"
        ),
        pytest.param(
            {"metadata": requires("no-such-project-anywhere>1")},
            3,
            "no-such-project-anywhere",
            id="a requirement that Debian does not have",
        ),
    ],
)
def test_what_does_not_fit_the_target_is_refused(
    words: dict[str, Any],
    code: int,
    says: str,
    make_wheel: Callable[..., Path],
    pysetup: Any,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    ran = pysetup(
        *("bdist_deb", "--target", "ubuntu-22.04", "--outdir", out), make_wheel(**words)
    )
    assert ran.code == code, ran.err
    assert says in ran.err
    assert "help:" in ran.err
    assert not out.exists() or not list(out.iterdir())
