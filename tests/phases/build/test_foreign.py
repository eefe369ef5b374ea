import pytest

from pysetup.metadata.document import Metadata
from pysetup.phases.build.foreign import merge_document
from pysetup.standards.jsontext import JSON

BEFORE = Metadata.from_dict(
    {
        "name": "demo",
        "version": "1.0",
        "requires_dist": ["b>=1", "a"],
        "description": "text\n",
        "dynamic": ["classifier"],
        "build": {"backend": "x"},
        "extensions": {
            "demo.own": {"kept": True},
            "python.commands": {"wrap_console": {"a": "b:c"}},
        },
    }
)


def found(**changes: object) -> Metadata:
    core = {
        "metadata_version": "2.4",
        "name": "demo",
        "version": "1.0",
        "requires_dist": ["a", "b >= 1"],
        "description": "text",
        "extensions": {"python.commands": {"wrap_console": {"a": "b:c"}}},
    }
    return Metadata.from_dict({**core, **changes})  # type: ignore[dict-item]


def test_other_spellings_are_no_difference() -> None:
    final, notes = merge_document(BEFORE, found())
    assert notes == ()
    assert final.get("build") == {"backend": "x"}
    assert final.extension("demo.own") == {"kept": True}
    # One document passes through: its own spelling stays.
    assert final.texts("requires_dist") == BEFORE.texts("requires_dist")


def test_what_is_dynamic_is_filled_without_a_word() -> None:
    final, notes = merge_document(BEFORE, found(classifier=["x"]))
    assert (final.texts("classifier"), notes) == (("x",), ())


def test_what_is_not_dynamic_counts_and_is_told() -> None:
    final, notes = merge_document(BEFORE, found(requires_dist=["c"], summary="new"))
    assert final.texts("requires_dist") == ("c",)
    assert [note.split(",")[0] for note in notes] == [
        "the build changed requires_dist",
        "the build changed summary",
    ]


def test_entry_points_are_those_of_the_wheel() -> None:
    final, notes = merge_document(BEFORE, found(extensions={}))
    assert final.extension("python.commands") == {}
    assert len(notes) == 1


def test_what_the_build_section_calls_dynamic_is_the_back_end_s_to_find() -> None:
    before = BEFORE.replaced(build={"backend": "x", "dynamic": ["license_file"]})
    final, notes = merge_document(before, found(license_file=["LICENSE"]))
    assert (final.texts("license_file"), notes) == (("LICENSE",), ())


def test_a_keyword_with_a_comma_is_no_difference() -> None:
    before = BEFORE.replaced(keywords=["ARM (32-bit, little-endian)", "x"])
    told = ["ARM (32-bit", "little-endian)", "x"]
    final, notes = merge_document(before, found(keywords=told))
    assert notes == ()
    assert final.texts("keywords") == before.texts("keywords")
    _, notes = merge_document(before, found(keywords=[*told, "y"]))
    assert notes == ("the build changed keywords, which is not declared dynamic",)


@pytest.mark.parametrize(
    ("stated", "told", "changed"),
    [
        pytest.param(
            {"author_email": "A B <a@b.org>", "author": "C D"},
            {"author_email": "A B <a@b.org>", "author": "A B, C D"},
            (),
            id="names once more, as uv_build writes them",
        ),
        pytest.param(
            {"maintainer_email": "A B <a@b.org>"},
            {"maintainer": "A B", "maintainer_email": "a@b.org"},
            (),
            id="a name apart, as poetry-core writes it",
        ),
        pytest.param(
            {"author_email": "A B <a@b.org>", "author": "C D"},
            {"author_email": "a@b.org", "author": "A B"},
            ("author", "author_email"),
            id="somebody lost",
        ),
        pytest.param(
            {"license": "MIT"},
            {"license_file": ["LICENSE"]},
            ("license_file",),
            id="the text of a licence in its file, as flit leaves it",
        ),
        pytest.param({"license": "MIT"}, {}, ("license",), id="no licence at all"),
    ],
)
def test_what_is_only_said_in_other_fields_is_no_change(
    stated: dict[str, JSON], told: dict[str, JSON], changed: tuple[str, ...]
) -> None:
    _, notes = merge_document(BEFORE.replaced(**stated), found(**told))
    expected = tuple(
        f"the build changed {key}, which is not declared dynamic" for key in changed
    )
    assert notes == expected
