"""Recipes of real projects, one of each back end: read by their languages."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.projects import index_environ

pytestmark = [pytest.mark.network, pytest.mark.slow]
# Projects that need nothing else can be formulas without a lock.
ALONE = ("idna", "pluggy", "six", "tomlkit", "zipp", "trove-classifiers")
PROJECTS = (
    "idna==3.10",
    "flask==3.0.3",
    "humanize==4.11.0",
    "markdown-it-py==3.0.0",
    "pluggy==1.5.0",
    "pypinyin==0.53.0",
    "requests==2.32.3",
    "six==1.16.0",
    "tomlkit==0.13.2",
    "trove-classifiers==2024.10.21.16",
    "zipp==3.20.2",
)


def read(words: Sequence[str | Path], cwd: Path | None = None) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("source", PROJECTS)
def test_a_real_project(
    source: str, pysetup: Any, need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    rattler_build = pytest.importorskip("rattler_build")
    name, _, version = source.partition("==")

    def made(format_: str, *words: str) -> Path:
        out = tmp_path / format_
        options = ("--source", "-O", "url=pypi", "--outdir", out)
        ran = pysetup(f"bdist_{format_}", *options, *words, source, env=index_environ())
        assert ran.code == 0, ran.out + ran.err
        return out

    read([need_tool("nix-instantiate"), "--parse", made("nix") / "default.nix"])
    (ebuild,) = (made("gentoo") / "dev-python" / name).glob("*.ebuild")
    read(["bash", "-n", ebuild])
    port = made("freebsd") / "devel" / f"py-{name}"
    (port / "bsd.port.mk").touch()
    make: list[str | Path] = [need_tool("bmake"), "-r", "-m", port]
    make += ["-f", port / "Makefile", "-V", "${DISTVERSION}"]
    assert read(make, port).strip() == version
    read(["bash", "-n", made("pacman") / "PKGBUILD"])
    recipe = rattler_build.Stage0Recipe.from_file(str(made("conda") / "recipe.yaml"))
    (variant,) = recipe.render()
    assert variant.recipe.to_dict()["requirements"]["host"][2:], "a back end"
    if name in ALONE:
        (formula,) = made("homebrew").glob("*.rb")
        read([need_tool("ruby"), "-wc", formula])
