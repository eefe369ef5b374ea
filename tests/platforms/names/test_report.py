from pysetup.platforms.names.report import (
    UnmappedRequirementsError,
    choices,
    mapping_json,
    mapping_text,
    unchecked,
    unchecked_note,
    unmapped,
)
from pysetup.platforms.plan import MappedRequirement

ROWS = (
    MappedRequirement(
        "mdurl~=0.1",
        ("python3-mdurl",),
        ("python3-mdurl (>= 0.1~~)", "python3-mdurl (<< 1~~)"),
        "contents:debian-12",
        "distribution",
    ),
    MappedRequirement("left-out", (), (), "map:f.json", "distribution"),
    MappedRequirement("six", ("python-six",), (), "custom:arch", "distribution"),
    MappedRequirement("strange[x]>=2; os_name=='posix'", (), (), "", ""),
)


def test_the_map_tells_the_evidence_and_the_choices() -> None:
    text = mapping_text(ROWS, target="debian-12")
    assert (
        "python3-mdurl (>= 0.1~~), python3-mdurl (<< 1~~)  contents:debian-12" in text
    )
    assert "(nothing is needed)" in text
    assert "NOT MAPPED" in text
    assert "--with-deps" in text
    assert '{"strange": []}' in text
    assert "custom    the custom of that system, not looked up" in text
    assert mapping_text((), target="arch") == "nothing is required on arch\n"


def test_names_that_nobody_looked_up_are_told() -> None:
    assert unchecked(ROWS) == ("six",)
    (told,) = unchecked_note(ROWS, "arch", with_lists=True)
    assert (
        told == "not looked up whether arch has six (--package-lists PLACE does that)"
    )
    many = (ROWS[2],) * 7
    (told,) = unchecked_note(many, "conda", with_lists=False)
    assert told.endswith("six and 2 more")
    assert unchecked_note(ROWS[:2], "arch", with_lists=True) == ()


def test_the_map_as_json() -> None:
    rows = mapping_json(ROWS)
    assert [row for row in rows if isinstance(row, dict) and "choices" in row] == [
        rows[3]
    ]
    assert unmapped(ROWS) == ("strange[x]>=2; os_name=='posix'",)


def test_the_error_names_them_all() -> None:
    error = UnmappedRequirementsError([f"p{number}" for number in range(30)], "arch")
    assert error.exit_code == 3
    assert "30 requirements have no known package on arch" in error.message
    assert "and 10 more" in error.message
    assert error.hints == choices("p0")


def test_what_is_no_project_cannot_be_built_too() -> None:
    told = choices("dep:github/acme/thing@>=2; os_name == 'posix'")
    assert len(told) == 2
    assert '{"external": {"dep:github/acme/thing": []}}' in told[1]
