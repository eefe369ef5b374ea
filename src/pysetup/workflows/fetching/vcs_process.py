"""Programs of version control, run so that nobody is asked and no secret is shown."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pysetup.errors import NetworkError, UsageError
from pysetup.late import base64, tempfile
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.workflows.context import Context

# Cloning a large history over a slow line takes its time; hanging for ever does not.
_TIMEOUT = 3600.0
# These would point git at another repository, as inside one of its hooks.
_POINTERS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_CURL_VERBOSE",
)


class VersionControlError(NetworkError):
    """A repository cannot be fetched or checked out.

    The last words of the program are told. Check the URL, and whether the program
    itself can reach the repository: it uses your own configuration, keys and
    credential helpers, and is not allowed to ask.
    """

    code = "PS4220"
    retryable = False

    def __init__(self, url: VcsUrl, reason: str) -> None:
        super().__init__(
            f"{url.system} cannot get {url.public_url}: {reason}",
            facts={"url": url.public_url, "because": reason},
            hints=(f"try it by hand:  {url.system} clone {url.public_url}",),
        )


class NoSuchRevisionError(UsageError):
    """A repository has no branch, tag or commit of the name that was asked for.

    A commit may be shortened, but then it must be on a branch or under a tag.
    """

    code = "PS2662"

    def __init__(self, url: VcsUrl) -> None:
        wanted = f"revision {url.revision!r}" if url.revision else "commit"
        super().__init__(
            f"{url.public_url} has no {wanted}",
            facts={"url": url.public_url, "revision": url.revision},
            hints=("name a branch, a tag or a commit of it after @",),
        )


class VcsProcess:
    """Runs the program of one repository's system, with its credentials beside it.

    User name and password never stand in an argument, where every user of the
    machine could read them: git and hg get them for this one server by other ways.
    """

    def __init__(self, context: Context, url: VcsUrl) -> None:
        self._context = context
        self._url = url

    @property
    def tell(self) -> Callable[[str], None]:
        """Say one line to the user."""
        return self._context.tell

    def __call__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run ``command`` and return its output; raises ``VersionControlError``."""
        code, output, reason = self.attempt(command, cwd=cwd, env=env)
        if code:
            raise VersionControlError(self._url, reason)
        return output

    def attempt(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, str]:
        """Run ``command``; return its exit code, its output, and its last words."""
        with self._credentials() as more:
            done = self._context.run_process(
                command,
                cwd=cwd,
                env={**self._environment(), **more, **(env or {})},
                timeout=_TIMEOUT,
            )
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1].strip()[:300] if lines else f"exit code {done.returncode}"
        if done.timed_out:
            reason = f"it was not done after {_TIMEOUT:.0f} s"
        return done.returncode, done.stdout, reason

    def _environment(self) -> dict[str, str]:
        environ = {
            key: text
            for key, text in self._context.environ.items()
            if key not in _POINTERS
        }
        return {
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            **environ,
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "HGPLAIN": "1",
        }

    @contextmanager
    def _credentials(self) -> Iterator[dict[str, str]]:
        user, password = self._url.credentials
        if not (user or password):
            yield {}
        elif self._url.system == "git":
            yield _git_header(self._url, user, password)
        else:
            with tempfile.TemporaryDirectory(prefix="pysetup-auth-") as folder:
                yield _hg_configuration(self._url, user, password, folder=folder)


def _git_header(url: VcsUrl, user: str, password: str) -> dict[str, str]:
    """Return variables that give git a header for this origin alone."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{_origin(url)}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {token}",
    }


def _hg_configuration(
    url: VcsUrl, user: str, password: str, *, folder: str
) -> dict[str, str]:
    """Return variables that add a file of credentials to hg's configuration."""
    path = Path(folder) / "auth.rc"
    path.touch(mode=0o600)
    path.write_text(
        f"[auth]\npysetup.prefix = {_origin(url)}\n"
        f"pysetup.username = {user}\npysetup.password = {password}\n",
        encoding="utf-8",
    )
    home = Path.home()
    usual = ("/etc/mercurial/hgrc", home / ".hgrc", home / ".config/hg/hgrc")
    return {"HGRCPATH": os.pathsep.join(map(str, (*usual, path)))}


def _origin(url: VcsUrl) -> str:
    scheme, _, rest = url.public_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
