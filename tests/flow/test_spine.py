"""One project through all six phases, by the installed command alone."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

SDIST = "greet_demo-1.2.0.tar.gz"
WHEEL = "greet_demo-1.2.0-py3-none-any.whl"
DIST_INFO = "greet_demo-1.2.0.dist-info"


def run(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done


def build(pysetup: Any, project: Path, into: Path, **options: Any) -> tuple[Path, Path]:
    made = pysetup("build", "--outdir", into, project, **options)
    assert made.code == 0, made.err
    return into / SDIST, into / WHEEL


def installed_document(environment: Path) -> bytes:
    (path,) = environment.glob(f"lib/python*/site-packages/{DIST_INFO}/pydist.json")
    return path.read_bytes()


def test_one_document_passes_through_all_six_phases(
    pysetup: Any,
    greet: Path,
    wheelhouse: Path,
    served: Any,
    new_environment: Callable[[str], Path],
) -> None:
    develop, fresh = new_environment("develop"), new_environment("fresh")
    links = ("--no-index", "--find-links", wheelhouse)

    assert pysetup("develop", "--env", develop, *links, greet).code == 0
    ran = pysetup("run", "--env", develop, "greet", "Ada")
    assert (ran.code, ran.out) == (0, "Hello, Ada\n")

    dist = greet.parent / "dist"
    assert pysetup("sdist", "--outdir", dist, greet).code == 0
    made = pysetup("build", "--tree", "--outdir", dist / "trees", dist / SDIST)
    assert made.code == 0, made.err
    packed = pysetup(
        "bdist_wheel", "--outdir", dist, dist / "trees" / "greet_demo-1.2.0"
    )
    assert packed.code == 0, packed.err

    published = pysetup(
        *("publish", "--index-url", served.simple, "--username", served.username),
        *("--password-stdin", dist / SDIST, dist / WHEEL, "--json"),
        stdin=f"{served.password}\n",
    )
    assert published.code == 0, published.err
    files = json.loads(published.out)["result"]["files"]
    assert [(f["state"], f["verified"]) for f in files] == [("uploaded", True)] * 2

    installed = pysetup(
        *("install", "--env", fresh, "--index-url", served.simple),
        *("--find-links", wheelhouse, "greet-demo[color]"),
    )
    assert installed.code == 0, installed.err
    assert "+ colorama 0.4.6" in installed.out
    ran = pysetup(
        *("run", "--env", fresh, "greet", "--voice", "loud", "--met", "3", "Ada")
    )
    assert ran.out == "HELLO, ADA!\nWe met 3 days ago.\n"

    with tarfile.open(dist / SDIST) as sdist, zipfile.ZipFile(dist / WHEEL) as wheel:
        member = sdist.extractfile("greet_demo-1.2.0/pydist.json")
        assert member is not None
        document = member.read()
        assert wheel.read(f"{DIST_INFO}/pydist.json") == document
    assert installed_document(fresh) == document
    assert json.loads(document)["extensions"]["greet-demo"]["languages"] == [
        *("de", "en", "fr", "ja")
    ]

    traced = pysetup(
        *("trace", "--env", fresh, "--index-url", served.simple, "--source", greet),
        *("greet-demo", "--json"),
    )
    assert traced.code == 0, traced.out
    chain = json.loads(traced.out)["result"]
    assert [stop["phase"] for stop in chain["stops"]] == [
        *("source", "sdist", "wheel", "environment")
    ]
    assert len({stop["digest"] for stop in chain["stops"]}) == 1


def test_a_changed_document_breaks_the_chain(
    pysetup: Any, greet: Path, wheelhouse: Path, new_environment: Callable[[], Path]
) -> None:
    _, wheel = build(pysetup, greet, greet.parent / "dist")
    environment = new_environment()
    links = ("--no-index", "--find-links", wheelhouse)
    assert pysetup("install", "--env", environment, *links, wheel).code == 0
    source = greet / "pyproject.toml"
    source.write_text(
        source.read_text("utf-8").replace("humanize>=4.9", "humanize>=4.8"), "utf-8"
    )
    traced = pysetup(
        *("trace", "--env", environment, "--source", greet, "--no-index"),
        *("greet-demo", "--json"),
    )
    assert traced.code == 5
    result = json.loads(traced.out)["result"]
    assert result["holds"] is False
    assert [stop["changed"] for stop in result["stops"]][1] == ["requires_dist"]


def disturb_times(project: Path) -> Path:
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    return project


def disturb_modes(project: Path) -> Path:
    for path in project.rglob("*"):
        if path.is_file():
            path.chmod(0o777)
    return project


def disturb_place(project: Path) -> Path:
    return Path(shutil.copytree(project, project.parent / "else where" / "clone"))


def disturb_debris(project: Path) -> Path:
    cache = project / "src" / "greet_demo" / "__pycache__"
    cache.mkdir()
    (cache / "x.cpython-311.pyc").write_bytes(b"x")
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text("[core]", "utf-8")
    (project / "dist").mkdir()
    (project / "dist" / "old.whl").write_bytes(b"old")
    return project


@pytest.mark.parametrize(
    "disturb", [disturb_times, disturb_modes, disturb_place, disturb_debris]
)
def test_archives_do_not_depend_on_what_does_not_matter(
    pysetup: Any, greet: Path, tmp_path: Path, disturb: Callable[[Path], Path]
) -> None:
    before = build(pysetup, greet, tmp_path / "one")
    contents = [path.read_bytes() for path in before]
    after = build(pysetup, disturb(greet), tmp_path / "two")
    assert [path.read_bytes() for path in after] == contents


def test_archives_do_not_depend_on_umask_locale_or_time_zone(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    before = [p.read_bytes() for p in build(pysetup, greet, tmp_path / "one")]
    old = os.umask(0o077)
    try:
        after = build(
            *(pysetup, greet, tmp_path / "two"),
            env={"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7"},
        )
    finally:
        os.umask(old)
    assert [path.read_bytes() for path in after] == before


def test_an_sdist_of_the_unpacked_sdist_is_the_same(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    sdist, _ = build(pysetup, greet, tmp_path / "one")
    (tmp_path / "again").mkdir()
    run("tar", "-xf", sdist, "-C", tmp_path / "again")
    again, _ = build(pysetup, tmp_path / "again" / "greet_demo-1.2.0", tmp_path / "two")
    assert again.read_bytes() == sdist.read_bytes()


@pytest.mark.interop
@pytest.mark.parametrize("archive", [SDIST, WHEEL])
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_other_tools_install_what_we_make(
    pysetup: Any,
    greet: Path,
    wheelhouse: Path,
    new_environment: Callable[[], Path],
    need_tool: Callable[[str], str],
    tool: str,
    archive: str,
    project_root: Path,
) -> None:
    build(pysetup, greet, greet.parent / "dist")
    environment = new_environment()
    python = environment / "bin" / "python"
    place = greet.parent / "dist" / archive
    links = ("--no-index", "--find-links", str(wheelhouse))
    extra = []
    if archive == SDIST:
        # Their isolated build environment finds pysetup itself in the wheelhouse.
        made = pysetup("build", "--wheel", "--outdir", wheelhouse, project_root)
        assert made.code == 0, made.err
        extra = ["--no-build-isolation"]
        pth = next(environment.glob("lib/python*/site-packages")) / "tools.pth"
        pth.write_text(f"{project_root / 'src'}\n{_site_packages()}\n", "utf-8")
    if tool == "pip":
        command = [sys.executable, "-m", "pip", "--python", str(python), "install"]
    else:
        command = [need_tool("uv"), "pip", "install", "--python", str(python)]
    run(*command, *links, *extra, place, env={**os.environ, "UV_OFFLINE": "1"})
    out = run(environment / "bin" / "greet", "--language", "de", "Ada").stdout
    assert out == "Guten Tag, Ada\n"
    document = pysetup("metadata", "show", place, "--json")
    assert (
        json.loads(installed_document(environment))
        == json.loads(document.out)["result"]
    )


def _site_packages() -> Path:
    import packaging

    return Path(packaging.__file__).parent.parent


def without_state(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what is found but for the state folder, which lasts."""
    return {
        path: content
        for path, content in found.items()
        if not path.startswith(".pysetup")
    }


