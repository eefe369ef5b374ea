"""Rows G of the founding plan: what is refused, who is served, each phase alone."""

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

DEMO = '[project]\nname = "demo"\nversion = "1.0"\ndescription = "A demo"\n'
SCRIPT = '[project.scripts]\ndemo = "demo:main"\n'
MODULE = '"""A demo."""\n\n\ndef main():\n    print("a row")\n'
FLIT = (
    '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
)
OURS = '[build-system]\nrequires = ["pysetup"]\nbuild-backend = "pysetup.backend"\n'
# A setup.py that remembers what it was asked to do.
TELLTALE = """
import os, sys
from setuptools import setup
with open(os.environ["TELLTALE"], "a") as stream:
    stream.write(" ".join(sys.argv[1:]) + "\\n")
setup(name="demo", version="1.0", py_modules=["demo"])
"""
CLASSIC = """
build build_py build_ext clean install sdist register bdist bdist_rpm bdist_wininst
bdist_msi bdist_wheel bdist_egg bdist_dumb upload upload_docs check test develop
egg_info easy_install rotate saveopts setopt alias
"""
OTHER_MIXTURES = [
    tools
    for tools in itertools.product(
        ("build", "pysetup"), ("build", "pysetup"), ("uv", "pip", "pysetup")
    )
    if tools != ("build", "pysetup", "uv")
]
HERE = ("--no-isolation", "--skip-dependency-check")
Done = Callable[..., str]


def run(*words: str | Path) -> None:
    done = subprocess.run(
        [*map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull, "UV_OFFLINE": "1"},
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


def by_build(source: Path, into: Path, what: str) -> None:
    words = ("--no-isolation", "--skip-dependency-check", f"--{what}")
    run(sys.executable, "-m", "build", *words, "--outdir", into, source)


@pytest.fixture
def project(write: Any) -> Callable[[str], Path]:
    """Write a project with the back end that is given."""

    def make(system: str) -> Path:
        files = {"pyproject.toml": f"{system}{DEMO}{SCRIPT}", "demo.py": MODULE}
        return Path(write("a project", files))

    return make


CORE = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


def flip(path: Path, place: bytes) -> None:
    """Change one bit of a file, in the byte after ``place``."""
    content = bytearray(path.read_bytes())
    content[content.index(place) + len(place)] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        pytest.param("wheel", "demo-1.0-py3-none-any.whl from", id="in the wheel"),
        pytest.param("member", "demo/__init__.py", id="in a member, and the digest on"),
        pytest.param("record", "demo/__init__.py", id="in RECORD, and the digest on"),
        pytest.param("metadata", "none-any.whl.metadata from", id="in the metadata"),
        pytest.param("page", "demo-1.0-py3-none-any.whl from", id="on the page"),
    ],
)
def test_g02_a_flipped_byte_is_refused_with_the_reason(
    place: str,
    reason: str,
    index: Any,
    make_wheel: Any,
    environment: Path,
    pysetup: Any,
) -> None:
    files = {"demo/__init__.py": "value = 1\n"}
    wheel = index.add(make_wheel(files=files), CORE)
    words = ("install", "--env", environment, "-i", index.simple, "demo")
    assert pysetup(*words, "--dry-run").code == 0
    if place == "wheel":
        flip(wheel, b"demo/__init__.py")
    elif place == "member":
        whole = zipped(wheel, {"demo/__init__.py": b"value = 0\n"})
        index.add(whole, CORE)
    elif place == "record":
        name = "demo-1.0.dist-info/RECORD"
        with zipfile.ZipFile(wheel) as archive:
            record = archive.read(name)
        begin = record.index(b"sha256=") + len(b"sha256=")
        other = b"B" if record[begin : begin + 1] == b"A" else b"A"
        changed = record[:begin] + other + record[begin + 1 :]
        index.add(zipped(wheel, {name: changed}), CORE)
    elif place == "metadata":
        flip(wheel.with_name(f"{wheel.name}.metadata"), b"Name: ")
    else:
        flip(index.folder / "simple/demo/index.html", b"sha256=")
    fresh = {"PYSETUP_CACHE_DIR": str(pysetup.home / "another")}
    refused = pysetup(*words, env=fresh)
    assert (refused.code, reason in refused.err) == (5, True), refused.err
    assert not [*environment.glob("lib/python*/site-packages/demo*")]


