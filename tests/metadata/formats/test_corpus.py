"""Every METADATA file in this interpreter's own environment: real files, offline."""

import sysconfig
from pathlib import Path

import pytest
from packaging.metadata import parse_email

from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import core_metadata, pep819
from pysetup.metadata.projections import find_differences, projections
from pysetup.metadata.schema import find_problems

CORPUS = sorted(
    path
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    for pattern in ("*.dist-info/METADATA", "*.egg-info/PKG-INFO")
    for path in Path(folder).glob(pattern)
)
EACH = pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.parent.name) for path in CORPUS]
)


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) > 10


@EACH
def test_reading_and_writing_changes_nothing_that_is_meant(path: Path) -> None:
    metadata = core_metadata.read(path.read_bytes(), source=str(path))
    assert core_metadata.losses(metadata) == ()
    again = core_metadata.read(core_metadata.write(metadata))
    version = metadata.get("metadata_version")
    assert again.replaced(metadata_version=version) == metadata


@EACH
def test_the_document_is_valid_and_its_projections_agree(path: Path) -> None:
    metadata = core_metadata.read(path.read_bytes(), source=str(path))
    problems = find_problems(metadata.to_dict())
    assert [problem for problem in problems if problem.severity == "error"] == []
    files = {**projections(metadata), "METADATA": path.read_bytes()}
    assert find_differences(metadata, files) == ()
    assert {loss.pointer for loss in pep819.losses(metadata)} <= {
        "/extensions/pysetup.legacy"
    }


@EACH
def test_the_packaging_library_reads_the_same(path: Path) -> None:
    raw, _ = parse_email(path.read_bytes())
    metadata = core_metadata.read(path.read_bytes(), source=str(path))
    for name, value in raw.items():
        key = name if name in BY_KEY else name.removesuffix("s")
        if value in ("", "UNKNOWN", [""], ["UNKNOWN"]):
            assert metadata.get(key) is None
        else:
            assert _meaning(metadata.get(key)) == _meaning(value)


def _meaning(value: object) -> object:
    """Return a value without folding, and dynamic names in one spelling."""
    if isinstance(value, str):
        return value.replace("|", " ").split()
    if isinstance(value, list):
        return [str(item).lower().replace("-", "_") for item in value]
    return value
