"""Configuration files: who wins, what may stand where, and what is told of mistakes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.workflows.configuring.keys import KEYS
from pysetup.workflows.configuring.load import (
    Configuration,
    Surroundings,
    load_configuration,
)

PLACES = {
    "--config": "named.toml",
    "project": "work/pysetup.toml",
    "environment": "env/pysetup.toml",
    "user": "home/.config/pysetup/config.toml",
    "system": "etc/config.toml",
    "pip": "home/.config/pip/pip.conf",
}


class Lab:
    """A home, a project in ``work``, an environment, and files where one likes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("home", "work", "env"):
            (root / name).mkdir()

    def write(self, place: str, text: str) -> Path:
        path = self.root / PLACES.get(place, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(
        self,
        *,
        environ: Mapping[str, str] | None = None,
        options: Mapping[str, object] | None = None,
        **around: Any,
    ) -> Configuration:
        named = self.root / PLACES["--config"]
        values = {
            "directory": self.root / "work",
            "environment": str(self.root / "env"),
            "named": str(named) if named.exists() else None,
            "system_file": str(self.root / PLACES["system"]),
            **around,
        }
        shared = {"XDG_CONFIG_DIRS": str(self.root / "none"), **(environ or {})}
        found = Surroundings(shared, self.root / "home", self.root / "env", **values)
        return load_configuration(found, options=options)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


ORDER = ("--config", "project", "environment", "user", "system", "pip")


@pytest.mark.parametrize("weakest", range(len(ORDER)))
def test_the_strongest_that_says_something_wins(lab: Lab, weakest: int) -> None:
    for number, level in enumerate(ORDER[weakest:], start=weakest):
        lab.write(
            level,
            f"[global]\nretries = {number}\n"
            if level == "pip"
            else f"[network]\nretries = {number}\n",
        )
    found = lab.load()
    assert found.settings.retries == weakest
    assert str(found.origins["retries"]).startswith(f"{ORDER[weakest]}: ")
    environ = {"PYSETUP_NETWORK_RETRIES": "20"}
    assert lab.load(environ=environ).settings.retries == 20
    assert lab.load(environ=environ, options={"retries": 30}).settings.retries == 30


def test_tables_merge_key_by_key_and_lists_replace(lab: Lab) -> None:
    lab.write("user", 'find-links = ["/a"]\n[install]\nlink-mode = "copy"\n')
    lab.write("project", 'find-links = ["/b"]\n[install]\ndurability = "fast"\n')
    settings = lab.load().settings
    assert settings.find_links == ("/b",)
    assert (settings.link_mode, settings.durability) == ("copy", "fast")


def test_a_list_that_extends_is_added_to(lab: Lab) -> None:
    lab.write("user", '[resolve]\nno-binary = ["a", "b"]\n')
    lab.write("project", '[resolve]\nextend-no-binary = ["c", "a"]\n')
    assert lab.load().settings.no_binary == ("c", "a", "b")


def test_paths_in_a_file_are_meant_from_that_file(lab: Lab) -> None:
    lab.write("user", 'cache-dir = "cache"\nfind-links = ["wheels", "https://h/x"]\n')
    base = lab.root / "home/.config/pysetup"
    settings = lab.load().settings
    assert settings.cache_dir == base / "cache"
    assert settings.find_links == (str(base / "wheels"), "https://h/x")


@pytest.mark.parametrize(
    ("text", "setting", "value"),
    [
        pytest.param('network.timeout = "30s"', "timeout", 30.0, id="seconds"),
        pytest.param('network.timeout = "2 minutes"', "timeout", 120.0, id="minutes"),
        pytest.param("network.timeout = 5", "timeout", 5.0, id="a plain number"),
        pytest.param("network.retries = 0", "retries", 0, id="none"),
        pytest.param("offline = true", "offline", True, id="yes"),
        pytest.param('find-links = "/x"', "find_links", ("/x",), id="a list of one"),
    ],
)
def test_values_are_read_by_their_kind(
    lab: Lab, text: str, setting: str, value: object
) -> None:
    lab.write("user", text)
    assert getattr(lab.load().settings, setting) == value


def test_what_is_no_setting_is_what_an_option_defaults_to(lab: Lab) -> None:
    lab.write("user", '[install]\ncompile = false\nexclude-newer = "7 days"\n')
    found = lab.load()
    assert found.defaults["compile"] is False
    assert found.origins["compile"].line == 2


def test_the_document_speaks_where_no_file_of_ours_does(lab: Lab) -> None:
    lab.write(
        "work/pyproject.toml",
        '[project]\nname = "x"\n[tool.pysetup.network]\nretries = 7\n'
        '[tool.pysetup.sources]\ninclude = ["x"]\n',
    )
    found = lab.load()
    assert found.settings.retries == 7
    assert found.origins["retries"].line == 4
    assert found.warnings == ()
    lab.write("project", "[network]\ntimeout = 1\n")
    assert lab.load().settings.retries == 4


def test_a_broken_document_is_left_to_the_command_that_reads_it(lab: Lab) -> None:
    lab.write("work/pyproject.toml", "[tool.pysetup\nretries = 7\n")
    assert lab.load().settings.retries == 4


def test_the_nearest_project_above_counts(lab: Lab) -> None:
    lab.write("project", "[network]\nretries = 7\n")
    below = lab.root / "work/deep/down"
    below.mkdir(parents=True)
    assert lab.load(directory=below).settings.retries == 7
    (below / "pyproject.toml").write_text("[project]\n")
    assert lab.load(directory=below).settings.retries == 4


def test_no_files_are_read_without_configuration(lab: Lab) -> None:
    for level in ORDER:
        lab.write(level, "[network]\nretries = 9\n[global]\nretries = 8\n")
    assert lab.load(use_files=False).settings.retries == 4
    assert lab.load(environ={"PYSETUP_NO_CONFIG": "1"}).settings.retries == 4
    assert lab.load(use_files=False, environ={"PIP_RETRIES": "3"}).settings.retries == 3


def test_isolated_leaves_out_variables_and_the_users_files(lab: Lab) -> None:
    lab.write("user", "[network]\nretries = 9\n")
    environ = {"PYSETUP_NETWORK_RETRIES": "8", "PIP_RETRIES": "7"}
    assert lab.load(environ=environ, isolated=True).settings.retries == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "[instal]\nx = 1\n", ("pysetup.toml:1", '"instal"'), id="a section"
        ),
        pytest.param(
            "[install]\nlink-mod = 1\n",
            ("pysetup.toml:2", "install.link-mode"),
            id="a key",
        ),
        pytest.param("retries = 1\n", ('"network.retries"',), id="of no section"),
        pytest.param(
            '[[index]]\nname = "a"\nurl = "https://h/"\npackage = ["b"]\n',
            ("pysetup.toml:4", '"packages"'),
            id="of an index",
        ),
    ],
)
def test_unknown_keys_are_told_with_the_nearest_name(
    lab: Lab, text: str, words: tuple[str, ...]
) -> None:
    lab.write("project", text)
    (warning,) = lab.load().warnings
    told = f"{warning.place}: {warning.message}"
    assert all(word in told for word in words), told
    lab.write("user", "strict = true\n")
    with pytest.raises(PysetupError, match="is not a key") as caught:
        lab.load()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('network.proxy = "http://h"', "network.proxy", id="a proxy"),
        pytest.param('network.trusted-host = ["h"]', "trusted-host", id="plain http"),
        pytest.param('network.extend-trusted-host = ["h"]', "trusted", id="one more"),
        pytest.param('network.cert = "c.pem"', "network.cert", id="certificates"),
        pytest.param('cache-dir = "c"', "cache-dir", id="the cache"),
        pytest.param('python = "./evil"', "python", id="a command to run"),
        pytest.param(
            'install.startup-hooks = "allow"', "startup-hooks", id="code at start"
        ),
        pytest.param(
            "install.break-system-packages = true", "break-system", id="the system"
        ),
        pytest.param('index-url = "https://me:x@h/"', "password", id="a password"),
        pytest.param(
            '[[index]]\nname = "a"\nurl = "https://me@h/"', "index.url", id="a user"
        ),
        pytest.param(
            '[[index]]\nname = "a"\nurl = "https://h/"\ntoken = "t"',
            "index.token",
            id="a token",
        ),
    ],
)
def test_a_project_may_not_weaken_security(lab: Lab, text: str, words: str) -> None:
    path = lab.write("project", text)
    with pytest.raises(PysetupError) as caught:
        lab.load()
    assert caught.value.code == "PS2655"
    assert str(path) in caught.value.message
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("[network]\nretries = 'x'\n", ":2: network.retries", id="number"),
        pytest.param("[network]\nretries = -1\n", ":2: network.retries", id="too few"),
        pytest.param("[network]\nretries = true\n", ":2: network", id="a boolean"),
        pytest.param("offline = 'yes'\n", ":1: offline", id="no boolean"),
        pytest.param("[install]\nlink-mode = 'x'\n", ":2: install.link", id="a choice"),
        pytest.param("[network]\ntimeout = 'soon'\n", ":2: network", id="no time"),
        pytest.param("find-links = [1]\n", ":1: find-links", id="no list of texts"),
        pytest.param("index = 1\n", ":1", id="no tables"),
        pytest.param("[[index]]\nname = 'a'\n", ":1", id="an index without a URL"),
        pytest.param(
            "[[index]]\nname = 'a b'\nurl = 'https://h'\n", ":2", id="a bad name"
        ),
        pytest.param(
            "[[index]]\nname = 'a'\nurl = 'https://h'\nauth = 'x'\n", ":4", id="auth"
        ),
        pytest.param(
            "[[index]]\nname = 'a'\nurl = 'https://h'\npackages = ['a b']\n",
            ":4",
            id="a bad pattern",
        ),
        pytest.param("network = [\n", ":1", id="no TOML"),
    ],
)
def test_a_bad_value_is_told_with_file_and_line(
    lab: Lab, text: str, place: str
) -> None:
    path = lab.write("user", text)
    with pytest.raises(PysetupError) as caught:
        lab.load()
    assert caught.value.exit_code == 2
    assert f"{path}{place}" in caught.value.message


