"""The fault lab's index and workshops, and what of the system it needs."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.faults.lab import installers, projects, watched
from tests.faults.lab.disk import mounted
from tests.faults.lab.installers import Installer
from tests.faults.lab.loopback import served
from tests.faults.lab.workshop import CHANGES, Row, Workshop, remove

FEW, MANY = 40, 800
# All capabilities of root gone: modes of files count for it as for anybody.
AS_ANYBODY = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


@pytest.fixture(scope="session")
def lab_folder() -> Iterator[Path]:
    """A folder for the lab, in memory where there is a disk in memory."""
    memory = Path("/dev/shm")
    inside = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="pysetup-faults-", dir=inside))
    yield folder
    remove(folder)


@pytest.fixture(scope="session")
def index_of(lab_folder: Path) -> Iterator[Callable[[int], str]]:
    """Give the URL of an index whose large project has about so many files."""
    made: dict[int, str] = {}
    with ExitStack() as stack:

        def index(files: int) -> str:
            if files not in made:
                folder = lab_folder / f"wheels-{files}"
                projects.make_wheels(folder, files=files)
                made[files] = stack.enter_context(served(folder))
            return made[files]

        yield index


@pytest.fixture(scope="session")
def workshop_of(
    lab_folder: Path, index_of: Callable[[int], str]
) -> Callable[[str, int], Workshop]:
    """Give the workshop of a change with so many files; it is made once."""
    made: dict[tuple[str, int], Workshop] = {}

    def workshop(change: str, files: int) -> Workshop:
        key = (change, files)
        if key not in made:
            folder = lab_folder / f"{change}-{files}"
            made[key] = Workshop(
                folder, installers.pysetup(), CHANGES[change], index=index_of(files)
            )
        made[key].prefix = ()
        return made[key]

    return workshop


@pytest.fixture(scope="session")
def installer() -> Installer:
    """The installed command of pysetup."""
    return installers.pysetup()


@pytest.fixture(scope="session")
def need_tracing() -> None:
    """Skip where the kernel does not let a process watch its children's calls."""
    reader, writer = os.pipe()
    words = [sys.executable, "-IS", str(watched.__file__), f"answer={writer}"]
    done = subprocess.run(
        [*words, "--", "true"],
        pass_fds=(writer,),
        check=False,
        capture_output=True,
    )
    os.close(writer)
    os.close(reader)
    if done.returncode or done.stderr:
        pytest.skip(f"no ptrace and seccomp here: {done.stderr.decode()[-300:]}")


@pytest.fixture(scope="session")
def need_mounts(lab_folder: Path) -> None:
    """Skip where this process may not mount file systems."""
    reason = ""
    if os.getuid() != 0:
        reason = "mounting needs root"
    else:
        try:
            with mounted("tmpfs", lab_folder / "probe", "size=1m"):
                pass
        except (OSError, subprocess.CalledProcessError) as error:
            reason = f"nothing can be mounted here: {error}"
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def need_loop(need_mounts: None) -> None:  # noqa: ARG001 - the condition before
    """Skip where there are no loop devices or no file systems of programs (FUSE)."""
    loop = subprocess.run(["losetup", "-f"], check=False, capture_output=True)
    if loop.returncode or not Path("/dev/fuse").exists():
        pytest.skip("no loop device or no /dev/fuse")


@pytest.fixture
def as_anybody(need_tool: Callable[[str], str]) -> tuple[str, ...]:
    """Words before a command that make the modes of files count, for root too."""
    if os.getuid() != 0:
        return ()
    return (need_tool(AS_ANYBODY[0]), *AS_ANYBODY[1:])


@pytest.fixture
def scratch(lab_folder: Path) -> Iterator[Path]:
    """An empty folder of one test."""
    folder = Path(tempfile.mkdtemp(dir=lab_folder))
    yield folder
    with suppress(OSError):
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def all_pass() -> Callable[[Iterator[Row]], None]:
    """Go through the rows of a lab and fail with those that are not as they must be."""

    def judge(rows: Iterator[Row]) -> None:
        found = list(rows)
        assert found, "the lab tried nothing"
        bad = [str(row) for row in found if row.problems]
        assert not bad, f"{len(bad)} of {len(found)} rows:\n" + "\n".join(bad[:20])

    return judge
