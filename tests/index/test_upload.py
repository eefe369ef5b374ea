import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.index.upload import SHA256, UploadFieldError, UploadForm
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import InvalidNameError
from pysetup.standards.versions import InvalidVersionError

DIGEST = "ab" * 32
MINIMAL = (
    (":action", "file_upload"),
    ("protocol_version", "1"),
    ("filetype", "sdist"),
    ("name", "demo"),
    ("version", "1.0"),
    (SHA256, DIGEST),
)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters=","),
    min_size=1,
    max_size=12,
)
LISTS = st.lists(WORDS, min_size=1, max_size=3, unique=True)
DOCUMENTS = st.fixed_dictionaries(
    {
        "metadata_version": st.just("2.4"),
        "name": st.just("Demo.Pkg"),
        "version": st.just("1.0"),
    },
    optional={
        "summary": WORDS,
        "description": st.text(st.characters(codec="utf-8"), min_size=1).map(str),
        "license_expression": WORDS,
        "requires_python": st.just(">=3.8"),
        "keywords": LISTS,
        "classifier": LISTS,
        "platform": LISTS,
        "requires_dist": LISTS,
        "provides_extra": LISTS,
        "license_file": LISTS,
        "import_name": LISTS,
        "project_url": st.dictionaries(WORDS, WORDS, min_size=1, max_size=3),
        "dynamic": st.just(["requires_dist", "classifier"]),
    },
)


@pytest.mark.law
@given(document=DOCUMENTS)
def test_a_document_comes_back_from_its_form(document: dict[str, JSON]) -> None:
    form = UploadForm(document, "bdist_wheel", "py3", {SHA256: DIGEST})
    assert UploadForm.from_fields(form.to_fields()) == form


def test_a_form_has_the_names_of_the_upload_api() -> None:
    form = UploadForm(
        {
            "name": "demo",
            "version": "1.0",
            "keywords": ["a", "b"],
            "classifier": ["Topic :: X"],
            "project_url": {"Home": "https://h"},
            "dynamic": ["requires_dist"],
            "build": {"hook": "m:f"},
        },
        "sdist",
        "source",
        {SHA256: DIGEST},
    )
    assert form.to_fields() == (
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", "sdist"),
        ("pyversion", "source"),
        (SHA256, DIGEST),
        ("name", "demo"),
        ("version", "1.0"),
        ("keywords", "a,b"),
        ("classifiers", "Topic :: X"),
        ("project_urls", "Home, https://h"),
        ("dynamic", "requires-dist"),
    )


def test_unknown_fields_do_not_matter() -> None:
    form = UploadForm.from_fields((*MINIMAL, ("comment", "x"), ("description", "")))
    assert form.document == {"name": "demo", "version": "1.0"}


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        pytest.param(":action", "submit", UploadFieldError, id="another action"),
        pytest.param("protocol_version", "2", UploadFieldError, id="another protocol"),
        pytest.param("filetype", "bdist_egg", UploadFieldError, id="an egg"),
        pytest.param("name", "", UploadFieldError, id="no name"),
        pytest.param("name", "../x", InvalidNameError, id="a name that climbs"),
        pytest.param(
            "name", "a\r\nSet-Cookie: b", InvalidNameError, id="a header in it"
        ),
        pytest.param("version", "", UploadFieldError, id="no version"),
        pytest.param("version", "one", InvalidVersionError, id="no PEP 440 version"),
        pytest.param(SHA256, "", UploadFieldError, id="no digest"),
        pytest.param(SHA256, "ab", UploadFieldError, id="a short digest"),
        pytest.param(SHA256, "xy" * 32, UploadFieldError, id="a digest not in hex"),
    ],
)
def test_a_wrong_field_is_named(name: str, value: str, error: type[Exception]) -> None:
    fields = tuple((key, value if key == name else old) for key, old in MINIMAL)
    with pytest.raises(error):
        UploadForm.from_fields(fields)
    missing = tuple((key, old) for key, old in MINIMAL if key != name)
    with pytest.raises(UploadFieldError, match=name):
        UploadForm.from_fields(missing)