def test_a_named_file_that_is_not_there_is_an_error(lab: Lab) -> None:
    with pytest.raises(PysetupError, match="cannot be read") as caught:
        lab.load(named="missing.toml")
    assert caught.value.exit_code == 2


COMPANY = """
[[index]]
name = "company"
url = "https://index.example/simple/"
packages = ["Acme_*", "tool"]
auth = "keyring"
[[index]]
name = "mirror"
url = "https://mirror.example/simple/"
default = true
[[index]]
name = "more"
url = "https://more.example/simple/"
"""


def test_indexes_are_the_sources_of_their_level(lab: Lab) -> None:
    lab.write("user", COMPANY)
    settings = lab.load().settings
    assert settings.index_url == "https://mirror.example/simple/"
    assert settings.extra_index_urls == ("https://more.example/simple/",)
    assert [one.name for one in settings.indexes] == ["company", "mirror", "more"]
    pinned = settings.pinned_index("acme-web")
    assert pinned is not None
    assert (pinned.name, pinned.auth) == ("company", "keyring")
    assert settings.pinned_index("acme") is None
    assert settings.pinned_index("tool") is pinned


def test_a_pin_stays_whoever_names_another_index(lab: Lab) -> None:
    lab.write("user", COMPANY)
    settings = lab.load(options={"index_url": "https://mine.example/"}).settings
    assert settings.index_url == "https://mine.example/"
    assert settings.extra_index_urls == ()
    assert [one.name for one in settings.indexes] == ["company"]


