"""The directives of MANIFEST.in: a table, and setuptools as the judge of it."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from pysetup.phases.sdist.manifest import InvalidManifestError, ManifestTemplate

PATHS = (
    *(".hidden", "README.rst", "a#b.txt", "a.txt", "b.txt", "caf\u00e9.txt"),
    *("docs/.dot", "docs/a.rst", "docs/img/a.png", "docs/img/b.rst", "docs/x/y/a.rst"),
    *(
        "docs2/a.rst",
        "pkg/a.py",
        "pkg/data/1.bin",
        "pkg/data/A.bin",
        "pkg/data/[x].bin",
    ),
)

# What each text leaves of PATHS if all are in before it, and what it takes in if none
# is: setuptools must say the same of both.
SAME = {
    "include": "include a.txt docs/*.rst",
    "include of what is not there": "include nothing.txt",
    "include of a hidden file": "include .h* docs/.dot",
    "include of sets and single characters": "include [ab].txt ?????e.txt b?txt",
    "include of a set that is negated": "include [!a].txt",
    "include of a bracket": "include pkg/data/[[]x].bin",
    "include in an upper-case name": "include A.TXT readme.rst",
    "exclude": "exclude a.txt docs/*.rst",
    "exclude of a folder changes nothing": "exclude docs",
    "recursive-include": "recursive-include docs *.rst",
    "recursive-include of several patterns": "recursive-include docs *.png .dot",
    "recursive-include in folders by pattern": "recursive-include doc* *.rst",
    "recursive-include of a deeper path": "recursive-include docs img/*",
    "recursive-include of everything": "recursive-include pkg *",
    "recursive-exclude": "graft docs\nrecursive-exclude docs *.rst",
    "recursive-exclude below the first level": "recursive-exclude * *.rst",
    "global-include": "global-include *.rst a.*",
    "global-exclude": "global-exclude *.rst a.*",
    "global-exclude of a folder's files": "global-exclude data/*",
    "graft": "graft docs",
    "graft with a slash": "graft docs/",
    "graft of folders by pattern": "graft d*",
    "graft of the whole": "graft .",
    "graft of a file takes nothing": "graft a.txt",
    "prune": "graft docs\nprune docs/img",
    "prune by pattern": "prune */img",
    "prune of a file changes nothing": "prune a.txt",
    "the last one wins": "prune docs\ninclude docs/a.rst\nexclude docs/*\ngraft docs/x",
    "comments": "# note\n\n  # more\ninclude a.txt # it\n",
    "a comment without a space before it": "include b.txt#note",
    "an escaped hash": "include a\\#b.txt",
    "continued lines": "include \\\n  a.txt \\\n  b.txt\ngraft pkg",
    "a comment between continued lines": "include \\\n# note\n  a.txt",
    "continued in the middle of a word": "include a.\\\n  txt",
    "Windows line ends": "include a.txt\r\nprune docs\r\n",
    "old Macintosh line ends": "include a.txt\rgraft pkg",
    "tabs between words": "include\ta.txt\t b.txt",
    "paths with dots and doubled slashes": "include ./a.txt docs//a.rst\ngraft ./pkg",
    "a decomposed pattern that excludes": "global-exclude cafe\u0301.txt",
}

_JUDGE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import setuptools, logging
logging.disable(logging.CRITICAL)
from setuptools.command.egg_info import FileList
from distutils.text_file import TextFile
found = {}
for name, text in json.load(sys.stdin).items():
    for start in ("all", "none"):
        files = FileList(); files.findall()
        files.files = list(files.allfiles) if start == "all" else []
        open("../manifest", "wb").write(text.encode())
        lines = TextFile("../manifest", strip_comments=1, skip_blanks=1, join_lines=1,
                         lstrip_ws=1, rstrip_ws=1, collapse_join=1)
        while (line := lines.readline()) is not None:
            files.process_template_line(line)
        lines.close()
        found[f"{name}/{start}"] = sorted({f.removeprefix("./") for f in files.files})
print(json.dumps(found))
"""


def ours(text: str, *, start: bool) -> list[str]:
    template = ManifestTemplate.parse(text.encode())
    rules = {path: template.decide(path) for path in PATHS}
    return sorted(p for p, rule in rules.items() if (rule.takes_in if rule else start))


@pytest.fixture(scope="module")
def setuptools_says(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    if find_spec("setuptools") is None:
        pytest.skip("setuptools is not installed")
    root = tmp_path_factory.mktemp("judge") / "tree"
    for path in PATHS:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-c", _JUDGE],
        cwd=root,
        input=json.dumps(SAME),
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, list[str]] = json.loads(done.stdout)
    return said


@pytest.mark.interop
@pytest.mark.parametrize("name", SAME)
def test_a_directive_means_what_setuptools_says(
    name: str, setuptools_says: dict[str, list[str]]
) -> None:
    assert ours(SAME[name], start=True) == setuptools_says[f"{name}/all"]
    assert ours(SAME[name], start=False) == setuptools_says[f"{name}/none"]


# Where we differ, on purpose: what its documentation says counts, a pattern that
# excludes is never void, and include and exclude read a pattern alike.
OTHERWISE = [
    pytest.param("exclude [a-b].txt", ["a.txt", "b.txt"], id="ranges in exclude"),
    pytest.param("exclude /a.txt", ["a.txt"], id="a slash at the beginning"),
    pytest.param("recursive-exclude . a.txt", ["a.txt"], id="the root by its dot"),
    pytest.param("exclude docs\\a.rst", ["docs/a.rst"], id="a backslash"),
    pytest.param(
        "exclude **/a.rst", ["docs/a.rst", "docs/x/y/a.rst", "docs2/a.rst"], id="**"
    ),
    pytest.param("\ufeffexclude a.txt", ["a.txt"], id="a byte order mark"),
]


@pytest.mark.parametrize(("text", "out"), OTHERWISE)
def test_exclusions_are_never_void(text: str, out: list[str]) -> None:
    assert sorted(set(PATHS) - set(ours(text, start=True))) == out


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        pytest.param("caf\u00e9.txt", "cafe\u0301.txt", id="composed, decomposed"),
        pytest.param("cafe\u0301.txt", "caf\u00e9.txt", id="decomposed, composed"),
        pytest.param("\u212b*", "\u00c5x", id="the sign of the angstrom"),
    ],
)
@pytest.mark.parametrize("directive", ["include", "exclude"])
def test_the_form_of_unicode_does_not_matter(
    directive: str, pattern: str, name: str
) -> None:
    template = ManifestTemplate.parse(f"{directive} {pattern}".encode())
    assert template.decide(name) is not None


def test_a_name_that_is_not_utf_8_can_be_left_out() -> None:
    template = ManifestTemplate.parse(b"exclude caf\xe9.txt")
    assert template.decide("caf\udce9.txt") is not None


def test_the_line_of_a_rule_is_its_first() -> None:
    text = "# one\n\ninclude \\\n  a.txt\n\nprune docs\n"
    template = ManifestTemplate.parse(text.encode())
    found = [(rule.place, rule.text) for rule in template.rules]
    assert found == [
        ("MANIFEST.in:3", "include a.txt"),
        ("MANIFEST.in:6", "prune docs"),
    ]


@pytest.mark.parametrize(
    "text",
    ["inclde a", "graft", "recursive-include docs", "prune a b", "Include a"],
)
def test_wrong_directives_are_told_with_their_line(text: str) -> None:
    with pytest.raises(InvalidManifestError, match=r"MANIFEST\.in:2"):
        ManifestTemplate.parse(f"include a\n{text}\n".encode())
