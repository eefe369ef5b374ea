"""The wiring: what workflows need of the world, gathered once at the door."""

import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pysetup import __version__
from pysetup.edges.credentials import Account
from pysetup.edges.http import HttpSettings, HttpTransport
from pysetup.edges.process import (
    RunProcess,
    StreamProcess,
    run_process,
    stream_process,
)
from pysetup.edges.urls import InvalidUrlError, parse_url
from pysetup.errors import UsageError
from pysetup.index.transport import OfflineTransport, Transport
from pysetup.values import dataclass, field_names, replace
from pysetup.workflows.configuring.load import (
    Configuration,
    Surroundings,
    load_configuration,
)
from pysetup.workflows.events import UNOBSERVED, ObservedTransport, Observer
from pysetup.workflows.memory import Memory
from pysetup.workflows.settings import SOURCES, Settings


class NoSuchFolderError(UsageError):
    """A folder that an option names is not there.

    Check the spelling; relative paths start from the folder you are in, or from
    the one that ``--directory`` names.
    """

    code = "PS2651"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"there is no folder {path}",
            facts={"path": str(path)},
            hints=("check the path",),
        )


class ImpossiblePathError(UsageError):
    """A path that was given is longer than the system allows.

    Names have at most 255 bytes nearly everywhere, whole paths some thousand.
    """

    code = "PS2910"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the path {path[:60]!r}... is too long for this system",
            facts={"bytes": len(os.fsencode(path))},
            hints=("check the path that was given",),
        )


