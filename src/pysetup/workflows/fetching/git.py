"""git: one cached repository for each URL, and a tree of one commit out of it.

Nothing of a repository is run or obeyed: no hooks, no templates, no configuration, no
transports but those that the URL itself may use. Filters (LFS) and credential helpers
are those of the user's own configuration, as ``git clone`` would use them.
"""

import os
import re
from pathlib import Path

from pysetup.index.transport import OfflineError
from pysetup.late import late_pattern, shutil, tempfile
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.workflows.fetching.vcs_process import NoSuchRevisionError, VcsProcess

_WHOLE = late_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_HEXADECIMAL = late_pattern(r"[0-9a-f]{7,64}", re.ASCII)
_SAFE = (
    "git",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "advice.detachedHead=false",
    "-c",
    "init.defaultBranch=main",
)
_FETCH = ("fetch", "--quiet", "--force", "--no-recurse-submodules", "--no-auto-gc")
_ASKED = "refs/pysetup/asked"
_ALL = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


class Repository:
    """A repository, and where it is kept; ``database`` is made if it is not there."""

    def __init__(self, url: VcsUrl, database: Path, process: VcsProcess) -> None:
        self._url = url
        self._database = database
        self._process = process

    def check_out(self, tree: Path, *, sharing: str, offline: bool) -> str:
        """Make ``tree`` from what the URL names, and return the commit's full id.

        ``sharing`` is how its objects come from the cache: ``--shared`` needs it for
        as long as the tree lives, ``--no-hardlinks`` copies them. Raises
        ``VersionControlError``, ``NoSuchRevisionError`` and ``OfflineError``.
        """
        commit = self._known()
        if commit is None and offline:
            commit = self._resolve() if self._database.exists() else None
            if commit is None:
                raise OfflineError(self._url.public_text)
            text = f"offline: {self._url.public_text} is as it was fetched last"
            self._process.tell(text)
        if commit is None:
            self._fetch()
            commit = self._resolve()
        if commit is None:
            raise NoSuchRevisionError(self._url)
        self._make_tree(commit, tree, sharing)
        return commit

    def _known(self) -> str | None:
        """Return the commit if it is named by its whole id and is here already."""
        revision = self._url.revision
        if not (_WHOLE.fullmatch(revision) and self._database.exists()):
            return None
        return self._commit(revision)

    def _fetch(self) -> None:
        if not self._database.exists():
            self._make_database()
        revision = self._url.revision
        wanted = [*_ALL]
        if not revision:
            wanted.append(f"+HEAD:{_ASKED}")
        elif revision.startswith("refs/"):
            wanted.append(f"+{revision}:{_ASKED}")
        env = {"GIT_ALLOW_PROTOCOL": self._url.scheme}
        command = [*_SAFE, "--git-dir", str(self._database), *_FETCH]
        command += ["--", self._url.public_url]
        self._process([*command, *wanted], env=env)
        if _WHOLE.fullmatch(revision) and not self._commit(revision):
            # On no branch: some servers give single commits all the same.
            self._process.attempt([*command, f"+{revision}:{_ASKED}"], env=env)

    def _make_database(self) -> None:
        # Made beside and renamed: a repository that is there is whole.
        made = tempfile.mkdtemp(prefix=".new-", dir=self._database.parent)
        words = ["init", "--quiet", "--bare", "--template="]
        try:
            self._process([*_SAFE, *words, "--", made])
            os.rename(made, self._database)
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _resolve(self) -> str | None:
        """Return the commit that the revision means; a branch comes before a tag."""
        revision = self._url.revision
        if not revision or revision.startswith("refs/"):
            return self._commit(_ASKED)
        names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if _HEXADECIMAL.fullmatch(revision):
            names.append(revision)
        found = (self._commit(name) for name in names)
        return next((commit for commit in found if commit), None)

    def _commit(self, name: str) -> str | None:
        command = [*_SAFE, "--git-dir", str(self._database), "rev-parse"]
        code, output, _ = self._process.attempt(
            [*command, "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        )
        found = output.decode("ascii", errors="replace").strip()
        return found if not code and _WHOLE.fullmatch(found) else None

    def _make_tree(self, commit: str, tree: Path, sharing: str) -> None:
        words = ["clone", "--quiet", "--no-checkout", sharing, "--template="]
        self._process([*_SAFE, *words, "--", str(self._database), str(tree)])
        inside = [*_SAFE, "-C", str(tree)]
        origin = ["remote", "set-url", "origin", "--", self._url.public_url]
        self._process([*inside, *origin])
        self._process([*inside, "checkout", "--quiet", "--detach", "--force", commit])
        if (tree / ".gitmodules").is_file():
            # A submodule may come by the way of its parent, or by a protected one.
            ways = {"https", "ssh", self._url.scheme}
            words = ["submodule", "--quiet", "update", "--init", "--recursive"]
            env = {"GIT_ALLOW_PROTOCOL": ":".join(ways)}
            self._process([*inside, *words], env=env)


def is_checkout(tree: Path, url: VcsUrl, process: VcsProcess) -> bool:
    """Tell whether ``tree`` is a work tree of the repository of ``url``."""
    command = [*_SAFE, "-C", str(tree), "remote", "get-url", "origin"]
    code, output, _ = process.attempt(command)
    same = output.decode(errors="replace").strip() == url.public_url
    return not code and same and (tree / ".git").exists()
