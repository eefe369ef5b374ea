import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.index.model import (
    File,
    InvalidPageError,
    ProjectList,
    ProjectPage,
    UnsupportedApiError,
    make_page,
    page_of,
    releases_of,
)
from pysetup.index.simple_html import page_to_html
from pysetup.index.simple_html import parse_page as parse_html
from pysetup.index.simple_json import (
    list_to_json,
    page_to_json,
    parse_list,
    parse_page,
)
from pysetup.standards.hashes import Hash

URL = "https://index.example/simple/demo/"
SHA = "ab" * 32
WHEEL = "demo-1.0-py3-none-any.whl"


def page(*files: dict[str, Any], **more: Any) -> bytes:
    whole = {"meta": {"api-version": "1.4"}, "name": "demo", "files": list(files)}
    return json.dumps({**whole, **more}).encode()


def entry(**more: Any) -> dict[str, Any]:
    return {"filename": WHEEL, "url": "f", "hashes": {"sha256": SHA}, **more}


def read(content: bytes) -> ProjectPage:
    return parse_page(content, url=URL, name="Demo")


def only(content: bytes) -> File:
    (file,) = read(content).files
    return file


def test_every_key_of_a_file_is_read() -> None:
    file = only(
        page(
            entry(
                **{
                    "url": "../../files/demo.whl?x=1",
                    "requires-python": ">=3.9",
                    "core-metadata": {"sha256": SHA},
                    "yanked": "broken",
                    "size": 12,
                    "upload-time": "2026-01-02T03:04:05.000000Z",
                    "provenance": "https://index.example/p",
                    "gpg-sig": True,
                    "_private": 1,
                }
            )
        )
    )
    assert file == File(
        filename=WHEEL,
        url="https://index.example/files/demo.whl?x=1",
        hashes=(Hash("sha256", SHA),),
        requires_python=">=3.9",
        yanked="broken",
        core_metadata=(Hash("sha256", SHA),),
        size=12,
        upload_time="2026-01-02T03:04:05.000000Z",
        provenance="https://index.example/p",
    )


@pytest.mark.parametrize(
    ("keys", "metadata"),
    [
        ({"core-metadata": True}, True),
        ({"core-metadata": False}, False),
        ({"core-metadata": {"md5": "00"}}, True),
        ({"dist-info-metadata": {"sha256": SHA}}, (Hash("sha256", SHA),)),
        ({"core-metadata": False, "dist-info-metadata": True}, False),
        ({}, False),
    ],
)
def test_core_metadata_and_its_old_name(keys: dict[str, Any], metadata: object) -> None:
    assert only(page(entry(**keys))).core_metadata == metadata


@pytest.mark.parametrize(
    ("value", "yanked"), [(True, ""), (False, None), ("why", "why"), (None, None)]
)
def test_yanked(value: object, yanked: str | None) -> None:
    assert only(page(entry(yanked=value))).yanked == yanked


@pytest.mark.parametrize(
    ("hashes", "kept", "weak"),
    [
        ({"md5": "0" * 32, "sha256": SHA}, ["sha256"], ("md5",)),
        ({"MD5": "0" * 32}, [], ("md5",)),
        ({"sha1": "0" * 40, "crc99": "12"}, [], ("sha1",)),
        ({"sha512": "a" * 128, "SHA256": SHA.upper()}, ["sha256", "sha512"], ()),
        ({}, [], ()),
    ],
)
def test_only_digests_that_prove_something_are_kept(
    hashes: dict[str, str], kept: list[str], weak: tuple[str, ...]
) -> None:
    found = page(entry(hashes=hashes))
    assert sorted(hash_.algorithm for hash_ in only(found).hashes) == kept
    assert only(found).weak == weak
    assert only(found) == page_of(releases_of(read(found))).files[0]


@pytest.mark.parametrize(
    "filename",
    [
        pytest.param("other-1.0-py3-none-any.whl", id="another project's wheel"),
        pytest.param("demo_more-1.0-py3-none-any.whl", id="a longer name"),
        pytest.param("demo-1.0.tar.gz.asc", id="a signature"),
        pytest.param("demo-1.0.exe", id="an installer of old"),
        pytest.param("demo-1.0-py3.12.egg", id="an egg"),
        pytest.param("../demo-1.0-py3-none-any.whl", id="a path"),
        pytest.param("demo-1.0-py3-none-any\n.whl", id="a line break"),
        pytest.param("demo-\x1b[31m1.0-py3-none-any.whl", id="terminal control"),
        pytest.param("demo-nonsense-py3-none-any.whl", id="no version"),
        pytest.param("demo-1.0-py3-none.whl", id="too few parts"),
        pytest.param("demo-1.0-py3-none-.any.whl", id="an empty tag"),
        pytest.param("demo-1.0-py3.0-none-any.whl", id="a tag that is no name"),
        pytest.param("demo-extra-1.0.tar.gz", id="the sdist of demo-extra"),
        pytest.param("", id="no name"),
    ],
)
def test_files_that_are_not_archives_of_the_project_are_left_out(
    filename: str,
) -> None:
    assert read(page(entry(filename=filename))).files == ()


