"""Version control of a project folder: what git or Mercurial tracks in it.

The repository may be anybody's: no program that its configuration names is started,
and nothing is fetched.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.phases.sdist.tracked import TrackedFiles
from pysetup.workflows.context import Context

_TIMEOUT = 300.0
_SUBMODULE = b"160000"
# fsmonitor is a program that the index asks; protocols fetch what a partial clone
# lacks, by programs that the configuration names; a folder in the tree that looks like
# a bare repository brings its own configuration.
_GIT = (
    *("git", "--no-pager"),
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"),
    *("-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit", "-c", "core.quotePath=false"),
)


class NotVersionedError(UsageError):
    """The project folder is in no working copy of git or Mercurial.

    What is under version control is asked of the nearest folder with a ``.git`` or a
    ``.hg``, upwards from the project. An unpacked sdist has none.
    """

    code = "PS2701"

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"{root} is not under version control of git or Mercurial",
            facts={"folder": str(root)},
            hints=("run it in a checkout of the project",),
        )


class VersionControlError(EnvironmentRefusedError):
    """Git or Mercurial did not say which files it tracks.

    The message holds its own first line. Git refuses to work in a repository that
    belongs to somebody else, since its configuration can start programs; if you trust
    it, ``git config --global --add safe.directory FOLDER`` says so.
    """

    code = "PS7700"

    def __init__(self, system: str, folder: Path, said: str) -> None:
        hint = f"try  {system} status  in that folder"
        if "dubious ownership" in said:
            hint = f"if you trust it: git config --global --add safe.directory {folder}"
        super().__init__(
            f"{system} does not tell which files it tracks in {folder}: {said}",
            facts={"folder": str(folder), "program": system},
            hints=(hint,),
        )


def read_tracked(root: Path, *, context: Context) -> TrackedFiles:
    """Return what version control tracks of the project in the folder ``root``.

    The project may be a folder of a larger repository, a worktree or a submodule.
    Raises ``NotVersionedError``, ``VersionControlError``, ``CommandNotFoundError``.
    """
    for folder in (root, *root.parents):
        if os.path.lexists(folder / ".git"):
            return _git_files(root, folder, context)
        if os.path.isdir(folder / ".hg"):
            return _hg_files(root, folder, context)
    raise NotVersionedError(root)


def _git_files(root: Path, top: Path, context: Context) -> TrackedFiles:
    environ = {
        # What git's hooks and aliases set would point to another repository.
        **{
            name: value
            for name, value in context.environ.items()
            if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
        },
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }

    def ask(*words: str) -> tuple[bytes, ...]:
        command = (*_GIT, "ls-files", "-z", *words)
        return _lines(command, root, top, environ=environ, context=context)

    tracked, submodules = set[str](), set[str]()
    for line in ask("--stage", "--recurse-submodules"):
        facts, _, path = line.partition(b"\t")
        tracked.add(os.fsdecode(path))
        if facts.startswith(_SUBMODULE):
            submodules.add(os.fsdecode(path))
    untracked = _paths(ask("--others", "--exclude-standard"))
    return TrackedFiles("git", frozenset(tracked), untracked, frozenset(submodules))


def _hg_files(root: Path, top: Path, context: Context) -> TrackedFiles:
    environ = {
        **{name: value for name, value in context.environ.items() if name != "HGPLAIN"},
        # The repository's own hgrc can name extensions, which are code.
        "HGPLAIN": "1",
        "HGRCSKIPREPO": "1",
        "LC_ALL": "C",
    }

    def ask(*words: str) -> tuple[bytes, ...]:
        command = ("hg", "--noninteractive", "--pager", "never", *words, "-0", ".")
        return _lines(command, root, top, environ=environ, context=context)

    tracked = _paths(ask("files"))
    return TrackedFiles("hg", tracked, _paths(ask("status", "-un")))


def _lines(
    command: Sequence[str],
    root: Path,
    top: Path,
    *,
    environ: Mapping[str, str],
    context: Context,
) -> tuple[bytes, ...]:
    """Run ``command`` in ``root``; return the NUL-ended lines that it prints."""
    done = context.run_process(command, cwd=root, env=environ, timeout=_TIMEOUT)
    # "hg files" says 1 where it tracks none.
    nothing = command[0] == "hg" and done.returncode == 1 and not done.stderr
    if done.returncode and not nothing:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise VersionControlError(
            command[0], top, said[:300] or f"it ends with {done.returncode}"
        )
    return tuple(line for line in done.stdout.split(b"\0") if line)


def _paths(lines: Iterable[bytes]) -> frozenset[str]:
    return frozenset(map(os.fsdecode, lines))
