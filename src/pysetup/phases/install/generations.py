"""Generations: all that packages own in an environment, whole, behind one link.

Everything stands in ``.pysetup-generations/000007/`` as it would below the environment
(``bin``, ``lib/python3.11/site-packages``, ``share`` and so on), and in these places
the environment has links to ``.pysetup-generations/current/...``. A change builds the
next directory out of hard links and its own files; renaming ``current`` shows it.
"""

import errno
import os
from collections.abc import Collection, Iterator, Mapping, Sequence

from pysetup.errors import EnvironmentRefusedError, IntegrityError
from pysetup.interchange.environment import Environment
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.journal import Journal, Step, Switch
from pysetup.phases.install.moves import Mover
from pysetup.phases.install.stage import Stage
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.hashes import Hash
from pysetup.values import dataclass, replace

FOLDER, CURRENT, SEAL = ".pysetup-generations", "current", "seal"
_BESIDE = ("include", "share", "etc")
_DIGITS = 6
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK)


class NoGenerationsError(EnvironmentRefusedError):
    """This environment cannot be kept in generations.

    That takes a virtual environment of its own, with one site folder inside, on a file
    system with hard links and symbolic links. Nothing was changed.
    """

    code = "PS7333"

    def __init__(self, prefix: str, reason: str) -> None:
        super().__init__(
            f"{prefix} cannot be kept in generations: {reason}",
            facts={"environment": prefix, "because": reason},
            hints=("go on without:  --atomic swap",),
        )
        self.reason = reason


class OutsideGenerationError(IntegrityError):
    """A distribution brings a file to a place that generations do not hold.

    They hold scripts, site-packages, ``include``, ``share`` and ``etc``. A file beside
    them would be seen before and after the others.
    """

    code = "PS5331"

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            f"{name} brings {path}, which no generation holds",
            facts={"distribution": name, "file": path},
            hints=("install it with  --atomic swap",),
        )


@dataclass(frozen=True, slots=True)
class Generation:
    """The generation that shows (``number``) of the environment ``prefix``."""

    prefix: str
    number: int

    @property
    def folder(self) -> str:
        """Its directory."""
        return generation_folder(self.prefix, self.number)

    @property
    def link(self) -> str:
        """The link that shows it."""
        return os.path.join(self.prefix, FOLDER, CURRENT)

    def numbers(self) -> list[int]:
        """Return the numbers of all that stand, in order."""
        names = os.listdir(os.path.join(self.prefix, FOLDER))
        return sorted(int(name) for name in names if name.isdecimal())

    def following(self) -> int:
        """Return the number of the next one."""
        return self.numbers()[-1] + 1

    def complete(self, stage: Stage, plan: TransactionPlan, files: FileSystem) -> None:
        """Add to the staged changes all that stays, so that they are the next one.

        Raises ``OutsideGenerationError`` or ``OSError``.
        """
        inside = self.folder + os.sep
        for install in plan.installs:
            for file in install.files:
                if not file.path.startswith(inside):
                    raise OutsideGenerationError(install.name, file.path)
        new = os.path.join(stage.folder, "new") + self.folder
        folders, names = _staying(
            self.folder, {*plan.gone, os.path.join(self.folder, SEAL)}, stage.places
        )
        for name in (*_linked_places(self), *folders):
            files.make_folders(os.path.join(new, name))
        pairs = ((name, name) for name in names)
        for _ in files.hard_links(pairs, into=new, out_of=self.folder):
            pass
        files.write(os.path.join(new, SEAL), [seal_of(new)], executable=False)

    def keep(self, stage: Stage, kept: Mapping[str, str], files: FileSystem) -> None:
        """Stage what is kept for undo: more names of the same files."""
        for place, slot in kept.items():
            if not os.path.isdir(place) or os.path.islink(place):
                staged = os.path.join(stage.folder, "new") + slot
                files.make_folders(os.path.dirname(staged))
                files.hard_link(staged, place)

    def journal(self, stage: Stage, state: Sequence[str], files: FileSystem) -> Journal:
        """Return the moves that show what was staged: one of them does.

        ``state`` are the places of staged files outside the generations.
        """
        number = self.following()
        staged = os.path.join(stage.folder, "new") + self.folder
        look = files.look(staged)
        assert look is not None, "it was staged"
        place = generation_folder(self.prefix, number)
        steps = (
            Step(place, staged, "", look.inode),
            *_state_steps(stage, state, files),
        )
        return Journal(
            stage.folders, steps, (), switch=self._switch(stage, number, files)
        )

    def return_to(
        self, number: int, stage: Stage, state: Sequence[str], files: FileSystem
    ) -> Journal:
        """Return the moves that show an older generation again."""
        steps = _state_steps(stage, state, files)
        return Journal(
            stage.folders, steps, (), switch=self._switch(stage, number, files)
        )

    def _switch(self, stage: Stage, number: int, files: FileSystem) -> Switch:
        new, old = (os.path.join(stage.folder, name) for name in ("next", "last"))
        files.link(new, _name(number))
        files.link(old, _name(self.number))
        look = files.look(new)
        assert look is not None, "it was made"
        return Switch(self.link, new, old, look.inode)


