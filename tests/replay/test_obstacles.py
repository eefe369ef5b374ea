"""What cannot be removed is seen before anything is: by both ways, in every place."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.faults.lab.state import litter, snapshot

from pysetup.replay.changes import EndedError, told

# ``deep`` has no file of its own, and ``solo.py`` is not alone in its folder.
FILES = {
    "victim/__init__.py": "value = 1\n",
    "victim/data/table.txt": "1\n",
    "victim/deep/down/leaf.txt": "1\n",
    "victim/last/__init__.py": "value = 1\n",
    "solo.py": "value = 1\n",
    "victim-1.0.data/data/share/man/man1/victim.1": ".TH DEMO 1\n",
    "victim-1.0.dist-info/licenses/LICENSE": "free\n",
}
CACHE = f"__pycache__/__init__.{sys.implementation.cache_tag}.pyc"
SITE = "lib/python{}.{}/site-packages".format(*sys.version_info)
SOMEBODY = 12345
# What makes a command take the short way, and what keeps it from it.
WAYS = {"short": (), "long": ("-v",)}
FILES_OF_IT = {
    "a module": f"{SITE}/victim/__init__.py",
    "the last module": f"{SITE}/victim/last/__init__.py",
    "a module beside others": f"{SITE}/solo.py",
    "bytecode": f"{SITE}/victim/last/{CACHE}",
    "data": f"{SITE}/victim/data/table.txt",
    "METADATA": f"{SITE}/victim-1.0.dist-info/METADATA",
    "RECORD": f"{SITE}/victim-1.0.dist-info/RECORD",
    "a licence": f"{SITE}/victim-1.0.dist-info/licenses/LICENSE",
    "a script": "bin/victim",
    "a manual page": "share/man/man1/victim.1",
}
FOLDERS_OF_IT = {
    "the package": f"{SITE}/victim",
    "a folder of data": f"{SITE}/victim/data",
    "a folder of folders": f"{SITE}/victim/deep",
    "the last package": f"{SITE}/victim/last",
    "its bytecode": f"{SITE}/victim/last/__pycache__",
    "its entry": f"{SITE}/victim-1.0.dist-info",
    "its licences": f"{SITE}/victim-1.0.dist-info/licenses",
    "manual pages": "share/man/man1",
    "manuals": "share/man",
}
FOLDERS_THAT_STAY = {"site-packages": SITE, "scripts": "bin"}


def _run(*words: str | Path, check: bool = True) -> None:
    subprocess.run(words, check=check, capture_output=True)


def _flagged(flag: str) -> tuple[Callable[[Path], None], Callable[[Path], None]]:
    def put(path: Path) -> None:
        _run("chattr", f"+{flag}", path)

    def away(path: Path) -> None:
        _run("chattr", f"-{flag}", path, check=False)

    return put, away


def _read_only(path: Path) -> None:
    path.chmod(0o555)


def _writable(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.chmod(0o755)


def _sticky(folder: Path) -> None:
    """Let ``folder`` be shared as /tmp is, and what is in it be somebody's."""
    for path in (*folder.iterdir(), folder):
        os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)
    folder.chmod(0o1777)


def _mine(folder: Path) -> None:
    with suppress(FileNotFoundError):
        folder.chmod(0o755)
        for path in (folder, *folder.iterdir()):
            os.chown(path, os.getuid(), os.getgid(), follow_symlinks=False)


def _mounted(path: Path) -> None:
    """Mount what stands there upon itself: it looks the same, but is busy."""
    _run("mount", "--bind", path, path)


def _unmounted(path: Path) -> None:
    _run("umount", "-l", path, check=False)


IMMUTABLE, APPEND_ONLY = _flagged("i"), _flagged("a")
READ_ONLY, STICKY = (_read_only, _writable), (_sticky, _mine)
MOUNTED = (_mounted, _unmounted)
ALL = {**FILES_OF_IT, **FOLDERS_OF_IT, **FOLDERS_THAT_STAY}
OBSTACLES = [
    *((f"immutable: {what}", path, IMMUTABLE) for what, path in ALL.items()),
    *((f"append-only: {what}", path, APPEND_ONLY) for what, path in ALL.items()),
    *(
        (f"read-only: {what}", path, READ_ONLY)
        for what, path in {**FOLDERS_OF_IT, **FOLDERS_THAT_STAY}.items()
    ),
    *((f"of somebody: {what}", path, STICKY) for what, path in FOLDERS_OF_IT.items()),
    *(
        (f"mounted: {what}", path, MOUNTED)
        for what, path in {**FILES_OF_IT, **FOLDERS_OF_IT}.items()
    ),
]
# These are tried both ways; of all others, one way each in turn.
BOTH = {
    "immutable: RECORD",
    "immutable: bytecode",
    "immutable: site-packages",
    "read-only: a folder of data",
    "read-only: a folder of folders",
    "read-only: site-packages",
}


