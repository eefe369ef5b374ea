from collections.abc import Callable

import pytest

from pysetup.platforms.names.catalogue import Catalogue
from pysetup.platforms.names.chain import (
    CatalogueStep,
    CustomStep,
    NameChain,
    NameStep,
    ProvedRule,
    VirtualStep,
)
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.names.mapping import parse_names
from pysetup.platforms.names.own_name import NameTakenError
from pysetup.standards.jsontext import JSON


def chain(
    *steps: NameStep,
    family: str = "deb",
    own: dict[str, tuple[str, ...]] | None = None,
    aliases: dict[str, str] | None = None,
    catalogues: tuple[Catalogue, ...] = (),
) -> NameChain:
    return NameChain(family, steps, own or {}, aliases or {}, catalogues)


def stated(**names: object) -> NameStep:
    return parse_names({"names": names}, source="map:test")  # type: ignore[dict-item]


def test_what_somebody_states_comes_first(archive: Catalogue) -> None:
    asked = chain(stated(click=["python3-own-click"]), CatalogueStep(archive))
    found = asked.find("Click")
    assert found is not None
    assert found.packages == ("python3-own-click",)
    assert found.evidence == "map:test"
    assert not found.version, "the archive's version is that of another package"


def test_a_stated_name_takes_over_the_version(archive: Catalogue) -> None:
    asked = chain(stated(click=["python3-click", "more"]), CatalogueStep(archive))
    found = asked.find("click")
    assert found is not None
    assert (found.version, found.epoch) == ("8.1.3", "1")


def test_mapped_to_nothing_is_an_answer(archive: Catalogue) -> None:
    found = chain(stated(click=[]), CatalogueStep(archive)).find("click")
    assert found is not None
    assert found.packages == ()


def test_nobody_knows_it(archive: Catalogue) -> None:
    asked = chain(CatalogueStep(archive), ProvedRule("deb", (archive,)))
    assert asked.find("nobody-knows") is None


def test_packages_made_in_the_same_run_are_our_own(archive: Catalogue) -> None:
    asked = chain(CatalogueStep(archive), own={"click": ("python3-click",)})
    assert asked.find("click") == FoundName(
        "click", ("python3-click",), epoch="1", evidence="own", own=True
    )


def test_a_package_of_ours_keeps_its_name_when_it_is_made_in_the_same_run() -> None:
    rows: JSON = {"typing-extensions": "typing_extensions"}
    known = parse_names({"names": rows}, source="table:test")
    name = chain(known, family="conda").own_name("typing-extensions")
    again = chain(known, family="conda", own={"typing-extensions": (name,)})
    assert again.own_name("typing-extensions") == name == "typing_extensions"


def test_another_wrapping_of_the_same_project(archive: Catalogue) -> None:
    asked = chain(CatalogueStep(archive), aliases={"click-binary": "click"})
    found = asked.find("click-binary")
    assert found is not None
    assert found.project == "click-binary"
    assert found.evidence == "contents:debian-12, as click"


@pytest.mark.parametrize(
    ("project", "modules", "package"),
    [
        pytest.param("opencv", ("cv2",), "python3-opencv", id="proved by its module"),
        pytest.param("opencv", ("cv3",), None, id="another module"),
        pytest.param("opencv", (), None, id="nothing is known of its modules"),
        pytest.param(
            "hidapi-cffi", ("hidapi",), None, id="that package says who it is"
        ),
    ],
)
def test_a_rule_holds_only_if_the_files_prove_it(
    archive: Catalogue, project: str, modules: tuple[str, ...], package: str | None
) -> None:
    step = ProvedRule("deb", (archive,), {project: modules} if modules else {})
    found = step.find(project)
    assert (None if found is None else found.packages[0]) == package


def test_rpm_packages_have_names_by_themselves(
    catalogue_of: Callable[..., Catalogue],
) -> None:
    found = VirtualStep().find("ruamel-yaml")
    assert found is not None
    assert (found.packages, found.checked) == (("python3dist(ruamel-yaml)",), False)
    known = VirtualStep((catalogue_of(),))
    proved = known.find("click")
    assert proved is not None
    assert (proved.packages, proved.version) == (("python3dist(click)",), "8.1.3")
    assert proved.checked
    assert known.find("absent") is None, "the whole repository does not have it"