def generation_folder(prefix: str, number: int) -> str:
    """Return the directory of generation ``number``."""
    return os.path.join(prefix, FOLDER, _name(number))


def shown_generation(environment: Environment) -> Generation | None:
    """Return the generation that shows, or None if there are none."""
    prefix = os.path.realpath(environment.prefix)
    try:
        name = os.readlink(os.path.join(prefix, FOLDER, CURRENT))
    except OSError:
        return None
    return Generation(prefix, int(name)) if name.isdecimal() else None


def anchored(environment: Environment) -> Environment:
    """Return ``environment`` with the real folders of this moment.

    They change with each generation.
    """
    prefix = os.path.realpath(environment.prefix)
    top = os.path.join(prefix, FOLDER) + os.sep

    def real(path: str) -> str:
        if path.startswith(top):
            rest = path.removeprefix(top).partition(os.sep)[2]
            path = os.path.join(prefix, rest)
        return os.path.realpath(path)

    scheme = environment.scheme
    return replace(
        environment,
        scheme=replace(
            scheme,
            purelib=real(scheme.purelib),
            platlib=real(scheme.platlib),
            scripts=real(scheme.scripts),
            headers=real(scheme.headers),
        ),
        paths=tuple(dict.fromkeys(map(real, environment.paths))),
    )


def held_places(environment: Environment) -> tuple[str, ...]:
    """Return what generations hold, relative to the environment.

    Raises ``NoGenerationsError``.
    """
    prefix = os.path.realpath(environment.prefix)
    scheme = environment.scheme
    if not environment.virtual:
        raise NoGenerationsError(prefix, "it is no virtual environment")
    if scheme.purelib != scheme.platlib:
        raise NoGenerationsError(prefix, "it has two site folders")
    places = [scheme.scripts, scheme.purelib]
    if not all(path.startswith(prefix + os.sep) for path in places):
        raise NoGenerationsError(prefix, "its folders stand elsewhere")
    held = [path.removeprefix(prefix + os.sep) for path in places]
    for name in (*held, *_BESIDE):
        if os.path.islink(os.path.join(prefix, name)):
            raise NoGenerationsError(prefix, f"{name} is a link")
    return (*held, *_BESIDE)


def begin_journal(environment: Environment, stage: Stage, files: FileSystem) -> Journal:
    """Stage the first generation and return the moves that put links to it in place.

    Before and after each of them every path leads to the same content. Raises
    ``NoGenerationsError`` or ``OSError``.
    """
    prefix = os.path.realpath(environment.prefix)
    held = held_places(environment)
    top = os.path.join(stage.folder, FOLDER)
    first = os.path.join(top, _name(1))
    try:
        for place in held:
            whole = os.path.join(prefix, place)
            files.make_folders(os.path.join(first, place))
            if files.look(whole) is not None:
                _link_tree(whole, os.path.join(first, place), files)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        reason = f"no hard links here: {error.strerror}"
        raise NoGenerationsError(prefix, reason) from None
    files.write(os.path.join(first, SEAL), [seal_of(first)], executable=False)
    files.link(os.path.join(top, CURRENT), _name(1))
    steps = [_arrival(os.path.join(prefix, FOLDER), top, "", files)]
    stage.make_slots(())
    for number, place in enumerate(held):
        whole = os.path.join(prefix, place)
        above = os.path.relpath(os.path.join(prefix, FOLDER), os.path.dirname(whole))
        link = os.path.join(stage.folder, f"link-{number}")
        files.link(link, os.path.join(above, CURRENT, place))
        old = os.path.join(stage.folder, "old", str(number))
        stands = files.look(whole) is not None
        steps.append(_arrival(whole, link, old if stands else "", files))
    return Journal(stage.folders, tuple(steps), ())


