"""Environments to be broken: made once, restored for each trial, run upon, judged."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.faults.lab import projects
from tests.faults.lab.installers import Installer
from tests.faults.lab.state import (
    Known,
    classify,
    litter,
    seen,
    snapshot,
    waits_for_recovery,
)

_WATCHED = str(Path(__file__).with_name("watched.py"))
TIMEOUT = 300.0
WARMTHS = ("first run", "repeat")


@dataclass(frozen=True)
class Change:
    """One kind of command: what stands before it, and the words for it."""

    name: str
    before: tuple[str, ...]
    verb: str
    words: tuple[str, ...]


_STAYS = f"{projects.NEIGHBOUR}=={projects.OLD}"
CHANGES = {
    change.name: change
    for change in (
        Change("install", (_STAYS,), "install", (f"{projects.VICTIM}==2.0",)),
        Change(
            "upgrade",
            (_STAYS, f"{projects.VICTIM}==1.0"),
            "install",
            (f"{projects.VICTIM}==2.0",),
        ),
        Change(
            "uninstall",
            (_STAYS, f"{projects.VICTIM}==1.0"),
            "uninstall",
            (projects.VICTIM,),
        ),
        Change(
            "set",
            (_STAYS, "alpha==1.0", "beta==1.0"),
            "install",
            ("alpha==2.0", "beta==2.0", "gamma==2.0"),
        ),
    )
}


@dataclass(frozen=True)
class Ended:
    """How a run ended: exit code (negative: by a signal), output, what was watched."""

    code: int
    said: str
    watched: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One trial, and what came of it.

    ``raw`` is the state right after the fault, ``started`` after a plain start of the
    environment's Python (with what that start saw), ``again`` after the command was
    repeated. ``problems`` is empty if all is as it must be.
    """

    scenario: str
    fault: str
    code: int
    raw: str
    started: str
    again: str
    code_again: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line for a table of failures."""
        states = f"exit {self.code}, {self.raw}, started {self.started}"
        after = f"repeat exit {self.code_again}, {self.again}"
        told = "".join(f"\n    {problem}" for problem in self.problems)
        return f"{self.scenario} | {self.fault} | {states} | {after}{told}"


class Workshop:
    """A work folder for one installer and one change.

    ``root`` is the folder; the environment is always ``root/env``, so that what names
    its place is the same in each trial.
    """

    def __init__(
        self,
        root: Path,
        installer: Installer,
        change: Change,
        *,
        index: str,
        cache: Path | None = None,
    ) -> None:
        self.root, self.installer, self.change = root, installer, change
        self.index = index
        self.env, self.cache = root / "env", cache or root / "cache"
        self.template, self.temporary = root / "template", root / "tmp"
        self.prefix: tuple[str, ...] = ()
        self.extra: tuple[str, ...] = ()
        self.warmth = WARMTHS[1]
        self.names = tuple(
            sorted(
                {word.partition("==")[0] for word in (*change.before, *change.words)}
                | {projects.NAMESPACE}
            )
        )
        for folder in (self.cache, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        self.old, self.new = self._prepare()

    @property
    def scenario(self) -> str:
        """The name of the row."""
        return f"{self.installer.name} {self.change.name}, {self.warmth}"

    def words(self, *, change: Change | None = None) -> list[str]:
        """Return the command line of the change."""
        change = change or self.change
        verb = self.installer.install
        if change.verb == "uninstall":
            verb = self.installer.uninstall
        return [*self.prefix, *self._filled(verb), *self.extra, *change.words]

    def restore(self, warmth: str = WARMTHS[1]) -> None:
        """Make the environment old again; for a ``first run`` empty the cache."""
        self.warmth = warmth
        remove(self.env)
        remove(self.temporary)
        self.temporary.mkdir()
        _copy_sharing(self.template, self.env)
        if warmth == WARMTHS[0]:
            self.forget()

    def forget(self) -> None:
        """Empty the cache."""
        for path in self.cache.iterdir():
            remove(path)

    def run(self, words: Sequence[str] | None = None, **options: object) -> Ended:
        """Run the change, or ``words``; with ``options`` under watched.py."""
        command = list(words or self.words())
        reader = None
        passed: tuple[int, ...] = ()
        if options:
            told = [f"{name}={value}" for name, value in options.items()]
            reader, writer = os.pipe()
            told.append(f"answer={writer}")
            command = [sys.executable, "-IS", _WATCHED, *told, "--", *command]
            passed = (writer,)
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=self.environ(),
            cwd=self.root,
            pass_fds=passed,
        )
        watched: dict[str, Any] = {}
        if reader is not None:
            os.close(passed[0])
            with os.fdopen(reader, "rb") as stream:
                answer = stream.read()
            watched = json.loads(answer) if answer else {"code": 125}
        said, _ = child.communicate(timeout=TIMEOUT)
        code: int = watched["code"] if watched else child.returncode
        return Ended(code, said.decode("utf-8", "replace"), watched)

    def environ(self) -> dict[str, str]:
        """Return the variables of each run."""
        return {
            "HOME": str(self.root),
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.temporary),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            **{
                key: self._place(text) for key, text in self.installer.variables.items()
            },
        }

    def state(self) -> tuple[str, str]:
        """Return the state of the files, and what is wrong with it."""
        return classify(snapshot(self.env), (self.old, self.new))

    def state_seen(self) -> tuple[str, str]:
        """Start the environment's Python; return what it sees, and what is wrong."""
        found = seen(self.env, self.names)
        for known in (self.old, self.new):
            if found == known.seen:
                return known.name, ""
        if isinstance(found, str):
            return "BROKEN", found
        lines = [
            f"{name}: {found[name]}"
            for name in self.names
            if not isinstance(self.old.seen, str) and found[name] != self.old.seen[name]
        ]
        return "BROKEN", "Python sees " + "; ".join(lines)[:600]

    def judge(
        self,
        fault: str,
        ended: Ended,
        *,
        codes: Collection[int],
        allowed: Collection[str] = ("OLD", "NEW"),
        tidy: bool = False,
        mend: Callable[[], object] = lambda: None,
    ) -> Row:
        """Judge what the fault left, in three ways, the last after a repeat.

        ``codes`` are the exit codes that are right, ``allowed`` the states; with
        ``tidy`` nothing may lie about even before the repeat. ``mend`` removes the
        cause before that.
        """
        problems = []
        if ended.code not in codes:
            problems.append(
                f"exit {ended.code}, not {sorted(codes)}: {ended.said[-600:]}"
            )
        if "Traceback" in ended.said and ended.code >= 0:
            problems.append(f"a traceback: {ended.said[-900:]}")
        raw, why = self.state()
        if raw not in allowed and not waits_for_recovery(self.env):
            problems.append(f"right after: {raw}: {why}")
        if tidy and (lying := litter(self.env)):
            problems.append(f"left lying about: {', '.join(lying[:5])}")
        seen_first, why = self.state_seen()
        if seen_first not in allowed:
            problems.append(f"a plain start of Python: {why or seen_first}")
        started, why = self.state()
        if started != seen_first:
            problems.append(f"files are {started} after Python saw {seen_first}: {why}")
        row = Row(
            self.scenario, fault, ended.code, raw, started, "", 0, tuple(problems)
        )
        mend()
        return self.repeated(row)

    def repeated(self, row: Row) -> Row:
        """Repeat the command: all must be new, with exit 0 and no litter."""
        again = self.run()
        problems = [*row.problems]
        good = {0} if self.change.verb == "install" else self.installer.nothing
        if again.code not in good:
            problems.append(f"the repeat exits with {again.code}: {again.said[-600:]}")
        state, why = self.state()
        if state != "NEW":
            problems.append(f"after the repeat: {state}: {why}")
        if lying := litter(self.env):
            problems.append(f"after the repeat there lie {', '.join(lying[:5])}")
        if orphans := snapshot(self.env).orphans:
            problems.append(f"bytecode without module: {', '.join(orphans[:5])}")
        sees, why = self.state_seen()
        if sees != "NEW":
            problems.append(f"after the repeat Python sees {sees}: {why}")
        return replace(
            row, again=state, code_again=again.code, problems=tuple(problems)
        )

    def _prepare(self) -> tuple[Known, Known]:
        """Make the template; learn the old state and the new of undisturbed runs."""
        venv = [sys.executable, "-m", "venv", "--without-pip", str(self.env)]
        subprocess.run(venv, check=True)
        before = Change("before", (), "install", self.change.before)
        self._must(self.words(change=before))
        old = self._known("OLD")
        os.rename(self.env, self.template)
        self.restore()
        self._must(self.words())
        new = self._known("NEW")
        # The same again: only what is the same in every run can be judged by.
        self.restore()
        self._must(self.words())
        different = snapshot(self.env).compared(new.files)
        if different:
            msg = f"two undisturbed runs differ: {different[:9]}"
            raise AssertionError(msg)
        return old, new

    def _known(self, name: str) -> Known:
        sees = seen(self.env, self.names)
        assert not isinstance(sees, str), sees
        return Known(name, snapshot(self.env), sees)

    def _must(self, words: list[str]) -> None:
        ended = self.run(words)
        if ended.code:
            msg = f"{words} exits with {ended.code}: {ended.said}"
            raise AssertionError(msg)

    def _filled(self, words: Sequence[str]) -> list[str]:
        return [self._place(word) for word in words]

    def _place(self, text: str) -> str:
        env = (
            self.env / "bin" / "python"
            if self.installer.name != "pysetup"
            else self.env
        )
        return text.format(env=env, index=self.index, cache=self.cache)


def _copy_sharing(source: Path, target: Path) -> None:
    """Copy a tree; what other names share (the store's files) stays shared."""
    target.mkdir()
    shutil.copystat(source, target)
    with os.scandir(source) as entries:
        for entry in entries:
            new = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                _copy_sharing(Path(entry.path), new)
            elif not entry.is_symlink() and entry.stat().st_nlink > 1:
                os.link(entry.path, new)
            else:
                shutil.copy2(entry.path, new, follow_symlinks=False)


def remove(path: Path) -> None:
    """Remove a tree, whatever the permissions in it are."""

    def writable(_: object, failed: str, __: object) -> None:
        # An installer may have moved what was immutable.
        for stubborn in (failed, os.path.dirname(failed)):
            command = ["chattr", "-i", stubborn]
            subprocess.run(command, check=False, capture_output=True)
        os.chmod(os.path.dirname(failed), 0o700)
        if os.path.isdir(failed) and not os.path.islink(failed):
            os.chmod(failed, 0o700)
            shutil.rmtree(failed)
        else:
            os.unlink(failed)

    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path, onerror=writable)
