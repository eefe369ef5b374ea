"""Our own configuration files: TOML, read into a level, with a place for each fault."""

import os
import stat
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.toml_text import (
    InvalidTomlError,
    Place,
    TomlText,
)
from pysetup.metadata.problems import did_you_mean
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, field
from pysetup.workflows.configuring.keys import (
    BY_NAME,
    INDEX_AUTH,
    INDEX_KEYS,
    SECTIONS,
    Key,
)
from pysetup.workflows.configuring.levels import ConfigurationWarning, Level, Origin
from pysetup.workflows.configuring.values import convert_toml
from pysetup.workflows.settings import IndexSetting, InvalidSettingError

# Sections of [tool.pysetup] that belong to the document (docs/reference/document.md).
_DOCUMENT = ("build", "sources", "commands", "extensions", "metadata")
# What locks alone read there (docs/explanation/universal-locks.md).
_LOCKING = ("environments", "required-environments", "conflicts")
_EXTEND = "extend-"
_INDEX_NAME = late_pattern(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_PATTERN = late_pattern(r"[a-z0-9*?-]+")
_SECRETS = ("username", "password", "token")

TomlPath = tuple[str | int, ...]


class UnknownKeyError(UsageError):
    """A configuration file sets what pysetup does not know.

    Usually that is a warning; ``strict = true`` makes it an error.
    ``docs/reference/configuration.md`` lists all keys.
    """

    code = "PS2654"

    def __init__(self, warning: ConfigurationWarning) -> None:
        super().__init__(
            f"{warning.place}: {warning.message}",
            facts={"place": warning.place},
            hints=("docs/reference/configuration.md  lists all keys",),
        )


class ForbiddenInProjectError(UsageError):
    """The configuration of a project sets what a project must not decide.

    Whoever clones a repository runs commands in it. So its files can set neither
    credentials nor what weakens the safety of the user: proxies, certificates, trusted
    hosts, the cache, the interpreter. Set it for yourself, in the user's file or on the
    command line.
    """

    code = "PS2655"

    def __init__(self, place: str, name: str, reason: str = "") -> None:
        super().__init__(
            f"{place}: a project may not set {name}{reason}",
            facts={"place": place, "key": name},
            hints=("remove it there, and set it in your own file if you want it",),
        )


class UnreadableConfigurationError(UsageError):
    """A configuration file cannot be read.

    It was named, or stands where such files are looked for.
    """

    code = "PS2656"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the configuration file {path} cannot be read: {reason}",
            facts={"path": path},
            hints=("check the path and its permissions",),
        )


@dataclass(slots=True)
class _Read:
    """What was read of one file so far."""

    values: dict[str, object] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    extends: dict[str, tuple[str, ...]] = field(default_factory=dict)
    indexes: list[IndexSetting] = field(default_factory=list)
    warnings: list[ConfigurationWarning] = field(default_factory=list)

    def level(self, name: str) -> Level:
        if self.indexes and "extra_index_urls" not in self.values:
            further = tuple(
                one.url for one in self.indexes if not (one.default or one.packages)
            )
            if further:
                self.values["extra_index_urls"] = further
        return Level(name, self.values, self.origins, self.extends, tuple(self.indexes))


