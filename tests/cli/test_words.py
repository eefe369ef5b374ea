"""What the command says: help, explanations and hints agree with what there is."""

import re
from pathlib import Path

import pytest

from pysetup.cli.commands.explain import catalogue, explanation
from pysetup.cli.main import main
from pysetup.cli.parser import Parser, make_parser
from pysetup.cli.table import COMMANDS, MODULES

# Commands that pysetup is meant to have one day; until then nothing may name them.
_PLANNED = """
init version add remove python shell-init files plugins hash sync lock
tree why why-not outdated audit history undo download cache export
search sign trust config doctor completion self external rebuild
which-dist autoremove
"""


def test_every_command_of_the_table_has_a_parser_and_a_summary() -> None:
    for _, rows in COMMANDS:
        for name, _, summary in rows:
            assert isinstance(make_parser(name), Parser)
            assert 10 <= len(summary) <= 60
            assert summary[0].islower()


def test_the_groups_follow_the_six_phases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    phases = [
        *("Development", "Source distribution", "Build and binary distribution"),
        *("Installation", "Execution", "Index and publishing"),
    ]
    places = [told.index(f"\n{phase}\n") for phase in phases]
    assert places == sorted(places)
    for name in MODULES:
        assert f"\n  {name} " in told


def test_no_text_names_a_command_that_does_not_exist(project_root: Path) -> None:
    planned = "|".join(word for word in _PLANNED.split() if word not in MODULES)
    pattern = re.compile(rf"pysetup ({planned})\b")
    texts = [*(project_root / "src").rglob("*.py"), project_root / "README.md"]
    texts += [
        path for path in (project_root / "docs").rglob("*.md") if path.name != "adr"
    ]
    named = {
        f"{path.name}: {match[0]}"
        for path in texts
        for match in pattern.finditer(path.read_text("utf-8"))
    }
    assert named == set()


def test_every_error_is_explained() -> None:
    for code, error in catalogue().items():
        page = explanation(error)
        assert code == error.code
        assert len(page.splitlines()) >= 1, code
        assert main(["-q", "explain", code]) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["explain", "PS3001"], 0, id="explain"),
        pytest.param(["explain", "ps3001"], 0, id="explain in lower case"),
        pytest.param(["help", "install"], 0, id="help"),
        pytest.param(["--json", "--version"], 0, id="the version as JSON"),
        pytest.param(["--frob"], 2, id="an unknown global option"),
        pytest.param(["instal"], 2, id="an unknown command"),
        pytest.param(["index", "frob"], 2, id="an unknown sub-command"),
        pytest.param(["install", "--index"], 2, id="an option cut short"),
    ],
)
def test_exit_codes_of_the_front_door(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    said = capsys.readouterr()
    assert ("error[PS2" in said.err) == (code == 2)
    assert "Traceback" not in said.err


def test_a_terminal_is_not_driven_by_what_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "\x1b[31mPS1\u202e"]) == 1
    assert "\x1b" not in capsys.readouterr().err
