import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import UsageError
from pysetup.interchange.source_files import (
    FILE,
    OTHER,
    PRUNED,
    SourceFileMissingError,
    SourceNameError,
    TreeEntry,
)
from pysetup.metadata.document import Metadata
from pysetup.phases.sdist.ignore_rules import IgnoreRules
from pysetup.phases.sdist.manifest import InvalidManifestError, ManifestTemplate
from pysetup.phases.sdist.selection import InvalidPatternError, select_files


def document(**keys: object) -> Metadata:
    return Metadata.from_dict({"name": "demo", "version": "1.0", **keys})  # type: ignore[dict-item]


def reasons(
    *paths: str,
    metadata: Metadata | None = None,
    ignore: Mapping[str, str] | None = None,
    manifest: str | None = None,
    named: tuple[str, ...] = (),
) -> dict[str, str]:
    """Return path -> reason, with a sign for in or out before it."""
    chosen = select_files(
        [TreeEntry(path, FILE) for path in sorted(paths)],
        metadata or document(),
        ignore_files={k: v.encode() for k, v in (ignore or {}).items()},
        manifest_in=None if manifest is None else manifest.encode(),
        named=named,
    )
    return {one.path: f"{'+-'[not one.selected]} {one.reason}" for one in chosen}


def test_every_file_has_a_reason() -> None:
    found = reasons(
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "PKG-INFO",
        "pydist.json",
        "src/demo/__init__.py",
        "src/demo/__init__.pyc",
        "src/demo/.DS_Store",
        "secret.log",
        "kept.log",
        "docs/index.rst",
        "hook.py",
        metadata=document(
            license_file=["LICENSE"],
            build={"hook": "hook:build"},
            sources={"include": ["/kept.log"], "exclude": ["/docs/"]},
        ),
        ignore={".gitignore": "*.log\nhook.py\nREADME.md\nLICENSE\n"},
        named=("README.md",),
    )
    assert found == {
        "pyproject.toml": "+ describes the project",
        "README.md": "+ named by the project",
        "LICENSE": "+ named by the project",
        "PKG-INFO": "- generated anew from the document",
        "pydist.json": "- generated anew from the document",
        "src/demo/__init__.py": "+ part of the project",
        "src/demo/__init__.pyc": "- bytecode",
        "src/demo/.DS_Store": "- working files of a tool",
        "secret.log": "- ignored by .gitignore",
        "kept.log": "+ sources.include",
        "docs/index.rst": "- sources.exclude",
        "hook.py": "+ code of the build",
    }


def test_manifest_in_stands_between_sources_and_gitignore() -> None:
    found = reasons(
        "a.txt",
        "b.log",
        "c.log",
        "tests/x.py",
        "kept/y.py",
        metadata=document(sources={"exclude": ["/c.log"], "include": ["/kept/"]}),
        ignore={".gitignore": "*.log\n"},
        manifest="global-include *.log\nprune tests\nprune kept\n",
    )
    assert found == {
        "a.txt": "+ part of the project",
        "b.log": "+ MANIFEST.in",
        "c.log": "- sources.exclude",
        "tests/x.py": "- MANIFEST.in",
        "kept/y.py": "+ sources.include",
    }


def test_pruned_folders_are_listed_with_their_reason() -> None:
    chosen = select_files(
        [TreeEntry(".git/", PRUNED, "version control")], document(), ignore_files={}
    )
    assert [(one.path, one.selected, one.reason) for one in chosen] == [
        (".git/", False, "version control")
    ]


@pytest.mark.parametrize(
    ("entries", "metadata", "error"),
    [
        pytest.param(
            [TreeEntry("a\udcff.py", FILE)], document(), SourceNameError, id="not UTF-8"
        ),
        pytest.param(
            [TreeEntry("a\nb", FILE)], document(), SourceNameError, id="a line break"
        ),
        pytest.param(
            [TreeEntry("c:d", FILE)], document(), SourceNameError, id="a colon"
        ),
        pytest.param(
            [TreeEntry("pipe", OTHER, "a pipe")],
            document(),
            SourceFileMissingError,
            id="a pipe",
        ),
        pytest.param(
            [],
            document(license_file=["LICENSE"]),
            SourceFileMissingError,
            id="a licence that is not there",
        ),
        pytest.param(
            [],
            document(sources={"exclude": ["!"]}),
            InvalidPatternError,
            id="no pattern",
        ),
    ],
)
def test_what_cannot_be_packed_is_refused(
    entries: list[TreeEntry], metadata: Metadata, error: type[UsageError]
) -> None:
    with pytest.raises(error):
        select_files(entries, metadata, ignore_files={})


def test_a_bad_name_that_stays_out_does_not_matter() -> None:
    assert reasons("a\udcff.log", ignore={".gitignore": "*.log"})


