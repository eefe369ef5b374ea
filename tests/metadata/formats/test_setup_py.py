"""setup.py: what is certain is read, what is not is named with its line."""

import contextlib
import textwrap
import time
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import setup_cfg
from pysetup.metadata.formats.legacy_draft import (
    IncompleteDraftError,
    InvalidSettingError,
    LegacyDraft,
)
from pysetup.metadata.formats.setup_py import UnreadableSetupError, read
from pysetup.standards.jsontext import JSON

FILES: dict[str, bytes | str] = {
    "README.md": "# Hi\n",
    "CHANGES": "1.0",
    "VERSION": "1.5\n",
    "requirements.txt": "a>1\nb\n",
    "src/demo/__init__.py": '"""Doc."""\n__version__ = "1.2"\n',
    "demo/version.py": 'version = "2." + "0"\n__author__ = "Me"\n',
    "twice.py": '__version__ = "1"\nif x:\n    __version__ = "2"\n',
}


BEFORE = """
import re, demo
TEXT = open('src/demo/__init__.py').read()
TWICE = open('twice.py').read()
"""


class Files(Protocol):
    def __call__(self, files: dict[str, bytes | str]) -> Any: ...


def draft_of(text: str, files: Any = None) -> LegacyDraft:
    return read(textwrap.dedent(text).encode(), files=files)


def call(text: str, before: str = "") -> str:
    return f"from setuptools import setup, find_packages\n{before}\nsetup({text})\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("from setuptools import setup\nsetup(name='d')", id="setuptools"),
        pytest.param(
            "from distutils.core import setup\nsetup(name='d')", id="distutils"
        ),
        pytest.param("import setuptools\nsetuptools.setup(name='d')", id="the module"),
        pytest.param("import setuptools as s\ns.setup(name='d')", id="under an alias"),
        pytest.param("from setuptools import setup as s\ns(name='d')", id="renamed"),
        pytest.param(
            "import distutils.core\ndistutils.core.setup(name='d')", id="dots"
        ),
        pytest.param("from distutils import core\ncore.setup(name='d')", id="core"),
        pytest.param(
            "try:\n    from setuptools import setup\nexcept ImportError:\n"
            "    from distutils.core import setup\nsetup(name='d')",
            id="the one or the other",
        ),
        pytest.param(
            "from setuptools import setup\nif __name__ == '__main__': setup(name='d')",
            id="only as a program",
        ),
        pytest.param(
            "from setuptools import setup\ndef main():\n    setup(name='d')\nmain()",
            id="in a function",
        ),
        pytest.param(
            "from setuptools import setup\nsetup(**{'name': 'd'})", id="stars"
        ),
        pytest.param(
            "from setuptools import setup\nargs = dict(name='d')\nsetup(**args)",
            id="stars of a name",
        ),
        pytest.param(
            "# coding: latin-1\nfrom setuptools import setup\nsetup(name='d')#\xe4",
            id="another encoding",
        ),
    ],
)
def test_the_call_is_found(text: str) -> None:
    content = text.encode("latin-1" if "latin" in text else "utf-8")
    assert read(content).mapping["name"] == "d"


