"""``--json``: one object on standard output, valid by the published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytestmark = pytest.mark.flow


@pytest.fixture(scope="session")
def schema(project_root: Path) -> Any:
    path = project_root / "docs" / "reference" / "output.schema.json"
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def workshop(pysetup: Any, greet: Path, wheelhouse: Path, tmp_path: Path) -> Path:
    """A folder with the project, its archives, and an environment that has it."""
    assert wheelhouse.is_dir()
    assert pysetup("build", "--outdir", tmp_path / "dist", greet).code == 0
    assert pysetup("venv", "create", tmp_path / "env").code == 0
    links = ("--no-index", "--find-links", wheelhouse)
    installed = pysetup("install", "--env", tmp_path / "env", *links, greet)
    assert installed.code == 0, installed.err
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--env", "env"],
        ["show", "--env", "env", "--files", "greet-demo"],
        ["freeze", "--env", "env"],
        ["check", "--env", "env"],
        ["verify", "--env", "env"],
        ["metadata", "show", "dist/greet_demo-1.2.0.tar.gz"],
        ["metadata", "show", "--env", "env", "greet-demo"],
        ["metadata", "validate", "a checkout/greet"],
        ["metadata", "verify", "dist/greet_demo-1.2.0-py3-none-any.whl"],
        ["metadata", "verify", "dist/greet_demo-1.2.0.tar.gz"],
        ["metadata", "verify", "--env", "env", "greet-demo"],
        ["metadata", "schema"],
        ["sdist", "--list", "a checkout/greet"],
        ["sdist", "--outdir", "two", "a checkout/greet"],
        ["build", "--outdir", "two", "a checkout/greet"],
        ["build", "--tree", "--outdir", "two", "a checkout/greet"],
        ["bdist", "--list-formats"],
        ["bdist_wheel", "--outdir", "two", "dist/greet_demo-1.2.0.tar.gz"],
        ["venv", "create", "another"],
        ["install", "--env", "env", "--no-index", "-f", "wheels", "--dry-run", "colorama"],
        ["install", "--env", "env", "--no-index", "-f", "wheels", "colorama"],
        ["develop", "--env", "env", "--no-index", "-f", "wheels", "a checkout/greet"],
        ["uninstall", "--env", "env", "greet-demo"],
        ["trace", "--env", "env", "--source", "a checkout/greet", "--no-index", "greet-demo"],
        ["publish", "--dry-run", "--index-url", "http://127.0.0.1:9/", "dist/missing.whl"],
        ["explain"],
        ["help", "sdist"],
        ["run", "--env", "env", "no-such-command"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_prints_one_valid_envelope(
    pysetup: Any, workshop: Path, schema: Any, words: list[str]
) -> None:
    # run becomes its child: what follows its command belongs to that.
    ran = pysetup("--json", *words, cwd=workshop)
    envelope = json.loads(ran.out)
    jsonschema.validate(envelope, schema)
    assert envelope["exit_code"] == ran.code
    assert envelope["command"] == [words[0]]
    assert envelope["ok"] is (ran.code == 0)
    if words[0] not in ("publish", "run"):
        assert ran.code == 0, ran.err
        assert envelope["result"] is not None
    else:
        assert envelope["errors"]


def test_the_index_server_tells_users_and_tokens_as_json(
    pysetup: Any, tmp_path: Path, schema: Any
) -> None:
    data = ("--data", tmp_path / "index")
    added = pysetup(
        *("index", "user", "add", "bob", "--password-stdin", *data, "--json"),
        stdin="a long password\n",
    )
    jsonschema.validate(json.loads(added.out), schema)
    assert added.code == 0, added.err
    token = pysetup("index", "token", "add", "bob", *data, "--json")
    assert len(json.loads(token.out)["result"]["token"]) > 20
