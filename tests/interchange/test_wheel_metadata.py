"""METADATA out of an archive of which only a few parts are read."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import IntegrityError
from pysetup.interchange.wheel_file import WheelLayoutError
from pysetup.interchange.wheel_metadata import read_wheel_metadata
from pysetup.interchange.zip_directory import ZipStructureError
from pysetup.standards.filenames import parse_wheel_filename

FILENAME = parse_wheel_filename("demo-1.0-py3-none-any.whl")
METADATA = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n" + b"text " * 100
PLACE = "demo-1.0.dist-info/METADATA"


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            made.writestr(info, content)
    return out.getvalue()


def read(content: bytes) -> bytes:
    def read_at(offset: int, length: int) -> bytes:
        assert length >= 0
        if not 0 <= offset <= len(content) - length:
            raise ZipStructureError("demo", "it points outside")
        return content[offset : offset + length]

    return read_wheel_metadata(FILENAME, read_at, length=len(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_it_is_read(method: int) -> None:
    content = archive(
        ("demo.py", b"code"), (PLACE, METADATA), ("z.py", b"more"), method=method
    )
    assert read(content) == METADATA


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([("demo.py", b"")], id="none"),
        pytest.param([("METADATA", METADATA)], id="outside of a dist-info"),
        pytest.param([("x/" + PLACE, METADATA)], id="too deep"),
        pytest.param(
            [(PLACE, METADATA), ("other-1.0.dist-info/METADATA", METADATA)], id="two"
        ),
        pytest.param([("demo-1.1.dist-info/METADATA", METADATA)], id="of a version"),
        pytest.param([("demo.dist-info/METADATA", METADATA)], id="of no version"),
        pytest.param([(PLACE, b"\0" * (9 << 20))], id="nine MiB"),
    ],
)
def test_it_is_not_there_as_it_should_be(members: list[tuple[str, bytes]]) -> None:
    with pytest.raises(WheelLayoutError):
        read(archive(*members))


def patched(offset: int, new: bytes) -> bytes:
    content = bytearray(archive((PLACE, METADATA)))
    content[offset : offset + len(new)] = new
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(patched(0, b"PK\x05\x06"), id="no local header"),
        pytest.param(patched(8, struct.pack("<H", 0)), id="another method"),
        pytest.param(patched(26, struct.pack("<H", 3)), id="a shorter name"),
        pytest.param(patched(28, struct.pack("<H", 60000)), id="an endless extra"),
        pytest.param(patched(30, b"X"), id="another name"),
        pytest.param(patched(30 + len(PLACE), b"\xff" * 9), id="no deflate"),
        pytest.param(patched(30 + len(PLACE) + 5, b"~"), id="another content"),
    ],
)
def test_what_differs_from_the_directory_is_refused(content: bytes) -> None:
    with pytest.raises(ZipStructureError):
        read(content)


@pytest.mark.law
@given(st.data())
def test_one_damaged_byte_never_gives_other_metadata(data: st.DataObject) -> None:
    content = bytearray(archive(("demo.py", b"code"), (PLACE, METADATA)))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    try:
        found = read(bytes(content))
    except IntegrityError:
        return
    assert found == METADATA
