"""setup.py, setup.cfg and pyproject.toml of one project, merged as setuptools does.

Seen with setuptools 65 to 84: a keyword that setup() is given counts, unless it is
empty; else the one of setup.cfg; values of the two are never joined.  Where there is a
[project] table, both count for what is ``dynamic`` in it, and for nothing else.
"""

from collections.abc import Collection, Mapping

from pysetup.late import tomllib
from pysetup.metadata.document import COMMANDS_EXTENSION, EXPORTS_EXTENSION
from pysetup.metadata.formats import setup_cfg, setup_py
from pysetup.metadata.formats.legacy_draft import ALL, Unread
from pysetup.metadata.formats.legacy_remainder import with_remainder
from pysetup.metadata.formats.pyproject import ProjectDraft, ProjectFiles
from pysetup.metadata.formats.pyproject.project_files import LICENSE_GLOBS
from pysetup.metadata.formats.pyproject.project_table import KEYS
from pysetup.metadata.formats.setup_document import to_mapping
from pysetup.metadata.formats.setup_keywords import (
    FILLS,
    KNOWN,
    Keywords,
    Values,
    resolved,
)
from pysetup.metadata.pointers import pointer_of
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.values import dataclass, field, replace

_SETUPTOOLS = "setuptools"
_NO_PLUG_INS = (_SETUPTOOLS, "wheel")
# Key of [project] -> the keywords that say it when it is dynamic.
_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "version": ("version",),
    "description": ("description",),
    "readme": ("long_description", "long_description_content_type"),
    "requires-python": ("python_requires",),
    "license": ("license", "license_expression"),
    "license-files": ("license_files",),
    "authors": ("author", "author_email"),
    "maintainers": ("maintainer", "maintainer_email"),
    "keywords": ("keywords",),
    "classifiers": ("classifiers",),
    "urls": ("project_urls", "url", "download_url"),
    "dependencies": ("install_requires",),
    "optional-dependencies": ("extras_require",),
}
_OF_PROJECT = frozenset(word for words in _KEYWORDS.values() for word in words) | {
    "name",
    "entry_points",
}
_SCRIPTS = {"scripts": CONSOLE_SCRIPTS, "gui-scripts": GUI_SCRIPTS}


@dataclass(frozen=True, slots=True)
class SetupProject:
    """What the files of a project of setuptools state together.

    ``draft`` is complete: no code need be run. ``origins`` say of each pointer into
    the document where its value stands: ``setup.py:12``; files may share one.
    """

    draft: ProjectDraft
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read(
    draft: ProjectDraft, dynamic: Collection[str] | None, files: ProjectFiles
) -> SetupProject | None:
    """Complete ``draft``, what pyproject.toml states, from setup.py and setup.cfg.

    ``dynamic`` are the keys of [project] that are left to setuptools, None if there is
    no such table. Returns None where the files do not tell everything for certain:
    something is computed, another back end or a plug-in of setuptools may have its say,
    or setup.py cannot be read. Raises ``InvalidIniError`` or ``InvalidSettingError``.
    """
    if not _is_plain(draft):
        return None
    try:
        keywords, unread, rest = _merged(files)
    except setup_py.UnreadableSetupError:
        return None
    if dynamic is not None:
        keywords = replace(keywords, values=_for_project(keywords.values, dynamic))
    known, elsewhere = resolved(_with_licenses(keywords, files), files=files)
    mapping = to_mapping(known, files=files)
    mapping = with_remainder(mapping, keywords, setup_cfg.SETUP_CFG, sections=rest)
    left = {one.key for one in (*unread, *elsewhere)}
    filled = _extensions_to_fill(draft)
    if left & {*draft.missing, *filled, ALL} or not _has_identity(mapping, draft):
        return None
    joined = _joined(mapping, draft)
    build = {key: value for key, value in draft.build.items() if key != "dynamic"}
    told = _others(draft, filled)
    build |= {"dynamic": told} if told else {}
    joined["build"] = build
    done = replace(draft, mapping=joined, missing=(), build=build)
    stated = draft.mapping if files.read_file(draft.source) is not None else {}
    places = dict.fromkeys(stated, draft.source)
    return SetupProject(done, _origins(keywords, places, joined))


def _is_plain(draft: ProjectDraft) -> bool:
    """Tell whether setuptools builds the project, and nobody can join in."""
    build = draft.build
    requires = build.get("requires")
    texts = requires if isinstance(requires, list) else []
    names = {normalize_name(parse_requirement(str(text)).name) for text in texts}
    backend = build.get("backend")
    return (
        isinstance(backend, str)
        and backend.partition(":")[0].partition(".")[0] == _SETUPTOOLS
        and "backend_path" not in build
        and names <= {*_NO_PLUG_INS}
    )


