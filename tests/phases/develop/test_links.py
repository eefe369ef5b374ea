from collections.abc import Mapping

import pytest

from pysetup.phases.develop.links import match_sources
from pysetup.standards.hashes import Hash


def matched(members: Mapping[str, str], sources: Mapping[str, str]) -> dict[str, str]:
    return match_sources(
        members,
        sources,
        content_of_member=lambda path: Hash.of(members[path].encode()),
        content_of_source=lambda path: Hash.of(sources[path].encode()),
    )


@pytest.mark.parametrize(
    ("members", "sources", "expected"),
    [
        pytest.param({"m.py": "x"}, {"m.py": "x"}, {"m.py": "m.py"}, id="a module"),
        pytest.param(
            {"p/m.py": "x"},
            {"src/p/m.py": "x", "src/q/m.py": "x", "m.py": "x"},
            {"p/m.py": "src/p/m.py"},
            id="the folder of the same name",
        ),
        pytest.param(
            {"p/m.py": "x"},
            {"build/lib/p/m.py": "x", "src/p/m.py": "x"},
            {"p/m.py": "src/p/m.py"},
            id="the shorter path",
        ),
        pytest.param(
            {"p/m.py": "x"}, {"lib/m.py": "x"}, {"p/m.py": "lib/m.py"}, id="moved"
        ),
        pytest.param(
            {"p/__init__.py": ""},
            {"tests/__init__.py": "", "lib/__init__.py": ""},
            {},
            id="one of many empty files is not taken for another",
        ),
        pytest.param(
            {"p/version.py": "made"}, {"p/version.py": "old"}, {}, id="generated"
        ),
        pytest.param({"p/x.so": "binary"}, {"p/x.c": "code"}, {}, id="compiled"),
    ],
)
def test_files_of_a_wheel_are_found_in_the_tree(
    members: dict[str, str], sources: dict[str, str], expected: dict[str, str]
) -> None:
    assert matched(members, sources) == expected
