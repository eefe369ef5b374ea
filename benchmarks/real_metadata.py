"""Real METADATA files for the benchmarks: from folders, or from the package index.

Nothing is kept here: what a run looks at is collected when it runs.
"""

import contextlib
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pysetup import api
from pysetup.errors import PysetupError
from pysetup.index.model import File, archive_version
from pysetup.index.transport import Request
from pysetup.index.urls import metadata_url
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.standards.versions import Version
from pysetup.workflows.fetching.acquire import acquire, open_store
from pysetup.workflows.fetching.fetch import fetch
from pysetup.workflows.fetching.index_client import IndexClient

LIMIT = 8 * 1024 * 1024
LARGEST_SDIST = 1024 * 1024
# Projects with long histories: their old releases have old metadata.
NAMES = (  # noqa: SIM905 - one line of a list is easier to read
    "aiohttp alabaster appdirs argcomplete asgiref astroid attrs babel bcrypt "
    "beautifulsoup4 black bleach blinker boto3 bottle celery certifi cffi chardet "
    "charset-normalizer click cloudpickle colorama coverage cryptography cython "
    "decorator defusedxml distlib django docopt docutils ecdsa falcon fastapi "
    "filelock flake8 flask gevent greenlet gunicorn h11 html5lib httpx idna "
    "importlib-metadata iniconfig ipython isort itsdangerous jinja2 jsonschema "
    "keyring lxml mako markdown markupsafe mock more-itertools mypy networkx nose "
    "numpy oauthlib packaging pandas paramiko pathspec pep8 pexpect pillow pip "
    "pluggy ply psutil"
).split()


@dataclass(frozen=True)
class Found:
    """One distribution: where it is from, METADATA, and entry_points.txt if any."""

    source: str
    metadata: bytes
    entry_points: bytes | None = None


def default_folders() -> list[Path]:
    """Return the folders of installed packages of this interpreter."""
    return [Path(sysconfig.get_path(name)) for name in ("purelib",)]


def from_folders(folders: list[Path]) -> Iterator[Found]:
    """Yield what wheels, sdists and .dist-info and .egg-info folders hold."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.name.endswith(".whl"):
                yield from from_wheel(path)
            elif path.name.endswith((".tar.gz", ".zip")) and path.is_file():
                yield from from_sdist(path)
            elif path.name in ("METADATA", "PKG-INFO") and path.parent.name.endswith(
                (".dist-info", ".egg-info")
            ):
                beside = path.with_name("entry_points.txt")
                entries = beside.read_bytes() if beside.is_file() else None
                yield Found(path.parent.name, path.read_bytes(), entries)
            elif path.name.endswith(".egg-info") and path.is_file():
                yield Found(path.name, path.read_bytes())


def from_wheel(path: Path) -> Iterator[Found]:
    """Yield the metadata of a wheel, however odd its other contents are."""
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                beside = name.replace("METADATA", "entry_points.txt")
                entries = archive.read(beside) if beside in archive.namelist() else None
                yield Found(path.name, archive.read(name), entries)


def from_sdist(path: Path) -> Iterator[Found]:
    """Yield the PKG-INFO of an sdist, if it is one that can be opened."""
    with contextlib.suppress(PysetupError):
        files = read_sdist_files(path, ("PKG-INFO",))
        if "PKG-INFO" in files:
            yield Found(path.name, files["PKG-INFO"])


def from_index(names: list[str], each: int) -> Iterator[Found]:
    """Yield releases of ``names`` from the configured index, old and new alike."""
    context = api.open_context()
    store = open_store(context)
    with IndexClient(context) as index:
        for name in names:
            try:
                page = index.page(name)
            except PysetupError as error:
                print(f"{name}: {error.message}")
                continue
            for file in _spread(list(page.files if page else ()), name, each):
                with contextlib.suppress(PysetupError):
                    if file.is_wheel and file.core_metadata is not False:
                        request = Request(metadata_url(file.url))
                        answer = fetch(
                            request, transport=context.transport, limit=LIMIT
                        )
                        yield Found(file.filename, answer.content)
                        continue
                    (acquired,) = acquire([file], context=context, store=store)
                    read = from_wheel if file.is_wheel else from_sdist
                    for found in read(acquired.path):
                        yield Found(file.filename, found.metadata, found.entry_points)


def _spread(files: list[File], name: str, each: int) -> list[File]:
    """Return one small file of ``each`` versions, from the oldest to the newest."""
    by_version: dict[Version, File] = {}
    for file in files:
        is_cheap = file.is_wheel and file.core_metadata is not False
        if not is_cheap and (file.size or 0) > LARGEST_SDIST:
            continue
        version = archive_version(file.filename, project=name)
        if version is not None:
            by_version.setdefault(version, file)
    versions = sorted(by_version)
    step = max(1, (len(versions) - 1) // max(1, each - 1))
    return [by_version[version] for version in versions[::step][:each]]
