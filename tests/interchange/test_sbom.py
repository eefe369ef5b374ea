"""The bill of materials: what a tree carries along, and always the same bytes."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.interchange.sbom import SBOM_NAME, find_components, write_sbom
from pysetup.metadata.document import Metadata

METADATA = Metadata.from_dict({"name": "De.mo", "version": "1.0"})
LIBRARY = b"\x7fELF not much of one"


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    def write(folder: str = "tree", **files: bytes) -> Path:
        root = tmp_path / folder
        (root / "De.mo-1.0.dist-info").mkdir(parents=True)
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        return root

    return write


def bill(root: Path) -> Any:
    # The folder keeps the spelling that another tool gave it.
    return json.loads((root / "De.mo-1.0.dist-info" / SBOM_NAME).read_bytes())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("de_mo.libs/libz-0a1b2c3d.so.1.3", "libz.so.1.3"),
        ("de_mo/.dylibs/libz.1.dylib", "libz.1.dylib"),
        ("de_mo.libs/msvcp140-0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d.dll", "msvcp140.dll"),
    ],
)
def test_private_libraries_are_listed(
    tree: Callable[..., Path], path: str, name: str
) -> None:
    root = tree(**{path: LIBRARY})
    (found,) = write_sbom(root, METADATA)
    assert found.name == name
    document = bill(root)
    assert document["metadata"]["component"]["purl"] == "pkg:pypi/de-mo@1.0"
    (component,) = document["components"]
    assert component["bom-ref"] == path
    assert component["hashes"] == [
        {"alg": "SHA-256", "content": hashlib.sha256(LIBRARY).hexdigest()}
    ]
    assert document["dependencies"] == [
        {"ref": "pkg:pypi/de-mo@1.0", "dependsOn": [path]}
    ]


def test_vendored_distributions_are_listed(tree: Callable[..., Path]) -> None:
    listed = b"# these\nRequests==2.32.3\n    urllib3 == 1.26.20  # via\nother\n-r x\n"
    root = tree(**{"de_mo/_vendor/vendor.txt": listed})
    write_sbom(root, METADATA)
    assert [one["purl"] for one in bill(root)["components"]] == [
        "pkg:pypi/requests@2.32.3",
        "pkg:pypi/urllib3@1.26.20",
    ]


def test_a_soname_is_told(tree: Callable[..., Path]) -> None:
    library = next(Path("/usr/lib").glob("*/libz.so.1"), None)
    if library is None:
        pytest.skip("there is no libz to read")
    (found,) = find_components(tree(**{"a.libs/libz.so.1": library.read_bytes()}))
    assert found.soname == "libz.so.1"


def test_nothing_carried_along_is_no_file(tree: Callable[..., Path]) -> None:
    root = tree(**{"de_mo/libx.so": LIBRARY, "de_mo/__init__.py": b""})
    assert write_sbom(root, METADATA) == ()
    assert not (root / "De.mo-1.0.dist-info" / SBOM_NAME).exists()


def test_the_same_tree_gives_the_same_bytes(tree: Callable[..., Path]) -> None:
    files = {"a.libs/x.so": b"", "a.libs/b.so.1": b"b", "c/.dylibs/d.dylib": b"d"}
    first, second = tree(**files), tree("other", **dict(reversed(files.items())))
    for root in (first, second):
        write_sbom(root, METADATA)
    assert bill(first) == bill(second)
    write_sbom(first, METADATA)
    assert bill(first) == bill(second)
