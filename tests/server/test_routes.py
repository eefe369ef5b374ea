import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pysetup.server.http import Response

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
Read = Callable[[Response], bytes]


def fill(client: Any, archives: Any) -> Any:
    """Upload the wheels of two versions and an sdist."""
    metadata = "Summary: a <script>\nRequires-Python: >=3.8\nRequires-Dist: idna<4\n"
    for archive in (
        archives.wheel("Demo-Pkg", "1.0"),
        archives.wheel("demo-pkg", "1.10", metadata=metadata),
        archives.sdist("demo-pkg", "1.2"),
    ):
        assert client.upload(archive).status == 200
    return client


@pytest.fixture(scope="module")
def filled(lasting_client: Any, archives: Any) -> Any:
    """An index with three files, to look at."""
    return fill(lasting_client, archives)


@pytest.fixture
def growing(client: Any, archives: Any) -> Any:
    """An index with three files, to add to."""
    return fill(client, archives)


def test_the_page_of_a_project_keeps_the_rules_of_the_simple_api(
    filled: Any, read: Read
) -> None:
    response = filled.get("/simple/demo-pkg/", accept=JSON)
    assert (response.status, response.header("Content-Type")) == (200, JSON)
    page = json.loads(read(response))
    assert page["meta"]["api-version"] == "1.4"
    assert page["name"] == "demo-pkg"
    assert page["project-status"] == {"status": "active"}
    assert page["versions"] == ["1.0", "1.2", "1.10"]
    assert len({file["filename"] for file in page["files"]}) == 3
    for file in page["files"]:
        assert re.fullmatch("[0-9a-f]{64}", file["hashes"]["sha256"])
        assert isinstance(file["size"], int)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z", file["upload-time"])
        assert file["core-metadata"] == file["dist-info-metadata"]
        assert file["yanked"] is False
        assert file["provenance"] is None
        content = read(filled.get("/" + file["url"].removeprefix("../../")))
        assert hashlib.sha256(content).hexdigest() == file["hashes"]["sha256"]
        assert len(content) == file["size"]
        if file["core-metadata"]:
            told = read(
                filled.get("/" + file["url"].removeprefix("../../") + ".metadata")
            )
            assert hashlib.sha256(told).hexdigest() == file["core-metadata"]["sha256"]
    by_version = {file["filename"]: file for file in page["files"]}
    assert by_version["demo_pkg-1.10-py3-none-any.whl"]["requires-python"] == ">=3.8"
    assert by_version["demo_pkg-1.2.tar.gz"]["core-metadata"] is False


def test_the_html_page_says_the_same(filled: Any, read: Read) -> None:
    response = filled.get("/simple/demo-pkg/")
    assert response.header("Content-Type") == "text/html; charset=utf-8"
    text = read(response).decode()
    page = json.loads(read(filled.get("/simple/demo-pkg/", accept=JSON)))
    for file in page["files"]:
        assert f"{file['url']}#sha256={file['hashes']['sha256']}" in text
    assert 'data-requires-python="&gt;=3.8"' in text
    assert "data-core-metadata" in text
    assert 'name="pypi:repository-version" content="1.4"' in text
    assert read(filled.get("/simple/demo-pkg/", accept=HTML)) == read(response)


def test_the_list_names_every_project(growing: Any, archives: Any, read: Read) -> None:
    growing.upload(archives.wheel("another"))
    page = json.loads(read(growing.get("/simple/", accept=JSON)))
    assert page["projects"] == [{"name": "another"}, {"name": "Demo-Pkg"}]
    text = read(growing.get("/simple/")).decode()
    assert '<a href="demo-pkg/">Demo-Pkg</a>' in text


def test_the_list_of_an_empty_index_is_there(client: Any, read: Read) -> None:
    page = json.loads(read(client.get("/simple/", accept=JSON)))
    assert page == {"meta": {"api-version": "1.4"}, "projects": []}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param("", "text/html; charset=utf-8", id="no header"),
        pytest.param("*/*", "text/html; charset=utf-8", id="anything"),
        pytest.param(JSON, JSON, id="JSON"),
        pytest.param(f"{HTML};q=0.2, {JSON}", JSON, id="JSON rather than HTML"),
        pytest.param(
            f"{JSON};q=0.1, {HTML}", f"{HTML}; charset=utf-8", id="HTML rather"
        ),
        pytest.param("application/vnd.pypi.simple.latest+json", JSON, id="the latest"),
        pytest.param("application/json", None, id="none of ours"),
    ],
)
def test_the_form_is_negotiated(filled: Any, accept: str, kind: str | None) -> None:
    response = filled.get("/simple/demo-pkg/", accept=accept)
    assert response.status == (200 if kind else 406)
    assert response.header("Vary") == "Accept"
    if kind:
        assert response.header("Content-Type") == kind


def test_a_page_is_not_sent_twice(growing: Any, archives: Any) -> None:
    etag = ""
    for path in ("/simple/", "/simple/demo-pkg/"):
        first = growing.get(path, accept=JSON)
        etag = first.header("ETag")
        assert re.fullmatch('"[0-9a-f]{64}"', etag)
        assert first.header("Cache-Control")
        again = growing.get(path, accept=JSON, if_none_match=etag)
        assert (again.status, again.body) == (304, b"")
        assert again.header("ETag") == etag
        assert again.header("Vary") == "Accept"
        assert growing.get(path, accept=HTML, if_none_match=etag).status == 200
    growing.upload(archives.wheel("demo-pkg", "2.0"))
    assert (
        growing.get("/simple/demo-pkg/", accept=JSON, if_none_match=etag).status == 200
    )