MANIFEST = [
    pytest.param("include a.txt b/*.txt", ["a.txt", "b/c.txt"], id="include"),
    pytest.param("graft b", ["b/c.txt", "b/d/e.txt"], id="graft"),
    pytest.param("graft b/", ["b/c.txt", "b/d/e.txt"], id="graft with a slash"),
    pytest.param(
        "recursive-include b *.txt", ["b/c.txt", "b/d/e.txt"], id="recursive-include"
    ),
    pytest.param("recursive-include b e*", ["b/d/e.txt"], id="deep names"),
    pytest.param(
        "global-include c.*\n", ["b/c.txt"], id="global-include of a deep name"
    ),
    pytest.param("recursive-include . a.*", ["a.txt"], id="the folder itself"),
    pytest.param("graft b\nprune b/d", ["b/c.txt"], id="prune after graft"),
    pytest.param(
        "prune b/d\ngraft b", ["b/c.txt", "b/d/e.txt"], id="graft after prune"
    ),
    pytest.param(
        "graft b\nrecursive-exclude b e*", ["b/c.txt"], id="recursive-exclude"
    ),
    pytest.param("graft b\nglobal-exclude c.txt", ["b/d/e.txt"], id="global-exclude"),
    pytest.param("graft b\nexclude b/c.txt", ["b/d/e.txt"], id="exclude"),
    pytest.param("# note\n\ninclude \\\n  a.txt # it", ["a.txt"], id="comments"),
    pytest.param("include [ab].txt a?txt", ["a.txt"], id="sets and single characters"),
]


@pytest.mark.parametrize(("text", "expected"), MANIFEST)
def test_directives_of_manifest_in(text: str, expected: list[str]) -> None:
    named = ManifestTemplate.parse(text.encode())(["a.txt", "b/c.txt", "b/d/e.txt"])
    assert [path for path, taken in named.items() if taken] == expected


@pytest.mark.parametrize("text", ["inclde a", "graft", "recursive-include docs"])
def test_wrong_directives_are_told_with_their_line(text: str) -> None:
    with pytest.raises(InvalidManifestError, match=r"MANIFEST\.in:2"):
        ManifestTemplate.parse(f"include a\n{text}\n".encode())


IGNORED = {
    ".gitignore": "*.log\n!keep.log\n/top\ndir/\n/out/*\n!/out/kept\na/**/z\n\\#x\n"
    "trailing \nfoo[ab].txt\n!\n",
    "sub/.gitignore": "!x.log\n/only\n*.tmp\n",
    "out/.gitignore": "!gone\n",
}
PATHS = [
    "x.log",
    "keep.log",
    "sub/x.log",
    "sub/y.log",
    "sub/only",
    "sub/deep/only",
    "sub/deep/a.tmp",
    "a.tmp",
    "top",
    "sub/top",
    "dir/file",
    "sub/dir/file",
    "out/gone",
    "out/kept",
    "out/else/x",
    "a/z",
    "a/b/c/z",
    "#x",
    "trailing",
    "fooa.txt",
    "fooc.txt",
]


@pytest.mark.interop
def test_ignored_is_what_git_ignores(
    tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    git = need_tool("git")
    subprocess.run([git, "init", "-q", tmp_path], check=True)
    for name, text in IGNORED.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    asked = subprocess.run(
        [git, "-C", tmp_path, "check-ignore", "--no-index", "--stdin"],
        input="\n".join(PATHS),
        capture_output=True,
        text=True,
        check=False,
    )
    rules = IgnoreRules({name: text.encode() for name, text in IGNORED.items()})
    ours = [path for path in PATHS if rules.reason(path)]
    assert ours == [line.strip('"') for line in asked.stdout.splitlines()]


names = st.sampled_from(["a", "b", "c.log", "d.txt", "e"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
patterns = st.lists(
    st.sampled_from(["*.log", "!c.log", "/a", "b/", "a/*", "!a/b", "**/e"]), max_size=4
)


@pytest.mark.law
@given(
    listed=st.sets(paths, max_size=12),
    ignore=patterns,
    include=patterns,
    exclude=patterns,
)
def test_selecting_again_changes_nothing(
    listed: set[str], ignore: list[str], include: list[str], exclude: list[str]
) -> None:
    """An sdist made from an unpacked sdist has the same files."""
    metadata = document(sources={"include": include, "exclude": exclude})
    kwargs = {"metadata": metadata, "ignore": {".gitignore": "\n".join(ignore)}}
    first = reasons(*listed, **kwargs)  # type: ignore[arg-type]
    kept = [path for path, reason in first.items() if reason[0] == "+"]
    again = reasons(*kept, **kwargs)  # type: ignore[arg-type]
    assert [path for path, reason in again.items() if reason[0] == "+"] == kept