@pytest.mark.parametrize(
    "filename", ["Demo-1.0.tar.gz", "demo-1.0.zip", "demo-1!2.0+cu1-py3-none-any.whl"]
)
def test_unusual_names_of_the_project_are_kept(filename: str) -> None:
    assert only(page(entry(filename=filename))).filename == filename


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://h/x",
        "javascript:x",
        "http://[",
        "data:,",
    ],
)
def test_files_behind_other_schemes_are_left_out(url: str) -> None:
    assert read(page(entry(url=url))).files == ()


def test_credentials_in_links_are_left_out() -> None:
    url = "https://evil:pw@files.example/x.whl"
    assert only(page(entry(url=url))).url == "https://files.example/x.whl"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({"status": "archived", "reason": "done"}, ("archived", "done", 1)),
        ({"status": "quarantined"}, ("quarantined", "", 0)),
        ({}, ("active", "", 1)),
    ],
)
def test_project_status(status: dict[str, str], shown: tuple[str, str, int]) -> None:
    found = read(page(entry(), **{"project-status": status}))
    assert (found.status, found.status_reason, len(found.files)) == shown


def test_versions_are_those_told_or_those_of_the_files() -> None:
    files = [entry(filename=f"demo-{v}.tar.gz") for v in ("1.10", "1.9", "1.9.0")]
    assert read(page(*files)).versions == ("1.9", "1.10")
    assert read(page(*files, versions=["1.9", "1.10", "2.0"])).versions[-1] == "2.0"


def test_an_unknown_minor_version_is_told() -> None:
    (note,) = read(page(meta={"api-version": "1.99"})).notes
    assert "1.99" in note
    assert read(page()).notes == ()


def test_wheels_of_a_later_format_are_passed_over_and_told() -> None:
    found = read(page(entry(), entry(filename="demo-2.0-py3-none-any.whlx")))
    assert [file.filename for file in found.files] == [WHEEL]
    (note,) = found.notes
    assert "(.whlx)" in note


@pytest.mark.parametrize("version", ["2.0", "0.9", "10.0"])
def test_an_unknown_major_version_is_refused(version: str) -> None:
    with pytest.raises(UnsupportedApiError) as caught:
        read(page(meta={"api-version": version}))
    assert (caught.value.exit_code, caught.value.retryable) == (4, False)


HOSTILE = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"<html>", id="HTML"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"{}", id="no meta"),
    pytest.param(page(meta={}), id="no version"),
    pytest.param(page(meta={"api-version": 1.0}), id="a version that is a number"),
    pytest.param(page(meta={"api-version": "1"}), id="half a version"),
    pytest.param(page(meta={"api-version": "1." + "9" * 5000}), id="a huge version"),
    pytest.param(page(name="other"), id="another project"),
    pytest.param(page(name=None), id="no project"),
    pytest.param(page(files={}), id="files that are no list"),
    pytest.param(page(1), id="a file that is a number"),  # type: ignore[arg-type]
    pytest.param(page(entry(url=1)), id="a URL that is a number"),
    pytest.param(page(entry(filename=["x"])), id="a file name that is a list"),
    pytest.param(page(entry(hashes=[])), id="hashes that are a list"),
    pytest.param(page(entry(hashes={"sha256": "zz"})), id="a digest of other digits"),
    pytest.param(page(entry(hashes={"sha256": "ab"})), id="a digest too short"),
    pytest.param(page(entry(size=-1)), id="a negative size"),
    pytest.param(page(entry(size=True)), id="a size that is true"),
    pytest.param(page(entry(size="12")), id="a size that is text"),
    pytest.param(page(entry(yanked=3)), id="yanked by a number"),
    pytest.param(page(entry(**{"core-metadata": "yes"})), id="core metadata as text"),
    pytest.param(page(entry(**{"requires-python": "x" * 5000})), id="an endless text"),
    pytest.param(page(**{"project-status": "archived"}), id="a status that is text"),
    pytest.param(page(entry(), entry(hashes={"sha256": "0" * 64})), id="two digests"),
    pytest.param(page()[:-1] + b',"files":[]}', id="a key twice"),
    pytest.param(page()[:-1] + b',"x":NaN}', id="not a number"),
    pytest.param(page()[:-1] + b',"x":' + b"[" * 90 + b"]" * 90 + b"}", id="too deep"),
    pytest.param(page()[:-1] + b',"x":' + b"[" * 90_000, id="bottomless"),
    pytest.param(page()[:-1] + b',"x":"\\ud800"}', id="a lone surrogate"),
    pytest.param(b"\xff\xfe" + page(), id="not UTF-8"),
]


