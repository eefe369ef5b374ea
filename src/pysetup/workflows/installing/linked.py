"""Environments with links to folders of the store (``--link-mode symlink``)."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pysetup.endings import Terminated
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.real_folders import RealFolders
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.replay.changes import Change, EndedError, GiveWayError, Step, bring_in
from pysetup.replay.linked import has_links
from pysetup.replay.owned import FOLDER as OWNED
from pysetup.replay.owned import Ownership, read_ownership
from pysetup.replay.staging import write_file
from pysetup.replay.world import STATE, World, find_world
from pysetup.workflows.context import Context
from pysetup.workflows.installing.keeping import keep_hook
from pysetup.workflows.installing.kept_plan import KeptPlan, NotKeptError, kept_plan

_MODE = 0o666


def store_root(context: Context) -> Path:
    """Return the folder of the store."""
    return context.settings.cache_dir / "store" / "v1"


def install_linked(
    plan: TransactionPlan,
    sources: Mapping[str, object],
    environment: Environment,
    context: Context,
    *,
    state: Mapping[str, bytes],
) -> KeptPlan | None:
    """Carry out ``plan``, with links to folders of the store where that can be.

    The caller holds the environment's lock; ``state`` are files of its state folder
    that come with it. Returns what was done; None if it cannot
    be done so, where something is replaced or not in the store: then nothing was
    changed.
    """
    if plan.removals or plan.gone or not plan.installs:
        return None
    world = _world(environment, context)
    if world is None:
        context.show("folders are not linked in such an environment")
        return None
    try:
        kept = kept_plan(
            plan,
            sources,
            root=store_root(context),
            prefix=environment.prefix,
            python=environment.executable,
            linked=True,
        )
        change = _change(world, context)
        bring_in(change, kept, lambda: [_written(change, *f) for f in state.items()])
    except (NotKeptError, GiveWayError, OSError) as error:
        context.show(f"folders are not linked: {error!r}")
        return None
    except EndedError as ended:
        raise Terminated(ended.code - 128) from None
    return kept


def linked_places(environment: Environment, context: Context) -> tuple[str, ...]:
    """Return the absolute places of an environment's links to the store."""
    return tuple(
        f"{os.path.realpath(environment.prefix)}/{place}"
        for _, owned in _owners(environment, context)
        for place, _ in owned.links
    )


def real_folders(places: Sequence[str]) -> Callable[[str], str]:
    """Return what follows links on the way to a folder, but for those at ``places``.

    They are of the environment's own making: what stands there is as good as real.
    """
    follow = RealFolders()
    if not places:
        return follow
    inside = tuple(place + os.sep for place in places)

    def resolve(folder: str) -> str:
        if folder in places or folder.startswith(inside):
            return folder
        return follow(folder)

    return resolve


def expand(
    wheels: Sequence[WheelSource], environment: Environment, context: Context
) -> None:
    """Let those links be folders again below which one of ``wheels`` brings files.

    The caller holds the environment's lock. It is a transaction of its own. Raises
    ``OSError`` if the store's files cannot be linked one by one.
    """
    owners = list(_owners(environment, context))
    world = _world(environment, context) if owners else None
    if world is None:
        return
    wanted = {folder for wheel in wheels for folder in _folders(wheel, world.site)}
    names = {wheel.metadata.normalized_name for wheel in wheels}
    for info, owned in owners:
        met = any(place in wanted for place, _ in owned.links)
        if met and info.partition("-")[0].lower().replace("_", "-") not in names:
            _expand(info, owned, world, context)


def _folders(wheel: WheelSource, site: str) -> Iterator[str]:
    """Yield the folders, below the prefix, that ``wheel`` puts files in."""
    kinds = {"purelib": site, "platlib": site, "scripts": "bin", "data": ""}
    for member in wheel.members:
        folder, path = site, member.path
        if path.startswith(f"{wheel.data_dir}/"):
            kind, _, path = path.partition("/")[2].partition("/")
            folder = kinds.get(kind, site)
        place = f"{folder}/{path}".lstrip("/")
        while "/" in place:
            place = place.rpartition("/")[0]
            yield place


def _owners(
    environment: Environment, context: Context
) -> Iterator[tuple[str, Ownership]]:
    """Yield entry of the database and ownership of what has links to the store."""
    prefix = os.path.realpath(environment.prefix)
    if not has_links(str(store_root(context)), prefix):
        return
    folder = f"{prefix}/{STATE}/{OWNED}"
    with suppress(FileNotFoundError):
        for name in sorted(os.listdir(folder)):
            owned = read_ownership(f"{folder}/{name}")
            if owned is not None and owned.links:
                yield name, owned


def _expand(info: str, owned: Ownership, world: World, context: Context) -> None:
    """Put real folders, with a link for each file, in place of ``owned``'s links."""
    change = _change(world, context)
    try:
        stage = change.open_stage("new")
        os.mkdir(f"{change.stage}/old")
        steps: list[Step] = []
        for place, target in owned.links:
            fresh = f"{stage}/{len(steps)}"
            _copy_tree(target, fresh)
            steps.append(_swap(f"{world.prefix}/{place}", fresh, change, len(steps)))
        record = f"{world.prefix}/{world.site}/{info}/RECORD"
        fresh = f"{stage}/{len(steps)}"
        write_file(fresh, _without_links(record, owned, world), _MODE)
        steps.append(_swap(record, fresh, change, len(steps)))
        gone = f"{world.state}/{OWNED}/{info}"
        steps.append((gone, "", f"{change.stage}/old/{len(steps)}", 0))
        change.commit(steps)
    finally:
        change.close()


def _written(change: Change, place: str, content: bytes) -> Step:
    """Stage a file of the state folder."""
    fresh = f"{change.stage}/{os.path.basename(place)}"
    write_file(fresh, content, _MODE)
    old = f"{fresh}.old" if os.path.lexists(place) else ""
    return (place, fresh, old, os.lstat(fresh).st_ino)


def _swap(place: str, fresh: str, change: Change, number: int) -> Step:
    return (place, fresh, f"{change.stage}/old/{number}", os.lstat(fresh).st_ino)


def _copy_tree(source: str, target: str) -> None:
    for folder, _, names in os.walk(source):
        here = target + folder[len(source) :]
        os.mkdir(here)
        for name in names:
            os.link(f"{folder}/{name}", f"{here}/{name}")


def _without_links(record: str, owned: Ownership, world: World) -> bytes:
    """Return RECORD without the rows of links; those of their files are there."""
    below = f"{world.site}/"
    gone = set()
    for place, _ in owned.links:
        inside = place.startswith(below)
        path = place[len(below) :] if inside else os.path.relpath(place, world.site)
        gone.add(f"{path},,".encode())
    with open(record, "rb") as stream:
        lines = stream.read().splitlines(keepends=True)
    return b"".join(line for line in lines if line.rstrip() not in gone)


def _world(environment: Environment, context: Context) -> World | None:
    if not environment.virtual:
        return None
    with suppress(OSError, ValueError):
        return find_world(environment.executable, {}, str(context.directory))
    return None


def _change(world: World, context: Context) -> Change:
    cache = context.settings.cache_dir
    keep_hook(cache)
    durable = context.settings.durability != "fast"
    now = context.now().timestamp()
    return Change(world, str(cache), durable=durable, now=now)
