"""Which index a project belongs to, and how the metadata of its files are found."""

import gzip
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.http import HttpSettings, HttpTransport
from pysetup.edges.urls import InvalidUrlError
from pysetup.errors import IntegrityError, NetworkError, PysetupError
from pysetup.index.model import File, InvalidPageError, UnsupportedApiError
from pysetup.index.negotiate import JSON_TYPE
from pysetup.index.transport import OfflineError
from pysetup.interchange.wheel_file import WheelLayoutError
from pysetup.interchange.zip_directory import ZipStructureError
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.fetch import BadStatusError, CredentialsNeededError
from pysetup.workflows.fetching.file_metadata import MetadataMismatchError
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.fetching.remote_wheel import LONGEST_TAIL, TAIL
from pysetup.workflows.settings import IndexSetting

PUBLIC = "https://index.example/simple/"
PRIVATE = "https://private.example/simple/"
SECOND = "https://second.example/simple/"
MakeContext = Callable[..., Context]
Build = Callable[..., bytes]


def wheel_name(version: str, name: str = "demo") -> str:
    return f"{name}-{version}-py3-none-any.whl"


def listed(version: str) -> File:
    """A file that only a page knows."""
    name = wheel_name(version)
    return File(name, f"https://files.example/{name}", (Hash.of(version.encode()),))


def names(client: IndexClient, project: str = "demo") -> list[str]:
    page = client.page(project)
    return [file.filename for file in page.files] if page else []


