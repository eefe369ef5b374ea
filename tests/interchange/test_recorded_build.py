"""What an archive tells of its build."""

import zipfile
from pathlib import Path

import pytest

from pysetup.interchange.archive_entries import list_archive
from pysetup.interchange.recorded_build import (
    constraints_of,
    epoch_of,
    python_of,
    recorded_build,
    wheel_path,
)


@pytest.mark.parametrize(
    ("generator", "constraints"),
    [
        ("setuptools (75.1.0)", ("setuptools==75.1.0",)),
        ("hatchling 1.25.0", ("hatchling==1.25.0",)),
        ("flit 3.9.0", ("flit-core==3.9.0",)),
        ("poetry-core 1.9.0", ("poetry-core==1.9.0",)),
        ("pdm-backend (2.4.3)", ("pdm-backend==2.4.3",)),
        ("maturin (1.7.0)", ("maturin==1.7.0",)),
        ("uv 0.5.1", ("uv-build==0.5.1",)),
        ("scikit-build-core 0.10.7", ("scikit-build-core==0.10.7",)),
        ("bdist_wheel (0.38.4)", ("wheel==0.38.4", "setuptools<70.1")),
        pytest.param("poetry 1.1.4", (), id="a front end of another version"),
        pytest.param("meson", (), id="no version"),
        pytest.param("pdm-backend (0.0.0+local)", (), id="a version of one machine"),
        pytest.param("built by hand; do not use", (), id="prose"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_the_generator_names_the_back_end(
    generator: str, constraints: tuple[str, ...]
) -> None:
    assert constraints_of(generator) == constraints


@pytest.mark.parametrize(
    ("filename", "python"),
    [
        ("a-1-py3-none-any.whl", ""),
        ("a-1-py2.py3-none-any.whl", ""),
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "3.12"),
        ("a-1-cp39-abi3-macosx_11_0_arm64.whl", ""),
        ("a-1-pp310-pypy310_pp73-win_amd64.whl", "pypy3.10"),
    ],
)
def test_the_tags_name_the_python(filename: str, python: str) -> None:
    assert python_of(filename) == python


WHEEL = b"Wheel-Version: 1.0\nGenerator: tool 2.0\nRoot-Is-Purelib: true\n"
OLD, NEW = (2016, 1, 1, 0, 0, 0), (2024, 1, 1, 0, 0, 0)
NEW_SECONDS = 1704067200


@pytest.mark.parametrize(
    ("module", "record", "epoch"),
    [
        pytest.param(NEW, NEW, NEW_SECONDS, id="one date: SOURCE_DATE_EPOCH"),
        pytest.param(OLD, NEW, NEW_SECONDS, id="RECORD tells when"),
        pytest.param(NEW, OLD, None, id="RECORD has a fixed date, files their own"),
    ],
)
def test_the_dates_tell_when(
    tmp_path: Path, module: tuple[int, ...], record: tuple[int, ...], epoch: int | None
) -> None:
    path = tmp_path / "a-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, date, content in (
            ("a.py", module, b""),
            ("a-1.dist-info/WHEEL", record, WHEEL),
            ("a-1.dist-info/RECORD", record, b""),
        ):
            archive.writestr(zipfile.ZipInfo(name, date), content)  # type: ignore[arg-type] # six numbers
    listing = list_archive(path)
    assert epoch_of(listing) == epoch
    assert wheel_path(listing) == "a-1.dist-info/WHEEL"
    recorded = recorded_build(listing, WHEEL)
    assert recorded.to_json() == {
        "generator": "tool 2.0",
        "constraints": ["tool==2.0"],
        "python": None,
        "source_date_epoch": epoch,
        "by_pysetup": False,
    }
