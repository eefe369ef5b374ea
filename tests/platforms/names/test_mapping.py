import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.dep_urls import DepUrl, InvalidDepUrlError, bare_url
from pysetup.platforms.names.mapping import (
    InvalidMappingError,
    document_mappings,
    file_mappings,
    target_keys,
)
from pysetup.platforms.names.registry import providers, registry_mapping
from pysetup.platforms.target import read_target
from pysetup.standards.jsontext import JSON

DEBIAN = read_target("debian-12")


def test_a_target_is_known_under_several_names() -> None:
    assert target_keys(DEBIAN) == ("debian-12", "debian+12", "debian", "deb")


def test_the_closest_part_of_the_document_comes_first() -> None:
    document = Metadata.from_dict(
        {
            "name": "demo",
            "version": "1.0",
            "extensions": {
                "pysetup.platform": {
                    "targets": {
                        "deb": {"names": {"One": ["deb-one"], "two": ["deb-two"]}},
                        "debian-12": {"names": {"one": ["one-of-12"]}},
                        "rpm": {"names": {"one": ["rpm-one"]}},
                    }
                }
            },
        }
    )
    closest, family = document_mappings(document, DEBIAN)
    found = closest.find("one")
    assert found is not None
    assert (found.packages, found.evidence) == (("one-of-12",), "document:debian-12")
    assert closest.find("two") is None
    assert family.find("two") is not None


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Demo_Lib": "pkg"}, id="names alone, a text"),
        pytest.param({"names": {"demo.lib": ["pkg"]}}, id="names"),
        pytest.param(
            {"targets": {"deb": {"names": {"demo-lib": {"run": "pkg"}}}}}, id="target"
        ),
    ],
)
def test_a_file_may_be_short_or_long(value: dict[str, JSON]) -> None:
    found = [one.find("demo-lib") for one in file_mappings(value, DEBIAN, source="f")]
    (known,) = [one for one in found if one is not None]
    assert known.packages == ("pkg",)
    assert known.evidence.startswith("map:f")


def test_roles_extras_and_versions_of_an_entry() -> None:
    value: dict[str, JSON] = {
        "names": {
            "demo": {
                "run": ["a", "b"],
                "build": ["a-dev"],
                "extras": {"Big_One": ["c"]},
                "version": "2.0",
                "epoch": "1",
            }
        }
    }
    *_, mapping = file_mappings(value, DEBIAN, source="f")
    told = {role: mapping.find("demo", role=role) for role in ("run", "host", "build")}
    assert {role: one.packages for role, one in told.items() if one} == {
        "run": ("a", "b"),
        "host": ("a", "b"),
        "build": ("a-dev",),
    }
    extra = mapping.find("demo", extra="big-one")
    assert extra is not None
    assert extra.packages == ("c",)
    found = told["run"]
    assert found is not None
    assert (found.version, found.epoch) == ("2.0", "1")


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        pytest.param({"names": []}, "/names", id="no object of names"),
        pytest.param({"names": {"-x-": ["a"]}}, "/names/-x-", id="no project"),
        pytest.param({"demo": 5}, "/demo", id="a number"),
        pytest.param({"demo": ["a b"]}, "/demo", id="a space"),
        pytest.param({"demo": ["a;rm"]}, "/demo", id="a semicolon"),
        pytest.param({"demo": ["$(x)"]}, "/demo", id="a command"),
        pytest.param({"demo": ["-y"]}, "/demo", id="an option"),
        pytest.param({"demo": {"dev": ["a"]}}, "/demo/dev", id="unknown role"),
        pytest.param({"demo": {"extras": []}}, "/demo/extras", id="no object"),
        pytest.param({"names": {}, "other": 1}, "/other", id="unknown part"),
        pytest.param({"targets": []}, "/targets", id="no object of targets"),
        pytest.param({"targets": {"deb": []}}, "/targets/deb", id="no target"),
        pytest.param({"external": {"zlib": "z"}}, "/external/zlib", id="no DepURL"),
        pytest.param({"external": []}, "/external", id="no object of DepURLs"),
    ],
)
def test_a_bad_mapping_is_told_with_its_place(
    value: dict[str, JSON], pointer: str
) -> None:
    with pytest.raises(InvalidMappingError) as raised:
        file_mappings(value, DEBIAN, source="map.json")
    assert raised.value.facts == {"file": "map.json", "field": pointer}


REGISTRY: dict[str, JSON] = {
    "name": "Test",
    "mappings": [
        {"id": "dep:generic/none", "specs": []},
        {"id": "dep:virtual/interface/blas", "specs": []},
        {"id": "dep:virtual/interface/blas", "specs": {"host": ["blas", "blas-devel"]}},
        {"id": "dep:generic/zlib", "specs": "zlib"},
        {"id": "dep:github/madler/zlib", "specs_from": "dep:generic/zlib"},
        {"id": "dep:pypi/Demo_Lib", "specs": {"build": [], "host": [], "run": "lib"}},
    ],
    "package_managers": [],
}