@pytest.mark.parametrize(
    ("expression", "before", "expected"),
    [
        pytest.param("'a' 'b'", "", "ab", id="texts side by side"),
        pytest.param("A + '-' + B", "A = 'a'\nB = A + 'b'", "a-ab", id="a sum"),
        pytest.param("f'{A} {N}'", "A = 'a'\nN = 3", "a 3", id="an f-string"),
        pytest.param("'%s of %s' % (A, 'b')", "A = 'a'", "a of b", id="percent s"),
        pytest.param("' '.join(['a', A]).strip()", "A = 'b '", "a b", id="joined"),
        pytest.param("D['x']", "D = {'x': 'a'}", "a", id="an item"),
        pytest.param("('a', 'b')[1]", "", "b", id="an index"),
        pytest.param("open('VERSION').read().strip()", "", "1.5", id="a file"),
        pytest.param("io.open('VERSION', 'rb').read().decode('utf-8').strip()",
                     "import io", "1.5", id="bytes of a file"),
        pytest.param("Path(__file__).parent.joinpath('VERSION').read_text().strip()",
                     "from pathlib import Path", "1.5", id="a path"),
        pytest.param("(here / 'VERSION').read_text('utf-8').strip()",
                     "import pathlib\nhere = pathlib.Path(__file__).parent.resolve()",
                     "1.5", id="a path by division"),
        pytest.param("text.strip()",
                     "import os\nhere = os.path.abspath(os.path.dirname(__file__))\n"
                     "with open(os.path.join(here, 'VERSION')) as f:\n"
                     "    text = f.read()",
                     "1.5", id="a file that is closed"),
        pytest.param("read('demo', 'version.py').splitlines()[1][14:17]", "", None,
                     id="a slice is computed"),
        pytest.param("read('VERSION')",
                     "import os\ndef read(*parts):\n    'Doc.'\n"
                     "    path = os.path.join(os.path.dirname(__file__), *parts)\n"
                     "    with open(path) as f:\n        return f.read().strip()",
                     "1.5", id="a function that reads"),
        pytest.param("about['__author__']",
                     "about = {}\nwith open('demo/version.py') as f:\n"
                     "    exec(f.read(), about)", "Me", id="code for a dictionary"),
        pytest.param("a + b",
                     "with open('VERSION') as f:\n    a = f.read().strip()\n"
                     "with open('CHANGES') as f:\n    b = f.read()",
                     "1.51.0", id="two files under one name"),
        pytest.param("str('a')", "str = repr", None, id="a name that was taken over"),
        pytest.param("open('VERSION').read()",
                     "from io import open\ndef open(x): pass", None,
                     id="an import that was taken over"),
        pytest.param("x if y else z", "x = 'a'", None, id="a condition"),
        pytest.param("os.environ['X']", "import os", None, id="the environment"),
        pytest.param("A", "if x:\n    A = 'a'", None, id="assigned on a condition"),
        pytest.param("A", "A = 'a'\nA = 'b'", None, id="assigned twice"),
        pytest.param("A", "A = 'a'\nA += 'b'", None, id="added to"),
        pytest.param("A", "A = 'a'\ndef f():\n    global A\n    A = 'b'", None,
                     id="changed by a function"),
        pytest.param("A", "A = 'a'\nfor A in x: pass", None, id="a loop's name"),
        pytest.param("A", "A = 'a'\nexec(open('x').read())", None,
                     id="code that may assign anything"),
        pytest.param("A", "A = 'a'\nfrom x import *", None, id="a star import"),
        pytest.param("A", "A = A", None, id="itself"),
        pytest.param("open('/etc/passwd').read()", "", None, id="a file outside"),
        pytest.param("open('../x').read().strip()", "", None, id="a file above"),
        pytest.param("open('missing').read().strip()", "", None, id="a missing file"),
        pytest.param("str(__file__)", "", "setup.py", id="this file"),
        pytest.param("b'a'", "", None, id="bytes"),
        pytest.param("'a' * 9", "", None, id="a product"),
        pytest.param("'{}'.format('a')", "", None, id="format"),
        pytest.param("demo.__author__", "import demo", None, id="an imported value"),
    ],
)  # fmt: skip
def test_what_an_expression_comes_to(
    expression: str, before: str, expected: str | None, fake_files: Files
) -> None:
    draft = draft_of(
        call(f"name='d', version='1', author={expression}", before), fake_files(FILES)
    )
    assert draft.mapping.get("author") == expected
    assert [one.key for one in draft.unread] == ([] if expected else ["author"])
    assert all(one.line and one.reason for one in draft.unread)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(
            r"""re.search(r'^__version__ = [\'"]([^\'"]*)[\'"]', TEXT, M).group(1)""",
            "1.2",
            id="the usual pattern",
        ),
        pytest.param(
            r"""re.search('__version__ = "(.+)"', TEXT).group(1)""",
            "1.2",
            id="a plain pattern",
        ),
        pytest.param(
            r"""re.search(r"__version__\s*=\s*'(.*)'", TWICE).group(1)""",
            None,
            id="two versions in the file",
        ),
        pytest.param(
            r"""re.search(r"(a+)+$", TEXT).group(1)""",
            None,
            id="a pattern that looks for something else",
        ),
        pytest.param("open('VERSION').read()", "1.5", id="a file"),
        pytest.param("1.5", "1.5", id="a number"),
        pytest.param("get_version()", None, id="a function"),
        pytest.param("demo.__version__", None, id="an attribute"),
    ],
)
def test_the_version_is_read_if_it_is_certain(
    expression: str, expected: str | None, fake_files: Files
) -> None:
    draft = draft_of(call(f"name='d', version={expression}", BEFORE), fake_files(FILES))
    assert draft.mapping.get("version") == expected
    assert ("version" in draft.missing) == (expected is None)


