"""Real projects in a real Debian: made, installed by apt, run, verified, purged."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.deb.chroot import DebianRoot, cached_root

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.interop]
INDEX = ("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "PYSETUP_INDEX_URL")


@dataclass(frozen=True)
class Row:
    """A project, a program that is run inside with it, and what that prints.

    ``needs`` is what apt has to fetch from Debian at the least.
    """

    project: str
    words: str
    prints: str
    needs: str = ""


def python(code: str) -> str:
    return f"python3 -c '{code}'"


ROWS = {
    "a command, and ~=": Row(
        "markdown-it-py==3.0.0",
        "echo '# *ü*' >/tmp/a.md; markdown-it /tmp/a.md",
        "<h1><em>ü</em></h1>",
        "python3-mdurl",
    ),
    "compiled, with a command": Row(
        "charset-normalizer==3.3.2",
        f"{python('import charset_normalizer.md__mypyc as m; print(m.__file__)')}; "
        "normalizer --version",
        "Charset-Normalizer 3.3.2",
    ),
    "compiled": Row(
        "PyYAML==6.0.1",
        python('import yaml; print(yaml.CSafeLoader("a: [1]").get_data())'),
        "{'a': [1]}",
    ),
    "an extra of another project": Row(
        "httpx==0.23.3",
        python('import httpx; print(httpx.URL("https://ü.example").raw_host)'),
        "xn--tda.example",
        "python3-httpcore",
    ),
    "an upper bound": Row(
        "rich==13.3.1",
        python('from rich import print; print("[bold]x[/bold] y")'),
        "x y",
        "python3-markdown-it",
    ),
    "an extra": Row(
        "jinja2==3.1.3",
        python('import jinja2; print(jinja2.Template("{{ 6 * 7 }}").render())'),
        "42",
        "python3-markupsafe",
    ),
    "a namespace package, compiled": Row(
        "zope.interface==6.2",
        python(
            "import zope.interface._zope_interface_coptimizations as c, zope.interface;"
            "print(zope.interface.Interface.__name__)"
        ),
        "Interface",
    ),
    "bounds of pre-releases, and markers of Python": Row(
        "pylint==2.16.2",
        "pylint --version",
        "pylint 2.16.2",
        "python3-astroid",
    ),
    "!=": Row(
        "packaging==21.3",
        python('from packaging.requirements import Requirement as R; print(R("a>1"))'),
        "a>1",
        "python3-pyparsing",
    ),
    "no licence file": Row(
        "ply==3.11", python("import ply.lex; print(ply.lex)"), "lex"
    ),
    "manual pages and configuration": Row(
        "youtube-dl==2021.12.17",
        "youtube-dl --version; cat /var/lib/dpkg/info/*youtube*.conffiles",
        "2021.12.17\n/etc/bash_completion.d/youtube-dl.bash-completion",
    ),
    "a summary that is not ASCII": Row(
        "pypinyin==0.48.0", "pypinyin 中国; dpkg -s python3-pypinyin", "汉字拼音"
    ),
    "the stable ABI": Row(
        "cryptography==38.0.4",
        python("from cryptography.hazmat.bindings._rust import x509; print(x509)"),
        "x509",
        "python3-cffi-backend",
    ),
    "bundled libraries": Row(
        "Pillow==9.4.0",
        python('from PIL import Image; print(Image.new("L", (2, 3)).size)'),
        "(2, 3)",
    ),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebianRoot]:
    """A copy of the root for the tests of this module."""
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail("root and mmdebstrap are required here")
        pytest.skip("installing into a root needs root and mmdebstrap")
    place = tmp_path_factory.mktemp("debian") / "root"
    subprocess.run(
        ["cp", "-a", "--reflink=auto", str(cached_root()), str(place)], check=True
    )
    yield DebianRoot(place)
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def made(
    pysetup_class: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[Path]]:
    """Make the packages of a project of the index, once; return their paths."""
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    pysetup = pysetup_class(tmp_path_factory.mktemp("home"))
    known: dict[str, list[Path]] = {}

    def make(project: str) -> list[Path]:
        if project not in known:
            out = tmp_path_factory.mktemp("out")
            words = ["bdist_deb", "--outdir", out, "--target", "debian-12", project]
            ran = pysetup(*words, env=environ)
            assert ran.code == 0, ran.err
            known[project] = sorted(out.glob("*.deb"))
        return known[project]

    return make


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=name) for name, row in ROWS.items()]
)
def test_a_project_is_installed_run_and_removed_without_a_trace(
    row: Row, root: DebianRoot, made: Callable[[str], list[Path]]
) -> None:
    (package,) = made(row.project)
    name = package.name.partition("_")[0]
    before = root.files()

    installed = root.apt("install", package)

    if row.needs:
        assert re.search(rf"Unpacking {row.needs} ", installed), installed
    assert row.prints in root.run("sh", "-c", row.words)
    assert root.run("dpkg", "--verify") == ""
    database = python(
        "import importlib.metadata as m, sys;"
        f'd = m.distribution("{row.project.partition("==")[0]}");'
        'print(d.version, d.read_text("INSTALLER"))'
    )
    version = row.project.partition("==")[2]
    assert root.run("sh", "-c", database).split() == [version, "debian"]

    root.apt("purge", name)
    root.apt("autoremove")
    assert root.files() - before == frozenset()
    assert before - root.files() == frozenset()
