"""``pysetup config``: what holds, who said so, and changing it."""

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytestmark = pytest.mark.flow


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def user_file(pysetup: Any) -> Path:
    return Path(pysetup.home, ".config/pysetup/config.toml")


def test_what_is_set_is_listed_with_who_won(pysetup: Any, work: Path) -> None:
    pip = user_file(pysetup).parent.parent / "pip/pip.conf"
    pip.parent.mkdir(parents=True)
    pip.write_text("[global]\ntimeout = 5\nretries = 9\n")
    (work / "pysetup.toml").write_text("# ours\n[network]\nretries = 2\n")
    foreign = {"PIP_CONFIG_FILE": ""}
    told = pysetup("config", "list", "--origin", cwd=work, env=foreign)
    assert told.code == 0, told.err
    rows = {line.split()[0]: line for line in told.out.splitlines()}
    assert f"project: {work}/pysetup.toml:3" in rows["network.retries"]
    assert f"pip: timeout in {pip}" in rows["network.timeout"]
    assert "variable: PYSETUP_CACHE_DIR" in rows["cache-dir"]
    plain = pysetup("config", "list", cwd=work, env=foreign)
    assert "network.retries = 2\n" in plain.out
    everything = pysetup("config", "list", "--all", "--json", cwd=work)
    keys = {one["key"]: one for one in json.loads(everything.out)["result"]["keys"]}
    assert keys["ui.color"]["level"] == "built-in"
    assert keys["network.retries"]["line"] == 3


def test_a_key_is_set_read_and_taken_out_again(pysetup: Any, work: Path) -> None:
    path = user_file(pysetup)
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n[network]\nretries = 2 # not more\n")
    assert pysetup("config", "set", "network.timeout", "30s", cwd=work).code == 0
    assert pysetup("config", "set", "offline", "yes", cwd=work).code == 0
    assert pysetup("config", "set", "find-links", "/a", "/b", cwd=work).code == 0
    assert pysetup("config", "get", "network.timeout", cwd=work).out == "30\n"
    assert pysetup("config", "get", "find-links", cwd=work).out == "/a /b\n"
    text = path.read_text()
    assert text.startswith("# mine\n")
    assert "retries = 2 # not more" in text
    assert tomllib.loads(text)["offline"] is True
    assert pysetup("config", "unset", "offline", cwd=work).code == 0
    assert pysetup("config", "unset", "offline", cwd=work).code == 1
    assert "offline" not in path.read_text()


def test_each_level_has_its_file(pysetup: Any, work: Path) -> None:
    assert pysetup("venv", "create", cwd=work).code == 0
    for level, path in (
        ("--project", work / "pysetup.toml"),
        ("--env", work / ".venv/pysetup.toml"),
        ("--user", user_file(pysetup)),
    ):
        done = pysetup("config", "set", level, "network.retries", "3", cwd=work)
        assert done.code == 0, done.err
        assert tomllib.loads(path.read_text()) == {"network": {"retries": 3}}
        assert pysetup("config", "path", level, cwd=work).out == f"{path}\n"
    lines = pysetup("config", "path", cwd=work).out.splitlines()
    assert [line.split()[0] for line in lines][:3] == ["project", "environment", "user"]


def test_an_index_is_set_by_its_name(pysetup: Any, work: Path) -> None:
    url = "https://me:secret@index.example/simple/"
    run = ("config", "set")
    refused = pysetup(*run, "index.company.packages", "acme-*", cwd=work)
    assert refused.code == 2
    assert pysetup(*run, "index.company.url", url, cwd=work).code == 0
    assert pysetup(*run, "index.company.packages", "acme-*", "x", cwd=work).code == 0
    (table,) = tomllib.loads(user_file(pysetup).read_text())["index"]
    assert table == {"name": "company", "url": url, "packages": ["acme-*", "x"]}
    for words in (["list"], ["get", "index.company"], ["get", "index.company.url"]):
        for form in ((), ("--json",)):
            told = pysetup("config", *words, *form, cwd=work)
            assert told.code == 0
            assert "index.example" in told.out
            assert "secret" not in told.out + told.err


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        pytest.param(
            ["set", "network.retrys", "3"], "PS2657", "network.retries", id="typo"
        ),
        pytest.param(["get", "nothing"], "PS2657", "nothing", id="no key"),
        pytest.param(
            ["set", "network.retries", "many"], "PS2650", "retries", id="no number"
        ),
        pytest.param(
            ["set", "network.retries", "1", "2"], "PS2650", "one value", id="two values"
        ),
        pytest.param(
            ["set", "install.link-mode", "x"], "PS2650", "hardlink", id="no choice"
        ),
        pytest.param(
            ["set", "--project", "cache-dir", "x"], "PS2655", "cache-dir", id="no right"
        ),
    ],
)
def test_what_cannot_be_set_leaves_no_file(
    pysetup: Any, work: Path, words: list[str], code: str, named: str
) -> None:
    done = pysetup("config", *words, cwd=work)
    assert done.code == 2
    assert code in done.err
    assert named in done.err
    assert not user_file(pysetup).exists()
    assert not (work / "pysetup.toml").exists()


