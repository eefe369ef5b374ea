"""Real projects: packaged, installed by dnf into an empty root, run, and removed."""

import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.rpm.lab import TARGET, VERSION, Root, prepared_base, run

from pysetup.standards.names import normalize_name

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.interop]

TOOLS = ("mmdebstrap", "rpm", "dnf", "createrepo_c", "rpmlint", "chroot")
DATED = {"SOURCE_DATE_EPOCH": "1700000000"}
GENERATOR = Path("/usr/lib/rpm/pythondistdeps.py")
WANTED = (
    "markdown-it-py[linkify]==3.0.0",
    "charset-normalizer==3.3.2",
    "PyYAML==6.0.1",
    "jaraco.functools==4.0.1",
    "jaraco.context==5.3.0",
    "asciinema==2.4.0",
    "pypinyin==0.51.0",
    "ply==3.11",
    "packaging==21.3",
    "httpx[cli]==0.27.0",
    "opentelemetry-sdk==1.27.0",
    "jmespath==1.0.1",
    "psycopg2-binary==2.9.9",
    "bcrypt==4.1.3",
)
# What is installed, what is run, and what it says.
ROWS = {
    "pure, a command, a compatible release": (
        ["markdown-it-py"],
        ["markdown-it", "--version"],
        "markdown-it-py [version 3.0.0]",
    ),
    "an extra": (
        ["markdown-it-py+linkify"],
        [
            "python3",
            "-c",
            "import linkify_it; print(linkify_it.LinkifyIt().test('a.com'))",
        ],
        "True",
    ),
    "compiled, a command": (
        ["charset-normalizer"],
        ["normalizer", "--version"],
        "SpeedUp ON",
    ),
    "compiled, no command": (
        ["pyyaml"],
        ["python3", "-c", "import yaml; print(yaml.__with_libyaml__)"],
        "True",
    ),
    "one namespace, two packages": (
        ["jaraco-functools", "jaraco-context"],
        ["python3", "-c", "import jaraco.functools, jaraco.context; print('both')"],
        "both",
    ),
    "pages of the manual and data": (
        ["asciinema"],
        ["asciinema", "--version"],
        "asciinema 2.4.0",
    ),
    "a summary in Chinese": (["pypinyin"], ["pypinyin", "你好"], "nǐ hǎo"),
    "no licence file": (
        ["ply"],
        ["python3", "-c", "import ply.lex; print(ply.lex.__version__)"],
        "3.11",
    ),
    "a version that is excluded": (
        ["packaging"],
        ["python3", "-c", "from packaging.version import Version; print(Version('1'))"],
        "1",
    ),
    "a prefix, and an extra with a command": (
        ["httpx+cli"],
        ["httpx", "--help"],
        "HTTPX",
    ),
    "a pre-release": (
        ["opentelemetry-sdk"],
        [
            "python3",
            "-c",
            "import opentelemetry.sdk.version as v; print(v.__version__)",
        ],
        "1.27.0",
    ),
    "a script that names Python": (
        ["jmespath"],
        ["sh", "-c", 'echo \'{"a": "found"}\' | jp.py a'],
        "found",
    ),
    "libraries of its own": (
        ["psycopg2-binary"],
        ["python3", "-c", "import psycopg2; print(psycopg2.__libpq_version__)"],
        "1",
    ),
    "the stable ABI": (
        ["bcrypt"],
        ["python3", "-c", "import bcrypt; print(bcrypt.kdf(b'a', b'b', 4, 9)[:0])"],
        "b''",
    ),
}


class World:
    """The wheels, their packages, and a root with Python."""

    def __init__(self, folder: Path, pysetup: Any) -> None:
        self.folder, self.pysetup = folder, pysetup
        self.wheels, self.packages = folder / "wheels", folder / "packages"
        self.target = folder / "lab.json"
        self.target.write_text(json.dumps(TARGET), "utf-8")

    def download(self) -> None:
        words = ("download", "-q", "--only-binary", ":all:", "-d", self.wheels, *WANTED)
        done = run(sys.executable, "-m", "pip", *words)
        assert done.returncode == 0, done.stderr

    def pack(self, wheel: Path, into: Path, *words: str, **environ: str) -> list[Path]:
        into.mkdir(exist_ok=True)
        ran = self.pysetup(
            *("--json", "bdist_rpm", "--target", self.target, "--outdir", into),
            *("--option", "packager=Lab <lab@lab.test>", *words, wheel),
            env={**DATED, **environ},
        )
        assert ran.code == 0, ran.out + ran.err
        return [Path(one["location"]) for one in json.loads(ran.out)["result"]["files"]]


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, pysetup_class: type[Any]
) -> Iterator[World]:
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        reason = f"it needs root and {', '.join(missing) or 'nothing else'}"
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("rpm-lab")
    made = World(folder, pysetup_class(tmp_path_factory.mktemp("home")))
    made.download()
    for wheel in sorted(made.wheels.glob("*.whl")):
        made.pack(wheel, made.packages)
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def root(world: World) -> Root:
    found = Root(world.folder, prepared_base())
    found.publish(world.packages.glob("*.rpm"))
    done = found.dnf("install", "python3")
    assert done.returncode == 0, done.stdout + done.stderr
    return found