class TestWhoOwnsAProject:
    def test_the_extra_index_comes_first_and_alone(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("99"), index=PUBLIC)
        index.add_page("demo", listed("1"), index=PRIVATE)
        context = make_context(index, extra_index_urls=(SECOND, PRIVATE))
        with IndexClient(context) as client:
            assert names(client) == [wheel_name("1")]
        assert index.asked == [f"{SECOND}demo/", f"{PRIVATE}demo/"]

    def test_the_main_index_has_what_the_others_do_not(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("99"), index=PUBLIC)
        with IndexClient(make_context(index, extra_index_urls=(PRIVATE,))) as client:
            assert names(client, "Demo") == [wheel_name("99")]

    def test_an_empty_page_owns_the_name_too(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("99"), index=PUBLIC)
        index.add_page("demo", index=PRIVATE)
        with IndexClient(make_context(index, extra_index_urls=(PRIVATE,))) as client:
            assert names(client) == []

    @pytest.mark.parametrize("status", [404, 410])
    def test_nobody_has_it(
        self, index: Any, make_context: MakeContext, status: int
    ) -> None:
        index.add(f"{PUBLIC}demo/", status=status)
        with IndexClient(make_context(index)) as client:
            assert client.page("demo") is None

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (401, CredentialsNeededError),
            (403, CredentialsNeededError),
            (500, BadStatusError),
            (418, BadStatusError),
        ],
    )
    def test_an_index_that_does_not_answer_hides_nothing(
        self,
        index: Any,
        make_context: MakeContext,
        status: int,
        error: type[PysetupError],
    ) -> None:
        index.add_page("demo", listed("99"), index=PUBLIC)
        index.add(f"{PRIVATE}demo/", status=status)
        context = make_context(
            index, extra_index_urls=("https://user:secret@private.example/simple/",)
        )
        with IndexClient(context) as client:
            with pytest.raises(error) as caught:
                client.page("demo")
            assert "secret" not in caught.value.message + str(caught.value.facts)
            assert caught.value.exit_code == 4

    def test_each_project_is_asked_for_once(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"))
        with IndexClient(make_context(index)) as client:
            client.prefetch(["demo", "other", "Demo"])
            assert client.page("demo") is client.page("DEMO")
            assert client.page("other") is None
        assert sorted(index.asked) == [f"{PUBLIC}demo/", f"{PUBLIC}other/"]


def pin(url: str, *packages: str, name: str = "company") -> IndexSetting:
    return IndexSetting(name=name, url=url, packages=packages)


class TestPinnedNames:
    def test_come_from_their_index_and_no_other(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("acme-tool", listed("99"), index=PUBLIC)
        index.add_page("demo", listed("1"), index=PUBLIC)
        context = make_context(index, indexes=(pin(PRIVATE, "acme-*"),))
        with IndexClient(context) as client:
            assert client.page("Acme.Tool") is None
            assert names(client) == [wheel_name("1")]
        assert index.asked == [f"{PRIVATE}acme-tool/", f"{PUBLIC}demo/"]

    def test_are_not_taken_from_pages_of_links(
        self, index: Any, make_context: MakeContext, tmp_path: Path
    ) -> None:
        links = "https://h/links"
        index.add(links, f'<a href="{wheel_name("99")}">', kind="text/html")
        index.add_page("demo", listed("1"), index=PRIVATE)
        (tmp_path / wheel_name("2")).write_bytes(b"")
        context = make_context(
            index, indexes=(pin(PRIVATE, "demo"),), find_links=(links, ".")
        )
        with IndexClient(context) as client:
            assert names(client) == [wheel_name("1"), wheel_name("2")]

    def test_without_indexes_there_are_only_the_users_own_files(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"), index=PRIVATE)
        context = make_context(index, indexes=(pin(PRIVATE, "demo"),), no_index=True)
        with IndexClient(context) as client:
            assert client.page("demo") is None
        assert index.asked == []

    def test_an_index_that_fails_does_not_open_the_others(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("99"), index=PUBLIC)
        index.add(f"{PRIVATE}demo/", status=503)
        context = make_context(index, indexes=(pin(PRIVATE, "demo"),))
        with IndexClient(context) as client, pytest.raises(BadStatusError):
            client.page("demo")


class TestLocalFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "wheels"
        folder.mkdir()
        for name in (wheel_name("1"), wheel_name("2"), "other-1.tar.gz", "notes.txt"):
            (folder / name).write_bytes(b"local")
        (folder / "demo-3.tar.gz").mkdir()
        return folder

    def test_find_links_are_added_and_come_first(
        self, index: Any, make_context: MakeContext, folder: Path
    ) -> None:
        index.add_page("demo", listed("2"), listed("4"))
        with IndexClient(make_context(index, find_links=("wheels",))) as client:
            page = client.page("demo")
        assert page is not None
        assert [file.filename for file in page.files] == [
            wheel_name("1"),
            wheel_name("2"),
            wheel_name("4"),
        ]
        assert page.files[1].url == (folder / wheel_name("2")).as_uri()
        assert page.files[1].size == 5
        assert page.versions == ("1", "2", "4")

    def test_no_index_leaves_only_them(
        self, index: Any, make_context: MakeContext, folder: Path
    ) -> None:
        context = make_context(
            index, find_links=(str(folder),), no_index=True, extra_index_urls=(PRIVATE,)
        )
        with IndexClient(context) as client:
            assert len(names(client)) == 2
            assert client.page("unknown") is None
        assert index.asked == []

    def test_all_kinds_of_places(
        self,
        index: Any,
        make_context: MakeContext,
        folder: Path,
        tmp_path: Path,
        told: list[str],
    ) -> None:
        (tmp_path / "page.html").write_text('<a href="wheels/demo-5.zip">x</a>')
        index.add("https://h/links", f'<a href="{wheel_name("6")}">', kind="text/html")
        context = make_context(
            index,
            no_index=True,
            find_links=(
                (folder / wheel_name("1")).as_uri(),
                "page.html",
                "https://h/links",
                "https://h/demo-7.tar.gz#sha256=" + "0" * 64,
                "https://h/absent.html",
                "nowhere",
                str(folder / "notes.txt"),
            ),
        )
        with IndexClient(context) as client:
            page = client.page("demo")
        assert page is not None
        assert {file.filename: file.url for file in page.files} == {
            wheel_name("1"): (folder / wheel_name("1")).as_uri(),
            "demo-5.zip": (folder / "demo-5.zip").as_uri(),
            wheel_name("6"): f"https://h/{wheel_name('6')}",
            "demo-7.tar.gz": "https://h/demo-7.tar.gz",
        }
        assert page.files[-1].hashes == (Hash("sha256", "0" * 64),)
        assert len(told) == 3

    def test_a_find_links_page_that_fails_is_an_error(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add("https://h/links", status=503)
        with (
            IndexClient(make_context(index, find_links=("https://h/links",))) as client,
            pytest.raises(BadStatusError),
        ):
            client.page("demo")

    @pytest.mark.parametrize("as_url", [True, False])
    def test_an_index_may_be_a_folder(
        self,
        index: Any,
        make_context: MakeContext,
        tmp_path: Path,
        *,
        as_url: bool,
    ) -> None:
        page = tmp_path / "own" / "demo" / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f'<a href="../../files/{wheel_name("9")}">x</a>')
        place = (tmp_path / "own").as_uri() if as_url else "own"
        index.add_page("demo", listed("2"))
        with IndexClient(make_context(index, extra_index_urls=(place,))) as client:
            found = client.page("demo")
            assert client.page("other") is None
        assert found is not None
        assert [file.filename for file in found.files] == [
            wheel_name("2"),
            wheel_name("9"),
        ]
        assert found.files[1].url == (tmp_path / "files" / wheel_name("9")).as_uri()

    def test_a_place_that_is_no_url(
        self, index: Any, make_context: MakeContext
    ) -> None:
        with (
            IndexClient(make_context(index, find_links=("file://host/x",))) as client,
            pytest.raises(InvalidUrlError),
        ):
            client.page("demo")


class TestWhatIsTold:
    @pytest.mark.parametrize("status", ["archived", "deprecated", "quarantined"])
    def test_the_status_of_a_project_once(
        self, index: Any, make_context: MakeContext, told: list[str], status: str
    ) -> None:
        index.add_page("demo", listed("1"), status=(status, "moved on"))
        with IndexClient(make_context(index)) as client:
            client.page("demo")
            client.page("demo")
            assert len(names(client)) == (0 if status == "quarantined" else 1)
        assert told == [f"project demo is {status}: moved on"]

    def test_a_newer_minor_version_of_the_api(
        self, index: Any, make_context: MakeContext, told: list[str]
    ) -> None:
        page = {"meta": {"api-version": "1.77"}, "name": "demo", "files": []}
        index.add(f"{PUBLIC}demo/", json.dumps(page), kind=JSON_TYPE)
        with IndexClient(make_context(index)) as client:
            client.page("demo")
        assert len(told) == 1
        assert "1.77" in told[0]


class TestBadPages:
    @pytest.mark.parametrize(
        ("content", "kind", "error"),
        [
            ("{}", JSON_TYPE, InvalidPageError),
            ("hello", "text/plain", InvalidPageError),
            ("hello", "", InvalidPageError),
            (
                '{"meta": {"api-version": "2.0"}, "name": "demo", "files": []}',
                JSON_TYPE,
                UnsupportedApiError,
            ),
        ],
    )
    def test_are_refused(
        self,
        index: Any,
        make_context: MakeContext,
        content: str,
        kind: str,
        error: type[PysetupError],
    ) -> None:
        index.add(f"{PUBLIC}demo/", content, kind=kind)
        with IndexClient(make_context(index)) as client, pytest.raises(error):
            client.page("demo")

    def test_that_break_off_are_fetched_again(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"), breaks=[10, 20])
        with IndexClient(make_context(index)) as client:
            assert names(client) == [wheel_name("1")]
        assert len(index.asked) == 3


class TestTheCacheOfPages:
    def test_a_fresh_page_is_not_asked_for(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"), headers={"cache-control": "max-age=60"})
        for now, asked in ((1000.0, 1), (1059.0, 1), (1061.0, 2)):
            with IndexClient(make_context(index, now=now)) as client:
                assert names(client) == [wheel_name("1")]
            assert len(index.asked) == asked

    def test_refresh_asks_all_the_same(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"), headers={"cache-control": "max-age=60"})
        for _ in range(2):
            with IndexClient(make_context(index), refresh=True) as client:
                client.page("demo")
        assert len(index.asked) == 2

    def test_one_project_is_asked_for_again_by_its_name(
        self, index: Any, make_context: MakeContext
    ) -> None:
        fresh = {"cache-control": "max-age=60"}
        for name in ("demo", "other"):
            index.add_page(name, headers=fresh)
        for _ in range(2):
            context = make_context(index, refresh_packages=("Demo",))
            with IndexClient(context) as client:
                client.page("demo")
                client.page("other")
        assert sorted(index.asked) == [f"{PUBLIC}demo/"] * 2 + [f"{PUBLIC}other/"]

    def test_offline_it_is_said_that_pages_may_be_old(
        self, index: Any, make_context: MakeContext, told: list[str]
    ) -> None:
        index.add_page("demo", listed("1"))
        with IndexClient(make_context(index)) as client:
            client.page("demo")
        assert told == []
        with IndexClient(make_context(index, offline=True)) as client:
            client.page("demo")
        assert told == ["offline: pages of indexes are as they were seen last"]

    def test_an_old_page_is_asked_for_by_its_etag(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"), headers={"etag": '"one"'})
        for _ in range(3):
            with IndexClient(make_context(index)) as client:
                assert names(client) == [wheel_name("1")]
        asked = [request.headers.get("if-none-match") for request in index.requests]
        assert asked == [None, '"one"', '"one"']

    def test_a_changed_page_is_seen(
        self, index: Any, make_context: MakeContext
    ) -> None:
        for version in ("1", "2", "2"):
            index.add_page("demo", listed(version), headers={"etag": f'"{version}"'})
            with IndexClient(make_context(index)) as client:
                assert names(client) == [wheel_name(version)]

    def test_a_page_without_an_etag_is_fetched_each_time(
        self, index: Any, make_context: MakeContext
    ) -> None:
        for version in ("1", "1", "2"):
            index.add_page("demo", listed(version))
            with IndexClient(make_context(index)) as client:
                assert names(client) == [wheel_name(version)]
        assert len(index.asked) == 3

    def test_an_index_on_this_machine_is_believed_like_any_other(
        self, index: Any, make_context: MakeContext
    ) -> None:
        url = "http://127.0.0.1:8080/simple/"
        fresh = {"cache-control": "max-age=600"}
        index.add_page("demo", listed("1"), index=url, headers=fresh)
        for _ in range(2):
            with IndexClient(make_context(index, index_url=url)) as client:
                client.page("demo")
        assert len(index.asked) == 1

    def test_offline_it_is_used_however_old(
        self, index: Any, make_context: MakeContext
    ) -> None:
        index.add_page("demo", listed("1"))
        with IndexClient(make_context(index)) as client:
            client.page("demo")
        with IndexClient(make_context(index, offline=True, now=9e9)) as client:
            assert names(client) == [wheel_name("1")]
            with pytest.raises(OfflineError):
                client.page("other")
        assert len(index.asked) == 1

    def test_offline_local_files_are_enough(
        self, index: Any, make_context: MakeContext, tmp_path: Path
    ) -> None:
        (tmp_path / wheel_name("1")).write_bytes(b"")
        context = make_context(index, offline=True, find_links=(".",))
        with IndexClient(context) as client:
            assert names(client) == [wheel_name("1")]


class TestMetadataOfWheels:
    def test_of_a_small_wheel_take_one_request(
        self, index: Any, make_context: MakeContext, wheel: Build
    ) -> None:
        content = wheel("demo", "1.0", "Requires-Dist: other>=2")
        file = index.add_file(wheel_name("1.0"), content)
        with IndexClient(make_context(index)) as client:
            client.prefetch_metadata([file])
            metadata = client.core_metadata(file)
            assert metadata is client.core_metadata(file)
        assert metadata is not None
        assert metadata.texts("requires_dist") == ("other>=2",)
        assert [r.headers["range"] for r in index.requests] == [f"bytes=-{TAIL}"]

    @pytest.mark.parametrize(
        ("filler", "behind", "requests"),
        [
            pytest.param(TAIL, 0, 1, id="a large wheel with metadata at its end"),
            pytest.param(0, 2 * TAIL, 2, id="metadata far from the end"),
            pytest.param(3 * TAIL, 3 * TAIL, 2, id="metadata in the middle"),
        ],
    )
    def test_of_a_large_wheel_take_few(
        self,
        index: Any,
        make_context: MakeContext,
        wheel: Build,
        filler: int,
        behind: int,
        requests: int,
    ) -> None:
        content = wheel("demo", "1.0", filler=filler, behind=behind)
        file = index.add_file(wheel_name("1.0"), content)
        with IndexClient(make_context(index)) as client:
            assert client.core_metadata(file) is not None
        assert len(index.requests) == requests
        loaded = sum(
            -int(first) if first.startswith("-") else int(last) - int(first) + 1
            for request in index.requests
            for first, last in [_span(request.headers["range"])]
        )
        assert loaded <= TAIL + 1000

    @pytest.mark.parametrize(
        ("behind", "requests"),
        [
            pytest.param(2 * TAIL, (2, 1), id="as much as the last one took"),
            pytest.param(LONGEST_TAIL, (2, 2), id="never very much"),
        ],
    )
    def test_of_the_next_wheel_are_where_those_of_the_last_one_were(
        self,
        index: Any,
        make_context: MakeContext,
        wheel: Build,
        behind: int,
        requests: tuple[int, int],
    ) -> None:
        made = []
        with IndexClient(make_context(index)) as client:
            for version in ("1.0", "1.1"):
                content = wheel("demo", version, filler=TAIL, behind=behind)
                file = index.add_file(wheel_name(version), content)
                before = len(index.requests)
                assert client.core_metadata(file) is not None
                made.append(len(index.requests) - before)
        assert tuple(made) == requests

    def test_are_kept_for_the_next_time(
        self, index: Any, make_context: MakeContext, wheel: Build
    ) -> None:
        file = index.add_file(wheel_name("1.0"), wheel("demo", "1.0"))
        for _ in range(2):
            with IndexClient(make_context(index)) as client:
                assert client.core_metadata(file) is not None
        assert len(index.requests) == 1

    def test_are_taken_from_json_where_there_is_nothing_else(
        self, index: Any, make_context: MakeContext
    ) -> None:
        text = (
            b'{"metadata_version": "2.1", "name": "demo", "version": "1.0",'
            b' "requires_dist": ["other>=2"]}'
        )
        file = index.add_file(
            wheel_name("1.0"), b"never read", metadata_json=(Hash.of(text),)
        )
        index.add(f"{file.url}.metadata.json", text)
        for _ in range(2):
            with IndexClient(make_context(index)) as client:
                metadata = client.core_metadata(file)
                assert metadata is not None
                assert metadata.texts("requires_dist") == ("other>=2",)
        assert index.asked == [f"{file.url}.metadata.json"]
        forged = replace(file, metadata_json=(Hash.of(b"else"),))
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(HashMismatchError),
        ):
            client.core_metadata(forged)

    def test_are_taken_from_the_sibling_that_the_page_tells_of(
        self, index: Any, make_context: MakeContext
    ) -> None:
        text = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n"
        file = index.add_file(
            wheel_name("1.0"), b"never read", core_metadata=(Hash.of(text),)
        )
        index.add(f"{file.url}.metadata", text)
        with IndexClient(make_context(index)) as client:
            assert client.core_metadata(file) is not None
        assert index.asked == [f"{file.url}.metadata"]

    def test_a_sibling_that_is_not_the_promised_one_is_refused(
        self, index: Any, make_context: MakeContext
    ) -> None:
        file = index.add_file(
            wheel_name("1.0"), b"", core_metadata=(Hash.of(b"promised"),)
        )
        index.add(f"{file.url}.metadata", b"delivered")
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(HashMismatchError, match="metadata from"),
        ):
            client.core_metadata(file)

    def test_a_sibling_that_is_not_there_is_done_without(
        self, index: Any, make_context: MakeContext, wheel: Build
    ) -> None:
        file = index.add_file(
            wheel_name("1.0"), wheel("demo", "1.0"), core_metadata=True
        )
        with IndexClient(make_context(index)) as client:
            assert client.core_metadata(file) is not None

    def test_without_ranges_the_whole_file_goes_to_the_store(
        self, index: Any, make_context: MakeContext, wheel: Build
    ) -> None:
        files = [
            index.add_file(wheel_name(v), wheel("demo", v), ranges=False)
            for v in ("1.0", "2.0")
        ]
        with IndexClient(make_context(index)) as client:
            for file in files:
                assert client.core_metadata(file) is not None
        asked = [request.headers.get("range") for request in index.requests]
        assert asked == [f"bytes=-{TAIL}", None, None]

    @pytest.mark.parametrize(
        "span", ["", "bytes 0-9/*", "bytes 5-9/10", "bytes 0-99999999/5", "nonsense"]
    )
    def test_a_range_that_cannot_be_believed_is_not(
        self, index: Any, make_context: MakeContext, wheel: Build, span: str
    ) -> None:
        content = wheel("demo", "1.0")
        file = index.add_file(wheel_name("1.0"), content)
        lying = LyingIndex(index, {1: span})
        with IndexClient(make_context(lying)) as client:
            assert client.core_metadata(file) is not None

    @pytest.mark.parametrize(
        "spans",
        [
            pytest.param({2: "bytes 0-9/10"}, id="the file has changed"),
            pytest.param({2: ""}, id="no range any more"),
        ],
    )
    def test_a_later_range_that_cannot_be_believed_is_not(
        self,
        index: Any,
        make_context: MakeContext,
        wheel: Build,
        spans: dict[int, str],
    ) -> None:
        content = wheel("demo", "1.0", behind=2 * TAIL)
        file = index.add_file(wheel_name("1.0"), content)
        with IndexClient(make_context(LyingIndex(index, spans))) as client:
            assert client.core_metadata(file) is not None
        assert len(index.requests) == 3

    def test_a_size_that_is_not_the_promised_one_is_found_out(
        self, index: Any, make_context: MakeContext, wheel: Build
    ) -> None:
        file = index.add_file(wheel_name("1.0"), wheel("demo", "1.0"), size=5)
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(IntegrityError),
        ):
            client.core_metadata(file)

    @pytest.mark.parametrize(
        ("offset", "size"),
        [
            pytest.param(0xFFFFFFF0, 10, id="behind the end"),
            pytest.param(0, 0x7FFFFFFF, id="a directory of two GiB"),
            pytest.param(0, None, id="a directory of the whole file"),
        ],
    )
    def test_a_directory_that_points_astray(
        self,
        index: Any,
        make_context: MakeContext,
        offset: int,
        size: int | None,
    ) -> None:
        noise = b"x" * (3 * TAIL)
        real = len(noise) if size is None else size
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, real, offset, 0)
        file = index.add_file(wheel_name("1.0"), noise + end)
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(ZipStructureError),
        ):
            client.core_metadata(file)

    def test_of_local_wheels_are_read_in_place(
        self, index: Any, make_context: MakeContext, wheel: Build, tmp_path: Path
    ) -> None:
        path = tmp_path / wheel_name("1.0")
        path.write_bytes(wheel("demo", "1.0", filler=TAIL, behind=TAIL))
        file = File(path.name, path.as_uri())
        with IndexClient(make_context(index)) as client:
            assert client.core_metadata(file) is not None
            with pytest.raises(BadStatusError):
                client.core_metadata(replace(file, url=file.url + "x"))
        assert index.requests == []

    @pytest.mark.parametrize(
        "metadata",
        [
            "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n\n",
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.0.1\n\n",
        ],
    )
    def test_of_another_project_or_version_are_refused(
        self, index: Any, make_context: MakeContext, wheel: Build, metadata: str
    ) -> None:
        content = wheel("demo", "1.0", metadata=metadata)
        file = index.add_file(wheel_name("1.0"), content)
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(MetadataMismatchError) as caught,
        ):
            client.core_metadata(file)
        assert caught.value.exit_code == 5

    def test_in_the_folder_of_another_project_are_refused(
        self, index: Any, make_context: MakeContext, wheel: Build
    ) -> None:
        content = wheel("demo", "1.0", folder="other-1.0.dist-info")
        file = index.add_file(wheel_name("1.0"), content)
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(WheelLayoutError),
        ):
            client.core_metadata(file)

    @pytest.mark.parametrize("position", [-1, -10, -30, -60, 40, 300])
    @pytest.mark.parametrize("ranges", [True, False])
    def test_of_a_damaged_wheel_are_an_error_or_the_true_ones(
        self,
        index: Any,
        make_context: MakeContext,
        wheel: Build,
        position: int,
        *,
        ranges: bool,
    ) -> None:
        content = bytearray(wheel("demo", "1.0"))
        content[position] ^= 0x10
        name = wheel_name("1.0")
        file = index.add_file(name, bytes(content), hashed=False, ranges=ranges)
        with IndexClient(make_context(index)) as client:
            try:
                metadata = client.core_metadata(file)
            except IntegrityError:
                return
        assert metadata is not None
        assert str(metadata.version) == "1.0"

    @pytest.mark.parametrize(
        "content", [b"", b"no zip at all" * 20, b"PK\x05\x06" + b"\0" * 18, b"x" * 9]
    )
    def test_of_what_is_no_wheel(
        self, index: Any, make_context: MakeContext, content: bytes
    ) -> None:
        file = index.add_file(wheel_name("1.0"), content)
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises((ZipStructureError, WheelLayoutError)),
        ):
            client.core_metadata(file)

    @pytest.mark.parametrize(
        ("status", "error"), [(404, BadStatusError), (403, CredentialsNeededError)]
    )
    def test_of_a_file_that_the_server_does_not_give(
        self,
        index: Any,
        make_context: MakeContext,
        status: int,
        error: type[PysetupError],
    ) -> None:
        file = index.add_file(wheel_name("1.0"), b"", status=status)
        with IndexClient(make_context(index)) as client, pytest.raises(error):
            client.core_metadata(file)


