import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import get_args

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.phases.install.linking import Linker, LinkMode
from pysetup.workflows.settings import LINK_MODES


class Refusing(LocalFiles):
    """A file system that answers some ways with an error."""

    def __init__(self, **refused: int) -> None:
        self.refused = refused
        self.tried: list[str] = []

    def _try(self, way: str, path: str) -> None:
        self.tried.append(way)
        if number := self.refused.get(way):
            raise OSError(number, os.strerror(number), path)

    def hard_link(self, path: str, source: str) -> None:
        self._try("hardlink", path)
        super().hard_link(path, source)

    def hard_links(
        self, names: Iterable[tuple[str, str]], *, into: str, out_of: str
    ) -> Iterator[None]:
        def asked() -> Iterator[tuple[str, str]]:
            for name, source in names:
                self._try("hardlink", name)
                yield name, source

        yield from super().hard_links(asked(), into=into, out_of=out_of)

    def clone(self, path: str, source: str, *, executable: bool) -> None:
        self._try("clone", path)
        # No disk of a test machine can clone; a copy is what a clone looks like.
        super().copy(path, source, executable=executable)

    def copy(self, path: str, source: str, *, executable: bool) -> None:
        self._try("copy", path)
        super().copy(path, source, executable=executable)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of a store: read-only, and older than now."""
    path = tmp_path / "source"
    path.write_bytes(b"content")
    path.chmod(0o444)
    os.utime(path, ns=(1_600_000_000_123_456_789,) * 2)
    return path


def bring(
    mode: LinkMode, files: LocalFiles, source: Path, count: int = 2
) -> tuple[list[Path], list[str]]:
    told: list[str] = []
    linker = Linker(mode, files, told.append)
    made = [source.with_name(f"made{number}") for number in range(count)]
    rows = [(path.name, source.name, False) for path in made]
    folder = str(source.parent)
    linker(rows[:1], into=folder, out_of=folder, device=1)
    linker(rows[1:], into=folder, out_of=folder, device=1)
    return made, told


def test_the_settings_know_all_modes() -> None:
    assert get_args(LinkMode) == LINK_MODES


@pytest.mark.parametrize(
    ("mode", "refused", "tried"),
    [
        pytest.param("auto", {}, ["clone", "clone"], id="a clone where it can be"),
        pytest.param(
            "auto",
            {"clone": errno.EOPNOTSUPP},
            ["clone", "hardlink", "hardlink"],
            id="else a hard link",
        ),
        pytest.param(
            "auto",
            {"clone": errno.ENOTTY, "hardlink": errno.EXDEV},
            ["clone", "hardlink", "copy", "copy"],
            id="on another file system a copy",
        ),
        pytest.param(
            "hardlink",
            {"hardlink": errno.EPERM},
            ["hardlink", "copy", "copy"],
            id="a copy of what belongs to another user",
        ),
        pytest.param(
            "hardlink",
            {"hardlink": errno.EMLINK},
            ["hardlink", "copy", "hardlink", "hardlink", "copy"],
            id="too many links are a matter of one file",
        ),
        pytest.param(
            "clone",
            {"clone": errno.EINVAL},
            ["clone", "copy", "copy"],
            id="never a hard link unasked",
        ),
        pytest.param("copy", {}, ["copy", "copy"], id="a copy on request"),
    ],
)
def test_what_a_file_system_cannot_do_is_found_out_once(
    mode: LinkMode, refused: dict[str, int], tried: list[str], source: Path
) -> None:
    files = Refusing(**refused)
    made, told = bring(mode, files, source)
    assert files.tried == tried
    assert [path.read_bytes() for path in made] == [b"content"] * 2
    lasting = [number for number in refused.values() if number != errno.EMLINK]
    assert len(told) == len(lasting)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("way", ["clone", "hardlink", "copy"])
def test_other_failures_are_failures(way: LinkMode, number: int, source: Path) -> None:
    with pytest.raises(OSError, match=r".") as caught:
        bring(way, Refusing(**{way: number}), source)
    assert caught.value.errno == number


@pytest.mark.parametrize("executable", [False, True])
def test_copies_have_the_time_of_the_stored_file_and_permissions_of_their_own(
    *, executable: bool, source: Path
) -> None:
    path = source.with_name("copy")
    LocalFiles().copy(str(path), str(source), executable=executable)
    facts = path.stat()
    assert facts.st_mtime_ns == source.stat().st_mtime_ns
    assert bool(facts.st_mode & stat.S_IXUSR) == executable
    assert facts.st_mode & stat.S_IWUSR
    assert facts.st_ino != source.stat().st_ino


def test_a_clone_is_whole_or_nothing_stands_there(source: Path) -> None:
    path = source.with_name("clone")
    try:
        LocalFiles().clone(str(path), str(source), executable=False)
    except OSError:
        assert not path.exists()
    else:
        assert path.read_bytes() == b"content"
        assert path.stat().st_mtime_ns == source.stat().st_mtime_ns


@pytest.mark.parametrize(
    "make",
    [
        lambda path, source: LocalFiles().hard_link(path, source),
        lambda path, source: LocalFiles().copy(path, source, executable=False),
    ],
    ids=["hard link", "copy"],
)
def test_nothing_that_stands_is_replaced(
    make: Callable[[str, str], None], source: Path
) -> None:
    path = source.with_name("standing")
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        make(str(path), str(source))
    assert path.read_text() == "mine"
