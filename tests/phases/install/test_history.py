import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.edges.files import LocalFiles
from pysetup.phases.install.history import (
    MAX_ENTRIES,
    Archive,
    Change,
    DamagedHistoryError,
    Entry,
    History,
    State,
    reversals,
)
from pysetup.phases.install.history_kept import (
    find_kept,
    kept_in,
    kept_manifest,
    kept_numbers,
    kept_of,
    kept_slots,
    tidy_kept,
)

TEXT = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=8)
ARCHIVES = st.builds(Archive, TEXT, TEXT, TEXT)
STATES = st.builds(
    State,
    version=TEXT,
    installer=TEXT,
    requested=st.booleans(),
    archive=st.none() | ARCHIVES,
    direct_url=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
    provenance=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
    record=st.just("") | TEXT,
    kept=st.just("") | TEXT,
    left=st.lists(TEXT, max_size=2).map(tuple),
)
CHANGES = st.builds(Change, TEXT, st.none() | STATES, st.none() | STATES)


def entry(number: int, *changes: Change, undoes: tuple[int, ...] = ()) -> Entry:
    return Entry(
        number=number,
        time="2026-01-02T03:04:05+00:00",
        command=("pysetup", "install"),
        pysetup="1",
        changes=changes,
        undoes=undoes,
    )


def state(version: str, *, kept: str = "", record: str = "") -> State:
    return State(version=version, installer="pysetup", kept=kept, record=record)


@pytest.mark.law
@given(st.lists(st.lists(CHANGES, max_size=3), max_size=4))
def test_a_history_is_read_as_it_was_written(rows: list[list[Change]]) -> None:
    history = History(tuple(entry(n, *row) for n, row in enumerate(rows, 1)))
    assert History.parse(history.to_bytes(), source="h") == history


@pytest.mark.law
@given(st.lists(STATES | st.none(), min_size=2, max_size=6))
def test_going_back_leads_from_the_last_state_to_the_first(
    states: list[State | None],
) -> None:
    steps = pairwise(states)
    entries = [
        entry(n, Change("demo", old, new)) for n, (old, new) in enumerate(steps, 1)
    ]
    for one in reversals(entries):
        assert (one.left, one.wanted) == (states[-1], states[0])
    if states[0] == states[-1]:
        assert reversals(entries) == ()


def test_the_oldest_entries_drop_out() -> None:
    history = History()
    for number in range(1, MAX_ENTRIES + 6):
        history = history.with_entry(entry(number))
    assert len(history.entries) == MAX_ENTRIES
    assert (history.entries[0].number, history.entry(5)) == (6, None)


@pytest.mark.parametrize(
    ("undoes", "undone", "last"),
    [
        pytest.param([(), ()], {}, 2, id="nothing is undone"),
        pytest.param([(), (), (2,)], {2: 3}, 3, id="the undo itself stands"),
        pytest.param([(), (2,), (2,)], {2: 3}, 3, id="an undo may be undone"),
        pytest.param(
            [(), (1,), (2,), (3,)], {3: 4, 1: 2}, 4, id="and that one as well"
        ),
        pytest.param([(), (), (1, 2)], {1: 3, 2: 3}, 3, id="several at once"),
    ],
)
def test_what_is_undone(
    undoes: list[tuple[int, ...]], undone: dict[int, int], last: int
) -> None:
    history = History(tuple(entry(n, undoes=u) for n, u in enumerate(undoes, 1)))
    assert history.undone_by() == undone
    standing = history.last_standing()
    assert standing is not None
    assert standing.number == last


def test_an_empty_history_has_nothing_to_undo() -> None:
    assert History().last_standing() is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        pytest.param(state("1"), state("1"), True, id="the same version"),
        pytest.param(state("1"), state("2"), False, id="another version"),
        pytest.param(
            state("1", record="a"), state("1", record="b"), False, id="another RECORD"
        ),
        pytest.param(
            state("1", record="a"), state("1"), True, id="a RECORD that is unknown"
        ),
        pytest.param(
            state("1"), State(version="1", installer="pip"), False, id="another tool"
        ),
    ],
)
def test_whether_two_states_are_the_same(
    first: State, second: State, *, same: bool
) -> None:
    assert first.is_same(second) is same


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"format": 1, "ent', id="cut off"),
        pytest.param(b'{"format": 2, "entries": []}', id="of another format"),
        pytest.param(b'{"some": "thing"}', id="of another program"),
        pytest.param(b'{"format": 1}', id="without entries"),
        pytest.param(b'{"format": 1, "entries": 7}', id="with a number"),
        pytest.param(b'{"format": 1, "entries": [null]}', id="with null"),
        pytest.param(b'{"format": 1, "entries": [{"id": "x"}]}', id="with half of one"),
        pytest.param(
            json.dumps(
                {"format": 1, "entries": [entry(2).to_json(), entry(1).to_json()]}
            ).encode(),
            id="out of order",
        ),
    ],
)
def test_a_damaged_history_is_told(content: bytes) -> None:
    with pytest.raises(DamagedHistoryError) as caught:
        History.parse(content, source="/env/history.json")
    assert caught.value.path == "/env/history.json"
    assert caught.value.hints


