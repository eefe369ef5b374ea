"""Rows I of the founding plan: what is installed, and how it is known and kept."""

import base64
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import packaging
import pytest

pytestmark = pytest.mark.flow

OURS = """
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
[project]
name = "demo"
version = "1.0"
dependencies = ["helper"]
"""
PAGES = """
[tool.pysetup.extensions."python.files"]
installer_must_handle = true
man_pages = ["demo.1"]
[tool.pysetup.extensions."org.example.notes"]
says = "whatever"
"""
PKG_INFO = "Metadata-Version: 1.1\nName: {}\nVersion: 1.0\nSummary: old\n"
SCRIPT = "[console_scripts]\ndemo-run = demo:main\n"
IMPORTS = """
import sys
opened = []
def note(event, given):
    if event == "open":
        opened.append(str(given[0]))
sys.addaudithook(note)
from pysetup import api
read = [one for one in opened if ".dist-info" in one or ".egg-info" in one]
print(read, {"pkg_resources", "importlib.metadata"} & set(sys.modules))
context = api.open_context()
environment = api.find_environment(sys.argv[1], context=context)
asked = {"environment": environment, "context": context}
(one,) = api.find_entry_points(group="plug", **asked)
print(one.distribution, one.name, one.load()([1]))
print(*api.find_resources("demo", **asked))
"""
Done = Callable[..., str]


@pytest.fixture
def links(make_wheel: Any) -> tuple[str | Path, ...]:
    """The words that install from wheels of the test alone."""
    return ("--no-index", "--find-links", make_wheel("unused").parent)


def info_of(site: Path, name: str = "demo") -> Path:
    return site / f"{name}-1.0.dist-info"


def recorded(info: Path) -> set[str]:
    """Return the paths that RECORD lists."""
    with (info / "RECORD").open(encoding="utf-8", newline="") as stream:
        return {row[0] for row in csv.reader(stream)}


def files_below(folder: Path) -> set[Path]:
    """Return all files but what pysetup keeps of its own work."""
    return {
        path
        for path in folder.rglob("*")
        if not path.is_dir() and ".pysetup" not in path.parts
    }


