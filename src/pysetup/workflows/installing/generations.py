"""Environments in generations: beginning, ending, pruning, and going back at once."""

from pysetup.interchange.environment import Environment
from pysetup.phases.install.apply import Means, rearrange
from pysetup.phases.install.generations import (
    Generation,
    anchored,
    begin_journal,
    end_journal,
    generation_folder,
    held_places,
    is_sealed,
    prune_generations,
    shown_generation,
)
from pysetup.phases.install.history import History
from pysetup.workflows.context import Context


def settled(environment: Environment, context: Context, means: Means) -> Environment:
    """Return ``environment`` in the way that the settings ask for.

    It is made of generations, or no longer, where it is not as it should be. ``means``
    are those of the change that follows. Raises ``NoGenerationsError`` or as ``apply``.
    """
    shown = shown_generation(environment)
    wanted = wants_generations(environment, context)
    if wanted == (shown is not None):
        return anchored(environment)
    files = means.files
    if shown is None:
        rearrange(
            lambda stage: begin_journal(environment, stage, files),
            environment.prefix,
            means,
        )
        context.tell(f"{environment.prefix} is kept in generations from now on")
    else:
        rearrange(
            lambda stage: end_journal(shown, stage, files), environment.prefix, means
        )
        context.tell(f"{environment.prefix} is no longer kept in generations")
    return anchored(environment)


def wants_generations(environment: Environment, context: Context) -> bool:
    """Tell whether changes make generations; once chosen it stays so.

    Raises ``NoGenerationsError`` where they cannot be begun.
    """
    shown = shown_generation(environment)
    chosen = context.settings.atomic
    if chosen == "generation" and shown is None:
        held_places(environment)
    return chosen == "generation" or (chosen == "" and shown is not None)


def next_generation(
    environment: Environment, context: Context
) -> tuple[Generation | None, tuple[int, ...]]:
    """Return the generation that shows, and its number with that of the next one.

    None and nothing where there are none.
    """
    shown = shown_generation(environment)
    if shown is None or not wants_generations(environment, context):
        return None, ()
    return shown, (shown.number, shown.following())


def tidy_generations(environment: Environment, context: Context, means: Means) -> None:
    """Remove what is older than the settings keep."""
    shown = shown_generation(environment)
    if shown is not None:
        keep = context.settings.keep_generations
        for number in prune_generations(shown, keep=keep, files=means.files):
            context.show(f"generation {number} is gone")


def generation_before(
    history: History, number: int, environment: Environment, context: Context
) -> tuple[Generation, int] | None:
    """Return what shows and which generation to go back to, to undo since ``number``.

    None if the link alone cannot do it: one is gone, or other tools changed one.
    """
    shown = shown_generation(environment)
    entries = history.since(number)
    if shown is None or not entries or not wants_generations(environment, context):
        return None
    place = shown.number
    for entry in reversed(entries):
        if len(entry.generation) != len(("before", "after")):
            return None
        before, after = entry.generation
        if after != place:
            return None
        place = before
    folders = (shown.folder, generation_folder(shown.prefix, place))
    return (shown, place) if all(map(is_sealed, folders)) else None


def show_again(shown: Generation, number: int, means: Means) -> None:
    """Set the link to generation ``number``; the state in ``means`` goes along."""
    rearrange(
        lambda stage: shown.return_to(number, stage, [*means.state], means.files),
        shown.prefix,
        means,
    )