def zipped(wheel: Path, changes: dict[str, bytes]) -> Path:
    """Write a wheel anew with other contents: to zip it is sound."""
    with zipfile.ZipFile(wheel) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    path = wheel.parent / "anew" / wheel.name
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**whole, **changes}.items():
            archive.writestr(name, content)
    return path


def test_g03_plain_http_and_weak_digests_need_the_name_of_the_host(
    index: Any, make_wheel: Any, environment: Path, pysetup: Any
) -> None:
    index.add(make_wheel("demo"))
    # Nothing is sent unless the host is named; the server here plays that host.
    words = (
        "install",
        "--env",
        environment,
        "demo",
        "-i",
        "http://index.example/simple",
    )
    refused = pysetup(*words, "--proxy", index.url)
    assert refused.code == 5
    assert "is plain http, which protects nothing on the way" in refused.err
    assert "or insist:  --trusted-host index.example" in refused.err
    another = pysetup(*words, "--proxy", index.url, "--trusted-host", "example")
    assert another.code == 5
    trusting = ("--trusted-host", "index.example")
    done = pysetup(*words, "--proxy", index.url, *trusting)
    assert done.out == "+ demo 1.0\n", done.err
    for algorithm in ("md5", "sha1"):
        wheel = make_wheel(f"by{algorithm}")
        digest = hashlib.new(algorithm, wheel.read_bytes()).hexdigest()
        index.add(wheel, digest=f"{algorithm}={digest}")
        words = ("install", "--env", environment, "-i", index.simple, f"by{algorithm}")
        refused = pysetup(*words)
        assert refused.code == 5
        assert f"promised by {algorithm} alone" in refused.err
        assert "or insist:  --trusted-host 127.0.0.1" in refused.err
        done = pysetup(*words, "--trusted-host", "127.0.0.1")
        assert done.out == f"+ by{algorithm} 1.0\n", done.err


def test_g05_old_and_new_projects_go_through_all_phases(
    any_project: Any, environment: Path, done: Done, tmp_path: Path
) -> None:
    root, words, environ = any_project.root, any_project.words, any_project.environ
    dist = tmp_path / "dist"
    done("develop", "--env", environment, "--no-deps", *words, root, env=environ)
    assert done("run", "--env", environment, "demo") == "a row\n"
    done("sdist", "--outdir", dist, *words, root, env=environ)
    (sdist,) = dist.iterdir()
    done("build", "--wheel", "--outdir", dist, *words, sdist, env=environ)
    (wheel,) = dist.glob("*.whl")
    done("uninstall", "--env", environment, "demo")
    done("install", "--env", environment, "--no-index", "--no-deps", wheel)
    assert done("run", "--env", environment, "demo") == "a row\n"
    done("verify", "--env", environment, "demo")


@pytest.mark.interop
@pytest.mark.slow
def test_g06_each_phase_can_be_adopted_alone(
    project: Callable[[str], Path], environment: Path, done: Done, tmp_path: Path
) -> None:
    root, pip = project(FLIT), (sys.executable, "-m", "pip")
    theirs, ours, again = (tmp_path / name for name in ("theirs", "ours", "again"))
    at = ("--python", environment / "bin" / "python")
    # Our build and check of their sdist, their install of our wheel, our run of that.
    by_build(root, theirs, "sdist")
    (sdist,) = theirs.iterdir()
    done("check", sdist)
    done("build", "--wheel", "--outdir", ours, *HERE, sdist)
    (wheel,) = ours.iterdir()
    run(*pip, *at, "install", "-q", "--no-index", "--no-deps", wheel)
    assert done("run", "--env", environment, "demo") == "a row\n"
    # We remove what they installed; they build our sdist, we install, they remove.
    done("uninstall", "--env", environment, "demo", "--force")
    done("sdist", "--outdir", ours, *HERE, root)
    by_build(ours / "demo-1.0.tar.gz", again, "wheel")
    (wheel,) = again.iterdir()
    done("install", "--env", environment, "--no-index", "--no-deps", wheel)
    run(*pip, *at, "uninstall", "-q", "-y", "demo")
    assert json.loads(done("list", "--env", environment, "--json"))["result"] == []


