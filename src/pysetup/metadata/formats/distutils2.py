"""setup.cfg of distutils2, the packaging tool of 2010 to 2012, both ways."""

from collections.abc import Mapping

from pysetup.metadata.document import DOCUMENT_VERSION, Metadata
from pysetup.metadata.formats.ini_text import parse_ini, write_ini
from pysetup.metadata.formats.legacy_draft import (
    LegacyDraft,
    Unread,
    find_losses,
    with_unread,
)
from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.setup_keywords import Keywords, file_text
from pysetup.metadata.legacy import LEGACY_EXTENSION, join_urls, split_urls
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import parse_name
from pysetup.standards.paths import path_fault
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.standards.versions import parse_specifiers, parse_version

DISTUTILS2 = "distutils2"
SETUP_CFG = "setup.cfg"
_METADATA, _FILES = "metadata", "files"
Values = dict[str, JSON]

# Key of [metadata] -> key of the document.
_TEXTS: Mapping[str, str] = {
    "name": "name",
    "version": "version",
    "summary": "summary",
    "description": "description",
    "author": "author",
    "author_email": "author_email",
    "maintainer": "maintainer",
    "maintainer_email": "maintainer_email",
    "home_page": "home_page",
    "download_url": "download_url",
    "license": "license",
    "requires_python": "requires_python",
}
_LISTS: Mapping[str, str] = {
    "classifier": "classifier",
    "platform": "platform",
    "supported_platform": "supported_platform",
    "requires_dist": "requires_dist",
    "provides_dist": "provides_dist",
    "obsoletes_dist": "obsoletes_dist",
    "requires_external": "requires_external",
}
_ALIASES = {"classifiers": "classifier", "platforms": "platform", "url": "home_page"}


def read(
    content: bytes, *, source: str = SETUP_CFG, files: ProjectFiles | None = None
) -> LegacyDraft:
    """Read the ``setup.cfg`` of a distutils2 project.

    ``description-file`` is read through ``files``, the project's folder. What has no
    place in the document ([global], [extension: ...], scripts, resources with
    placeholders) is kept in ``pysetup.legacy``.

    Raises ``InvalidIniError`` or ``InvalidSettingError``.
    """
    text = parse_ini(content, source=source, is_filled=lambda _: False)
    rest = {name: dict(items) for name, items in text.sections.items()}
    stated = rest.get(_METADATA, {})
    keys = {key: _canonical(key) for key in stated}
    lines = {keys[key]: text.line(_METADATA, key) for key in stated}
    given = Keywords(source, {keys[key]: stated[key] for key in reversed(keys)}, lines)
    unread: list[Unread] = []
    mapping: Values = {
        "document_version": DOCUMENT_VERSION,
        **_texts(given),
        **_lists(given),
        **_description_files(given, files, unread),
    }
    sources = _sources(rest.get(_FILES, {}), source=source)
    if sources:
        mapping["sources"] = sources
    kept = _kept(rest, mapping)
    if kept:
        mapping["extensions"] = {LEGACY_EXTENSION: {DISTUTILS2: {"sections": kept}}}
    told = tuple(unread)
    return LegacyDraft(source, with_unread(mapping, told), told)


def _canonical(key: str) -> str:
    plain = key.lower().replace("-", "_")
    return _ALIASES.get(plain, plain)


def _texts(given: Keywords) -> Values:
    found: Values = {}
    for key, target in _TEXTS.items():
        text = given.text(key)
        if text is None:
            continue
        # Further lines of a description begin with a bar, so that they keep spaces.
        lines = [line.removeprefix("|") for line in text.strip().split("\n")]
        value = "\n".join(lines)
        if key == "name":
            given.checked(key, parse_name, value)
        elif key == "version":
            value = str(given.checked(key, parse_version, value))
        elif key == "requires_python":
            given.checked(key, parse_specifiers, value)
        elif key not in ("description", "license"):
            value = " ".join(value.split())
        found[target] = value
    return found