def _cases() -> Iterator[Any]:
    for number, (name, path, means) in enumerate(OBSTACLES):
        for turn, way in enumerate(WAYS):
            quick = name in BOTH or number % 24 == turn * 12
            marks = [] if quick else [pytest.mark.slow]
            yield pytest.param(way, path, means, id=f"{name}, {way}", marks=marks)


class Victim:
    """An environment with what is to be removed, and who removes it.

    ``before`` is what stood there before it was installed.
    """

    def __init__(self, env: Path, pysetup: Any, command: list[str]) -> None:
        self.env, self._pysetup, self._command = env, pysetup, command
        self.before = snapshot(env)

    def install(self, index: Any) -> None:
        words = ("--python", self.env / "bin/python", "--index-url", index.url)
        done = self._pysetup("install", *words, "victim==1.0", "other==2.0")
        assert done.code == 0, done.err

    def uninstall(self, *words: str) -> Any:
        return self.run("uninstall", "victim", *words)

    def run(self, command: str, *words: str) -> Any:
        """Run a command as somebody for whom the permissions of files count."""
        python = str(self.env / "bin/python")
        return subprocess.run(
            [*self._command, command, "--python", python, *words],
            env=self._pysetup.environ,
            cwd=self._pysetup.home,
            capture_output=True,
            text=True,
            check=False,
        )

    def state(self) -> set[str]:
        return set(os.listdir(self.env / ".pysetup"))


@pytest.fixture
def victim(
    index: Any,
    make_wheel: Any,
    fresh: Callable[[], Path],
    pysetup: Any,
    need_tool: Callable[[str], str],
) -> Iterator[Victim]:
    """What was installed from memory, so that the short way may remove it."""
    make_wheel("victim", files=FILES, entry_points="[console_scripts]\nvictim = a:b\n")
    make_wheel("other", "2.0", files={"other.py": "x = 1\n"})
    command = [sys.executable, "-m", "pysetup"]
    if os.getuid() == 0:
        powerless = [need_tool("setpriv"), "--inh-caps=-all", "--bounding-set=-all"]
        command = [*powerless, *command]
    Victim(fresh(), pysetup, command).install(index)
    found = Victim(fresh(), pysetup, command)
    found.install(index)
    yield found
    if os.getuid() == 0:  # what failed may have left what nobody can remove
        mounts = Path("/proc/self/mountinfo").read_text().split()
        for place in sorted({word for word in mounts if f"{found.env}/" in word})[::-1]:
            _run("umount", "-l", place, check=False)
        _run("chattr", "-R", "-i", "-a", found.env, check=False)


