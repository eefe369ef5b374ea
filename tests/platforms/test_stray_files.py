"""What stands beside the modules by mistake is no part of a distribution's package."""

from collections.abc import Callable
from typing import Any

import pytest

from pysetup.platforms.stray_files import notes_on_stray, stray_in, without
from pysetup.platforms.tree import Tree


@pytest.fixture
def stray(built: Callable[..., Any]) -> Callable[..., tuple[tuple[str, ...], Tree]]:
    def found(*paths: str, **more: Any) -> tuple[tuple[str, ...], Tree]:
        made = built(files=dict.fromkeys(paths, "x = 1\n"), **more)
        tree = Tree.read(made.root)
        return stray_in(tree, made.metadata), tree

    return found


COMMAND = "[console_scripts]\nrun = tests.run:main\n"


@pytest.mark.parametrize(
    ("paths", "more", "expected"),
    [
        (("demo/a.py",), {}, ()),
        (("demo/a.py", "tests/__init__.py", "tests/b/c.py"), {}, ("tests",)),
        (("demo.py", "README.md", "setup.py"), {}, ("README.md", "setup.py")),
        (("demo.py", "docs/conf.py", "Examples/x.py"), {}, ("Examples", "docs")),
        (
            ("demo.py", "test_demo.py", "conftest.py"),
            {},
            ("conftest.py", "test_demo.py"),
        ),
        (
            ("demo.py", "pyproject.toml", ".gitignore"),
            {},
            (".gitignore", "pyproject.toml"),
        ),
        (("demo.py", "scripts/release", "scripts/a.py"), {}, ("scripts",)),
        (("demo.py", "scripts/__init__.py", "scripts/a.py"), {}, ()),
        (("demo/tests/a.py", "demo/README.md"), {}, ()),
        (("tests/a.py",), {}, ()),
        (("tests/a.py", "README.md"), {}, ()),
        (("tests/a.py", "other.py"), {"name": "tests"}, ()),
        (("tests/run.py", "demo.py"), {"entry_points": COMMAND}, ()),
        (("readme.py", "demo.py", "testing/a.py"), {}, ()),
        (("demo.py", "LICENSE"), {}, ()),
        (
            ("demo.py", "LICENSE", "demo-1.0.dist-info/licenses/LICENSE"),
            {},
            ("LICENSE",),
        ),
    ],
)
def test_only_what_belongs_to_no_module_is_stray(
    paths: tuple[str, ...],
    more: dict[str, Any],
    expected: tuple[str, ...],
    stray: Callable[..., tuple[tuple[str, ...], Tree]],
) -> None:
    found, tree = stray(*paths, **more)

    assert found == expected
    kept = {file.path for file in without(tree, found).files}
    gone = {file.path for file in tree.files} - kept
    assert {path.partition("/")[0] for path in gone} == set(expected)
    assert all(name in note for note in notes_on_stray(found) for name in found)
    assert bool(notes_on_stray(found)) == bool(found)