def test_the_document_is_set_where_it_speaks_of_pysetup(
    pysetup: Any, work: Path
) -> None:
    document = work / "pyproject.toml"
    document.write_text('[project]\nname = "x"\n\n[tool.pysetup.install]\n# why\n')
    done = pysetup("config", "set", "--project", "install.compile", "no", cwd=work)
    assert done.code == 0, done.err
    found = tomllib.loads(document.read_text())
    assert found["tool"]["pysetup"] == {"install": {"compile": False}}
    assert "# why" in document.read_text()


def test_an_editor_is_opened_on_the_file(pysetup: Any, work: Path) -> None:
    editor = work / "editor"
    editor.write_text(
        '#!/bin/sh\necho "[network]" > "$1"\necho "retires = 1" >> "$1"\n'
    )
    editor.chmod(0o755)
    done = pysetup("config", "edit", cwd=work, env={"VISUAL": str(editor)})
    assert done.code == 0, done.err
    assert user_file(pysetup).read_text().startswith("[network]")
    refused = pysetup("config", "edit", cwd=work, env={"EDITOR": "false"})
    assert refused.code == 7
    assert pysetup("config", "edit", cwd=work).code == 2


def test_the_schema_takes_what_the_reader_takes(pysetup: Any) -> None:
    schema = json.loads(pysetup("config", "schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    good = {
        "find-links": ["a"],
        "install": {"link-mode": "copy", "exclude-newer": "7 days"},
        "resolve": {"extend-no-binary": ["x"]},
        "network": {"timeout": "30s"},
        "index": [{"name": "a", "url": "https://h/", "packages": ["b-*"]}],
    }
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"install": {"link-mode": "x"}}, schema)


def test_a_warning_reaches_people_and_programs(pysetup: Any, work: Path) -> None:
    (work / "pysetup.toml").write_text("[instal]\ncompile = false\n")
    told = pysetup("config", "list", "--json", cwd=work)
    (warning,) = json.loads(told.out)["warnings"]
    assert warning["code"] == "PS2654"
    assert "pysetup.toml:1" in warning["message"]
    assert 'did you mean "install"?' in pysetup("config", "list", cwd=work).err


def test_a_log_tells_what_happened_and_how_it_ended(
    pysetup: Any, make_wheel: Any, work: Path
) -> None:
    links = make_wheel().parent
    assert pysetup("venv", "create", cwd=work).code == 0
    words = ("install", "--no-index", "-f", links)
    assert pysetup(*words, "demo", "--log", "x.log", cwd=work).code == 0
    secret = "https://me:secret@h.invalid/a-1.0-py3-none-any.whl"
    done = pysetup(*words, secret, "--offline", cwd=work, env={"PYSETUP_LOG": "x.log"})
    assert done.code == 4
    text = (work / "x.log").read_text()
    assert "+ demo 1.0" in text
    assert "exit code 0" in text
    assert text.rstrip().endswith("exit code 4")
    assert "error[PS4" in text
    assert "secret" not in text
    refused = pysetup(*words, "demo", "--log", "no/such/folder", cwd=work)
    assert refused.code == 7


@pytest.mark.parametrize("name", ["pysetup.toml", "pyproject.toml"])
def test_a_pipe_with_the_name_of_a_configuration_is_not_waited_for(
    name: str, pysetup: Any, work: Path
) -> None:
    os.mkfifo(work / name)
    told = pysetup("config", "list", cwd=work)
    assert told.code == 0, told.err
    assert pysetup("lock", "--project", str(work), cwd=work).code == 2
