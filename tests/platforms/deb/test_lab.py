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

from pysetup.platforms.deb.reader import DebContents, read_deb

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.interop]
# The files of all packages of the archive.
LISTS = ("--package-lists", "https://deb.debian.org/debian")
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
        "pyzmq==24.0.1", python("import zmq; print(zmq.zmq_version())"), "4.3.4"
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
    """Make the package of a project of the index, once; return its path."""
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
        assert re.search(rf"Unpacking {row.needs}[ :]", installed), installed
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


@pytest.mark.parametrize(
    ("project", "missing"),
    [
        ("pylint==3.2.7", "python3-astroid"),
        ("httpx==0.27.0", "python3-httpcore"),
    ],
)
def test_apt_refuses_what_debian_does_not_have_in_that_version(
    project: str, missing: str, root: DebianRoot, made: Callable[[str], list[Path]]
) -> None:
    (package,) = made(project)
    before = root.files()
    refused = root.apt("install", package, check=False)
    assert re.search(rf"Depends: {missing} \(", refused), refused
    assert root.files() == before


def test_a_package_of_debian_with_a_part_of_the_project_gives_way(
    pysetup: Any, tmp_path: Path
) -> None:
    """Debian has a module of Pillow in python3-pil.imagetk."""
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    words = ["bdist_deb", *LISTS, "--outdir", tmp_path / "out", "Pillow==9.4.0"]
    ran = pysetup(*words, env=environ)
    assert ran.code == 0, ran.err
    (package,) = tmp_path.glob("out/*.deb")
    fields = read_deb(package).fields
    for field in ("Conflicts", "Replaces", "Provides"):
        assert "python3-pil.imagetk" in fields[field]


def test_files_of_another_package_of_debian_are_not_taken(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    commands = "[console_scripts]\ncowsay = zz_cow:main\njq = zz_cow:main\n"
    wheel = make_wheel("zz-cow", entry_points=commands)
    ran = pysetup("bdist_deb", *LISTS, "--outdir", tmp_path / "out", wheel)
    assert ran.code == 6
    assert "error[PS6520]: /usr/bin/jq belongs to jq on debian-12" in ran.err
    assert not list(tmp_path.glob("out/*"))


def test_extras_are_packages_that_apt_installs(
    root: DebianRoot, pysetup: Any, tmp_path: Path
) -> None:
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    words = ["bdist_deb", "--outdir", tmp_path, "--option", "extras=packages"]
    ran = pysetup(*words, "jinja2==3.1.3", env=environ)
    assert ran.code == 0, ran.err
    packages = sorted(tmp_path.glob("*.deb"))
    assert {path.name.partition("_")[0] for path in packages} == {
        "python3-jinja2",
        "python3-jinja2-i18n",
    }
    root.apt("install", *packages)
    assert root.run("sh", "-c", python("import babel, jinja2")) == ""
    root.apt("purge", "python3-jinja2-i18n", "python3-jinja2")
    root.apt("autoremove")


def test_what_is_made_twice_is_the_same(
    pysetup_class: Any, made: Callable[[str], list[Path]], tmp_path: Path
) -> None:
    again = pysetup_class(tmp_path / "another home")
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    environ |= {"TZ": "Asia/Tokyo", "LC_ALL": "C"}
    for project in ("markdown-it-py==3.0.0", "charset-normalizer==3.3.2"):
        (first,) = made(project)
        again.home.mkdir(exist_ok=True)
        ran = again("bdist_deb", "--outdir", tmp_path / "out", project, env=environ)
        assert ran.code == 0, ran.err
        assert (tmp_path / "out" / first.name).read_bytes() == first.read_bytes()


def test_lintian_finds_no_error_in_real_projects(
    made: Callable[[str], list[Path]], need_tool: Callable[[str], str]
) -> None:
    paths = [str(path) for row in ROWS.values() for path in made(row.project)]
    words = [need_tool("lintian"), "--allow-root", "--tag-display-limit", "0", *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if line[:2] == "E:"] == []


SOURCES = ["mdurl==0.1.2", "MarkupSafe==2.1.5", "youtube-dl==2021.12.17"]


@pytest.mark.parametrize("project", SOURCES)
def test_both_levels_have_the_same_files_and_relations(
    project: str, pysetup: Any, tmp_path: Path, need_tool: Callable[[str], str]
) -> None:
    for tool in ("dpkg-buildpackage", "dh", "pybuild"):
        need_tool(tool)
    environ = {name: text for name, text in os.environ.items() if name in INDEX}
    fetched = pysetup(
        *("download", "--no-deps", "--no-binary", ":all:", "-d", tmp_path, project),
        env=environ,
    )
    assert fetched.code == 0, fetched.err
    (sdist,) = tmp_path.glob("*.tar.gz")
    for words in (["--source"], ["--outdir", tmp_path / "binary"]):
        more = ["--outdir", tmp_path] if words == ["--source"] else []
        ran = pysetup("bdist_deb", *words, *more, sdist, env=environ)
        assert ran.code == 0, ran.err
    (dsc,) = tmp_path.glob("*.dsc")
    system = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    system |= {"HOME": str(tmp_path), "DEB_BUILD_OPTIONS": "noautodbgsym"}
    for words, folder in (
        (["dpkg-source", "-x", str(dsc), "unpacked"], tmp_path),
        (["dpkg-buildpackage", "-us", "-uc", "-b"], tmp_path / "unpacked"),
    ):
        done = subprocess.run(
            words, cwd=folder, env=system, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (ours,) = (tmp_path / "binary").glob("*.deb")
    theirs, made_here = read_deb(tmp_path / ours.name), read_deb(ours)
    assert [f.path for f in theirs.files] == [f.path for f in made_here.files]
    assert comparable(theirs) == comparable(made_here)


def comparable(contents: DebContents) -> dict[str, str]:
    """Return the fields but for what depends on compilers and their options."""
    fields = dict(contents.fields)
    fields.pop("Installed-Size")
    fields["Depends"] = re.sub(r"\b(libc6) \([^)]*\)", r"\1", fields["Depends"])
    fields["Depends"] = ", ".join(sorted(fields["Depends"].split(", ")))
    return fields