class TestMetadataOfSdists:
    def test_that_are_static_hold(
        self, index: Any, make_context: MakeContext, sdist: Build
    ) -> None:
        pkg_info = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nDynamic: Summary\n"
        content = sdist("demo", "1.0", pkg_info + "Requires-Dist: x\n\n")
        file = index.add_file("demo-1.0.tar.gz", content)
        for _ in range(2):
            with IndexClient(make_context(index)) as client:
                metadata = client.core_metadata(file)
                assert metadata is not None
                assert metadata.texts("requires_dist") == ("x",)
        assert len(index.requests) == 1

    @pytest.mark.parametrize(
        "pkg_info",
        [
            pytest.param(
                "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n", id="too old"
            ),
            pytest.param(
                "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n"
                "Dynamic: Requires-Dist\n\n",
                id="dynamic",
            ),
            pytest.param(None, id="absent"),
        ],
    )
    def test_that_are_not_must_be_built(
        self,
        index: Any,
        make_context: MakeContext,
        sdist: Build,
        pkg_info: str | None,
    ) -> None:
        file = index.add_file("demo-1.0.tar.gz", sdist("demo", "1.0", pkg_info))
        for _ in range(2):
            with IndexClient(make_context(index)) as client:
                assert client.core_metadata(file) is None
        assert len(index.requests) in (1, 2)

    def test_of_another_project_are_refused(
        self, index: Any, make_context: MakeContext, sdist: Build
    ) -> None:
        pkg_info = "Metadata-Version: 2.2\nName: other\nVersion: 1.0\n\n"
        file = index.add_file("demo-1.0.tar.gz", sdist("demo", "1.0", pkg_info))
        with (
            IndexClient(make_context(index)) as client,
            pytest.raises(MetadataMismatchError),
        ):
            client.core_metadata(file)


