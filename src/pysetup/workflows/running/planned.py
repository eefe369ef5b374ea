"""From the words after ``run`` to a command that can start, and where it runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pysetup.interchange.environment import Environment
from pysetup.phases.run.launch import LaunchPlan, Surroundings
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import environment_of
from pysetup.workflows.resolving.requested import Asked, Wanted, read_wanted
from pysetup.workflows.running.needs import Needs
from pysetup.workflows.running.prepared import Prepared, prepared
from pysetup.workflows.running.run import plan_command
from pysetup.workflows.running.script_python import find_interpreter
from pysetup.workflows.running.scripts import Script, find_script, plan_script


@dataclass(frozen=True, slots=True)
class Task:
    """What the user wants to run.

    ``words`` are the command and its arguments; ``extras`` the requirements of
    ``--with``; ``python`` names the interpreter for scripts with a block.
    ``environment`` returns that of the project, for all else; ``read_input`` at most
    so many bytes of standard input.
    """

    words: Sequence[str]
    extras: Sequence[str]
    python: str | None
    environment: Callable[[], Environment]
    read_input: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Planned:
    """A command that can start.

    ``prepared`` is the environment that was made for it or was in the cache, if it
    needs one; ``script`` the Python file that it is, if it is one.
    """

    launch: LaunchPlan
    prepared: Prepared | None
    script: Script | None

    @property
    def leaves_something(self) -> bool:
        """Whether there is something to remove when the command has ended."""
        return self.prepared is not None and self.prepared.temporary

    def to_json(self, context: Context) -> dict[str, JSON]:
        """Return the JSON form, with what the environment made for it holds."""
        block = self.script.block if self.script else None
        return {
            **self.launch.to_json(),
            "directory": str(context.directory),
            "script": None if block is None else block.to_json(),
            "environment": None if self.prepared is None else self.prepared.to_json(),
            "resolved": [
                {"name": name, "version": version}
                for name, version in self.resolved(context)
            ],
        }

    def resolved(self, context: Context) -> list[tuple[str, str]]:
        """Return name and version of what the environment made for it holds."""
        if self.prepared is None:
            return []
        # Rarely needed, and much of the house: reading what is installed.
        from pysetup.phases.install.database import InstalledDatabase

        paths = environment_of(self.prepared.executable, context).paths
        return [
            (found.metadata.name, str(found.metadata.version))
            for found in InstalledDatabase(paths).distributions()
        ]


@contextmanager
def planned_run(task: Task, context: Context) -> Iterator[Planned]:
    """Find out what the words mean, and give what they need, until the end.

    Raises as ``find_script``, ``find_interpreter``, ``prepared`` and ``plan_command``.
    """
    word, *arguments = task.words
    script = find_script(word, context, read_input=task.read_input)
    if script is not None and script.block is not None:
        interpreter = find_interpreter(
            script.block.requires_python,
            source=script.source,
            named=task.python,
            context=context,
        )
        needs = Needs(
            interpreter.executable,
            _wanted(script, task.extras, context),
            title=script.source,
            exclude_newer=script.exclude_newer,
        )
        with prepared(needs, context) as made:
            inside = Surroundings.of_new(made.executable, interpreter.version)
            launch = plan_script(script, arguments, inside=inside, context=context)
            yield Planned(launch, made, script)
        return
    environment = task.environment()
    if not task.extras:
        yield Planned(_plan(task, script, environment, context), None, script)
        return
    wanted = read_wanted(task.extras, context=context)
    needs = Needs(environment.executable, wanted, title=word, over=environment)
    with prepared(needs, context) as made:
        launch = _plan(task, script, environment, context, layer=made.executable)
        yield Planned(launch, made, script)


def _wanted(script: Script, extras: Sequence[str], context: Context) -> Wanted:
    """Return what the block of ``script`` and ``--with`` ask for."""
    assert script.block is not None, "it was looked at before"
    block = script.block
    own = tuple(
        Asked(f"{script.source}:{line}", requirement)
        for requirement, line in zip(block.dependencies, block.lines, strict=True)
    )
    wanted = read_wanted(extras, context=context)
    return replace(wanted, asked=(*own, *wanted.asked))


def _plan(
    task: Task,
    script: Script | None,
    environment: Environment,
    context: Context,
    *,
    layer: str | None = None,
) -> LaunchPlan:
    word, *arguments = task.words
    if script is None:
        return plan_command(
            word, arguments, environment=environment, context=context, layer=layer
        )
    inside = Surroundings.of(environment)
    inside = inside if layer is None else inside.below(layer)
    return plan_script(script, arguments, inside=inside, context=context)