def test_g15_every_transition_has_a_document_and_the_chain_is_printed(
    project: Callable[[str], Path],
    result: Any,
    done: Done,
    tmp_path: Path,
    project_root: Path,
) -> None:
    root = project(OURS)
    sdist = result("sdist", "--outdir", tmp_path, root)
    tree = result("build", "--tree", "--outdir", tmp_path / "t", sdist["location"])
    wheel = result("bdist_wheel", "--outdir", tmp_path, tree["root"])
    # What one phase gives in JSON is what the next one takes.
    assert sdist["metadata"] == tree["metadata"] == wheel["metadata"]
    told = done("explain", wheel["location"])
    digests = re.findall(r"document (sha256:[0-9a-f]{64})", told)
    assert len(digests) == 2
    assert len(set(digests)) == 1
    stops = result("explain", wheel["location"])["stops"]
    assert [(stop["phase"], stop["file"]) for stop in stops] == [
        *(("sdist", sdist["hash"]), ("wheel", wheel["hash"]))
    ]
    page = project_root / "docs" / "explanation" / "six-phases.md"
    rows = re.findall(
        r"^\| (.+) \| (.+) \| .+ \| (.+) \|$", page.read_text(), re.MULTILINE
    )
    values = [(takes, gives) for phase, takes, gives in rows if phase != "phase"]
    # The value that a phase gives is one that the next one takes.
    for (_, gives), (takes, _) in itertools.pairwise(values):
        assert gives.split("`")[1] in takes