class TestOverRealHttp:
    @pytest.fixture
    def transport(self) -> HttpTransport:
        return HttpTransport(HttpSettings(timeout=5, retries=1), sleep=lambda _: None)

    def test_pages_in_html_and_gzip_and_ranges(
        self,
        index: Any,
        make_context: MakeContext,
        wheel: Build,
        transport: HttpTransport,
        serve_index: Callable[[Any], str],
    ) -> None:
        name = wheel_name("1.0")
        content = wheel("demo", "1.0", filler=2 * TAIL)
        digest = Hash.of(content)
        page = f'<a href="../../files/{name}#sha256={digest.hexdigest}">{name}</a>'
        index.add(
            "/simple/demo/",
            gzip.compress(page.encode()),
            kind="text/html",
            headers={"content-encoding": "gzip"},
        )
        index.add(f"/files/{name}", content)
        url = serve_index(index)
        context = make_context(transport, index_url=f"{url}/simple")
        with IndexClient(context) as client:
            found = client.page("demo")
            assert found is not None
            (file,) = found.files
            assert file.hashes == (digest,)
            assert file.url == f"{url}/files/{name}"
            assert client.core_metadata(file) is not None
            assert client.page("absent") is None
        assert index.requests[1].headers["range"] == f"bytes=-{TAIL}"