def lasting(paths: set[str]) -> set[str]:
    """Return paths without the bytecode of Python's own modules."""
    own = re.compile(rf"usr/lib/python{VERSION}/(?!site-packages/).*__pycache__")
    return {path for path in paths if not own.match(path)}


@pytest.mark.parametrize("row", ROWS)
def test_it_is_installed_run_verified_and_removed(row: str, root: Root) -> None:
    projects, command, said = ROWS[row]
    names = [f"python3-{project}" for project in projects]
    before = lasting(root.files())

    installed = root.dnf("install", *names)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    ran = root.inside(*command)
    assert ran.returncode == 0, ran.stderr
    assert said in ran.stdout
    listed = root.rpm("-qa", "--qf", "%{NAME}\n", "python3-*").stdout.split()
    verified = root.rpm("-V", *listed)
    assert (verified.returncode, verified.stdout) == (0, "")
    removed = root.dnf("remove", *names)
    assert removed.returncode == 0, removed.stdout + removed.stderr

    assert lasting(root.files()) == before


def test_without_a_dependency_nothing_is_installed(
    root: Root, world: World, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    for path in world.packages.glob("python3-markdown-it-py-*.rpm"):
        shutil.copy(path, alone)
    assert run("createrepo_c", "-q", "--no-database", alone).returncode == 0
    words = ("--repofrompath", f"alone,{alone}", "--repo", "alone")

    done = root.dnf(*words, "install", "python3-markdown-it-py")

    assert done.returncode != 0
    mdurl = f"python{VERSION}dist(mdurl)"
    wanted = f"nothing provides ({mdurl} >= 0.1 with {mdurl} < 1~~)"
    assert wanted in done.stdout + done.stderr


def test_what_is_missing_is_packaged_too(
    root: Root, world: World, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    index = {key: text for key, text in os.environ.items() if key.startswith("PIP_")}
    ran = world.pysetup(
        *("bdist_rpm", "--with-deps", "--target", world.target, "--outdir", out),
        "httpx==0.27.0",
        env={**DATED, **index},
    )
    assert ran.code == 0, ran.err
    before = lasting(root.files())
    only = ("--repofrompath", f"mine,file://{out}", "--repo", "mine")

    # The index in the folder is ours: nothing else has looked at the packages.
    done = root.dnf(*only, "install", "python3-httpx+http2")
    refused = done.stdout + done.stderr
    assert f"nothing provides (python{VERSION}dist(h2) >= 3" in refused
    done = root.dnf(*only, "install", "python3-httpx")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "httpx[cli]" in root.inside("httpx").stdout
    assert root.dnf("remove", "python3-httpx").returncode == 0
    assert lasting(root.files()) == before


def test_a_package_for_opensuse_is_installed_as_well(
    root: Root, world: World, tmp_path: Path
) -> None:
    target = tmp_path / "suse.json"
    suse = {**TARGET, "extends": "opensuse-tumbleweed", "name": "suse"}
    target.write_text(json.dumps(suse), "utf-8")
    out = tmp_path / "suse"
    for name in ("mdurl", "markdown_it_py"):
        (wheel,) = world.wheels.glob(f"{name}-*.whl")
        words = ("--target", target, "--outdir", out)
        assert world.pysetup("bdist_rpm", *words, wheel).code == 0
    assert run("createrepo_c", "-q", "--no-database", out).returncode == 0
    only = ("--repofrompath", f"suse,file://{out}", "--repo", "suse")
    name = f"python{VERSION.replace('.', '')}-markdown-it-py"

    done = root.dnf(*only, "install", name)

    assert done.returncode == 0, done.stdout + done.stderr
    script = root.root / "usr/bin/markdown-it"
    assert script.read_text().startswith(f"#!/usr/bin/python{VERSION}\n")
    assert "markdown-it-py" in root.inside("markdown-it", "--version").stdout
    assert root.rpm("-V", name).stdout == ""
    assert root.dnf("remove", name).returncode == 0


def test_private_libraries_are_nobodys_business(world: World) -> None:
    (package,) = world.packages.glob("python3-psycopg2-binary-*.rpm")
    told = run("rpm", "-qp", "--requires", "--provides", package).stdout

    private = zipfile.ZipFile(next(world.wheels.glob("psycopg2_binary-*.whl")))
    names = {name.partition(".libs/")[2] for name in private.namelist()} - {""}
    assert names
    for name in names:
        assert name not in told
    assert "libpq" not in told
    assert "libc.so.6(GLIBC_" in told


def test_the_same_wheel_gives_the_same_bytes(world: World, tmp_path: Path) -> None:
    wheel = next(world.wheels.glob("charset_normalizer-*.whl"))
    again = world.pack(wheel, tmp_path / "ä b", TZ="Asia/Tokyo", LC_ALL="C")

    for path in again:
        assert path.read_bytes() == (world.packages / path.name).read_bytes()


# Only looked at by rpmlint: what their authors packed leads to each of its complaints.
LINTED = (
    *("numpy==1.26.4", "debugpy==1.8.5", "jupyterlab==4.2.4", "pytz==2024.1"),
    *("supervisor==4.2.5", "virtualenvwrapper==6.1.0", "visidata==3.0.2"),
)
# Errors that are not ours to avoid -> why.
UPSTREAM = {
    "no-signature": "nobody has signed the package yet",
    "zero-length": "empty modules, py.typed, .nojekyll: that they are there is all",
    "non-executable-script": "a module that could be run has a first line",
    "script-without-shebang": "commands to source into a shell, and those of Windows",
    "wrong-script-interpreter": "a template, in which the interpreter is filled in",
    "env-script-interpreter": "a program that is not Python, found by its PATH",
    "wrong-script-end-of-line-encoding": "files of Windows, and templates of them",
    "backup-file-in-package": "jupyterlab reads package.json.orig when it runs",
    "version-control-internal-file": ".gitignore may be part of a template",
    "static-library-without-debuginfo": "numpy's, built without; others link to it",
    "no-ldconfig-symlink": "a private library, found by its path",
    "missing-hash-section": "linked with the newer table of hashes alone",
    "non-versioned-file-in-library-package": "modules in a folder called lib",
    "incorrect-fsf-address": "the text of a licence is not ours to change",
    "invalid-desktopfile": "what a desktop entry runs is the project's",
    "no-dependency-on": "a name that ends in -api is one of a language to rpmlint",
    "binary-or-shlib-defines-rpath": "the libraries of a wheel find each other",
}


def test_rpmlint_finds_no_error_of_ours(world: World, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    words = ("download", "-q", "--no-deps", "--only-binary", ":all:", "-d", wheels)
    done = run(sys.executable, "-m", "pip", *words, *LINTED)
    assert done.returncode == 0, done.stderr
    packages = list(world.packages.glob("*.rpm"))
    for wheel in sorted(wheels.glob("*.whl")):
        packages += world.pack(wheel, tmp_path / "packages")

    told = run("rpmlint", *sorted(packages)).stdout

    errors = [line for line in told.split("\n") if ": E: " in line]
    ours = [one for one in errors if one.split(": E: ")[1].split()[0] not in UPSTREAM]
    assert ours == []


def relations(kind: str, dist_info: Path, package: str = "") -> set[str]:
    """Return what the generator of the distributions says of a .dist-info."""
    words = [f"--{kind}", "--normalized-names-format", "pep503"]
    words += ["--majorver-provides"] if kind == "provides" else []
    words += ["--require-extras-subpackages"]
    words += ["--package-name", package] if package else []
    done = run("/usr/bin/python3", GENERATOR, *words, told=f"{dist_info}\n")
    assert done.returncode == 0, done.stderr
    return set(filter(None, done.stdout.split("\n")))


DIST = re.compile(r"python[0-9.]*dist\([^)]+\)")


def named(texts: set[str]) -> set[str]:
    """Return the names alone, without versions."""
    found = {name for text in texts for name in DIST.findall(text)}
    return {re.sub(r"[_.]+(?=[^(]*\]\))", "-", name).lower() for name in found}


@pytest.mark.skipif(not GENERATOR.exists(), reason="rpm is not installed")
def test_the_generator_of_distributions_says_the_same(
    world: World, tmp_path: Path
) -> None:
    by_project = {
        path.name.removeprefix("python3-").rsplit("-", 2)[0]: path
        for path in world.packages.glob("python3-*.rpm")
    }
    for wheel in sorted(world.wheels.glob("*.whl")):
        # It takes the version of Python from the path, and only the base of it.
        folder = tmp_path / wheel.name / f"lib/python{VERSION}/site-packages"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        (dist_info,) = folder.glob("*.dist-info")
        package = by_project[normalize_name(dist_info.name.partition("-")[0])]
        told = set(run("rpm", "-qp", "--requires", package).stdout.split("\n"))
        assert named(told) == named(relations("requires", dist_info)), wheel.name
        told = set(run("rpm", "-qp", "--provides", package).stdout.split("\n"))
        assert named(told) == named(relations("provides", dist_info)), wheel.name
        base = named(relations("requires", dist_info))
        text = (dist_info / "METADATA").read_text("utf-8")
        for stated in re.findall(r"^Provides-Extra: (.*)$", text, re.MULTILINE):
            name = f"{package.name.rsplit('-', 2)[0]}+{normalize_name(stated)}"
            (extra,) = world.packages.glob(f"{name}-[0-9]*.rpm")
            # It knows an extra by the author's spelling alone.
            asked = f"python3-x+{stated}"
            told = set(run("rpm", "-qp", "--requires", extra).stdout.split("\n"))
            theirs = named(relations("requires", dist_info, asked))
            # It repeats what the project needs anyhow.
            assert theirs - base <= named(told) <= theirs, name
            told = set(run("rpm", "-qp", "--provides", extra).stdout.split("\n"))
            theirs = named(relations("provides", dist_info, asked))
            assert named(told) == theirs, name
