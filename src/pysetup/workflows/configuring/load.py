"""Configuration as a whole: every level found and read, merged by strength."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.replay.config_files import (
    SYSTEM_FILE,
    environment_file,
    project_file,
    user_file,
)
from pysetup.values import dataclass, field, field_names
from pysetup.workflows.configuring.foreign import pip_configuration_files, read_pip
from pysetup.workflows.configuring.keys import BY_SETTING, KEYS, SOURCE_DATE
from pysetup.workflows.configuring.levels import ConfigurationWarning, Level, Origin
from pysetup.workflows.configuring.values import boolean, convert_text
from pysetup.workflows.settings import SOURCES, IndexSetting, Settings

_FIELDS = frozenset(field_names(Settings))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where configuration is looked for.

    ``prefix`` is the environment whose ``pip.conf`` counts as pip's site file;
    ``directory`` is where relative paths start from, None for no project at all;
    ``project`` is the folder whose project is meant, ``environment`` what ``--env`` or
    ``--python`` names, ``named`` the file of ``--config``. ``use_files`` is false for
    ``--no-config``; ``isolated`` leaves out variables and the user's own files.
    """

    environ: Mapping[str, str]
    home: Path
    prefix: Path
    directory: Path | None = None
    project: Path | None = None
    environment: str | None = None
    named: str | None = None
    use_files: bool = True
    isolated: bool = False
    system_file: str = SYSTEM_FILE


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, what else options default to, and where all of it is from.

    ``defaults`` are by the name of the option; ``files`` are (level, path) of every
    place of a file, strongest first, there or not; pip's are ``pip_files``.
    """

    settings: Settings
    defaults: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    pip_files: tuple[str, ...] = ()
    warnings: tuple[ConfigurationWarning, ...] = ()


def load_settings(
    environ: Mapping[str, str],
    *,
    home: Path,
    prefix: Path,
    options: Mapping[str, object] | None = None,
) -> Settings:
    """Return the settings alone; as ``load_configuration``, with no project."""
    around = Surroundings(environ, home, prefix)
    return load_configuration(around, options=options).settings


def load_configuration(
    around: Surroundings, *, options: Mapping[str, object] | None = None
) -> Configuration:
    """Merge ``options`` (the command line) with all that is configured.

    Raises ``InvalidSettingError``, ``InvalidTomlError``, ``ForbiddenInProjectError``,
    ``UnreadableConfigurationError`` and, in strict mode, ``UnknownKeyError``.
    """
    files = configuration_files(around)
    levels = [_of_options(options or {})]
    if not around.isolated:
        levels.append(_of_variables(around.environ))
    warnings: list[ConfigurationWarning] = []
    for level, path in files:
        if os.path.isfile(path) or level == "--config":
            # Loaded here: few have such files, and TOML takes its time.
            from pysetup.workflows.configuring.files import read_file

            found, doubts = read_file(path, level)
            levels.append(found)
            warnings += doubts
    if not _flag(around.environ, "PYSETUP_NO_FOREIGN_CONFIG"):
        levels.append(_of_pip(around))
    merged, origins = _merged(levels)
    if warnings and merged.pop("strict_configuration", False):
        from pysetup.workflows.configuring.files import UnknownKeyError

        raise UnknownKeyError(warnings[0])
    merged.setdefault("cache_dir", _default_cache(around.environ, around.home))
    merged["indexes"] = _indexes(levels)
    settings = {key: value for key, value in merged.items() if key in _FIELDS}
    return Configuration(
        Settings(**settings),  # type: ignore[arg-type] # converted by their kinds
        {key: value for key, value in merged.items() if key not in _FIELDS},
        origins,
        files,
        _pip_files(around),
        tuple(warnings),
    )


def configuration_files(around: Surroundings) -> tuple[tuple[str, str], ...]:
    """Return (level, path) of every place where a file of ours may stand.

    Strongest first. A project's file is told where it would be made, if there is none.
    """
    environ = dict(around.environ)
    if not around.use_files or _flag(environ, "PYSETUP_NO_CONFIG"):
        return ()
    home = str(around.home)
    found: list[tuple[str, str]] = []
    named = around.named or (
        "" if around.isolated else environ.get("PYSETUP_CONFIG", "")
    )
    here = around.directory
    if named and here is not None:
        path = os.path.join(str(here), os.path.expanduser(named))
        found.append(("--config", path))
    if here is not None:
        folder = str(around.project or here)
        # A folder that is not there is told by who is asked for its project.
        there = project_file(folder) if os.path.isdir(folder) else None
        project = there or os.path.join(folder, "pysetup.toml")
        found.append(("project", project))
        own = environment_file(around.environment, environ, str(here))
        if own and own != project:
            found.append(("environment", own))
    if not around.isolated:
        found.append(("user", user_file(environ, home)))
    found.append(("system", around.system_file))
    return tuple(dict.fromkeys(found))


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return boolean(environ.get(name, ""), origin=name)


def _of_options(options: Mapping[str, object]) -> Level:
    values = {key: value for key, value in options.items() if value is not None}
    known = {key: value for key, value in values.items() if key in _FIELDS}
    origins = {key: Origin("command line", "") for key in known}
    return Level("command line", known, origins)


def _of_variables(environ: Mapping[str, str]) -> Level:
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for key in (*KEYS, SOURCE_DATE):
        variables = (key.name,) if key is SOURCE_DATE else key.variables
        for variable in variables:
            text = environ.get(variable, "")
            if text.strip():
                values[key.setting] = convert_text(key, text, origin=variable)
                origins[key.setting] = Origin("variable", variable)
                break
    return Level("variable", values, origins)


def _of_pip(around: Surroundings) -> Level:
    environ = around.environ
    if around.isolated:
        environ = {
            name: text
            for name, text in environ.items()
            if not name.startswith("PIP_") or name == "PIP_CONFIG_FILE"
        }
    return read_pip(
        environ,
        home=around.home,
        prefix=around.prefix,
        use_files=around.use_files and not _flag(environ, "PYSETUP_NO_CONFIG"),
    )


def _pip_files(around: Surroundings) -> tuple[str, ...]:
    """Return where pip's files may stand, strongest first."""
    found = pip_configuration_files(
        around.environ, home=around.home, prefix=around.prefix
    )
    return tuple(map(str, reversed(found)))


