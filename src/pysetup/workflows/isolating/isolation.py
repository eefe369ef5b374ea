"""Isolated build environments: resolved, installed, kept in the cache, and used."""

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from pysetup.edges.urls import file_path, is_file_url
from pysetup.errors import (
    BuildError,
    IntegrityError,
    NetworkError,
    OutOfDateError,
    PysetupError,
)
from pysetup.interchange.build_lock import target_of
from pysetup.interchange.environment import Environment
from pysetup.late import tempfile
from pysetup.values import replace
from pysetup.workflows.building.how import Building, LockUse
from pysetup.workflows.context import Context
from pysetup.workflows.events import aside, stage
from pysetup.workflows.installing.environment import (
    environment_of,
    find_python,
)
from pysetup.workflows.installing.install import WheelToInstall
from pysetup.workflows.installing.known_interpreters import interpreter_identity
from pysetup.workflows.isolating.build_cache import (
    EnvironmentCache,
    digest_of,
    folder_state,
)
from pysetup.workflows.isolating.build_constraints import (
    BuildConstraints,
    read_build_constraints,
)
from pysetup.workflows.isolating.cached_environments import (
    Contents,
    environment_of_wheels,
)
from pysetup.workflows.isolating.locked_builds import locked_supply
from pysetup.workflows.provision import Choice, found_wheels
from pysetup.workflows.resolving.requested import Wanted

_MAX_DEPTH = 8


class BuildRequirementError(BuildError):
    """What a project needs to be built cannot be had.

    ``[build-system].requires`` names distributions that could not be resolved,
    fetched or installed. ``--no-isolation`` builds with what is installed already.
    """

    code = "PS6601"

    def __init__(self, requirements: Sequence[str], cause: PysetupError) -> None:
        super().__init__(
            f"the build requirements cannot be installed: {cause.message}",
            facts={"requires": list(requirements), "cause": cause.code, **cause.facts},
            hints=(
                *cause.hints,
                "or name a folder that has them:  --find-links DIR",
                "or build with what is installed:  --no-isolation",
            ),
        )
        # A build that fails for lack of network may well succeed later.
        self.retryable = cause.retryable


class CircularBuildError(BuildError):
    """A project needs itself to be built, directly or through others.

    Give a wheel of one project in the circle with ``--find-links``, or build it with
    ``--no-isolation`` where it is installed already.
    """

    code = "PS6602"

    def __init__(self, requirements: Sequence[str]) -> None:
        super().__init__(
            f"building needs itself: {', '.join(requirements)}",
            facts={"requires": list(requirements)},
            hints=("give a wheel of one of them with --find-links",),
        )


# Says what is installed for a set of build requirements, and from where: a build
# lock gives its own files, and a context that reaches no index.
Supply = Callable[[tuple[str, ...]], tuple[Wanted, Context]]