def test_a_project_does_not_move_what_the_user_pinned(lab: Lab) -> None:
    lab.write("user", COMPANY)
    lab.write(
        "project",
        '[[index]]\nname = "company"\nurl = "https://evil.example/"\n'
        '[[index]]\nname = "theirs"\nurl = "https://evil.example/"\n'
        'packages = ["acme-*"]\n',
    )
    pinned = lab.load().settings.pinned_index("acme-web")
    assert pinned is not None
    assert pinned.url == "https://index.example/simple/"


def test_a_cache_of_ours_is_not_where_pip_keeps_its_own(lab: Lab) -> None:
    settings = lab.load(environ={"PIP_CACHE_DIR": "/pips"}).settings
    assert settings.cache_dir == lab.root / "home/.cache/pysetup"


def test_every_key_has_a_variable_of_its_own() -> None:
    names = [name for key in KEYS for name in key.variables]
    assert len(names) == len(set(names))
    settings = [key.setting for key in KEYS]
    assert len(settings) == len(set(settings))


def test_what_pip_switches_off_is_as_pip_has_it(lab: Lab) -> None:
    lab.write(
        "pip", "[global]\nno-compile = no\nno-cache-dir = false\n[install]\nuser=1\n"
    )
    found = lab.load()
    assert found.defaults["compile"] is False
    assert found.defaults["no_cache"] is True
    assert found.defaults["user"] is True
    assert found.origins["compile"].level == "pip"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_above_that_somebody_else_put_there_does_not_count(lab: Lab) -> None:
    planted = lab.write("project", "[network]\nretries = 7\n")
    below = lab.root / "work/mine"
    below.mkdir()
    os.chown(planted, 12345, 12345)
    assert lab.load(directory=below).settings.retries == 4
    # Who goes there, or whose own folder it is, means it.
    assert lab.load().settings.retries == 7
    os.chown(below, 12345, 12345)
    assert lab.load(directory=below).settings.retries == 7
