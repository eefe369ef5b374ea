"""From the keywords of setup() to the keys of the document, and back."""

from collections.abc import Callable, Mapping

from pysetup.metadata.document import DOCUMENT_VERSION, Metadata, with_entry_points
from pysetup.metadata.fields import NOTHING
from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.pyproject.build_system import read_build_system
from pysetup.metadata.formats.pyproject.groups import GROUPS_EXTENSION
from pysetup.metadata.formats.setup_keywords import (
    LISTS,
    TEST_GROUP,
    TEXTS,
    Keywords,
    Values,
)
from pysetup.metadata.formats.setup_sources import read_sources, sources_keywords
from pysetup.standards.entry_points import EntryPoint, parse_entry_points
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import (
    for_extra,
    parse_marker,
    parse_requirement,
    split_extra,
    with_marker,
)
from pysetup.standards.versions import parse_specifiers, parse_version

_CHECKS: Mapping[str, Callable[[str], object]] = {
    "name": parse_name,
    "version": parse_version,
    "python_requires": parse_specifiers,
}
_SEVERAL_LINES = ("long_description", "license", "author", "maintainer")
_WILD = frozenset("*?[")
_SETUPTOOLS = "setuptools"


def to_mapping(keywords: Keywords, *, files: ProjectFiles | None = None) -> Values:
    """Return the document's keys for ``keywords``, of which every file is read.

    ``files`` is for the globs of licence files. Raises ``InvalidSettingError``.
    """
    made: Values = {"document_version": DOCUMENT_VERSION}
    for keyword, key in TEXTS.items():
        text = keywords.text(keyword)
        if text is not None:
            made[key] = _checked_text(keywords, keyword, text)
    for keyword, key in LISTS.items():
        found = keywords.texts(keyword)
        if keyword == "keywords":
            # A comma separates them in METADATA, however they are listed here.
            found = [word.strip() for text in found for word in text.split(",")]
            found = [word for word in found if word]
        if found:
            made[key] = list(found)
    sections: Values = {
        "project_url": {
            label.strip(): str(url).strip()
            for label, url in keywords.table("project_urls").items()
        },
        "license_file": list(_license_files(keywords, files)),
        "build": _build(keywords),
        "sources": read_sources(keywords),
        "extensions": _extensions(keywords),
        **_requirements(keywords),
    }
    return {**made, **{key: value for key, value in sections.items() if value}}


def _checked_text(keywords: Keywords, keyword: str, text: str) -> str:
    if keyword in _SEVERAL_LINES:
        return text if keyword == "long_description" else text.strip()
    # setuptools takes the first line, and says that this will be an error.
    line = text.strip().splitlines()[0]
    check = _CHECKS.get(keyword)
    if check is not None:
        _ = keywords.checked(keyword, check, line)
    return str(parse_version(line)) if keyword == "version" else line


def _license_files(keywords: Keywords, files: ProjectFiles | None) -> list[str]:
    """Return the licence files; globs only where there are files to match."""
    found: dict[str, None] = {}
    for pattern in keywords.texts("license_files"):
        if not _WILD & set(pattern):
            found[pattern] = None
        elif files is not None:
            found.update(dict.fromkeys(files.glob(pattern)))
    return list(found)


def _requirements(keywords: Keywords) -> Values:
    requires = keywords.requirements("install_requires")
    extras: dict[str, None] = {}
    for key, value in keywords.table("extras_require").items():
        extra, _, marker = key.partition(":")
        normalized = _extra(keywords, extra)
        if normalized:
            extras[normalized] = None
        if marker.strip():
            keywords.checked("extras_require", parse_marker, marker)
        for text in keywords.requirements_of("extras_require", value):
            if marker.strip():
                requirement = keywords.requirement("extras_require", text)
                text = with_marker(requirement, _grouped(marker))  # noqa: PLW2901
            requirement = keywords.requirement("extras_require", text)
            requires.append(for_extra(requirement, normalized) if normalized else text)
    return {"requires_dist": list(requires), "provides_extra": list(extras)}


def _extra(keywords: Keywords, extra: str) -> str:
    if not extra.strip():
        return ""
    return normalize_name(keywords.checked("extras_require", parse_name, extra.strip()))


