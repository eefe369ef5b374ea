"""Handlers of other projects: plug-ins, found by entry points beside pysetup.

Nothing is looked for, and nothing loaded, before a document says of an extension that
the installer must handle it, and no handler of pysetup's own does.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from pysetup.phases.install.handlers.handler import FoundHandler, Handler
from pysetup.standards.names import normalize_name

GROUP = "pysetup.handlers"


def installed_handlers(extension: str) -> tuple[FoundHandler, ...]:
    """Return the plug-ins beside pysetup whose entry point is named ``extension``."""
    return tuple(
        FoundHandler(provider, partial(_load, reference))
        for provider, reference in _offers(extension, _own_path())
    )


def providers_in(extension: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the distributions in the site folders ``paths`` that offer a handler."""
    return tuple(provider for provider, _ in _offers(extension, list(paths)))


def _offers(extension: str, paths: list[str]) -> list[tuple[str, str]]:
    """Return (name and version, object reference) of what handles ``extension``."""
    # Only for those who meet such an extension: it is not loaded at every start.
    from importlib.metadata import distributions

    offers: dict[str, tuple[str, str]] = {}
    for found in distributions(path=paths):
        try:
            for entry in found.entry_points.select(group=GROUP, name=extension):
                offer = (f"{found.name} {found.version}", entry.value)
                offers.setdefault(normalize_name(found.name), offer)
        except Exception:  # noqa: BLE001, S112 - what is damaged there offers nothing
            continue
    return sorted(offers.values())


def _load(reference: str) -> Handler:
    from importlib.metadata import EntryPoint

    with _safe_path():
        loaded: Handler = EntryPoint("handler", reference, GROUP).load()
    return loaded


def _own_path() -> list[str]:
    """Return where pysetup's own environment has its modules.

    The first place is that of the script, or with ``-m`` the folder one happens to
    stand in, which must not bring code.
    """
    return sys.path if sys.flags.safe_path else sys.path[1:]


@contextmanager
def _safe_path() -> Iterator[None]:
    before = sys.path
    sys.path = _own_path()
    try:
        yield
    finally:
        sys.path = before
