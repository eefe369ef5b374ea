import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.server.http import Response

Read = Callable[[Response], bytes]
JSON = "application/vnd.pypi.simple.v1+json"


def stored_files(data: Path) -> list[Path]:
    return [p for p in (data / "blobs").rglob("*") if p.is_file()]


def staged(data: Path) -> list[Path]:
    return list((data / "blobs" / "tmp").iterdir())


def page(client: Any, name: str = "demo") -> dict[str, Any]:
    response = client.get(f"/simple/{name}/", accept=JSON)
    if response.status == 404:
        return {"files": []}
    result: dict[str, Any] = json.loads(response.body)
    return result


@pytest.mark.parametrize("path", ["/", "/legacy/", "/legacy"])
def test_an_upload_is_visible_when_it_is_acknowledged(
    client: Any, archives: Any, read: Read, path: str
) -> None:
    wheel = archives.wheel()
    response = client.upload(wheel, path=path)
    assert response.status == 200
    (file,) = page(client)["files"]
    assert file["hashes"] == {"sha256": wheel.sha256}
    assert read(client.get("/" + file["url"].removeprefix("../../"))) == wheel.content


def test_what_stands_in_an_archive_stands_beside_it_too(
    client: Any, archives: Any, read: Read
) -> None:
    document = b'{"name": "demo", "version": "1.0", "metadata_version": "2.1"}'
    wheel = archives.wheel(extra={"pydist.json": document, "METADATA.json": document})
    assert client.upload(wheel).status == 200
    (file,) = page(client)["files"]
    url = "/" + file["url"].removeprefix("../../")
    sha256 = hashlib.sha256(document).hexdigest()
    assert file["_pydist-json"] == {"sha256": sha256}
    assert file["_core-metadata-json"] == {"sha256": sha256}
    for ending in (".pydist.json", ".metadata.json"):
        answer = client.get(url + ending)
        assert read(answer) == document
        assert answer.header("Content-Type") == "application/json"
    assert b"Name: demo" in read(client.get(url + ".metadata"))


def test_the_same_file_may_come_again(client: Any, archives: Any, data: Path) -> None:
    assert client.upload(archives.wheel()).status == 200
    before = stored_files(data)
    assert client.upload(archives.wheel()).status == 200
    assert len(page(client)["files"]) == 1
    assert sorted(stored_files(data)) == sorted(before)
    assert staged(data) == []


def test_a_name_is_never_used_again(client: Any, archives: Any, data: Path) -> None:
    first = archives.wheel()
    assert client.upload(first).status == 200
    before = stored_files(data)
    response = client.upload(archives.wheel(files={"demo.py": b"changed"}))
    assert response.status == 409
    assert "already exists" in response.body.decode()
    assert page(client)["files"][0]["hashes"]["sha256"] == first.sha256
    assert sorted(stored_files(data)) == sorted(before)


def test_a_name_is_taken_in_every_spelling(client: Any, archives: Any) -> None:
    assert client.upload(archives.sdist("demo", "1.0")).status == 200
    other = archives.sdist("Demo", "1.0")
    assert other.filename == "Demo-1.0.tar.gz"
    assert client.upload(other).status == 409


def test_the_first_uploader_owns_the_project(client: Any, archives: Any) -> None:
    assert client.upload(archives.wheel(), user="alice").status == 200
    for version in ("1.0", "2.0"):
        response = client.upload(archives.wheel("Demo", version), user="bob")
        assert response.status == 403
    assert client.upload(archives.wheel("other"), user="bob").status == 200
    assert page(client)["versions"] == ["1.0"]


def test_nobody_uploads_without_the_right_password(client: Any, archives: Any) -> None:
    kind, body = archives.wheel().form()
    assert client.post(body, kind, user="mallory").status == 401
    response = client.send("POST", "/legacy/", content_type=kind)
    assert response.status == 401
    assert "Basic" in response.header("WWW-Authenticate")


