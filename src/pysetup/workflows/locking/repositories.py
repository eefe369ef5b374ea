"""Repositories in locks: the URL that leads to what was locked."""

from pathlib import Path

from pysetup.interchange.pylock.model import LockedVcs
from pysetup.standards.vcs_urls import VcsUrl, parse_vcs_url
from pysetup.values import replace


def vcs_url(vcs: LockedVcs, *, folder: Path | None = None) -> VcsUrl:
    """Return the URL of what was asked for, with the requested revision if any.

    A ``path`` begins at ``folder``, where the lock stands. Raises
    ``VersionControlUrlError``: a lock may name nothing that a URL may not.
    """
    url = vcs.url
    if not url and folder is not None:
        url = (folder / vcs.path).resolve().as_uri()
    # Parsed without the revision, which may hold anything that a branch may be called.
    plain = parse_vcs_url(f"{vcs.type}+{url}")
    pinned = parse_vcs_url(f"{vcs.type}+{url}@{vcs.commit_id}")
    assert pinned.url == plain.url, "only the revision is added"
    return replace(
        plain, revision=vcs.requested_revision, subdirectory=vcs.subdirectory
    )
