"""requirements.txt: the requirements become the document's, the rest is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.legacy_draft import IncompleteDraftError
from pysetup.metadata.formats.requirements_txt import losses, read, write
from pysetup.standards.requirements_file import RequirementsFileError

HASH = "--hash=sha256:" + "0" * 64
NAMED = {"name": "demo", "version": "1"}


@pytest.mark.parametrize(
    ("text", "requires", "kept"),
    [
        pytest.param("", [], False, id="empty"),
        pytest.param("a\nb>=1,<2\n", ["a", "b>=1,<2"], False, id="plain"),
        pytest.param("# x\n\na # why\n", ["a"], False, id="comments"),
        pytest.param('a ; os_name=="nt"', ['a ; os_name=="nt"'], False, id="a marker"),
        pytest.param("a @ https://h/a.zip#sha=1", ["a @ https://h/a.zip#sha=1"], False,
                     id="a direct reference"),
        pytest.param("\ufeffa\r\nb\r\n", ["a", "b"], False, id="as Windows writes it"),
        pytest.param(f"a==1 \\\n    {HASH}\n", ["a==1"], True, id="hashes"),
        pytest.param("-i https://i\n-e .\na\n./x\n", ["a"], True, id="options, paths"),
        pytest.param("git+https://h/x\n${X}\n", [], True, id="URLs and variables"),
    ],
)  # fmt: skip
def test_there_and_back(text: str, requires: list[str], *, kept: bool) -> None:
    draft = read(text.encode())
    assert list(draft.mapping.get("requires_dist", ())) == requires  # type: ignore[arg-type]
    assert ("extensions" in draft.mapping) == kept
    again = read(write(Metadata.from_dict({**NAMED, **draft.mapping})))
    assert again.mapping == draft.mapping


def test_included_files_are_unread_and_the_line_is_kept() -> None:
    draft = read(b"a\n-r more.txt\n")
    (unread,) = draft.unread
    assert (unread.key, unread.line) == ("requires_dist", 2)
    assert write(Metadata.from_dict({**NAMED, **draft.mapping})) == b"a\n-r more.txt\n"


def test_an_edited_requirement_wins() -> None:
    metadata = Metadata.from_dict({**NAMED, **read(b"-i x\na\n").mapping})
    assert write(metadata.replaced(requires_dist=["b"])) == b"b\n"


def test_it_is_only_a_part_of_a_document() -> None:
    with pytest.raises(IncompleteDraftError, match="name and version"):
        read(b"a\n").stated()


@pytest.mark.parametrize("text", [b"a b\n", b"a --what\n", b"a>>1\n"])
def test_what_pip_would_refuse(text: bytes) -> None:
    with pytest.raises(RequirementsFileError):
        read(text)


def test_losses_are_all_but_the_requirements(example: Metadata) -> None:
    pointers = {loss.pointer for loss in losses(example)}
    assert "/requires_dist" not in pointers
    assert {"/name", "/version", "/summary"} <= pointers


@pytest.mark.law
@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        draft = read(content)
    except PysetupError:
        return
    again = read(write(Metadata.from_dict({**NAMED, **draft.mapping})))
    assert again.mapping == draft.mapping
