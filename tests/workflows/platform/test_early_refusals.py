"""What is wrong with a request, or with what a project states, is told before work."""

import json
from pathlib import Path
from typing import Any

import pytest

from pysetup.platforms.relation_words import relation_fault

# Its back end does not exist: whoever builds it fails otherwise.
PROJECT = """\
[build-system]
requires = ["zz-no-such-back-end"]
build-backend = "zz_no_such_back_end"
[project]
name = "zz-early"
version = "1.0"
"""
TARGET = '[tool.pysetup.extensions."pysetup.platform".targets.{}]\n{}\n'
OPTIONS = "[tool.pysetup.commands.bdist_deb.options]\n{}\n"


@pytest.fixture
def project(tmp_path: Path) -> Any:
    root = tmp_path / "a project"
    root.mkdir()
    (root / "zz_early.py").write_text("")

    def write(stated: str) -> Path:
        (root / "pyproject.toml").write_text(PROJECT + stated)
        return root

    return write


@pytest.mark.parametrize(
    ("stated", "message", "hint"),
    [
        (
            OPTIONS.format('sectoin = "x"'),
            "8: tool.pysetup.commands.bdist_deb.options.sectoin is no option of",
            "did you mean  section ?",
        ),
        (OPTIONS.format("section = 3"), "8: ", "the section of the archive"),
        (OPTIONS.format("section = 1.5"), "options.section must be text", ""),
        (
            OPTIONS.format('extras = "x"'),
            "extras cannot be 'x'",
            "choose one of suggests",
        ),
        (
            TARGET.format("debian-12", 'options = { sectoin = "x" }'),
            '8: tool.pysetup.extensions."pysetup.platform".targets.debian-12.options',
            "did you mean  section ?",
        ),
        (TARGET.format("deb", "reqires = []"), "8: ", 'did you mean "requires"?'),
        (TARGET.format("deb", 'requires = "x"'), "requires must be a list", ""),
        (TARGET.format("rpm", 'requires = "x"'), "requires must be a list", ""),
        (
            TARGET.format("deb", 'requires = ["good", "not a ( relation"]'),
            "requires[1] has 'not a ( relation', which is no relation of deb",
            "write it like  libfoo1 (>= 2.0)",
        ),
        (TARGET.format("deb", 'suggests = ["a\\nX: y"]'), "one line of text", ""),
        (TARGET.format("deb", 'name = "Bad Name"'), "8: ", ""),
        (TARGET.format("deb", 'names = { x = "a b" }'), "8: ", ""),
        (
            '[tool.pysetup.extensions."pysetup.platform".targtes.deb]\nname = "x"\n',
            "7: ",
            'did you mean "targets"?',
        ),
    ],
    ids=lambda value: value.replace("\n", " ")[:70],
)
def test_a_fault_is_told_by_its_line(
    pysetup: Any, project: Any, stated: str, message: str, hint: str
) -> None:
    root = project(stated)
    ran = pysetup("bdist_deb", "--target", "debian-12", root)
    assert ran.code == 2
    assert "error[PS2949]: pyproject.toml:" in ran.err
    assert message in ran.err
    assert hint in ran.err
    assert not (root / "dist").exists()


def test_all_faults_are_told(pysetup: Any, project: Any) -> None:
    options = OPTIONS.format('sectoin = "x"\npriority = 3')
    ran = pysetup("--json", "bdist_deb", project(options))
    told = [one["message"] for one in json.loads(ran.out)["errors"]]
    assert [text.split(" ")[0] for text in told] == [
        "pyproject.toml:8:",
        "pyproject.toml:9:",
    ]


def test_relations_of_another_system_are_not_judged(pysetup: Any, project: Any) -> None:
    stated = TARGET.format("rpm", 'requires = ["python3dist(x) >= 1"]')
    ran = pysetup("bdist_deb", project(stated))
    assert "PS2949" not in ran.err