def test_a_registry_of_pep_804() -> None:
    mapping = registry_mapping(REGISTRY, source="fedora.mapping.json")
    assert mapping.find_external("dep:generic/none") is None
    blas = mapping.find_external("dep:virtual/interface/blas", role="host")
    assert blas is not None
    assert blas.packages == ("blas", "blas-devel")
    zlib = mapping.find_external("dep:github/madler/zlib", role="build")
    assert zlib is not None
    assert zlib.packages == ("zlib",)
    found = mapping.find("demo-lib")
    assert found is not None
    assert (found.packages, found.evidence) == (
        ("lib",),
        "registry:fedora.mapping.json",
    )


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([{"specs": "a"}], id="no id"),
        pytest.param([{"id": "dep:generic/a", "specs": [5]}], id="a number"),
        pytest.param([{"id": "dep:generic/a", "specs": ["-y"]}], id="an option"),
        pytest.param([{"id": "dep:generic/a", "specs": ["a\nb"]}], id="two lines"),
        pytest.param([{"id": "dep:a/a", "specs_from": "dep:a/b"}], id="leads nowhere"),
        pytest.param(
            [
                {"id": "dep:a/a", "specs_from": "dep:a/b"},
                {"id": "dep:a/b", "specs_from": "dep:a/a"},
            ],
            id="a circle",
        ),
    ],
)
def test_a_bad_registry_is_refused(rows: list[JSON]) -> None:
    with pytest.raises(InvalidMappingError):
        registry_mapping({"mappings": rows}, source="x.mapping.json")


def test_a_role_without_packages_is_not_answered() -> None:
    rows: list[JSON] = [
        {"id": "dep:generic/a", "specs": {"build": [], "host": "a-dev", "run": "a"}},
        {"id": "dep:generic/b", "specs": {"build": "b", "host": [], "run": []}},
    ]
    mapping = registry_mapping({"mappings": rows}, source="x.mapping.json")
    build = mapping.find_external("dep:generic/a", role="build")
    assert build is not None
    assert build.packages == ("a-dev",)
    assert mapping.find_external("dep:generic/b", role="run") is None


def test_words_of_recipes_are_no_packages() -> None:
    rows: list[JSON] = [
        {"id": "dep:generic/a", "specs": {"build": "{{ compiler('c') }}", "run": "a"}}
    ]
    mapping = registry_mapping({"mappings": rows}, source="x.mapping.json")
    found = mapping.find_external("dep:generic/a", role="build")
    assert found is not None
    assert found.packages == ("a",)


def test_what_definitions_provide() -> None:
    value: dict[str, JSON] = {
        "definitions": [
            {"id": "dep:generic/gcc", "provides": "dep:virtual/compiler/c"},
            {"id": "dep:generic/zlib"},
        ]
    }
    assert providers(value) == {"dep:generic/gcc": ("dep:virtual/compiler/c",)}


@pytest.mark.parametrize(
    ("text", "url", "version", "name"),
    [
        ("dep:generic/openssl@>=3,<4", "dep:generic/openssl", ">=3,<4", "openssl"),
        ("dep:virtual/compiler/c", "dep:virtual/compiler/c", "", "compiler/c"),
        ("dep:virtual/compiler/CPP", "dep:virtual/compiler/cxx", "", "compiler/cxx"),
        ("virtual:compiler/c++", "dep:virtual/compiler/cxx", "", "compiler/cxx"),
        ("pkg:generic/libffi", "dep:generic/libffi", "", "libffi"),
        ("dep:generic/XCB; os_name=='posix'", "dep:generic/xcb", "", "xcb"),
        ("dep:pypi/numpy@2.0#sub/path", "dep:pypi/numpy", "2.0", "numpy"),
        ("dep:github/a/b?x=y", "dep:github/a/b", "", "a/b"),
    ],
)
def test_dep_urls(text: str, url: str, version: str, name: str) -> None:
    found = DepUrl.parse(text)
    assert (found.url, found.version, found.name) == (url, version, name)
    assert DepUrl.parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zlib",
        "dep:zlib",
        "dep:generic/",
        "dep:a/b c",
        "dep:a/b@~=3",
        "dep:a/b@>=3,",
    ],
)
def test_what_is_no_dep_url(text: str) -> None:
    with pytest.raises(InvalidDepUrlError):
        DepUrl.parse(text)


def test_qualifiers_tell_things_apart() -> None:
    assert bare_url("dep:generic/a@1.0") == "dep:generic/a"
    assert bare_url("dep:generic/a?repository_url=x") != "dep:generic/a"
