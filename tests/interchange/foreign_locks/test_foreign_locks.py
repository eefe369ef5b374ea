"""Locks of other tools, read: versions, digests, places, and when each is wanted."""

import json
from collections.abc import Callable

import pytest

from pysetup.errors import UsageError
from pysetup.interchange.foreign_locks.model import (
    Beside,
    ForeignLock,
    ForeignPackage,
)
from pysetup.interchange.foreign_locks.pdm_lock import read_pdm_lock
from pysetup.interchange.foreign_locks.pipfile_lock import read_pipfile_lock
from pysetup.interchange.foreign_locks.poetry_lock import read_poetry_lock
from pysetup.interchange.foreign_locks.requirements_lock import (
    PinnedLine,
    lock_of_lines,
)
from pysetup.interchange.foreign_locks.uv_lock import read_uv_lock
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedVcs,
)
from pysetup.standards.condition_text import marker_text
from pysetup.standards.hashes import Hash
from pysetup.standards.requirements import parse_requirement

DIGEST = "ab" * 32
OTHER = "cd" * 32


def marker(lock: ForeignLock, name: str, version: str = "") -> str:
    """Return when a package is wanted, as a marker."""
    package = found(lock, name, version)
    return marker_text(package.where, assuming=lock.world)


def found(lock: ForeignLock, name: str, version: str = "") -> ForeignPackage:
    (package,) = (
        one
        for one in lock.packages
        if one.name == name and version in ("", one.version)
    )
    return package


UV = f"""
version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "app"
version = "1.0"
source = {{ editable = "." }}
dependencies = [
    {{ name = "a", extra = ["x"], marker = "sys_platform == 'linux'" }},
    {{ name = "forked", version = "1.0", source = {{ registry = "https://i.example/simple" }} }},
    {{ name = "forked", version = "2.0", source = {{ registry = "https://i.example/simple" }} }},
]
[package.optional-dependencies]
web = [{{ name = "cloned" }}]
[package.dev-dependencies]
dev = [{{ name = "foldered" }}, {{ name = "linked" }}]

[[package]]
name = "a"
version = "1"
source = {{ registry = "https://i.example/simple" }}
dependencies = [{{ name = "b", marker = "python_full_version < '3.11'" }}]
sdist = {{ url = "https://f.example/a-1.tar.gz", hash = "sha256:{DIGEST}", size = 7 }}
wheels = [
    {{ url = "https://f.example/a-1-py3-none-any.whl", hash = "sha256:{OTHER}", size = 9, upload-time = "2024-01-02T03:04:05Z" }},
]
[package.optional-dependencies]
x = [{{ name = "c" }}]

[[package]]
name = "b"
version = "1"
source = {{ registry = "https://i.example/simple" }}
wheels = [{{ url = "https://f.example/b-1-py3-none-any.whl", hash = "sha256:{DIGEST}" }}]

[[package]]
name = "c"
version = "1"
source = {{ registry = "https://i.example/simple" }}
dependencies = [{{ name = "a" }}]
wheels = [{{ url = "https://f.example/c-1-py3-none-any.whl", hash = "sha256:{DIGEST}" }}]

[[package]]
name = "forked"
version = "1.0"
source = {{ registry = "https://i.example/simple" }}
resolution-markers = ["python_full_version < '3.12'"]
sdist = {{ url = "https://f.example/forked-1.0.tar.gz", hash = "sha256:{DIGEST}" }}

[[package]]
name = "forked"
version = "2.0"
source = {{ registry = "https://i.example/simple" }}
resolution-markers = ["python_full_version >= '3.12'"]
sdist = {{ url = "https://f.example/forked-2.0.tar.gz", hash = "sha256:{DIGEST}" }}

[[package]]
name = "cloned"
version = "0.1"
source = {{ git = "https://g.example/cloned?rev=main&subdirectory=part#c0ffee" }}

[[package]]
name = "foldered"
version = "0.1"
source = {{ directory = "../foldered" }}

[[package]]
name = "linked"
version = "0.1"
source = {{ url = "https://f.example/linked.zip" }}
sdist = {{ hash = "sha256:{DIGEST}" }}

[[package]]
name = "unused"
version = "1"
source = {{ registry = "https://i.example/simple" }}
sdist = {{ url = "https://f.example/unused-1.tar.gz", hash = "sha256:{DIGEST}" }}
"""  # noqa: E501 - a line an edge, as uv writes it


def test_uv_lock_tells_who_needs_what_and_where() -> None:
    lock = read_uv_lock(UV.encode(), source="uv.lock")
    assert lock.requires_python == ">=3.10"
    assert (lock.extras, lock.groups) == (("web",), ("dev",))
    default = "'default' in dependency_groups"
    assert marker(lock, "a") == f"{default} and sys_platform == 'linux'"
    assert marker(lock, "c") == f"{default} and sys_platform == 'linux'"
    assert marker(lock, "b") == (
        f"python_version < '3.11' and {default} and sys_platform == 'linux'"
    )
    assert marker(lock, "forked", "1.0") == f"python_version < '3.12' and {default}"
    assert marker(lock, "forked", "2.0") == f"python_version >= '3.12' and {default}"
    assert marker(lock, "cloned") == "'web' in extras"
    assert marker(lock, "foldered") == "'dev' in dependency_groups"
    assert [one.name for one in lock.packages if one.name == "app"] == []
    assert "unused is needed by nothing, and left out" in lock.losses