@pytest.mark.interop
@pytest.mark.parametrize(
    ("packer", "builder", "installer"),
    [
        ("build", "pysetup", "uv"),
        *(pytest.param(*tools, marks=pytest.mark.slow) for tools in OTHER_MIXTURES),
    ],
)
def test_g16_tools_can_be_mixed_in_every_phase(
    packer: str,
    builder: str,
    installer: str,
    project: Callable[[str], Path],
    environment: Path,
    done: Done,
    tmp_path: Path,
    need_tool: Any,
) -> None:
    root, dist, wheels = project(FLIT), tmp_path / "dist", tmp_path / "wheels"
    if packer == "build":
        by_build(root, dist, "sdist")
    else:
        done("sdist", "--outdir", dist, *HERE, root)
    (sdist,) = dist.iterdir()
    if builder == "build":
        by_build(sdist, wheels, "wheel")
    else:
        done("build", "--wheel", "--outdir", wheels, *HERE, sdist)
    (wheel,) = wheels.iterdir()
    python, quiet = environment / "bin" / "python", ("--no-index", "--no-deps", wheel)
    if installer == "uv":
        run(need_tool("uv"), "pip", "install", "--python", python, *quiet)
    elif installer == "pip":
        run(sys.executable, "-m", "pip", "--python", python, "install", *quiet)
    else:
        done("install", "--env", environment, *quiet)
    ran = subprocess.run(
        [environment / "bin" / "demo"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "a row\n"


def test_g22_every_command_of_setup_py_is_done_or_named(
    project: Callable[[str], Path], done: Done, pysetup: Any
) -> None:
    root = project(OURS)
    assert done("setup.py", "--name", "--version", cwd=root) == "demo\n1.0\n"
    done("setup.py", "sdist", "bdist_wheel", cwd=root)
    assert sorted(os.listdir(root / "dist")) == [
        *("demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz")
    ]
    told = pysetup("setup.py", "--help", cwd=root)
    lines = {line.split()[0]: line for line in told.out.splitlines() if line.split()}
    assert {*CLASSIC.split()} <= set(lines)
    for name in CLASSIC.split():
        assert len(lines[name].split()) > 1, name
    refused = pysetup("setup.py", "bdist_egg", cwd=root)
    assert (refused.code, "bdist_wheel" in refused.err) == (2, True)


@pytest.mark.slow
def test_g23_nobody_runs_setup_py_install(
    write: Any, environment: Path, done: Done, tmp_path: Path
) -> None:
    root = write("old", {"setup.py": TELLTALE, "demo.py": MODULE})
    told = tmp_path / "told"
    environ = {"TELLTALE": str(told), "VIRTUAL_ENV": str(environment)}
    for words in (
        ("install", "--no-deps", *HERE, root),
        ("develop", "--no-deps", *HERE, root),
        ("build", *HERE, "--outdir", tmp_path / "dist", root),
        ("setup.py", "install"),
    ):
        done(*words, cwd=root, env=environ)
    asked = {line.split()[0] for line in told.read_text().splitlines() if line.split()}
    assert asked
    assert not asked & {"install", "develop", "easy_install", "bdist_egg"}


# Popular projects whose Debian package has another name than python3-NAME, and others.
POPULAR = {
    "attrs": "python3-attr",
    "beautifulsoup4": "python3-bs4",
    "click": "python3-click",
    "cryptography": "python3-cryptography",
    "django": "python3-django",
    "gitpython": "python3-git",
    "importlib-metadata": "python3-importlib-metadata",
    "jinja2": "python3-jinja2",
    "lxml": "python3-lxml",
    "markdown-it-py": "python3-markdown-it",
    "markupsafe": "python3-markupsafe",
    "msgpack": "python3-msgpack",
    "mysqlclient": "python3-mysqldb",
    "numpy": "python3-numpy",
    "packaging": "python3-packaging",
    "pandas": "python3-pandas",
    "pillow": "python3-pil",
    "protobuf": "python3-protobuf",
    "psycopg2-binary": "python3-psycopg2",
    "pycryptodomex": "python3-pycryptodome",
    "pygments": "python3-pygments",
    "pygobject": "python3-gi",
    "pytest": "python3-pytest",
    "python-dateutil": "python3-dateutil",
    "pyyaml": "python3-yaml",
    "requests": "python3-requests",
    "ruamel.yaml": "python3-ruamel.yaml",
    "scikit-learn": "python3-sklearn",
    "setuptools": "python3-setuptools",
    "sqlalchemy": "python3-sqlalchemy",
    "typing-extensions": "python3-typing-extensions",
    "zope.interface": "python3-zope.interface",
}


def mapped(pysetup: Any, *words: str | Path) -> dict[str, Any]:
    """Return the map of a dry run, by requirement."""
    done = pysetup(*words, "--dry-run", "--json")
    assert done.code in (0, 3), done.err
    (plan,) = json.loads(done.out)["result"]["plans"]
    return {row["requirement"]: row for row in plan["mapping"]}


def test_g13_requirements_are_mapped_without_any_input(
    pysetup: Any, make_wheel: Any
) -> None:
    lines = "".join(f"Requires-Dist: {name}\n" for name in [*POPULAR, "zz-unheard-of"])
    wheel = make_wheel("demo", "1.0", metadata=lines)
    debian = mapped(pysetup, "bdist_deb", "--target", "debian-13", wheel)
    assert {name: debian[name]["packages"] for name in POPULAR} == {
        name: [package] for name, package in POPULAR.items()
    }
    assert all(debian[name]["evidence"] for name in POPULAR)
    unheard = debian["zz-unheard-of"]
    assert (unheard["packages"], unheard["evidence"]) == ([], ""), "never guessed"
    fedora = mapped(pysetup, "bdist_rpm", "--target", "fedora-43", wheel)
    names = {name.replace(".", "-") for name in POPULAR} - {"psycopg2-binary"}
    told = "\n".join(line for row in fedora.values() for line in row["relations"])
    assert all(f"dist({name})" in told for name in names)


def test_g14_one_project_may_be_several_packages(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    mapping = tmp_path / "map.json"
    mapping.write_text(
        json.dumps(
            {
                "names": {
                    "acme": {
                        "run": ["python3-acme", "acme-data"],
                        "extras": {"plot": ["python3-acme-plot"]},
                    }
                }
            }
        )
    )
    lines = "".join(
        f"Requires-Dist: {name}\n" for name in ("PySide2", "wxPython", "acme[plot]")
    )
    wheel = make_wheel("demo", "1.0", metadata=lines)
    found = mapped(
        pysetup, "bdist_deb", "--target", "debian-12", "--map-deps", mapping, wheel
    )
    assert "python3-pyside2.qtcore" in found["PySide2"]["packages"]
    assert len(found["PySide2"]["packages"]) > 20
    assert {"python3-wxgtk4.0", "python3-wxgtk-media4.0"} < {
        *found["wxPython"]["packages"]
    }
    (acme,) = (row for name, row in found.items() if name.startswith("acme"))
    assert acme["packages"] == ["python3-acme", "acme-data", "python3-acme-plot"]