def without_record(archive: Any) -> Any:
    """Return the wheel with one file changed behind the back of its RECORD."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive.content)) as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content + b"#" if name == "demo.py" else content)
    return type(archive)(archive.filename, stream.getvalue(), archive.fields)


def changed(archive: Any, content: bytes) -> Any:
    return type(archive)(archive.filename, content, archive.fields)


HOSTILE = [
    pytest.param(
        lambda a: a.wheel().form(name="other"), 400, id="another name in the form"
    ),
    pytest.param(
        lambda a: a.wheel().form(version="2.0"), 400, id="another version in it"
    ),
    pytest.param(
        lambda a: a.wheel().form(filename="other-1.0-py3-none-any.whl"),
        400,
        id="a renamed wheel",
    ),
    pytest.param(
        lambda a: a.sdist().form(filename="demo-2.0.tar.gz"), 400, id="a renamed sdist"
    ),
    pytest.param(
        lambda a: a.wheel().form(filename="demo.exe"), 400, id="no archive's name"
    ),
    pytest.param(lambda a: a.wheel().form(filename=".whl"), 400, id="an ending alone"),
    pytest.param(
        lambda a: a.wheel().form(filename="../../demo-1.0-py3-none-any.whl"),
        400,
        id="a name that climbs",
    ),
    pytest.param(
        lambda a: a.wheel().form(filename="/etc/demo-1.0-py3-none-any.whl"),
        400,
        id="an absolute name",
    ),
    pytest.param(
        lambda a: a.wheel().form(filename="..\\demo-1.0-py3-none-any.whl"),
        400,
        id="a name with a backslash",
    ),
    pytest.param(
        lambda a: a.wheel().form(filename="d" * 300 + "-1.0-py3-none-any.whl"),
        400,
        id="a name without end",
    ),
    pytest.param(
        lambda a: a.wheel().form(name="demo\r\nX-Evil: 1"),
        400,
        id="a header in the name",
    ),
    pytest.param(
        lambda a: a.wheel().form(filetype="sdist"), 400, id="another file type"
    ),
    pytest.param(
        lambda a: a.wheel().form(sha256_digest="0" * 64), 400, id="a wrong sha256"
    ),
    pytest.param(
        lambda a: a.wheel().form(blake2_256_digest="0" * 64), 400, id="a wrong blake2"
    ),
    pytest.param(lambda a: a.wheel().form(sha256_digest=None), 400, id="no digest"),
    pytest.param(lambda a: a.wheel().form(action="submit"), 400, id="another action"),
    pytest.param(
        lambda a: changed(a.wheel(), a.wheel().content[:-30]).form(),
        400,
        id="a truncated wheel",
    ),
    pytest.param(
        lambda a: without_record(a.wheel()).form(), 400, id="RECORD is broken"
    ),
    pytest.param(
        lambda a: changed(a.sdist(), a.sdist().content[:-20]).form(),
        400,
        id="a truncated sdist",
    ),
    pytest.param(lambda a: changed(a.wheel(), b"").form(), 400, id="an empty wheel"),
    pytest.param(
        lambda a: a.wheel(metadata="Requires-Python: what you like\n").form(),
        400,
        id="a requirement on Python that is none",
    ),
    pytest.param(
        lambda a: a.wheel(metadata="Requires-Dist: ???\n").form(),
        400,
        id="a requirement that is none",
    ),
    pytest.param(
        lambda a: a.wheel(
            extra={"pydist.json": b'{"name": "other", "version": "1.0"}'}
        ).form(),
        400,
        id="a document that contradicts METADATA",
    ),
    pytest.param(
        lambda a: changed(a.wheel(), b"x" * ((1 << 20) + 1)).form(), 413, id="too large"
    ),
    pytest.param(
        lambda a: a.wheel().form(description="x" * (9 << 20)), 413, id="too long a text"
    ),
    pytest.param(
        lambda a: (a.wheel().form()[0], a.wheel().form()[1][:-40]), 400, id="cut off"
    ),
    pytest.param(
        lambda a: ("application/json", a.wheel().form()[1]), 400, id="not a form"
    ),
    pytest.param(
        lambda a: ("multipart/form-data; boundary=other", a.wheel().form()[1]),
        400,
        id="another boundary",
    ),
    pytest.param(lambda _: ("multipart/form-data; boundary=x", b""), 400, id="nothing"),
]


@pytest.mark.parametrize(("make", "status"), HOSTILE)
def test_a_hostile_upload_leaves_no_trace(
    client: Any, archives: Any, data: Path, make: Callable[[Any], Any], status: int
) -> None:
    before = sorted(stored_files(data))
    kind, body = make(archives)
    response = client.post(body, kind)
    assert response.status == status, response.body
    assert response.body.startswith(b"PS")
    assert page(client)["files"] == []
    assert sorted(stored_files(data)) == before
    assert staged(data) == []
    assert client.upload(archives.wheel()).status == 200


def test_an_upload_with_two_files_is_refused(client: Any) -> None:
    part = (
        b'--x\r\nContent-Disposition: form-data; name="content";'
        b' filename="demo-1.0-py3-none-any.whl"\r\n\r\nx\r\n'
    )
    response = client.post(part * 2 + b"--x--", "multipart/form-data; boundary=x")
    assert (response.status, b"two files" in response.body) == (400, True)


def test_a_signature_that_comes_along_is_passed_over(
    client: Any, archives: Any
) -> None:
    kind, body = archives.wheel().form()
    boundary = kind.partition("boundary=")[2].encode()
    signature = (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="gpg_signature";'
        b' filename="x.asc"\r\n\r\nsigned\r\n'
    )
    assert client.post(signature + body, kind).status == 200


def test_an_old_sdist_name_with_hyphens_is_understood(
    client: Any, archives: Any
) -> None:
    sdist = archives.sdist("my-demo", "1.0")
    old = type(sdist)("my-demo-1.0.tar.gz", sdist.content, sdist.fields)
    assert client.upload(old).status == 200
    assert page(client, "my-demo")["versions"] == ["1.0"]


def test_all_fields_that_are_too_much_together_are_refused(
    client: Any, archives: Any
) -> None:
    texts = {f"field_{number}": "x" * (6 << 20) for number in range(3)}
    kind, body = archives.wheel().form(**texts)
    response = client.post(body, kind)
    assert response.status == 413
