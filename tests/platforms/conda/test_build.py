"""rattler-build builds a package from our recipe, and it is the one that we make."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.projects import index_environ
from tests.platforms.systems import PYTHON

from pysetup.platforms.conda.verify import read_package

rattler_build = pytest.importorskip("rattler_build")
pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.interop]


def test_a_recipe_is_built_offline_from_packages_of_ours(
    pysetup: Any, channel_of: Callable[..., Any], tmp_path: Path
) -> None:
    target = ("--target", f"conda-{PYTHON}", "-O", "extras=no")
    channel = tmp_path / "channel"
    for project in ("pip==25.3", "flit-core==3.12.0", "mdurl==0.1.2"):
        where = ("--outdir", channel, project)
        ran = pysetup("bdist_conda", *target, *where, env=index_environ())
        assert ran.code == 0, ran.err
    channel_of(channel)
    source = "markdown-it-py==3.0.0"
    words = ("bdist_conda", *target, "--outdir")
    for more in ((tmp_path / "recipe", "--source"), (tmp_path / "ours",)):
        ran = pysetup(*words, *more, source, env=index_environ())
        assert ran.code == 0, ran.err
    recipe = rattler_build.Stage0Recipe.from_file(
        str(tmp_path / "recipe" / "recipe.yaml")
    )
    recipe.run_build(
        channels=[channel.as_uri()],
        output_dir=tmp_path / "built",
        tool_config=rattler_build.ToolConfiguration(test_strategy="skip"),
    )
    (path,) = (tmp_path / "built" / "noarch").glob("*.conda")
    theirs = read_package(path)
    (ours,) = map(read_package, (tmp_path / "ours" / "noarch").glob("*.conda"))
    for key in ("name", "version", "noarch", "depends", "license"):
        assert theirs.index[key] == ours.index[key]

    def modules(package: Any) -> set[str]:
        return {each.path for each in package.members if each.path.endswith(".py")}

    assert modules(theirs) == modules(ours)
