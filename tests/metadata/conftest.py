"""What the tests of the metadata room share."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from pysetup.metadata.document import Metadata
from pysetup.standards.globs import glob_regex

# A busy machine is no fault of the code.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")


class FakeFiles:
    """A project's folder in memory."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in files.items()
        }

    def read_file(self, path: str) -> bytes | None:
        return self._files.get(path)

    def glob(self, pattern: str) -> tuple[str, ...]:
        regex = glob_regex(pattern)
        return tuple(sorted(path for path in self._files if regex.fullmatch(path)))


@pytest.fixture(scope="session")
def fake_files() -> type[FakeFiles]:
    """The class of project folders in memory."""
    return FakeFiles


@pytest.fixture(scope="session")
def example_path(project_root: Path) -> Path:
    """The example document that uses every key."""
    return project_root / "tests" / "examples" / "pydist.json"


@pytest.fixture(scope="session")
def example(example_path: Path) -> Metadata:
    """The example document as a value."""
    return Metadata.from_json(example_path.read_bytes())
