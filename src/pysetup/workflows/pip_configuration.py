"""pip's configuration as pip itself shows and changes it."""

import configparser
import io
import os
from collections.abc import Mapping
from pathlib import Path

from pysetup.store.sealed import write_whole
from pysetup.values import dataclass
from pysetup.workflows.configuring.edit import UnwritableConfigurationError
from pysetup.workflows.context import Context
from pysetup.workflows.settings import InvalidSettingError

# In pip's order, weakest first.
_KINDS = ("global", "user", "site")
_ENVIRONMENT = ":env:"
# Variables that configure pip, but are no settings of it.
_NO_SETTINGS = ("version", "help", "config-file")


@dataclass(frozen=True, slots=True)
class PipFile:
    """One file of pip's: whether it is there, and its values by ``section.key``."""

    path: str
    exists: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PipConfiguration:
    """pip's files by kind (global, user, site, env), and its variables."""

    files: Mapping[str, tuple[PipFile, ...]]
    variables: Mapping[str, str]

    def merged(self, kind: str | None = None) -> dict[str, str]:
        """Return the values of all files, or of one ``kind``, by ``section.key``.

        Variables come as ``:env:.key``.
        """
        found: dict[str, str] = {}
        for name, files in self.files.items():
            if kind in (None, name):
                for file in files:
                    found |= file.values
        if kind is None:
            for variable, text in self.variables.items():
                key = variable.removeprefix("PIP_").lower().replace("_", "-")
                if key not in _NO_SETTINGS:
                    found[f"{_ENVIRONMENT}.{key}"] = text
        return found

    def writable(self, kind: str | None = None) -> str:
        """Return the file that a change goes into: as pip, the user's by default."""
        files = self.files[kind or "user"]
        there = [file.path for file in files if file.exists]
        return (there or [files[-1].path])[-1]


def read_pip_configuration(context: Context) -> PipConfiguration:
    """Read pip's files and variables; raises ``InvalidSettingError``."""
    configuration = context.configuration
    assert configuration is not None, "a command line has read its configuration"
    named = context.environ.get("PIP_CONFIG_FILE", "")
    # As pip_configuration_files gives them: the named one, the environment's, the
    # user's new and old one, the system's.
    kinds = [*(["env"] if named else []), "site", "user", "user"]
    files: dict[str, list[PipFile]] = {kind: [] for kind in (*_KINDS, "env")}
    for number, path in reversed(list(enumerate(configuration.pip_files))):
        kind = kinds[number] if number < len(kinds) else "global"
        files[kind].append(_read(path))
    variables = {
        name: text
        for name, text in sorted(context.environ.items())
        if name.startswith("PIP_")
    }
    return PipConfiguration({k: tuple(v) for k, v in files.items()}, variables)


def _read(path: str) -> PipFile:
    if not os.path.isfile(path):
        return PipFile(path, False, {})
    parser = _parsed(path)
    return PipFile(
        path,
        True,
        {
            f"{section}.{key.lower().replace('_', '-')}": text
            for section in parser.sections()
            for key, text in parser.items(section)
        },
    )


def _parsed(path: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidSettingError(path, reason, "an INI file") from None
    return parser


def change_pip_file(path: str, section: str, key: str, value: str | None) -> bool:
    """Set ``key``, or take it out for None; tell whether there was anything to do.

    Raises ``InvalidSettingError`` or ``UnwritableConfigurationError``.
    """
    parser = _parsed(path)
    name = key.lower().replace("_", "-")
    if value is None:
        if not parser.has_option(section, name):
            return False
        parser.remove_option(section, name)
        if not parser.items(section):
            parser.remove_section(section)
    else:
        if not parser.has_section(section):
            parser.add_section(section)
        parser.set(section, name, value)
    written = io.StringIO()
    parser.write(written)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(Path(path), written.getvalue().encode())
        os.chmod(path, 0o644)
    except OSError as error:
        raise UnwritableConfigurationError(path, error.strerror or "") from None
    return True
