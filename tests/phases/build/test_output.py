"""What is kept of a child's output: all of it on disk, both ends in memory."""

from pathlib import Path

from pysetup.phases.build.output import KeptOutput


def kept(path: Path | None) -> tuple[KeptOutput, list[str]]:
    shown: list[str] = []
    return KeptOutput(path, show=shown.append), shown


def test_short_output_is_kept_whole_and_shown_by_line(tmp_path: Path) -> None:
    output, shown = kept(tmp_path / "log" / "a.log")
    for piece in (b"one\ntw", b"o\r\n", b"\xc3", b"\xa4 \xff", b""):
        output(piece)
    output.close()
    assert output.text == "one\ntwo\r\n\u00e4 \ufffd"
    assert shown == ["one", "two", "\u00e4 \ufffd"]
    assert output.log is not None
    assert output.log.read_bytes() == b"one\ntwo\r\n\xc3\xa4 \xff"


def test_of_endless_output_memory_keeps_both_ends(tmp_path: Path) -> None:
    output, shown = kept(tmp_path / "a.log")
    output(b"first\n")
    for _ in range(1100):
        output(b"x" * 65536)
    output(b"\nlast")
    output.close()
    text = output.text
    assert text.startswith("first\n")
    assert text.endswith("\nlast")
    assert "bytes left out" in text
    assert len(text) < 500_000
    assert output.log is not None
    assert output.log.stat().st_size < 65 * 1024 * 1024
    assert max(map(len, shown)) < 80_000


def test_nothing_printed_leaves_no_file(tmp_path: Path) -> None:
    output, _ = kept(tmp_path / "a.log")
    output.add("")
    output.close()
    assert (output.log, list(tmp_path.iterdir())) == (None, [])


def test_what_is_added_later_is_in_the_file_too(tmp_path: Path) -> None:
    output, _ = kept(tmp_path / "a.log")
    output(b"before\n")
    output.close()
    output.add("after \udc80")
    assert (tmp_path / "a.log").read_bytes() == b"before\nafter \\udc80"


def test_where_no_log_can_be_kept_all_else_works(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    output, _ = kept(tmp_path / "file" / "a.log")
    output(b"x")
    output.close()
    assert (output.text, output.log) == ("x", None)


def test_a_file_of_that_name_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("mine")
    output, _ = kept(tmp_path / "a.log")
    output(b"x")
    output.close()
    assert (output.log, (tmp_path / "a.log").read_text()) == (None, "mine")
