"""Kill the server at any moment: what it acknowledged is there, nothing else is."""

import http.client
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

AUTHORIZATION = "Basic YWxpY2U6c2VjcmV0"  # alice:secret
JSON = "application/vnd.pypi.simple.v1+json"


def upload_until_the_end(url: str, archives: list[Any], acknowledged: set[str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        for archive in archives:
            kind, body = archive.form()
            headers = {"Content-Type": kind, "Authorization": AUTHORIZATION}
            connection.request("POST", "/legacy/", body, headers)
            if connection.getresponse().read().startswith(b"stored"):
                acknowledged.add(archive.filename)
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


def fetch(url: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", path, headers={"Accept": JSON})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return content if response.status == 200 else b'{"files": []}'


@pytest.mark.parametrize("moment", [2, 5, 9, 14])
def test_nothing_acknowledged_is_lost_and_nothing_else_is_seen_in_part(
    start_server: Callable[..., Any], archives: Any, data: Path, moment: int
) -> None:
    process, url = start_server()
    wheels = {
        name: [archives.wheel(name, f"1.{minor}") for minor in range(12)]
        for name in ("one", "two", "three")
    }
    contents = {w.filename: w.content for group in wheels.values() for w in group}
    acknowledged: set[str] = set()
    threads = [
        threading.Thread(target=upload_until_the_end, args=(url, group, acknowledged))
        for group in wheels.values()
    ]
    for thread in threads:
        thread.start()
    while len(acknowledged) < moment and any(thread.is_alive() for thread in threads):
        threads[0].join(0.001)
    process.kill()
    for thread in threads:
        thread.join()

    _, url = start_server()
    seen: set[str] = set()
    for name in wheels:
        for file in json.loads(fetch(url, f"/simple/{name}/"))["files"]:
            content = fetch(url, "/" + file["url"].removeprefix("../../"))
            assert content == contents[file["filename"]]
            metadata = fetch(
                url, "/" + file["url"].removeprefix("../../") + ".metadata"
            )
            assert metadata.startswith(b"Metadata-Version")
            seen.add(file["filename"])
    assert acknowledged <= seen
    assert list((data / "blobs" / "tmp").iterdir()) == []
    # What was not acknowledged may be uploaded again.
    again: set[str] = set()
    upload_until_the_end(url, [w for g in wheels.values() for w in g], again)
    assert again == set(contents)
