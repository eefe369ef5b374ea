"""MSI packages: what is in them, and what other readers find in them."""

import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.conftest import Built, MachineTools
from tests.platforms.windows.conftest import plan_of
from tests.platforms.windows.lab.wine import PYTHON

from pysetup.platforms.interface import Making
from pysetup.platforms.msi.database import Row, read_database
from pysetup.platforms.msi.format import FORMAT
from pysetup.platforms.msi.names import guid
from pysetup.platforms.msi.tables import SCHEMA
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


SHORT_AND_LONG = r"[^ |]{1,8}(?:\.[^ |.]{1,3})?(?:\|[^|]+)?"
#: What the documentation of Windows Installer says of some categories of texts.
CATEGORIES = {
    "Identifier": r"[A-Za-z_][A-Za-z0-9_.]*(?:;[A-Za-z]+)*",
    "UpperCase": r"[A-Z_][A-Z0-9_.]*",
    "Guid": r"\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}",
    "Filename": SHORT_AND_LONG,
    "WildCardFilename": SHORT_AND_LONG,
    "DefaultDir": f"SourceDir|{SHORT_AND_LONG}",
    "Cabinet": r"#[A-Za-z_][A-Za-z0-9_.]*",
    "RegPath": r"[^\\].*[^\\]",
    "Version": r"\d+(?:\.\d+){0,3}",
}


@pytest.mark.parametrize(
    ("name", "count"), [("demo", 1), ("demo", 900), ("long-name" * 20, 3)]
)
def test_tables_keep_the_rules_of_windows_installer(
    built: Callable[..., Built], tmp_path: Path, name: str, count: int
) -> None:
    one = built(
        name,
        "1.0.post1+a.long.local.version",
        files={f"demo/module number {n}.py": "" for n in range(count)},
        metadata=f"Requires-Dist: {'other-name-' * 8}x >=1.0,!=1.1,!=1.2,!=1.3,<7\n",
        entry_points="[console_scripts]\nhi = demo:main\n",
    )
    path = FORMAT.binary_dist(
        one.root, one.metadata, out=tmp_path, plan=plan_of(FORMAT, one)
    )[0]
    tables = read_database(path.read_bytes()).tables
    for table, rows in tables.items():
        check_columns(table, rows)
        for number, column in enumerate(SCHEMA[table]):
            known: set[object] = {None}
            for target in filter(None, column.refers.split(";")):
                known |= {row[0] for row in tables[target]}
            if column.refers:
                assert {row[number] for row in rows} <= known, (table, column.name)
    described = {(row[0], row[1]) for row in tables["_Validation"]}
    there = {(table, column.name) for table in tables for column in SCHEMA[table]}
    assert described == there
    (shown,) = (str(row[1]) for row in tables["Property"] if row[0] == "ProductName")
    assert len(shown) <= 63  # ICE16
    assert shown.endswith(f"(Python {PYTHON})")
    inside = Counter(feature for feature, _ in tables["FeatureComponents"])
    assert max(inside.values()) <= 800  # ICE47
    assert sum(inside.values()) == len(tables["Component"])
    owners = {row[0]: row[1] for row in tables["File"]}
    owners |= {row[0]: row[5] for row in tables["Registry"]}
    assert all(owners[row[5]] == row[0] for row in tables["Component"])
    actions = {row[0] for row in tables["CustomAction"]}
    told = {row[0] for row in tables["ActionText"]}
    assert told - actions == {"LaunchConditions"}


def check_columns(table: str, rows: Sequence[Row]) -> None:
    """Check what each column of a table may hold (ICE03)."""
    columns = SCHEMA[table]
    keys = [number for number, column in enumerate(columns) if column.is_key]
    assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows)
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            where = (table, column.name, value)
            if value is None:
                assert column.is_nullable, where
                continue
            if column.choice:
                assert str(value) in column.choice.split(";"), where
            if pattern := CATEGORIES.get(column.category):
                assert re.fullmatch(pattern, str(value)), where
            if isinstance(value, str):
                assert not column.longest or len(value) <= column.longest, where
            else:
                low, high = column.range or (-32767, 32767)
                assert low <= value <= high, where


def test_what_is_remembered_goes_with_the_package_alone(
    built: Callable[..., Built], tmp_path: Path
) -> None:
    # Components of files that other packages have too stay with those.
    codes: list[set[object]] = []
    for name, shown in (("demo", "README"), ("other", "readme")):
        one = built(name, "1.0", files={f"space/{shown}": ""})
        path = FORMAT.binary_dist(
            one.root, one.metadata, out=tmp_path, plan=plan_of(FORMAT, one)
        )[0]
        tables = read_database(path.read_bytes()).tables
        (memory,) = tables["Registry"]
        codes.append({row[1] for row in tables["Component"]})
        (remembered,) = (row for row in tables["Component"] if row[0] == memory[5])
        assert remembered[5] == memory[0]
        codes.append({remembered[1]})
    first, first_memory, second, second_memory = codes
    assert len(first & second) == 1  # the file that is the same on Windows
    assert not first_memory & second
    assert not second_memory & first


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