def _merged(levels: list[Level]) -> tuple[dict[str, object], dict[str, Origin]]:
    """Return values and origins, the levels laid over one another.

    A level that names the index names all sources (docs/adr/0008-index-priority.md).
    """
    merged: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for level in reversed(levels):
        if "index_url" in level.values:
            for key in SOURCES:
                merged.pop(key, None)
                origins.pop(key, None)
        merged.update(level.values)
        origins.update(level.origins)
        for key, more in level.extends.items():
            before = merged.get(key, ())
            assert isinstance(before, tuple), "only lists can be extended"
            merged[key] = (*more, *(one for one in before if one not in more))
    return merged, origins


def _indexes(levels: list[Level]) -> tuple[IndexSetting, ...]:
    """Return the tables ``[[index]]`` of all levels, strongest first.

    What pins names to an index stays whatever stronger levels say of others: it is
    there so that nobody else can give these names. What is not pinned goes with the
    other sources of its level.
    """
    found: dict[str, IndexSetting] = {
        one.name: one
        for level in levels
        if level.name != "project"
        for one in level.indexes
        if one.packages
    }  # a cloned repository does not change where these come from
    named = False
    for level in levels:
        for one in level.indexes:
            if one.packages or not named:
                found.setdefault(one.name, one)
        named = named or "index_url" in level.values
    return tuple(found.values())


def _default_cache(environ: Mapping[str, str], home: Path) -> Path:
    base = environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else home / ".cache") / "pysetup"


def described_value(setting: str, configuration: Configuration) -> object:
    """Return the value that ``setting`` has, None where nothing sets it."""
    if setting in _FIELDS:
        return getattr(configuration.settings, setting)
    return configuration.defaults.get(setting)


def key_origins(configuration: Configuration) -> Iterator[tuple[str, object, str]]:
    """Yield (key, value, origin) of every key; unset ones are ``built-in``."""
    for setting, key in BY_SETTING.items():
        value = described_value(setting, configuration)
        origin = configuration.origins.get(setting)
        yield key.name, value, "built-in" if origin is None else str(origin)
