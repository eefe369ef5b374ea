"""node's ajv agrees with us about every conformance vector."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.schema import schema_text

pytestmark = [pytest.mark.interop, pytest.mark.network]

AJV = "ajv@8.17.1"
HERE = Path(__file__).parent
VECTORS = HERE.parent / "vectors"


@pytest.fixture(scope="module")
def modules(project_root: Path) -> Path:
    """The folder of node's modules with ajv in it, installed once per checkout."""
    folder = project_root / ".cache" / AJV.replace("@", "-")
    if not (folder / "node_modules" / "ajv" / "package.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        words = ("npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent")
        done = subprocess.run(
            [*words, "--ignore-scripts", "--prefix", str(folder), AJV],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode != 0:
            reason = f"npm cannot install {AJV}: {done.stderr.strip()[-500:]}"
            if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
    return folder / "node_modules"


@pytest.fixture
def verdicts(
    need_tool: Callable[[str], str], request: pytest.FixtureRequest, tmp_path: Path
) -> dict[str, Any]:
    """What ajv says about every file of the vectors, by folder and name."""
    node, _ = need_tool("node"), need_tool("npm")
    modules: Path = request.getfixturevalue("modules")
    schema = tmp_path / "pydist.schema.json"
    schema.write_text(schema_text(), "utf-8")
    files = sorted(map(str, VECTORS.glob("*valid/*.json")))
    done = subprocess.run(
        [node, str(HERE / "ajv_verdicts.cjs"), str(schema)],
        input=json.dumps(files),
        env={**os.environ, "NODE_PATH": str(modules)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return {f"{Path(f).parent.name}/{Path(f).name}": said[f] for f in files}


def test_ajv_agrees_about_every_vector(verdicts: dict[str, Any]) -> None:
    index = json.loads((VECTORS / "invalid.json").read_text("utf-8"))
    wrong = []
    for name, said in verdicts.items():
        kind, _, file = name.partition("/")
        by = "" if kind == "valid" else index[file]["by"]
        if by == "parser":
            continue  # what node's own parser lets pass is not for a schema to tell
        expected = by != "schema"
        if not said["parsed"] or said["valid"] is not expected:
            wrong.append(name)
        elif not expected and not _close(index[file]["pointer"], said["pointers"]):
            wrong.append(f"{name}: {said['pointers']}")
    assert wrong == []
    assert len(verdicts) > len(index)


def _close(pointer: str, pointers: list[str]) -> bool:
    """Tell whether ajv means the same place: it points at objects for their keys."""
    return any(pointer.startswith(one) for one in pointers)