@pytest.mark.interop
def test_pip_lists_checks_and_uninstalls_what_we_install(
    pysetup: Any,
    greet: Path,
    wheelhouse: Path,
    new_environment: Callable[[], Path],
    look: Callable[[Path], Mapping[str, bytes]],
) -> None:
    _, wheel = build(pysetup, greet, greet.parent / "dist")
    environment = new_environment()
    # pip removes folders that it finds empty, the environment's own too.
    (next(environment.glob("lib/python*/site-packages")) / "kept.py").touch()
    before = look(environment)
    links = ("--no-index", "--find-links", wheelhouse)
    assert pysetup("install", "--env", environment, *links, wheel).code == 0
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python")
    listed = json.loads(run(*pip, "list", "--format", "json").stdout)
    assert {row["name"] for row in listed} == {"greet-demo", "humanize"}
    run(*pip, "check")
    run(*pip, "uninstall", "-y", "greet-demo", "humanize")
    assert without_state(look(environment)) == before


def test_uninstall_leaves_nothing(
    pysetup: Any,
    greet: Path,
    wheelhouse: Path,
    new_environment: Callable[[], Path],
    look: Callable[[Path], Mapping[str, bytes]],
) -> None:
    environment = new_environment()
    before = look(environment)
    links = ("--no-index", "--find-links", wheelhouse)
    installed = pysetup("install", "--env", environment, *links, greet)
    assert installed.code == 0, installed.err
    assert pysetup("verify", "--env", environment).code == 0
    assert pysetup("check", "--env", environment).code == 0
    gone = pysetup("uninstall", "--env", environment, "greet-demo", "humanize")
    assert gone.code == 0, gone.err
    assert without_state(look(environment)) == before


def test_a_build_hook_returns_a_folder_in_wheel_layout(
    pysetup: Any, greet: Path, tmp_path: Path
) -> None:
    with (greet / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[tool.pysetup.build]\nhook = "make_it:build"\n')
    (greet / "make_it.py").write_text(
        "import pathlib, shutil\n"
        "def build(metadata):\n"
        "    print('a hook may talk')\n"
        "    root = pathlib.Path('made')\n"
        "    shutil.copytree('src', root)\n"
        "    made = f\"VERSION = {metadata['version']!r}\\n\"\n"
        "    (root / 'greet_demo' / '_made.py').write_text(made)\n"
        "    return root\n",
        "utf-8",
    )
    # Without isolation: the interpreter that runs pysetup calls the hook.
    made = pysetup("build", "--no-isolation", "--outdir", tmp_path / "dist", greet)
    assert made.code == 0, made.err
    with zipfile.ZipFile(tmp_path / "dist" / WHEEL) as wheel:
        assert wheel.read("greet_demo/_made.py") == b"VERSION = '1.2.0'\n"
        recorded = wheel.read(f"{DIST_INFO}/RECORD").decode()
    assert "greet_demo/_made.py,sha256=" in recorded
