"""Real projects as conda packages: made with what they need, solved, run, removed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.platforms.projects import PROJECTS, index_environ
from tests.platforms.systems import PYTHON

from pysetup.platforms.conda import FORMAT

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.interop]


@pytest.mark.parametrize("case", PROJECTS)
def test_a_real_project(
    case: str, pysetup: Any, channel_of: Callable[..., Any], tmp_path: Path
) -> None:
    project = PROJECTS[case]
    words = ("bdist_conda", "--with-deps", "--target", f"conda-{PYTHON}")
    out = tmp_path / "channel"
    ran = pysetup(*words, "--outdir", out, project.source, env=index_environ())
    assert ran.code == 0, ran.out + ran.err
    # What conda-forge calls it; the extra is a package beside it.
    first, extra = ran.out.splitlines()[0], project.source.partition("[")[2]
    name = Path(first).name.rsplit("-", 2)[0]
    name += f"-{extra.partition(']')[0]}" if extra else ""
    channel = channel_of(out)
    channel.install("python")
    before = channel.files()
    assert name in channel.install(name)
    done = channel.run("python", "-c", project.code)
    assert project.prints in done.stdout
    if project.command:
        done = channel.run(*project.command, check=False)
        assert project.says in done.stdout + done.stderr
    if project.data:
        assert (channel.prefix / project.data).is_file()
    for path in out.glob("*/*.conda"):
        FORMAT.verify(path)
    channel.install("python")
    assert channel.files() == before
