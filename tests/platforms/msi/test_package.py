"""MSI packages: what is in them, and what other readers find in them."""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built, MachineTools
from tests.platforms.windows.conftest import plan_of

from pysetup.platforms.interface import Making
from pysetup.platforms.msi.database import read_database
from pysetup.platforms.msi.format import FORMAT
from pysetup.platforms.msi.names import guid
from pysetup.platforms.msi.verify import UnreadableMsiError, read_msi

FILES = {
    "demo/__init__.py": "def main(): print('hello')\n",
    "demo/a name that is longer.txt": "ü" * 50_000,
    "demo/empty": b"",
    "demo/sub/data.bin": bytes(range(256)) * 500,
}


@pytest.fixture
def make(built: Callable[..., Built], tmp_path: Path) -> Callable[..., Path]:
    """Make a package of a made-up wheel."""

    def make(version: str = "1.0", *, epoch: int | None = None, **options: Any) -> Path:
        wheel = {"files": FILES, "entry_points": "[console_scripts]\nhi = demo:main\n"}
        one = built("demo", version, **wheel)
        plan = plan_of(FORMAT, one, **options)
        making = Making(MachineTools(), epoch, tmp_path)
        out = tmp_path / f"out-{version}-{epoch}-{len(options)}"
        paths = FORMAT.binary_dist(
            one.root, one.metadata, out=out, plan=plan, making=making
        )
        return paths[0]

    return make


def codes(path: Path) -> tuple[object, ...]:
    told = read_msi(path)
    return tuple(told[f"{name}_code"] for name in ("package", "product", "upgrade"))


def test_codes_follow_from_what_a_package_is(make: Callable[..., Path]) -> None:
    package, product, upgrade = codes(make())
    assert codes(make("1.0")) == (package, product, upgrade)
    later = codes(make("1.1"))
    assert later[2] == upgrade
    assert package not in later
    assert product not in later
    another = codes(make(release="2"))
    assert another[2] == upgrade
    assert product not in another
    dated = codes(make(epoch=1_000_000_000))
    assert dated[1:] == (product, upgrade)
    assert package not in dated


def test_the_same_package_is_made_again(make: Callable[..., Path]) -> None:
    assert make().read_bytes() == make().read_bytes()


def test_the_namespace_of_all_codes_never_changes() -> None:
    # What is installed is known by these: another value is another product.
    assert guid("a", "b") == "{2639A324-2A1B-5030-87BB-EBF15FB40733}"


@pytest.mark.interop
def test_other_readers_find_the_same(
    make: Callable[..., Path], need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    info, extract = need_tool("msiinfo"), need_tool("msiextract")
    made = make()
    told: Any = read_msi(made)

    def run(*words: str | Path) -> str:
        done = subprocess.run(words, check=True, capture_output=True)
        return done.stdout.decode()

    run(extract, "-C", tmp_path / "unpacked", made)
    root = tmp_path / "unpacked" / "PYTHON"
    found = {
        path.relative_to(root).as_posix(): path.stat().st_size
        for path in root.rglob("*")
        if path.is_file()
    }
    assert found == {file["path"]: file["size"] for file in told["files"]}
    for path, content in FILES.items():
        expected = content.encode() if isinstance(content, str) else content
        assert (root / "Lib" / "site-packages" / path).read_bytes() == expected
    tables = read_database(made.read_bytes()).tables
    listed = set(run(info, "tables", made).split())
    assert tables.keys() <= listed
    for table, rows in tables.items():
        exported = run(info, "export", made, table).splitlines()[3:]
        assert sorted(line.split("\t") for line in exported) == sorted(
            ["" if value is None else str(value) for value in row] for row in rows
        )


def damaged(content: bytes, number: int) -> bytes:
    """Return ``content`` with a few other bytes, or cut short; by the number."""
    chance = random.Random(number)
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        # Most of what matters stands in the header, the directory and the tables.
        limit = chance.choice([600, 4000, len(changed)])
        changed[chance.randrange(limit)] = chance.randrange(256)
    if chance.random() < 0.2:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


def test_a_damaged_package_is_refused_or_read(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    whole = make().read_bytes()
    place = tmp_path / "damaged.msi"
    refused = 0
    for number in range(400):
        place.write_bytes(damaged(whole, number))
        try:
            read_msi(place)
        except UnreadableMsiError:
            refused += 1
    assert refused > 100
