import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.index.html_tags import read_tags
from pysetup.index.model import (
    File,
    InvalidPageError,
    ProjectList,
    UnsupportedApiError,
)
from pysetup.index.simple_html import (
    list_to_html,
    parse_links,
    parse_list,
    parse_page,
)
from pysetup.standards.hashes import Hash

URL = "https://index.example/simple/demo/"
SHA = "ab" * 32
WHEEL = "demo-1.0-py3-none-any.whl"


def only(text: str, url: str = URL) -> File:
    (file,) = parse_page(text.encode(), url=url, name="demo").files
    return file


def test_every_attribute_of_a_link_is_read() -> None:
    assert only(
        f'<!DOCTYPE html><html><body><A class=x HREF="../../f/{WHEEL}?a=b&amp;c=d'
        f'#sha256={SHA}" data-requires-python="&gt;=3.9,&lt;4"'
        ' data-yanked="so &amp; so"'
        f' data-core-metadata="sha256={SHA}" data-upload-time="2026-01-01T00:00:00Z"'
        f' data-provenance="/p" data-gpg-sig="true">any text</A></body></html>'
    ) == File(
        filename=WHEEL,
        url=f"https://index.example/f/{WHEEL}?a=b&c=d",
        hashes=(Hash("sha256", SHA),),
        requires_python=">=3.9,<4",
        yanked="so & so",
        core_metadata=(Hash("sha256", SHA),),
        upload_time="2026-01-01T00:00:00Z",
        provenance="https://index.example/p",
    )


@pytest.mark.parametrize(
    ("href", "place"),
    [
        pytest.param(WHEEL, URL + WHEEL, id="beside the page"),
        pytest.param(f"/{WHEEL}", f"https://index.example/{WHEEL}", id="on the host"),
        pytest.param(f"//h/{WHEEL}", f"https://h/{WHEEL}", id="on another host"),
        pytest.param(f"./a/../{WHEEL}", URL + WHEEL, id="with dots"),
        pytest.param(f" {WHEEL}\n", URL + WHEEL, id="with blanks around it"),
        pytest.param(f"https://u:p@h/{WHEEL}", f"https://h/{WHEEL}", id="as somebody"),
        pytest.param(f"{WHEEL}#egg=demo", URL + WHEEL, id="with another fragment"),
        pytest.param(f"{WHEEL}#md5=00", URL + WHEEL, id="with a weak digest"),
    ],
)
def test_where_links_lead(href: str, place: str) -> None:
    file = only(f'<a href="{href}">x</a>')
    assert (file.url, file.hashes) == (place, ())
    assert file.weak == (("md5",) if "md5" in href else ())


def test_a_name_is_decoded_once() -> None:
    encoded = WHEEL.replace("-1.0-", "-1.0%2Blocal-")
    assert only(f'<a href="{encoded}">').filename == "demo-1.0+local-py3-none-any.whl"
    twice = encoded.replace("%", "%25")
    assert parse_page(f'<a href="{twice}">'.encode(), url=URL, name="demo").files == ()


def test_links_start_from_the_base() -> None:
    text = f'<base href="/files/"><base href="/other/"><a href="{WHEEL}">'
    assert only(text).url == f"https://index.example/files/{WHEEL}"


def test_a_base_outside_is_refused() -> None:
    with pytest.raises(InvalidPageError, match="base"):
        only(f'<base href="file:///"><a href="{WHEEL}">')


@pytest.mark.parametrize(
    ("attributes", "metadata"),
    [
        ('data-core-metadata="true"', True),
        ("data-core-metadata", True),
        ('data-core-metadata="false"', False),
        ('data-core-metadata="md5=00"', True),
        (f'data-dist-info-metadata="sha256={SHA}"', (Hash("sha256", SHA),)),
        ('data-dist-info-metadata="true" data-core-metadata="false"', False),
        ("", False),
    ],
)
def test_core_metadata_and_its_old_name(attributes: str, metadata: object) -> None:
    assert only(f'<a href="{WHEEL}" {attributes}>').core_metadata == metadata


@pytest.mark.parametrize(
    ("attribute", "yanked"),
    [("data-yanked", ""), ('data-yanked=""', ""), ("data-yanked=a", "a"), ("", None)],
)
def test_yanked(attribute: str, yanked: str | None) -> None:
    assert only(f'<a {attribute} href="{WHEEL}">').yanked == yanked


def test_project_status_and_version_stand_in_metas() -> None:
    text = (
        '<meta name="pypi:repository-version" content="1.6">'
        '<meta name="pypi:project-status" content="quarantined">'
        '<meta name="pypi:project-status-reason" content="bad &lt;things&gt;">'
        f'<a href="{WHEEL}">'
    )
    page = parse_page(text.encode(), url=URL, name="demo")
    assert (page.status, page.status_reason) == ("quarantined", "bad <things>")
    assert page.files == ()
    assert len(page.notes) == 1


