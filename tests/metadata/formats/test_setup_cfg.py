"""setup.cfg: what setuptools reads from it, and what it reads from ours."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.metadata.formats.ini_text import InvalidIniError, parse_ini
from pysetup.metadata.formats.legacy_draft import (
    IncompleteDraftError,
    InvalidSettingError,
)
from pysetup.metadata.formats.setup_cfg import losses, read, write
from pysetup.metadata.meaning import same_meaning
from pysetup.standards.jsontext import JSON

HEAD = "[metadata]\nname = demo\nversion = 1.0\n"
LEGACY = "pysetup.legacy"


class Files(Protocol):
    def __call__(self, files: dict[str, bytes | str]) -> Any: ...


def keys(text: str, files: Any = None) -> dict[str, JSON]:
    """Read ``text``; return what it says beyond name, version and who builds it."""
    mapping = dict(read(text.encode(), files=files).mapping)
    for key in ("document_version", "name", "version", "build"):
        mapping.pop(key, None)
    return mapping


def without_legacy(mapping: dict[str, JSON]) -> dict[str, JSON]:
    extensions = mapping.pop("extensions", None)
    others = {
        name: value
        for name, value in (extensions if isinstance(extensions, dict) else {}).items()
        if name != LEGACY
    }
    return {**mapping, **({"extensions": others} if others else {})}


METADATA_TABLE = [
    pytest.param("home-page = https://a.b", {"home_page": "https://a.b"}, id="a dash"),
    pytest.param("home_page = x\nurl = y", {"home_page": "x"}, id="the first one wins"),
    pytest.param("summary = Hi", {"summary": "Hi"}, id="the alias summary"),
    pytest.param("description = 100%% of", {"summary": "100% of"}, id="two percents"),
    pytest.param(
        "description = %(name)s is %(version)s",
        {"summary": "demo is 1.0"},
        id="other keys are filled in",
    ),
    pytest.param("description = a\n  b", {"summary": "a"}, id="the first of two lines"),
    pytest.param("keywords = a, b c,", {"keywords": ["a", "b c"]}, id="with commas"),
    pytest.param(
        "keywords =\n  a, b\n  c", {"keywords": ["a", "b", "c"]}, id="a dangling list"
    ),
    pytest.param(
        "classifier =\n  A :: B\n\n  # a remark\n  C :: D",
        {"classifier": ["A :: B", "C :: D"]},
        id="a comment inside of a list",
    ),
    pytest.param(
        "project_urls =\n  Docs = https://d/?a=b\n  Bugs=https://b",
        {"project_url": {"Docs": "https://d/?a=b", "Bugs": "https://b"}},
        id="URLs with an equals sign",
    ),
    pytest.param(
        "project_urls = A = x, B = y",
        {"project_url": {"A": "x", "B": "y"}},
        id="inline",
    ),
    pytest.param("license = MIT\n  or so", {"license": "MIT\nor so"}, id="two lines"),
    pytest.param(
        "license_expression = MIT", {"license_expression": "MIT"}, id="an expression"
    ),
    pytest.param("license_file = COPY", {"license_file": ["COPY"]}, id="one licence"),
    pytest.param("platform = any", {"platform": ["any"]}, id="a platform"),
    pytest.param("author = UNKNOWN", {}, id="what old tools wrote for nothing"),
    pytest.param("author =", {}, id="an empty value"),
    pytest.param(
        "author = Jö Ä, B\nauthor_email = j@x.org, b@x.org",
        {"author": "Jö Ä, B", "author_email": "j@x.org, b@x.org"},
        id="people",
    ),
    pytest.param("provides = x (1.0)", {"provides": ["x (1.0)"]}, id="provides"),
]


@pytest.mark.parametrize(("lines", "expected"), METADATA_TABLE)
def test_what_metadata_says(lines: str, expected: dict[str, JSON]) -> None:
    assert without_legacy(keys(f"{HEAD}{lines}\n")) == expected


OPTIONS_TABLE = [
    pytest.param(
        "[options]\ninstall_requires = a>1; b",
        {"requires_dist": ["a>1", "b"]},
        id="a semicolon separates in one line",
    ),
    pytest.param(
        '[options]\ninstall_requires =\n  a>1,<2\n  b; python_version<"3"\n',
        {"requires_dist": ["a>1,<2", 'b; python_version<"3"']},
        id="and not in several",
    ),
    pytest.param(
        "[options]\ninstall_requires =\n  a>1 # not 0\n",
        {"requires_dist": ["a>1"]},
        id="a comment behind a requirement",
    ),
    pytest.param(
        "[options]\npython-requires = >=3.8, <4",
        {"requires_python": ">=3.8, <4"},
        id="requires-python",
    ),
    pytest.param(
        '[options.extras_require]\nFoo_Bar =\n  x; os_name=="nt" or os_name=="a"\n',
        {
            "requires_dist": [
                'x; (os_name == "nt" or os_name == "a") and extra == "foo-bar"'
            ],
            "provides_extra": ["foo-bar"],
        },
        id="an extra with a marker",
    ),
    pytest.param(
        "[options.extras_require]\nnone =\n",
        {"provides_extra": ["none"]},
        id="an extra of nothing",
    ),
    pytest.param(
        '[options.extras_require]\n:python_version<"3" = a\n',
        {"requires_dist": ['a; python_version < "3"']},
        id="a marker as key, as it was meant",
    ),
    pytest.param(
        '[options.extras_require]\nt:python_version>="3" =\n  a\n  b; os_name=="nt"\n',
        {
            "requires_dist": [
                'a; python_version >= "3" and extra == "t"',
                'b; os_name == "nt" and python_version >= "3" and extra == "t"',
            ],
            "provides_extra": ["t"],
        },
        id="an extra with a marker as key",
    ),
    pytest.param(
        "[options]\ntests_require = pytest\n",
        {"extensions": {"python.groups": {"test": ["pytest"]}}},
        id="what tests need is a group",
    ),
    pytest.param(
        "[options.entry_points]\nconsole_scripts =\n  d = d:main [x]\n  e=e:f\n"
        "some.group =\n  g = g\n",
        {
            "extensions": {
                "python.commands": {"wrap_console": {"d": "d:main [x]", "e": "e:f"}},
                "python.exports": {"exports": {"some.group": {"g": "g"}}},
            }
        },
        id="entry points",
    ),
    pytest.param(
        "[options]\nentry_points =\n  [console_scripts]\n  a = b:c\n",
        {"extensions": {"python.commands": {"wrap_console": {"a": "b:c"}}}},
        id="entry points as a text",
    ),
    pytest.param(
        "[options]\npackages = find:\npackage_dir =\n  = src\n",
        {"sources": {"root": "src"}},
        id="packages below src",
    ),
    pytest.param(
        "[options]\npackages = find_namespace:\n[options.packages.find]\nwhere = lib\n"
        "include =\n  a\n  a.*\n",
        {"sources": {"root": "lib", "modules": ["a"]}},
        id="packages by name",
    ),
    pytest.param(
        "[options]\npackages = a, a.b, c\npy_modules = d\n",
        {"sources": {"root": ".", "modules": ["a", "c", "d"]}},
        id="a list of packages, and a module",
    ),
    pytest.param(
        "[options]\npackages = a\npackage_dir =\n  a = lib/a\n",
        {},
        id="packages that are moved have no place",
    ),
    pytest.param(
        "[options.package_data]\n* = *.txt\na = b/*.json, c\n"
        "[options.data_files]\nshare/x =\n  a\n/etc = b\n",
        {
            "sources": {
                "package_data": {"a": ["b/*.json", "c"]},
                "data_files": {"share/x": ["a"]},
            }
        },
        id="data",
    ),
]


@pytest.mark.parametrize(("text", "expected"), OPTIONS_TABLE)
def test_what_options_say(text: str, expected: dict[str, JSON]) -> None:
    assert without_legacy(keys(f"{HEAD}{text}\n")) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(f"{HEAD}{p.values[0]}\n", id=p.id) for p in METADATA_TABLE),
        *(pytest.param(f"{HEAD}{p.values[0]}\n", id=p.id) for p in OPTIONS_TABLE),
        pytest.param(
            f"{HEAD}[tool:pytest]\nlog = %(asctime)s\n\n[flake8]\nignore = A\n  B\n",
            id="tables of other tools",
        ),
        pytest.param(
            f"{HEAD}[options]\nzip_safe = no\ninclude_package_data = 1\n"
            "cmdclass =\n  a = b.C\nscripts = x, y\nnamespace_packages = a\n",
            id="options without a place",
        ),
        pytest.param(
            f"{HEAD}long_description = file: A.md, B.md\nclassifiers = file: c.txt\n"
            "[options]\ninstall_requires = file: r.txt\n",
            id="files",
        ),
        pytest.param(
            "[metadata]\nname = demo\nversion = attr: demo.__version__\n",
            id="a version in the code",
        ),
        pytest.param(f"[DEFAULT]\nx = 1\n{HEAD}description = %(x)s\n", id="defaults"),
    ],
)
def test_the_way_back_says_the_same(text: str) -> None:
    draft = read(text.encode())
    version = {"version": "9"} if "version" in draft.missing else {}
    metadata = Metadata.from_dict({**draft.mapping, **version})
    again = read(write(metadata))
    assert dict(again.mapping) == dict(draft.mapping)
    assert [one.key for one in again.unread] == [one.key for one in draft.unread]
    before, after = (
        parse_ini(content, source="setup.cfg").sections
        for content in (text.encode(), write(metadata))
    )
    others = [name for name in before if not name.startswith(("metadata", "options"))]
    assert all(before[name] == after[name] for name in others)


def test_row_m11_directives_are_read_from_files_or_reported(fake_files: Files) -> None:
    text = (
        "[metadata]\nname = demo\nversion = attr: demo.__version__\n"
        "long_description = file: README.md, CHANGES.md\nclassifiers = file: cl.txt\n"
        "[options]\ninstall_requires = file: req.txt\n"
        "[options.extras_require]\nx = file: x.txt\n"
    )
    files = fake_files(
        {"README.md": "# Hi\n", "CHANGES.md": "1.0", "cl.txt": "A\nB\n",
         "req.txt": "# pinned\na\n", "x.txt": "b\n"}
    )  # fmt: skip
    draft = read(text.encode(), files=files)
    assert draft.mapping["description"] == "# Hi\n\n1.0"
    assert draft.mapping["classifier"] == ["A", "B"]
    assert draft.mapping["requires_dist"] == ["a", 'b; extra == "x"']
    (version,) = draft.unread
    assert (version.key, version.line) == ("version", 3)
    assert "demo.__version__" in version.reason
    assert draft.missing == ("version",)
    alone = read(text.encode())
    assert set(alone.missing) == {
        "version", "description", "classifier", "requires_dist", "provides_extra",
    }  # fmt: skip
    assert set(alone.mapping["dynamic"] or ()) == set(alone.missing) - {"version"}  # type: ignore[arg-type]


def test_an_edited_key_wins_over_the_file_it_stood_in(fake_files: Files) -> None:
    files = fake_files({"R": "old"})
    draft = read(f"{HEAD}long_description = file: R\n".encode(), files=files)
    metadata = draft.stated()
    assert b"long_description = file: R\n" in write(metadata)
    edited = write(metadata.replaced(description="new"))
    assert b"long_description = new\n" in edited


def test_a_draft_is_completed_by_the_back_end() -> None:
    draft = read(b"[metadata]\nname = demo\nversion = attr: a.b\n")
    with pytest.raises(IncompleteDraftError, match="version") as caught:
        draft.document()
    assert "line 3" in str(caught.value.facts["reasons"])
    core = Metadata.from_dict(
        {"name": "demo", "version": "2", "metadata_version": "2.1"}
    )
    assert str(draft.document(core).version) == "2"


@pytest.mark.parametrize(
    ("content", "error", "line"),
    [
        pytest.param(b"name = x\n", InvalidIniError, 1, id="no section"),
        pytest.param(b"[metadata]\nname\n\n[a\n", InvalidIniError, 2, id="no value"),
        pytest.param(b"[a]\nx=1\nx=2\n", InvalidIniError, 3, id="a key twice"),
        pytest.param(b"[a]\n[a]\n", InvalidIniError, 2, id="a section twice"),
        pytest.param(b"[a]\nx=\xff\n", InvalidIniError, 2, id="not UTF-8"),
        pytest.param(b"[a]\nx=\0\n", InvalidIniError, 2, id="a null byte"),
        pytest.param(b"[metadata]\nname = 5%\n", InvalidIniError, 2, id="a percent"),
        pytest.param(
            b"[metadata]\nname = %(x)s\n", InvalidIniError, 2, id="no such key"
        ),
        pytest.param(
            b"[metadata]\nname = %(name)s\n", InvalidIniError, 2, id="a circle"
        ),
        pytest.param(
            b"[metadata]\na=%(b)s%(b)s\n"
            + b"".join(
                b"%c = %s\n" % (98 + n, b"%%(%c)s" % (99 + n) * 10) for n in range(10)
            )
            + b"l = "
            + b"x" * 100,
            InvalidIniError,
            2,
            id="a thousand million laughs",
        ),
        pytest.param(b"[a]\n#" + b"x" * 2**20, InvalidIniError, 1, id="too large"),
        pytest.param(
            b"[metadata]\nname = a b\n", InvalidSettingError, 2, id="a bad name"
        ),
        pytest.param(
            b"[metadata]\n\nversion = new\n", InvalidSettingError, 3, id="a bad version"
        ),
        pytest.param(
            b"[metadata]\nproject_urls =\n  x\n", InvalidIniError, 2, id="a bad URL row"
        ),
        pytest.param(
            b"[options]\ninstall_requires =\n  a b c\n",
            InvalidSettingError,
            2,
            id="a bad requirement",
        ),
        pytest.param(
            b"[options]\npython_requires = 3\n",
            InvalidSettingError,
            2,
            id="a bad range",
        ),
        pytest.param(
            b"[options.entry_points]\na =\n  b\n", InvalidSettingError, 1, id="no entry"
        ),
        pytest.param(
            b"[metadata]\nlong_description = file: ../../etc/passwd\n",
            InvalidSettingError,
            2,
            id="a file outside",
        ),
    ],
)
def test_what_setuptools_would_refuse(
    content: bytes, error: type[PysetupError], line: int
) -> None:
    with pytest.raises(error) as caught:
        read(content)
    assert caught.value.facts["line"] == line
    assert caught.value.hints


def test_lines_cannot_be_smuggled_in() -> None:
    metadata = Metadata.from_dict(
        {
            "name": "demo",
            "version": "1",
            "author": "a\n[options]\r[options]\rzip_safe = no",
            "summary": "x\rname = y",
            "project_url": {"a = b": "c", "d\ne": "f"},
        }
    )
    sections = parse_ini(write(metadata), source="x").sections
    assert set(sections) == {"metadata"}
    assert sections["metadata"]["name"] == "demo"
    for name, key in (("a]\n[metadata", "x"), ("a", "x\ny"), ("", "x"), ("a", "[b]")):
        legacy: JSON = {"setup.cfg": {"sections": {name: {key: "1"}}}}
        with pytest.raises(UnwritableMetadataError):
            write(metadata.replaced(extensions={LEGACY: legacy}))


def test_losses_name_what_does_not_come_back(example: Metadata) -> None:
    pointers = {loss.pointer for loss in losses(example)}
    assert {"/commands", "/import_name", "/sources/exclude", "/build/hook"} & pointers
    assert "/description" in pointers  # a heading is a comment in setup.cfg
    assert not pointers & {"/name", "/requires_dist", "/project_url", "/keywords"}
    assert "/extensions/python.exports" not in {p[:26] for p in pointers}


# Laws.

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1
).filter(str.strip)
names = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
requirements = st.builds(
    lambda name, version, marker: f"{name}{version}{marker}",
    names,
    st.sampled_from(["", ">=1.0", "<2,>1", "[x]~=1.4"]),
    st.sampled_from(
        [
            "",
            '; python_version < "3"',
            '; extra == "test"',
            '; (os_name == "nt" or os_name == "posix") and extra == "docs"',
            '; extra == "test" and os_name == "nt"',
            '; extra == "missing"',
        ]
    ),
)
documents = st.fixed_dictionaries(
    {"name": names, "version": st.sampled_from(["1.0", "2.0rc1", "1!3.post1"])},
    optional={
        "summary": words,
        "description": st.text(st.sampled_from("ab #;\n%=[]:\t|"), max_size=30),
        "author": words,
        "license": words,
        "keywords": st.lists(words, max_size=3),
        "classifier": st.lists(words, max_size=3),
        "project_url": st.dictionaries(words, words, max_size=3),
        "requires_dist": st.lists(requirements, max_size=5),
        "provides_extra": st.just(["test", "docs", "none"]),
        "requires_python": st.sampled_from([">=3.8", "!=3.0.*,>2"]),
        "license_file": st.lists(st.sampled_from(["LICENSE", "a/B.txt"]), unique=True),
        "sources": st.fixed_dictionaries(
            {"root": st.sampled_from([".", "src"])},
            optional={
                "modules": st.lists(names, min_size=1, unique=True),
                "package_data": st.dictionaries(names, st.lists(words), max_size=2),
            },
        ),
        "extensions": st.fixed_dictionaries(
            {},
            optional={
                "python.commands": st.just({"wrap_console": {"a": "b:c"}}),
                "python.groups": st.just({"test": ["x"], "dev": ["y"]}),
            },
        ),
    },
)


@pytest.mark.law
@given(documents)
@settings(max_examples=150)
def test_what_is_written_reads_the_same_but_for_the_losses(
    values: dict[str, JSON],
) -> None:
    metadata = Metadata.from_dict(values)
    lost = [loss.pointer for loss in losses(metadata)]
    again = read(write(metadata)).mapping
    for key, value in values.items():
        if not any(pointer.startswith(f"/{key}") for pointer in lost):
            assert same_meaning(key, again.get(key), value) or again.get(key) == value
    # Nothing is made up, and writing it again gives the same bytes.
    assert set(again) <= {*values, "document_version", "build", "provides_extra"} | (
        {"extensions"} if "dynamic" not in again else set()
    )
    assert write(Metadata.from_dict(again)) == write(metadata)


@pytest.mark.law
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(PysetupError):
        read(content)


# setuptools itself.

_ORACLE = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
from setuptools import build_meta
for folder in json.loads(sys.argv[1]):
    os.chdir(folder)
    os.mkdir("out")
    name = build_meta.prepare_metadata_for_build_wheel("out")
    os.rename(os.path.join("out", name), "found")
"""


