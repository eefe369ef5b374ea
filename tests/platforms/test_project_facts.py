"""What packages say of a project, from documents as they are."""

import pytest

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.people import maintainer_of as debian_maintainer
from pysetup.platforms.project_facts import changelog_of, github_of, maintainer_of


@pytest.mark.parametrize(
    ("fields", "told", "debian"),
    [
        ({"author": 'Ä "B" <x@y.org>'}, 'Ä "B" <x@y.org>', "Ä B <x@y.org>"),
        (
            {"author": "Ada", "author_email": "a@b.org"},
            "Ada <a@b.org>",
            "Ada <a@b.org>",
        ),
        (
            {"author": "Ada, Bob", "author_email": "Cy <c@d.org>"},
            "Cy <c@d.org>",
            "Cy <c@d.org>",
        ),
        (
            {"author": "Ada <a@b.org>, Bob"},
            "Ada <a@b.org>",
            "Ada <a@b.org>",
        ),
        ({"author": "Ada", "maintainer": "Bob"}, "Bob", "Bob <nobody@example.org>"),
        ({}, "", "Developers of demo <nobody@example.org>"),
    ],
    ids=["quotes", "a pair", "names and an address", "in one field", "names", "nobody"],
)
def test_who_maintains_it(fields: dict[str, str], told: str, debian: str) -> None:
    base = {"metadata_version": "2.1", "name": "demo", "version": "1.0"}
    document = Metadata.from_dict({**base, **fields})
    assert maintainer_of(document) == told
    assert debian_maintainer(document, "") == debian


@pytest.mark.parametrize(
    ("urls", "changelog", "github"),
    [
        ({"Change Log": "https://a.org/c"}, "https://a.org/c", ""),
        ({"Release notes": "ftp://a.org"}, "", ""),
        ({"Source": "https://github.com/a/b.git"}, "", "a/b"),
        ({"Bugs": "https://github.com/a/b/issues"}, "", "a/b"),
        ({"Sponsor": "https://github.com/sponsors"}, "", ""),
        ({}, "", ""),
    ],
    ids=["changes", "no page", "source", "issues", "no repository", "nothing"],
)
def test_where_changes_and_source_are(
    urls: dict[str, str], changelog: str, github: str
) -> None:
    base = {"metadata_version": "2.1", "name": "demo", "version": "1.0"}
    document = Metadata.from_dict({**base, "project_url": urls})
    assert changelog_of(document) == changelog
    assert github_of(document) == github
