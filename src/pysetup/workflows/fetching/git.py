"""git: one cached repository for each URL, and a tree of one commit out of it.

Nothing of a repository is run or obeyed: no hooks, no templates, no configuration, no
transports but those that the URL itself may use. Filters (LFS) and credential helpers
are those of the user's own configuration, as ``git clone`` would use them.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from pysetup.index.transport import OfflineError
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.workflows.fetching.vcs_process import NoSuchRevisionError, VcsProcess

_WHOLE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
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
_ASKED = "refs/pysetup/asked"
_ALL = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def check_out(
    url: VcsUrl, tree: Path, database: Path, process: VcsProcess, *, offline: bool
) -> str:
    """Make ``tree`` from what ``url`` names, and return the commit's full id.

    ``database`` is the cached repository, made if it is not there. Raises
    ``VersionControlError``, ``NoSuchRevisionError`` and ``OfflineError``.
    """
    commit = _known(url, database, process)
    if commit is None and offline:
        commit = _resolve(url, database, process) if database.exists() else None
        if commit is None:
            raise OfflineError(url.public_text)
        process.tell(f"offline: {url.public_text} is as it was fetched last")
    if commit is None:
        _fetch(url, database, process)
        commit = _resolve(url, database, process)
    if commit is None:
        raise NoSuchRevisionError(url)
    _make_tree(url, commit, tree, database, process)
    return commit


def _known(url: VcsUrl, database: Path, process: VcsProcess) -> str | None:
    """Return the commit if it is named by its whole id and is here already."""
    if not (_WHOLE.fullmatch(url.revision) and database.exists()):
        return None
    return _commit(url.revision, database, process)


def _fetch(url: VcsUrl, database: Path, process: VcsProcess) -> None:
    if not database.exists():
        # Made beside and renamed: a repository that is there is whole.
        made = tempfile.mkdtemp(prefix=".new-", dir=database.parent)
        try:
            process([*_SAFE, "init", "--quiet", "--bare", "--template=", "--", made])
            os.rename(made, database)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    where = ["--git-dir", str(database)]
    words = ["fetch", "--quiet", "--force", "--no-recurse-submodules", "--no-auto-gc"]
    wanted = [*_ALL]
    if not url.revision:
        wanted.append(f"+HEAD:{_ASKED}")
    elif url.revision.startswith("refs/"):
        wanted.append(f"+{url.revision}:{_ASKED}")
    env = {"GIT_ALLOW_PROTOCOL": url.scheme}
    process([*_SAFE, *where, *words, "--", url.public_url, *wanted], env=env)
    if _WHOLE.fullmatch(url.revision) and not _commit(url.revision, database, process):
        # On no branch: some servers give single commits all the same.
        alone = f"+{url.revision}:{_ASKED}"
        process.attempt([*_SAFE, *where, *words, "--", url.public_url, alone], env=env)


def _resolve(url: VcsUrl, database: Path, process: VcsProcess) -> str | None:
    """Return the commit that the revision means; a branch comes before a tag."""
    revision = url.revision
    if not revision or revision.startswith("refs/"):
        return _commit(_ASKED, database, process)
    names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
    if _HEXADECIMAL.fullmatch(revision):
        names.append(revision)
    return next(
        (found for name in names if (found := _commit(name, database, process))), None
    )


def _commit(name: str, database: Path, process: VcsProcess) -> str | None:
    command = [*_SAFE, "--git-dir", str(database), "rev-parse", "--verify", "--quiet"]
    code, output, _ = process.attempt(
        [*command, "--end-of-options", f"{name}^{{commit}}"]
    )
    found = output.decode("ascii", errors="replace").strip()
    return found if not code and _WHOLE.fullmatch(found) else None


def _make_tree(
    url: VcsUrl, commit: str, tree: Path, database: Path, process: VcsProcess
) -> None:
    words = ["clone", "--quiet", "--no-checkout", "--shared", "--template="]
    process([*_SAFE, *words, "--", str(database), str(tree)])
    inside = [*_SAFE, "-C", str(tree)]
    process([*inside, "remote", "set-url", "origin", "--", url.public_url])
    process([*inside, "checkout", "--quiet", "--detach", "--force", commit])
    if (tree / ".gitmodules").is_file():
        # A submodule may come by the way of its parent, or by a protected one.
        env = {"GIT_ALLOW_PROTOCOL": ":".join({"https", "ssh", url.scheme})}
        words = ["submodule", "--quiet", "update", "--init", "--recursive"]
        process([*inside, *words], env=env)