def _show_nothing(_: str) -> None:
    """Show no line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a workflow may reach: settings, network, child processes, clock, talk.

    ``environ`` are the environment variables, ``directory`` the folder that
    relative paths start from, ``now`` gives the time in UTC, and ``tell`` says
    one line to the user (never to standard output). ``stream_process`` runs the
    code of projects, whose output ``show`` gets a line at a time (with ``-v``).
    ``agree`` puts a question to the user; None where there is nobody to ask.
    ``memory`` takes up what the command decides, if that may be remembered. ``command``
    are its words, for the history of an environment; without them none is noted there.
    ``observer`` hears of stages, downloads and plans. ``configuration`` tells where the
    settings are from.
    """

    environ: Mapping[str, str]
    directory: Path
    settings: Settings
    transport: Transport
    run_process: RunProcess
    now: Callable[[], datetime]
    tell: Callable[[str], None]
    stream_process: StreamProcess = stream_process
    show: Callable[[str], None] = _show_nothing
    agree: Callable[[str], bool] | None = None
    memory: Memory | None = None
    command: tuple[str, ...] = ()
    observer: Observer = UNOBSERVED
    configuration: Configuration | None = None

    def path(self, text: str | Path) -> Path:
        """Return ``text`` as an absolute path below ``directory``.

        Raises ``ImpossiblePathError``.
        """
        # Of an unknown user Path.expanduser() would raise; this leaves the text alone.
        path = self.directory / os.path.expanduser(text)
        try:
            os.lstat(path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise ImpossiblePathError(str(text)) from None
        return path


def read_configuration(options: Mapping[str, object]) -> Configuration:
    """Return what is configured in the surroundings of this process.

    ``options`` are those of the command line, which win. Raises as
    ``load_configuration``, and ``NoSuchFolderError``.
    """
    environ = dict(os.environ)  # noqa: TID251 - this is the door that reads it
    directory = _directory(options)
    project, named = options.get("project"), options.get("config_file")
    around = Surroundings(
        environ,
        Path.home(),
        Path(environ.get("VIRTUAL_ENV") or sys.prefix),
        directory=directory,
        project=directory / str(project) if project else None,
        environment=str(options.get("env") or options.get("python") or "") or None,
        named=str(named) if named else None,
        use_files=not options.get("no_config"),
        isolated=bool(options.get("isolated")),
    )
    return load_configuration(around, options=_settings_of(options, directory))


def make_context(
    *,
    options: Mapping[str, object],
    tell: Callable[[str], None],
    memory: Memory | None = None,
    command: Sequence[str] = (),
    observer: Observer = UNOBSERVED,
    configuration: Configuration | None = None,
) -> Context:
    """Gather the process's own surroundings; ``options`` win over all settings.

    ``memory`` is what may be remembered of the command, ``command`` the words that an
    environment's history will tell; ``configuration`` is what was read already. Raises
    as ``read_configuration``.
    """
    environ = dict(os.environ)  # noqa: TID251 - this is the door that reads it
    found = configuration or read_configuration(options)
    for warning in found.warnings:
        tell(f"warning: {warning.place}: {warning.message}")
    settings = found.settings
    return Context(
        environ=environ,
        directory=_directory(options),
        settings=settings,
        transport=make_transport(settings, environ, tell=tell, observer=observer),
        run_process=run_process,
        now=lambda: datetime.now(UTC),  # noqa: TID251 - the clock's own door
        tell=tell,
        show=tell if options.get("verbose") else _show_nothing,
        memory=memory,
        command=tuple(command),
        observer=observer,
        configuration=found,
    )


def _directory(options: Mapping[str, object]) -> Path:
    directory = Path(os.getcwd())  # noqa: TID251 - the door that reads it
    if options.get("directory"):
        directory = directory / str(options["directory"])
        if not directory.is_dir():
            raise NoSuchFolderError(directory)
    return directory


def with_options(context: Context, options: Mapping[str, object]) -> Context:
    """Return ``context`` with the options that a requirements file sets.

    A file that names the index names all sources; lists are added to.
    """
    settings = context.settings
    fresh = SOURCES if "index_url" in options else ()
    changes = {
        key: _joined(getattr(settings, key), value, fresh=key in fresh)
        for key, value in options.items()
        if key in field_names(Settings)
    }
    if not changes:
        return context
    merged = replace(settings, **changes)  # type: ignore[arg-type] # keys were checked
    transport = make_transport(
        merged, context.environ, tell=context.tell, observer=context.observer
    )
    return replace(context, settings=merged, transport=transport)


def _joined(before: object, value: object, *, fresh: bool) -> object:
    """Return ``value``, after what an older list holds unless it begins afresh."""
    if fresh or not (isinstance(value, tuple) and isinstance(before, tuple)):
        return value
    return (*before, *(item for item in value if item not in before))


def make_transport(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    tell: Callable[[str], None],
    observer: Observer = UNOBSERVED,
) -> Transport:
    """Return the network as ``settings`` allow it; nothing is loaded or sent yet."""
    transport: Transport = HttpTransport(
        HttpSettings(
            user_agent=f"pysetup/{__version__}",
            timeout=settings.timeout,
            retries=settings.retries,
            proxy=settings.proxy,
            cert=_certificates(settings, environ),
            client_cert=settings.client_cert,
            trusted_hosts=settings.trusted_hosts,
            netrc=_netrc(environ),
            accounts=_accounts(settings, environ),
            keyring=_keyring(settings),
            floor=settings.min_speed,
            environ=environ,
        ),
        tell=tell,
    )
    if settings.offline:
        return OfflineTransport(transport)
    if observer is UNOBSERVED:
        return transport
    advice = (
        f"--timeout SECONDS changes how long it may take (now {settings.timeout:g})"
    )
    return ObservedTransport(transport, observer, advice)


def _certificates(settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Return the certificates to trust; None for those of the system.

    SSL_CERT_FILE and SSL_CERT_DIR reach OpenSSL by themselves.
    """
    return settings.cert or environ.get("REQUESTS_CA_BUNDLE") or None


def _accounts(settings: Settings, environ: Mapping[str, str]) -> tuple[Account, ...]:
    """Return where to look for the credentials of each network index.

    An index with a name has variables of its own: ``PYSETUP_INDEX_<NAME>_TOKEN``, or
    ``_USERNAME`` and ``_PASSWORD``. A token is the password of ``__token__``.
    """
    named = [(one.url, one.auth, one.name) for one in settings.indexes]
    plain = (*settings.extra_index_urls, settings.index_url)
    places = [*named, *((url, "", "") for url in plain)]
    accounts = []
    for url, auth, name in places:
        # Folders have no accounts, and what is no URL is told when it is used.
        with suppress(InvalidUrlError):
            accounts.append(_account(url, auth, name, environ))
    return tuple(accounts)


def _account(url: str, auth: str, name: str, environ: Mapping[str, str]) -> Account:
    place = parse_url(url)
    if not name:
        return Account(place)
    word = "".join(c if c.isalnum() else "_" for c in name.upper())
    stem = f"PYSETUP_INDEX_{word}_"
    token = environ.get(f"{stem}TOKEN", "")
    if token:
        return Account(place, auth, "__token__", token)
    username = environ.get(f"{stem}USERNAME")
    password = environ.get(f"{stem}PASSWORD", "")
    return Account(place, auth, username, password)


def _keyring(settings: Settings) -> str:
    """Return how the keyring is asked; an index that wants it asks for it."""
    wanted = any(one.auth == "keyring" for one in settings.indexes)
    chosen = settings.keyring_provider
    return "auto" if wanted and chosen == "disabled" else chosen


def _netrc(environ: Mapping[str, str]) -> Path:
    named = environ.get("NETRC", "")
    return Path(named) if named else Path.home() / ".netrc"


def _settings_of(options: Mapping[str, object], directory: Path) -> dict[str, object]:
    """Return the options that are settings, as settings."""
    known = field_names(Settings)
    chosen = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in options.items()
        if key in known and value is not None
    }
    if "cache_dir" in chosen:
        chosen["cache_dir"] = directory / str(chosen["cache_dir"])
    return chosen