def _lists(given: Keywords) -> Values:
    found: Values = {}
    for key, target in _LISTS.items():
        # Commas stand inside of versions: a list has one item a line.
        items = given.texts(key, separator="\n")
        if key == "requires_dist":
            items = [_requirement(given, item) for item in items]
        if items:
            found[target] = list(items)
    words = given.texts("keywords")
    if words:
        found["keywords"] = list(words)
    urls, _ = split_urls(given.texts("project_url", separator="\n"))
    if urls:
        found["project_url"] = dict(urls)
    return found


def _requirement(given: Keywords, text: str) -> str:
    """Return a requirement, from ``name (1.0)`` of PEP 345 if it must be."""
    try:
        parse_requirement(text)
    except InvalidRequirementError:
        # A version without a comparison meant that version or a later form of it.
        bare, opening, rest = text.partition("(")
        version, closing, marker = rest.partition(")")
        if not (opening and closing and version.strip()[:1].isdigit()):
            given.checked("requires_dist", parse_requirement, text)
        made = f"{bare.strip()} (=={version.strip()}){marker}"
        given.checked("requires_dist", parse_requirement, made)
        return made
    return text


def _description_files(
    given: Keywords, files: ProjectFiles | None, unread: list[Unread]
) -> Values:
    paths = " ".join(given.texts("description_file", separator="\n")).split()
    if not paths:
        return {}
    texts = [file_text(given, "description_file", path, files) for path in paths]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        line = given.lines["description_file"]
        reason = f"it stands in {', '.join(paths)}"
        unread.append(Unread("description", "description-file", line, reason))
        return {}
    return {"description": "\n".join(known)}


def _sources(section: Mapping[str, str], *, source: str) -> Values:
    given = Keywords(source, {_canonical(key): raw for key, raw in section.items()})
    made: Values = {}
    root = given.text("packages_root")
    if root is not None and path_fault(root.strip().rstrip("/")) is None:
        made["root"] = root.strip().rstrip("/")
    modules = [
        *(name.partition(".")[0] for name in given.texts("packages", separator="\n")),
        *given.texts("modules", separator="\n"),
    ]
    modules = list(dict.fromkeys(modules))
    if modules and all(name.isidentifier() for name in modules):
        made["modules"] = list(modules)
    data = _package_data(given)
    if data:
        made["package_data"] = data
    folders = _resources(given)
    if folders:
        made["data_files"] = folders
    return made


def _package_data(given: Keywords) -> Values:
    """Return the globs by package, from rows ``package = glob glob``."""
    found: dict[str, list[JSON]] = {}
    package = ""
    for row in given.texts("package_data", separator="\n"):
        name, equals, globs = row.partition("=")
        if equals:
            package = name.strip()
        else:
            globs = row
        if package:
            found.setdefault(package, []).extend(globs.split())
    return {name: globs for name, globs in found.items() if globs}


def _resources(given: Keywords) -> Values:
    """Return source globs by folder, from rows ``glob = folder``.

    A folder with a placeholder such as ``{datadir}`` is only known to an installer.
    """
    found: dict[str, list[JSON]] = {}
    for row in given.texts("resources", separator="\n"):
        globs, _, folder = (part.strip() for part in row.partition("="))
        if path_fault(folder) is None and "{" not in folder:
            found.setdefault(folder, []).extend(globs.split())
    return dict(found)


def _kept(rest: dict[str, dict[str, str]], mapping: Values) -> Values:
    """Return the sections and keys that would not be written like this again."""
    made = {
        name: {_canonical(key): _words(raw) for key, raw in items}
        for name, items in _sections(mapping)
    }
    kept: Values = {}
    for name, items in rest.items():
        again = made.get(name, {})
        different = {
            key: raw
            for key, raw in items.items()
            if again.get(_canonical(key)) != _words(raw)
        }
        if different or not items:
            kept[name] = different
    return kept


def _words(raw: str) -> list[str]:
    lines = raw.splitlines() if "\n" in raw else [raw]
    return [" ".join(line.split()) for line in lines if line.strip()]