@pytest.mark.parametrize(
    "change",
    [
        "reqs.append('x')",
        "if x:\n    reqs += ['x']",
        "reqs[0] = 'x'",
        "del reqs[0]",
        "other = reqs\nother.extend(y)",
        "fix(reqs)",
        "fix(*reqs)",
        "def f():\n    reqs.remove('a')",
    ],
)
def test_a_list_that_is_changed_is_not_certain(change: str) -> None:
    draft = draft_of(call("name='d', install_requires=reqs", f"reqs = ['a']\n{change}"))
    assert "requires_dist" in draft.missing
    assert any("changed" in one.reason or "once" in one.reason for one in draft.unread)


def test_row_g19_a_whole_setup_py(fake_files: Files) -> None:
    text = """
        from setuptools import setup, find_packages
        tests = ["pytest>=7"]
        extras = {"test": tests, "docs": ("sphinx",), ':python_version<"3"': "x"}
        setup(
            name="Demo", version="1.0-beta", description="d",
            long_description=open("README.md").read(),
            long_description_content_type="text/markdown",
            keywords="a, b", classifiers=["A :: B"], platforms="any",
            packages=find_packages("src", exclude=["t*"]), package_dir={"": "src"},
            py_modules=["one"], include_package_data=True,
            package_data={"": ["*.txt"], "demo": ["x/*"]},
            data_files=[("share/x", ["a", "b"]), "c"],
            install_requires=open("requirements.txt").read().splitlines(),
            extras_require=extras, setup_requires=["cython"], tests_require=tests,
            entry_points={"console_scripts": ["d=d:main"], "g": "x = y"},
            project_urls={"Docs": "https://d"}, python_requires=">=3",
            scripts=["bin/x"], cmdclass={"build": Build}, ext_modules=[Ext("x")],
        )
    """
    draft = draft_of(text, fake_files(FILES))
    mapping = draft.mapping
    assert mapping["version"] == "1.0b0"
    assert mapping["description"] == "# Hi\n"
    assert mapping["requires_dist"] == [
        "a>1", "b", 'pytest>=7; extra == "test"', 'sphinx; extra == "docs"',
        'x; python_version < "3"',
    ]  # fmt: skip
    assert mapping["sources"] == {
        "root": "src",
        "package_data": {"demo": ["x/*"]},
        "data_files": {"share/x": ["a", "b"]},
    }
    build = mapping["build"]
    assert isinstance(build, dict)
    assert build["requires"] == ["setuptools>=40.8.0", "cython"]
    assert [(one.key, one.setting, one.line) for one in draft.unread] == [
        ("build", "cmdclass", 18),
        ("build", "ext_modules", 18),
    ]
    assert draft.missing == ()
    # What setup.py says and the document does not, setup.cfg can say too.
    written = setup_cfg.write(draft.stated()).decode()
    assert "packages = find:" in written
    assert "include_package_data = true" in written
    assert "bin/x" in written
    again = setup_cfg.read(written.encode(), files=fake_files(FILES))
    for key in ("name", "version", "requires_dist", "sources", "description"):
        assert again.mapping[key] == mapping[key] or key == "requires_dist"


