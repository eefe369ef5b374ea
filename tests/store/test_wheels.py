import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pysetup.interchange.wheel_file import open_wheel
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.bytecode import Module, compile_here
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.standards.record import InvalidRecordError
from pysetup.store.stored_wheel import StoredWheel
from pysetup.store.wheels import WheelStore, damaged_files

Put = Callable[..., StoredWheel | None]
Get = Callable[[Path], StoredWheel | None]
Damage = Callable[[Path], object]

unless_root = pytest.mark.skipif(
    os.geteuid() == 0, reason="nothing is read-only for root"
)


@pytest.fixture
def stored(demo: Path, put: Put) -> StoredWheel:
    """The demo wheel, unpacked."""
    found = put(demo)
    assert found is not None
    return found


def facts(wheel: WheelSource) -> list[object]:
    return [
        wheel.filename,
        wheel.dist_info,
        wheel.data_dir,
        wheel.info,
        wheel.warnings,
        [member for member in wheel.members if member.hash is not None],
        [wheel.read(member.path) for member in wheel.members if member.hash],
        {k: v for k, v in wheel.metadata.to_dict().items() if k != "description"},
    ]


def test_a_stored_wheel_says_what_the_wheel_says(
    demo: Path, stored: StoredWheel, get: Get
) -> None:
    with open_wheel(demo) as wheel:
        assert facts(stored) == facts(wheel)
    again = get(demo)
    assert again is not None
    assert facts(again) == facts(stored)


def test_files_are_read_only_and_executable_where_the_wheel_says_so(
    stored: StoredWheel,
) -> None:
    for member in stored.members:
        mode = stat.S_IMODE(os.stat(stored.place(member.path)).st_mode)
        assert mode == (0o555 if member.executable else 0o444)
    script = "demo-1.0.data/scripts/run"
    found = stored.stored(script, executable=True)
    assert os.path.join(stored.folder, found) == stored.place(script)
    assert stored.stored(script, executable=False) == ""
    assert stored.stored("demo/__init__.py", executable=True) == ""


def test_modes_do_not_depend_on_the_umask(demo: Path, store: WheelStore) -> None:
    code = (
        "import os, sys; from pathlib import Path; os.umask(0o77)\n"
        "from pysetup.interchange.wheel_file import open_wheel\n"
        "from pysetup.store.wheels import WheelStore\n"
        "from pysetup.standards.hashes import Hash\n"
        "wheel = open_wheel(Path(sys.argv[1]))\n"
        "stored = WheelStore(Path(sys.argv[2])).put(wheel, wheel.digest())\n"
        "print(stored.place('demo/__init__.py'))"
    )
    root = Path(store.wheels).parent
    done = subprocess.run(
        [sys.executable, "-c", code, demo, root], capture_output=True, check=True
    )
    assert stat.S_IMODE(os.stat(done.stdout.decode().strip()).st_mode) == 0o444


def test_another_file_under_the_promised_digest_is_refused(
    demo: Path, store: WheelStore
) -> None:
    with open_wheel(demo) as wheel, pytest.raises(HashMismatchError):
        store.put(wheel, Hash.of(b"something else"))
    assert not os.path.exists(store.wheels)


def test_nothing_is_kept_of_a_wheel_that_contradicts_its_record(
    make_wheel: Callable[..., Path], put: Put, get: Get, store: WheelStore
) -> None:
    def forged(record: str) -> str:
        head, _, rest = record.partition("sha256=")
        return f"{head}sha256={'A' if rest[0] != 'A' else 'B'}{rest[1:]}"

    path = make_wheel(record=forged)
    with pytest.raises(InvalidRecordError):
        put(path)
    assert get(path) is None
    assert os.listdir(Path(store.wheels).parent / "new") == []


def test_the_same_bytes_under_another_name_are_not_handed_out(
    demo: Path, stored: StoredWheel, store: WheelStore
) -> None:
    hash_ = Hash.of_file(str(demo))
    assert stored.filename.filename == demo.name
    assert store.get(hash_, "demo-2.0-py3-none-any.whl") is None
    other_tag = store.get(hash_, "demo-1.0-cp311-none-any.whl")
    assert other_tag is not None
    assert "cp311" in {tag.interpreter for tag in other_tag.filename.tags}


FILE = "files/demo/__init__.py"


def rewrite(path: Path, content: bytes) -> None:
    """Write into the file itself, as an editor of root's may."""
    times = os.stat(path)
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(0o444)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))


def flip(folder: Path) -> None:
    rewrite(folder / FILE, b"value = 9\n")


def truncate(folder: Path) -> None:
    rewrite(folder / FILE, b"")


def grow(folder: Path) -> None:
    rewrite(folder / FILE, b"value = 1\n# more\n")


def replace(folder: Path) -> None:
    fresh = folder / "fresh"
    fresh.write_bytes(b"value = 7\n")
    fresh.replace(folder / FILE)


