import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.source_files import SourceFileMissingError
from pysetup.metadata.document import Metadata
from pysetup.phases.build.pure import (
    CompiledFileError,
    ModuleMissingError,
    TargetClashError,
    plan_files,
)

FILES = [
    "pyproject.toml",
    "src/pkg/__init__.py",
    "src/pkg/py.typed",
    "src/pkg/data/a.txt",
    "src/pkg/data/deep/b.bin",
    "src/pkg/sub/__init__.py",
    "src/pkg/sub/c.txt",
    "src/pkg-stubs/__init__.pyi",
    "src/mod.py",
    "src/mod.pyi",
    "src/ns/inner/x.py",
    "src/other.py",
    "man/pkg.1",
    "share/deep/icon.svg",
]


def plan(files: list[str], **sources: object) -> dict[str, str]:
    metadata = Metadata.from_dict(
        {
            "name": "De.mo",
            "version": "1.0",
            "sources": {"root": "src", "modules": [], **sources},  # type: ignore[dict-item]
        }
    )
    return {one.target: one.source for one in plan_files(metadata, files)}


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param({"modules": []}, [], id="nothing"),
        pytest.param({"modules": ["mod"]}, ["mod.py", "mod.pyi"], id="a module"),
        pytest.param(
            {"modules": ["pkg"]},
            [
                *("pkg-stubs/__init__.pyi", "pkg/__init__.py", "pkg/data/a.txt"),
                *("pkg/data/deep/b.bin", "pkg/py.typed", "pkg/sub/__init__.py"),
                "pkg/sub/c.txt",
            ],
            id="a package with all its files and its stubs",
        ),
        pytest.param(
            {"modules": ["pkg-stubs"]}, ["pkg-stubs/__init__.pyi"], id="stubs"
        ),
        pytest.param({"modules": ["ns"]}, ["ns/inner/x.py"], id="a namespace"),
        pytest.param(
            {"modules": ["ns.inner"]}, ["ns/inner/x.py"], id="a part of a namespace"
        ),
        pytest.param(
            {"modules": ["pkg"], "package_data": {"pkg": ["data/*.txt"]}},
            [
                *("pkg-stubs/__init__.pyi", "pkg/__init__.py", "pkg/data/a.txt"),
                *("pkg/py.typed", "pkg/sub/__init__.py"),
            ],
            id="chosen data of a package and those below it",
        ),
        pytest.param(
            {
                "modules": ["pkg"],
                "package_data": {"pkg": ["data/**"], "pkg.sub": ["*.txt"]},
            },
            [
                *("pkg-stubs/__init__.pyi", "pkg/__init__.py", "pkg/data/a.txt"),
                *("pkg/data/deep/b.bin", "pkg/py.typed", "pkg/sub/__init__.py"),
                "pkg/sub/c.txt",
            ],
            id="the nearest package decides",
        ),
        pytest.param(
            {"modules": ["pkg"], "package_data": {"*": ["*.txt"]}},
            [
                *("pkg-stubs/__init__.pyi", "pkg/__init__.py", "pkg/data/a.txt"),
                *("pkg/py.typed", "pkg/sub/__init__.py", "pkg/sub/c.txt"),
            ],
            id="data of all packages",
        ),
    ],
)
def test_modules_and_their_data(
    sources: dict[str, object], expected: list[str]
) -> None:
    found = plan(FILES, **sources)
    assert list(found) == expected
    assert all(source == f"src/{target}" for target, source in found.items())


@pytest.mark.parametrize(
    ("data_files", "expected"),
    [
        pytest.param(
            {"share/man/man1": ["man/*.1"]},
            {"share/man/man1/pkg.1": "man/pkg.1"},
            id="after the fixed folder",
        ),
        pytest.param(
            {"share/icons": ["share/**"]},
            {"share/icons/deep/icon.svg": "share/deep/icon.svg"},
            id="with the folders that the wildcard spans",
        ),
        pytest.param(
            {"etc": ["./pyproject.toml"]},
            {"etc/pyproject.toml": "pyproject.toml"},
            id="a name",
        ),
        pytest.param({"": ["man/pkg.1"]}, {"pkg.1": "man/pkg.1"}, id="at the top"),
    ],
)
def test_data_files(data_files: dict[str, list[str]], expected: dict[str, str]) -> None:
    assert plan(FILES, data_files=data_files) == {
        f"de_mo-1.0.data/data/{target}": source for target, source in expected.items()
    }


def test_without_src() -> None:
    found = plan(["pkg/__init__.py", "x.py"], root=".", modules=["pkg"])
    assert found == {"pkg/__init__.py": "pkg/__init__.py"}


@pytest.mark.parametrize(
    ("files", "sources", "error"),
    [
        pytest.param(FILES, {"modules": ["gone"]}, ModuleMissingError, id="no module"),
        pytest.param(
            ["src/pkg/x.abi3.so"], {"modules": ["pkg"]}, CompiledFileError, id="abi3"
        ),
        pytest.param(
            ["src/pkg/x.cpython-311-x86_64-linux-gnu.so"],
            {"modules": ["pkg"]},
            CompiledFileError,
            id="compiled",
        ),
        pytest.param(
            ["src/pkg/x.cp311-win_amd64.pyd"],
            {"modules": ["pkg"]},
            CompiledFileError,
            id="compiled for Windows",
        ),
        pytest.param(
            FILES,
            {"data_files": {"x": ["gone/*"]}},
            SourceFileMissingError,
            id="no data",
        ),
        pytest.param(
            ["a/x", "b/x"],
            {"data_files": {"t": ["a/x", "b/x"]}},
            TargetClashError,
            id="one place for two",
        ),
        pytest.param(
            FILES, {"data_files": {"../up": ["man/pkg.1"]}}, PysetupError, id="a climb"
        ),
    ],
)
def test_impossible_plans_are_refused(
    files: list[str], sources: dict[str, object], error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        plan(files, **sources)
