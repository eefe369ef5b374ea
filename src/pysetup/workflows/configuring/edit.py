"""Changing a configuration file: one key at a time, comments stay, all or nothing."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.metadata.problems import did_you_mean
from pysetup.store.sealed import write_whole
from pysetup.values import dataclass
from pysetup.workflows.configuring.files import read_content, read_file
from pysetup.workflows.configuring.keys import BY_NAME, INDEX_KEYS, Key
from pysetup.workflows.configuring.values import boolean
from pysetup.workflows.settings import InvalidSettingError

_DOCUMENT = "pyproject.toml"
_INDEX_PARTS = 3


class NoSuchKeyError(UsageError):
    """There is no key of that name.

    Keys are called ``section.key``, or ``key`` at the top of a file; those of a table
    ``[[index]]`` are ``index.NAME.key``. ``pysetup config schema`` lists them.
    """

    code = "PS2657"

    def __init__(self, name: str) -> None:
        near = did_you_mean(name, BY_NAME)
        super().__init__(
            f"there is no key {name[:80]!r}",
            facts={"key": name[:80]},
            hints=(near or "pysetup config schema  lists all keys",),
        )


class UnwritableConfigurationError(EnvironmentRefusedError):
    """A configuration file cannot be written; it is as it was.

    The message has the system's own reason. The system's file belongs to root.
    """

    code = "PS7320"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the configuration file {path} cannot be written: {reason}",
            facts={"path": path, "reason": reason},
            hints=("choose another file: --user, --project, --env, --system, --file",),
        )


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """A key that was set, or taken out with ``after`` None, and what it was before."""

    path: str
    key: str
    before: object
    after: object

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "key": self.key,
            "before": self.before,
            "after": self.after,
        }


def find_key(name: str) -> Key:
    """Return the key of that name; raises ``NoSuchKeyError``."""
    key = BY_NAME.get(name)
    if key is None:
        raise NoSuchKeyError(name)
    return key


def set_key(path: str, level: str, name: str, texts: list[str]) -> ConfigurationChange:
    """Set ``name`` in the file ``path``, which is made if it is not there.

    ``level`` says whose file it is. ``texts`` are the value; only lists may have
    several. Raises ``NoSuchKeyError``, ``InvalidSettingError``,
    ``ForbiddenInProjectError`` or ``UnwritableConfigurationError``; the file is then as
    it was.
    """
    value = _value(name, texts)
    document, root = _opened(path)
    if name.startswith("index."):
        table, last = _index_table(root, name, make=True)
    else:
        table, last = _table(root, name, make=True)
    before = _plain(table.get(last))
    table[last] = value
    _write(path, level, document)
    return ConfigurationChange(path, name, before, value)


def unset_key(path: str, level: str, name: str) -> ConfigurationChange | None:
    """Take ``name`` out of the file ``path``; None if it does not stand there.

    Raises as ``set_key``.
    """
    _known(name)
    if not os.path.isfile(path):
        return None
    document, root = _opened(path)
    if name.startswith("index."):
        table, last = _index_table(root, name, make=False)
    else:
        table, last = _table(root, name, make=False)
    if table is None or last not in table:
        return None
    before = _plain(table[last])
    del table[last]
    _write(path, level, document)
    return ConfigurationChange(path, name, before, None)


def _known(name: str) -> Key | None:
    """Return the key, None for one of an index; raises ``NoSuchKeyError``."""
    parts = name.split(".")
    if parts[0] == "index" and len(parts) == _INDEX_PARTS and parts[2] in INDEX_KEYS:
        return None
    section, dot, last = name.rpartition(".")
    plain = f"{section}{dot}{last.removeprefix('extend-')}"
    key = find_key(plain if plain in BY_NAME else name)
    if plain != name and not key.is_list:
        raise NoSuchKeyError(name)
    return key


def _value(name: str, texts: list[str]) -> object:
    """Return the TOML value that ``texts`` mean; the file's reader judges it."""
    key = _known(name)
    last = name.rpartition(".")[2]
    if last == "packages" or (key is not None and key.is_list):
        is_names = key is not None and key.kind == "names"
        return [w for t in texts for w in t.split(",") if w] if is_names else texts
    if len(texts) != 1:
        raise InvalidSettingError(name, " ".join(texts), "one value")
    text = texts[0]
    kind = "text" if key is None else key.kind
    if kind == "boolean" or (key is None and last == "default"):
        return boolean(text, origin=name)
    return int(text) if kind == "integer" and text.isdecimal() else text


def _opened(path: str) -> tuple[Any, Any]:
    """Return the file as a document, and the table that our keys are in."""
    import tomlkit  # heavy, and only for those who change a file
    from tomlkit.exceptions import TOMLKitError

    read_file_or_nothing(path)  # says with file and line what is no TOML
    text = ""
    with suppress(FileNotFoundError):
        text = Path(path).read_text(encoding="utf-8")
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise UnwritableConfigurationError(path, str(error)) from None
    if os.path.basename(path) != _DOCUMENT:
        return document, document
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    return document, tool.setdefault("pysetup", tomlkit.table(is_super_table=True))


def read_file_or_nothing(path: str) -> None:
    """Read a file that is there, for what is wrong with it; raises as ``read_file``."""
    if os.path.lexists(path):
        read_file(path, "user")


def _table(root: Any, name: str, *, make: bool) -> tuple[Any, str]:  # noqa: ANN401 - an item of tomlkit
    import tomlkit

    section, _, last = name.rpartition(".")
    if not section:
        return root, last
    if section not in root:
        if not make:
            return None, last
        root[section] = tomlkit.table()
    return root[section], last


def _index_table(root: Any, name: str, *, make: bool) -> tuple[Any, str]:  # noqa: ANN401 - an item of tomlkit
    import tomlkit

    _, index, last = name.split(".")
    tables = root.get("index", [])
    for table in tables:
        if table.get("name") == index:
            return table, last
    if not make:
        return None, last
    if last != "url":
        raise InvalidSettingError(name, index, f"an index: set index.{index}.url first")
    table = tomlkit.table()
    table["name"] = index
    if "index" not in root:
        root["index"] = tomlkit.aot()
    root["index"].append(table)
    return root["index"][-1], last


def _plain(value: Any) -> object:  # noqa: ANN401 - an item of tomlkit
    unwrap = getattr(value, "unwrap", None)
    return value if unwrap is None else unwrap()


def _write(path: str, level: str, document: Mapping[str, object]) -> None:
    """Write the file once its reader has found it good."""
    import tomlkit

    content = tomlkit.dumps(document).encode()
    read_content(content, path, level)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o644
        real = os.path.realpath(path)
        write_whole(Path(real), content)
        os.chmod(real, mode)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnwritableConfigurationError(path, reason) from None
