"""``--with-deps``: what the system lacks is packaged too, as a repository to use."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# A system whose lists of packages are not on the machine: reading them takes seconds.
UBUNTU = ("--target", "ubuntu-24.04")
APT = (
    *("-o", "Dir::Etc::sourceparts=-", "-o", "APT::Sandbox::User=root"),
    *("-o", "Acquire::Languages=none"),
)


@pytest.fixture
def family(make_wheel: Any) -> Path:
    """Three projects that no distribution has, of which one needs the others."""
    requires = "Requires-Dist: {}\n".format
    demo = make_wheel(
        "zz-demo",
        files={"zz_demo.py": "import zz_middle\n"},
        metadata=requires("zz-middle>=2; python_version > '3'")
        + requires("zz-other; sys_platform == 'win32'"),
    )
    make_wheel(
        "zz-middle",
        "2.5",
        files={"zz_middle.py": "import zz_end\n"},
        metadata=requires("zz-end~=1.0") + requires("zz-extra; extra == 'more'"),
    )
    make_wheel("zz-end", "1.4", files={"zz_end.py": ""})
    make_wheel("zz-end", "2.0", files={"zz_end.py": ""})
    return Path(demo)


@pytest.fixture
def made(pysetup: Any, family: Path, tmp_path: Path) -> Callable[..., Path]:
    """Make a repository of the projects in a format; return its folder."""

    def make(format_: str, *words: str) -> Path:
        out = tmp_path / f"a repository of {format_}"
        ran = pysetup(
            *(f"bdist_{format_}", family, "--with-deps", "-o", out, *words),
            *("--no-index", "-f", family.parent),
        )
        assert ran.code == 0, ran.err
        return out

    return make


def run(*words: str | Path) -> str:
    done = subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_only_what_the_target_needs_is_packaged(made: Any) -> None:
    names = {path.name.partition("_")[0] for path in made("deb", *UBUNTU).glob("*.deb")}
    assert names == {"python3-zz-demo", "python3-zz-middle", "python3-zz-end"}


def test_apt_uses_the_folder(made: Any, need_tool: Any, tmp_path: Path) -> None:
    apt, cache = need_tool("apt-get"), need_tool("apt-cache")
    folder = made("deb", *UBUNTU)
    place = str(folder).replace(" ", "%20")
    lists = tmp_path / "apt"
    (lists / "lists/partial").mkdir(parents=True)
    (lists / "sources.list").write_text(f"deb [trusted=yes] file:{place} ./\n")
    options = (
        *APT,
        *("-o", f"Dir::Etc::sourcelist={lists}/sources.list"),
        *("-o", f"Dir::State::lists={lists}/lists", "-o", f"Dir::Cache={lists}"),
    )
    run(apt, *options, "update")
    told = run(cache, *options, "depends", "python3-zz-demo")
    assert "Depends: python3-zz-middle" in told
    assert "Candidate: 1.4.0-1" in run(cache, *options, "policy", "python3-zz-end")


def test_dnf_uses_the_folder(made: Any, need_tool: Any, tmp_path: Path) -> None:
    dnf = need_tool("dnf")
    url = made("rpm", "--target", "fedora-42").as_uri()
    query = (
        *(dnf, "-q", "--disableplugin=*", "--setopt=reposdir=/dev/null"),
        *(f"--setopt=cachedir={tmp_path}/cache", f"--repofrompath=demo,{url}"),
        *("--releasever=42", f"--installroot={tmp_path}/root", "repoquery"),
    )
    needed = run(*query, "--requires", "--resolve", "python3-zz-demo")
    assert "python3-zz-middle-0:2.5-1.noarch" in needed
    assert "python3-zz-end-0:1.4-1.noarch" in run(*query, "python3-zz-end")
    listed = run(*query, "--list", "python3-zz-end")
    assert "/usr/lib/python3.13/site-packages/zz_end.py" in listed


def test_pacman_uses_the_folder(made: Any, need_tool: Any, tmp_path: Path) -> None:
    pacman = need_tool("pacman")
    folder = made("pacman")
    (tmp_path / "root/var/lib/pacman").mkdir(parents=True)
    link = tmp_path / "packages"
    link.symlink_to(folder)
    configuration = tmp_path / "pacman.conf"
    configuration.write_text(
        "[options]\nArchitecture = x86_64\nSigLevel = Never\n"
        f"[pysetup]\nServer = file://{link}\n"
    )
    root = tmp_path / "root"
    base = (
        pacman,
        "--config",
        configuration,
        "-r",
        root,
        "-b",
        root / "var/lib/pacman",
    )
    run(*base, "-Sy", "--noconfirm")
    assert "python-zz-middle>=2" in run(*base, "-Si", "python-zz-demo")


def test_a_repository_grows(made: Any, pysetup: Any, make_wheel: Any) -> None:
    folder = made("deb", *UBUNTU)
    more = make_wheel("zz-more", files={"zz_more.py": ""})
    ran = pysetup("bdist_deb", more, "--with-deps", "-o", folder, "--no-index", *UBUNTU)
    assert ran.code == 0, ran.err
    index = (folder / "Packages").read_text()
    for name in ("zz-demo", "zz-middle", "zz-end", "zz-more"):
        assert f"Package: python3-{name}\n" in index


def test_the_same_repository_again(made: Any) -> None:
    for format_, *words in (("deb", *UBUNTU), ("rpm",), ("pacman",)):
        folder = made(format_, *words)
        before = {path.name: path.read_bytes() for path in _files(folder)}
        made(format_, *words)
        assert {path.name: path.read_bytes() for path in _files(folder)} == before


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("dry", [True, False])
def test_what_nobody_knows_is_not_guessed(
    pysetup: Any, family: Path, tmp_path: Path, *, dry: bool
) -> None:
    out = tmp_path / "out"
    words = ["--dry-run", "--show-map"] if dry else []
    ran = pysetup("--json", "bdist_deb", family, "-o", out, *UBUNTU, *words)
    told = json.loads(ran.out)
    assert ran.code == 3
    assert told["errors"][0]["code"] == "PS3740"
    assert "zz-middle" in told["errors"][0]["message"]
    assert not out.exists()


def test_a_map_file_says_the_name_or_that_there_is_none(
    pysetup: Any, family: Path, tmp_path: Path
) -> None:
    mapped = tmp_path / "map.json"
    mapped.write_text('{"zz-middle": ["middle-for-python"]}')
    words = (
        "bdist_deb",
        family,
        "--dry-run",
        "--show-map",
        "--map-deps",
        mapped,
        *UBUNTU,
    )
    ran = pysetup(*words)
    assert ran.code == 0, ran.err
    assert "middle-for-python" in ran.out
    mapped.write_text('{"zz-middle": []}')
    assert "nothing is needed" in pysetup(*words).out


def test_a_bill_of_materials_comes_with_the_package(
    pysetup: Any, make_wheel: Any
) -> None:
    wheel = make_wheel(files={"demo/a.py": "1", "demo.libs/libz-0a1b2c3d.so.1": "x"})
    words = ("--json", "bdist_dumb", wheel, "--dry-run")
    sbom = "demo-1.0.dist-info/sboms/pysetup.cdx.json"
    for more, there in (((), False), (("--sbom",), True)):
        done = pysetup(*words, *more)
        plan = json.loads(done.out)["result"]["plans"][0]
        assert (sbom in {file.get("source") for file in plan["files"]}) is there


def test_the_modules_of_a_project_prove_which_package_it_is(
    pysetup: Any, make_wheel: Any, tmp_path: Path
) -> None:
    """A package without metadata is ours if it has our name and all our modules."""
    lists = tmp_path / "Contents-amd64"
    folder = "usr/lib/python3/dist-packages"
    lists.write_text(
        f"{folder}/zz_eye/__init__.py python/python3-zz-eye\n"
        f"{folder}/zz_ear/__init__.py python/python3-zz-ear\n"
    )
    words = ("--package-lists", lists, "--dry-run", "--json", *UBUNTU)
    names = {}
    for name, module in (("zz-eye", "zz_eye"), ("zz-ear", "zz_nose")):
        wheel = make_wheel(name, files={f"{module}/__init__.py": ""})
        ran = pysetup("bdist_deb", wheel, *words)
        assert ran.code == 0, ran.err
        (plan,) = json.loads(ran.out)["result"]["plans"]
        names[name] = plan["name"]
    assert names == {"zz-eye": "python3-zz-eye", "zz-ear": "python3-zz-ear-dist"}
