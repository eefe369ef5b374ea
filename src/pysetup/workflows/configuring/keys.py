"""The table of all keys: what each is called in files, variables and pip's files."""

from pysetup.values import dataclass
from pysetup.workflows.settings import (
    ATOMIC_MODES,
    AUTH_WAYS,
    DURABILITIES,
    KEYRING_PROVIDERS,
    LINK_MODES,
    PRERELEASES,
    STARTUP_HOOKS,
)

STRATEGIES = ("highest", "lowest", "lowest-direct")
UPGRADE_STRATEGIES = ("only-if-needed", "eager")
WHEN = ("auto", "always", "never")
PROGRESS = ("auto", "never", "plain", "json")


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be configured.

    ``name`` is ``section.key`` or, at the top of a file, ``key``; ``kind`` says what a
    value is (``values.convert``); ``setting`` is the field of ``Settings`` or the
    option of commands that it fills; ``pip`` is its name in pip's configuration;
    ``also`` are further variables; ``choices`` the words that it takes.
    ``in_project`` tells whether the file of a project may set it: what weakens
    security, or tells where secrets go, a cloned repository must not decide.
    """

    name: str
    kind: str
    setting: str
    summary: str
    pip: str = ""
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    in_project: bool = True

    @property
    def variable(self) -> str:
        """The name of its variable."""
        return "PYSETUP_" + self.name.upper().replace(".", "_").replace("-", "_")

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables that set it; the first of them wins."""
        return (self.variable, *self.also)

    @property
    def is_list(self) -> bool:
        """Whether it holds several values."""
        return self.kind in ("texts", "names", "places", "paths")


def _also(*variables: str) -> tuple[str, ...]:
    return tuple(f"PYSETUP_{name}" for name in variables)


