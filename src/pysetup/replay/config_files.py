"""Where configuration of our own may stand: the same answer for short and long way."""

import os
import stat

PROJECT_FILE = "pysetup.toml"
DOCUMENT = "pyproject.toml"
SYSTEM_FILE = "/etc/pysetup/config.toml"
_MOST = 256 * 1024


def user_file(environ: dict[str, str], home: str) -> str:
    """Return the path of the user's own file."""
    base = environ.get("XDG_CONFIG_HOME", "")
    return f"{base if base[:1] == '/' else f'{home}/.config'}/pysetup/config.toml"


def project_file(folder: str) -> str | None:
    """Return the file that configures the project around ``folder``, None for none.

    It is the nearest ``pysetup.toml``, or the nearest ``pyproject.toml`` that speaks of
    pysetup. Above ``folder`` only those count whose owner is the user, the system, or
    the owner of ``folder``: others may write into ``/tmp``.
    """
    start: os.stat_result | None = None
    place = folder
    while True:
        for name in (PROJECT_FILE, DOCUMENT):
            path = f"{place.rstrip('/')}/{name}"
            try:
                facts = os.stat(path)
            except OSError:
                continue
            if start is None:
                start = os.stat(folder)
            known = (0, os.geteuid(), start.st_uid)
            if place != folder and facts.st_uid not in known:
                continue
            if name == PROJECT_FILE or (
                stat.S_ISREG(facts.st_mode) and _speaks_of_us(path)
            ):
                return path
            return None
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


def _speaks_of_us(path: str) -> bool:
    """Tell whether a document may hold ``[tool.pysetup]``; most do not."""
    try:
        with open(path, "rb") as stream:
            content = stream.read(_MOST)
    except OSError:
        return False
    return b"tool" in content and b"pysetup" in content


def environment_file(named: str | None, environ: dict[str, str], cwd: str) -> str:
    """Return where the configuration of the environment that is meant would stand.

    ``named`` is what ``--env`` or ``--python`` names. Empty where that is not plain
    from the names alone.
    """
    place = named
    for variable in ("PYSETUP_ENV", "PYSETUP_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"):
        place = place or environ.get(variable)
    if not place:
        place = cwd
        while not os.path.isfile(f"{place.rstrip('/')}/.venv/pyvenv.cfg"):
            above = os.path.dirname(place)
            if above == place:
                return ""
            place = above
        place = f"{place.rstrip('/')}/.venv"
    path = os.path.normpath(os.path.join(cwd, os.path.expanduser(place)))
    if not os.path.isdir(path):
        folder, _, _ = path.rpartition("/")
        path, _, last = folder.rpartition("/")
        if last != "bin" or not path or "/" not in place:
            return ""
    return f"{path}/{PROJECT_FILE}"
