import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pysetup.server.publishing import Publisher
from pysetup.server.storage import BlobStore, Stage, StorageFailedError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
JSON = "application/vnd.pypi.simple.v1+json"


def versions(client: Any, name: str = "demo") -> list[str]:
    response = client.get(f"/simple/{name}/", accept=JSON)
    return [] if response.status == 404 else json.loads(response.body)["versions"]


def referenced(client: Any, data: Path) -> bool:
    """Tell whether the blobs on the disk are exactly those that something is."""
    root = data / "blobs" / "sha256"
    found = [p.parent.name + p.name for p in root.rglob("*") if p.is_file()]
    return all(client.index.store.is_referenced(sha256) for sha256 in found)


def in_threads(count: int, act: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=act, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_uploads_at_the_same_time_all_arrive(
    client: Any, archives: Any, data: Path
) -> None:
    statuses: list[int] = []

    def upload(number: int) -> None:
        for minor in range(4):
            wheel = archives.wheel("demo", f"{number}.{minor}")
            statuses.append(client.upload(wheel).status)

    in_threads(6, upload)
    assert statuses == [200] * 24
    assert len(versions(client)) == 24
    assert referenced(client, data)


def test_of_two_contents_for_one_name_one_wins(
    client: Any, archives: Any, data: Path
) -> None:
    statuses: dict[int, int] = {}
    wheels = [archives.wheel(files={"demo.py": b"%d" % n}) for n in range(6)]

    def upload(number: int) -> None:
        statuses[number] = client.upload(wheels[number]).status

    in_threads(6, upload)
    assert sorted(statuses.values()) == [200, 409, 409, 409, 409, 409]
    (winner,) = (number for number, status in statuses.items() if status == 200)
    page = json.loads(client.get("/simple/demo/", accept=JSON).body)
    assert page["files"][0]["hashes"]["sha256"] == wheels[winner].sha256
    assert referenced(client, data)


def test_a_new_project_has_one_owner_whoever_comes_at_the_same_time(
    client: Any, archives: Any
) -> None:
    statuses: dict[str, int] = {}

    def upload(number: int) -> None:
        user = ("alice", "bob")[number]
        wheel = archives.wheel("demo", f"{number}.0")
        statuses[user] = client.upload(wheel, user=user).status

    in_threads(2, upload)
    assert sorted(statuses.values()) == [200, 403]
    owner = client.index.store.project("demo").owner
    assert statuses[owner] == 200


class FailingStage:
    """A stage that fails at one step, otherwise the stage it wraps."""

    def __init__(self, stage: Stage, step: str) -> None:
        self._stage, self._step = stage, step

    def __getattr__(self, name: str) -> Any:
        if name == self._step:
            raise StorageFailedError("the test", "the disk is full")
        return getattr(self._stage, name)


class FailingBlobs:
    """A blob store whose stages fail at one step."""

    def __init__(self, blobs: BlobStore, step: str) -> None:
        self._blobs, self._step = blobs, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    def stage(self) -> Any:
        if self._step == "stage":
            raise StorageFailedError("the test", "the disk is full")
        return FailingStage(self._blobs.stage(), self._step)


@pytest.mark.parametrize("step", ["spool", "add", "add_file", "place"])
def test_a_failing_disk_is_told_and_nothing_of_the_upload_is_seen(
    client: Any, archives: Any, data: Path, step: str
) -> None:
    assert client.upload(archives.wheel("demo", "1.0")).status == 200
    healthy = client.index
    blobs: Any = FailingBlobs(healthy.blobs, step)
    publisher = Publisher(healthy.store, blobs, now=lambda: NOON)
    client.index = replace(healthy, blobs=blobs, publisher=publisher)
    response = client.upload(archives.wheel("demo", "2.0"))
    assert response.status == 503
    assert b"disk is full" in response.body
    client.index = healthy
    assert versions(client) == ["1.0"]
    assert referenced(client, data)
    assert client.upload(archives.wheel("demo", "2.0")).status == 200


def test_everybody_who_waits_is_told_of_a_failure(client: Any, archives: Any) -> None:
    healthy = client.index
    blobs: Any = FailingBlobs(healthy.blobs, "stage")
    publisher = Publisher(healthy.store, blobs, now=lambda: NOON)
    client.index = replace(healthy, publisher=publisher)
    statuses: list[int] = []
    in_threads(
        4,
        lambda n: statuses.append(
            client.upload(archives.wheel("demo", f"{n}.0")).status
        ),
    )
    assert statuses == [503] * 4
    client.index = healthy
    assert versions(client) == []


def test_a_body_that_breaks_off_leaves_nothing(
    client: Any, archives: Any, data: Path
) -> None:
    kind, body = archives.wheel().form()
    assert client.post(io.BytesIO(body).read(len(body) // 2), kind).status == 400
    assert list((data / "blobs" / "tmp").iterdir()) == []


def test_pages_that_were_replaced_do_not_pile_up(
    client: Any, archives: Any, data: Path
) -> None:
    for minor in range(5):
        client.upload(archives.wheel("demo", f"1.{minor}"))
    found = [p for p in (data / "blobs" / "sha256").rglob("*") if p.is_file()]
    # Five wheels and METADATA each, two forms of the page and of the list.
    assert len(found) == 5 * 2 + 2 + 2


def test_a_restart_finds_everything(client: Any, archives: Any, data: Path) -> None:
    client.upload(archives.wheel())
    client.index.blobs.stage().add(b"left behind by a crash")
    assert client.index.blobs.recover(client.index.store.is_referenced) == 1
    assert versions(client) == ["1.0"]
    assert referenced(client, data)
