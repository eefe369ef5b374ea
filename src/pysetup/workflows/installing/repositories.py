"""Which commit of which repository an editable project stands at."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from pysetup.edges.process import CommandNotFoundError
from pysetup.index.urls import without_credentials
from pysetup.workflows.context import Context

_SCHEMES = ("http", "https", "ssh", "git", "file")
_TIMEOUT = 60.0


def editable_requirement(name: str, location: str, context: Context) -> str | None:
    """Return the requirement of the project ``name`` in the folder ``location``.

    It has the form of pip, ``git+URL@COMMIT#egg=NAME``. None if the folder is not in a
    git repository that was cloned from somewhere.
    """
    top = _git(location, "rev-parse", "--show-toplevel", context=context)
    commit = _git(location, "rev-parse", "HEAD", context=context)
    url = _git(location, "remote", "get-url", "origin", context=context)
    if not (top and commit and url):
        return None
    if urlsplit(url).scheme not in _SCHEMES:
        user, colon, path = url.partition(":")
        if os.path.isdir(url):
            url = Path(url).absolute().as_uri()
        elif colon and "@" in user:
            url = f"ssh://{user}/{path}"
        else:
            return None
    fragment = f"egg={name.replace('-', '_')}"
    below = os.path.relpath(os.path.realpath(location), os.path.realpath(top))
    if below != ".":
        fragment += f"&subdirectory={below}"
    return f"git+{without_credentials(url)}@{commit}#{fragment}"


def _git(location: str, *words: str, context: Context) -> str:
    """Return what git says, empty where it does not work."""
    try:
        done = context.run_process(
            ["git", "-C", location, *words], timeout=_TIMEOUT, env=context.environ
        )
    except CommandNotFoundError:
        return ""
    return "" if done.returncode else done.stdout.decode(errors="replace").strip()
