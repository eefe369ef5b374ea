"""What packages say of a project, out of its document: page, people, licence, words."""

import re

from pysetup.metadata.document import Metadata
from pysetup.metadata.migrations import LICENSE_CLASSIFIER, license_advice
from pysetup.platforms.quoting import one_line
from pysetup.standards.people import parse_people

__all__ = [
    "homepage_of",
    "licence_of",
    "licence_words",
    "maintainer_of",
    "one_line",
    "summary_of",
]

# Labels of project URLs for the page of a project (well-known labels, PEP 753).
_HOME_LABELS = ("homepage", "source", "repository", "sourcecode", "documentation")
_MAX_LICENCE = 80


def summary_of(metadata: Metadata) -> str:
    """Return the summary in one line; the project's name where it has none."""
    return one_line(metadata.text("summary")) or metadata.name


def homepage_of(metadata: Metadata) -> str:
    """Return the URL of the project's page; empty if it tells none."""
    urls = {
        re.sub(r"[\W_]", "", label.lower()): one_line(url)
        for label, url in metadata.section("project_url").items()
        if isinstance(url, str)
    }
    known = [urls.get(label, "") for label in _HOME_LABELS]
    found = [one_line(metadata.text("home_page")), *known, *urls.values()]
    return next((url for url in found if url.startswith(("http:", "https:"))), "")


def maintainer_of(metadata: Metadata) -> str:
    """Return ``Name <address>`` of who maintains the project, as far as it is told."""
    for role in ("maintainer", "author"):
        people = parse_people(metadata.text(role), metadata.text(f"{role}_email"))
        for name, address in people:
            if name and address:
                return one_line(f"{name} <{address}>")
            if name or address:
                return one_line(name or address)
    return ""


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