def test_the_docstring_is_a_text() -> None:
    draft = draft_of("""'One.'\nfrom setuptools import setup\nsetup(author=__doc__)""")
    assert draft.mapping["author"] == "One."


def test_only_the_search_of_setuptools_is_known() -> None:
    ours = "from setuptools import setup\nfrom me import find_packages\n"
    (unread,) = draft_of(f"{ours}setup(packages=find_packages())").unread
    assert (unread.key, unread.line) == ("sources", 3)


def test_without_files_they_are_named() -> None:
    draft = draft_of(call("name='d', version='1', long_description=open('R').read()"))
    (unread,) = draft.unread
    assert (unread.key, unread.line) == ("description", 3)
    assert "R" in unread.reason
    assert draft.stated().get("dynamic") == ["description"]
    assert b"long_description = file: R" in setup_cfg.write(draft.stated())


def test_unknown_stars_leave_everything_open() -> None:
    draft = draft_of(call("name='d', version='1', **more()"))
    assert draft.mapping["name"] == "d"
    assert {"summary", "requires_dist"} <= set(draft.missing)
    with pytest.raises(IncompleteDraftError, match="does not state"):
        draft.document()


@pytest.mark.parametrize(
    ("content", "line", "hint"),
    [
        pytest.param(b'import os\nprint "x"\n', 2, "2to3", id="print of Python 2"),
        pytest.param(b"try: x\nexcept E, e:\n  pass\n", 2, "2to3", id="except, too"),
        pytest.param(b"try: x\nexcept (A, B), e: pass", 2, "2to3", id="two of them"),
        pytest.param(b"x = 0777\n", 1, "wheel", id="an octal number"),
        pytest.param(b"setup(", 1, "wheel", id="a parenthesis"),
        pytest.param(b"x = '\0'", 1, "wheel", id="a null byte"),
        pytest.param(b"\xff = 1", 1, "wheel", id="not UTF-8"),
        pytest.param(b"-" * 200_000 + b"1", 1, "wheel", id="deep"),
        pytest.param(b"(" * 5000, 1, "wheel", id="deeper"),
        pytest.param(b"#" * 2**20 + b"#", 1, "wheel", id="too large"),
        pytest.param(b"x = 1\n", 1, "wheel", id="no call"),
        pytest.param(
            b"from me import setup\nsetup()\n", 1, "wheel", id="a foreign one"
        ),
        pytest.param(
            b"from setuptools import setup\nsetup()\nsetup()\n",
            3,
            "wheel",
            id="two calls",
        ),
        pytest.param(
            b"from setuptools import setup\nsetup(1)\n", 2, "wheel", id="places"
        ),
    ],
)
def test_what_cannot_be_read_at_all(content: bytes, line: int, hint: str) -> None:
    with pytest.raises(UnreadableSetupError) as caught:
        read(content)
    assert caught.value.line == line
    assert hint in caught.value.hints[0]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name='a b'", id="a name"),
        pytest.param("version='new'", id="a version"),
        pytest.param("install_requires=['a b']", id="a requirement"),
        pytest.param("entry_points={'a': ['b']}", id="an entry point"),
        pytest.param("extras_require={'a b': []}", id="an extra"),
        pytest.param("extras_require=['a']", id="extras of another type"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        draft_of(call(text))
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(
            "a0 = 'x' * 1\n" + "".join(f"a{n + 1} = a{n} + a{n}\n" for n in range(60)),
            id="texts",
        ),
        pytest.param(
            "a0 = ['xxxxxxxxxx']\n"
            + "".join(f"a{n + 1} = [a{n}, a{n}]\n" for n in range(60)),
            id="lists of lists",
        ),
        pytest.param(
            "a0 = ['xxxxxxxxxx']\n"
            + "".join(f"a{n + 1} = [*a{n}, *a{n}]\n" for n in range(60)),
            id="lists put together",
        ),
        pytest.param(
            "b = 'y'\n"
            + "".join(f"b{n} = {'y' * 1000!r}\n" for n in range(100))
            + "a60 = 'x'"
            + ".replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')" * 50,
            id="replaced again and again",
        ),
        pytest.param("a60 = " + " + ".join(["'x'"] * 500), id="a long sum"),
        pytest.param("def a(): return a()\na60 = a()", id="a function of itself"),
        pytest.param(
            "def f(x): return [g(x), g(x)]\ndef g(x): return [f(x), f(x)]\na60 = f(1)",
            id="two functions of each other",
        ),
    ],
)
def test_nothing_grows_beyond_measure(before: str) -> None:
    started = time.perf_counter()
    draft = draft_of(call("name='d', author=a60, zip_safe=a60", before))
    assert "author" in draft.missing
    assert time.perf_counter() - started < 5


