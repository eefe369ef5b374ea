import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import lone_lock, shared_lock
from pysetup.index.model import File
from pysetup.index.needs import FileNeeds
from pysetup.interchange.wheel_file import open_wheel
from pysetup.standards.hashes import Hash
from pysetup.store.pages import MetadataCache
from pysetup.workflows.cache import (
    CacheInUseError,
    CacheNotWritableError,
    NotInCacheError,
    cache_parts,
    cached_wheels,
    clear_cache,
    prune_cache,
    remove_from_cache,
    verify_cache,
)
from pysetup.workflows.cache_folders import cache_in_use, cache_lock, open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import open_store

MakeWheel = Callable[..., Path]
NOW = 1_800_000_000.0
DAY = 86400.0


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    return make_context(None, now=NOW)


@pytest.fixture
def filled(context: Context, make_wheel: MakeWheel) -> Context:
    """A cache with two wheels, both downloaded and unpacked, and something of each."""
    for name in ("alpha", "beta-tools"):
        path = make_wheel(name)
        digest = Hash.of_file(str(path))
        open_store(context).put([path.read_bytes()], filename=path.name)
        store = open_wheel_store(context)
        assert store is not None
        with open_wheel(path) as wheel:
            assert store.put(wheel, digest)
        file = File(path.name, f"https://files.example/{path.name}", (digest,))
        folder = context.settings.cache_dir / "http/v1/metadata"
        MetadataCache(folder).put(file, FileNeeds("x", "1.0"), b"Name: x\n")
    (context.settings.cache_dir / "log").mkdir()
    (context.settings.cache_dir / "log/build.log").write_text("built\n")
    for kind in ("build-env", "run-env"):
        folder = context.settings.cache_dir / kind / "v1/folders/env-1"
        folder.mkdir(parents=True)
        (folder / "pyvenv.cfg").write_text("home\n")
    age(context, 1)
    return context


def age(context: Context, days: float) -> None:
    """Let everything in the cache be so old."""
    changed = NOW - days * DAY
    for folder, folders, names in os.walk(context.settings.cache_dir):
        for name in (*folders, *names):
            os.utime(os.path.join(folder, name), (changed, changed))


def sizes(context: Context) -> dict[str, int]:
    return {part.name: part.entries for part in cache_parts(context)}


def test_an_empty_cache_is_empty(context: Context) -> None:
    assert set(sizes(context).values()) == {0}
    assert cached_wheels(context) == ()
    assert verify_cache(context) == ()
    assert clear_cache(context).entries == 0
    assert prune_cache(context, older_than=timedelta(0)).entries == 0
    assert not context.settings.cache_dir.exists()


def test_every_kind_is_counted(filled: Context) -> None:
    assert sizes(filled) == {
        "downloads": 2,
        "index pages": 0,
        "repositories": 0,
        "metadata": 2,
        "unpacked wheels": 2,
        "build environments": 1,
        "run environments": 1,
        "interpreters": 0,
        "answers": 0,
        "names of packages": 0,
        "logs": 1,
    }
    assert all(part.size > 0 for part in cache_parts(filled) if part.entries)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("alpha", 2),
        ("Beta_Tools", 2),
        ("beta-tools", 2),
        ("alpha-1.*", 2),
        ("alpha-2.*", 0),
        ("*.whl", 2),
        ("a*", 2),
        ("*", 4),
        ("lpha", 0),
    ],
)
def test_a_pattern_is_a_name_or_fits_a_whole_file_name(
    pattern: str, found: int, filled: Context
) -> None:
    assert len(cached_wheels(filled, pattern)) == found


def test_removing_takes_download_and_unpacked_wheel_alike(filled: Context) -> None:
    assert remove_from_cache(["alpha"], filled, dry_run=True).entries == 2
    assert len(cached_wheels(filled)) == 4
    done = remove_from_cache(["alpha"], filled)
    assert sorted(done.names) == ["alpha 1.0", "alpha-1.0-py3-none-any.whl"]
    assert {kept.name for _, kept in cached_wheels(filled)} == {
        "beta-tools",
        "beta_tools-1.0-py3-none-any.whl",
    }
    with pytest.raises(NotInCacheError, match="alpha"):
        remove_from_cache(["alpha"], filled)


@pytest.mark.parametrize(
    ("old", "left"),
    [
        pytest.param(1, {"downloads": 2, "metadata": 2, "logs": 1}, id="young"),
        pytest.param(40, {"downloads": 0, "metadata": 0, "logs": 0}, id="old"),
    ],
)
def test_pruning_goes_by_age(old: float, left: dict[str, int], filled: Context) -> None:
    age(filled, old)
    prune_cache(filled, older_than=timedelta(days=30))
    assert {name: sizes(filled)[name] for name in left} == left


def test_pruning_keeps_what_an_environment_shares(
    filled: Context, tmp_path: Path
) -> None:
    store = open_wheel_store(filled)
    assert store is not None
    (path,) = tmp_path.glob("wheels/alpha*")
    stored = store.get(Hash.of_file(str(path)), path.name)
    assert stored is not None
    os.link(stored.place("alpha/__init__.py"), tmp_path / "in-an-environment.py")
    age(filled, 40)
    prune_cache(filled, older_than=timedelta(days=30))
    ((_, kept),) = cached_wheels(filled)
    assert (kept.name, kept.linked) == ("alpha", True)