def test_the_serial_grows_with_every_change(growing: Any, archives: Any) -> None:
    before = growing.get("/simple/demo-pkg/").header("X-PyPI-Last-Serial")
    growing.upload(archives.wheel("demo-pkg", "2.0"))
    after = growing.get("/simple/demo-pkg/").header("X-PyPI-Last-Serial")
    assert int(after) == int(before) + 1


@pytest.mark.parametrize(
    ("path", "place"),
    [
        pytest.param("/simple", "simple/", id="the list without a slash"),
        pytest.param("/simple/demo-pkg", "demo-pkg/", id="no slash"),
        pytest.param("/simple/Demo_Pkg/", "../demo-pkg/", id="not normalised"),
        pytest.param("/simple/Demo.Pkg", "demo-pkg/", id="neither"),
        pytest.param("/project/Demo_Pkg/", "../demo-pkg/", id="a page for people"),
    ],
)
def test_other_spellings_lead_to_the_page(filled: Any, path: str, place: str) -> None:
    response = filled.get(path)
    assert (response.status, response.header("Location")) == (301, place)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/nothing", id="no such page"),
        pytest.param("/simple/unknown/", id="an unknown project"),
        pytest.param("/project/unknown/", id="an unknown project, for people"),
        pytest.param("/simple/a b/", id="no name"),
        pytest.param("/simple/../data/", id="a path that climbs"),
        pytest.param("/files/../index.sqlite3", id="our own database"),
        pytest.param("/files/00/x.whl", id="an unknown file"),
        pytest.param("/simple/demo-pkg/json", id="a pointer of ours"),
        pytest.param("/simple//", id="an empty name"),
    ],
)
def test_what_is_not_there_is_not_found(filled: Any, path: str) -> None:
    assert filled.get(path).status == 404


def test_a_file_is_found_only_under_its_own_digest(filled: Any) -> None:
    page = json.loads(filled.get("/simple/demo-pkg/", accept=JSON).body)
    path = "/" + page["files"][0]["url"].removeprefix("../../")
    prefix, name = path.rsplit("/", 1)
    assert filled.get(f"{prefix[:-1]}/{name}").status == 404
    assert filled.get(f"{prefix}0/{name}").status == 404


def file_path(client: Any) -> str:
    page = json.loads(client.get("/simple/demo-pkg/", accept=JSON).body)
    return "/" + str(page["files"][0]["url"]).removeprefix("../../")


def test_a_file_may_be_kept_for_ever(filled: Any, read: Read) -> None:
    response = filled.get(file_path(filled))
    assert "immutable" in response.header("Cache-Control")
    assert response.header("Content-Type") == "application/octet-stream"
    assert response.header("X-Content-Type-Options") == "nosniff"
    read(response)
    etag = response.header("ETag")
    assert filled.get(file_path(filled), if_none_match=etag).status == 304


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        pytest.param("bytes=0-1", slice(0, 2), id="the first two bytes"),
        pytest.param("bytes=10-", slice(10, None), id="from the eleventh on"),
        pytest.param("bytes=-5", slice(-5, None), id="the last five"),
    ],
)
def test_a_part_of_a_file_can_be_had(
    filled: Any, read: Read, wanted: str, part: slice
) -> None:
    path = file_path(filled)
    whole = read(filled.get(path))
    response = filled.get(path, range=wanted)
    assert response.status == 206
    assert read(response) == whole[part]
    start = part.indices(len(whole))[0]
    end = start + len(whole[part]) - 1
    assert response.header("Content-Range") == f"bytes {start}-{end}/{len(whole)}"


def test_a_range_that_is_not_there_is_refused(filled: Any, read: Read) -> None:
    path = file_path(filled)
    size = len(read(filled.get(path)))
    response = filled.get(path, range=f"bytes={size}-")
    assert response.status == 416
    assert response.header("Content-Range") == f"bytes */{size}"


def test_a_range_counts_only_for_the_file_it_was_meant_for(
    filled: Any, read: Read
) -> None:
    path = file_path(filled)
    whole = filled.get(path)
    etag = whole.header("ETag")
    assert len(read(filled.get(path, range="bytes=0-1", if_range=etag))) == 2
    other = filled.get(path, range="bytes=0-1", if_range='"other"')
    assert (other.status, read(other)) == (200, read(whole))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/simple/", 405, id="posting to a page"),
        pytest.param("DELETE", "/", 405, id="deleting"),
        pytest.param("PUT", "/files/00/x", 405, id="putting a file"),
        pytest.param("POST", "/", 401, id="an upload by nobody"),
    ],
)
def test_other_methods_are_refused(
    filled: Any, method: str, path: str, status: int
) -> None:
    response = filled.send(method, path)
    assert response.status == status
    if status == 405:
        assert "GET" in response.header("Allow")
    else:
        assert response.header("WWW-Authenticate").startswith("Basic ")


def test_people_get_pages_with_everything_escaped(filled: Any, read: Read) -> None:
    landing = filled.get("/")
    assert "demo_pkg-1.10-py3-none-any.whl" in read(landing).decode()
    page = filled.get("/project/demo-pkg/")
    text = read(page).decode()
    assert "a &lt;script&gt;" in text
    assert "<script" not in text
    assert "<code>idna&lt;4</code>" in text
    assert text.index("<h2>1.10</h2>") < text.index("<h2>1.2</h2>")
    assert "default-src 'none'" in page.header("Content-Security-Policy")


def test_an_empty_index_says_so(client: Any, read: Read) -> None:
    assert "Nothing yet" in read(client.get("/")).decode()


def test_the_health_page_tells_the_serial(filled: Any, read: Read) -> None:
    assert json.loads(read(filled.get("/-/health"))) == {"status": "ok", "serial": 3}
