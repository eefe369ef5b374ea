"""The bounds that are written where nobody asked for a version."""

import pytest

from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_version
from pysetup.workflows.managing.bounds import BOUNDS, Bounds, bounded


@pytest.mark.parametrize(
    ("version", "bounds", "text"),
    [
        pytest.param("1.2.3", "lower", "lib>=1.2.3", id="lower"),
        pytest.param("1.2.3", "major", "lib>=1.2.3,<2", id="major"),
        pytest.param("0.3.1", "major", "lib>=0.3.1,<0.4", id="before 1.0 the minor"),
        pytest.param("0.0.7", "major", "lib>=0.0.7,<0.0.8", id="before 0.1 the patch"),
        pytest.param("0", "major", "lib>=0,<1", id="nothing but zero"),
        pytest.param("24.3", "major", "lib>=24.3,<25", id="by the calendar"),
        pytest.param("1!2.3", "major", "lib>=1!2.3,<1!3", id="with an epoch"),
        pytest.param("2.0rc1", "lower", "lib>=2.0rc1", id="a pre-release"),
        pytest.param("2.0rc1", "major", "lib>=2.0rc1,<3", id="its major"),
        pytest.param("2.1+cpu", "exact", "lib==2.1", id="without the local part"),
        pytest.param("1.0.post1", "lower", "lib>=1.0.post1", id="a post-release"),
        pytest.param("1.2", "none", "lib", id="none"),
    ],
)
def test_each_kind_of_bound(version: str, bounds: Bounds, text: str) -> None:
    made = bounded(parse_requirement("lib"), parse_version(version), bounds)
    assert made == text
    chosen = parse_version(version).public
    assert parse_requirement(made).specifier.contains(chosen, prereleases=True)


@pytest.mark.parametrize("bounds", BOUNDS)
def test_extras_and_markers_stay(bounds: Bounds) -> None:
    asked = parse_requirement('lib[b,a]; python_version < "3.12"')
    made = bounded(asked, parse_version("1.0"), bounds)
    assert made.startswith("lib[a,b]")
    assert made.endswith("; python_version < '3.12'")
    assert parse_requirement(made).marker == asked.marker
