"""What packages say of a project, out of its document: page, people, licence, words."""

import re

from pysetup.metadata.document import Metadata
from pysetup.metadata.migrations import LICENSE_CLASSIFIER, license_advice
from pysetup.platforms.quoting import one_line
from pysetup.standards.people import ADDRESS, Person, parse_people

__all__ = [
    "changelog_of",
    "github_of",
    "homepage_of",
    "licence_of",
    "licence_words",
    "maintainer_of",
    "one_line",
    "people_of",
    "summary_of",
]

# Labels of project URLs for the page of a project (well-known labels, PEP 753).
_HOME_LABELS = ("homepage", "source", "repository", "sourcecode", "documentation")
_CHANGE_LABELS = ("changelog", "changes", "releasenotes", "whatsnew", "history")
_WEB = ("http:", "https:")
_GITHUB = re.compile(r"https?://(?:www\.)?github\.com/([\w.-]+/[\w.-]+)/?(?:[#?/]|$)")
_MAX_LICENCE = 80
# A name with quotes in the middle, and an address: what no parser of addresses takes.
_ODD = re.compile(rf"(?P<name>[^<>]+?)\s*<(?P<address>{ADDRESS.pattern})>")


def summary_of(metadata: Metadata) -> str:
    """Return the summary in one line; the project's name where it has none."""
    return one_line(metadata.text("summary")) or metadata.name


def homepage_of(metadata: Metadata) -> str:
    """Return the URL of the project's page; empty if it tells none."""
    urls = _urls(metadata)
    known = [urls.get(label, "") for label in _HOME_LABELS]
    found = [one_line(metadata.text("home_page")), *known, *urls.values()]
    return next((url for url in found if url.startswith(_WEB)), "")


def changelog_of(metadata: Metadata) -> str:
    """Return the URL of the list of changes; empty if the project tells none."""
    urls = _urls(metadata)
    found = (urls.get(label, "") for label in _CHANGE_LABELS)
    return next((url for url in found if url.startswith(_WEB)), "")


def github_of(metadata: Metadata) -> str:
    """Return ``owner/repository`` of the source on GitHub; empty if it is not there."""
    urls = _urls(metadata)
    known = [urls.get(label, "") for label in ("source", "repository", "sourcecode")]
    for url in (*known, homepage_of(metadata), *urls.values()):
        if match := _GITHUB.match(url):
            return match[1].removesuffix(".git")
    return ""


def maintainer_of(metadata: Metadata) -> str:
    """Return ``Name <address>`` of who maintains the project, as far as it is told."""
    for role in ("maintainer", "author"):
        for name, address in people_of(metadata, role):
            if name and address:
                return one_line(f"{name} <{address}>")
            if name or address:
                return one_line(name or address)
    return ""


def _urls(metadata: Metadata) -> dict[str, str]:
    """Return the project's URLs by their labels as PEP 753 compares them."""
    return {
        re.sub(r"[\W_]", "", label.lower()): one_line(url)
        for label, url in metadata.section("project_url").items()
        if isinstance(url, str)
    }


def people_of(metadata: Metadata, role: str) -> tuple[Person, ...]:
    """Return the names and addresses of a role (``author``, ``maintainer``).

    An address that stands in the field of names is one; a name alone and an address
    alone are one person.
    """
    found: list[Person] = []
    for name, address in parse_people(
        metadata.text(role), metadata.text(f"{role}_email")
    ):
        found += [(name, address)] if address else _addressed(name)
    names = [name for name, address in found if not address]
    addresses = [address for name, address in found if not name]
    if len(names) == len(addresses) == 1 and len(found) == 2:  # noqa: PLR2004 - a pair
        return ((names[0], addresses[0]),)
    return tuple(found)


def _addressed(text: str) -> tuple[Person, ...]:
    """Return the people of a text that may hold addresses, odd as it may be."""
    people = parse_people("", text)
    if len(people) == 1 and (match := _ODD.fullmatch(people[0][0])):
        return ((match["name"], match["address"]),)
    return people


def licence_of(metadata: Metadata) -> str:
    """Return the licence as an SPDX expression; empty where it is not certain."""
    stated = metadata.text("license_expression")
    if stated:
        return one_line(stated)
    advice = license_advice(metadata.text("license"), metadata.texts("classifier"))
    return advice.value if advice else ""


def licence_words(metadata: Metadata) -> str:
    """Return the SPDX expression, or else the short name that the project gives."""
    text = one_line(metadata.text("license"))
    classifiers = [
        one_line(name.rpartition(" :: ")[2])
        for name in metadata.texts("classifier")
        if name.startswith(LICENSE_CLASSIFIER) and name.count(" :: ") > 1
    ]
    short = text if len(text) <= _MAX_LICENCE else ""
    return licence_of(metadata) or short or ", ".join(classifiers)
