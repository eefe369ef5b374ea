"""Taking distributions out: whole folders where nothing else stands in them."""

import os

from pysetup.edges.disks import mounts_below
from pysetup.edges.permissions import is_untouchable, may_change
from pysetup.replay.changes import (
    INTERRUPTED,
    Change,
    EndedError,
    GiveWayError,
    Step,
    told,
)
from pysetup.replay.leftovers import Leftover, Leftovers
from pysetup.replay.memory import read_bytes
from pysetup.replay.owned import (
    FOLDER,
    SHARED,
    Owned,
    Ownership,
    read_ownership,
)
from pysetup.replay.words import bare_name
from pysetup.replay.world import World

_INFO = ".dist-info"
_CACHE = "__pycache__"
_CACHES = f"/{_CACHE}"
_OURS = b"pysetup\n"
# What another tool's way of installing is known by: the long way knows them all.
_FOREIGN = (".egg", ".egg-info", ".egg-link", "easy-install.pth")
# Of the mode of a folder: the sticky bit, and what its owner needs to remove from it.
_STICKY, _OWNER_MAY = 0o1000, 0o300
_KIND, _IS_FOLDER = 0o170000, 0o040000
_LOOKED_FOR, _USUAL = _KIND | _STICKY | _OWNER_MAY, _IS_FOLDER | _OWNER_MAY


def uninstall(  # noqa: PLR0913 - a removal, and how it is carried out
    world: World,
    cache: str,
    *,
    names: list[str],
    contents: list[bytes],
    words: list[str],
    durable: bool,
    now: float,
) -> list[tuple[str, str]]:
    """Remove what ``names`` and the requirements in ``contents`` name.

    Returns name and version of each. Raises ``GiveWayError`` or ``EndedError``.
    """
    wanted = [bare_name(name) for name in names]
    for content in contents:
        lines = content.decode("ascii").splitlines()
        texts = [line.partition(" #")[0].strip() for line in lines]
        wanted += [bare_name(text) for text in texts if text and text[0] != "#"]
    entries = _entries(world)
    infos = [entries.get(name, "") for name in dict.fromkeys(wanted)]
    if not infos or "" in infos:
        raise GiveWayError
    directory = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    change = Change(world, cache, durable=durable, now=now)
    change.lock(cache)
    done: list[tuple[str, str]] = []
    try:
        _remove(change, infos, done, words=words, now=now)
    except OSError as error:
        raise GiveWayError from error
    except KeyboardInterrupt:
        raise EndedError(INTERRUPTED) from None
    finally:
        os.fchdir(directory)
        os.close(directory)
        change.close()
    told(change)
    return done


def _entries(world: World) -> dict[str, str]:
    """Return normalised name -> entry of the database; raises ``GiveWayError``."""
    found: dict[str, str] = {}
    for name in world.listing:
        if name.endswith(_INFO):
            known = bare_name(name.partition("-")[0])
            if known in found:
                raise GiveWayError
            found[known] = name
        elif name.endswith(_FOREIGN):
            raise GiveWayError
    return found


def _remove(
    change: Change,
    infos: list[str],
    done: list[tuple[str, str]],
    *,
    words: list[str],
    now: float,
) -> None:
    world, changes = change.world, []
    if os.path.lexists(f"{world.state}/{SHARED}"):
        raise GiveWayError
    tree = _Tree(world)
    for info in infos:
        owned = read_ownership(f"{world.state}/{FOLDER}/{info}")
        if owned is None or not owned.told:
            raise GiveWayError
        changes.append(owned.told.replace(b'"new":', b'"old":', 1) + b',"new":null}')
        done.append((owned.name, owned.version))
        entry = f"{world.prefix}/{world.site}/{info}"
        if read_bytes(f"{entry}/INSTALLER") != _OURS:
            raise GiveWayError
        came = os.lstat(entry).st_ctime_ns
        tree.add(owned, came=came)
        tree.add_entry(f"{world.site}/{info}", came=came)
        tree.add_file(f".pysetup/{FOLDER}", info.encode())
    kept = os.listdir(f"{world.state}/{FOLDER}")
    for stale in set(kept).difference(world.listing):  # others took those out
        tree.add_file(f".pysetup/{FOLDER}", stale.encode())
    old = change.open_stage("old")
    steps = tree.departures(old)
    history = change.history_step(words, sorted(changes), now=now)
    change.commit([*steps, history], leftovers=tree.leftovers(steps))


