"""Other places to install into: below a prefix, a root, or the user's own base."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.interchange.environment import Environment, Scheme
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import target_environment
from pysetup.workflows.installing.known_interpreters import known_facts


class PlaceOptionsError(UsageError):
    """Options name several places to install into, which cannot all be meant.

    ``--target``, ``--user`` and ``--prefix`` exclude one another; ``--root`` goes with
    each but ``--target``.
    """

    code = "PS2665"

    def __init__(self, options: tuple[str, ...]) -> None:
        super().__init__(
            f"{' and '.join(options)} name different places",
            facts={"options": list(options)},
            hints=("give one of them",),
        )


class UserSiteInvisibleError(EnvironmentRefusedError):
    """What ``--user`` installs would not be seen by this Python.

    A virtual environment does not look into the user's folder, unless it was made with
    the system's packages (``--system-site-packages``).
    """

    code = "PS7317"

    def __init__(self, environment: Environment, reason: str) -> None:
        super().__init__(
            f"--user cannot be used with {environment.executable}: {reason}",
            facts={"environment": environment.prefix},
            hints=("leave out --user to install into this environment",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to install, beside the environment: what the options of that name say."""

    target: str | None = None
    user: bool = False
    prefix: str | None = None
    root: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is just the environment."""
        return not (self.target or self.user or self.prefix or self.root)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that were given."""
        return tuple(
            option
            for option, value in (
                ("--target", self.target),
                ("--user", self.user),
                ("--prefix", self.prefix),
                ("--root", self.root),
            )
            if value
        )


def placed_environment(
    base: Environment, place: Place, context: Context
) -> Environment:
    """Return ``base`` with its folders where ``place`` says.

    Raises ``PlaceOptionsError`` or ``UserSiteInvisibleError``.
    """
    exclusive = [option for option in place.options if option != "--root"]
    if len(exclusive) > 1 or (place.target and place.root):
        raise PlaceOptionsError(place.options)
    if place.target:
        return target_environment(
            context.path(place.target), context, python=base.executable
        )
    if place.user:
        base = _of_user(base, context)
    elif place.prefix:
        base = _below_prefix(
            base, os.path.realpath(context.path(place.prefix)), context
        )
    if place.root:
        base = _below_root(base, os.path.realpath(context.path(place.root)))
    return base


def _of_user(base: Environment, context: Context) -> Environment:
    """Return the user's own folders, for the interpreter of ``base``."""
    facts = known_facts(base.executable, context)
    if facts.virtual and not _sees_system(Path(facts.prefix)):
        raise UserSiteInvisibleError(base, "it is a virtual environment of its own")
    if not facts.user_scheme:
        raise UserSiteInvisibleError(base, "it has no folder of the user's")
    named = context.environ.get("PYTHONUSERBASE", "")
    user_base = named or os.path.join(
        context.environ.get("HOME") or str(Path.home()), ".local"
    )
    user_base = os.path.realpath(context.path(user_base))
    scheme = _scheme(user_base, facts.user_scheme)
    return replace(
        base,
        prefix=user_base,
        scheme=scheme,
        paths=tuple(dict.fromkeys((scheme.purelib, scheme.platlib))),
        seen=base.paths,
        virtual=False,
    )


def _sees_system(prefix: Path) -> bool:
    try:
        text = (prefix / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return bool(
        re.search(r"(?mi)^\s*include-system-site-packages\s*=\s*true\s*$", text)
    )


def _below_prefix(base: Environment, prefix: str, context: Context) -> Environment:
    facts = known_facts(base.executable, context)
    scheme = _scheme(prefix, facts.prefix_scheme)
    return replace(
        base,
        prefix=prefix,
        scheme=scheme,
        paths=tuple(dict.fromkeys((scheme.purelib, scheme.platlib))),
        externally_managed=None,
        virtual=False,
    )


def _below_root(base: Environment, root: str) -> Environment:
    """Return ``base`` as it would be if ``root`` were ``/`` (as DESTDIR does)."""

    def moved(path: str) -> str:
        return os.path.join(root, os.path.relpath(path, "/"))

    scheme = base.scheme
    return replace(
        base,
        prefix=moved(base.prefix),
        scheme=Scheme(
            purelib=moved(scheme.purelib),
            platlib=moved(scheme.platlib),
            scripts=moved(scheme.scripts),
            data=moved(scheme.data),
            headers=moved(scheme.headers),
        ),
        paths=tuple(map(moved, base.paths)),
        externally_managed=None,
        virtual=False,
    )


def _scheme(base: str, below: Mapping[str, str]) -> Scheme:
    return Scheme(
        **{
            key: os.path.normpath(os.path.join(base, folder))
            for key, folder in below.items()
        }
    )
