"""What the extensions of a document ask for: their handlers found and called."""

import contextlib
import json
import sys
from collections.abc import Mapping

from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.metadata.document import Metadata
from pysetup.phases.install.handlers.actions import (
    Action,
    ActionError,
    read_actions,
)
from pysetup.phases.install.handlers.built_in import BUILT_IN
from pysetup.phases.install.handlers.handler import (
    FindHandlers,
    FoundHandler,
    Handler,
    as_data,
)
from pysetup.phases.install.handlers.plugins import GROUP, providers_in
from pysetup.standards.jsontext import JSON, copied_json
from pysetup.values import dataclass

OWN = "pysetup"
# Texts of any length, and of no use to a handler.
_LONG = "description"


class UnhandledExtensionError(EnvironmentRefusedError):
    """A package says that its installer must carry out something pysetup cannot.

    An extension of the document with ``installer_must_handle`` is more than data: to
    ignore it would install the package wrongly. A plug-in may teach pysetup to handle
    it: a distribution beside pysetup with an entry point in ``pysetup.handlers`` that
    has the name of the extension.
    """

    code = "PS7308"

    def __init__(self, name: str, extensions: Mapping[str, str]) -> None:
        listed = ", ".join(extensions)
        super().__init__(
            f"{name} needs an installer that handles {listed}",
            facts={
                "distribution": name,
                "extensions": list(extensions),
                "providers": {key: who for key, who in extensions.items() if who},
            },
            hints=tuple(map(_hint, extensions, extensions.values())),
        )
        self.name, self.extensions = name, tuple(extensions)


class UnusableHandlerError(EnvironmentRefusedError):
    """A handler of an extension failed, or asks for what no handler may.

    A handler returns a list of actions: to place a file of the wheel, to write a text,
    or to make a link, each at a path below one of the known folders. Nothing was
    written. Report it to the project that brings the handler; where that is pysetup,
    to the author of the distribution.
    """

    code = "PS7340"

    def __init__(self, name: str, extension: str, provider: str, reason: str) -> None:
        super().__init__(
            f"{provider} cannot handle {extension} of {name}: {reason}",
            facts={
                "distribution": name,
                "extension": extension,
                "provider": provider,
            },
            hints=(
                f"tell the author of {name if provider == OWN else provider}",
                f"or do not install {name}",
            ),
        )
        self.name, self.extension, self.provider = name, extension, provider
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Task:
    """The actions that one extension asks for, and who says so.

    ``must`` tells that the installation is wrong if one of them cannot be done.
    """

    extension: str
    provider: str
    must: bool
    actions: tuple[Action, ...]


def plan_tasks(
    metadata: Metadata, environment: Environment, *, find_handlers: FindHandlers
) -> tuple[Task, ...]:
    """Return what the extensions of a document ask for.

    pysetup's own handlers are always asked; plug-ins for what must be handled, so that
    what is installed does not depend on what happens to be there. Raises
    ``UnhandledExtensionError``, ``UnusableHandlerError``, or what pysetup's own
    handlers find wrong.
    """
    extensions = metadata.extensions
    found: dict[str, FoundHandler] = {}
    unhandled: list[str] = []
    for extension in sorted(extensions):
        own = BUILT_IN.get(extension)
        if own is not None:
            found[extension] = FoundHandler(OWN, _Loaded(own))
        elif must_be_handled(extensions[extension]):
            offered = find_handlers(extension)
            _refuse_several(offered, extension, metadata)
            if offered:
                found[extension] = offered[0]
            else:
                unhandled.append(extension)
    if unhandled:
        providers = {name: _provider(name, metadata, environment) for name in unhandled}
        raise UnhandledExtensionError(metadata.name, providers)
    if not found:
        return ()
    told = _Told(metadata, environment)
    return tuple(
        _task(extension, handler, value, told)
        for extension, handler in found.items()
        if isinstance(value := extensions[extension], dict)
    )


def must_be_handled(value: JSON) -> bool:
    """Tell whether an extension's object forbids to pass it over (PEP 426)."""
    return isinstance(value, dict) and value.get("installer_must_handle") is True


def needs_plugin(metadata: Metadata) -> bool:
    """Tell whether what is installed depends on a plug-in beside pysetup."""
    return any(
        must_be_handled(value) and extension not in BUILT_IN
        for extension, value in metadata.extensions.items()
    )


class _Told:
    """What every handler of one document is told; those of others get copies."""

    def __init__(self, metadata: Metadata, environment: Environment) -> None:
        self.name = metadata.name
        self.document = metadata.to_dict()
        self.document.pop(_LONG, None)
        self.environment = as_data(environment, project=metadata.normalized_name)


def _task(
    extension: str, found: FoundHandler, value: dict[str, JSON], told: _Told
) -> Task:
    try:
        if found.provider == OWN:
            result = found.load()(value, told.document, told.environment)
        else:
            result = _call_plugin(found, value, told)
        actions = read_actions(result)
    except ActionError as error:
        raise UnusableHandlerError(
            told.name, extension, found.provider, str(error)
        ) from None
    return Task(extension, found.provider, must_be_handled(value), actions)


def _call_plugin(found: FoundHandler, value: dict[str, JSON], told: _Told) -> object:
    """Call code that is not ours; raises ``ActionError`` whatever goes wrong in it."""
    given = [
        {key: copied_json(item) for key, item in each.items()}
        for each in (value, told.document, told.environment)
    ]
    try:
        # What it prints must not stand in our own output.
        with contextlib.redirect_stdout(sys.stderr):
            result = found.load()(*given)
        # Plain values alone: an object of its own could be another at each look.
        return json.loads(json.dumps(result))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code that is not ours
        reason = f"{type(error).__name__}: {error!s:.200}".rstrip(": ")
        raise ActionError(reason) from None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The way to a handler that is loaded already."""

    handler: Handler

    def __call__(self) -> Handler:
        return self.handler


def _refuse_several(
    offered: tuple[FoundHandler, ...], extension: str, metadata: Metadata
) -> None:
    if len(offered) > 1:
        first, second = offered[0].provider, offered[1].provider
        reason = f"{second} wants to handle it too; uninstall one of them"
        raise UnusableHandlerError(metadata.name, extension, first, reason)


def _provider(extension: str, metadata: Metadata, environment: Environment) -> str:
    """Return the project whose plug-in would handle ``extension``, if that is known."""
    offered = providers_in(extension, environment.paths)
    if offered:
        return offered[0].split(" ")[0]
    if any(
        (entry.group, entry.name) == (GROUP, extension)
        for entry in metadata.entry_points
    ):
        return metadata.name
    # Only for those who meet one: the rules about names are long.
    from pysetup.metadata.extensions import owner_of_extension

    return owner_of_extension(extension, project=metadata.name)


def _hint(extension: str, provider: str) -> str:
    if not provider:
        return f"install the plug-in that handles {extension} beside pysetup"
    if provider == OWN:
        return f"a later pysetup may handle {extension}"
    return f"install the plug-in of {provider} beside pysetup: it handles {extension}"