def test_uv_lock_tells_files_and_places() -> None:
    lock = read_uv_lock(UV.encode(), source="uv.lock")
    a = found(lock, "a")
    assert a.index == "https://i.example/simple"
    assert [(file.filename, file.size) for file in a.files] == [
        ("a-1.tar.gz", 7),
        ("a-1-py3-none-any.whl", 9),
    ]
    assert found(lock, "cloned").direct == LockedVcs(
        type="git",
        url="https://g.example/cloned",
        requested_revision="main",
        commit_id="c0ffee",
        subdirectory="part",
    )
    assert found(lock, "foldered").direct == LockedDirectory(path="../foldered")
    assert found(lock, "linked").direct == LockedArchive(
        url="https://f.example/linked.zip", hashes={"sha256": DIGEST}
    )


POETRY = f"""
[[package]]
name = "A.b"
version = "1.0"
description = ""
optional = false
python-versions = "^3.8"
groups = ["main", "dev"]
files = [{{file = "A.b-1.0.tar.gz", hash = "sha256:{DIGEST}"}}, {{file = "x", hash = "md5:00"}}]
[package.dependencies]
opt = {{version = "*", optional = true}}

[[package]]
name = "opt"
version = "1.0"
optional = true
python-versions = ">=3.8"
groups = ["main"]
markers = "extra == \\"web\\" and sys_platform == \\"linux\\""
files = [{{file = "opt.whl", hash = "sha256:{DIGEST}"}}]

[[package]]
name = "both"
version = "2.0"
optional = false
python-versions = "*"
groups = ["main", "dev"]
markers = {{main = "sys_platform == \\"win32\\"", dev = "sys_platform == \\"linux\\""}}
files = [{{file = "both.whl", hash = "sha256:{DIGEST}"}}]

[[package]]
name = "cloned"
version = "0.1"
optional = false
python-versions = "*"
groups = ["dev"]
files = []
develop = false
[package.source]
type = "git"
url = "git@g.example:x/cloned.git"
reference = "main"
resolved_reference = "c0ffee"

[extras]
web = ["opt"]

[metadata]
lock-version = "2.1"
python-versions = "^3.10"
content-hash = "0"
"""  # noqa: E501 - a line a list, as Poetry writes it


def test_poetry_lock_tells_groups_extras_markers_and_digests() -> None:
    lock = read_poetry_lock(POETRY.encode(), source="poetry.lock")
    assert lock.requires_python == ">=3.10,<4"
    assert (lock.extras, lock.groups) == (("web",), ("dev",))
    assert marker(lock, "a-b") == (
        "'default' in dependency_groups or 'dev' in dependency_groups"
    )
    assert found(lock, "a-b").hashes == (Hash("sha256", DIGEST),)
    assert found(lock, "a-b").dependencies == ("opt",)
    assert marker(lock, "opt") == "'web' in extras and sys_platform == 'linux'"
    assert marker(lock, "both") == (
        "'default' in dependency_groups and sys_platform == 'win32'"
        " or 'dev' in dependency_groups and sys_platform == 'linux'"
    )
    assert found(lock, "cloned").direct == LockedVcs(
        type="git",
        url="ssh://git@g.example/x/cloned.git",
        requested_revision="main",
        commit_id="c0ffee",
    )
    assert lock.losses == ("digests by md5, which prove nothing",)


def test_old_poetry_locks_have_categories_and_digests_at_their_end() -> None:
    old = f"""
[[package]]
name = "a"
version = "1.0"
category = "dev"
optional = false
python-versions = "*"
[metadata]
lock-version = "1.1"
python-versions = "*"
[metadata.files]
a = [{{file = "a.whl", hash = "sha256:{DIGEST}"}}]
"""
    lock = read_poetry_lock(old.encode(), source="poetry.lock")
    assert marker(lock, "a") == "'dev' in dependency_groups"
    assert found(lock, "a").hashes == (Hash("sha256", DIGEST),)


PDM = f"""
[metadata]
groups = ["default", "dev", "web"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "sha256:0"
[[metadata.targets]]
requires_python = ">=3.10"

[[package]]
name = "a"
version = "1.0"
requires_python = ">=3.8"
groups = ["default"]
marker = "sys_platform == \\"linux\\""
dependencies = ["b>=1"]
files = [{{file = "a.whl", hash = "sha256:{DIGEST}"}}]

[[package]]
name = "a"
version = "1.0"
extras = ["x"]
groups = ["web"]
dependencies = ["a==1.0", "b"]
files = [{{file = "a.whl", hash = "sha256:{DIGEST}"}}]

[[package]]
name = "b"
version = "1.0"
groups = ["dev"]
files = [{{url = "https://f.example/b-1.0-py3-none-any.whl", hash = "sha256:{DIGEST}"}}]

[[package]]
name = "c"
version = "1.0"
groups = ["default"]
path = "./c"
editable = true
"""