@pytest.mark.law
@given(
    st.fixed_dictionaries(
        {
            "name": st.from_regex("[a-z]{1,5}", fullmatch=True),
            "version": st.just("1.0"),
        },
        optional={
            "author": st.text(min_size=1).filter(str.strip),
            "keywords": st.lists(st.from_regex("[a-z ]{1,5}[a-z]", fullmatch=True)),
            "classifiers": st.lists(st.from_regex("[A-Z]{1,5}", fullmatch=True)),
            "zip_safe": st.booleans(),
            "package_data": st.dictionaries(
                st.from_regex("[a-z]{1,5}", fullmatch=True), st.lists(st.just("*.txt"))
            ),
        },
    )
)
def test_literals_are_read_as_they_are(keywords: dict[str, Any]) -> None:
    text = ", ".join(f"{key}={value!r}" for key, value in keywords.items())
    draft = read(call(text).encode())
    assert draft.unread == ()
    mapping = draft.mapping
    assert mapping.get("author", "").strip() == keywords.get("author", "").strip()  # type: ignore[union-attr]
    assert mapping.get("classifier", []) == keywords.get("classifiers", [])
    again = setup_cfg.read(setup_cfg.write(Metadata.from_dict(mapping)))
    kept: JSON = again.mapping.get("classifier", [])
    assert kept == keywords.get("classifiers", [])


@pytest.mark.law
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for content in (text, call(text), call(f"name={text}")):
        with contextlib.suppress(PysetupError):
            read(content.encode(errors="replace"))


def test_bad_style_in_their_code_is_not_told_to_our_user(fake_files: Files) -> None:
    code = 'import re\nx = "\\d"\n1is 1\n'
    files = fake_files({"a.py": f'{code}v = "1"\n'})
    content = (
        f"{code}from setuptools import setup\ncode = {{}}\n"
        "exec(open('a.py').read(), code)\n"
        "setup(name='a', version=code['v'])\n"
    )
    assert read(content.encode(), files=files).mapping["version"] == "1"
    stated = b"[metadata]\nname = a\nversion = attr: a.v\n"
    assert setup_cfg.read(stated, files=files).mapping["version"] == "1"


def test_an_attribute_that_is_no_literal_is_unread(fake_files: Files) -> None:
    stated = b"[metadata]\nname = a\nversion = attr: a.v\n"
    draft = setup_cfg.read(stated, files=fake_files({"a.py": "v = find()\n"}))
    assert draft.missing == ("version",)


def test_a_requirement_in_a_text_keeps_its_marker() -> None:
    draft = read(
        b"from setuptools import setup\n"
        b"setup(name='a', version='1', install_requires='b; os_name==\"x\"',\n"
        b"      extras_require={'e': 'c; os_name==\"x\"\\nd'})\n"
    )
    assert draft.mapping["requires_dist"] == [
        'b; os_name=="x"',
        'c; os_name == "x" and extra == "e"',
        'd; extra == "e"',
    ]