def write(metadata: Metadata) -> bytes:
    """Write the ``setup.cfg`` of distutils2, sections and keys in one order.

    Settings that the document does not hold are written as they were read. Raises
    ``UnwritableMetadataError`` for what cannot stand in the file.
    """
    told = metadata.extension(LEGACY_EXTENSION).get(DISTUTILS2)
    kept = told.get("sections") if isinstance(told, Mapping) else None
    others = {
        name: {key: raw for key, raw in items.items() if isinstance(raw, str)}
        for name, items in (kept.items() if isinstance(kept, Mapping) else ())
        if isinstance(items, Mapping)
    }
    mapping = metadata.to_dict()
    made = []
    for name, items in _sections(mapping):
        raw = others.pop(name, {})
        if raw and not _still_true(name, raw, mapping):
            raw = {key: text for key, text in raw.items() if not _is_known(name, key)}
        own = {_canonical(key) for key in raw}
        merged = [(key, text) for key, text in items if _canonical(key) not in own]
        made.append((name, [*merged, *raw.items()]))
    made = [(name, items) for name, items in made if items]
    made += [(name, list(items.items())) for name, items in others.items()]
    return write_ini(made, percent="%")


def _is_known(section: str, key: str) -> bool:
    plain = _canonical(key)
    known = ("keywords", "project_url", "packages", "modules", "package_data")
    return section == _FILES or plain in {*_TEXTS, *_LISTS, *known}


def _still_true(section: str, raw: Mapping[str, str], mapping: Values) -> bool:
    """Tell whether settings, read again, say what the document says now."""
    content = write_ini([(section, list(raw.items()))], percent="%")
    said = read(content).mapping
    return all(
        mapping.get(key) == value or (key == "sources" and _within(value, mapping))
        for key, value in said.items()
        if key not in ("document_version", "extensions", "dynamic")
    )


def _within(value: JSON, mapping: Values) -> bool:
    sources = mapping.get("sources")
    return (
        isinstance(value, Mapping)
        and isinstance(sources, Mapping)
        and all(sources.get(key) == item for key, item in value.items())
    )


def _sections(mapping: Mapping[str, JSON]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the document says as sections of keys and texts."""
    top: list[tuple[str, str]] = []
    for key, target in _TEXTS.items():
        value = mapping.get(target)
        if isinstance(value, str) and value:
            top.append((key.replace("_", "-"), value.strip().replace("\n", "\n|")))
    for key, target in _LISTS.items():
        top += _listed(key.replace("_", "-"), mapping.get(target))
    top += _listed("keywords", mapping.get("keywords"))
    urls = mapping.get("project_url")
    if isinstance(urls, Mapping):
        texts = {label: str(url) for label, url in urls.items()}
        top += _listed("project-url", list(join_urls(texts)))
    sources = mapping.get("sources")
    files: list[tuple[str, str]] = []
    if isinstance(sources, Mapping):
        if sources.get("root") not in (None, "."):
            files.append(("packages_root", str(sources["root"])))
        files += _listed("packages", sources.get("modules"))
        files += _listed("package_data", _rows(sources.get("package_data")))
        files += _listed("resources", _rows(sources.get("data_files"), turned=True))
    return [(_METADATA, top), (_FILES, files)]


def _listed(key: str, value: JSON) -> list[tuple[str, str]]:
    if not isinstance(value, list) or not value:
        return []
    return [(key, "\n".join(["", *map(str, value)]))]


def _rows(table: JSON, *, turned: bool = False) -> list[JSON]:
    found: list[JSON] = []
    for name, globs in table.items() if isinstance(table, Mapping) else ():
        listed = " ".join(map(str, globs if isinstance(globs, list) else []))
        found.append(f"{listed} = {name}" if turned else f"{name} = {listed}")
    return found


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what does not come back when the document is written and read again."""
    draft = read(write(metadata))
    return find_losses(metadata, draft, lambda _: "distutils2 has no place for it")