def ask_setuptools(folders: list[Path]) -> list[Metadata]:
    done = subprocess.run(
        [sys.executable, "-c", _ORACLE, json.dumps([str(path) for path in folders])],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [
        core_metadata.read((path / "found" / "METADATA").read_bytes())
        for path in folders
    ]


WRITTEN: list[dict[str, Any]] = [
    {
        "summary": "100% of [it]; # all = x: y",
        "author": "Ünï Cödé, B",
        "author_email": "a@b.org, B <b@c.org>",
        "maintainer": "M",
        "license_expression": "MIT OR Apache-2.0",
        "keywords": ["a b", "ü"],
        "classifier": ["Topic :: Utilities", "Typing :: Typed"],
        "platform": ["any"],
        "project_url": {"Docs & more": "https://d.org/?a=%20b", "A": "https://a"},
        "home_page": "https://x.org/#a",
        "download_url": "https://x.org/d",
        "requires_python": ">=3.8,!=3.9.*",
        "description": "One\nTwo\n\nThree",
        "description_content_type": "text/plain",
        "provides_extra": ["b", "a", "none"],
        "requires_dist": [
            "z>=1,<2",
            'y; python_version < "3.9" or os_name == "nt"',
            'x[e]; (python_version < "3" or os_name == "nt") and extra == "a"',
            'w @ https://h/w.zip ; extra == "b"',
        ],
    },
    {"license": "BSD\nwith two lines", "summary": "s", "provides": ["p (1.0)"]},
    {"requires_dist": ['x; extra == "a" and os_name == "nt"', "b"]},
]


def test_setuptools_reads_the_same_core_metadata_from_ours(tmp_path: Path) -> None:
    folders, documents = [], []
    for index, values in enumerate(WRITTEN):
        folder = tmp_path / str(index)
        folder.mkdir()
        metadata = Metadata.from_dict({"name": "demo", "version": "1.0rc1", **values})
        (folder / "setup.cfg").write_bytes(write(metadata))
        (folder / "demo.py").write_text("")
        folders.append(folder)
        documents.append(metadata)
    for metadata, found in zip(documents, ask_setuptools(folders), strict=True):
        for key, value in metadata.to_dict().items():
            if key not in ("document_version", "metadata_version"):
                assert same_meaning(key, found.get(key), value), key


# Refused by setuptools of today, or without the files that they speak of.
REFUSED = (
    "a dash",
    "requires-python",
    "one licence",
    "a semicolon separates in one line",
    "a marker as key, as it was meant",
    "an extra with a marker as key",
    "packages below src",
    "packages by name",
    "a list of packages, and a module",
    "packages that are moved have no place",
)


def test_setuptools_reads_from_others_what_we_read(tmp_path: Path) -> None:
    texts = [
        f"{HEAD}{param.values[0]}\n"
        for param in (*METADATA_TABLE, *OPTIONS_TABLE)
        if param.id not in REFUSED
    ]
    folders = []
    for index, text in enumerate(texts):
        folder = tmp_path / str(index)
        folder.mkdir()
        (folder / "setup.cfg").write_text(text, encoding="utf-8")
        for name in ("a", "b", "demo.py"):
            (folder / name).write_text("")
        folders.append(folder)
    for text, found in zip(texts, ask_setuptools(folders), strict=True):
        ours = read(text.encode()).mapping
        for key in {*ours, *found.to_dict()} & set(same_keys()):
            assert same_meaning(key, ours.get(key), found.get(key)), (key, text)


def same_keys() -> list[str]:
    return [
        "name", "version", "summary", "keywords", "classifier", "project_url", "author",
        "author_email", "platform", "provides", "requires_dist", "provides_extra",
        "requires_python", "license",
    ]  # fmt: skip