class BuildEnvironments:
    """Gives an environment for each set of build requirements, from the cache at best.

    ``supply`` defaults to the requirements as they are, from the configured indexes;
    what those answered is then remembered for a while. ``folder`` takes environments
    where the cache cannot.
    """

    def __init__(
        self,
        context: Context,
        folder: Path,
        *,
        python: str | None,
        supply: Supply | None = None,
    ) -> None:
        # What is said of an environment that is nobody's own is of no use to anybody.
        self._context = context
        self._observer = aside(context.observer, "build requirements")
        self._quiet = replace(context, tell=_silent, observer=self._observer)
        self._folder = folder
        self._python = python
        self._supply = supply
        self._cache = EnvironmentCache(
            context.settings.cache_dir / "build-env", now=context.now()
        )
        self._keys: dict[Path, str] = {}
        self._made: dict[tuple[str, ...], Path] = {}
        self._making: list[tuple[str, ...]] = []

    def __call__(self, requirements: Sequence[str]) -> Path:
        """Return the interpreter of an environment that has ``requirements``.

        Raises ``BuildRequirementError`` or ``CircularBuildError``.
        """
        key = tuple(sorted(set(requirements)))
        if key not in self._made:
            if key in self._making or len(self._making) > _MAX_DEPTH:
                raise CircularBuildError(key)
            self._making.append(key)
            try:
                self._made[key] = self._found(key)
            finally:
                self._making.pop()
        return self._made[key]

    def _found(self, requirements: tuple[str, ...]) -> Path:
        """Return an environment that is remembered, or make sure of one."""
        if self._supply is not None:
            return self._sure(requirements, self._supply)
        limits = read_build_constraints(self._context)
        question = self._question(requirements, limits)
        remembered = None if question is None else self._cache.recall(question)
        if remembered and remembered.fresh and not self._context.settings.refresh:
            return remembered.executable
        try:
            made = self._sure(
                requirements, lambda texts: (limits.wanted(texts), self._quiet)
            )
        except BuildRequirementError as error:
            if remembered is None or not isinstance(error.__cause__, NetworkError):
                raise
            self._context.tell(
                f"note: {error.__cause__.message}; building with what was found on "
                f"{remembered.asked:%Y-%m-%d}"
            )
            return remembered.executable
        if question is not None and made in self._keys:
            self._cache.remember(question, self._keys[made])
        return made

    def _sure(self, requirements: tuple[str, ...], supply: Supply) -> Path:
        """Return an environment of what ``supply`` gives, made if there is none."""
        try:
            if not requirements:
                return self._having(())
            wanted, context = supply(requirements)
            observer = self._context.observer
            with (
                stage(observer, "environment", ", ".join(requirements)),
                found_wheels(
                    wanted,
                    environment=self._empty,
                    context=replace(context, tell=_silent, observer=self._observer),
                    building=Building(isolate=self),
                    choice=Choice(reinstall=True),
                ) as wheels,
            ):
                return self._having(wheels)
        except (CircularBuildError, IntegrityError, OutOfDateError):
            raise  # a build lock that does not hold, or a file that is another
        except PysetupError as error:
            raise BuildRequirementError(requirements, error) from error

    def _having(self, wheels: Sequence[WheelToInstall]) -> Path:
        made = environment_of_wheels(
            Contents(self._empty.executable, wheels),
            cache=self._cache,
            elsewhere=lambda: Path(tempfile.mkdtemp(prefix="env-", dir=self._folder)),
            context=replace(self._context, observer=self._observer),
        )
        if made.key is not None:
            self._keys[made.executable] = made.key
        return made.executable

    @cached_property
    def _empty(self) -> Environment:
        """What an environment of the interpreter is before anything is in it."""
        base = build_environment(self._context, python=self._python)
        return replace(base, paths=(), externally_managed=None)

    def _question(
        self, requirements: tuple[str, ...], limits: BuildConstraints
    ) -> str | None:
        """Return what the answer of the indexes depends on; None for too much."""
        python = sys.executable
        if self._python is not None:
            python = find_python(self._python, self._context)
        identity = interpreter_identity(python)
        if identity is None or any(" @ " in text for text in requirements):
            return None
        settings = self._context.settings
        return digest_of(
            [
                *(identity, list(requirements), limits.to_json()),
                *(settings.index_url, list(settings.extra_index_urls)),
                *(settings.no_index, settings.pre, list(settings.find_links)),
                *(list(settings.only_binary), list(settings.no_binary)),
                [folder_state(self._local(link)) for link in settings.find_links],
            ]
        )

    def _local(self, link: str) -> str:
        path = file_path(link) if is_file_url(link) else link
        return str(self._context.path(path))


def _silent(_: str) -> None:
    """Say nothing."""


def locked_environments(
    source: Path, *, context: Context, folder: Path, python: str | None, use: LockUse
) -> BuildEnvironments | None:
    """Return the environments that the build lock of ``source`` gives, if it has one.

    Raises as ``locked_supply``.
    """
    files = locked_supply(
        source,
        lambda: target_of(build_environment(context, python=python)),
        context=context,
        use=use,
    )
    if files is None:
        return None
    return BuildEnvironments(context, folder, python=python, supply=files)


def build_environment(context: Context, *, python: str | None) -> Environment:
    """Return what the interpreter is that builds: ``python``, or our own."""
    found = sys.executable if python is None else find_python(python, context)
    return environment_of(found, context)
