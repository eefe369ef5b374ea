import pytest

from pysetup.index.upload_urls import upload_urls


@pytest.mark.parametrize(
    ("given", "upload", "simple"),
    [
        pytest.param(
            None,
            "https://upload.pypi.org/legacy/",
            "https://pypi.org/simple/",
            id="nothing is PyPI",
        ),
        pytest.param(
            "https://pypi.org/simple",
            "https://upload.pypi.org/legacy/",
            "https://pypi.org/simple/",
            id="the simple page of PyPI",
        ),
        pytest.param(
            "https://test.pypi.org/legacy/",
            "https://test.pypi.org/legacy/",
            "https://test.pypi.org/simple/",
            id="the test instance of PyPI",
        ),
        pytest.param(
            "http://127.0.0.1:8080/simple/",
            "http://127.0.0.1:8080/legacy/",
            "http://127.0.0.1:8080/simple/",
            id="our simple page",
        ),
        pytest.param(
            "https://u:p@host/team/legacy",
            "https://u:p@host/team/legacy/",
            "https://u:p@host/team/simple/",
            id="our upload address below a prefix",
        ),
        pytest.param(
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/simple/",
            id="a bare host",
        ),
        pytest.param(
            "https://host/repository/pypi-internal/?x=1",
            "https://host/repository/pypi-internal/?x=1",
            "",
            id="any other address is for uploads alone",
        ),
    ],
)
def test_both_addresses_follow_from_one(
    given: str | None, upload: str, simple: str
) -> None:
    urls = upload_urls(given)
    assert (urls.upload, urls.simple) == (upload, simple)


def test_credentials_are_for_one_server_only() -> None:
    assert upload_urls("https://host/simple/").is_one_server
    assert not upload_urls(None).is_one_server
