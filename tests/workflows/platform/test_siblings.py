"""A project's command in a package of its own: ours takes the place of both."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.platforms.names.file_lists import SourceReader
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import read_target
from pysetup.workflows.context import Context
from pysetup.workflows.platform import names as names_module
from pysetup.workflows.platform.names import NameOptions, TargetNames, open_names
from pysetup.workflows.platform.siblings import split_clashes, with_siblings

FOLDER = "usr/lib/python3/dist-packages"
CONTENTS = f"""\
usr/bin/gunicorn                           python/gunicorn
usr/bin/other                              python/stranger
{FOLDER}/gunicorn/__init__.py              python/python3-gunicorn
{FOLDER}/gunicorn-20.1.0.dist-info/METADATA  python/python3-gunicorn
"""
PACKAGES = """\
Package: gunicorn
Version: 1:20.1.0-6

Package: python3-gunicorn
Source: gunicorn (20.1.0)
Version: 1:20.1.0-6

Package: stranger
Version: 1.0
"""


@pytest.fixture
def names(
    make_context: Callable[..., Context],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> TargetNames:
    monkeypatch.setattr(names_module, "read_os_release", dict)
    suite = tmp_path / "mirror" / "dists" / "bookworm" / "main"
    (suite / "binary-amd64").mkdir(parents=True)
    (suite / "Contents-all.gz").write_bytes(gzip.compress(CONTENTS.encode()))
    (suite / "Contents-amd64.gz").write_bytes(gzip.compress(b""))
    packages = suite / "binary-amd64" / "Packages.gz"
    packages.write_bytes(gzip.compress(PACKAGES.encode()))
    options = NameOptions(places=(str(tmp_path / "mirror"),))
    target = read_target("debian-12")
    return open_names(None, target, context=make_context(None), options=options)


def test_a_package_of_the_same_source_is_a_sibling(names: TargetNames) -> None:
    clashes = names.clashes(["usr/bin/gunicorn", "usr/bin/other", "usr/bin/own"])
    siblings, others = split_clashes("gunicorn", clashes, names)
    assert siblings == ("gunicorn",)
    assert [one.packages for one in others] == [("stranger",)]
    assert split_clashes("unknown", clashes, names) == ((), clashes)
    assert split_clashes("gunicorn", (), names) == ((), ())


def test_it_is_one_too_where_several_packages_are_made(names: TargetNames) -> None:
    making = names.with_own({"gunicorn": ("python3-gunicorn",)})
    clashes = names.clashes(["usr/bin/gunicorn"])
    assert split_clashes("gunicorn", clashes, making) == (("gunicorn",), ())


def test_ours_takes_its_place(names: TargetNames) -> None:
    plan = PackagePlan(
        format="deb",
        target="debian-12",
        project="gunicorn",
        project_version="23.0",
        name="python3-gunicorn",
        version="23-1",
        architecture="all",
        summary="",
        files=(),
        relations={"requires": ("python3",), "conflicts": ("old",)},
    )
    made = with_siblings(plan, ("gunicorn",), names)
    assert made.relations == {
        "requires": ("python3",),
        "conflicts": ("old", "gunicorn"),
        "provides": ("gunicorn (= 1:23-1)",),
        "replaces": ("gunicorn",),
    }
    assert "takes the place of gunicorn" in made.notes[0]
    assert with_siblings(plan, (), names) is plan


def test_sources_are_those_of_the_packages_that_are_asked_for() -> None:
    reader = SourceReader({"gunicorn", "python3-gunicorn"})
    for letter in PACKAGES.encode():
        reader.feed(bytes((letter,)))
    reader.close()
    assert reader.sources == {"gunicorn": "gunicorn", "python3-gunicorn": "gunicorn"}
