"""What an answer depends on besides the words: environment, settings, machine."""

import os
import sys

from pysetup.replay.config_files import (
    PROJECT_FILE,
    SYSTEM_FILE,
    project_file,
    user_file,
)

# Raised whenever answers mean something else, or depend on something else.
FORMAT = 11
STATE = ".pysetup"
HOOK = "+pysetup-recover.pth"
_PREFIXES = ("PYSETUP_", "PIP_", "SSL_")
_VARIABLES = (
    "CONDA_PREFIX",
    "HOME",
    "NETRC",
    "REQUESTS_CA_BUNDLE",
    "SOURCE_DATE_EPOCH",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CONFIG_KEYS = ("home", "version", "version_info", "executable")
_NO_PATHS = ("/", "")


class World:
    """One environment, as the short way sees it.

    ``prefix`` and ``python`` are absolute paths; ``site`` is the site folder below the
    prefix; ``listing`` names what stands in it.
    """

    __slots__ = ("config", "facts", "listing", "prefix", "python", "scripts", "site")

    def __init__(self, prefix: str, python: str, config: tuple[str, ...]) -> None:
        self.prefix = prefix
        self.python = python
        self.config = config
        self.site = ""
        self.scripts: list[str] = []
        self.listing: list[str] = []
        self.facts: tuple[object, ...] = ()

    @property
    def state(self) -> str:
        """Its state folder."""
        return f"{self.prefix}/{STATE}"

    def installed(self) -> tuple[int, ...]:
        """Return when what is installed came, in the order of its names.

        Raises ``OSError``.
        """
        place = f"{self.prefix}/{self.site}"
        return tuple(
            os.stat(f"{place}/{name}").st_mtime_ns
            for name in self.listing
            if name.endswith((".dist-info", ".egg-info", ".egg-link", ".egg"))
        )

    def stands(self) -> bool:
        """Tell whether it still has what it had when it was looked at."""
        try:
            listing = sorted(os.listdir(f"{self.prefix}/{self.site}"))
            scripts = sorted(os.listdir(f"{self.prefix}/bin"))
        except OSError:
            return False
        return listing == self.listing and scripts == self.scripts


def find_world(named: str | None, environ: dict[str, str], cwd: str) -> World | None:
    """Return the virtual environment that ``named`` or the surroundings mean.

    None for any other place to install into, and for one that is being changed.
    Raises ``OSError``.
    """
    place = named or environ.get("PYSETUP_PYTHON") or environ.get("VIRTUAL_ENV")
    if not place:
        if environ.get("CONDA_PREFIX"):
            return None
        place = f"{cwd}/.venv"
    elif "/" not in place:
        place = f"./{place}"
        if not os.path.isdir(os.path.join(cwd, place)):
            return None  # a version, or a program to look for
    if place[:1] == "~":
        return None
    path = os.path.normpath(os.path.join(cwd, place))
    if os.path.isdir(path):
        path += "/bin/python"
    folder, _, name = path.rpartition("/")
    prefix, _, scripts = folder.rpartition("/")
    if scripts != "bin" or prefix in _NO_PATHS or not name.startswith("python"):
        return None
    # The shebang of a script has room for 127 bytes, and takes no spaces.
    if len(path) > 120 or not path.isascii() or is_odd(path):  # noqa: PLR2004 - above
        return None
    config = _read_config(f"{prefix}/pyvenv.cfg")
    return None if config is None else _looked_at(World(prefix, path, config))


def is_odd(path: str) -> bool:
    """Tell whether a path has characters that script or journal would have to quote."""
    return not path.isprintable() or any(char in path for char in " \"'`$\\")


def _read_config(path: str) -> tuple[str, ...] | None:
    """Return what matters in ``pyvenv.cfg``; None if system packages count as well."""
    with open(path, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    kept: list[str] = []
    for line in lines:
        key, sep, value = line.partition("=")
        name, value = key.strip().lower(), value.strip()
        if name == "include-system-site-packages" and value.lower() != "false":
            return None
        if sep and name in _CONFIG_KEYS:
            kept += (name, value)
    return tuple(kept)


def _looked_at(world: World) -> World | None:
    config = dict(zip(world.config[::2], world.config[1::2], strict=True))
    version = config.get("version") or config.get("version_info") or ""
    series = ".".join(version.split(".")[:2])
    real = os.path.realpath(world.python)
    interpreter = os.stat(real)
    world.site = f"lib/python{series}/site-packages"
    place = f"{world.prefix}/{world.site}"
    if os.path.islink(place):
        return None
    world.listing = sorted(os.listdir(place))
    world.scripts = sorted(os.listdir(f"{world.prefix}/bin"))
    if HOOK in world.listing or is_unsettled(world.state):
        return None  # something is going on, or was broken off
    system = os.uname()
    world.facts = (
        world.config,
        world.python.rpartition("/")[2],
        (real, interpreter.st_size, interpreter.st_mtime_ns),
        (system.sysname, system.release, system.version, system.machine),
        tuple(world.listing),
        tuple(world.scripts),
    )
    return world


def is_unsettled(state: str) -> bool:
    """Tell whether a change is under way, or left something: the long way tidies."""
    try:
        names = os.listdir(state)
    except FileNotFoundError:
        return False
    return any(name.startswith(("tx-", "journal")) for name in names)


def settings_of(environ: dict[str, str], own: list[str]) -> tuple[object, ...]:
    """Return all that could change what a command does, read where it is set.

    Of configuration files, ``own`` ones and pip's, it is which there are, and since
    when.
    """
    chosen = tuple(
        sorted(
            (name, value)
            for name, value in environ.items()
            if name.startswith(_PREFIXES)
            or name in _VARIABLES
            or name.lower() in _PROXIES
        )
    )
    files = (*own, *_configuration_files(environ))
    return (chosen, tuple((path, _stamp(path)) for path in files))


def own_files(
    environ: dict[str, str], cwd: str, prefix: str, *, project: str
) -> list[str]:
    """Return the configuration files of our own that there are.

    ``prefix`` is the environment, ``project`` the folder whose project is meant.
    Whether a new one stands is found by looking again.
    """
    places = [
        environ.get("PYSETUP_CONFIG", ""),
        project_file(os.path.normpath(project)) or "",
        f"{prefix}/{PROJECT_FILE}",
        user_file(environ, environ.get("HOME", "")),
        SYSTEM_FILE,
    ]
    return [
        os.path.join(cwd, path)
        for path in places
        if path and os.path.lexists(os.path.join(cwd, path))
    ]


def _configuration_files(environ: dict[str, str]) -> list[str]:
    """Return where pip's configuration may stand (pip's documented order)."""
    home = environ.get("HOME", "")
    shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    user = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    prefix = environ.get("VIRTUAL_ENV") or sys.executable.rpartition("/bin/")[0]
    named = environ.get("PIP_CONFIG_FILE", "")
    return [
        *(f"{folder}/pip/pip.conf" for folder in shared),
        "/etc/pip.conf",
        f"{home}/.pip/pip.conf",
        f"{user}/pip/pip.conf",
        f"{prefix}/pip.conf",
        *([named] if named else []),
    ]


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return (facts.st_size, facts.st_mtime_ns, facts.st_ino)


def cache_folder(named: str | None, environ: dict[str, str], cwd: str) -> str | None:
    """Return the cache; None if there is none that nobody else could change."""
    place = named or environ.get("PYSETUP_CACHE_DIR")
    if place:
        folder = os.path.join(cwd, place)
    else:
        base = environ.get("XDG_CACHE_HOME", "")
        if base[:1] != "/":
            base = environ.get("HOME", "") + "/.cache"
        folder = f"{base}/pysetup"
    facts = os.stat(folder)
    if facts.st_uid not in (0, os.geteuid()) or facts.st_mode & 0o002:
        return None
    return folder