@pytest.mark.parametrize("content", HOSTILE)
def test_hostile_pages_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidPageError) as caught:
        read(content)
    assert caught.value.code == "PS5203"
    assert caught.value.hints


def test_a_file_with_two_digests_is_passed_over_where_there_are_others() -> None:
    other = "demo-2.0.tar.gz"
    again = entry(hashes={"sha256": "0" * 64})
    found = read(page(entry(), again, entry(filename=other)))
    assert [file.filename for file in found.files] == [other]
    assert any("two digests" in note for note in found.notes)


def test_a_page_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(InvalidPageError, match="larger"):
        read(b" " * (64 * 1024 * 1024 + 1))


def test_the_list_of_projects() -> None:
    content = list_to_json(ProjectList(("demo", "Other.Name")))
    assert json.loads(content)["meta"] == {"api-version": "1.4"}
    assert parse_list(content, url=URL).names == ("demo", "Other.Name")


def test_names_in_the_list_that_are_none_are_left_out() -> None:
    whole = {"projects": [{"name": "a"}, {"name": "../b"}, 3], "meta": {}}
    whole["meta"] = {"api-version": "1.0"}
    assert parse_list(json.dumps(whole).encode(), url=URL).names == ("a",)


def test_a_size_that_is_not_known_makes_it_version_1_0() -> None:
    content = page_to_json(make_page("demo", [File(WHEEL, "f")], url=URL))
    value = json.loads(content)
    assert value["meta"] == {"api-version": "1.0"}
    assert "size" not in value["files"][0]


hashes = st.sampled_from(["sha256", "sha512", "blake2b"]).flatmap(
    lambda name: st.binary(
        min_size=64 if name != "sha256" else 32, max_size=64 if name != "sha256" else 32
    ).map(lambda raw: Hash(name, raw.hex()))
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)
files = st.builds(
    lambda place, number, **more: File(
        filename := f"demo-1.{number}-py3-none-any.whl",
        place.format(filename),
        **more,
    ),
    place=st.sampled_from(["https://files.example/a%20b/{}", "http://h:8080/{}?y=%26"]),
    number=st.integers(0, 10**6),
    hashes=st.lists(hashes, max_size=1).map(tuple),
    requires_python=texts,
    yanked=st.none() | texts,
    core_metadata=st.booleans() | hashes.map(lambda hash_: (hash_,)),
    size=st.none() | st.integers(0, 2**40),
    upload_time=texts,
    provenance=st.sampled_from(["", "https://h/p"]),
)
pages = st.builds(
    lambda listed, status: make_page("demo", listed, url=URL, status=status),
    st.lists(files, max_size=4, unique_by=lambda file: file.filename),
    st.tuples(st.sampled_from(["active", "archived", "quarantined"]), texts),
)


@pytest.mark.law
@given(made=pages)
def test_a_page_comes_back_from_json(made: ProjectPage) -> None:
    assert read(page_to_json(made)) == made
    kept = page_of(releases_of(made))
    assert sorted(kept.files, key=str) == sorted(made.files, key=str)
    assert replace(kept, files=()) == replace(made, files=())


@pytest.mark.law
@given(made=pages)
def test_a_page_comes_back_from_html_but_for_sizes(made: ProjectPage) -> None:
    found = parse_html(page_to_html(made), url=URL, name="demo")
    sizeless = [File(**{**fields(file), "size": None}) for file in made.files]
    assert list(found.files) == sizeless
    assert (found.status, found.status_reason) == (made.status, made.status_reason)


def fields(file: File) -> dict[str, Any]:
    return {name: getattr(file, name) for name in File.__slots__}


@pytest.mark.law
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "meta",
                        "api-version",
                        "name",
                        "files",
                        "url",
                        "hashes",
                        "filename",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_a_page_or_a_clear_error(value: object) -> None:
    for content in (json.dumps(value).encode(), page(files=[value])):
        try:
            read(content)
        except (InvalidPageError, UnsupportedApiError) as error:
            assert error.code in ("PS5203", "PS4205")  # noqa: PT017 - either is fine


def test_metadata_in_json_are_told_where_there_are_no_other() -> None:
    key, digest = "_core-metadata-json", {"sha256": SHA}
    alone = only(page(entry(**{key: digest, "core-metadata": False})))
    assert alone.metadata_json == (Hash("sha256", SHA),)
    assert only(page(entry(**{key: digest, "core-metadata": True}))).metadata_json == ()
    assert page_of(releases_of(read(page(entry(**{key: digest}))))).files[0] == (
        only(page(entry(**{key: digest})))
    )


def test_what_version_1_5_adds_is_no_news() -> None:
    found = json.loads(page(entry()))
    found["meta"] = {"api-version": "1.5"}
    found["namespaces"] = [{"name": "demo", "owned": True}]
    assert read(json.dumps(found).encode()).notes == ()