@pytest.mark.parametrize(
    ("family", "relation"),
    [
        ("deb", "a1 | b1:any (>= 1:2.0~rc1-1)"),
        ("deb", "cc [amd64 !i386] <!nocheck>, d1"),
        ("rpm", "(a >= 1 if b)"),
        ("rpm", "libx.so.1(VERS_1)(64bit)"),
        ("rpm", "/usr/bin/cc"),
        ("rpm", "python3dist(a[b]) >= 1.0~rc1"),
        ("pacman", "libx.so=1-64"),
        ("conda", "conda-forge::libx >=1.0,<2 *_cpython"),
        ("conda", "libx=1.0=h1_0"),
    ],
)
def test_what_is_a_relation(family: str, relation: str) -> None:
    assert relation_fault(relation, family) == ("", "")


def test_a_target_of_almost_that_name_is_told(pysetup: Any, project: Any) -> None:
    root = project(TARGET.format("debain", 'requires = ["x1"]'))
    ran = pysetup("bdist_deb", root)
    assert 'pyproject.toml:7: no target is called debain: did you mean "debian"' in (
        ran.err
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-O", "nope=1"), "PS2943"),
        (("--name", "Bad Name"), "PS2953"),
        (("--replaces", "Bad Name"), "PS2953"),
        (("--map-deps", "nope.json"), "PS2740"),
        (("--registry", "nope"), "PS2740"),
        (("--package-lists", "nope"), "PS2743"),
        (("-o", "/dev/null"), "PS7946"),
        (("-o", "/dev/null/below"), "PS7946"),
    ],
    ids=" ".join,
)
def test_a_wrong_word_is_told_before_the_index_is_asked(
    pysetup: Any, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    ran = pysetup("bdist_deb", "zz-nowhere", *words, "--no-index", cwd=tmp_path)
    assert f"error[{code}]" in ran.err


def test_a_name_is_no_choice_where_packages_have_none(
    pysetup: Any, make_wheel: Any
) -> None:
    ran = pysetup("bdist_dumb", make_wheel("zz-row", "1"), "--name", "x")
    assert (ran.code, "PS2953" in ran.err) == (2, True)


def test_a_project_that_no_index_has(pysetup: Any, tmp_path: Path) -> None:
    ran = pysetup("bdist_deb", "requets", "--no-index", cwd=tmp_path)
    assert ran.code == 3
    assert "did you mean  requests" in ran.err
    assert f"there is no {tmp_path}/requets" in ran.err


def test_the_document_says_what_a_package_is_called(
    pysetup: Any, tmp_path: Path
) -> None:
    (tmp_path / "zz_named.py").write_text("")
    stated = TARGET.format("pacman", 'name = "zz-of-arch"')
    text = PROJECT.replace("early", "named").replace("zz-no-such-back-end", "pysetup")
    text = text.replace("zz_no_such_back_end", "pysetup.backend")
    (tmp_path / "pyproject.toml").write_text(text + stated)
    ran = pysetup("--json", "bdist_pacman", tmp_path, "--dry-run", "--no-isolation")
    assert ran.code == 0, ran.err
    (plan,) = json.loads(ran.out)["result"]["plans"]
    assert plan["name"] == "zz-of-arch"


def test_an_extra_that_the_project_does_not_have(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    wheel = make_wheel("zz-row", "1", metadata="Provides-Extra: more\n")
    words = ("--no-index", "--find-links", wheel.parent, "--dry-run")
    ran = pysetup("bdist_dumb", "zz-row[moer]", *words, cwd=tmp_path)
    assert (ran.code, "PS2840" in ran.err, "choose one of more" in ran.err) == (
        *(2, True, True),
    )


def test_a_file_behind_a_url(pysetup: Any, make_wheel: Any) -> None:
    url = make_wheel("zz-row", "1").as_uri()
    ran = pysetup("bdist_dumb", f"zz-row @ {url}", "--no-index", "--dry-run")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("zz-row 1 for portable")
    bare = pysetup("bdist_dumb", url, "--no-index")
    assert (bare.code, "NAME @ URL" in bare.err) == (2, True)


def test_source_packages_have_no_others_with_them(
    pysetup: Any, make_wheel: Any
) -> None:
    ran = pysetup("bdist_deb", make_wheel("zz-row", "1"), "--source", "--with-deps")
    assert (ran.code, "PS2954" in ran.err) == (2, True)
