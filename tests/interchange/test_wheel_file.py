import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from pysetup.errors import IntegrityError, PysetupError
from pysetup.interchange.wheel_file import open_wheel, unpack_wheel
from pysetup.interchange.zip_reader import ZipLimitError, ZipLimits
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.projections import MetadataDisagreementError, projections

MakeWheel = Callable[..., Path]

DOCUMENT = Metadata.from_dict(
    {
        "document_version": "1.0",
        "metadata_version": "2.1",
        "name": "demo",
        "version": "1.0",
        "summary": "A demonstration",
        "extensions": {
            "acme": {"level": 3},
            "python.commands": {"wrap_console": {"demo": "demo:main"}},
        },
    }
)


class Change(Protocol):
    """Rewrites the members of a wheel; RECORD is left as it was."""

    def __call__(self, members: dict[str, bytes]) -> None: ...


def rewrite(path: Path, change: Change) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_wheel_says_what_it_holds(make_wheel: MakeWheel) -> None:
    path = make_wheel(
        files={
            "demo/__init__.py": "x = 1\n",
            "demo-1.0.data/scripts/tool": "#!python\n",
        },
        metadata="Requires-Dist: other>=2\n",
        entry_points="[console_scripts]\ndemo = demo:main\n",
        executable=("demo-1.0.data/scripts/tool",),
    )
    with open_wheel(path) as wheel:
        assert wheel.filename.name == "demo"
        assert (wheel.dist_info, wheel.data_dir) == (
            "demo-1.0.dist-info",
            "demo-1.0.data",
        )
        assert wheel.info.root_is_purelib
        assert wheel.metadata.texts("requires_dist") == ("other>=2",)
        assert [entry.reference for entry in wheel.metadata.entry_points] == [
            "demo:main"
        ]
        found = {member.path: member for member in wheel.members}
        assert found["demo/__init__.py"].size == 6
        assert found["demo-1.0.data/scripts/tool"].executable
        assert not found["demo/__init__.py"].executable
        assert found["demo-1.0.dist-info/RECORD"].hash is None
        assert wheel.read("demo/__init__.py") == b"x = 1\n"
        assert wheel.warnings == ()
        assert len(wheel.record) == len(wheel.members)
        wheel.verify()


def test_a_bad_entry_point_that_is_no_script_does_not_spoil_a_wheel(
    make_wheel: MakeWheel,
) -> None:
    text = "[console_scripts]\ndemo = demo:main\n\n[pylama.linter]\nd = d=d.p:L\n"
    with open_wheel(make_wheel(entry_points=text)) as wheel:
        metadata = wheel.metadata
    assert [entry.reference for entry in metadata.entry_points] == ["demo:main"]
    assert projections(metadata)["entry_points.txt"].decode() == text
    # With a document, too: the two are compared.
    with open_wheel(make_wheel(info=projections(metadata))) as wheel:
        assert wheel.metadata == metadata
    changed = {**projections(metadata), "entry_points.txt": text[:-2].encode()}
    with pytest.raises(MetadataDisagreementError, match="do not agree"):
        open_wheel(make_wheel(info=changed))


def test_the_document_is_the_master_when_it_is_there(make_wheel: MakeWheel) -> None:
    files = projections(DOCUMENT)
    path = make_wheel(info=files)
    with open_wheel(path) as wheel:
        assert wheel.metadata == DOCUMENT
        assert wheel.read(f"{wheel.dist_info}/{DOCUMENT_NAME}") == DOCUMENT.to_json()


@pytest.mark.parametrize(
    "content",
    [
        DOCUMENT.replaced(summary="Another").to_json(),
        DOCUMENT.replaced(requires_dist=["evil"]).to_json(),
        DOCUMENT.replaced(extensions=None).to_json(),
        DOCUMENT.replaced(version="2.0").to_json(),
        b"{not json",
        b"[]",
    ],
    ids=[
        "another summary",
        "more requirements",
        "no entry points",
        "another version",
        "broken",
        "no object",
    ],
)
def test_a_document_that_contradicts_is_refused(
    content: bytes, make_wheel: MakeWheel
) -> None:
    path = make_wheel(info={**projections(DOCUMENT), DOCUMENT_NAME: content})
    with pytest.raises(PysetupError):
        open_wheel(path)


