"""pip's configuration: read, never written, and weaker than all of our own."""

import os
from collections.abc import Mapping
from pathlib import Path

from pysetup.workflows.configuring.keys import KEYS
from pysetup.workflows.configuring.levels import Level, Origin
from pysetup.workflows.configuring.values import boolean, convert_text
from pysetup.workflows.settings import InvalidSettingError

LEVEL = "pip"
# pip's options that switch off; in its configuration their value is that of what they
# switch (its documentation says so: "no-compile = false" means no bytecode).
_SWITCHES = {"no-compile": "compile", "no-build-isolation": "isolation"}
_NO_CACHE = "no-cache-dir"


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


def read_pip(
    environ: Mapping[str, str], *, home: Path, prefix: Path, use_files: bool = True
) -> Level:
    """Return what pip's files and variables say; raises ``InvalidSettingError``."""
    texts: dict[str, tuple[str, Origin]] = {}
    if use_files:
        for path in pip_configuration_files(environ, home=home, prefix=prefix):
            texts.update(_read_pip_file(path))
    for name, text in environ.items():
        if name.startswith("PIP_") and text:
            key = name.removeprefix("PIP_").lower().replace("_", "-")
            texts[key] = (text, Origin(LEVEL, name))
    # pip itself knows the timeout under two names.
    if "timeout" not in texts and "default-timeout" in texts:
        texts["timeout"] = texts["default-timeout"]
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for one in KEYS:
        if one.pip and one.pip in texts:
            text, origin = texts[one.pip]
            values[one.setting] = convert_text(one, text, origin=origin.place)
            origins[one.setting] = origin
    _add_switches(texts, values, origins)
    return Level(LEVEL, values, origins)


def _add_switches(
    texts: Mapping[str, tuple[str, Origin]],
    values: dict[str, object],
    origins: dict[str, Origin],
) -> None:
    for name, setting in _SWITCHES.items():
        if name in texts:
            text, origin = texts[name]
            values[setting] = boolean(text, origin=origin.place)
            origins[setting] = origin
    if _NO_CACHE in texts:
        text, origin = texts[_NO_CACHE]
        boolean(text, origin=origin.place)
        # Whatever the value is: so it is in pip.
        values["no_cache"], origins["no_cache"] = True, origin


def _read_pip_file(path: Path) -> dict[str, tuple[str, Origin]]:
    """Return key -> (text, origin) of ``[global]``, then ``[install]`` over it."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    except UnicodeDecodeError:
        raise InvalidSettingError(str(path), "binary data", "UTF-8 text") from None
    # Loaded here: many have no such file.
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content, source=str(path))
    except configparser.Error as error:
        reason = str(error).splitlines()[0]
        raise InvalidSettingError(str(path), reason, "an INI file") from None
    return {
        key.lower().replace("_", "-"): (text, Origin(LEVEL, f"{key} in {path}"))
        for section in ("global", "install")
        if parser.has_section(section)
        for key, text in parser.items(section)
    }