KEYS = (
    # Where files come from.
    Key("index-url", "place", "index_url", "the index", pip="index-url"),
    Key(
        "extra-index-url",
        "places",
        "extra_index_urls",
        "more indexes, each of which owns the names it has",
        pip="extra-index-url",
    ),
    Key(
        "find-links",
        "places",
        "find_links",
        "folders, files or pages of archives",
        pip="find-links",
    ),
    Key("no-index", "boolean", "no_index", "no index at all", pip="no-index"),
    Key("offline", "boolean", "offline", "no network at all"),
    # Where things stand.
    Key(
        "cache-dir",
        "path",
        "cache_dir",
        "where downloads are kept",
        in_project=False,
    ),
    Key("log", "path", "log", "a file that tells what happens", in_project=False),
    Key("no-cache", "boolean", "no_cache", "use a cache that is gone afterwards"),
    Key(
        "python",
        "text",
        "python",
        "the interpreter or environment",
        in_project=False,
    ),
    Key("env", "path", "env", "the folder of the environment", in_project=False),
    Key("strict", "boolean", "strict_configuration", "refuse keys that are not known"),
    # Building.
    Key(
        "build-constraint",
        "paths",
        "build_constraints",
        "files that limit build requirements",
        pip="build-constraint",
    ),
    Key(
        "build-timeout",
        "duration",
        "build_timeout",
        "for one call of a build back end; 0: no limit",
    ),
    # Choosing versions.
    Key(
        "resolve.prefer",
        "choice",
        "resolution",
        "which of the fitting versions",
        choices=STRATEGIES,
    ),
    Key(
        "resolve.prerelease",
        "choice",
        "prerelease",
        "the rule for pre-releases",
        also=_also("PRERELEASE"),
        choices=PRERELEASES,
    ),
    Key(
        "resolve.pre",
        "boolean",
        "pre",
        "whether pre-releases are accepted everywhere",
        also=_also("PRE"),
        pip="pre",
    ),
    Key(
        "resolve.all-releases",
        "names",
        "all_releases",
        "accept pre-releases of these",
        pip="all-releases",
    ),
    Key(
        "resolve.only-final",
        "names",
        "only_final",
        "never use pre-releases of these",
        pip="only-final",
    ),
    Key(
        "resolve.prefer-binary",
        "boolean",
        "prefer_binary",
        "prefer an older version with a wheel to a newer one without",
        pip="prefer-binary",
    ),
    Key(
        "resolve.prefer-system",
        "boolean",
        "prefer_system",
        "keep what the system's package manager installed wherever it fits",
        also=_also("PREFER_SYSTEM"),
    ),
    Key(
        "resolve.only-binary",
        "names",
        "only_binary",
        "never build these",
        pip="only-binary",
    ),
    Key(
        "resolve.no-binary",
        "names",
        "no_binary",
        "always build these",
        pip="no-binary",
    ),
    Key(
        "resolve.constraint",
        "paths",
        "constraints",
        "files that limit versions",
        pip="constraint",
    ),
    # Installing.
    Key(
        "install.link-mode",
        "choice",
        "link_mode",
        "how files come from the cache",
        also=_also("LINK_MODE"),
        choices=LINK_MODES,
    ),
    Key(
        "install.startup-hooks",
        "choice",
        "startup_hooks",
        "code that runs at every start of Python",
        also=_also("STARTUP_HOOKS"),
        choices=STARTUP_HOOKS,
        in_project=False,
    ),
    Key(
        "install.durability",
        "choice",
        "durability",
        "whether the disk is waited for",
        also=_also("DURABILITY"),
        choices=DURABILITIES,
    ),
    Key(
        "install.atomic",
        "choice",
        "atomic",
        "how a change shows",
        also=_also("ATOMIC"),
        choices=ATOMIC_MODES,
    ),
    Key(
        "install.keep-generations",
        "integer",
        "keep_generations",
        "how many generations stay",
        also=_also("KEEP_GENERATIONS"),
    ),
    Key(
        "install.undo-keep",
        "integer",
        "undo_keep",
        "bytes of old files kept for undo",
        also=_also("UNDO_KEEP"),
    ),
    Key(
        "install.lock-timeout",
        "duration",
        "lock_timeout",
        "how long another command is waited for",
        also=_also("LOCK_TIMEOUT"),
    ),
    Key(
        "install.compile",
        "boolean",
        "compile",
        "whether modules get bytecode",
        pip="compile",
    ),
    Key(
        "install.exclude-newer",
        "text",
        "exclude_newer",
        "ignore files uploaded after this",
        also=_also("EXCLUDE_NEWER"),
        pip="uploaded-prior-to",
    ),
    Key(
        "install.require-hashes",
        "boolean",
        "require_hashes",
        "refuse files without a digest",
        pip="require-hashes",
    ),
    Key(
        "install.no-deps",
        "boolean",
        "no_deps",
        "nothing but what is named",
        pip="no-deps",
    ),
    Key(
        "install.upgrade-strategy",
        "choice",
        "upgrade_strategy",
        "with --upgrade: whether what is required is upgraded, too",
        pip="upgrade-strategy",
        choices=UPGRADE_STRATEGIES,
    ),
    Key("install.user", "boolean", "user", "into the user's own folder", pip="user"),
    Key(
        "install.require-virtualenv",
        "boolean",
        "require_virtualenv",
        "refuse an environment that is not virtual",
        pip="require-virtualenv",
    ),
    Key(
        "install.break-system-packages",
        "boolean",
        "break_system_packages",
        "change a Python that the operating system manages",
        pip="break-system-packages",
        in_project=False,
    ),
    # The network.
    Key(
        "network.timeout",
        "duration",
        "timeout",
        "how long one answer may take",
        also=_also("TIMEOUT"),
        pip="timeout",
    ),
    Key(
        "network.retries",
        "integer",
        "retries",
        "tries after a failure",
        also=_also("RETRIES"),
        pip="retries",
    ),
    Key(
        "network.proxy",
        "text",
        "proxy",
        "the proxy to go through",
        also=_also("PROXY"),
        pip="proxy",
        in_project=False,
    ),
    Key(
        "network.cert",
        "path",
        "cert",
        "certificates to trust",
        also=_also("CERT"),
        pip="cert",
        in_project=False,
    ),
    Key(
        "network.client-cert",
        "path",
        "client_cert",
        "the certificate of this client",
        also=_also("CLIENT_CERT"),
        pip="client-cert",
        in_project=False,
    ),
    Key(
        "network.keyring-provider",
        "choice",
        "keyring_provider",
        "how passwords are looked for in a keyring",
        also=_also("KEYRING_PROVIDER"),
        pip="keyring-provider",
        choices=KEYRING_PROVIDERS,
        in_project=False,
    ),
    Key(
        "network.min-speed",
        "integer",
        "min_speed",
        "bytes a second below which an answer is given up; 0: never",
    ),
    Key(
        "network.trusted-host",
        "texts",
        "trusted_hosts",
        "hosts allowed plain http, and weak digests alone",
        also=_also("TRUSTED_HOST"),
        pip="trusted-host",
        in_project=False,
    ),
    # What is shown.
    Key("ui.color", "choice", "color", "whether to use colour", choices=WHEN),
    Key(
        "ui.progress",
        "choice",
        "progress",
        "how to show what goes on",
        choices=PROGRESS,
    ),
)

BY_NAME = {key.name: key for key in KEYS}
BY_SETTING = {key.setting: key for key in KEYS}
SECTIONS = tuple(dict.fromkeys(k.name.split(".")[0] for k in KEYS if "." in k.name))

# Not keys of ours, but read by the same rule: the reproducible builds' own variable.
SOURCE_DATE = Key("SOURCE_DATE_EPOCH", "date", "source_date_epoch", "dates in archives")

# The keys of a table [[index]].
INDEX_KEYS = ("name", "url", "default", "packages", "auth")
INDEX_AUTH = AUTH_WAYS
