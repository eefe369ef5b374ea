"""What a program can ask of an environment, without importing what is in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup import api

pytestmark = pytest.mark.flow

MakeWheel = Callable[..., Path]


@pytest.fixture
def context(tmp_path: Path) -> api.Context:
    settings = {"cache_dir": str(tmp_path / "cache"), "directory": str(tmp_path)}
    return api.open_context(settings=settings)


def test_entry_points_files_resources_and_owners(
    context: api.Context, make_wheel: MakeWheel, tmp_path: Path
) -> None:
    wheel = make_wheel(
        "demo",
        files={
            "demo/__init__.py": "raise RuntimeError('imported')\n",
            "demo/data/table.txt": "1",
            "demo-1.0.data/data/share/demo.txt": "2",
        },
        entry_points=(
            "[console_scripts]\ndemo = demo:main\n"
            "[plugins]\nslug = json:dumps\nmodule = os.path\n"
        ),
    )
    environment = api.create_environment(tmp_path / "env", context=context)
    api.install([str(wheel)], environment=environment, context=context)
    ask: dict[str, Any] = {"environment": environment, "context": context}
    site = Path(environment.scheme.purelib)

    found = api.find_entry_points(**ask)
    assert {(one.group, one.name) for one in found} == {
        ("console_scripts", "demo"),
        ("plugins", "slug"),
        ("plugins", "module"),
    }
    # Now the index is kept, and says the same.
    assert api.find_entry_points(**ask) == found
    plugins = {one.name: one for one in api.find_entry_points(group="plugins", **ask)}
    assert plugins["slug"].load()([1]) == "[1]"  # type: ignore[operator] # json.dumps
    assert plugins["module"].load().__name__ == "posixpath"  # type: ignore[attr-defined] # a module
    (one,) = api.find_entry_points(name="demo", **ask)
    assert one.to_json() == {
        "distribution": "demo",
        "version": "1.0",
        "group": "console_scripts",
        "name": "demo",
        "reference": "demo:main",
    }

    files = api.find_files("Demo", **ask)
    assert str(site / "demo/data/table.txt") in files
    share = str(Path(environment.prefix, "share/demo.txt"))
    resources = api.find_resources("demo", **ask)
    table = str(site / "demo/data/table.txt")
    assert set(resources) == {table, share}
    assert api.find_resources("demo", below="demo.data", **ask) == (table,)
    assert api.find_resources("demo", below="other", **ask) == ()
    assert [one.owners for one in api.find_owners(share, **ask)] == [("demo",)]
    with pytest.raises(api.PysetupError) as caught:
        api.find_owners("nothing", **ask)
    assert caught.value.code == "PS1390"
    with pytest.raises(api.PysetupError) as caught:
        api.find_files("nothing", **ask)
    assert caught.value.code == "PS1301"