class Keeping:
    """An environment with files, and a state folder that keeps some."""

    def __init__(self, folder: Path) -> None:
        self.prefix, self.root = folder / "env", folder / "env" / ".pysetup"

    def keep(self, number: int, name: str, files: dict[str, str]) -> str:
        paths = []
        for place, text in files.items():
            path = self.prefix / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o640)
            paths.append(str(path))
        prefix = str(self.prefix)
        info = str(self.prefix / "site" / f"{name}-1.dist-info")
        kept = kept_of(name, "1", info, paths, prefix=prefix)
        slots = kept_slots(str(self.root), number, [kept], prefix=prefix)
        for path in map(Path, paths):
            slot = Path(slots[str(path)])
            slot.parent.mkdir(parents=True, exist_ok=True)
            path.rename(slot)
        manifest = kept_manifest(str(self.root), number, [kept])
        assert manifest is not None
        Path(manifest[0]).write_bytes(manifest[1])
        return kept.fingerprint

    def tidy(self, limit: int, oldest: int = 0) -> list[int]:
        return tidy_kept(str(self.root), limit=limit, oldest=oldest, files=LocalFiles())


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path)


def test_what_is_kept_is_found_by_its_fingerprint(keeping: Keeping) -> None:
    files = {"site/demo/__init__.py": "x = 1\n", "site/demo-1.dist-info/RECORD": "r\n"}
    fingerprint = keeping.keep(3, "demo", files)
    found = find_kept(str(keeping.root), fingerprint)
    assert found is not None
    assert found.is_whole()
    plan = found.plan(prefix="/elsewhere")
    assert [file.path for file in plan.files] == [
        "/elsewhere/site/demo-1.dist-info/RECORD",
        "/elsewhere/site/demo/__init__.py",
    ]
    assert plan.info_dir == "/elsewhere/site/demo-1.dist-info"
    assert find_kept(str(keeping.root), "other") is None


@pytest.mark.parametrize(
    ("name", "text", "stands", "whole"),
    [
        pytest.param("a.py", "changed\n", True, False, id="of the same length"),
        pytest.param("a.py", "longer than before\n", False, False, id="longer"),
        pytest.param("a.py", None, False, False, id="missing"),
        pytest.param("__pycache__/a.pyc", "other", True, True, id="bytecode"),
        pytest.param("__pycache__/a.pyc", None, True, True, id="no bytecode"),
    ],
)
def test_kept_files_that_changed_are_noticed(
    keeping: Keeping, name: str, text: str | None, *, stands: bool, whole: bool
) -> None:
    keeping.keep(1, "demo", {"a.py": "x = 123\n", "__pycache__/a.pyc": "bytes"})
    (source,) = kept_in(str(keeping.root), 1)
    path = Path(source.folder, "inside", name)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert (source.stands(), source.is_whole()) == (stands, whole)


def test_the_oldest_is_dropped_when_too_much_is_kept(keeping: Keeping) -> None:
    for number in (1, 2, 3):
        keeping.keep(number, "demo", {f"{number}.py": "x" * 100})
    assert keeping.tidy(limit=1000) == []
    assert keeping.tidy(limit=250) == [1]
    assert kept_numbers(str(keeping.root)) == [2, 3]
    assert keeping.tidy(limit=250, oldest=3) == []
    assert kept_numbers(str(keeping.root)) == [3]


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param("", id="empty"),
        pytest.param('{"format": 1}', id="without rows"),
        pytest.param('{"distributions": [{"name": 1}]}', id="with half a row"),
        pytest.param('{"distributions": [{"files": [[1]]}]}', id="with half a file"),
    ],
)
def test_what_a_damaged_manifest_keeps_is_removed(
    keeping: Keeping, manifest: str
) -> None:
    keeping.keep(1, "demo", {"a.py": "x"})
    path = keeping.root / "kept" / "1" / "manifest.json"
    path.write_text(manifest)
    assert kept_in(str(keeping.root), 1) == []
    assert keeping.tidy(limit=1000) == []
    assert not (keeping.root / "kept").exists()


def test_an_entry_without_old_files_keeps_nothing(keeping: Keeping) -> None:
    nothing: list[Any] = []
    assert kept_manifest(str(keeping.root), 1, nothing) is None
    assert kept_numbers(str(keeping.root)) == []
