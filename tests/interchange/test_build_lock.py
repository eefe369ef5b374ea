"""Build locks as values and as a part of pylock.toml."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.interchange.build_lock import (
    BuildLock,
    InvalidBuildLockError,
    LockedFile,
    carry_build_lock,
    read_build_locks,
    with_build_lock,
)
from pysetup.standards.hashes import Hash

TARGET = "cpython-3.11-linux-x86_64"
TOOL = LockedFile(
    "tool", "1.0", "tool-1.0-py3-none-any.whl", Hash.of(b"tool"), 4, "https://x/t.whl"
)
LOCAL = LockedFile(
    "more", "2", "more-2.tar.gz", Hash.of(b"m"), 1, path="w/more-2.tar.gz"
)
LOCK = BuildLock.make(
    TARGET, ["tool>=1", "b"], {("b", "tool>=1"): (TOOL, LOCAL), ("b",): (LOCAL,)}
)


def test_a_lock_comes_back_as_it_was_written() -> None:
    content = with_build_lock(None, LOCK)
    assert read_build_locks(content) == {TARGET: LOCK}
    assert with_build_lock(content, LOCK) == content


def test_a_set_is_found_in_any_order() -> None:
    assert LOCK.files_for(["tool>=1", "b", "b"]) == (LOCAL, TOOL)
    assert LOCK.files_for(["tool>=2", "b"]) is None


def test_a_new_file_is_one_that_others_read() -> None:
    pylock = pytest.importorskip("packaging.pylock")
    values = tomllib.loads(with_build_lock(None, LOCK).decode())
    assert pylock.Pylock.from_dict(values).packages == []


EXISTING = """\
# Ours.
lock-version = "1.0"   # PEP 751
created-by = "another"

[[packages]]
name = "idna"  # by hand
version = "3.7"
[packages.archive]
url = "https://x/idna.tar.gz"
hashes = { sha256 = "00" }

[tool.other]
keep = true
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(EXISTING, id="a lock of another tool"),
        pytest.param(EXISTING.replace("\n", "\r\n"), id="with line ends of Windows"),
        pytest.param(EXISTING + '\n[tool.pysetup]\nx = "1"\n', id="with our table"),
        pytest.param(
            EXISTING.replace("[tool.other]", "[tool]\nother.x = 1\n[a]"),
            id="with dotted keys",
        ),
    ],
)
def test_the_rest_of_a_file_stays_as_it_is(text: str) -> None:
    content = with_build_lock(text.encode(), LOCK)
    assert content.decode().startswith(text.rstrip())
    assert read_build_locks(content) == {TARGET: LOCK}


def test_locks_stand_side_by_side_and_change_alone() -> None:
    other = BuildLock.make("cpython-3.12-linux-x86_64", ["b"], {("b",): (LOCAL,)})
    both = with_build_lock(with_build_lock(EXISTING.encode(), LOCK), other)
    newer = BuildLock.make(TARGET, ["b"], {("b",): (TOOL,)})
    changed = with_build_lock(both, newer)
    assert read_build_locks(changed) == {TARGET: newer, other.target: other}
    assert changed.decode().startswith(EXISTING.rstrip())
    before, after = both.decode().splitlines(), changed.decode().splitlines()
    assert (
        before[before.index('[tool.pysetup.build."cpython-3.12-linux-x86_64"]') :]
        == (after[after.index('[tool.pysetup.build."cpython-3.12-linux-x86_64"]') :])
    )


def table(body: str) -> bytes:
    return f'[tool.pysetup.build."{TARGET}"]\n{body}\n'.encode()


FILE = '{ name = "a", version = "1", filename = "a-1.whl", size = 1, %s }'
GOOD = f'hashes = {{ sha256 = "{"0" * 64}" }}'


LEADS_OUT = f'{GOOD}, path = "../x"'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"[tool.pysetup]\nbuild = 1", "must be a table", id="no table"),
        pytest.param(table("sets = []\nfiles = []"), "requires is missing", id="short"),
        pytest.param(
            table("requires = [1]\nsets = []\nfiles = []"),
            "array of strings",
            id="requirements that are numbers",
        ),
        pytest.param(
            table(f"requires = []\nsets = []\nfiles = [{FILE % 'url = 1'}]"),
            "hashes is missing",
            id="a file without digest",
        ),
        pytest.param(
            table(f"requires = []\nsets = []\nfiles = [{FILE % LEADS_OUT}]"),
            "no path inside",
            id="a path that leads out",
        ),
        pytest.param(
            table(
                'requires = []\nfiles = []\nsets = [{ requires = [], files = ["x"] }]'
            ),
            "not listed",
            id="a set with a file that is not there",
        ),
    ],
)
def test_what_is_wrong_with_a_lock_is_told(content: bytes, told: str) -> None:
    with pytest.raises(InvalidBuildLockError, match=told):
        read_build_locks(content)


def test_an_sdist_gets_the_lock_of_its_project(tmp_path: Path) -> None:
    root, sdist = tmp_path / "root", tmp_path / "sdist"
    root.mkdir()
    sdist.mkdir()
    carry_build_lock(root, sdist)
    (root / "pylock.toml").write_text(EXISTING)
    carry_build_lock(root, sdist)
    assert list(sdist.iterdir()) == []
    (root / "pylock.toml").write_bytes(with_build_lock(None, LOCK))
    carry_build_lock(root, sdist)
    assert (sdist / "pylock.toml").read_bytes() == with_build_lock(None, LOCK)


words = st.text("abcdefghij-.", min_size=1, max_size=8)
files = st.builds(
    lambda name, content: LockedFile(
        name, "1", f"{name}-1.whl", Hash.of(content), len(content)
    ),
    st.sampled_from(["a", "b", "c-d"]),
    st.binary(max_size=4),
)


@pytest.mark.law
@given(
    sets=st.dictionaries(
        st.lists(words, max_size=3, unique=True).map(lambda each: tuple(sorted(each))),
        st.lists(files, max_size=3, unique_by=lambda file: file.filename),
        max_size=3,
    )
)
def test_every_lock_comes_back(sets: dict[tuple[str, ...], list[LockedFile]]) -> None:
    lock = BuildLock.make(TARGET, ["x"], sets)
    content = with_build_lock(EXISTING.encode(), lock)
    assert read_build_locks(content)[TARGET] == lock
    assert with_build_lock(content, lock) == content