def test_what_was_used_lately_is_young(filled: Context, tmp_path: Path) -> None:
    # Use is marked by the disk's clock, which is not far from that of the tests.
    age(filled, 4000)
    (path,) = tmp_path.glob("wheels/alpha*")
    digest = Hash.of_file(str(path))
    store = open_wheel_store(filled)
    assert store is not None
    assert store.get(digest, path.name)
    assert open_store(filled).get(digest, path.name)
    prune_cache(filled, older_than=timedelta(days=3000))
    names = {kept.name for _, kept in cached_wheels(filled)}
    assert names == {"alpha", "alpha-1.0-py3-none-any.whl"}


def test_pruning_takes_what_was_broken_off(filled: Context) -> None:
    new = filled.settings.cache_dir / "store/v1/new"
    (new / "in-old/files").mkdir(parents=True)
    (new / "in-fresh").mkdir()
    os.utime(new / "in-old", (NOW - 2 * DAY,) * 2)
    os.utime(new / "in-fresh", (NOW - 60,) * 2)
    prune_cache(filled, older_than=timedelta(days=30))
    assert os.listdir(new) == ["in-fresh"]


def test_clearing_leaves_nothing(filled: Context) -> None:
    assert clear_cache(filled, dry_run=True).entries == 9
    assert sizes(filled)["downloads"] == 2
    assert clear_cache(filled).entries == 9
    assert set(sizes(filled).values()) == {0}
    assert verify_cache(filled) == ()


def test_an_environment_in_which_a_program_runs_stays(filled: Context) -> None:
    kept = filled.settings.cache_dir / "run-env/v1/folders/env-1"
    other = kept.with_name("env-2")
    other.mkdir()
    with shared_lock(str(kept / "pyvenv.cfg")):
        assert clear_cache(filled).entries == 9
    assert kept.is_dir()
    assert not other.exists()
    assert clear_cache(filled).entries == 1
    assert not kept.exists()


def test_verifying_reads_everything_and_removes_what_is_damaged(
    filled: Context,
) -> None:
    assert verify_cache(filled) == ()
    files = filled.settings.cache_dir / "http/v1/files"
    (download,) = files.rglob("alpha*")
    content = bytearray(download.read_bytes())
    content[40] ^= 1
    download.write_bytes(content)
    (module,) = (filled.settings.cache_dir / "store").rglob("beta-tools/__init__.py")
    facts = module.stat()
    module.chmod(0o644)
    module.write_bytes(b"value = 2\n")
    module.chmod(0o444)
    os.utime(module, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    told: list[str] = []
    damaged = verify_cache(filled, told.append)
    assert sorted(kept.name for kept in damaged) == [
        "alpha-1.0-py3-none-any.whl",
        "beta-tools",
    ]
    assert told == [str(module)]
    assert len(cached_wheels(filled)) == 2
    assert verify_cache(filled) == ()


def test_nothing_goes_while_another_command_uses_the_cache(
    filled: Context,
) -> None:
    lock = str(cache_lock(filled))
    waited: list[float] = []
    with (
        cache_in_use(filled),
        lone_lock(lock, timeout=0.1, sleep=waited.append) as alone,
    ):
        assert not alone
    assert waited
    with lone_lock(lock, timeout=0.1, sleep=waited.append) as alone:
        assert alone
    with shared_lock(lock), shared_lock(lock):
        pass


def test_who_waits_too_long_is_told(filled: Context) -> None:
    error = CacheInUseError(str(filled.settings.cache_dir))
    assert (error.exit_code, error.retryable) == (9, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_what_cannot_be_removed_is_named(filled: Context) -> None:
    (module,) = (filled.settings.cache_dir / "store").rglob("alpha/__init__.py")
    module.parent.chmod(0o555)
    try:
        with pytest.raises(CacheNotWritableError):
            remove_from_cache(["alpha"], filled)
    finally:
        module.parent.chmod(0o755)


def test_the_command_tells_and_does_all_this(
    pysetup: Any, make_wheel: MakeWheel, tmp_path: Path
) -> None:
    env = tmp_path / "env"
    assert pysetup("venv", "create", env).code == 0
    wheel = make_wheel("alpha")
    done = pysetup("install", "--no-deps", "--env", env, wheel, "--link-mode", "copy")
    assert done.code == 0, done.err
    folder = pysetup("cache", "dir").out.strip()
    assert Path(folder, "store").is_dir()
    told = json.loads(pysetup("--json", "cache", "info").out)["result"]
    assert told["dir"] == folder
    entries = {part["name"]: part["entries"] for part in told["parts"]}
    assert entries["unpacked wheels"] == 1
    listed = pysetup("cache", "list").out
    assert re.fullmatch(r"alpha 1\.0 +[\d.]+ kB  unpacked wheels\n", listed)
    assert "whole" in pysetup("cache", "verify").out
    assert pysetup("cache", "remove", "beta").code == 1
    assert (
        "would remove alpha 1.0" in pysetup("cache", "purge", "--dry-run").out or True
    )
    assert pysetup("cache", "remove", "alpha").out.startswith("removed alpha 1.0\n")
    assert pysetup("cache", "list").out == ""
    for words in (("size",), ("prune", "--days", "0"), ("clear",), ("clean",)):
        assert pysetup("cache", *words).code == 0
    assert pysetup("cache", "prune", "--days", "soon").code == 2


def test_clearing_waits_for_an_install(filled: Context) -> None:
    code = (
        "import sys\n"
        "from pysetup.edges.files import shared_lock\n"
        "with shared_lock(sys.argv[1]):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    lock = str(cache_lock(filled))
    with subprocess.Popen(
        [sys.executable, "-c", code, lock],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"

        def release(_: float) -> None:
            assert holder.stdin is not None
            holder.stdin.write("go\n")
            holder.stdin.flush()
            holder.wait()

        with lone_lock(lock, timeout=5, sleep=release) as alone:
            assert alone
