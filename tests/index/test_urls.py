import pytest

from pysetup.index.urls import metadata_url, page_url, without_credentials


@pytest.mark.parametrize(
    ("index", "name", "page"),
    [
        ("https://h/simple/", "demo", "https://h/simple/demo/"),
        ("https://h/simple", "demo", "https://h/simple/demo/"),
        ("https://h", "demo", "https://h/demo/"),
        ("https://u:p@h/simple?t=1#f", "demo", "https://u:p@h/simple/demo/?t=1"),
        ("file:///srv/simple", "demo", "file:///srv/simple/demo/"),
        ("https://h/simple", "", "https://h/simple/"),
    ],
)
def test_the_page_of_a_project(index: str, name: str, page: str) -> None:
    assert page_url(index, name) == page


def test_the_metadata_of_a_file() -> None:
    assert metadata_url("https://h/a.whl?x=y") == "https://h/a.whl.metadata?x=y"


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://u:p@h:8080/x?y#z", "https://h:8080/x?y"),
        ("file:///a", "file:///a"),
        ("http://[", "http://["),
    ],
)
def test_without_credentials(url: str, clean: str) -> None:
    assert without_credentials(url) == clean
