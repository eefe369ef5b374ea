import pytest

from pysetup.index.model import InvalidPageError
from pysetup.index.negotiate import (
    ACCEPT,
    HTML_TYPE,
    JSON_TYPE,
    LEGACY_TYPE,
    choose,
    is_json,
)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        pytest.param(ACCEPT, JSON_TYPE, id="our own client"),
        pytest.param("", LEGACY_TYPE, id="no wish"),
        pytest.param("*/*", LEGACY_TYPE, id="anything"),
        pytest.param("text/html", LEGACY_TYPE, id="a browser of old"),
        pytest.param("text/*", LEGACY_TYPE, id="any text"),
        pytest.param("application/*", JSON_TYPE, id="any application type"),
        pytest.param(JSON_TYPE, JSON_TYPE, id="JSON alone"),
        pytest.param(HTML_TYPE.upper(), HTML_TYPE, id="in capitals"),
        pytest.param(
            "application/vnd.pypi.simple.latest+json", JSON_TYPE, id="the latest JSON"
        ),
        pytest.param(
            "application/vnd.pypi.simple.latest+html", HTML_TYPE, id="the latest HTML"
        ),
        pytest.param(f"{JSON_TYPE}, {LEGACY_TYPE}", JSON_TYPE, id="a tie"),
        pytest.param(f"{JSON_TYPE};q=0.1, {LEGACY_TYPE}", LEGACY_TYPE, id="weights"),
        pytest.param(f"{JSON_TYPE};q=0, */*", LEGACY_TYPE, id="anything but JSON"),
        pytest.param(f"*/*;q=0.1, {HTML_TYPE};q=0.2", HTML_TYPE, id="closer is better"),
        pytest.param(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            LEGACY_TYPE,
            id="a browser",
        ),
        pytest.param("application/vnd.pypi.simple.v2+json", None, id="a later version"),
        pytest.param("image/png", None, id="a picture"),
        pytest.param("text/html;q=0", None, id="a refusal"),
        pytest.param("text/html;q=high", None, id="a weight that is none"),
        pytest.param(",;;=,", None, id="nonsense"),
    ],
)
def test_what_the_server_answers(accept: str, chosen: str | None) -> None:
    assert choose(accept) == chosen


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        (JSON_TYPE, True),
        ("Application/vnd.pypi.simple.latest+JSON; charset=utf-8", True),
        (HTML_TYPE, False),
        ("text/html; charset=utf-8", False),
    ],
)
def test_the_form_of_an_answer(content_type: str, json: bool) -> None:  # noqa: FBT001
    assert is_json(content_type, url="https://h/") is json


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain"])
def test_an_answer_of_no_known_form(content_type: str) -> None:
    with pytest.raises(InvalidPageError):
        is_json(content_type, url="https://h/")
