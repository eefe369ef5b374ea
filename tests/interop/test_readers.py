"""The readers in node, C and shell say the same of every artifact as our API."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup import api

pytestmark = pytest.mark.interop

PYPROJECT = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "Read.Me"
version = "1!2.0rc1+local.1"
description = 'quotes " and \\ and \U0001f600'
dependencies = ["zebra>=1; python_version < '3.99'", "aardvark[fast] @ https://example.org/a-1.zip"]
[project.optional-dependencies]
more = ["tapir"]
[project.scripts]
read-me = "read_me:main"
"Z.upper" = "read_me:main"
a = "read_me:main"
[project.gui-scripts]
window = "read_me:main"
[project.entry-points."read_me.plugins"]
"\u00e9t\u00e9" = "read_me"
"\U0001f600" = "read_me"
"\ufb01" = "read_me:main.inner"
plain = "read_me:main"

[tool.pysetup.sources]
modules = ["read_me"]
[tool.pysetup.extensions."read-me"]
text = "a \\"quoted\\" text, a \\\\ and a tab\\t and { [ ] }"
numbers = [1, -2.5, 0.001]
nothing = []
[tool.pysetup.extensions."read-me".deep.deeper]
flag = true
"""


def summary(metadata: api.Metadata) -> Any:
    return {
        "name": metadata.name,
        "version": metadata.text("version"),
        "requirements": list(metadata.texts("requires_dist")),
        "entry_points": [
            [entry.group, entry.name, entry.reference]
            for entry in metadata.entry_points
        ],
        "extensions": metadata.extensions,
    }


@pytest.fixture
def artifacts(pysetup: Any, tmp_path: Path, make_wheel: Any) -> dict[str, Path]:
    """An sdist, a wheel, and an environment that also holds a foreign package."""
    project = tmp_path / "a project"
    (project / "read_me").mkdir(parents=True)
    (project / "read_me" / "__init__.py").write_text("def main(): pass\n", "utf-8")
    (project / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    built = pysetup("build", "--outdir", tmp_path / "dist", project)
    assert built.code == 0, built.err
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    environment = tmp_path / "an environment"
    assert pysetup("venv", "create", environment).code == 0
    words = ("install", "--env", environment, "--no-index", "--no-deps")
    installed = pysetup(*words, wheel, make_wheel("foreign", "1.0"))
    assert installed.code == 0, installed.err
    for document in environment.rglob("foreign-*/pydist.json"):
        document.unlink()
    return {"sdist": sdist, "wheel": wheel, "environment": environment}


@pytest.fixture(params=["node", "c", "shell"])
def reader(
    request: pytest.FixtureRequest,
    need_tool: Callable[[str], str],
    project_root: Path,
    tmp_path: Path,
) -> list[str]:
    """The words that start one of the readers."""
    folder = project_root / "examples" / "readers"
    if request.param == "node":
        return [need_tool("node"), str(folder / "reader.mjs")]
    for tool in ("tar", "gzip", "unzip"):
        need_tool(tool)
    if request.param == "shell":
        need_tool("jq")
        return [need_tool("sh"), str(folder / "reader.sh")]
    program = tmp_path / "reader"
    flags = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", str(program))
    words = [need_tool("cc"), *flags, str(folder / "reader.c")]
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return [str(program)]


def test_a_reader_prints_what_the_api_reads(
    reader: list[str], artifacts: dict[str, Path]
) -> None:
    context = api.open_context()
    metadata = api.read_metadata(artifacts["wheel"], context=context)
    expected = summary(metadata)
    assert len(expected["entry_points"]) == 8
    assert summary(api.read_metadata(artifacts["sdist"], context=context)) == expected
    environment = api.find_environment(artifacts["environment"], context=context)
    found = api.list_installed(environment, context=context)
    documents = [one.metadata for one in found if one.metadata.name != "foreign"]
    assert [summary(one) for one in documents] == [expected]
    done = subprocess.run(
        [*reader, *map(str, artifacts.values())],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines == [expected] * 3
    (told,) = done.stderr.splitlines()
    assert told.endswith("foreign-1.0.dist-info: no pydist.json")