def _grouped(marker: str) -> str:
    text = str(parse_marker(marker))
    return f"({text})" if " or " in text else text


def _build(keywords: Keywords) -> Values:
    """Return the build section: a project with a setup.py is built by setuptools."""
    build = read_build_system(None)
    stated = build["requires"]
    assert isinstance(stated, list)  # it is what PEP 517 says
    needed = keywords.requirements("setup_requires")
    return {**build, "requires": [*stated, *needed]}


def _extensions(keywords: Keywords) -> Values:
    made = with_entry_points({}, tuple(_entries(keywords)))
    tests = keywords.requirements("tests_require")
    if tests:
        made[GROUPS_EXTENSION] = {TEST_GROUP: list(tests)}
    return made


def _entries(keywords: Keywords) -> list[EntryPoint]:
    value = keywords.values.get("entry_points")
    if isinstance(value, str):
        return list(keywords.checked("entry_points", parse_entry_points, value))
    found: dict[tuple[str, str], EntryPoint] = {}
    for group, rows in keywords.table("entry_points").items():
        for row in keywords.listed("entry_points", rows):
            text = f"[{group}]\n{row}"
            for entry in keywords.checked("entry_points", parse_entry_points, text):
                if (entry.group, entry.name) in found:
                    keywords.refuse("entry_points", f"names {entry.name!r} twice")
                found[entry.group, entry.name] = entry
    return list(found.values())


def to_keywords(mapping: Mapping[str, JSON]) -> Values:
    """Return the keywords that say what ``mapping`` says, as far as there are any.

    ``mapping`` is a document or a part of one. Raises ``InvalidEntryPointError``.
    """
    document = Metadata.from_dict({"name": "unnamed", "version": "0", **mapping})
    made: Values = {}
    for keyword, key in TEXTS.items():
        text = document.text(key)
        if text.strip() not in NOTHING:
            made[keyword] = text
    for keyword, key in LISTS.items():
        texts = document.texts(key)
        if keyword == "keywords":
            # A comma would make two of one.
            texts = tuple(text for text in texts if "," not in text)
        if texts:
            made[keyword] = list(texts)
    groups = document.extension(GROUPS_EXTENSION)
    requires, extras = _by_extra(document)
    sections: Values = {
        "project_urls": document.section("project_url"),
        "license_files": list(document.texts("license_file")),
        "install_requires": list(requires),
        "extras_require": {extra: list(texts) for extra, texts in extras.items()},
        "setup_requires": list(_setup_requires(document)),
        "tests_require": groups.get(TEST_GROUP),
        "entry_points": _groups(document),
        **sources_keywords(document),
    }
    return {**made, **{key: value for key, value in sections.items() if value}}


def _by_extra(document: Metadata) -> tuple[list[str], dict[str, list[str]]]:
    """Return the requirements without an extra, and the others by their extra."""
    requires: list[str] = []
    extras: dict[str, list[str]] = {
        extra: [] for extra in document.texts("provides_extra")
    }
    spelt = {normalize_name(extra): extra for extra in extras}
    for text in document.texts("requires_dist"):
        bare, extra = split_extra(parse_requirement(text))
        name = spelt.get(normalize_name(extra)) if extra else None
        if name is None:
            # An extra that is not provided stays where it is: in the marker.
            requires.append(text)
        else:
            extras[name].append(bare)
    return requires, extras


def _setup_requires(document: Metadata) -> list[str]:
    """Return what the build by setuptools needs beyond what it always does."""
    build, always = document.section("build"), read_build_system(None)["requires"]
    requires = build.get("requires")
    if not isinstance(requires, list) or not isinstance(always, list):
        return []
    if not str(build.get("backend")).startswith(_SETUPTOOLS):
        return []
    return [str(text) for text in requires if text not in always]


def _groups(document: Metadata) -> dict[str, JSON]:
    groups: dict[str, list[JSON]] = {}
    for entry in document.entry_points:
        groups.setdefault(entry.group, []).append(f"{entry.name} = {entry.reference}")
    return dict(groups)
