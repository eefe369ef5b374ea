"""A laboratory: a noted change, or undo itself, killed at every step by forking.

Started as ``undo_lab.py FOLDER SCENARIO`` with an empty folder; prints one JSON object.
The steps are those of the crash laboratory of the phase, on whose folder it needs
PYTHONPATH to point.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crash_lab import (  # type: ignore[import-not-found] # see above
    Lab,
    SteppedFiles,
    forked,
    kill,
    make_wheel,
)

from pysetup.errors import PysetupError
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.installing.history import read_history
from pysetup.workflows.installing.install import (
    Options,
    WheelToInstall,
    install_wheels,
)
from pysetup.workflows.installing.state_folder import held_state_folder
from pysetup.workflows.installing.undo import undo

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Act = Callable[[Any], None]


class UndoLab:
    """An environment with a distribution of ours and one of pip's."""

    def __init__(self, folder: Path) -> None:
        self.lab = Lab(folder, [], [])
        options = {"cache_dir": folder / "cache", "offline": True}
        context = make_context(options=options, tell=lambda _: None, command=("lab",))
        self.context: Context = replace(context, now=lambda: NOW)
        one = {"demo/__init__.py": "version = 1\n", "demo/old.py": "a = 1\n"}
        two = {"demo/__init__.py": "version = 2\n", "demo/new.py": "b = 1\n"}
        self.one = make_wheel(folder, "demo", "1.0", {**one, "ns/demo.py": "1"})
        self.two = make_wheel(folder, "demo", "2.0", {**two, "ns/demo.py": "2"})
        theirs = {"theirs/__init__.py": "t = 1\n", "ns/theirs.py": "t = 1\n"}
        self.theirs = make_wheel(folder, "theirs", "1.0", theirs)
        newer = {"theirs/__init__.py": "t = 2\n", "ns/theirs.py": "t = 2\n"}
        self.third = make_wheel(folder, "third", "1.0", {"third.py": "t = 3\n"})
        self.newer = make_wheel(folder, "theirs", "2.0", newer)

    def install(self, files: Any, *wheels: Path, remove: tuple[str, ...] = ()) -> None:
        items = [
            WheelToInstall(path, direct_url=_origin(path), hash=_digest(path))
            for path in wheels
        ]
        install_wheels(
            items,
            environment=self.lab.environment,
            context=self.context,
            remove=remove,
            compile=False,
            files=files,
        )

    def undo(self, files: Any, number: int | None = None) -> None:
        undo(
            number,
            environment=self.lab.environment,
            context=self.context,
            options=Options(compile=False, files=files),
        )

    def reset(self) -> None:
        shutil.rmtree(self.lab.prefix, ignore_errors=True)
        shutil.copytree(self.lab.template, self.lab.prefix, symlinks=True)

    def choose(self, atomic: str) -> None:
        settings = replace(self.context.settings, atomic=atomic)
        self.context = replace(self.context, settings=settings)

    def begin(self) -> None:
        """Install demo 1.0, and theirs 1.0 as if pip had done it."""
        self.lab.reset()
        plain = SteppedFiles()
        self.install(plain, self.one)
        quiet, self.context = self.context, replace(self.context, command=())
        self.install(plain, self.theirs)
        self.context = quiet
        installer = self.lab.site / "theirs-1.0.dist-info" / "INSTALLER"
        installer.unlink()
        installer.write_text("pip\n")

    def recover(self, files: Any) -> None:
        with held_state_folder(
            self.lab.environment, self.context, files=files, timeout=1
        ):
            pass

    def picture(self) -> dict[str, str]:
        """All files with the history and what is kept, but no lock."""
        found: dict[str, str] = self.lab.picture()
        return {
            path: text
            for path, text in found.items()
            if not path.endswith("/") and os.path.basename(path) != "lock"
        } | self.shown()

    def shown(self) -> dict[str, str]:
        """What programs see of the environment, whatever it is made of."""
        found: dict[str, str] = {}
        for top in (self.lab.prefix / "bin", self.lab.site):
            for folder, _, names in os.walk(top):
                for name in names:
                    path = Path(folder, name)
                    place = f"shown/{path.relative_to(self.lab.prefix)}"
                    found[place] = path.read_text("latin-1")
        return found


