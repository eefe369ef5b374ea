"""Which package of the system a distribution came by, as dpkg and rpm tell it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pysetup.edges.process import Completed
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.system_packages import (
    SystemUnseenError,
    packages_of,
    system_distributions,
)


def environment(prefix: Path, *seen: str) -> Environment:
    own = str(prefix / "site")
    return Environment(
        prefix=str(prefix),
        executable="python",
        version="3.12.0",
        scheme=Scheme(own, own, "", "", ""),
        markers={},
        tags=(),
        paths=(own, *seen),
        externally_managed=None,
        virtual=True,
    )


def distribution(folder: str, name: str, installer: str = "") -> InstalledDistribution:
    metadata = Metadata.from_dict({"name": name, "version": "1.0"})
    info_dir = f"{folder}/{name}-1.0.dist-info"
    return InstalledDistribution(metadata, info_dir, installer)


def test_it_is_the_systems_by_its_own_word_or_by_its_place(tmp_path: Path) -> None:
    here = environment(tmp_path, "/usr/lib/dist", "/usr/local/lib/dist")
    own = here.scheme.purelib
    found = system_distributions(
        [
            distribution("/usr/lib/dist", "egg"),
            distribution("/usr/lib/dist", "fedora", "rpm"),
            distribution("/usr/local/lib/dist", "root", "pip"),
            distribution(own, "mine"),
            distribution(own, "conda", "conda"),
        ],
        here,
    )
    assert sorted(found) == ["conda", "egg", "fedora"]


def test_an_environment_that_sees_nothing_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemUnseenError):
        system_distributions([], environment(tmp_path))


@pytest.mark.parametrize(
    ("tool", "answer", "package"),
    [
        pytest.param(
            "dpkg-query", "python3-egg: {path}\n", "python3-egg", id="dpkg tells"
        ),
        pytest.param(
            "dpkg-query",
            "libegg:amd64, python3-egg: {path}\n",
            "libegg",
            id="two packages share it",
        ),
        pytest.param("dpkg-query", "no path found\n", "", id="dpkg does not know"),
        pytest.param("rpm", "python3-egg\n", "python3-egg", id="rpm tells"),
        pytest.param("rpm", "file x is not owned by any\n", "", id="rpm does not know"),
        pytest.param("", "", "", id="neither is there"),
    ],
)
def test_the_package_manager_is_asked_once(
    make_context: Callable[..., Context],
    tmp_path: Path,
    tool: str,
    answer: str,
    package: str,
) -> None:
    one = distribution("/usr/lib/dist", "egg")
    asked: list[list[str]] = []

    def run(command: Sequence[str], **_: object) -> Completed:
        asked.append(list(command))
        return Completed(0, answer.format(path=one.info_dir).encode(), b"")

    programs = tmp_path / "programs"
    programs.mkdir()
    if tool:
        (programs / tool).write_text("", "utf-8")
        os.chmod(programs / tool, 0o755)
    context = replace(
        make_context(None), environ={"PATH": str(programs)}, run_process=run
    )
    (found,) = packages_of([one], environment(tmp_path, "/usr/lib/dist"), context)
    assert found.package == package
    assert len(asked) == bool(tool)
