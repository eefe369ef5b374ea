"""Surroundings that leave nothing: for a dry run, and for who wants no cache."""

from collections.abc import Iterator
from contextlib import contextmanager

from pysetup.values import replace
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context


@contextmanager
def nothing_left(context: Context) -> Iterator[Context]:
    """Give a context whose cache is gone afterwards, unless there is one already.

    A cache that stands takes what had to be downloaded: the command that comes after
    a dry run mostly wants the same.
    """
    if context.settings.cache_dir.exists():
        yield context
        return
    with scratch_folder("pysetup-dry-run-") as folder:
        settings = replace(context.settings, cache_dir=folder / "cache")
        yield replace(context, settings=settings)


@contextmanager
def no_cache(context: Context) -> Iterator[Context]:
    """Give a context with an empty cache, which is gone afterwards."""
    with scratch_folder("pysetup-no-cache-") as folder:
        settings = replace(context.settings, cache_dir=folder / "cache")
        if settings.link_mode == "symlink":
            settings = replace(settings, link_mode="auto")  # links would lead nowhere
        yield replace(context, settings=settings, memory=None)
