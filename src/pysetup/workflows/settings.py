"""Settings: one value, merged from command line, variables and pip's configuration."""

import configparser
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

DEFAULT_INDEX_URL = "https://pypi.org/simple/"
_TRUE = ("1", "true", "yes", "on", "y", "t")
_FALSE = ("0", "false", "no", "off", "n", "f", "")

# The keys that say where files come from. They are one thing: the strongest level
# that names the index names all of it (see docs/adr/0008-index-priority.md).
SOURCES = ("index_url", "extra_index_urls", "find_links", "no_index")

# Setting -> the name that pip gives it in files (PIP_* in variables).
_PIP_KEYS = {
    "index_url": "index-url",
    "extra_index_urls": "extra-index-url",
    "find_links": "find-links",
    "no_index": "no-index",
    "pre": "pre",
    "cert": "cert",
    "client_cert": "client-cert",
    "proxy": "proxy",
    "trusted_hosts": "trusted-host",
    "timeout": "timeout",
    "retries": "retries",
    "only_binary": "only-binary",
    "no_binary": "no-binary",
    "constraints": "constraint",
    "build_constraints": "build-constraint",
}

# Setting -> our own variable.
_VARIABLES = {
    "cache_dir": "PYSETUP_CACHE_DIR",
    "index_url": "PYSETUP_INDEX_URL",
    "extra_index_urls": "PYSETUP_EXTRA_INDEX_URL",
    "find_links": "PYSETUP_FIND_LINKS",
    "no_index": "PYSETUP_NO_INDEX",
    "offline": "PYSETUP_OFFLINE",
    "pre": "PYSETUP_PRE",
    "cert": "PYSETUP_CERT",
    "proxy": "PYSETUP_PROXY",
    "trusted_hosts": "PYSETUP_TRUSTED_HOST",
    "timeout": "PYSETUP_TIMEOUT",
    "retries": "PYSETUP_RETRIES",
    "build_constraints": "PYSETUP_BUILD_CONSTRAINT",
    "build_timeout": "PYSETUP_BUILD_TIMEOUT",
    "source_date_epoch": "SOURCE_DATE_EPOCH",
    "link_mode": "PYSETUP_LINK_MODE",
    "startup_hooks": "PYSETUP_STARTUP_HOOKS",
    "durability": "PYSETUP_DURABILITY",
    "undo_keep": "PYSETUP_UNDO_KEEP",
    "atomic": "PYSETUP_ATOMIC",
    "keep_generations": "PYSETUP_KEEP_GENERATIONS",
    "lock_timeout": "PYSETUP_LOCK_TIMEOUT",
}

# Setting -> the words that it takes.
LINK_MODES = ("auto", "clone", "hardlink", "symlink", "copy")
STARTUP_HOOKS = ("allow", "ask", "deny")
DURABILITIES = ("durable", "fast")
ATOMIC_MODES = ("swap", "generation")
_CHOICES = {
    "link_mode": LINK_MODES,
    "startup_hooks": STARTUP_HOOKS,
    "durability": DURABILITIES,
    "atomic": ATOMIC_MODES,
}


