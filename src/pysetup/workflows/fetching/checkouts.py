"""Source trees out of version control: fetched, resolved to a commit, checked out.

What is fetched of a git repository stays in the cache, so that a commit that was seen
once is not fetched again. The tree itself is made anew for each command, in a folder
of its own that a build may write to.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pysetup.edges.files import lone_lock
from pysetup.edges.http import InsecureUrlError
from pysetup.edges.urls import Url
from pysetup.edges.wire import HttpSettings
from pysetup.errors import NetworkError
from pysetup.late import hashlib, shutil, tempfile
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import is_name
from pysetup.standards.vcs_urls import UNPROTECTED, VcsUrl, VersionControlUrlError
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.fetching import git, other_systems
from pysetup.workflows.fetching.vcs_process import VcsProcess, VersionControlError

# In seconds; who fetches a large history for the first time needs a while.
_LOCK_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Checkout:
    """The tree of one commit; ``path`` is its project, in the subdirectory if any."""

    url: VcsUrl
    path: Path
    commit_id: str

    @property
    def direct_url(self) -> dict[str, JSON]:
        """The record of PEP 610."""
        return self.url.direct_url(self.commit_id)

    @property
    def pinned(self) -> VcsUrl:
        """The same, by its commit: what a lock file may hold."""
        return replace(self.url, revision=self.commit_id)


class Checkouts:
    """Makes checkouts below ``folder``, each of them once; safe between threads.

    ``commits`` are those of a lock, by the URL (``public_text``): a branch is then what
    it was when it was locked.
    """

    def __init__(
        self,
        folder: Path,
        *,
        context: Context,
        commits: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._commits = commits or {}
        self._context = context
        self._lock = threading.Lock()
        self._made: dict[str, Checkout] = {}

    def get(self, url: VcsUrl) -> Checkout:
        """Return the tree that ``url`` names.

        Raises ``VersionControlError``, ``NoSuchRevisionError``, ``OfflineError``,
        ``InsecureUrlError``, ``VersionControlUrlError`` for a subdirectory that is not
        there, and ``CommandNotFoundError`` where the system's program is missing.
        """
        key = url.public_text
        with self._lock:
            if key not in self._made:
                commit = self._commits.get(key, url.revision)
                place = tempfile.mkdtemp(prefix=f"{url.system}-", dir=self._folder)
                tree = Path(place) / _folder_name(url)
                found = self._check_out(replace(url, revision=commit), tree)
                self._made[key] = replace(found, url=url)
            return self._made[key]

    def keep(self, url: VcsUrl, into: Path) -> Path:
        """Return the project that ``url`` names, in a folder of ``into`` that stays.

        It is called by the name that the user expects (``egg``), or by that of the
        repository; one that is there already is left alone. Raises as ``get``, and
        ``VersionControlUrlError`` for anything else that stands there.
        """
        tree = into / (url.egg if is_name(url.egg) else _folder_name(url))
        process = VcsProcess(self._context, url)
        if tree.exists():
            if not (url.system == "git" and git.is_checkout(tree, url, process)):
                raise VersionControlUrlError(url.public_text, f"{tree} is in the way")
            self._context.tell(f"{tree} is there already, and stays as it is")
            return _project_in(tree, url)
        into.mkdir(parents=True, exist_ok=True)
        try:
            return self._check_out(url, tree, sharing="--no-hardlinks").path
        except BaseException:
            shutil.rmtree(tree, ignore_errors=True)
            raise

    def _check_out(
        self, url: VcsUrl, tree: Path, *, sharing: str = "--shared"
    ) -> Checkout:
        _refuse_unprotected(url, self._context)
        self._context.tell(f"getting {url.public_text}")
        process = VcsProcess(self._context, url)
        if url.system == "git":
            commit = self._from_git(url, tree, process, sharing)
        else:
            commit = other_systems.check_out(
                url, tree, process, offline=self._context.settings.offline
            )
        return Checkout(url, _project_in(tree, url), commit)

    def _from_git(
        self, url: VcsUrl, tree: Path, process: VcsProcess, sharing: str
    ) -> str:
        offline = self._context.settings.offline
        with self._database(url) as database:
            repository = git.Repository(url, database, process)
            try:
                return repository.check_out(tree, sharing=sharing, offline=offline)
            except NetworkError:
                if offline or not database.exists():
                    raise
                # The cache may be damaged: what is fetched anew tells.
                shutil.rmtree(database, ignore_errors=True)
                shutil.rmtree(tree, ignore_errors=True)
                return repository.check_out(tree, sharing=sharing, offline=False)

    @contextmanager
    def _database(self, url: VcsUrl) -> Iterator[Path]:
        """Give the cached repository of ``url``, to this process alone."""
        digest = hashlib.sha256(url.public_url.encode()).hexdigest()[:40]
        folder = self._context.settings.cache_dir / "vcs" / "v1"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = str(folder / f"{digest}.lock")
        with lone_lock(lock, timeout=_LOCK_TIMEOUT, sleep=time.sleep) as alone:
            if not alone:
                reason = "another command has been fetching it for too long"
                raise VersionControlError(url, reason)
            yield folder / digest


def _refuse_unprotected(url: VcsUrl, context: Context) -> None:
    if url.scheme not in UNPROTECTED:
        return
    plain = Url("http", url.host, 80, "/")
    trusted = HttpSettings(trusted_hosts=context.settings.trusted_hosts)
    if not (plain.is_loopback or trusted.trusts(plain)):
        raise InsecureUrlError(plain)


def _project_in(tree: Path, url: VcsUrl) -> Path:
    path = tree / url.subdirectory if url.subdirectory else tree
    if not path.resolve().is_relative_to(tree.resolve()) or not path.is_dir():
        reason = f"it has no folder {url.subdirectory!r}"
        raise VersionControlUrlError(url.public_text, reason)
    return path


def _folder_name(url: VcsUrl) -> str:
    """Return how messages call the tree: the last word of the URL, if it is plain."""
    name = url.public_url.rstrip("/").rpartition("/")[2].removesuffix(".git")
    plain = name.replace("-", "a").replace("_", "a").replace(".", "a")
    return name if plain.isalnum() and not name.startswith((".", "-")) else "tree"