def replace_by_link(folder: Path) -> None:
    other = folder / "elsewhere.py"
    other.write_bytes(b"value = 1\n")
    (folder / FILE).unlink()
    (folder / FILE).symlink_to(other)


def replace_by_pipe(folder: Path) -> None:
    (folder / FILE).unlink()
    os.mkfifo(folder / FILE)


def replace_by_folder(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / FILE).mkdir()


def cut_manifest(folder: Path) -> None:
    path = folder / "manifest"
    path.write_bytes(path.read_bytes()[:-1])


def flip_manifest(folder: Path) -> None:
    path = folder / "manifest"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Damage] = {
    "a bit flipped": flip,
    "truncated": truncate,
    "grown": grow,
    "replaced": replace,
    "deleted": lambda folder: (folder / FILE).unlink(),
    "replaced by a link": replace_by_link,
    "replaced by a pipe": replace_by_pipe,
    "replaced by a folder": replace_by_folder,
    "manifest cut off": cut_manifest,
    "manifest flipped": flip_manifest,
    "manifest deleted": lambda folder: (folder / "manifest").unlink(),
    "a folder deleted": lambda folder: shutil.rmtree(folder / "files/demo"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_never_handed_out_and_heals(
    damage: Damage, demo: Path, stored: StoredWheel, get: Get, put: Put
) -> None:
    damage(Path(stored.folder))
    assert get(demo) is None
    assert not os.path.exists(stored.folder)
    fresh = put(demo)
    assert fresh is not None
    assert fresh.read("demo/__init__.py") == b"value = 1\n"
    assert get(demo) is not None


HARMLESS: dict[str, Damage] = {
    "touched": lambda folder: os.utime(folder / FILE),
    "made writable": lambda folder: (folder / FILE).chmod(0o644),
    "copied": lambda folder: shutil.copytree(
        folder, folder.with_name("copy"), copy_function=shutil.copy2
    ),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_damaged_is_read_and_put_right(
    change: Damage, demo: Path, stored: StoredWheel, get: Get
) -> None:
    folder = Path(stored.folder)
    before = os.stat(folder / FILE)
    change(folder)
    if (folder.with_name("copy")).exists():
        shutil.rmtree(folder)
        folder.with_name("copy").rename(folder)
    found = get(demo)
    assert found is not None
    after = os.stat(folder / FILE)
    # Bytecode is valid for this very time.
    assert after.st_mtime_ns == before.st_mtime_ns
    assert after.st_mode == before.st_mode
    manifest = (folder / "manifest").read_bytes()
    assert get(demo) is not None
    assert (folder / "manifest").read_bytes() == manifest


def test_every_single_bit_of_a_manifest_counts(stored: StoredWheel) -> None:
    path = Path(stored.folder, "manifest")
    whole = path.read_bytes()
    assert damaged_files(stored.folder, stored_key(stored)) == ()
    for position in range(0, len(whole), 37):
        content = bytearray(whole)
        content[position] ^= 1 << position % 8
        path.write_bytes(content)
        assert damaged_files(stored.folder, stored_key(stored)) is None


def stored_key(stored: StoredWheel) -> str:
    folder = Path(stored.folder)
    return folder.parent.name + folder.name


def test_verifying_reads_what_the_facts_of_a_file_do_not_show(
    stored: StoredWheel, demo: Path, get: Get
) -> None:
    path = Path(stored.folder, FILE)
    times = os.stat(path)
    rewrite(path, b"value = 8\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    # The price of speed: this alone goes unseen without reading.
    assert get(demo) is not None
    assert damaged_files(stored.folder, stored_key(stored)) == (str(path),)


def compiled(store: WheelStore, wheel: StoredWheel) -> StoredWheel | None:
    with store.bytecode_arrival() as arrival:
        assert arrival is not None
        modules = [
            Module(
                wheel.place(path),
                path,
                os.path.join(arrival, os.path.dirname(path), "__pycache__"),
            )
            for path in wheel.modules()
        ]
        compile_here(modules, stage=arrival, files=None)  # type: ignore[arg-type] # unused
        return store.keep_bytecode(wheel, "kind", arrival)


def test_bytecode_is_kept_beside_the_wheel(
    stored: StoredWheel, store: WheelStore
) -> None:
    assert stored.bytecode is None
    assert store.bytecode(stored, "kind") is None
    made = compiled(store, stored)
    assert made is not None
    assert made.bytecode is not None
    assert sorted(made.bytecode) == [
        "demo-1.0.data/purelib/pure.py",
        "demo/__init__.py",
        "demo/inner/deep.py",
    ]
    found = store.bytecode(stored, "kind")
    assert found is not None
    assert found.bytecode == made.bytecode
    assert store.bytecode(stored, "other kind") is None
    for path in made.bytecode.values():
        place = os.path.join(made.folder, path)
        assert stat.S_IMODE(os.stat(place).st_mode) == 0o444


@pytest.mark.parametrize("damage", ["flip", "delete", "manifest"])
def test_damaged_bytecode_is_thrown_away(
    damage: str, stored: StoredWheel, store: WheelStore
) -> None:
    made = compiled(store, stored)
    assert made is not None
    assert made.bytecode is not None
    path = Path(made.folder, made.bytecode["demo/__init__.py"])
    if damage == "flip":
        rewrite(path, path.read_bytes()[:-1] + b"x")
    elif damage == "delete":
        path.unlink()
    else:
        flip_manifest(path.parents[3])
    assert store.bytecode(stored, "kind") is None
    assert compiled(store, stored) is not None
    assert store.bytecode(stored, "kind") is not None


def test_a_module_does_not_take_the_bytecode_of_one_with_a_dot_in_its_name(
    make_wheel: Callable[..., Path], put: Put, store: WheelStore
) -> None:
    stored = put(make_wheel(files={"a.py": "x = \n", "a.b.py": "x = 1\n"}))
    assert stored is not None
    made = compiled(store, stored)
    assert made is not None
    assert made.bytecode is not None
    assert list(made.bytecode) == ["a.b.py"]


def test_threads_that_put_the_same_wheel_all_get_a_whole_one(
    demo: Path, put: Put, store: WheelStore
) -> None:
    together = threading.Barrier(6)

    def enter(_: int) -> StoredWheel | None:
        together.wait()
        return put(demo)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(enter, range(6)))
    assert all(one and one.read("demo/__init__.py") for one in found)
    assert len({one.folder for one in found if one}) == 1
    assert os.listdir(Path(store.wheels).parent / "new") == []


_PROCESS = """
import sys
from pathlib import Path
from pysetup.interchange.wheel_file import open_wheel
from pysetup.store.wheels import WheelStore
store = WheelStore(Path(sys.argv[2]))
sys.stdin.readline()
for _ in range(10):
    with open_wheel(Path(sys.argv[1])) as wheel:
        stored = store.put(wheel, wheel.digest())
    assert stored is None or stored.read("demo/inner/deep.py") == b"value = 2\\n"
    store.discard(stored.folder) if stored else None
"""


def test_processes_that_put_and_remove_never_see_half(
    demo: Path, store: WheelStore
) -> None:
    root = str(Path(store.wheels).parent)
    command = [sys.executable, "-c", _PROCESS, str(demo), root]
    started = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=60)
        # Removing may take a file away between two looks, but never leave half.
        assert "AssertionError" not in errors, errors


_KILLED = """
import os, signal, sys
from pathlib import Path
from pysetup.interchange.wheel_file import WheelFile
from pysetup.standards.hashes import Hash
from pysetup.store import wheels
at = int(sys.argv[3])
steps = 0
def count(event, arguments):
    global steps
    if event in ("open", "os.mkdir", "os.rename") and sys.argv[2] in str(arguments):
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
wheel = WheelFile(Path(sys.argv[1]))
hash_ = wheel.digest()
sys.addaudithook(count)
wheels.WheelStore(Path(sys.argv[2])).put(wheel, hash_)
print(steps)
"""


def test_a_kill_at_any_step_leaves_nothing_or_everything(
    make_wheel: Callable[..., Path], store: WheelStore, put: Put, get: Get
) -> None:
    path = make_wheel(files={"one.py": "1", "a/two.py": "2"})
    root = Path(store.wheels).parent
    seen: set[bool] = set()
    for step in range(1, 100):
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, path, root, str(step)],
            capture_output=True,
            check=False,
        )
        found = get(path)
        seen.add(found is not None)
        assert found is None or found.read("a/two.py") == b"2"
        shutil.rmtree(root, ignore_errors=True)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    assert seen == {False, True}
    assert step > 8
    assert put(path) is not None


def test_a_store_that_cannot_be_made_is_no_error(
    demo: Path, put: Put, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert put(demo, into=WheelStore(tmp_path / "file" / "store")) is None


@unless_root
def test_a_read_only_store_gives_but_does_not_take(
    demo: Path, stored: StoredWheel, get: Get, put: Put, make_wheel: Callable[..., Path]
) -> None:
    root = Path(stored.folder).parents[2]
    other = make_wheel("other")
    for folder in (root, root / "new", root / "wheels"):
        folder.chmod(0o555)
    try:
        assert get(demo) is not None
        assert put(other) is None
        flip(Path(stored.folder))
        assert get(demo) is None
    finally:
        for folder in (root, root / "new", root / "wheels"):
            folder.chmod(0o755)


def test_the_manifest_is_readable_text_behind_its_seal(stored: StoredWheel) -> None:
    content = Path(stored.folder, "manifest").read_bytes()[32:]
    value = json.loads(content)
    assert value["dist_info"] == "demo-1.0.dist-info"
    assert "description" not in value["document"]