class InvalidSettingError(UsageError):
    """A setting has a value that cannot be used.

    The message names the option, variable or file it comes from, and what is
    expected there.
    """

    code = "PS2650"

    def __init__(self, origin: str, value: str, expected: str) -> None:
        super().__init__(
            f"{origin} is {value[:80]!r}, which is not {expected}",
            facts={"origin": origin, "value": value},
            hints=(f"set it to {expected}, or remove it",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be configured, with its built-in value.

    Lists hold URLs, folders or names as the user wrote them; ``timeout`` is in
    seconds; ``source_date_epoch`` is in seconds since 1970, or None.
    ``build_constraints`` are files that limit build requirements; ``build_timeout``
    is in seconds for one call of a build back end, 0 for no limit; ``refresh`` looks
    for build requirements again, whatever is remembered; ``skip_dependency_check``
    builds without isolation though requirements may be missing. ``link_mode`` says
    how files of unpacked wheels come into an environment, ``startup_hooks`` whether
    distributions may bring code that runs at every start of Python, ``durability``
    whether a change of one survives a loss of power; ``lock_timeout`` is how many
    seconds another command that changes it is waited for. ``undo_keep`` is how many
    bytes of old files an environment may keep for ``undo``; ``atomic`` is how a change
    shows, empty for as in this environment before; ``keep_generations`` is how many
    generations stay.
    """

    cache_dir: Path
    index_url: str = DEFAULT_INDEX_URL
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    offline: bool = False
    pre: bool = False
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    timeout: float = 30.0
    retries: int = 4
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    source_date_epoch: int | None = None
    build_constraints: tuple[str, ...] = ()
    build_timeout: float = 7200.0
    refresh: bool = False
    skip_dependency_check: bool = False
    link_mode: str = "auto"
    startup_hooks: str = "allow"
    durability: str = "durable"
    lock_timeout: float = 60.0
    undo_keep: int = 1 << 30
    atomic: str = ""
    keep_generations: int = 3

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in (
                (field.name, getattr(self, field.name)) for field in fields(self)
            )
            if not isinstance(value, Path)
        } | {"cache_dir": str(self.cache_dir)}


_TYPES = {field.name: field.type for field in fields(Settings)}


def load_settings(
    environ: Mapping[str, str],
    *,
    home: Path,
    prefix: Path,
    options: Mapping[str, object] | None = None,
) -> Settings:
    """Merge ``options`` (the command line), ``PYSETUP_*`` and pip's configuration.

    ``prefix`` is the environment whose ``pip.conf`` counts as pip's site file.
    Raises ``InvalidSettingError``.
    """
    levels = [
        {key: value for key, value in (options or {}).items() if value is not None},
        _from_variables(environ),
    ]
    if not _flag(environ, "PYSETUP_NO_FOREIGN_CONFIG"):
        levels.append(_from_pip(environ, home=home, prefix=prefix))
    merged: dict[str, object] = {"cache_dir": _default_cache(environ, home)}
    for level in reversed(levels):
        if "index_url" in level:
            merged = {k: v for k, v in merged.items() if k not in SOURCES}
        merged.update(level)
    return Settings(**merged)  # type: ignore[arg-type] # converted by _convert


def _default_cache(environ: Mapping[str, str], home: Path) -> Path:
    base = environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else home / ".cache") / "pysetup"


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return _boolean(environ.get(name, ""), origin=name)


def _boolean(text: str, *, origin: str) -> bool:
    if text.strip().lower() in _TRUE:
        return True
    if text.strip().lower() in _FALSE:
        return False
    raise InvalidSettingError(origin, text, "a yes or no (1 or 0)")


def _convert(key: str, text: str, *, origin: str) -> object:
    kind = _TYPES[key]
    if kind == tuple[str, ...]:
        return tuple((text.replace(",", " ") if "binary" in key else text).split())
    if kind is bool:
        return _boolean(text, origin=origin)
    if kind is Path:
        return Path(text)
    if kind is float or kind is int or kind == int | None:
        try:
            number = float(text) if kind is float else int(text)
        except ValueError:
            raise InvalidSettingError(origin, text, "a number") from None
        if number < 0:
            raise InvalidSettingError(origin, text, "a number of at least 0")
        return number
    chosen = text.strip()
    if chosen not in _CHOICES.get(key, (chosen,)):
        raise InvalidSettingError(origin, text, f"one of {', '.join(_CHOICES[key])}")
    return chosen


def _from_variables(environ: Mapping[str, str]) -> dict[str, object]:
    return {
        key: _convert(key, environ[variable], origin=variable)
        for key, variable in _VARIABLES.items()
        if environ.get(variable, "").strip()
    }


def pip_configuration_files(
    environ: Mapping[str, str], *, home: Path, prefix: Path
) -> tuple[Path, ...]:
    """Return the files that pip reads, weakest first (pip's documented order)."""
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return ()
    shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    config_home = environ.get("XDG_CONFIG_HOME", "")
    user = Path(config_home) if os.path.isabs(config_home) else home / ".config"
    return (
        *(Path(folder) / "pip" / "pip.conf" for folder in reversed(shared) if folder),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        user / "pip" / "pip.conf",
        prefix / "pip.conf",
        *((Path(named),) if named else ()),
    )


def _from_pip(
    environ: Mapping[str, str], *, home: Path, prefix: Path
) -> dict[str, object]:
    texts: dict[str, tuple[str, str]] = {}
    for path in pip_configuration_files(environ, home=home, prefix=prefix):
        texts.update(_read_pip_file(path))
    for name, text in environ.items():
        if name.startswith("PIP_") and text:
            key = name.removeprefix("PIP_").lower().replace("_", "-")
            texts[key] = (text, name)
    # pip itself knows the timeout under two names.
    if "timeout" not in texts and "default-timeout" in texts:
        texts["timeout"] = texts["default-timeout"]
    return {
        key: _convert(key, texts[name][0], origin=texts[name][1])
        for key, name in _PIP_KEYS.items()
        if name in texts
    }


def _read_pip_file(path: Path) -> dict[str, tuple[str, str]]:
    """Return key -> (text, origin) of ``[global]``, then ``[install]`` over it."""
    parser = configparser.RawConfigParser()
    try:
        content = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    except UnicodeDecodeError:
        raise InvalidSettingError(str(path), "binary data", "UTF-8 text") from None
    try:
        parser.read_string(content, source=str(path))
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise InvalidSettingError(str(path), reason, "an INI file") from None
    return {
        key.lower().replace("_", "-"): (text, f"{key} in {path}")
        for section in ("global", "install")
        if parser.has_section(section)
        for key, text in parser.items(section)
    }
