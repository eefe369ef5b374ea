"""Isolated build environments: resolved, installed, used, and gone afterwards."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pysetup.errors import BuildError, PysetupError
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.building.project import Building, no_isolation
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment, find_python
from pysetup.workflows.provision import install
from pysetup.workflows.resolving.requested import Asked, Wanted

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
            hints=(*cause.hints, "or build with what is installed:  --no-isolation"),
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


class BuildEnvironments:
    """Makes one environment for each set of build requirements, in ``folder``."""

    def __init__(self, context: Context, folder: Path, *, python: str | None) -> None:
        self._context = context
        self._folder = folder
        self._python = python
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
                self._made[key] = self._make(key)
            finally:
                self._making.pop()
        return self._made[key]

    def _make(self, requirements: tuple[str, ...]) -> Path:
        place = Path(tempfile.mkdtemp(prefix="env-", dir=self._folder))
        environment = create_environment(place, self._context, python=self._python)
        if requirements:
            try:
                asked = [
                    Asked("build-system.requires", parse_requirement(text))
                    for text in requirements
                ]
                install(
                    Wanted(tuple(asked)),
                    environment=environment,
                    # What is said of an environment that lives for one build, and
                    # is nobody's own, is of no use to anybody.
                    context=replace(self._context, tell=_silent),
                    building=Building(isolate=self),
                    compile=False,
                )
            except CircularBuildError:
                raise
            except PysetupError as error:
                raise BuildRequirementError(requirements, error) from error
        return Path(environment.executable)


def _silent(_: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def building(
    context: Context,
    *,
    isolation: bool = True,
    settings: Mapping[str, JSON] | None = None,
    python: str | None = None,
) -> Iterator[Building]:
    """Say how projects are built here; what it makes is gone at the end.

    Without ``isolation`` the interpreter ``python`` is used as it is, by default the
    one that runs pysetup. ``settings`` are PEP 517's config settings.
    """
    chosen = dict(settings or {})
    if not isolation:
        if python is None:
            yield Building(isolate=no_isolation, settings=chosen)
        else:
            executable = Path(find_python(python, context))
            yield Building(isolate=lambda _: executable, settings=chosen)
        return
    with tempfile.TemporaryDirectory(prefix="pysetup-isolated-") as folder:
        environments = BuildEnvironments(context, Path(folder), python=python)
        yield Building(isolate=environments, settings=chosen)
