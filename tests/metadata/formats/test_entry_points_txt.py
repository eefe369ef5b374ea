"""entry_points.txt as a part of the document."""

import pytest

from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.entry_points_txt import losses, read, write
from pysetup.metadata.formats.legacy_draft import InvalidSettingError
from pysetup.metadata.schema import find_problems

TEXT = b"[console_scripts]\na = b:c\n\n[some.group]\nx = y [e]\n"


def test_there_and_back() -> None:
    draft = read(TEXT)
    assert draft.missing == ("name", "version")
    metadata = Metadata.from_dict({"name": "d", "version": "1", **draft.mapping})
    assert write(metadata) == TEXT


def test_bad_lines_that_are_no_scripts_come_back() -> None:
    text = b"[a]\nx = y\nx = y=z:f\n\n[b]\nalone\n"
    needed = {"metadata_version": "2.1", "name": "d", "version": "1"}
    metadata = Metadata.from_dict({**needed, **read(text).mapping})
    assert write(metadata) == text
    assert metadata.extension("pysetup.legacy")["entry_points"] == [
        ["a", "x = y=z:f"],
        ["b", "alone"],
    ]
    found = find_problems(metadata.to_dict())
    problems = [one for one in found if one.rule == "entry-point"]
    assert [(one.pointer, one.rule, one.severity) for one in problems] == [
        ("/extensions/pysetup.legacy/entry_points/0", "entry-point", "error"),
        ("/extensions/pysetup.legacy/entry_points/1", "entry-point", "error"),
    ]
    assert "x = y=z:f" in problems[0].message


def test_nothing_is_nothing() -> None:
    assert dict(read(b"\n# none\n").mapping) == {"document_version": "1.0"}


@pytest.mark.parametrize(
    "content", [b"a = b\n", b"[console_scripts]\nb\n", b"\xff", b"#" * 2**21]
)
def test_bad_entry_points_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidSettingError):
        read(content)


def test_losses_are_all_but_the_entry_points(example: Metadata) -> None:
    pointers = {loss.pointer for loss in losses(example)}
    assert "/name" in pointers
    assert not any("python.commands" in pointer for pointer in pointers)
    assert not any("python.exports" in pointer for pointer in pointers)
