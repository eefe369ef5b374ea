"""PEP 725: which of a project's needs are understood, and what is left alone."""

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.external import EXTENSION, external_needs
from pysetup.standards.jsontext import JSON


def document(table: JSON) -> Metadata:
    core = {"metadata_version": "2.4", "name": "demo", "version": "1.0"}
    return Metadata.from_dict({**core, "extensions": {EXTENSION: table}})


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        pytest.param(["dep:virtual/compiler/c"], ["compiler/c"], id="a compiler"),
        pytest.param(["virtual:compiler/cpp"], ["compiler/c++"], id="older spelling"),
        pytest.param(["dep:generic/libffi@>=3.4"], ["libffi"], id="with a version"),
        pytest.param(["pkg:generic/OpenSSL"], ["openssl"], id="letter case"),
        pytest.param(["dep:generic/m4", "dep:generic/m4"], ["m4"], id="twice"),
        pytest.param(
            ["dep:generic/x; platform_system=='Windows'"], [], id="a condition"
        ),
        pytest.param(["pkg:pypi/numpy", "dep:golang/x", "", 7], [], id="all others"),
    ],
)
def test_generic_needs_are_read(texts: list[JSON], names: list[str]) -> None:
    for key in ("build-requires", "host-requires"):
        assert [need.name for need in external_needs(document({key: texts}))] == names


@pytest.mark.parametrize("table", [None, "x", [], {}, {"build-requires": 7}])
def test_other_shapes_say_nothing(table: JSON) -> None:
    assert external_needs(document(table)) == ()
