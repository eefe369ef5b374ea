"""Entry points: the file and the references, both ways."""

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.entry_points import (
    EntryPoint,
    InvalidEntryPointError,
    MalformedEntry,
    parse_entry_points,
    read_entry_points,
    refuse_line,
    to_entry_points_text,
)


@pytest.mark.parametrize(
    ("reference", "module", "attribute", "extras"),
    [
        ("a", "a", "", ()),
        ("a.b:c.d", "a.b", "c.d", ()),
        (" a.b : c [ x , y-z ] ", "a.b", "c", ("x", "y-z")),
        ("a [x]", "a", "", ("x",)),
        ("a:b []", "a", "b", ()),
        ("m\u00f6dul:funktion", "m\u00f6dul", "funktion", ()),
    ],
)
def test_references_are_read(
    reference: str, module: str, attribute: str, extras: tuple[str, ...]
) -> None:
    entry = EntryPoint.parse("g", "n", reference)
    assert (entry.module, entry.attribute, entry.extras) == (module, attribute, extras)
    assert EntryPoint.parse("g", "n", entry.reference) == entry


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "a b",
        "a:",
        ":a",
        "a:b:c",
        "a..b",
        "1a",
        "a-b",
        "a:b; import os",
        "a:b\nc = d:e",
        "a:b()",
        "a [x",
        "a [x\u2028y]",
        "../a:b",
    ],
)
def test_a_bad_reference_is_refused(reference: str) -> None:
    with pytest.raises(InvalidEntryPointError):
        EntryPoint.parse("g", "n", reference)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("g", ""),
        ("g", " "),
        ("g", "a=b"),
        ("g", "[x"),
        ("g", "#x"),
        ("g", ";x"),
        ("g", "a\nb"),
        ("g", "a\u2028b"),
        ("", "n"),
        (" ", "n"),
        ("a]b", "n"),
        ("a\nb", "n"),
        ("a\x85b", "n"),
    ],
)
def test_a_bad_group_or_name_is_refused(group: str, name: str) -> None:
    with pytest.raises(InvalidEntryPointError):
        EntryPoint.parse(group, name, "a:b")


def test_the_file_is_read() -> None:
    text = "\ufeff# hello\r\n[a]\r\nx = m:f\n; no\n\n[ b c ]\n Y Z=m2 # old comment\n"
    assert parse_entry_points(text) == (
        EntryPoint("a", "x", "m", "f"),
        EntryPoint("b c", "Y Z", "m2"),
    )
    assert parse_entry_points("") == ()


@pytest.mark.parametrize(
    "text", ["x = a:b", "[g]\nx", "[g]\nx = a:b\nx = c:d", "[g]\nx = a b", "[]\nx = a"]
)
def test_a_bad_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidEntryPointError):
        parse_entry_points(text)


MALFORMED = {
    "a reference with an equals sign": "isort = isort=isort.pylama_isort:Linter",
    "no equals sign": "isort",
    "a reference that is none": "x = not a module",
    "a name that is none": "= a:b",
    "a name that stands twice": "good = c:d",
    "a call": "x = a:b()",
}


@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED.keys())
def test_of_a_finished_distribution_a_bad_line_is_kept(line: str) -> None:
    text = f"[pylama.linter]\ngood = a:b\n{line}\n\n[z]\nx = y\n"
    entries, malformed = read_entry_points(f"# first\n{text}")
    assert entries == (
        EntryPoint("pylama.linter", "good", "a", "b"),
        EntryPoint("z", "x", "y"),
    )
    assert malformed == (MalformedEntry("pylama.linter", line),)
    assert malformed[0].number == 4
    assert malformed[0].reason
    assert to_entry_points_text(entries, malformed) == text
    with pytest.raises(InvalidEntryPointError):
        refuse_line("pylama.linter", line)


@pytest.mark.parametrize("group", ["console_scripts", "gui_scripts", "a]b", ""])
@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_bad_line_of_scripts_is_refused(group: str, line: str) -> None:
    with pytest.raises(InvalidEntryPointError):
        read_entry_points(f"[{group}]\ngood = a:b\n{line}\n")


@pytest.mark.parametrize(
    ("group", "line"),
    [
        pytest.param("g", "x\n[console_scripts]\nx = os:system", id="a group inside"),
        pytest.param("g", "[console_scripts]", id="a group"),
        pytest.param("g", "# hidden", id="a comment"),
        pytest.param("console_scripts", "x", id="a script"),
        pytest.param("g]\n[console_scripts", "x", id="a group in the group"),
        pytest.param("g", "", id="nothing"),
    ],
)
def test_what_would_be_read_as_something_else_is_not_written(
    group: str, line: str
) -> None:
    with pytest.raises(InvalidEntryPointError):
        to_entry_points_text((), [MalformedEntry(group, line)])


_WORD = st.text("aZ.-_ x", min_size=1).map(str.strip).filter(bool)
ENTRIES = st.dictionaries(
    st.tuples(_WORD, _WORD),
    st.tuples(st.sampled_from(["a", "a.b"]), st.sampled_from(["", "f", "C.m"])),
).map(
    lambda found: tuple(
        sorted(EntryPoint(*key, *value) for key, value in found.items())
    )
)


@pytest.mark.law
@given(entries=ENTRIES)
def test_what_is_written_is_read(entries: tuple[EntryPoint, ...]) -> None:
    text = to_entry_points_text(entries)
    assert parse_entry_points(text) == entries
    assert to_entry_points_text(tuple(reversed(entries))) == text


class _CaseSensitive(configparser.ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.mark.law
@given(entries=ENTRIES)
def test_the_standard_library_reads_what_is_written(
    entries: tuple[EntryPoint, ...],
) -> None:
    parser = _CaseSensitive(delimiters=("=",), default_section="no\nsuch")
    parser.read_string(to_entry_points_text(entries))
    found = {
        (group, name): value
        for group in parser.sections()
        for name, value in parser.items(group, raw=True)
    }
    assert found == {(entry.group, entry.name): entry.reference for entry in entries}