def read_file(path: str, level: str) -> tuple[Level, tuple[ConfigurationWarning, ...]]:
    """Return what the file ``path`` says, as the level of that name.

    A ``pyproject.toml`` speaks in ``[tool.pysetup]``; one that is no TOML at all says
    nothing here, for the commands that need it tell that better. Raises
    ``InvalidTomlError``, ``InvalidSettingError``, ``ForbiddenInProjectError`` and
    ``UnreadableConfigurationError``.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for
            raise UnreadableConfigurationError(path, "it is no file")
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableConfigurationError(path, reason) from None
    return read_content(content, path, level)


def read_content(
    content: bytes, path: str, level: str
) -> tuple[Level, tuple[ConfigurationWarning, ...]]:
    """Return what ``content`` says, as the file ``path``; raises as ``read_file``."""
    is_document = os.path.basename(path) == "pyproject.toml"
    try:
        text = TomlText.parse(content, source=path)
    except InvalidTomlError:
        if is_document:
            return Level(level), ()
        raise
    table: object = text.values
    prefix: TomlPath = ()
    if is_document:
        tool = text.values.get("tool")
        table = tool.get("pysetup") if isinstance(tool, Mapping) else None
        prefix = ("tool", "pysetup")
    if not isinstance(table, Mapping):
        return Level(level), ()
    reader = _Reader(text, level, os.path.dirname(path), prefix)
    return reader.read(table)


class _Reader:
    """Reads the tables of one file."""

    def __init__(self, text: TomlText, level: str, base: str, prefix: TomlPath) -> None:
        self._text, self._level, self._base = text, level, base
        self._prefix = prefix
        self._found = _Read()
        self._is_project = level == "project"

    def read(
        self, table: Mapping[str, object]
    ) -> tuple[Level, tuple[ConfigurationWarning, ...]]:
        for name, value in table.items():
            if self._prefix and name in (*_DOCUMENT, *_LOCKING):
                continue
            if name == "index":
                self._indexes(value)
            elif name in SECTIONS and isinstance(value, Mapping):
                for inner, item in value.items():
                    self._key(f"{name}.{inner}", item, (name, inner))
            else:
                self._key(name, value, (name,))
        return self._found.level(self._level), tuple(self._found.warnings)

    def _place(self, path: TomlPath) -> Place:
        return self._text.place((*self._prefix, *path))

    def _at(self, path: TomlPath) -> str:
        place = self._place(path)
        return f"{place.source}:{place.line}"

    def _key(self, name: str, value: object, path: TomlPath) -> None:
        section, dot, last = name.rpartition(".")
        extends = last.startswith(_EXTEND)
        key = BY_NAME.get(f"{section}{dot}{last.removeprefix(_EXTEND)}")
        if key is None or (extends and not key.is_list):
            self._warn(name, path)
            return
        if self._is_project and not key.in_project:
            raise ForbiddenInProjectError(self._at(path), name)
        origin = f"{self._at(path)}: {name}"
        found = convert_toml(key, value, origin=origin, base=self._base)
        self._refuse_secrets(key, found, path)
        place = self._place(path)
        self._found.origins.setdefault(
            key.setting, Origin(self._level, place.source, place.line)
        )
        if extends:
            assert isinstance(found, tuple), "only lists can be extended"
            self._found.extends[key.setting] = found
        else:
            self._found.values[key.setting] = found

    def _refuse_secrets(self, key: Key, value: object, path: TomlPath) -> None:
        if not self._is_project or key.kind not in ("place", "places"):
            return
        for one in value if isinstance(value, tuple) else (value,):
            self._refuse_secret(str(one), key.name, path)

    def _refuse_secret(self, url: str, name: str, path: TomlPath) -> None:
        if "@" in urlsplit(url).netloc:
            reason = " to a URL with a name or password in it"
            raise ForbiddenInProjectError(self._at(path), name, reason)

    def _warn(self, name: str, path: TomlPath) -> None:
        last = name.rpartition(".")[2]
        names = (*BY_NAME, *SECTIONS, "index")
        same = (known for known in BY_NAME if known.rpartition(".")[2] == last)
        near = did_you_mean(name, names) or next(
            (f'did you mean "{known}"?' for known in same), ""
        )
        told = f'"{name}" is not a key of pysetup{"; " if near else ""}{near}'
        self._found.warnings.append(ConfigurationWarning(told, self._at(path)))

    def _indexes(self, value: object) -> None:
        if not isinstance(value, list) or not all(
            isinstance(one, Mapping) for one in value
        ):
            raise InvalidSettingError(
                self._at(("index",)), "index", "an array of tables: [[index]]"
            )
        for number, table in enumerate(value):
            one = self._index(table, ("index", number))
            if any(one.name == other.name for other in self._found.indexes):
                raise InvalidSettingError(
                    one.origin, one.name, "a name that no other index has"
                )
            if one.default:
                if "index_url" in self._found.values:
                    raise InvalidSettingError(
                        one.origin, "default", "the only one that is default"
                    )
                self._found.values["index_url"] = one.url
                place = self._place(("index", number))
                self._found.origins["index_url"] = Origin(
                    self._level, place.source, place.line
                )
            self._found.indexes.append(one)

    def _index(self, table: Mapping[str, object], path: TomlPath) -> IndexSetting:
        for key in table:
            if key in INDEX_KEYS:
                continue
            if self._is_project and key in _SECRETS:
                raise ForbiddenInProjectError(self._at((*path, key)), f"index.{key}")
            near = did_you_mean(key, INDEX_KEYS)
            self._found.warnings.append(
                ConfigurationWarning(
                    f'"{key}" is not a key of [[index]]{"; " if near else ""}{near}',
                    self._at((*path, key)),
                )
            )
        url = self._placed_url(self._text_of(table, "url", path))
        if self._is_project:
            self._refuse_secret(url, "index.url", (*path, "url"))
        name = self._text_of(table, "name", path)
        if not _INDEX_NAME.fullmatch(name):
            self._refuse((*path, "name"), name, "letters, digits, . _ - alone")
        auth = self._text_of(table, "auth", path, default="")
        if auth and auth not in INDEX_AUTH:
            self._refuse((*path, "auth"), auth, f"one of {', '.join(INDEX_AUTH)}")
        default = table.get("default", False)
        if not isinstance(default, bool):
            self._refuse((*path, "default"), str(default), "true or false")
        return IndexSetting(
            name=name,
            url=url,
            default=default is True,
            packages=tuple(self._patterns(table.get("packages", []), path)),
            auth=auth,
            origin=self._at(path),
        )

    def _placed_url(self, text: str) -> str:
        if "://" in text or text.startswith("file:"):
            return text
        return os.path.normpath(os.path.join(self._base, os.path.expanduser(text)))

    def _text_of(
        self,
        table: Mapping[str, object],
        key: str,
        path: TomlPath,
        default: str | None = None,
    ) -> str:
        value = table.get(key, default)
        if value is None:
            self._refuse(path, "[[index]]", f"a table with the key {key}")
        if not isinstance(value, str) or (not value and default is None):
            self._refuse((*path, key), str(value), "a text")
        return str(value)

    def _patterns(self, value: object, path: TomlPath) -> Iterator[str]:
        place = (*path, "packages")
        if not isinstance(value, list):
            self._refuse(place, str(value), "a list of names and patterns")
            return
        for one in value:
            pattern = normalize_name(one) if isinstance(one, str) else ""
            if not _PATTERN.fullmatch(pattern):
                self._refuse(place, str(one), "a name or a pattern such as acme-*")
            yield pattern

    def _refuse(self, path: TomlPath, value: str, expected: str) -> None:
        raise InvalidSettingError(self._at(path), value, expected)
