"""Settings: everything that can be configured, as one value."""

from fnmatch import fnmatchcase
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.resolve.releases import PRERELEASE_MODES
from pysetup.standards.jsontext import JSON
from pysetup.values import as_mapping, dataclass

DEFAULT_INDEX_URL = "https://pypi.org/simple/"

# The keys that say where files come from. They are one thing: the strongest level
# that names the index names all of it (see docs/adr/0008-index-priority.md).
SOURCES = ("index_url", "extra_index_urls", "find_links", "no_index")

# Setting -> the words that it takes.
LINK_MODES = ("auto", "clone", "hardlink", "symlink", "copy")
STARTUP_HOOKS = ("allow", "ask", "deny")
DURABILITIES = ("durable", "fast")
ATOMIC_MODES = ("swap", "generation")
PRERELEASES = PRERELEASE_MODES
#: The last second that all formats of archives can tell: in the year 2106.
LATEST_DATE = 2**32 - 1
AUTH_WAYS = ("netrc", "keyring", "env", "none")
KEYRING_PROVIDERS = ("auto", "disabled", "import", "subprocess")


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
class IndexSetting:
    """One index of a table ``[[index]]``.

    ``packages`` are names and patterns (``acme-*``), normalised: these projects come
    from indexes that name them, and from no other place. ``default`` says that it takes
    the place of the public index. ``auth`` is where its credentials are looked for,
    empty for every place; ``origin`` is the file and line that it stands in.
    """

    name: str
    url: str
    default: bool = False
    packages: tuple[str, ...] = ()
    auth: str = ""
    origin: str = ""

    def owns(self, project: str) -> bool:
        """Tell whether the project of this normalised name is pinned to this index."""
        return any(fnmatchcase(project, pattern) for pattern in self.packages)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "url": self.url,
            "default": self.default,
            "packages": list(self.packages),
            "auth": self.auth,
            "origin": self.origin,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be configured, with its built-in value.

    Lists hold URLs, folders or names as the user wrote them; ``timeout`` is in
    seconds; ``source_date_epoch`` is in seconds since 1970, or None.
    ``build_constraints`` are files that limit build requirements; ``build_timeout``
    is in seconds for one call of a build back end, 0 for no limit; ``prerelease`` is
    the rule for pre-releases, and ``exclude_newer`` a moment or how long ago, as they
    are written; ``refresh`` looks
    for build requirements again, whatever is remembered; ``skip_dependency_check``
    builds without isolation though requirements may be missing. ``link_mode`` says
    how files of unpacked wheels come into an environment, ``startup_hooks`` whether
    distributions may bring code that runs at every start of Python, ``durability``
    whether a change of one survives a loss of power; ``lock_timeout`` is how many
    seconds another command that changes it is waited for. ``undo_keep`` is how many
    bytes of old files an environment may keep for ``undo``; ``atomic`` is how a change
    shows, empty for as in this environment before; ``keep_generations`` is how many
    generations stay. ``indexes`` are the tables ``[[index]]``, strongest first: their
    URLs are in ``index_url`` and ``extra_index_urls`` too, but for those of indexes
    with ``packages``, which nobody else is asked for. ``keyring_provider`` is how
    passwords are looked for in a keyring; ``min_speed`` are the bytes a second below
    which an answer is given up, 0 for never; ``refresh_packages`` are the projects
    whose pages are asked for though they are still fresh, ``:all:`` for every one.
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
    keyring_provider: str = "disabled"
    min_speed: int = 1024
    refresh_packages: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    prefer_binary: bool = False
    prefer_system: bool = False
    prerelease: str = "if-necessary"
    all_releases: tuple[str, ...] = ()
    only_final: tuple[str, ...] = ()
    exclude_newer: str = ""
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
    indexes: tuple[IndexSetting, ...] = ()

    def pinned_index(self, project: str) -> IndexSetting | None:
        """Return the index that alone gives the project of this normalised name.

        None where no table ``[[index]]`` pins it. If several do, the first counts.
        """
        return next((one for one in self.indexes if one.owns(project)), None)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in as_mapping(self).items()
            if not isinstance(value, Path) and key != "indexes"
        } | {
            "cache_dir": str(self.cache_dir),
            "indexes": [index.to_json() for index in self.indexes],
        }