def test_pdm_lock_tells_groups_and_urls_if_it_has_them() -> None:
    beside = Beside(extras=frozenset({"web"}))
    lock = read_pdm_lock(PDM.encode(), source="pdm.lock", beside=beside)
    assert lock.requires_python == ">=3.10"
    assert (lock.extras, lock.groups) == (("web",), ("dev",))
    assert marker(lock, "a") == (
        "'default' in dependency_groups and sys_platform == 'linux' or 'web' in extras"
    )
    assert found(lock, "a").dependencies == ("b",)
    assert found(lock, "b").files[0].url.startswith("https://")
    assert found(lock, "b").hashes == ()
    assert found(lock, "c").direct == LockedDirectory(path="./c", editable=True)
    alone = read_pdm_lock(PDM.encode(), source="pdm.lock", beside=Beside())
    assert alone.groups == ("dev", "web")


PIPFILE = {
    "_meta": {
        "hash": {"sha256": "0"},
        "pipfile-spec": 6,
        "requires": {"python_version": "3.11"},
        "sources": [{"name": "own", "url": "https://i.example/simple"}],
    },
    "default": {
        "A_b": {
            "hashes": [f"sha256:{DIGEST}"],
            "index": "own",
            "markers": "python_version >= '3.7'",
            "version": "==1.0",
        },
        "cloned": {"git": "https://g.example/c", "ref": "c0ffee"},
    },
    "develop": {"a-b": {"hashes": [f"sha256:{DIGEST}"], "version": "==1.0"}},
}


def test_pipfile_lock_tells_categories_indexes_and_digests() -> None:
    content = json.dumps(PIPFILE).encode()
    lock = read_pipfile_lock(content, source="Pipfile.lock")
    assert (lock.requires_python, lock.groups) == ("==3.11.*", ("develop",))
    assert marker(lock, "a-b") == (
        "'default' in dependency_groups or 'develop' in dependency_groups"
    )
    assert found(lock, "a-b").index == "https://i.example/simple"
    assert found(lock, "cloned").direct == LockedVcs(
        type="git", url="https://g.example/c", commit_id="c0ffee"
    )


def line(text: str, *hashes: str) -> PinnedLine:
    return PinnedLine(
        place="r.txt:1",
        requirement=parse_requirement(text),
        hashes=tuple(Hash("sha256", one) for one in hashes),
    )


def test_a_requirements_file_of_pins_is_a_lock() -> None:
    lock = lock_of_lines(
        [
            line("a[x]==1.0 ; sys_platform == 'linux'", DIGEST, OTHER),
            line("b @ git+https://g.example/b@c0ffee#subdirectory=s"),
            line(f"c @ https://f.example/c.zip#sha256={DIGEST}"),
        ],
        source="r.txt",
        index="https://i.example/simple",
    )
    assert marker(lock, "a") == "sys_platform == 'linux'"
    assert len(found(lock, "a").hashes) == 2
    assert found(lock, "b").direct == LockedVcs(
        type="git", url="https://g.example/b", commit_id="c0ffee", subdirectory="s"
    )
    assert found(lock, "c").direct == LockedArchive(
        url="https://f.example/c.zip", hashes={"sha256": DIGEST}
    )


@pytest.mark.parametrize(
    "text",
    ["a", "a>=1", "a==1.*", "a==1,!=1.1", "b @ git+https://g.example/b"],
)
def test_what_is_not_pinned_is_no_lock(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        lock_of_lines([line(text)], source="r.txt", index="")
    assert caught.value.code == "PS2880"
    assert "r.txt:1" in caught.value.message


def read_pdm(content: bytes, *, source: str) -> ForeignLock:
    return read_pdm_lock(content, source=source, beside=Beside())


@pytest.mark.parametrize(
    ("read", "content"),
    [
        pytest.param(read_uv_lock, b"version = 9", id="a later uv.lock"),
        pytest.param(read_uv_lock, b"version = 1", id="uv.lock without a project"),
        pytest.param(
            read_uv_lock, UV.replace("a-1.tar.gz", "a").encode()[:300], id="half of it"
        ),
        pytest.param(
            read_poetry_lock,
            POETRY.replace('"2.1"', '"9"').encode(),
            id="a later poetry.lock",
        ),
        pytest.param(
            read_poetry_lock, b"package = 3\n[metadata]\n", id="packages of a number"
        ),
        pytest.param(read_pdm, b"[metadata]\n", id="pdm.lock without a version"),
        pytest.param(read_pipfile_lock, b"[]", id="Pipfile.lock that is a list"),
        pytest.param(read_pipfile_lock, b"{", id="Pipfile.lock that is no JSON"),
        pytest.param(read_pipfile_lock, b"{}", id="Pipfile.lock without its head"),
    ],
)
def test_what_the_tool_does_not_write_is_refused(
    read: Callable[..., ForeignLock], content: bytes
) -> None:
    with pytest.raises(UsageError) as caught:
        read(content, source="the.lock")
    assert "the.lock" in caught.value.message
