"""The script of an installer, and what of it is whose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built, MachineTools
from tests.platforms.windows.conftest import plan_of

from pysetup.platforms.interface import Making, MissingToolError
from pysetup.platforms.nsis.format import FORMAT, InstallerNotMadeError
from pysetup.platforms.nsis.quoting import quoted
from pysetup.platforms.nsis.verify import UnreadableInstallerError
from pysetup.platforms.plan import PackagePlan


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("plain", '"plain"'),
        (
            "$INSTDIR ${NSISDIR} $%PATH% $(^Name)",
            '"$$INSTDIR $${NSISDIR} $$%PATH% $$(^Name)"',
        ),
        ("a \"b\" `c` 'd'", '"a $\\"b$\\" `c` \'d\'"'),
        ("a\nb\r\tc", '"a$\\nb$\\r$\\tc"'),
        ("end\\", '"end\\"'),
        ("\x00\x1b\u2028", '"   "'),
        ("x" * 2000, '"' + "x" * 1023 + '"'),
    ],
)
def test_texts_stay_texts(text: str, word: str) -> None:
    assert quoted(text) == word


def test_without_makensis_its_package_is_named(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    class NoTools(MachineTools):
        def find(self, name: str) -> str | None:  # noqa: ARG002
            return None

    one = built()
    with pytest.raises(MissingToolError, match="makensis") as raised:
        FORMAT.binary_dist(
            one.root,
            one.metadata,
            out=tmp_path / "out",
            making=Making(NoTools(), None, tmp_path),
        )
    assert raised.value.facts["package"] == "nsis"
    assert not (tmp_path / "out").exists()


def test_what_makensis_says_is_told(
    built: Callable[..., Built],
    making: Callable[[], Making],
    need_tool: Callable[[str], str],
) -> None:
    need_tool("makensis")
    one = built()
    now = making()
    plan = plan_of(FORMAT, one)
    (now.scratch / "package.exe").mkdir()
    with pytest.raises(InstallerNotMadeError) as raised:
        FORMAT.binary_dist(one.root, one.metadata, plan=plan, making=now)
    assert "Can't open output file" in str(raised.value.facts["makensis"])


@pytest.fixture
def made(
    built: Callable[..., Built],
    making: Callable[[], Making],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> Callable[[str], tuple[Path, PackagePlan]]:
    """Make an installer in a folder of this name."""
    need_tool("makensis")
    one = built(entry_points="[console_scripts]\nhello = demo:main\n")
    plan = plan_of(FORMAT, one)

    def make(folder: str) -> tuple[Path, PackagePlan]:
        out = tmp_path / folder
        paths = FORMAT.binary_dist(
            one.root, one.metadata, out=out, plan=plan, making=making()
        )
        return paths[0], plan

    return make


def test_the_same_installer_is_made_again(
    made: Callable[[str], tuple[Path, PackagePlan]],
) -> None:
    first, second = made("first")[0], made("second")[0]
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("architecture", "machine"),
    [("x86_64", 0x8664), ("i686", 0x14C), ("aarch64", 0x14C)],
)
def test_an_installer_runs_on_the_machine_of_its_target(
    built: Callable[..., Built],
    making: Callable[[], Making],
    need_tool: Callable[[str], str],
    tmp_path: Path,
    architecture: str,
    machine: int,
) -> None:
    need_tool("makensis")
    one = built(entry_points="[console_scripts]\nhello = demo:main\n")
    plan = plan_of(FORMAT, one, target=f"windows:{architecture}")
    (path,) = FORMAT.binary_dist(
        one.root, one.metadata, out=tmp_path, plan=plan, making=making()
    )
    content = path.read_bytes()
    header = int.from_bytes(content[0x3C:0x40], "little")
    # Windows for ARM runs programs for x86, and NSIS makes none for ARM.
    assert int.from_bytes(content[header + 4 : header + 6], "little") == machine


def test_an_installer_is_read_back(
    made: Callable[[str], tuple[Path, PackagePlan]],
    need_tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    need_tool("7z")
    whole, plan = made("out")
    told: Any = FORMAT.verify(whole, tools=MachineTools())
    assert (told["name"], told["version"]) == ("demo", "1.0")
    paths = {file["path"] for file in told["files"]}
    assert paths == {file.path for file in plan.files}
    damaged = tmp_path / "damaged.exe"
    damaged.write_bytes(whole.read_bytes()[:-600])
    with pytest.raises(UnreadableInstallerError):
        FORMAT.verify(damaged, tools=MachineTools())
    damaged.write_bytes(b"MZ")
    with pytest.raises(UnreadableInstallerError):
        FORMAT.verify(damaged)
