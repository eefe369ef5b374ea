"""recipe.yaml: rattler-build reads it as we mean it, whatever the texts are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.doubles import OwnNames, plan_of

from pysetup.metadata.document import Metadata
from pysetup.platforms.conda import FORMAT
from pysetup.platforms.interface import Making

rattler_build = pytest.importorskip("rattler_build")

Built = Callable[..., Any]
SUMMARY = (
    'It\'s "${{ evil }}" {{ evil }} {% if %} {# #} \\ : - # &a *b !c | > \u00fc\u0085x'
)
HOSTILE = (
    f"Summary: {SUMMARY}\n"
    "Home-page: https://example.org/${{ evil }}\n"
    "License: MIT\n"
    "Requires-Python: >=3.8\n"
    "Requires-Dist: inner>=1.0,!=1.5\n"
)


def recipe(given: Any, sdist: Path, out: Path, target: str, **options: Any) -> Any:
    metadata: Metadata = given.metadata
    plan = plan_of(FORMAT, given, target, names=OwnNames(), options=options)
    making = Making(tools=None, epoch=None, scratch=out)  # type: ignore[arg-type] # no program is run
    FORMAT.source_dist(sdist, metadata, out=out, plan=plan, making=making)
    read = rattler_build.Stage0Recipe.from_file(str(out / "recipe.yaml"))
    (variant,) = read.render()
    return variant.recipe.to_dict()


@pytest.fixture
def sdist(tmp_path: Path) -> Path:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"not looked into")
    return path


def test_a_pure_project(built: Built, sdist: Path, tmp_path: Path) -> None:
    given = built(
        metadata=HOSTILE, entry_points="[console_scripts]\ndemo = demo:main\n"
    )
    read = recipe(given, sdist, tmp_path / "out", "conda")
    assert read["package"] == {"name": "demo", "version": "1.0"}
    assert read["about"]["summary"] == " ".join(SUMMARY.replace("\x85", " ").split())
    assert read["about"]["homepage"].startswith("https://example.org/")
    assert read["build"]["noarch"] == "python"
    assert read["build"]["python"] == {"entry_points": ["demo = demo:main"]}
    assert read["requirements"] == {
        "host": ["python >=3.8", "pip"],
        "run": ["python >=3.8", "inner >=1.0,<1.5|>=1.5.post0.dev0"],
    }
    (source,) = read["source"]
    assert source["path"] == "demo-1.0.tar.gz"
    assert (tmp_path / "out" / "demo-1.0.tar.gz").exists()


def test_a_compiled_one(built: Built, sdist: Path, tmp_path: Path) -> None:
    given = built(
        files={"demo/__init__.py": ""},
        tag="cp313-cp313-manylinux_2_17_x86_64",
        pure=False,
    )
    read = recipe(given, sdist, tmp_path / "out", "conda", url="pypi")
    assert read["requirements"]["host"] == ["python", "pip"]
    assert read["requirements"]["run"] == ["python"]
    assert len(read["requirements"]["build"]) == 1
    (source,) = read["source"]
    assert source["url"].endswith("/packages/source/d/demo/demo-1.0.tar.gz")
    assert not (tmp_path / "out" / "demo-1.0.tar.gz").exists()