@pytest.mark.interop
def test_i02_the_database_is_the_standard_one_and_shared(
    environment: Path, site: Path, make_wheel: Any, done: Done, need_tool: Any
) -> None:
    wheel, before = make_wheel(), files_below(environment)
    pip = (sys.executable, "-m", "pip", "-q", "--python", environment / "bin/python")
    at = ("--python", environment / "bin/python")
    uv = (need_tool("uv"), "--quiet", "--no-config", "pip")

    def other(*words: str | Path) -> None:
        subprocess.run([*map(str, words)], check=True, capture_output=True)

    for remove in ((*pip, "uninstall", "-y"), (*uv, "uninstall", *at)):
        done("install", "--env", environment, wheel)
        standard = {"METADATA", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
        info = info_of(site)
        assert standard <= {path.name for path in info.iterdir()}
        assert (info / "INSTALLER").read_text() == "pysetup\n"
        assert recorded(info) == {
            os.path.relpath(path, site) for path in files_below(environment) - before
        }
        other(*remove, "demo")
        assert not [*site.glob("demo*")]
    for install in ((*pip, "install", "--no-index"), (*uv, "install", *at)):
        other(*install, wheel)
        assert "demo  1.0" in done("list", "--env", environment)
        done("uninstall", "--env", environment, "--force", "demo")
        assert not [*site.glob("demo*")]


def test_i03_the_document_is_the_master_and_metadata_is_derived(
    environment: Path,
    site: Path,
    links: Any,
    make_wheel: Any,
    write: Any,
    done: Done,
    result: Any,
) -> None:
    make_wheel("helper")
    root = write("project", {"pyproject.toml": OURS, "demo.py": ""})
    done("install", "--env", environment, *links, root)
    info = info_of(site)
    assert {"METADATA.json", "pydist.json"} <= {path.name for path in info.iterdir()}
    text = (info / "METADATA").read_text("utf-8").replace("helper", "other")
    (info / "METADATA").unlink()
    (info / "METADATA").write_text(text, "utf-8")
    # What we read is the master; that the derived file says another thing is told.
    assert "Requires: helper\n" in done("show", "--env", environment, "demo")
    told = result("verify", "--env", environment, "demo", code=1)
    assert [one["file"] for one in told["disagreements"]] == ["METADATA"]
    for name in ("METADATA.json", "pydist.json"):
        (info / name).unlink()
    assert "Requires: other\n" in done("show", "--env", environment, "demo")


def test_i04_origin_owner_and_reason_are_known(
    environment: Path, site: Path, links: Any, make_wheel: Any, done: Done, result: Any
) -> None:
    extra = 'Provides-Extra: more\nRequires-Dist: helper; extra == "more"\n'
    wheel = make_wheel(metadata=extra)
    make_wheel("helper")
    done("install", "--env", environment, *links, "demo[more]")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for name, own in (("demo", {"pysetup.json"}), ("helper", set())):
        info = info_of(site, name)
        files = {"provenance_url.json", *own}
        assert files <= {path.name for path in info.iterdir()}
        assert {f"{info.name}/{file}" for file in files} <= recorded(info)
        for file in files:
            assert isinstance(json.loads((info / file).read_bytes()), dict)
    demo, helper = result("show", "--env", environment, "demo", "helper")
    assert demo["provenance"] == {
        "url": wheel.as_uri(),
        "archive_info": {"hashes": {"sha256": digest}},
    }
    assert demo["reason"]["requested_extras"] == ["more"]
    assert helper["reason"]["needed_by"] == [{"name": "demo", "extra": "more"}]
    (owned,) = result("which-dist", "--env", environment, site / "helper/__init__.py")
    assert owned["found"][0]["owners"] == ["helper"]


def test_i05_a_path_a_module_or_a_command_tells_its_distribution(
    environment: Path, site: Path, make_wheel: Any, done: Done, pysetup: Any
) -> None:
    files = {"demo/__init__.py": "", "demo/table.txt": "1"}
    done("install", "--env", environment, make_wheel(files=files, entry_points=SCRIPT))
    ask = ("which-dist", "--env", environment)
    script = environment / "bin/demo-run"
    table = site / "demo/table.txt"
    assert done(*ask, table) == f"demo  (path {table})\n"
    assert done(*ask, "demo") == f"demo  (module {site / 'demo/__init__.py'})\n"
    assert done(*ask, "demo-run") == f"demo  (command {script})\n"
    nobody = pysetup(*ask, "nothing")
    assert (nobody.code, "error[PS1390]" in nobody.err) == (1, True)


def test_i06_changed_files_stay_and_foreign_packages_need_force(
    environment: Path, site: Path, make_wheel: Any, done: Done, pysetup: Any
) -> None:
    wheel = make_wheel(files={"demo/__init__.py": "", "demo/table.txt": "1\n"})
    done("install", "--env", environment, wheel)
    table = site / "demo/table.txt"
    table.unlink()
    table.write_text("my own\n")
    gone = pysetup("uninstall", "--env", environment, "demo")
    assert gone.out == "- demo 1.0\n"
    assert f"kept {table}: it was changed" in gone.err
    assert files_below(site / "demo") == {table}
    assert table.read_text() == "my own\n"
    shutil.unpack_archive(make_wheel("other"), site, "zip")
    (info_of(site, "other") / "INSTALLER").write_text("dpkg\n")
    words = ("uninstall", "--env", environment, "other")
    refused = pysetup(*words)
    assert (refused.code, "--force" in refused.err) == (7, True)
    assert info_of(site, "other").is_dir()
    assert done(*words, "--force") == "- other 1.0\n"


WITHOUT_SETUPTOOLS = """
import sys
for name in ("setuptools", "pkg_resources", "distutils"):
    sys.modules[name] = None  # whoever imports it fails
from pysetup.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_i07_neither_wheels_nor_other_projects_need_setuptools(
    environment: Path, make_wheel: Any, tmp_path: Path, pysetup: Any
) -> None:
    project = tmp_path / "own"
    (project / "src").mkdir(parents=True)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
        '[project]\nname = "own"\nversion = "1.0"\n'
    )
    (project / "src/own.py").write_text("value = 1\n")
    for words in (
        ["install", "--env", environment, "--no-index", make_wheel()],
        ["build", "--wheel", "--outdir", tmp_path / "out", "--no-index", project],
        ["install", "--env", environment, "--no-index", project],
        ["uninstall", "--env", environment, "--yes", "demo", "own"],
    ):
        ran = subprocess.run(
            [sys.executable, "-c", WITHOUT_SETUPTOOLS, *words],
            env=pysetup.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
    requires = packaging_of(Path(__file__).parents[2] / "pyproject.toml")
    assert "setuptools" not in requires


def packaging_of(path: Path) -> str:
    """Return what the project at ``path`` requires to be installed and built."""
    table = tomllib.loads(path.read_text("utf-8"))
    return " ".join(
        [*table["project"]["dependencies"], *table["build-system"]["requires"]]
    )


def test_i08_entry_points_and_resources_without_a_scan(
    environment: Path, site: Path, make_wheel: Any, done: Done, pysetup: Any
) -> None:
    files = {"demo/__init__.py": "raise SystemExit('imported')", "demo/data.txt": "1"}
    wheel = make_wheel(files=files, entry_points="[plug]\njson = json:dumps\n")
    done("install", "--env", environment, wheel)
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(environment)],
        capture_output=True,
        text=True,
        check=False,
        env=pysetup.environ,
    )
    assert ran.stdout.splitlines() == [
        *("[] set()", "demo json [1]", str(site / "demo/data.txt"))
    ], ran.stderr


def test_i09_it_replaces_itself_while_it_runs_or_stays_as_it_was(
    environment: Path,
    site: Path,
    make_wheel: Any,
    done: Done,
    pysetup: Any,
    project_root: Path,
    tmp_path: Path,
) -> None:
    here = ("--no-isolation", "--skip-dependency-check", "--outdir", tmp_path / "dist")
    done("build", "--wheel", *here, project_root)
    (wheel,) = (tmp_path / "dist").iterdir()
    done("install", "--env", environment, "--no-deps", wheel)
    # What pysetup requires is borrowed from the tests' own environment.
    (site / "more.pth").write_text(f"{Path(packaging.__file__).parent.parent}\n")
    before = {path: path.read_bytes() for path in files_below(environment)}
    poisoned = "raise SystemExit('of the new version')\n"
    new = make_wheel(
        "pysetup",
        "99.0",
        files={"pysetup/__init__.py": poisoned, "pysetup/cli/output.py": poisoned},
        entry_points="[console_scripts]\npysetup = pysetup:main\n",
    )
    (site / "mine.py").write_text("mine\n")
    in_the_way = make_wheel("late", files={"mine.py": "theirs\n"})

    def own(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [environment / "bin/pysetup", "install", "--env", environment, *words],
            capture_output=True,
            text=True,
            check=False,
            env={**pysetup.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    refused = own(new, in_the_way)
    assert refused.returncode == 7, refused.stderr
    assert {path: path.read_bytes() for path in before} == before
    replaced = own(new)
    assert (replaced.returncode, replaced.stdout) == (0, "~ pysetup 0.1.0 -> 99.0\n")
    assert "new version" not in replaced.stderr
    assert [path.name for path in site.glob("pysetup-*")] == ["pysetup-99.0.dist-info"]
    assert (site / "pysetup/cli/output.py").read_text() == poisoned
    assert not (site / "pysetup/api.py").exists()


def test_i10_extensions_are_handled_as_data_or_passed_on(
    environment: Path,
    site: Path,
    write: Any,
    make_wheel: Any,
    links: Any,
    done: Done,
    result: Any,
    pysetup: Any,
) -> None:
    make_wheel("helper")
    before = files_below(environment)
    pyproject = {
        "pyproject.toml": OURS + PAGES,
        "demo.py": "",
        "demo.1": ".TH DEMO 1\n",
    }
    root = write("project", pyproject)
    done("install", "--env", environment, *links, root)
    page = environment / "share/man/man1/demo.1"
    assert page.read_text() == ".TH DEMO 1\n"
    assert os.path.relpath(page, site) in recorded(info_of(site))
    # One that nobody knows is passed on without an error.
    (shown,) = result("show", "--env", environment, "demo")
    notes = shown["metadata"]["extensions"]["org.example.notes"]
    assert notes == {"says": "whatever"}
    done("uninstall", "--env", environment, "demo", "helper")
    assert files_below(environment) == before
    must = f"{PAGES}installer_must_handle = true\n"
    root = write("another", {**pyproject, "pyproject.toml": OURS + must})
    refused = pysetup("install", "--env", environment, *links, root)
    assert refused.code == 7
    assert "needs an installer that handles org.example.notes" in refused.err
    assert files_below(environment) == before


@pytest.mark.parametrize(
    "path", ["../outside.py", "/outside.py", "demo-1.0.data/data/x"]
)
def test_i11_nothing_is_written_outside_and_a_dry_run_shows_every_path(
    path: str, environment: Path, tmp_path: Path, make_wheel: Any, pysetup: Any
) -> None:
    wheel = make_wheel(files={"demo/__init__.py": "", path: "1"}, entry_points=SCRIPT)
    install, before = ("install", "--env", environment), files_below(tmp_path)
    dry = pysetup(*install, "--dry-run", "-v", wheel)
    assert files_below(tmp_path) == before
    ran = pysetup(*install, wheel)
    assert dry.code == ran.code == (5 if "outside" in path else 0)
    fresh = files_below(tmp_path) - before
    told = {Path(line[4:]) for line in dry.out.splitlines() if line.startswith("  + ")}
    assert fresh == told
    assert all(one.is_relative_to(environment) for one in fresh)


STRONG = ("sha256", "sha512", "blake2b", "sha3_256")


@pytest.mark.parametrize("algorithm", [*STRONG, "md5", "sha1"])
def test_i12_strong_digests_are_enough_and_weak_ones_never(
    algorithm: str,
    environment: Path,
    site: Path,
    index: Any,
    make_wheel: Any,
    tmp_path: Path,
    pysetup: Any,
) -> None:
    def digest(content: bytes) -> str:
        return hashlib.new(algorithm, content).hexdigest()

    def by(record: str) -> str:
        raw = base64.urlsafe_b64encode(hashlib.new(algorithm, b"").digest()).decode()
        return f"by/__init__.py,{algorithm}={raw.rstrip('=')},0\n" + "".join(
            record.splitlines(keepends=True)[1:]
        )

    def asks(code: int, *words: str | Path) -> str:
        ran = pysetup("install", "--env", environment, *words)
        assert ran.code == code, f"{words}\n{ran.out}{ran.err}"
        return str(ran.err)

    strong = algorithm in STRONG
    # In RECORD, which the installed files are verified by.
    listed = make_wheel("by", files={"by/__init__.py": ""}, record=by)
    asks(0 if strong else 5, listed)
    assert info_of(site, "by").exists() == strong
    assert pysetup("verify", "--env", environment).code == 0
    # On the page of an index, and in a URL.
    wheel = make_wheel()
    right, wrong = (digest(text) for text in (wheel.read_bytes(), b"another"))
    place = f"demo @ {index.url}/{wheel.name}#{algorithm}="
    paged = ("-i", index.simple, "demo")
    for told in (wrong, right):
        index.add(wheel, digest=f"{algorithm}={told}")
        code = 0 if strong and told == right else 5
        for words in (paged, (place + told,)):
            said = asks(code, "--dry-run", *words) if not code else asks(code, *words)
            assert ("is promised by" in said) == (not strong)
    # In a requirements file.
    listing = tmp_path / "requirements.txt"
    for told in (wrong, right):
        listing.write_text(f"demo==1.0 --hash={algorithm}:{told}\n")
        code = (0 if told == right else 3) if strong else 2
        asks(code, "-i", index.simple, "-r", listing)


def test_i13_what_easy_install_left_is_known_and_goes(
    environment: Path, site: Path, write: Any, done: Done, pysetup: Any, result: Any
) -> None:
    before = files_below(environment)
    egg, info = site / "egg-1.0-py3.11.egg", site / "listed-1.0-py3.11.egg-info"
    checkout = write(
        "checkout", {"linked.egg-info/PKG-INFO": PKG_INFO.format("linked")}
    )
    texts = {
        egg / "EGG-INFO/PKG-INFO": PKG_INFO.format("egg"),
        egg / "egg.py": "",
        site / "linked.egg-link": f"{checkout}\n.",
        site / "easy-install.pth": f"./{egg.name}\n{checkout}\n",
        info / "PKG-INFO": PKG_INFO.format("listed"),
        info / "installed-files.txt": "../listed.py\nPKG-INFO\n",
        site / "listed.py": "",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    names = ("egg", "linked", "listed")
    at = ("--env", environment)
    assert [
        row["name"] for row in json.loads(done("list", *at, "--format", "json"))
    ] == [*names]
    shown = result("show", *at, *names)
    assert {row["metadata"]["summary"] for row in shown} == {"old"}
    done("verify", *at, *names)
    assert done("verify", *at, "--convert", "listed") == "converted listed 1.0\n"
    assert recorded(info_of(site, "listed")) >= {"listed.py"}
    assert not info.exists()
    # An egg cannot become one: what takes its place is told.
    refused = pysetup("verify", *at, "--convert", "egg")
    assert (refused.code, "pysetup install -U egg" in refused.err) == (7, True)
    done("uninstall", *at, *names)
    assert files_below(environment) == before
    assert files_below(checkout) == {checkout / "linked.egg-info/PKG-INFO"}
