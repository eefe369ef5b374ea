"""Overrides of lintian: each has a cause in the files, and its reason beside it."""

import struct
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from pysetup.platforms.plan import PackagePlan

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, 62) + bytes(44)
OLD = "#!/usr/bin/env python2.7\nprint 1\n"
COMPILED = {"tag": "cp311-cp311-linux_x86_64", "pure": False}
CODE = ["embedded-library", "unstripped-binary-or-object"]

Built = Callable[..., Any]
Plan = Callable[..., PackagePlan]


def overrides(plan: PackagePlan) -> str:
    path = f"usr/share/lintian/overrides/{plan.name}"
    return next((file.content for file in plan.files if file.path == path), "")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["demo/a.py", "demo.pth", "demo/data.txt"], []),
        (["demo/web/.eslintrc.js"], ["package-contains-eslint-config-file"]),
        (["demo/old.py"], ["python2-script-but-no-python2-dep"]),
        (["demo/web/.npmignore"], ["package-contains-npm-ignore-file"]),
        (["scripts/__init__.py"], ["python-module-has-overly-generic-name"]),
        (["demo/scripts/__init__.py"], []),
        (["table.csv", "demo.py"], ["unknown-file-in-python-module-directory"]),
    ],
)
def test_a_file_calls_for_its_override(
    files: list[str], expected: list[str], built: Built, plan_of: Plan
) -> None:
    texts = {path: OLD if path == "demo/old.py" else "x = 1\n" for path in files}
    plan = plan_of(built(files=texts, executable=("demo/old.py",)))
    lines = overrides(plan).splitlines()
    assert [line for line in lines if line[:1] != "#"] == [
        f"{plan.name}: {tag}" for tag in expected
    ]
    assert (lines[0][:2] == "# ") if expected else not lines


@pytest.mark.parametrize(
    ("line", "elsewhere"),
    [
        ("#!/usr/bin/bash", True),
        ("#!/bin/node", True),
        ("#!/usr/local/bin/ruby -w", True),
        ("#!/bin/bash", False),
        ("#!/usr/bin/ruby", False),
        ("#!/usr/bin/env zsh", False),
        ("#!/usr/bin/env python", False),
        ("#!/usr/local/bin/python3", False),
        ("#!", False),
    ],
)
def test_a_first_line_may_name_another_folder(
    line: str, *, elsewhere: bool, built: Built, plan_of: Plan
) -> None:
    files = {"demo/a.py": "", "demo/run": f"{line}\n"}
    text = overrides(plan_of(built(files=files, executable=("demo/run",))))
    assert ("wrong-path-for-interpreter" in text) == elsewhere


@pytest.mark.parametrize(
    ("page", "loads"),
    [
        ("<html/>", False),
        ('<a href="https://example.org/">there</a>', False),
        ('<script src="jquery.js"></script>', False),
        ('<script async src="https://example.org/jquery.js"></script>', True),
        ('<link rel="stylesheet" href="//example.org/a.css">', True),
        ("<script>urchinTracker();</script>", True),
    ],
)
def test_pages_may_load_what_the_project_says(
    page: str, *, loads: bool, built: Built, plan_of: Plan
) -> None:
    plan = plan_of(built(files={"demo/a.py": "", "demo/page.html": page}))
    assert ("privacy-breach-google-adsense" in overrides(plan)) == loads


def test_machine_code_is_the_projects_own(built: Built, plan_of: Plan) -> None:
    plan = plan_of(built(files={"demo/_c.so": ELF}, **COMPILED))
    tags = {line.split()[1] for line in overrides(plan).splitlines()[1:]}
    assert tags == {*CODE, "statically-linked-binary"}


@pytest.mark.interop
def test_lintian_finds_no_error_in_what_projects_ship(
    package: Callable[..., Any], need_tool: Callable[[str], str]
) -> None:
    page = '<html><script src="https://example.org/jquery.min.js"></script></html>'
    line = "#!/usr/bin/env python\nprint(1)\n"
    made = package(
        metadata="Summary: python3-demo is what it says\nLicense: MIT\n",
        files={
            "demo/__init__.py": "",
            "demo/bin/run.py": line,
            "demo/.eslintrc.json": "{}",
            "demo/.npmignore": "",
            "demo/page.html": page,
            "table.csv": "1,2\n",
            "scripts/__init__.py": "",
            "tests/__init__.py": "",
            "README.md": "# Demo\n",
            "demo/extract.js": "#!/usr/bin/env node\n",
            "demo/old.py": OLD,
            "demo-1.0.data/data/bin/show": "#!/usr/bin/zsh\n",
            "demo-1.0.data/data/share/doc/demo/run.sh": "#!/bin/sh\ntrue\n",
        },
        executable=(
            *("demo/bin/run.py", "demo/extract.js", "demo/old.py"),
            "demo-1.0.data/data/share/doc/demo/run.sh",
        ),
        options={"maintainer": "Demo <demo@example.org>"},
    )
    told = subprocess.run(
        [need_tool("lintian"), "--allow-root", "--fail-on", "none", made.path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [text for text in told.stdout.splitlines() if text.startswith("E:")] == []
