"""The sdists that the build benchmarks try: which, where from, with which back end."""

import shutil
import tarfile
import tomllib
import zipfile
from pathlib import Path

from pysetup.api import open_context
from pysetup.standards.filenames import parse_sdist_filename
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient

LIST = Path(__file__).with_name("sdists.txt")


def read_pins(path: Path = LIST) -> list[str]:
    """Return the ``name==version`` lines of a list, without what follows ``#``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [pin for line in lines if (pin := line.partition("#")[0].strip())]


def fetch_sdist(text: str, into: Path) -> Path:
    """Write the newest sdist that ``text`` allows into ``into``; return its path.

    ``text`` is a path, or ``name`` or ``name==version`` for the configured index.
    """
    if Path(text).is_file():
        return Path(shutil.copy2(text, into))
    wanted, context = parse_requirement(text), open_context()
    with IndexClient(context) as index:
        page = index.page(wanted.name)
    found = [
        (version, file)
        for file in (page.files if page else ())
        if not file.is_wheel
        and file.filename.endswith((".tar.gz", ".zip"))
        and wanted.specifier.contains(
            version := parse_sdist_filename(file.filename).version
        )
    ]
    if not found:
        raise LookupError(f"the index has no sdist of {text}")
    _, newest = max(found, key=lambda pair: pair[0])
    (acquired,) = acquire([newest], context=context)
    return Path(shutil.copy2(acquired.path, into / newest.filename))


def unpack(path: Path, into: Path) -> Path:
    """Unpack with the standard library alone; return the top folder."""
    into.mkdir(parents=True)
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(into)
    else:
        with tarfile.open(path) as archive:
            archive.extractall(into)
    (top,) = into.iterdir()
    return top


def backend_of(root: Path) -> str:
    """Return what ``[build-system]`` names, or which of the old files there is."""
    path = root / "pyproject.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    system = data.get("build-system", {})
    backend = system.get("build-backend")
    if backend is None:
        return "setup.py" if (root / "setup.py").is_file() else "setup.cfg"
    return f"{backend} (own)" if "backend-path" in system else str(backend)