@pytest.mark.network
def test_the_configured_index_has_a_page(make_context: MakeContext) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    named = os.environ.get("PIP_INDEX_URL") or found.stdout.strip()
    settings = {"index_url": named} if named else {}
    transport = HttpTransport(
        HttpSettings(
            timeout=10,
            retries=1,
            environ=os.environ,
            cert=os.environ.get("PIP_CERT"),
        )
    )
    context = make_context(transport, now=datetime.now(UTC).timestamp())
    context = replace(context, settings=_settings(context, settings))
    with IndexClient(context) as client:
        try:
            page = client.page("packaging")
        except NetworkError as error:
            if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
                raise
            pytest.skip(f"no index here: {error}")
        assert page is not None
        newest = [file for file in page.files if file.is_wheel][-1]
        assert client.core_metadata(newest) is not None


def _settings(context: Context, values: dict[str, str]) -> Any:
    default = type(context.settings)(cache_dir=context.settings.cache_dir)
    return replace(default, **values)  # type: ignore[arg-type]


def _span(text: str) -> tuple[str, str]:
    first, _, last = text.removeprefix("bytes=").rpartition("-")
    return (first, last) if first else (f"-{last}", "")


class LyingIndex:
    """Gives the answers to some requests the look of parts that they are not."""

    def __init__(self, index: Any, spans: dict[int, str]) -> None:
        self.index = index
        self.spans = spans

    def send(self, request: Any) -> Any:
        reply = self.index.send(request)
        span = self.spans.get(len(self.index.requests))
        if span is not None:
            reply.status = 206
            reply.headers = {"content-range": span}
        return reply