class _Tree:
    """The files that go, by folder below the prefix, each looked at."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._top = f"{world.prefix}/"
        self._user = os.geteuid()
        os.chdir(world.prefix)
        if mounts_below(os.getcwd()):  # noqa: TID251 - it may have been a link
            raise GiveWayError
        # Folders that were looked at, and when what is in them came; those of bytecode,
        # whose files are not looked at, and which of these hold other bytecode than
        # came with them.
        self._looked_at = {"": 0}
        self._caches: set[str] = set()
        self._changed: set[str] = set()
        self._files: dict[str, set[bytes]] = {}
        self._whole: dict[str, bool] = {}
        # Folders in which nothing came or went since they were made.
        self._unchanged: set[str] = set()
        self._folders: dict[str, set[str]] = {}
        # Folders that stay whatever is left in them.
        self._lasting = {"", "bin", "include", "lib", world.site, ".pysetup"}
        self._lasting |= {world.site.rpartition("/")[0], f".pysetup/{FOLDER}"}

    def add(self, owned: Ownership, *, came: int) -> None:
        """Take up the files of a distribution, if they are as they came.

        ``came`` is when they got their place, in nanoseconds: what changed since then
        may have been made unchangeable.
        """
        for group in owned.groups:
            self._add_group(group, came=came)
        prefix, python = self._world.prefix, self._world.python.encode()
        for path, target in owned.links:
            if os.readlink(f"{prefix}/{path}") != target:
                raise GiveWayError
            folder, _, name = path.rpartition("/")
            if folder not in self._looked_at:
                self._enter(folder, came=0)
            self.add_file(folder, name.encode())
        for path, before, after in owned.scripts:
            if read_bytes(f"{prefix}/{path}") != before + python + after:
                raise GiveWayError
            folder, _, name = path.rpartition("/")
            if folder not in self._looked_at:
                self._enter(folder, came=0)
            self.add_file(folder, name.encode())

    def _enter(self, folder: str, *, came: int) -> None:
        """Go to ``folder``; raises as ``_look``."""
        self._look(folder, came)
        os.chdir(self._top + folder)

    def _look(self, folder: str, came: int) -> os.stat_result:
        """Look at ``folder``; raises ``GiveWayError`` where what is in it might not go.

        Or where a link leads elsewhere: what is there is not for us to remove.
        """
        self._looked_at[folder] = came
        above = folder.rpartition("/")[0]
        if above not in self._looked_at:  # there is no file in it
            self._look(above, came)
        own = os.lstat(self._top + folder)
        mode = own.st_mode
        if (
            mode & _LOOKED_FOR != _USUAL
            or own.st_uid != self._user
            or own.st_ctime_ns > came
        ):
            if mode & _KIND != _IS_FOLDER:
                raise GiveWayError
            kept = mode & _STICKY or not may_change(self._top + folder)
            if kept and folder not in self._lasting:
                raise GiveWayError
        return own

    def _add_group(self, group: Owned, *, came: int) -> None:
        folder, stamp, names, sizes, times, inodes = group
        look = os.lstat
        try:
            own = self._look(folder, came)
        except FileNotFoundError:
            if sizes:
                raise
            return  # bytecode, which anybody may remove
        unchanged = stamp and own.st_mtime_ns == stamp
        if unchanged:
            self._unchanged.add(folder)
        if sizes:
            os.chdir(self._top + folder)
            for name, size, changed, inode in zip(
                names, sizes, times, inodes, strict=True
            ):
                seen = look(name)
                if (
                    seen.st_mtime_ns != changed
                    or seen.st_size != size
                    or seen.st_ino != inode
                    or (seen.st_ctime_ns > came and is_untouchable(name))
                ):
                    raise GiveWayError
        elif folder.endswith(_CACHES):
            # Other bytecode than ours is looked at with its modules.
            (self._caches if unchanged else self._changed).add(folder)
            if not unchanged:
                return
        elif not unchanged:
            self.add_entry(folder, came=came)
            return
        else:
            os.chdir(self._top + folder)
            self._look_at(names, came=came)
        self._known(folder).update(names)

    def _look_at(self, names: tuple[bytes, ...], *, came: int) -> None:
        """Raise ``GiveWayError`` if a file of the folder that we are in cannot go."""
        for name in names:
            if os.lstat(name).st_ctime_ns > came and is_untouchable(name):
                raise GiveWayError

    def add_file(self, folder: str, name: bytes) -> None:
        """Take up one file."""
        self._known(folder).add(name)

    def add_entry(self, folder: str, *, came: int) -> None:
        """Take up an entry of the database, with whatever is in it by now."""
        if folder in self._unchanged or self._files.get(folder):
            return
        self._enter(folder, came=came)
        found: list[bytes] = []
        with os.scandir(".") as entries:
            inside = [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]
        for name, is_folder in inside:
            if not is_folder:
                found.append(os.fsencode(name))
        self._look_at(tuple(found), came=came)
        self._known(folder).update(found)
        for name, is_folder in inside:
            if is_folder:
                self.add_entry(f"{folder}/{name}", came=came)

    def departures(self, old: str) -> list[Step]:
        """Say what moves where, entries of the database first."""
        first: list[Step] = []
        steps: list[Step] = []
        for folder in sorted(self._files, reverse=True):
            self._whole[folder] = folder not in self._lasting and self._is_whole(folder)
        pending = [""]
        while pending:
            folder = pending.pop()
            for name in sorted(self._folders.get(folder, ())):
                child = f"{folder}/{name}" if folder else name
                if not self._whole[child]:
                    pending.append(child)
                    continue
                number = len(first) + len(steps)
                step = (f"{self._world.prefix}/{child}", "", f"{old}/{number}", 0)
                (first if name.endswith(_INFO) else steps).append(step)
            for name in self._single(folder):
                number = len(first) + len(steps)
                place = f"{self._world.prefix}/{folder}/{name}"
                steps.append((place, "", f"{old}/{number}", 0))
        return first + steps

    def _single(self, folder: str) -> list[str]:
        """Return what goes of a folder that stays: files, and their bytecode."""
        going = self._files.get(folder, set())
        names = sorted(map(os.fsdecode, going))
        # Bytecode that came with it is a folder that is known, and goes as that.
        if _CACHE in self._folders.get(folder, ()):
            return names
        if not any(name.endswith(".py") for name in names):
            return names
        place = f"{self._world.prefix}/{folder}/{_CACHE}"
        if not os.path.isdir(place):
            return names
        if self._is_bytecode(folder):
            return [*names, _CACHE]
        compiled = (n for n in os.listdir(place) if n.endswith(".pyc"))
        stems = {name.removesuffix(".py") for name in names}
        mine = sorted(n for n in compiled if n.split(".")[0] in stems)
        return [*names, *(f"{_CACHE}/{name}" for name in mine)]

    def _known(self, folder: str) -> set[bytes]:
        """Return what goes of ``folder``, which is noted, with all above it."""
        found = self._files.get(folder)
        if found is not None:
            return found
        self._files[folder] = found = set()
        above, _, name = folder.rpartition("/")
        if folder:
            self._known(above)
            self._folders.setdefault(above, set()).add(name)
        return found

    def _is_whole(self, folder: str) -> bool:
        """Tell whether nothing stays in ``folder``; bytecode goes with its module."""
        going = self._files[folder]
        if folder in self._unchanged:
            below = self._folders.get(folder, ())
            if f"{folder}/{_CACHE}" in self._changed and not self._is_bytecode(folder):
                return False
            return all(self._whole[f"{folder}/{name}"] for name in below)
        names = os.listdir(os.fsencode(f"{self._world.prefix}/{folder}"))
        for name in set(names) - going:
            text = os.fsdecode(name)
            if self._whole.get(f"{folder}/{text}"):
                continue
            if text != _CACHE or not self._is_bytecode(folder):
                return False
        return True

    def _is_bytecode(self, folder: str) -> bool:
        """Tell whether all that Python wrote beside a folder's modules is of them."""
        modules = self._files[folder]
        cache = f"{folder}/{_CACHE}"
        self._look(cache, self._looked_at.get(folder, 0))
        names = os.listdir(os.fsencode(self._top + cache))
        for name in names:
            if (
                not name.endswith(b".pyc")
                or name.split(b".")[0] + b".py" not in modules
            ):
                return False
        self._files[cache] = set(names)
        self._caches.add(cache)
        self._whole[cache] = True
        return True

    def leftovers(self, steps: list[Step]) -> Leftovers:
        """Return the whole folders of ``steps``, and their files."""
        moved = {place: old for place, _, old, _ in steps}
        prefix = self._world.prefix
        tops: dict[str, str] = {"": ""}
        bytecode: list[Leftover] = []
        others: list[Leftover] = []
        for folder in sorted(self._files):
            if not self._whole[folder]:
                continue
            old = moved.get(f"{prefix}/{folder}")
            if old is None:
                above, _, name = folder.rpartition("/")
                if above not in tops:
                    continue  # an empty one, in a folder that stays
                old = f"{tops[above]}/{name}"
            tops[folder] = old
            found = bytecode if folder in self._caches else others
            found.append((old, list(self._files[folder])))
        others.reverse()
        return Leftovers(bytecode, others)