def test_a_custom_is_told_as_such() -> None:
    found = chain(CustomStep("pacman", "custom:arch"), family="pacman").find("Six")
    assert found == FoundName(
        "six", ("python-six",), "", "", "custom:arch", False, False
    )


def test_extras_are_found_where_they_are_stated(archive: Catalogue) -> None:
    entry = {"run": ["python3-pil"], "extras": {"tk": ["python3-pil.imagetk"]}}
    asked = chain(stated(pillow=entry), CatalogueStep(archive))
    found = asked.find("pillow", extra="tk")
    assert found is not None
    assert found.packages == ("python3-pil.imagetk",)
    assert asked.find("pillow", extra="other") is None
    assert asked.find("click", extra="any") is None


def test_roles_have_packages_of_their_own(archive: Catalogue) -> None:
    entry = {"build": ["pybind11-dev", "python3-pybind11"]}
    asked = chain(stated(click=entry), CatalogueStep(archive))
    for role, packages in {
        "build": ("pybind11-dev", "python3-pybind11"),
        "host": ("python3-click",),
        "run": ("python3-click",),
    }.items():
        found = asked.find("click", role=role)
        assert found is not None
        assert found.packages == packages


def test_the_trace_tells_every_step(archive: Catalogue) -> None:
    told = chain(stated(click=[]), CatalogueStep(archive)).trace("click")
    assert [label for label, _ in told] == ["map:test", "contents:debian-12"]


@pytest.mark.parametrize(
    ("project", "name", "conflicts"),
    [
        pytest.param(
            "markdown-it-py", "python3-markdown-it", (), id="the system's own"
        ),
        pytest.param("click", "python3-click", (), id="the newest of two"),
        pytest.param(
            "azure-core", "python3-azure-core", ("python3-azure",), id="one of several"
        ),
        pytest.param("new-thing", "python3-new-thing", (), id="unknown there"),
        pytest.param("opencv", "python3-opencv-dist", (), id="the name is taken"),
    ],
)
def test_our_package_clashes_with_none_of_theirs(
    archive: Catalogue, project: str, name: str, conflicts: tuple[str, ...]
) -> None:
    asked = chain(CatalogueStep(archive), catalogues=(archive,))
    found = asked.plan_own_name(project)
    assert (found.name, found.conflicts) == (name, conflicts)
    assert asked.own_name(project) == name


def test_a_forced_name_tells_what_it_stands_for(archive: Catalogue) -> None:
    asked = chain(CatalogueStep(archive), catalogues=(archive,))
    found = asked.plan_own_name("markdown-it-py", forced="python3-acme-markdown")
    assert found.name == "python3-acme-markdown"
    assert found.provides == ("python3-markdown-it",)
    assert found.conflicts == found.replaces == ("python3-markdown-it",)
    shared = asked.plan_own_name("azure-core", forced="acme-azure-core")
    assert (shared.provides, shared.conflicts) == ((), ("python3-azure",))


def test_the_name_of_another_project_is_refused(archive: Catalogue) -> None:
    asked = chain(CatalogueStep(archive), catalogues=(archive,))
    with pytest.raises(NameTakenError, match="python3-hid is a package") as raised:
        asked.plan_own_name("click", forced="python3-hid")
    assert raised.value.facts["holds"] == ["hidapi"]


def test_a_package_of_many_parts_is_replaced_by_one_of_its_own_name() -> None:
    asked = chain(stated(wxpython=["python3-wxgtk4.0", "python3-wxgtk-media4.0"]))
    found = asked.plan_own_name("wxPython")
    assert found.name == "python3-wxpython"
    assert found.conflicts == ("python3-wxgtk4.0", "python3-wxgtk-media4.0")
    assert found.to_json()["name"] == "python3-wxpython"


def test_found_names_come_back_from_json() -> None:
    found = FoundName("six", ("python3-six",), "1.16", "1", "own", True, False)
    assert FoundName.from_json(found.to_json()) == found
