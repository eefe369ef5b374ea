"""Real repositories, also hostile ones: what they track, and nothing of theirs runs."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pysetup.edges.process import CommandNotFoundError
from pysetup.workflows.building.vcs import (
    NotVersionedError,
    VersionControlError,
    read_tracked,
)
from pysetup.workflows.context import Context

pytestmark = pytest.mark.interop

NAMES = ("a b", "caf\u00e9", "line\nbreak", "sub/x", "\udcff")


class Repository:
    """A repository to work in, by its own command and with no configuration."""

    def __init__(self, program: str, root: Path) -> None:
        self.program, self.root = program, root
        root.mkdir(parents=True, exist_ok=True)
        self("init", "-q")

    def __call__(self, *words: str, cwd: Path | None = None) -> None:
        name = "git" if self.program.endswith("git") else "hg"
        quiet = {"git": ("-c", "protocol.file.allow=always"), "hg": ()}[name]
        subprocess.run(
            [self.program, *quiet, *words],
            cwd=cwd or self.root,
            env={**ENVIRON, "PATH": os.environ["PATH"]},
            check=True,
            capture_output=True,
        )

    def write(self, *paths: str) -> None:
        for path in paths:
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("content")

    def commit(self) -> None:
        words = ("-q", "-u", "x") if self.program.endswith("hg") else ("-q",)
        self("commit", *words, "-m", "x")


ENVIRON = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "HGRCPATH": os.devnull,
    **{f"GIT_{who}_NAME": "x" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "x@example.org" for who in ("AUTHOR", "COMMITTER")},
}


@pytest.fixture
def context(context: Context, tmp_path: Path) -> Context:
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    return replace(context, environ={**kept, **ENVIRON})


@pytest.fixture
def git(need_tool: Callable[[str], str], tmp_path: Path) -> Repository:
    return Repository(need_tool("git"), tmp_path / "a repository")


@pytest.fixture
def hg(need_tool: Callable[[str], str], tmp_path: Path) -> Repository:
    return Repository(need_tool("hg"), tmp_path / "a repository")


def test_git_tells_tracked_untracked_and_ignored(
    git: Repository, context: Context
) -> None:
    git.write(*NAMES, ".gitignore", "gone")
    git("add", ".")
    (git.root / "gone").unlink()
    (git.root / ".gitignore").write_text("*.log\n")
    git.write("a.log", "new", "folder/new")
    Repository(git.program, git.root / "nested").write("x")
    found = read_tracked(git.root, context=context)
    assert found.system == "git"
    assert found.tracked == {*NAMES, ".gitignore", "gone"}
    assert found.untracked == {"new", "folder/new", "nested/"}


def test_a_folder_of_a_repository_is_told_alone(
    git: Repository, context: Context
) -> None:
    git.write("other/x", "pkg/a", "pkg/sub/b")
    git("add", ".")
    git.write("pkg/new", "new")
    found = read_tracked(git.root / "pkg", context=context)
    assert found.tracked == {"a", "sub/b"}
    assert found.untracked == {"new"}


def test_a_worktree_is_as_good_as_a_clone(
    git: Repository, context: Context, tmp_path: Path
) -> None:
    git.write("a")
    git("add", ".")
    git.commit()
    git("worktree", "add", "-q", str(tmp_path / "tree"))
    assert read_tracked(tmp_path / "tree", context=context).tracked == {"a"}


def test_submodules_are_looked_into(
    git: Repository, context: Context, tmp_path: Path
) -> None:
    library = Repository(git.program, tmp_path / "library")
    library.write("lib.c")
    library("add", ".")
    library.commit()
    for name in ("here", "there"):
        git("submodule", "add", "-q", str(library.root), name)
    git.commit()
    git("submodule", "deinit", "-q", "-f", "there")
    found = read_tracked(git.root, context=context)
    assert found.tracked == {".gitmodules", "here/lib.c", "there"}
    assert found.submodules == {"there"}
    assert read_tracked(git.root / "here", context=context).tracked == {"lib.c"}


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"])
def test_what_hooks_of_git_set_does_not_lead_astray(
    name: str, git: Repository, context: Context, tmp_path: Path
) -> None:
    git.write("a")
    git("add", ".")
    environ = {**context.environ, name: str(tmp_path / "else")}
    found = read_tracked(git.root, context=replace(context, environ=environ))
    assert found.tracked == {"a"}


def _program(tmp_path: Path) -> tuple[Path, Path]:
    """Return a program that leaves a trace, and the trace."""
    program, trace = tmp_path / "evil", tmp_path / "trace"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    program.chmod(0o755)
    return program, trace


GIT_TRAPS: Mapping[str, str] = {
    "fsmonitor": "[core]\nfsmonitor = {0}\n",
    "a pager": "[core]\npager = {0}\n[pager]\nls-files = {0}\n",
    "hooks": "[core]\nhooksPath = {1}\n",
    "an alias": "[alias]\nls-files = !{0}\n",
    "a partial clone": '[extensions]\npartialClone = o\n[remote "o"]\n'
    'url = ext::{0}\npromisor = true\n[protocol "ext"]\nallow = always\n',
    "filters": '[filter "x"]\nclean = {0}\nsmudge = {0}\nprocess = {0}\n',
    "an editor and ssh": "[core]\neditor = {0}\nsshCommand = {0}\ngitProxy = {0}\n",
}


@pytest.mark.parametrize("config", GIT_TRAPS.values(), ids=GIT_TRAPS.keys())
def test_no_program_of_a_git_repository_is_started(
    config: str, git: Repository, context: Context, tmp_path: Path
) -> None:
    git.write("a", ".gitattributes")
    (git.root / ".gitattributes").write_text("* filter=x\n")
    git("add", ".")
    git.write("new")
    program, trace = _program(tmp_path)
    (tmp_path / "post-index-change").symlink_to(program)
    with (git.root / ".git" / "config").open("a") as stream:
        stream.write(config.replace("{0}", str(program)).replace("{1}", str(tmp_path)))
    found = read_tracked(git.root, context=context)
    assert found.untracked == {"new"}
    assert not trace.exists()


def test_a_folder_like_a_bare_repository_is_none(
    git: Repository, context: Context, tmp_path: Path
) -> None:
    program, trace = _program(tmp_path)
    subprocess.run([git.program, "init", "-q", "--bare", git.root], check=True)
    with (git.root / "config").open("a") as stream:
        stream.write(f"[core]\nbare = false\nworktree = .\nfsmonitor = {program}\n")
    git.write("sub/a")
    git("add", "sub/a")
    assert read_tracked(git.root, context=context).tracked == {"sub/a"}
    assert not trace.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder away")
def test_a_repository_of_somebody_else_is_told(
    git: Repository, context: Context
) -> None:
    os.chown(git.root, 12345, 12345)
    os.chown(git.root / ".git", 12345, 12345)
    with pytest.raises(VersionControlError, match="dubious ownership") as caught:
        read_tracked(git.root, context=context)
    assert "safe.directory" in caught.value.hints[0]
    assert caught.value.exit_code == 7


def test_a_damaged_repository_is_told(git: Repository, context: Context) -> None:
    (git.root / ".git" / "index").write_bytes(b"no index")
    with pytest.raises(VersionControlError, match="git does not tell"):
        read_tracked(git.root, context=context)


def test_no_repository_is_told(context: Context, tmp_path: Path) -> None:
    with pytest.raises(NotVersionedError) as caught:
        read_tracked(tmp_path, context=context)
    assert caught.value.exit_code == 2


def test_a_missing_program_is_told(context: Context, tmp_path: Path) -> None:
    (tmp_path / ".hg").mkdir()
    nowhere = replace(context, environ={"PATH": str(tmp_path)})
    with pytest.raises(CommandNotFoundError):
        read_tracked(tmp_path, context=nowhere)


def test_mercurial_tells_tracked_and_untracked(
    hg: Repository, context: Context
) -> None:
    names = {name for name in NAMES if "\n" not in name}  # it refuses these
    hg.write(*names, ".hgignore")
    (hg.root / ".hgignore").write_text("syntax: glob\n*.log\n")
    hg("add")
    hg.write("a.log", "new", "folder/new")
    found = read_tracked(hg.root, context=context)
    assert found.system == "hg"
    assert found.tracked == {*names, ".hgignore"}
    assert found.untracked == {"new", "folder/new"}


@pytest.mark.slow
def test_a_folder_of_a_mercurial_repository_is_told_alone(
    hg: Repository, context: Context
) -> None:
    hg.write("other/x", "pkg/a", "pkg/sub/b")
    hg("add")
    hg.write("pkg/new", "new")
    found = read_tracked(hg.root / "pkg", context=context)
    assert found.tracked == {"a", "sub/b"}
    assert found.untracked == {"new"}
    (hg.root / "empty").mkdir()
    assert read_tracked(hg.root / "empty", context=context).tracked == frozenset()


HG_TRAPS: Mapping[str, str] = {
    "an extension": "[extensions]\nevil = {1}/evil.py\n",
    "hooks and aliases": "[hooks]\npre-files = {0}\npre-status = {0}\n"
    "[alias]\nfiles = !{0}\nstatus = !{0}\n",
}


@pytest.mark.parametrize("config", HG_TRAPS.values(), ids=HG_TRAPS.keys())
def test_no_program_of_a_mercurial_repository_is_started(
    config: str, hg: Repository, context: Context, tmp_path: Path
) -> None:
    hg.write("a")
    hg("add")
    program, trace = _program(tmp_path)
    (tmp_path / "evil.py").write_text(f"open({str(trace)!r}, 'w')\n")
    text = config.replace("{0}", str(program)).replace("{1}", str(tmp_path))
    (hg.root / ".hg" / "hgrc").write_text(text)
    assert read_tracked(hg.root, context=context).tracked == {"a"}
    assert not trace.exists()


@pytest.mark.slow
def test_a_damaged_mercurial_repository_is_told(
    hg: Repository, context: Context
) -> None:
    (hg.root / ".hg" / "requires").write_text("something-of-2040\n")
    with pytest.raises(VersionControlError, match="hg does not tell"):
        read_tracked(hg.root, context=context)
