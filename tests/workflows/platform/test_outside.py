"""What is needed from outside Python is a relation of the package (PEP 725)."""

import json
from pathlib import Path
from typing import Any

import pytest

PROJECT = """
[build-system]
requires = []
build-backend = "pysetup.backend"
[project]
name = "zz-outside"
version = "1.0"
[external]
build-requires = ["dep:generic/pkg-config"]
dependencies = ["dep:generic/git", "dep:generic/libffi", {more}]
"""


@pytest.fixture
def ran(pysetup: Any, tmp_path: Path) -> Any:
    (tmp_path / "zz_outside.py").write_text("")

    def run(*words: str, more: str = "", after: str = "") -> Any:
        text = PROJECT.replace("{more}", more) + after
        (tmp_path / "pyproject.toml").write_text(text)
        (tmp_path / "map.json").write_text(
            '{"external": {"dep:generic/zz-odd": ["odd-thing"]}}'
        )
        return pysetup("--json", *words, tmp_path, "--dry-run")

    return run


def plan_of(done: Any) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(done.out)["result"]["plans"][0]
    return plan


@pytest.mark.parametrize(
    ("format_", "target", "package"),
    [
        ("deb", "ubuntu-24.04", "git"),
        ("rpm", "fedora-42", "/usr/bin/git"),
        ("pacman", "arch", "git"),
    ],
)
def test_a_command_of_the_system_is_required(
    ran: Any, format_: str, target: str, package: str
) -> None:
    done = ran(f"bdist_{format_}", "--target", target)
    assert done.code == 0, done.err
    plan = plan_of(done)
    assert package in plan["relations"]["requires"]
    (row,) = [it for it in plan["mapping"] if it["requirement"] == "dep:generic/git"]
    assert row["evidence"].startswith("table:")


def test_a_library_is_left_to_what_reads_machine_code(ran: Any) -> None:
    plan = plan_of(ran("bdist_deb", "--target", "ubuntu-24.04"))
    assert not any("ffi" in text for text in plan["relations"]["requires"])


def test_what_nobody_knows_is_told_until_it_is_mapped(ran: Any, tmp_path: Path) -> None:
    words = ("bdist_deb", "--target", "ubuntu-24.04")
    more = '"dep:generic/zz-odd"'
    done = ran(*words, more=more)
    assert done.code == 3
    assert "dep:generic/zz-odd" in done.out
    mapped = ran(*words, "--map-deps", str(tmp_path / "map.json"), more=more)
    assert mapped.code == 0, mapped.err
    assert "odd-thing" in plan_of(mapped)["relations"]["requires"]


@pytest.mark.parametrize(
    ("format_", "target"), [("rpm", "fedora-43"), ("deb", "ubuntu-24.04")]
)
def test_the_document_says_it_before_any_table(
    ran: Any, format_: str, target: str
) -> None:
    table = f'[tool.pysetup.extensions."pysetup.platform".targets.{format_}.external]'
    lines = f'{table}\n"dep:generic/git" = ["special-git"]\n'
    done = ran(f"bdist_{format_}", "--target", target, after=lines)
    assert done.code == 0, done.err
    requires = plan_of(done)["relations"]["requires"]
    assert "special-git" in requires
    assert not {"git", "/usr/bin/git"} & set(requires)


def test_where_packages_have_no_relations_it_is_told(ran: Any) -> None:
    plan = plan_of(ran("bdist_dumb"))
    assert "needed from outside Python: dep:generic/git" in plan["notes"]


@pytest.mark.parametrize(
    ("format_", "target", "ecosystem"),
    [
        ("deb", "ubuntu-24.04", "ubuntu"),
        ("rpm", "fedora-43", "fedora"),
        ("pacman", "arch", "arch"),
    ],
)
@pytest.mark.parametrize("role", ["build", "run"])
@pytest.mark.parametrize("spec", ["zz, sudo", "$(id)", "%(id)", "a'b"])
def test_what_a_registry_says_becomes_no_relation_if_it_is_no_name(
    ran: Any,
    tmp_path: Path,
    format_: str,
    target: str,
    ecosystem: str,
    role: str,
    spec: str,
) -> None:
    wanted = {"build": "dep:generic/pkg-config", "run": "dep:generic/git"}[role]
    value = {"mappings": [{"id": wanted, "specs": spec}]}
    (tmp_path / f"{ecosystem}.mapping.json").write_text(json.dumps(value))
    words = ("--target", target, "--registry", str(tmp_path))
    done = ran(f"bdist_{format_}", *words)
    assert done.code == 2
    (error,) = json.loads(done.out)["errors"]
    assert error["code"] == "PS2740"
    assert spec in error["message"]
