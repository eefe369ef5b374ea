"""Version control URLs, as pip writes them."""

import pytest

from pysetup.standards.vcs_urls import (
    VcsUrl,
    VersionControlUrlError,
    is_vcs_url,
    parse_vcs_url,
)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("git+https://h/a.git", VcsUrl("git", "https://h/a.git")),
        ("git+https://h/a.git@v1", VcsUrl("git", "https://h/a.git", "v1")),
        (
            "git+ssh://git@h:22/a@feature/x#subdirectory=part/b&egg=a",
            VcsUrl("git", "ssh://git@h:22/a", "feature/x", "part/b", "a"),
        ),
        ("git+file:///srv/a@1", VcsUrl("git", "file:///srv/a", "1")),
        ("hg+https://h/a@tip", VcsUrl("hg", "https://h/a", "tip")),
        ("svn+https://h/a/trunk@7", VcsUrl("svn", "https://h/a/trunk", "7")),
        ("bzr+lp:a@3", VcsUrl("bzr", "lp:a", "3")),
        ("git+https://h/a#egg=a[x,y]", VcsUrl("git", "https://h/a", egg="a")),
        ("git+https://u:p%40@h/a@b%2Fc", VcsUrl("git", "https://u:p%40@h/a", "b/c")),
    ],
)
def test_are_read(text: str, parsed: VcsUrl) -> None:
    assert is_vcs_url(text)
    assert parse_vcs_url(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("git+ext::sh -c x", id="a transport that runs commands"),
        pytest.param("git+ext::sh%20-c%20x", id="the same without blanks"),
        pytest.param("git+git@h:a.git", id="the short form of ssh"),
        pytest.param("git+ssh://-oProxyCommand=x/a", id="a host that is an option"),
        pytest.param("git+https://h/a@--upload-pack=x", id="a revision that is one"),
        pytest.param("git+https://h/a@", id="an empty revision"),
        pytest.param("git+https://h/a@a..b", id="a range"),
        pytest.param("git+https://h/a@a~1", id="an expression"),
        pytest.param("git+https://h/a@a%00b", id="a hidden zero"),
        pytest.param("git+https://h/a#subdirectory=../b", id="out of the repository"),
        pytest.param("git+https:///a", id="no host"),
        pytest.param("git+https://h:x/a", id="no port"),
        pytest.param("git+file://h/a", id="a file of another machine"),
        pytest.param("git+https://h/a\nb", id="two lines"),
        pytest.param("cvs+https://h/a", id="another system"),
        pytest.param("hg+git://h/a", id="another's way"),
        pytest.param("git+https://h/" + "a" * 5000, id="too long"),
    ],
)
def test_are_refused(text: str) -> None:
    with pytest.raises(VersionControlUrlError) as caught:
        parse_vcs_url(text)
    assert caught.value.code == "PS2661"


@pytest.mark.parametrize(
    ("text", "credentials", "public"),
    [
        ("git+https://u:p%40@h/a@v", ("u", "p@"), "git+https://h/a@v"),
        ("git+https://token@h/a", ("token", ""), "git+https://h/a"),
        ("git+ssh://git@h/a", ("", ""), "git+ssh://git@h/a"),
        ("git+ssh://git:secret@h/a", ("", ""), "git+ssh://git@h/a"),
        ("git+https://h/a#egg=a", ("", ""), "git+https://h/a"),
    ],
)
def test_tell_no_secrets(text: str, credentials: tuple[str, str], public: str) -> None:
    url = parse_vcs_url(text)
    assert url.credentials == credentials
    assert url.public_text == public


def test_the_record_of_pep_610() -> None:
    url = parse_vcs_url("git+https://u:p@h/a@v1#subdirectory=b&egg=a")
    assert url.direct_url("0" * 40) == {
        "url": "https://h/a",
        "vcs_info": {"vcs": "git", "commit_id": "0" * 40, "requested_revision": "v1"},
        "subdirectory": "b",
    }
    assert parse_vcs_url(url.public_text).direct_url("1") == url.direct_url("1")
