"""What a document needs from outside Python on one system."""

from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.dep_urls import InvalidDepUrlError
from pysetup.platforms.names.external import EXTENSION, extras_in, needs_in
from pysetup.standards.jsontext import JSON

LINUX = {"sys_platform": "linux", "os_name": "posix"}


def document(**table: Any) -> Metadata:
    core = {"metadata_version": "2.4", "name": "demo", "version": "1.0"}
    return Metadata.from_dict({**core, "extensions": {EXTENSION: table}})


def told(metadata: Metadata, **chosen: object) -> list[tuple[str, str]]:
    found = needs_in(metadata, LINUX, **chosen)  # type: ignore[arg-type] # test words
    return [(one.role, str(one.dep)) for one in found]


FULL = document(
    **{
        "build-requires": ["dep:virtual/compiler/c"],
        "host-requires": ["dep:generic/openssl@>=3"],
        "dependencies": [
            "dep:generic/git; sys_platform == 'linux'",
            "dep:generic/mercurial; sys_platform == 'win32'",
        ],
        "optional-dependencies": {"Big_One": ["dep:generic/zlib"]},
        "dependency-groups": {
            "dev": ["dep:generic/valgrind", {"include-group": "more"}],
            "more": ["dep:generic/gdb", {"include-group": "dev"}],
        },
    }
)


def test_needs_of_every_role_where_the_markers_hold() -> None:
    assert told(FULL) == [
        ("build", "dep:virtual/compiler/c"),
        ("host", "dep:generic/openssl@>=3"),
        ("run", 'dep:generic/git; sys_platform == "linux"'),
    ]
    assert told(FULL, roles=("host",)) == [("host", "dep:generic/openssl@>=3")]


def test_extras_and_groups_are_asked_for() -> None:
    assert extras_in(FULL) == ("big-one",)
    assert told(FULL, roles=("run",), extras=["big.one"])[1:] == [
        ("run", "dep:generic/zlib")
    ]
    assert told(FULL, roles=(), groups=["Dev"]) == [
        ("run", "dep:generic/valgrind"),
        ("run", "dep:generic/gdb"),
    ]


def test_groups_that_include_each_other_many_times_end() -> None:
    everyone: list[JSON] = [{"include-group": f"g{number}"} for number in range(60)]
    groups: dict[str, JSON] = {
        f"g{number}": [*everyone, f"dep:generic/x{number}"] for number in range(60)
    }
    assert len(told(document(**{"dependency-groups": groups}), groups=["g0"])) == 60


def test_what_is_no_dep_url_is_told() -> None:
    with pytest.raises(InvalidDepUrlError, match="is no DepURL"):
        told(document(**{"build-requires": ["zlib"]}))
    with pytest.raises(InvalidDepUrlError):
        told(document(**{"build-requires": "dep:generic/zlib"}))