def end_journal(shown: Generation, stage: Stage, files: FileSystem) -> Journal:
    """Stage plain folders and return the moves that put them in the links' places."""
    stage.make_slots(())
    steps: list[Step] = []
    for number, place in enumerate(_linked_places(shown)):
        staged = os.path.join(stage.folder, f"folder-{number}")
        files.make_folders(staged)
        _link_tree(os.path.join(shown.folder, place), staged, files)
        old = os.path.join(stage.folder, "old", str(number))
        steps.append(_arrival(os.path.join(shown.prefix, place), staged, old, files))
    old = os.path.join(stage.folder, "old", "generations")
    steps.append(Step(os.path.join(shown.prefix, FOLDER), "", old, 0))
    return Journal(stage.folders, tuple(steps), ())


def prune_generations(shown: Generation, *, keep: int, files: FileSystem) -> list[int]:
    """Remove the oldest until ``keep`` are left; return their numbers.

    The one that shows always stays.
    """
    numbers = [number for number in shown.numbers() if number != shown.number]
    gone = numbers[: max(0, len(numbers) + 1 - max(1, keep))]
    for number in gone:
        files.remove_tree(generation_folder(shown.prefix, number))
    return gone


def seal_of(folder: str) -> bytes:
    """Return what tells whether distributions came or went: RECORDs by digest."""
    rows: list[str] = []
    for above, folders, names in os.walk(folder):
        if above.endswith((".dist-info", ".egg-info")):
            folders.clear()
            record = os.path.join(above, "RECORD")
            digest = Hash.of_file(record).hexdigest if "RECORD" in names else "-"
            rows.append(f"{os.path.relpath(above, folder)} {digest}\n")
    return "".join(sorted(rows)).encode("utf-8", "surrogateescape")


def is_sealed(folder: str) -> bool:
    """Tell whether the distributions below ``folder`` are those it was made with."""
    try:
        with open(os.path.join(folder, SEAL), "rb") as stream:
            return stream.read() == seal_of(folder)
    except OSError:
        return False


def _linked_places(shown: Generation) -> Iterator[str]:
    """Return the places in the environment that are links to what it shows."""
    for above, folders, _ in os.walk(shown.folder):
        for name in list(folders):
            inside = os.path.join(above, name)
            place = os.path.relpath(inside, shown.folder)
            if os.path.islink(os.path.join(shown.prefix, place)):
                folders.remove(name)
                if os.path.realpath(os.path.join(shown.prefix, place)) == inside:
                    yield place


def _staying(
    folder: str, gone: Collection[str], places: Collection[str]
) -> tuple[list[str], list[str]]:
    """Return folders and files below ``folder`` that stay, relative to it.

    A folder that loses all that was in it goes as well.
    """
    folders: list[str] = []
    names: list[str] = []
    empty: set[str] = set()
    for above, below, here in os.walk(folder, topdown=False):
        # Links to folders are listed as folders.
        links = [one for one in below if os.path.islink(os.path.join(above, one))]
        staying = [
            path
            for one in (*here, *links)
            if (path := os.path.join(above, one)) not in gone and path not in places
        ]
        inner = [os.path.join(above, one) for one in below if one not in links]
        if not staying and (here or inner) and all(one in empty for one in inner):
            empty.add(above)
            continue
        folders.append(os.path.relpath(above, folder))
        names += [os.path.relpath(path, folder) for path in staying]
    return folders[::-1], names


def _link_tree(source: str, target: str, files: FileSystem) -> None:
    folders, names = _staying(source, (), ())
    for name in folders:
        files.make_folders(os.path.join(target, name))
    pairs = ((name, name) for name in names)
    for _ in files.hard_links(pairs, into=target, out_of=source):
        pass


def _state_steps(
    stage: Stage, state: Sequence[str], files: FileSystem
) -> tuple[Step, ...]:
    stage.make_slots(())
    slots = (os.path.join(stage.folder, "old", f"state-{n}") for n in range(1 << 20))
    mover = Mover(files, slots=slots, lasting=(), whole_folders=False)
    standing = {place for place in state if files.look(place) is not None}
    return tuple(
        mover.move(stage=os.path.join(stage.folder, "new"), places=state, gone=standing)
    )


def _arrival(place: str, new: str, old: str, files: FileSystem) -> Step:
    look = files.look(new)
    assert look is not None, "it was made"
    return Step(place, new, old, look.inode)


def _name(number: int) -> str:
    return f"{number:0{_DIGITS}}"
