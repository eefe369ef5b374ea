"""A store of unpacked wheels, and wheels with a bit of everything in them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.interchange.wheel_file import open_wheel
from pysetup.standards.hashes import Hash
from pysetup.store.stored_wheel import StoredWheel
from pysetup.store.wheels import WheelStore


@pytest.fixture
def store(tmp_path: Path) -> WheelStore:
    """An empty store."""
    return WheelStore(tmp_path / "store")


@pytest.fixture
def demo(make_wheel: Callable[..., Path]) -> Path:
    """A wheel with modules, data, a script and a launcher."""
    return make_wheel(
        files={
            "demo/__init__.py": "value = 1\n",
            "demo/inner/deep.py": "value = 2\n",
            "demo/empty.txt": "",
            "demo-1.0.data/scripts/run": "#!/bin/sh\necho ran\n",
            "demo-1.0.data/purelib/pure.py": "value = 3\n",
            "demo-1.0.data/data/share/x.py": "no module\n",
        },
        metadata="Summary: a demo\n\nThe long description.\n",
        entry_points="[console_scripts]\ndemo = demo:main\n",
        executable=("demo-1.0.data/scripts/run",),
    )


Put = Callable[..., StoredWheel | None]


@pytest.fixture
def put(store: WheelStore) -> Put:
    """Put a wheel into the store."""

    def put(path: Path, *, into: WheelStore = store) -> StoredWheel | None:
        with open_wheel(path) as wheel:
            return into.put(wheel, Hash.of_file(str(path)))

    return put


@pytest.fixture
def get(store: WheelStore) -> Callable[..., StoredWheel | None]:
    """Get the wheel that stands at a path from the store."""

    def get(path: Path) -> StoredWheel | None:
        return store.get(Hash.of_file(str(path)), path.name)

    return get
