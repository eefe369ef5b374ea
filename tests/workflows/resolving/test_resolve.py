"""Requirements become pins: against an index in memory, as a user would."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.installed import InstalledDistribution
from pysetup.resolve.failure import (
    NoMatchingVersionError,
    NoSolutionError,
    ProjectNotFoundError,
)
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, to_json_text
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_version
from pysetup.workflows.resolving.resolve_provider import (
    NotBuildableHereError,
    WrongProjectError,
)


def test_everything_that_is_needed_is_pinned(shop: Any) -> None:
    shop.wheel("a", "1", "b>=1", "c ; sys_platform == 'win32'")
    shop.wheel("b", "1")
    shop.wheel("b", "2", tag="cp311-cp311-manylinux_2_17_x86_64")
    assert shop.pins("a") == {
        "a": "a-1-py3-none-any.whl",
        "b": "b-2-cp311-cp311-manylinux_2_17_x86_64.whl",
    }


def test_a_pin_says_who_wants_it(shop: Any) -> None:
    shop.wheel("a", "1", "b[x]>=1")
    shop.wheel("b", "1", "c ; extra == 'x'", extras=["x"])
    shop.wheel("c", "1", "a")
    resolution = shop.resolve("A")
    told = {
        pin.name: (pin.requested, sorted(pin.extras), pin.required_by)
        for pin in resolution.pins
    }
    assert told == {
        "a": (True, [], ("c",)),
        "b": (False, ["x"], ("a",)),
        "c": (False, [], ("b",)),
    }
    assert resolution.notes == ()
    assert to_json_text(resolution.to_json())


def test_an_extra_that_does_not_exist_is_a_note(shop: Any) -> None:
    shop.wheel("a", "1")
    assert shop.resolve("a[nope]").notes == ("a 1 has no extra nope",)


def test_a_pinned_yanked_version_is_a_note(shop: Any) -> None:
    shop.wheel("a", "1", yanked="wrong licence")
    assert shop.resolve("a==1").notes == ("a 1 is yanked: wrong licence",)


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        pytest.param("3.11.7", "a-1-py3-none-any.whl", id="older"),
        pytest.param("3.12.0", "a-2-py3-none-any.whl", id="exact"),
        pytest.param(
            "3.12.0rc1", "a-2-py3-none-any.whl", id="a release candidate of it"
        ),
    ],
)
@pytest.mark.parametrize("place", ["page", "metadata"])
def test_the_python_of_the_environment_counts(
    shop: Any, python: str, expected: str, place: str
) -> None:
    shop.wheel("a", "1")
    needed = {"python" if place == "page" else "inner_python": ">=3.12"}
    shop.wheel("a", "2", **needed)
    assert shop.pins("a", python=python) == {"a": expected}


def test_an_sdist_is_built_only_when_it_is_chosen(shop: Any) -> None:
    shop.sdist("a", "1", "b")
    shop.sdist("a", "2", "b")
    shop.wheel("b", "1")
    shop.sdist("b", "2", yanked="")
    assert shop.pins("a") == {"a": "a-2.tar.gz", "b": "b-1-py3-none-any.whl"}
    assert [file.filename for file in shop.built] == ["a-2.tar.gz"]


def test_without_a_builder_an_sdist_is_passed_over(shop: Any) -> None:
    shop.wheel("a", "1")
    shop.sdist("a", "2")
    assert shop.pins("a", build_metadata=None) == {"a": "a-1-py3-none-any.whl"}


def test_settings_and_options_say_what_may_be_built(shop: Any) -> None:
    shop.wheel("a", "1")
    shop.sdist("a", "2")
    only = {"only_binary": (":all:",)}
    assert shop.pins("a", settings=only) == {"a": "a-1-py3-none-any.whl"}
    assert shop.pins("a", settings=only, only_binary=()) == {"a": "a-2.tar.gz"}
    assert shop.pins("a", **only) == {"a": "a-1-py3-none-any.whl"}


def test_settings_and_options_admit_prereleases(shop: Any) -> None:
    shop.wheel("a", "1")
    shop.wheel("a", "2rc1")
    new = {"a": "a-2rc1-py3-none-any.whl"}
    assert shop.pins("a", settings={"pre": True}) == new
    assert shop.pins("a", pre=True) == new
    assert shop.pins("a", pre=False, settings={"pre": True}) != new


def test_broken_metadata_make_a_version_unusable(shop: Any) -> None:
    shop.wheel("a", "1")
    shop.wheel("a", "2", "this is no requirement !!")
    file = shop.wheel("a", "3")
    shop.index.add(f"{file.url}.metadata", "Name: a\n\n")
    assert shop.pins("a") == {"a": "a-1-py3-none-any.whl"}


def test_without_dependencies_only_what_is_named(shop: Any) -> None:
    shop.wheel("a", "1", "b")
    assert shop.pins("a", no_deps=True) == {"a": "a-1-py3-none-any.whl"}


def test_dates_and_hashes_rule_out_files(shop: Any) -> None:
    old = shop.wheel("a", "1", upload_time="2026-01-01T00:00:00Z")
    shop.wheel("a", "2", upload_time="2026-06-01T00:00:00Z")
    latest = datetime(2026, 2, 1, tzinfo=UTC)
    assert shop.pins("a", exclude_newer=latest) == {"a": "a-1-py3-none-any.whl"}
    assert shop.pins("a", hashes={"a": old.hashes}) == {"a": "a-1-py3-none-any.whl"}


def test_constraints_and_strategies(shop: Any) -> None:
    for version in ("1", "2", "3"):
        shop.wheel("a", version, "b")
        shop.wheel("b", version)
    highest, lowest = "a-3-py3-none-any.whl", "a-1-py3-none-any.whl"
    assert shop.pins("a", constraints=["b<3"]) == {
        "a": highest,
        "b": "b-2-py3-none-any.whl",
    }
    assert shop.pins("a", strategy="lowest")["b"] == "b-1-py3-none-any.whl"
    assert shop.pins("a", strategy="lowest-direct") == {
        "a": lowest,
        "b": "b-3-py3-none-any.whl",
    }


def test_a_locked_version_is_kept_where_it_fits(shop: Any) -> None:
    for version in ("1", "2", "3"):
        shop.wheel("a", version)
    locked = {"a": parse_version("2")}
    assert shop.pins("a", preferred=locked) == {"a": "a-2-py3-none-any.whl"}
    assert shop.pins("a>2", preferred=locked) == {"a": "a-3-py3-none-any.whl"}


# -- what is installed ---------------------------------------------------------------


def test_nothing_is_asked_when_what_is_installed_fits(shop: Any) -> None:
    installed = shop.installed({"a": "1", "b": "1"}, {"a": ["b"]})
    assert shop.pins("a", installed=installed) == {
        "a": "installed 1",
        "b": "installed 1",
    }
    assert shop.index.asked == []


@pytest.mark.parametrize(
    ("options", "a", "b"),
    [
        pytest.param({}, "installed 1", "installed 1", id="nothing without --upgrade"),
        pytest.param(
            {"upgrade": True}, "a-2-py3-none-any.whl", "installed 1", id="what is named"
        ),
        pytest.param(
            {"upgrade": True, "upgrade_strategy": "eager"},
            "a-2-py3-none-any.whl",
            "b-2-py3-none-any.whl",
            id="everything when eager",
        ),
    ],
)
def test_an_upgrade_changes(shop: Any, options: dict[str, Any], a: str, b: str) -> None:
    for version in ("1", "2"):
        shop.wheel("a", version, "b")
        shop.wheel("b", version)
    installed = shop.installed({"a": "1", "b": "1"}, {"a": ["b"]})
    assert shop.pins("a", installed=installed, **options) == {"a": a, "b": b}


def test_an_upgrade_to_the_installed_version_changes_nothing(shop: Any) -> None:
    shop.wheel("a", "1")
    shop.wheel("a", "2")
    for version in ("2", "3rc1", "2+local"):
        installed = shop.installed({"a": version})
        pins = shop.pins("a", installed=installed, upgrade=True)
        assert pins == {"a": f"installed {version}"}


def test_what_is_installed_may_be_on_no_index(shop: Any) -> None:
    shop.wheel("b", "2", "a")
    installed = shop.installed({"a": "1", "b": "1"})
    assert shop.pins("b>1", installed=installed, upgrade=True) == {
        "a": "installed 1",
        "b": "b-2-py3-none-any.whl",
    }


def test_a_dependency_is_upgraded_when_it_must_be(shop: Any) -> None:
    shop.wheel("a", "1", "b>=2")
    shop.wheel("b", "2")
    shop.wheel("b", "3")
    installed = shop.installed({"b": "1"})
    assert shop.pins("a", installed=installed)["b"] == "b-3-py3-none-any.whl"


# -- files, folders, URLs ----------------------------------------------------------


def test_a_local_file_wins_over_the_index(
    shop: Any, document: Callable[..., Any]
) -> None:
    shop.wheel("a", "9")
    shop.wheel("b", "1", "a")
    shop.wheel("c", "1")
    local = shop.local("a.whl", document("a", "1", "c ; extra == 'x'"), "x")
    pins = shop.pins("b", local=(local,))
    assert pins == {
        "a": str(shop.base / "a.whl"),
        "b": "b-1-py3-none-any.whl",
        "c": "c-1-py3-none-any.whl",
    }
    assert not [url for url in shop.index.asked if url.endswith("/a/")]


def test_a_local_file_is_taken_even_when_that_version_is_installed(
    shop: Any, document: Callable[..., Any]
) -> None:
    local = shop.local("folder", document("a", "1"))
    pins = shop.pins(local=(local,), installed=shop.installed({"a": "1"}))
    assert pins == {"a": str(shop.base / "folder")}


def test_a_url_may_be_required_by_anyone(
    shop: Any, wheel: Callable[..., bytes], index: Any
) -> None:
    url = "https://elsewhere.example/b-1-py3-none-any.whl"
    index.add(url, wheel("b", "1"))
    shop.wheel("b", "5")
    shop.wheel("a", "1", f"b @ {url}")
    pins = shop.resolve("a").pins
    assert [(pin.name, str(pin.version)) for pin in pins] == [("a", "1"), ("b", "1")]


def test_a_wheel_behind_a_url(
    shop: Any, wheel: Callable[..., bytes], index: Any
) -> None:
    content = wheel("b", "1", "Requires-Dist: c")
    url = "https://elsewhere.example/b-1-py3-none-any.whl"
    index.add(url, content)
    shop.wheel("c", "1")
    shop.wheel("b", "5")
    shop.wheel("a", "1", "b")
    digest = Hash.of(content)
    pins = shop.resolve("a", f"b @ {url}#sha256={digest.hexdigest}").pins
    assert [(pin.name, str(pin.version)) for pin in pins] == [
        ("a", "1"),
        ("b", "1"),
        ("c", "1"),
    ]
    assert pins[1].file is not None
    assert (pins[1].file.url, pins[1].file.hashes) == (url, (digest,))
    assert pins[1].direct_url == url


def test_a_folder_behind_a_file_url_is_built(
    shop: Any, document: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    shop.buildable["project"] = document("a", "1")
    pins = shop.pins(f"a @ {folder.as_uri()}")
    assert pins == {"a": str(folder)}
    assert shop.built == [folder]


def test_a_url_that_is_installed_already_stays(
    shop: Any, document: Callable[..., Any]
) -> None:
    url = "https://elsewhere.example/a-1-py3-none-any.whl"
    origin: dict[str, JSON] = {"url": url, "archive_info": {}}
    there = InstalledDistribution(document("a", "1"), "/x", direct_url=origin)
    assert shop.pins(f"a @ {url}", installed={"a": there}) == {"a": "installed 1"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "a @ https://x.example/main.zip", PysetupError, id="nothing behind it"
        ),
    ],
)
def test_a_url_that_cannot_be_used(
    shop: Any, text: str, error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        shop.resolve(text)


def test_a_url_of_another_project(
    shop: Any, document: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    shop.buildable["project"] = document("b", "1")
    with pytest.raises(WrongProjectError, match="is the project b, not a"):
        shop.resolve(f"a @ {folder.as_uri()}")
    with pytest.raises(NotBuildableHereError):
        shop.resolve(f"a @ {folder.as_uri()}", build_metadata=None)


# -- when there is no solution -----------------------------------------------------


def test_no_such_project(shop: Any) -> None:
    settings = {"extra_index_urls": ("https://me:pw@other.example/simple/",)}
    with pytest.raises(ProjectNotFoundError) as caught:
        shop.resolve("nope>1", settings=settings, sources={"nope>1": "needs.txt:3"})
    assert caught.value.facts == {
        "asked by": "needs.txt:3",
        "looked at": [
            "https://***@other.example/simple/",
            "https://index.example/simple/",
        ],
    }


def test_no_version_that_fits(shop: Any) -> None:
    shop.wheel("a", "1")
    shop.wheel("a", "2", python=">=3.12")
    shop.wheel("a", "3", tag="cp311-cp311-win_amd64")
    with pytest.raises(NoMatchingVersionError) as caught:
        shop.resolve("a>1")
    assert caught.value.facts["rejected"] == [
        "3: has no file for this environment (cp311-cp311-manylinux_2_17_x86_64)",
        "2: needs Python >=3.12 (this is 3.11.7)",
    ]


def test_an_edit_is_proposed_that_was_tried(shop: Any) -> None:
    shop.wheel("old", "1", "lib<2")
    shop.wheel("old", "2", "lib")
    shop.wheel("lib", "1")
    shop.wheel("lib", "2")
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("lib>=2", "old==1", sources={"old==1": "needs.txt:7"})
    checked = "   (checked: solves with 2 projects)"
    assert caught.value.hints == (
        f"relax  lib >=2  (command line) to  lib>=1{checked}",
        f"relax  old ==1  (needs.txt:7) to  old>=2{checked}",
    )
    relaxed = shop.pins("lib>=2", "old>=2")
    assert relaxed["old"] == "old-2-py3-none-any.whl"


def test_no_edit_is_proposed_that_does_not_help(shop: Any) -> None:
    shop.wheel("a", "1", "lib==1")
    shop.wheel("b", "1", "lib==2")
    shop.wheel("lib", "1")
    shop.wheel("lib", "2")
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("a==1", "b==1")
    assert caught.value.hints == ("loosen one of your requirements named above",)


def test_no_edit_is_proposed_when_finding_one_takes_too_long(shop: Any) -> None:
    """Four hundred versions would have to be read to find that the first one fits."""
    shop.wheel("lib", "1")
    shop.wheel("lib", "2")
    files = [
        shop.index.add_file(f"old-{n}-py3-none-any.whl", b"%d" % n, core_metadata=True)
        for n in range(400)
    ]
    for n, file in enumerate(files):
        need = f"Requires-Dist: lib{'>=1' if n == 0 else f'>1,!={n}'}"
        text = f"Metadata-Version: 2.2\nName: old\nVersion: {n}\n{need}\n\n"
        shop.index.add(f"{file.url}.metadata", text)
    shop.index.add_page("old", *files)
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("lib==1", "old>=399")
    assert [hint.split("(")[0] for hint in caught.value.hints] == ["relax  lib ==1  "]


def test_an_edit_may_concern_what_a_local_file_needs(
    shop: Any, document: Callable[..., Any]
) -> None:
    shop.wheel("lib", "1")
    shop.wheel("lib", "2")
    local = shop.local("app", document("app", "1", "lib>=2"))
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("lib<2", local=(local,))
    assert [hint.split("  (checked")[0] for hint in caught.value.hints] == [
        "relax  lib <2  (command line) to  lib<=2 "
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param("old==1", "old>=4", id="a pin opens, no further than it must"),
        pytest.param("old<3", "old<=4", id="an upper bound moves"),
        pytest.param("old>=1,<3", "old>=1,<=4", id="the lower bound stays"),
        pytest.param("old~=2.0", "old>=4", id="a compatible release opens"),
        pytest.param("old>=7", "old>=6", id="a lower bound moves"),
        pytest.param("old==7.*", "old<=6", id="a pin opens downwards"),
        pytest.param("old!=4,!=5,!=6", "old!=4,!=5", id="an exclusion falls"),
        pytest.param("old[x]==1 ; python_version > '3'", "old[x]>=4", id="extras stay"),
    ],
)
def test_the_edit_is_the_smallest_that_solves(
    shop: Any, asked: str, expected: str
) -> None:
    for version in range(1, 10):
        needs = "lib>=2" if 4 <= version <= 6 else "lib<2"
        shop.wheel("old", str(version), needs, extras=["x"])
    shop.wheel("lib", "1")
    shop.wheel("lib", "2")
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("lib==2", asked)
    ours = [hint for hint in caught.value.hints if hint.startswith("relax  old")]
    assert [hint.split(" to  ")[1].split("   (")[0] for hint in ours] == [expected]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("ink==1.0+blue", "ink>=2.0"),
        ("ink===1.0+blue", "ink>=2.0"),
        ("ink<2", "ink<=2.0"),
    ],
)
def test_an_edit_has_no_local_version_in_a_bound(
    shop: Any, asked: str, expected: str
) -> None:
    shop.wheel("ink", "1.0+blue", "lib==1")
    shop.wheel("ink", "2.0+blue", "lib==2")
    shop.wheel("lib", "1")
    shop.wheel("lib", "2")
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("lib==2", asked)
    assert any(f" to  {expected}   (" in hint for hint in caught.value.hints)


def test_two_edits_are_proposed_where_one_does_not_do(shop: Any) -> None:
    shop.wheel("a", "1", "lib==1")
    shop.wheel("b", "1", "lib==2")
    for name in ("a", "b"):
        shop.wheel(name, "2", "lib==3")
    for version in ("1", "2", "3"):
        shop.wheel("lib", version)
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("a==1", "b==1")
    first, second = "a ==1  (command line) to  a>=2", "b ==1  (command line) to  b>=2"
    assert caught.value.hints == (
        f"relax both  {first}  and  {second}   (checked: solves with 3 projects)",
    )


def test_a_constraint_may_be_what_to_edit(shop: Any) -> None:
    shop.wheel("a", "1", "lib>=2")
    for version in ("1", "2"):
        shop.wheel("lib", version)
    with pytest.raises(NoSolutionError) as caught:
        shop.resolve("a", constraints=["lib<2"], sources={"lib<2": "limits.txt:4"})
    assert caught.value.hints == (
        "relax  lib <2  (limits.txt:4) to  lib<=2   (checked: solves with 2 projects)",
    )


def test_the_requirements_are_shared_and_not_changed(shop: Any) -> None:
    shop.wheel("a", "1")
    requirement = parse_requirement("a[x]>=1")
    before = str(requirement)
    shop.resolve("a[x]>=1")
    assert str(requirement) == before
