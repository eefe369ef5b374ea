"""Mercurial, Subversion and Bazaar: a tree of one revision, fetched anew each time."""

from collections.abc import Callable
from pathlib import Path

from pysetup.index.transport import OfflineError
from pysetup.standards.vcs_urls import VcsUrl, VersionControlUrlError
from pysetup.workflows.fetching.vcs_process import NoSuchRevisionError, VcsProcess


def check_out(url: VcsUrl, tree: Path, process: VcsProcess, *, offline: bool) -> str:
    """Make ``tree`` from what ``url`` names, and return the revision's id.

    Raises ``VersionControlError``, ``NoSuchRevisionError``, ``OfflineError``, and
    ``VersionControlUrlError`` for credentials that the program cannot be given safely.
    """
    if offline and url.scheme != "file":
        raise OfflineError(url.public_text)
    if url.system != "hg" and any(url.credentials):
        reason = f"{url.system} has no safe way for a password in it"
        raise VersionControlUrlError(url.public_text, reason)
    return _SYSTEMS[url.system](url, tree, process)


def _mercurial(url: VcsUrl, tree: Path, process: VcsProcess) -> str:
    # Nothing of [hooks] or [extensions] travels with a clone.
    place = url.public_url.removeprefix("file://")
    process(["hg", "clone", "--quiet", "--noupdate", "--", place, str(tree)])
    inside = ["hg", "--cwd", str(tree)]
    wanted = f"--rev={url.revision or 'default'}"
    code, output, _ = process.attempt(
        [*inside, "log", wanted, "--limit=1", "--template={node}"]
    )
    if code:
        raise NoSuchRevisionError(url)
    commit = output.decode("ascii", errors="replace").strip()
    process([*inside, "update", "--quiet", "--clean", f"--rev={commit}"])
    return commit


def _subversion(url: VcsUrl, tree: Path, process: VcsProcess) -> str:
    words = ["svn", "checkout", "--quiet", "--non-interactive", "--ignore-externals"]
    revision = [f"--revision={url.revision}"] if url.revision else []
    process([*words, *revision, "--", f"{url.public_url}@", str(tree)])
    shown = process(["svn", "info", "--show-item=revision", "--", str(tree)])
    return shown.decode("ascii", errors="replace").strip()


def _bazaar(url: VcsUrl, tree: Path, process: VcsProcess) -> str:
    revision = [f"--revision={url.revision}"] if url.revision else []
    process(["bzr", "branch", "--quiet", *revision, "--", url.public_url, str(tree)])
    shown = process(["bzr", "revno", "--tree", "--", str(tree)])
    return shown.decode("ascii", errors="replace").strip()


_SYSTEMS: dict[str, Callable[[VcsUrl, Path, VcsProcess], str]] = {
    "hg": _mercurial,
    "svn": _subversion,
    "bzr": _bazaar,
}