@pytest.fixture
def put(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Return a function that puts an obstacle; all are taken away at the end."""
    standing: list[tuple[Callable[[Path], None], Path]] = []
    probe = tmp_path / "probe"
    (probe / "inside").mkdir(parents=True)

    def to(path: Path, means: tuple[Callable[[Path], None], ...]) -> None:
        try:
            means[0](probe)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"not possible here: {error}")
        finally:
            means[1](probe)
        standing.append((means[1], path))
        means[0](path)

    yield to
    for away, path in standing:
        away(path)


@pytest.mark.parametrize(("way", "path", "means"), list(_cases()))
def test_what_cannot_be_removed_is_named_before_anything_is_done(
    way: str,
    path: str,
    means: tuple[Callable[[Path], None], ...],
    victim: Victim,
    put: Callable[..., None],
) -> None:
    place = victim.env / path
    put(place, means)
    before, state = snapshot(victim.env), victim.state()
    refused = victim.uninstall(*WAYS[way])
    said = refused.stdout + refused.stderr
    changed = snapshot(victim.env).compared(before)
    lying = litter(victim.env)
    means[1](place)
    assert refused.returncode == 7, said
    assert not changed, said
    assert not lying
    assert victim.state() == state
    named = f"{place}:" in said or f"{place}/" in said
    assert named, said
    assert "/.pysetup/tx-" not in said
    again = victim.uninstall(*WAYS[way])
    assert again.returncode == 0, again.stderr
    gone = {path for path in FILES if (victim.env / SITE / path).exists()}
    assert not gone
    assert not litter(victim.env)
    assert victim.state() == {"history.json", "owned"}


def test_nothing_behind_a_link_to_a_folder_is_removed(victim: Victim) -> None:
    """Somebody made room on the disk: the files are elsewhere, and still the same."""
    elsewhere = victim.env.parent / "elsewhere"
    folder = victim.env / SITE / "victim/data"
    os.rename(folder, elsewhere)
    folder.symlink_to(elsewhere)
    before = snapshot(victim.env)
    refused = victim.uninstall()
    assert (elsewhere / "table.txt").exists(), refused.stdout
    assert refused.returncode != 0
    assert snapshot(victim.env).compared(before) == []
    assert not litter(victim.env)


def test_bytecode_behind_a_link_to_a_folder_stays(victim: Victim) -> None:
    elsewhere = victim.env.parent / "elsewhere"
    folder = victim.env / SITE / "victim/last/__pycache__"
    os.rename(folder, elsewhere)
    folder.symlink_to(elsewhere)
    done = victim.uninstall()
    assert os.listdir(elsewhere), done.stdout
    assert not litter(victim.env)


CHANGES = {
    "upgrade": ("install", "victim==2.0"),
    "install over": ("install", "--force-reinstall", "victim==1.0"),
    "autoremove": ("autoremove",),
}


@pytest.mark.parametrize(
    ("change", "path", "means"),
    [
        pytest.param("upgrade", "a folder of folders", READ_ONLY, id="upgrade"),
        pytest.param("upgrade", "the last package", MOUNTED, id="upgrade, mounted"),
        pytest.param("install over", "its licences", IMMUTABLE, id="install over"),
        pytest.param("autoremove", "a folder of data", STICKY, id="autoremove"),
    ],
)
def test_every_change_sees_what_cannot_be_removed(
    change: str,
    path: str,
    means: tuple[Callable[[Path], None], ...],
    victim: Victim,
    put: Callable[..., None],
    index: Any,
    make_wheel: Any,
) -> None:
    make_wheel("victim", "2.0", files={"victim/__init__.py": "value = 2\n"})
    if change == "autoremove":
        requested = victim.env / SITE / "victim-1.0.dist-info/REQUESTED"
        requested.unlink(missing_ok=True)
    place = victim.env / FOLDERS_OF_IT[path]
    put(place, means)
    before = snapshot(victim.env)
    words = list(CHANGES[change])
    if change != "autoremove":
        words += ["--index-url", index.url]
    refused = victim.run(*words)
    assert refused.returncode == 7, refused.stderr
    assert snapshot(victim.env).compared(before) == []
    assert not litter(victim.env)
    assert str(place) in refused.stderr
    means[1](place)
    done = victim.run(*words)
    assert done.returncode == 0, done.stderr
    assert not litter(victim.env)


def test_root_removes_what_is_read_only(victim: Victim, pysetup: Any) -> None:
    """The permissions of files mean nothing to it, so nothing is refused."""
    if os.getuid() != 0:
        pytest.skip("not root")
    _read_only(victim.env / FOLDERS_OF_IT["a folder of data"])
    done = pysetup("uninstall", "--python", victim.env / "bin/python", "victim")
    assert (done.code, done.out, done.err) == (0, "- victim 1.0\n", "")
    assert not litter(victim.env)


def test_what_the_disk_does_not_confirm_is_said() -> None:
    """It is done: the long way would say that there is nothing to remove."""
    change: Any = SimpleNamespace(
        unkept="Input/output error", world=SimpleNamespace(state="/env/.pysetup")
    )
    with pytest.raises(EndedError) as caught:
        told(change)
    assert caught.value.code == 7
    assert "error[PS7318]: the change is made" in caught.value.said
    change.unkept = ""
    told(change)


def test_an_empty_folder_of_the_user_that_cannot_go_is_seen(
    victim: Victim, put: Callable[..., None]
) -> None:
    own = victim.env / SITE / "victim/own"
    own.mkdir()
    put(own, IMMUTABLE)
    before = snapshot(victim.env)
    refused = victim.uninstall()
    if refused.returncode == 0:  # it may as well stay
        assert own.is_dir()
    else:
        assert refused.returncode == 7
        assert str(own) in refused.stderr
        assert snapshot(victim.env).compared(before) == []
    assert not litter(victim.env)