def test_wheels_of_a_later_format_are_passed_over_and_told() -> None:
    text = f'<a href="{WHEEL}"><a href="demo-2.0-py3-none-any.whlx">'
    page = parse_page(text.encode(), url=URL, name="demo")
    assert [file.filename for file in page.files] == [WHEEL]
    assert "(.whlx)" in page.notes[0]


def test_an_unknown_major_version_is_refused() -> None:
    with pytest.raises(UnsupportedApiError):
        parse_page(
            b'<meta name="pypi:repository-version" content="2.0">', url=URL, name="demo"
        )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{}", id="no HTML"),
        pytest.param(f'<!-- <a href="{WHEEL}"> -->', id="a comment"),
        pytest.param(f'<script>"<a href={WHEEL}>"</script>', id="a script"),
        pytest.param(f'<title><a href="{WHEEL}"></title>', id="a title"),
        pytest.param(f'<a href="{WHEEL}', id="an attribute without an end"),
        pytest.param(f'<a href="{WHEEL}"', id="a tag without an end"),
        pytest.param(f'<!-- <a href="{WHEEL}">', id="a comment without an end"),
        pytest.param(f'<ab href="{WHEEL}">', id="another tag"),
        pytest.param("<a name=x>", id="a link that leads nowhere"),
        pytest.param(f'<a href="file:///{WHEEL}">', id="a file from the network"),
        pytest.param(f'<a href="ftp://h/{WHEEL}">', id="another scheme"),
        pytest.param(f'<a href="https://[/{WHEEL}">', id="a broken URL"),
        pytest.param('<a href="other-1.0-py3-none-any.whl">', id="another project"),
        pytest.param('<a href="demo-1.0.tar.gz.asc">', id="a signature"),
        pytest.param('<a href="..%2F..%2Fdemo-1.0.tar.gz">', id="an encoded path"),
        pytest.param(f'<a href="{"x" * 9000}/{WHEEL}">', id="an endless link"),
    ],
)
def test_what_is_no_link_to_an_archive_of_the_project(text: str) -> None:
    assert parse_page(text.encode(), url=URL, name="demo").files == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'<a href="{WHEEL}#sha256=zz">', id="a digest of other digits"),
        pytest.param(f'<a href="{WHEEL}#sha256=">', id="an empty digest"),
        pytest.param(
            f'<a href="{WHEEL}#sha256={SHA}"><a href="{WHEEL}#sha256={"0" * 64}">',
            id="two digests for one file",
        ),
        pytest.param(
            f'<a href="{WHEEL}" data-requires-python="{"x" * 5000}">',
            id="an endless attribute",
        ),
        pytest.param(
            '<meta name="pypi:repository-version" content="x">', id="a strange version"
        ),
    ],
)
def test_hostile_pages_are_refused(text: str) -> None:
    with pytest.raises(InvalidPageError):
        parse_page(text.encode(), url=URL, name="demo")


def test_files_may_be_linked_from_files() -> None:
    file = only(f'<a href="../../files/{WHEEL}">', url="file:///srv/simple/demo/")
    assert file.url == f"file:///srv/files/{WHEEL}"


def test_a_page_of_links_may_be_about_many_projects() -> None:
    text = f'<a href="{WHEEL}"><a href="other-2.zip"><a href="notes.txt">'
    found = [file.filename for file in parse_links(text.encode(), url=URL)]
    assert found == [WHEEL, "other-2.zip"]


def test_the_list_of_projects() -> None:
    names = ProjectList(("demo", "Other.Name"))
    found = parse_list(list_to_html(names), url="https://h/simple/")
    assert found.names == ("demo", "other-name")  # links are normalised (PEP 503)
    text = b'<a href="/simple/a/">x</a><a href="b">B</a><a href="/simple/a/">again</a>'
    assert parse_list(text, url="https://h/simple/").names == ("a", "b")


ENDLESS = [
    "<",
    "<!--",
    "<!-",
    "<a ",
    "<a href='",
    '<a "',
    "</a",
    "&#",
    "<![CDATA[",
    "<?",
    "<!d",
    "<script>",
    "<title><",
    "<a =",
    "<a =  ",
    "<a/",
    "<a a a=",
]


@pytest.mark.parametrize("piece", ENDLESS)
def test_reading_takes_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    started = time.process_time()
    for _ in read_tags(text):
        pass
    assert time.process_time() - started < 2


@pytest.mark.law
@given(st.text(alphabet="<>aA =\"'/!-&;s\n", max_size=80))
def test_any_text_has_tags_or_none(text: str) -> None:
    for name, attributes in read_tags(text):
        assert name
        assert all(key == key.lower() for key in attributes)
