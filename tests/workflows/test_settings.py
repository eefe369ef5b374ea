"""Settings: which level wins, and what pip's configuration means here."""

from pathlib import Path

import pytest

from pysetup.workflows.configuring.load import load_settings
from pysetup.workflows.settings import (
    DEFAULT_INDEX_URL,
    InvalidSettingError,
    Settings,
)


def load(
    tmp_path: Path,
    *,
    environ: dict[str, str] | None = None,
    pip: str = "",
    options: dict[str, object] | None = None,
) -> Settings:
    variables = {"XDG_CONFIG_DIRS": str(tmp_path / "etc"), **(environ or {})}
    if pip:
        config = tmp_path / "pip.ini"
        config.write_text(pip, encoding="utf-8")
        variables.setdefault("PIP_CONFIG_FILE", str(config))
    else:
        variables.setdefault("PIP_CONFIG_FILE", "/dev/null")
    return load_settings(
        variables, home=tmp_path / "home", prefix=tmp_path / "env", options=options
    )


PIP = """
[global]
index-url = https://pip.example/simple/
extra-index-url =
    https://one.example/simple/
    https://two.example/simple/
find_links = /wheels
timeout = 7
no-binary = a,b
[install]
trusted-host = pip.example
"""


def test_without_any_configuration_the_public_index_is_used(tmp_path: Path) -> None:
    assert load(tmp_path).index_url == DEFAULT_INDEX_URL


def test_pips_files_are_honoured_in_both_sections(tmp_path: Path) -> None:
    settings = load(tmp_path, pip=PIP)
    assert settings.index_url == "https://pip.example/simple/"
    assert settings.extra_index_urls == (
        "https://one.example/simple/",
        "https://two.example/simple/",
    )
    assert settings.find_links == ("/wheels",)
    assert settings.timeout == 7.0
    assert settings.no_binary == ("a", "b")
    assert settings.trusted_hosts == ("pip.example",)


def test_pips_variables_win_over_pips_files(tmp_path: Path) -> None:
    settings = load(
        tmp_path, pip=PIP, environ={"PIP_INDEX_URL": "https://variable.example/"}
    )
    assert settings.index_url == "https://variable.example/"
    # The same level, so pip's own rule holds: keys are merged one by one.
    assert settings.find_links == ("/wheels",)


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        pytest.param(
            {}, {"index_url": "https://mine.example/"}, id="on the command line"
        ),
        pytest.param(
            {"PYSETUP_INDEX_URL": "https://mine.example/"}, {}, id="in a variable"
        ),
    ],
)
def test_the_level_that_names_the_index_names_all_sources(
    tmp_path: Path, environ: dict[str, str], options: dict[str, object]
) -> None:
    settings = load(tmp_path, pip=PIP, environ=environ, options=options)
    assert settings.index_url == "https://mine.example/"
    assert settings.extra_index_urls == ()
    assert settings.find_links == ()
    assert settings.timeout == 7.0


def test_an_extra_index_alone_joins_the_configured_index(tmp_path: Path) -> None:
    settings = load(
        tmp_path, pip=PIP, options={"extra_index_urls": ("https://mine.example/",)}
    )
    assert settings.index_url == "https://pip.example/simple/"
    assert settings.extra_index_urls == ("https://mine.example/",)


def test_foreign_configuration_can_be_switched_off(tmp_path: Path) -> None:
    settings = load(tmp_path, pip=PIP, environ={"PYSETUP_NO_FOREIGN_CONFIG": "1"})
    assert settings.index_url == DEFAULT_INDEX_URL


def test_a_default_timeout_of_pips_is_a_timeout(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"PIP_DEFAULT_TIMEOUT": "180"}).timeout == 180.0


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        pytest.param({"PYSETUP_OFFLINE": "maybe"}, "PYSETUP_OFFLINE", id="no boolean"),
        pytest.param({"PYSETUP_RETRIES": "many"}, "PYSETUP_RETRIES", id="no number"),
        pytest.param(
            {"PYSETUP_RETRIES": "-1"}, "PYSETUP_RETRIES", id="a negative number"
        ),
        pytest.param({"SOURCE_DATE_EPOCH": "today"}, "SOURCE_DATE_EPOCH", id="no date"),
        pytest.param({"SOURCE_DATE_EPOCH": "9" * 18}, "at most 4294967295", id="late"),
    ],
)
def test_a_bad_value_is_refused_with_its_origin(
    tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidSettingError, match=words) as caught:
        load(tmp_path, environ=environ)
    assert caught.value.exit_code == 2


def test_a_broken_pip_file_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingError, match=r"pip\.ini"):
        load(tmp_path, pip="index-url = no section\n")
