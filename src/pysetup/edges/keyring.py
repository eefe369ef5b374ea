"""Passwords out of the user's keyring, by its own command, and only when asked."""

import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec

from pysetup.edges.children import subprocess
from pysetup.edges.urls import Url
from pysetup.late import shutil

PROVIDERS = ("auto", "disabled", "import", "subprocess")
# A keyring may have to be unlocked by its owner.
_TIMEOUT = 120.0

Ask = Callable[[Sequence[str], Mapping[str, str]], str | None]


def keyring_command(provider: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words that start the keyring; none if there is none to ask.

    ``import`` is the keyring package of pysetup's own Python, ``subprocess`` the
    command on ``PATH``, ``auto`` the first of them that is there. Both run as a child.
    """
    if provider in ("import", "auto") and find_spec("keyring") is not None:
        return (sys.executable, "-m", "keyring")
    if provider in ("subprocess", "auto"):
        found = shutil.which("keyring", path=environ.get("PATH"))
        return (found,) if found else ()
    return ()


def run_keyring(command: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return what ``command`` prints; None if it has nothing, or fails."""
    try:
        done = subprocess.run(
            list(command),
            env={**environ, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return done.stdout.decode("utf-8", errors="replace").rstrip("\r\n") or None


class Keyring:
    """Asks the keyring for each server once; safe to share between threads.

    ``services`` are URLs of indexes, under which a password may be kept, beside the
    name of the host.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        services: Sequence[str],
        environ: Mapping[str, str],
        ask: Ask = run_keyring,
    ) -> None:
        self._command = tuple(command)
        self._services = tuple(services)
        self._environ = environ
        self._ask = ask
        self._lock = threading.Lock()
        self._known: dict[tuple[object, str | None], tuple[str, str] | None] = {}

    def find(self, url: Url, username: str | None) -> tuple[str, str] | None:
        """Return user name and password for ``url``, None if it knows none."""
        if not self._command or (username or "").startswith("-"):
            return None
        key = (url.origin, username)
        with self._lock:
            if key not in self._known:
                self._known[key] = self._look(url, username)
            return self._known[key]

    def _look(self, url: Url, username: str | None) -> tuple[str, str] | None:
        place = url.host if url.has_usual_port else f"{url.host}:{url.port}"
        origin = f"{url.scheme}://{place}/"
        services = [one for one in self._services if one.startswith(origin)]
        for service in (*services, place):
            found = self._one(service, username)
            if found is not None:
                return found
        return None

    def _one(self, service: str, username: str | None) -> tuple[str, str] | None:
        if username is not None:
            words = (*self._command, "get", service, username)
            password = self._ask(words, self._environ)
            return None if password is None else (username, password)
        # Who has no user name yet is asked for both; keyrings since 25.2 can do that.
        words = (*self._command, "--mode", "creds", "--output", "json", "get", service)
        try:
            value = json.loads(self._ask(words, self._environ) or "")
            return str(value["username"]), str(value["password"])
        except (ValueError, KeyError, TypeError):
            return None