def _origin(path: Path) -> dict[str, Any]:
    hashes = {"sha256": _digest(path).hexdigest}
    return {"url": path.as_uri(), "archive_info": {"hashes": hashes}}


def _digest(path: Path) -> Any:
    from pysetup.standards.hashes import Hash

    return Hash.of_file(str(path))


def plain(picture: dict[str, str]) -> dict[str, str]:
    """Leave out what is kept: after the commit it may be there a little longer."""
    return {
        path: text
        for path, text in picture.items()
        if path.startswith((".pysetup/history", "shown/"))
    }


def shown(picture: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in picture.items() if path.startswith("shown/")}


def explore(lab: UndoLab, act: Act) -> dict[str, Any]:
    """Kill ``act`` at every step; the recovery too; then go back, and forward again."""
    shutil.copytree(lab.lab.prefix, lab.lab.template, symlinks=True)
    old = lab.picture()
    counter = SteppedFiles()
    act(counter)
    new = lab.picture()
    outcomes = {"OLD": 0, "NEW": 0, "torn": 0}
    faults: list[str] = []
    for at in range(1, counter.steps + 1):
        lab.reset()
        code = forked(lambda: act(SteppedFiles(at, kill)))  # noqa: B023
        if code not in (-signal.SIGKILL, 0):
            faults.append(f"step {at}: ended with {code}")
        if lab.shown() not in (shown(old), shown(new)):
            outcomes["torn"] += 1
        for again in range(1, 1000):
            files = SteppedFiles(again, kill)
            if forked(lambda: lab.recover(files)) == 0:  # noqa: B023
                break
        found = lab.picture()
        if plain(found) == plain(old):
            outcomes["OLD"] += 1
            if kept(found) != kept(old):
                faults.append(f"step {at}: OLD, but something else is kept")
            act(SteppedFiles())
        elif plain(found) == plain(new):
            outcomes["NEW"] += 1
        else:
            different = sorted(set(found.items()) ^ set(new.items()))
            faults.append(f"step {at}: {different[:3]}")
            continue
        faults += [f"step {at}: {fault}" for fault in _there_and_back(lab, old, new)]
    return {"steps": counter.steps, "faults": faults, **outcomes}


def _there_and_back(
    lab: UndoLab, old: dict[str, str], new: dict[str, str]
) -> list[str]:
    """Undo the change and undo that: what stands is what stood."""
    faults: list[str] = []
    for expected in (old, new):
        try:
            lab.undo(SteppedFiles())
        except PysetupError as error:
            return [*faults, f"no way on: {error.message}"]
        if _without_state(lab.picture()) != _without_state(expected):
            faults.append("undo gives another state")
    history = read_history(lab.lab.environment)
    if [e.number for e in history.entries[-2:]] != [
        len(history.entries) - 1,
        len(history.entries),
    ]:
        faults.append("the history has a gap")
    return faults


def kept(picture: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in picture.items() if k.startswith(".pysetup/kept")}


def _without_state(picture: dict[str, str]) -> dict[str, str]:
    return shown(picture)


def main() -> None:
    lab = UndoLab(Path(sys.argv[1]))
    lab.begin()
    acts: dict[str, Act] = {
        "upgrade": lambda files: lab.install(files, lab.two, lab.newer),
        "uninstall": lambda files: lab.install(files, remove=("demo", "theirs")),
        "undo": lab.undo,
    }
    act, _, way = sys.argv[2].partition("-")
    if way in ("generation", "swap"):
        lab.choose("generation")
        lab.install(SteppedFiles(), lab.third)
    if act == "undo":
        acts["upgrade"](SteppedFiles())
    if way in ("begin", "swap"):
        lab.choose({"begin": "generation"}.get(way, way))
    sys.stdout.write(json.dumps(explore(lab, acts[act])))


if __name__ == "__main__":
    main()