def _merged(files: ProjectFiles) -> tuple[Keywords, tuple[Unread, ...], Values]:
    """Return the keywords that count, what is not known, and the rest of setup.cfg."""
    code, config = files.read_file(setup_py.SETUP_PY), files.read_file("setup.cfg")
    first, second = Keywords(setup_py.SETUP_PY, {}), Keywords(setup_cfg.SETUP_CFG, {})
    unread: tuple[Unread, ...] = ()
    rest: Values = {}
    if code is not None:
        first, unread = setup_py.read_keywords(code, files=files)
    if config is not None:
        second, rest = setup_cfg.read_keywords(config)
    stated = {key: value for key, value in first.values.items() if value}
    computed = {one.setting for one in unread}
    further = {
        key: value
        for key, value in second.values.items()
        if key not in stated and key not in computed
    }
    merged = Keywords(
        first.source,
        {**stated, **further},
        {**second.lines, **{key: first.lines[key] for key in stated}},
        dict.fromkeys(further, second.source),
    )
    words = {*first.values, *computed, *merged.values}
    reason = "it may be meant for a plug-in of setuptools"
    unread += tuple(
        Unread(ALL, word, first.lines.get(word, 0), reason)
        for word in sorted(words)
        if word not in KNOWN or word == "setup_requires"
    )
    return merged, unread, rest


def _for_project(values: Mapping[str, JSON], dynamic: Collection[str]) -> Values:
    """Return the keywords that count beside a [project] table."""
    left = {word for key in dynamic for word in _KEYWORDS.get(key, ())}
    made = {
        key: value
        for key, value in values.items()
        if key in left or key not in _OF_PROJECT
    }
    groups = values.get("entry_points")
    if not isinstance(groups, Mapping):
        return made
    scripts = {group: key for key, group in _SCRIPTS.items()}
    kept: Values = {
        group: rows
        for group, rows in groups.items()
        if scripts.get(group, "entry-points") in dynamic
    }
    return {**made, **({"entry_points": kept} if kept else {})}


def _with_licenses(keywords: Keywords, files: ProjectFiles) -> Keywords:
    """Return the keywords with the licence files that setuptools takes by itself."""
    if "license_files" in keywords.values:
        return keywords
    found = sorted({path for glob in LICENSE_GLOBS for path in files.glob(glob)})
    return replace(keywords, values={**keywords.values, "license_files": [*found]})


def _extensions_to_fill(draft: ProjectDraft) -> set[str]:
    told = draft.build.get("dynamic")
    wanted = set(map(str, told)) if isinstance(told, list) else set()
    return wanted & {COMMANDS_EXTENSION, EXPORTS_EXTENSION}


def _has_identity(mapping: Values, draft: ProjectDraft) -> bool:
    return all(key in mapping or key in draft.mapping for key in ("name", "version"))


def _others(draft: ProjectDraft, filled: set[str]) -> list[JSON]:
    told = draft.build.get("dynamic")
    return [one for one in told if one not in filled] if isinstance(told, list) else []


def _joined(mapping: Values, draft: ProjectDraft) -> Values:
    """Return what both say; a list may be static and dynamic at once (PEP 808)."""
    made: Values = {**mapping, **draft.mapping}
    for key, value in mapping.items():
        static = draft.mapping.get(key)
        if isinstance(static, list) and isinstance(value, list):
            made[key] = [*static, *(item for item in value if item not in static)]
        elif isinstance(static, Mapping) and isinstance(value, Mapping):
            made[key] = {**value, **static}
    made.pop("dynamic", None)
    return made


def _origins(
    keywords: Keywords, stated: Mapping[str, str], mapping: Values
) -> dict[str, tuple[str, ...]]:
    """Return pointer -> the places of its value; ``stated`` is key -> file."""
    found: dict[str, dict[str, None]] = {
        pointer_of([key]): {file: None}
        for key, file in stated.items()
        if key not in ("document_version", "extensions", "dynamic")
    }
    for keyword in keywords.values:
        line = keywords.lines.get(keyword)
        place = keywords.source_of(keyword) + (f":{line}" if line else "")
        for path in FILLS.get(keyword, ()):
            if _is_there(mapping, path) and path[0] != "build":
                found.setdefault(pointer_of(path), {})[place] = None
    return {pointer: tuple(places) for pointer, places in sorted(found.items())}


def _is_there(mapping: Mapping[str, JSON], path: tuple[str, ...]) -> bool:
    value: JSON = dict(mapping)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return bool(value)


def dynamic_keys(content: bytes) -> tuple[str, ...] | None:
    """Return what the [project] table of a valid pyproject.toml leaves to others.

    None if there is no such table.
    """
    project = tomllib.loads(content.decode()).get("project")
    if not isinstance(project, Mapping):
        return None
    told = project.get("dynamic")
    return tuple(key for key in told if key in KEYS) if isinstance(told, list) else ()
