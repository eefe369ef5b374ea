"""Why a version is not chosen: asked of an environment, a project, or requirements."""

from collections.abc import Callable, Sequence

from pysetup.interchange.environment import Environment
from pysetup.standards.requirements import Requirement
from pysetup.values import replace
from pysetup.workflows.events import stage
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.managing.project_file import (
    Project,
    asked_by,
    sections_of,
    stated,
)
from pysetup.workflows.resolving.requested import Asked, Wanted
from pysetup.workflows.resolving.resolve import ResolveOptions
from pysetup.workflows.resolving.why_not import WhyNot, why_not
from pysetup.workflows.solving import as_requirement
from pysetup.workflows.upgrade import asked_by_environment, fixed_versions
from pysetup.workflows.workshop import Workshop

Ask = Callable[[Requirement], WhyNot]


def of_environment(wanted: Wanted, environment: Environment, workshop: Workshop) -> Ask:
    """Return what answers for what is installed: all of it must still fit.

    What was installed from a file, a URL or for development stays as it is.
    """
    installed = {
        one.metadata.normalized_name: one
        for one in read_environment(environment, workshop.context).distributions()
    }
    asked = asked_by_environment((), installed, environment, workshop.context)
    options = ResolveOptions(
        constraints=(*wanted.constraints, *fixed_versions(installed, environment)),
        overrides=wanted.overrides,
        installed=installed,
    )
    return _asking(asked, wanted, environment, workshop, options)


def of_project(
    project: Project, wanted: Wanted, environment: Environment, workshop: Workshop
) -> Ask:
    """Return what answers for all that a project requires, extras and groups too."""
    texts = stated(project)
    asked = asked_by(project, sections_of(texts), texts)
    return of_requirements(asked, wanted, environment, workshop)


def of_requirements(
    asked: Sequence[Asked],
    wanted: Wanted,
    environment: Environment,
    workshop: Workshop,
) -> Ask:
    """Return what answers for these requirements, with nothing installed."""
    options = ResolveOptions(constraints=wanted.constraints, overrides=wanted.overrides)
    return _asking(asked, wanted, environment, workshop, options)


def _asking(
    asked: Sequence[Asked],
    wanted: Wanted,
    environment: Environment,
    workshop: Workshop,
    options: ResolveOptions,
) -> Ask:
    requirements = {as_requirement(one): one.source for one in asked}
    places = {str(requirement): place for requirement, place in requirements.items()}
    options = replace(options, sources={**wanted.places, **places})

    def ask(requirement: Requirement) -> WhyNot:
        with stage(workshop.context.observer, "look-up") as running:
            answer = why_not(
                requirement,
                list(requirements),
                environment=environment,
                context=workshop.context,
                options=options,
                build_metadata=workshop.metadata,
            )
            running.count = 0  # the answer says it all
        return answer

    return ask