def _edit(name: str, old: bytes, new: bytes) -> Change:
    def change(members: dict[str, bytes]) -> None:
        assert old in members[name]
        members[name] = members[name].replace(old, new)

    return change


def _add(name: str, content: bytes = b"evil\n") -> Change:
    def change(members: dict[str, bytes]) -> None:
        members[name] = content

    return change


def _drop(name: str) -> Change:
    def change(members: dict[str, bytes]) -> None:
        del members[name]

    return change


INFO = "demo-1.0.dist-info"
CODE = "demo/__init__.py"
DAMAGED = {
    "a file that is not the listed one": _edit(CODE, b"value", b"eval "),
    "a file of another size": _edit(CODE, b"value = 1", b"value = 10"),
    "a file that is not listed": _add("demo/evil.py"),
    "a file in .dist-info that is not listed": _add(f"{INFO}/evil"),
    "a start-up file that is not listed": _add("evil.pth"),
    "a listed file that is missing": _drop(CODE),
    "another METADATA": _edit(f"{INFO}/METADATA", b"Version: 1.0", b"Version: 9.0"),
    "another WHEEL": _edit(f"{INFO}/WHEEL", b"true", b"false"),
    "no RECORD": _drop(f"{INFO}/RECORD"),
    "no METADATA": _drop(f"{INFO}/METADATA"),
    "no WHEEL": _drop(f"{INFO}/WHEEL"),
    "a RECORD that is not UTF-8": _add(f"{INFO}/RECORD", b"\xff\xfe,,\n"),
    "an empty RECORD": _add(f"{INFO}/RECORD", b""),
    "a second .dist-info": _add("other-1.0.dist-info/METADATA"),
    "a .data folder of another name": _add("other-1.0.data/scripts/x"),
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_a_wheel_that_contradicts_its_record_is_refused(
    change: Change, make_wheel: MakeWheel, tmp_path: Path
) -> None:
    path = rewrite(make_wheel(), change)
    into = tmp_path / "into"
    with pytest.raises(IntegrityError):
        unpack_wheel(path, into)
    assert not into.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["wheels"]


BAD_RECORDS: dict[str, Callable[[str], str]] = {
    "md5": lambda text: text.replace("sha256=", "md5="),
    "sha1": lambda text: text.replace("sha256=", "sha1="),
    "an unknown algorithm": lambda text: text.replace("sha256=", "crc=="),
    "no digests": lambda text: "".join(
        line.split(",")[0] + ",,\n" for line in text.splitlines()
    ),
    "a digest that is too short": lambda text: text.replace("sha256=", "sha256=A", 1),
    "a line twice": lambda text: text.splitlines()[0] + "\n" + text,
    "a line with two fields": lambda text: text + "x,\n",
    "a line with an empty path": lambda text: text + ",,\n",
    "a size that is no number": lambda text: text.replace(",10\n", ",ten\n", 1),
    "a quote that is never closed": lambda text: text + '"x,,\n',
    "a file that leads outside": lambda text: text + "../../etc/passwd,,\n",
}


@pytest.mark.parametrize("record", BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_a_record_that_proves_nothing_is_refused(
    record: Callable[[str], str], make_wheel: MakeWheel
) -> None:
    path = make_wheel(record=record)
    with pytest.raises(PysetupError):
        open_wheel(path)


GOOD_RECORDS: dict[str, Callable[[str], str]] = {
    "without sizes": lambda text: "".join(
        ",".join(line.split(",")[:2]) + ",\n" for line in text.splitlines()
    ),
    "without itself": lambda text: "".join(
        line + "\n" for line in text.splitlines() if "RECORD" not in line
    ),
    "with CRLF": lambda text: text.replace("\n", "\r\n"),
    "with blank lines": lambda text: text.replace("\n", "\n\n"),
    "with a signature that is not there": lambda text: text + f"{INFO}/RECORD.jws,,\n",
}


@pytest.mark.parametrize("record", GOOD_RECORDS.values(), ids=GOOD_RECORDS)
def test_an_unusual_record_is_read(
    record: Callable[[str], str], make_wheel: MakeWheel
) -> None:
    with open_wheel(make_wheel(record=record)) as wheel:
        wheel.verify()


@pytest.mark.parametrize("name", ["RECORD.jws", "RECORD.p7s"])
def test_a_signature_of_record_need_not_be_listed(
    name: str, make_wheel: MakeWheel
) -> None:
    path = rewrite(make_wheel(), _add(f"{INFO}/{name}", b"signature"))
    with open_wheel(path) as wheel:
        wheel.verify()


@pytest.mark.parametrize(
    "name",
    [
        "Demo-1.0-py3-none-any.whl",
        "demo-1.0.0-py3-none-any.whl",
        "demo-1.0-1-py3-none-any.whl",
    ],
)
def test_another_spelling_of_the_name_is_the_same(
    name: str, make_wheel: MakeWheel
) -> None:
    path = make_wheel()
    with open_wheel(path.rename(path.with_name(name))) as wheel:
        assert wheel.metadata.name == "demo"


@pytest.mark.parametrize(
    "name",
    [
        "other-1.0-py3-none-any.whl",
        "demo-2.0-py3-none-any.whl",
        "demo-1.0.whl",
        "demo.zip",
    ],
)
def test_the_name_of_the_file_is_a_promise(name: str, make_wheel: MakeWheel) -> None:
    path = make_wheel()
    with pytest.raises(PysetupError):
        open_wheel(path.rename(path.with_name(name)))


def test_metadata_of_another_project_is_refused(make_wheel: MakeWheel) -> None:
    other = "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"
    with pytest.raises(IntegrityError, match=r"other 1\.0"):
        open_wheel(make_wheel(info={"METADATA": other}))


def test_a_newer_minor_version_is_told_a_newer_major_is_refused(
    make_wheel: MakeWheel,
) -> None:
    with open_wheel(make_wheel(wheel_version="1.9")) as wheel:
        assert wheel.warnings
    with pytest.raises(PysetupError, match=r"2\.0"):
        open_wheel(make_wheel(wheel_version="2.0"))


def test_wheel_json_must_agree_with_wheel(make_wheel: MakeWheel) -> None:
    with open_wheel(make_wheel(wheel_version="1.1")) as wheel:
        agreeing = wheel.info.to_json()
    path = make_wheel(wheel_version="1.1", info={"WHEEL.json": agreeing})
    with open_wheel(path) as wheel:
        assert wheel.info.wheel_version == "1.1"
    contradicting = agreeing.replace(b"true", b"false")
    assert contradicting != agreeing
    with pytest.raises(IntegrityError, match=r"WHEEL\.json"):
        open_wheel(make_wheel(wheel_version="1.1", info={"WHEEL.json": contradicting}))


def test_limits_reach_the_archive(make_wheel: MakeWheel) -> None:
    with pytest.raises(ZipLimitError):
        open_wheel(make_wheel(), limits=ZipLimits(total=10))


def test_unpacking_gives_every_file_and_its_mode(
    make_wheel: MakeWheel, tmp_path: Path
) -> None:
    path = make_wheel(
        files={"demo/__init__.py": "x = 1\n", "demo/bin/tool": "#!/bin/sh\n"},
        executable=("demo/bin/tool",),
    )
    into = tmp_path / "deep" / "into"
    unpack_wheel(path, into)
    with zipfile.ZipFile(path) as archive:
        expected = {name: archive.read(name) for name in archive.namelist()}
    found = {
        os.path.relpath(os.path.join(folder, name), into): Path(
            folder, name
        ).read_bytes()
        for folder, _, names in os.walk(into)
        for name in names
    }
    assert found == expected
    assert os.access(into / "demo/bin/tool", os.X_OK)
    assert not os.access(into / "demo/__init__.py", os.X_OK)
    assert [entry.name for entry in into.parent.iterdir()] == ["into"]


def test_unpacking_into_an_empty_folder_that_stands(
    make_wheel: MakeWheel, tmp_path: Path
) -> None:
    (tmp_path / "into").mkdir()
    unpack_wheel(make_wheel(), tmp_path / "into")
    assert (tmp_path / "into/demo/__init__.py").exists()
