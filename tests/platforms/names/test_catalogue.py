import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.platforms.names.catalogue import Catalogue, CatalogueMaker, Holding

FOLDER = "usr/lib/python3/dist-packages"


@pytest.mark.parametrize(
    ("project", "package", "version"),
    [
        pytest.param("markdown-it-py", "python3-markdown-it", "2.1.0", id="renamed"),
        pytest.param("ruamel-yaml", "python3-ruamel.yaml", "0.17.21", id="with a dot"),
        pytest.param("click", "python3-click", "8.1.3", id="the newest of two"),
        pytest.param("azure-common", "python3-azure", "1.1.28", id="one of several"),
        pytest.param("hidapi", "python3-hid", "0.9.0.post3", id="not the usual name"),
        pytest.param("old-style", "python3-old", "1.0", id="an egg of one Python"),
    ],
)
def test_projects_are_found_by_their_metadata(
    archive: Catalogue, project: str, package: str, version: str
) -> None:
    found = archive.find(project)
    assert found is not None
    assert (found.packages, found.version) == ((package,), version)
    assert found.evidence == "contents:debian-12"


def test_the_epoch_is_that_of_the_package(archive: Catalogue) -> None:
    found = archive.find("click")
    assert found is not None
    assert found.epoch == "1"


def test_metadata_outside_the_import_folders_is_nobodys(archive: Catalogue) -> None:
    assert archive.find("private") is None


def test_modules_are_told_without_their_abi(archive: Catalogue) -> None:
    assert archive.modules["python3-hid"] == ("hid",)
    assert archive.modules["python3-opencv"] == ("cv2",)


def test_several_projects_of_one_package(archive: Catalogue) -> None:
    assert archive.projects_of("python3-azure") == ("azure-common", "azure-core")
    assert archive.knows("python3-opencv")
    assert not archive.knows("coreutils")


def test_the_json_form_comes_back(archive: Catalogue) -> None:
    assert Catalogue.from_json(json.loads(json.dumps(archive.to_json()))) == archive


@pytest.mark.parametrize(
    "value",
    [
        {"catalogue_version": "9"},
        {
            "catalogue_version": "1.0",
            "label": "",
            "whole": True,
            "modules": {},
            "projects": {"a": "b"},
        },
        {
            "catalogue_version": "1.0",
            "label": "",
            "whole": True,
            "modules": [],
            "projects": {},
        },
        {
            "catalogue_version": "1.0",
            "label": "",
            "whole": True,
            "modules": {},
            "projects": {"a": [[1]]},
        },
        {
            "catalogue_version": "1.0",
            "label": "",
            "whole": True,
            "modules": {},
            "projects": {"a": [[]]},
        },
    ],
)
def test_what_is_no_catalogue_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Catalogue.from_json(value)  # type: ignore[arg-type] # so it comes from outside


@pytest.mark.law
@given(st.lists(st.sampled_from(["1.0", "2.0", "2.0rc1", "odd", "1!0"]), min_size=1))
def test_the_newest_version_wins_whatever_the_order(versions: list[str]) -> None:
    def made(order: list[str]) -> Catalogue:
        maker = CatalogueMaker([FOLDER])
        for version in order:
            maker.add_project("demo", version, f"python3-demo-{version.lower()}")
        return maker.made("test")

    assert made(versions).find("demo") == made(versions[::-1]).find("demo")


def test_updates_of_the_same_package_win(
    catalogue_of: Callable[..., Catalogue],
) -> None:
    text = "".join(
        f"{FOLDER}/demo-{version}.dist-info/METADATA  python/python3-demo\n"
        for version in ("1.10", "1.9")
    )
    assert catalogue_of(text).projects["demo"] == (Holding("python3-demo", "1.10"),)
