"""setup.cfg of setuptools: read as it does, and written so that it reads the same."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.metadata.formats.ini_text import InvalidIniError, parse_ini, write_ini
from pysetup.metadata.formats.legacy_draft import LegacyDraft, find_losses, with_unread
from pysetup.metadata.formats.legacy_remainder import (
    find_remainder,
    restored_keywords,
    with_remainder,
)
from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.setup_cfg_values import (
    KINDS,
    SECTIONS,
    read_value,
    write_value,
)
from pysetup.metadata.formats.setup_document import to_mapping
from pysetup.metadata.formats.setup_keywords import FIND, Keywords, Values, resolved
from pysetup.metadata.formats.setup_sources import with_py_modules
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON

SETUP_CFG = "setup.cfg"
# What setup.py states beyond the document, setup.cfg can state too.
_KEPT_BY = (SETUP_CFG, "setup.py")
_ALIASES: Mapping[str, Mapping[str, str]] = {
    "metadata": {
        "home_page": "url",
        "summary": "description",
        "classifier": "classifiers",
        "platform": "platforms",
        "license_file": "license_files",
    },
    "options": {},
}
_FIND_SECTION = "options.packages.find"


def read(
    content: bytes, *, source: str = SETUP_CFG, files: ProjectFiles | None = None
) -> LegacyDraft:
    """Read ``setup.cfg``; no code is run.

    ``file:`` is read through ``files``, the project's folder, and ``attr:`` in the text
    of its module, where it is a literal; they are unread without ``files``. What the
    document has no place for (tables of other tools, ``zip_safe``) is kept in
    ``pysetup.legacy``, and ``write`` puts it back.

    Raises ``InvalidIniError`` or ``InvalidSettingError``.
    """
    keywords, rest = read_keywords(content, source=source)
    known, unread = resolved(keywords, files=files)
    mapping = to_mapping(known, files=files)
    kept = with_remainder(mapping, keywords, SETUP_CFG, sections=rest)
    return LegacyDraft(source, with_unread(kept, unread), unread)


def read_keywords(
    content: bytes, *, source: str = SETUP_CFG
) -> tuple[Keywords, Values]:
    """Return the keywords that the file states, and its other sections as they are.

    Raises as ``read``.
    """
    text = parse_ini(content, source=source)
    values: Values = {}
    lines: dict[str, int] = {}
    rest: dict[str, dict[str, JSON]] = {}
    for section, items in text.sections.items():
        if section in SECTIONS:
            keyword = SECTIONS[section]
            values[keyword] = {
                key: read_value("list" if keyword != "extras_require" else "lines", raw)
                for key, raw in items.items()
            }
            lines[keyword] = text.line(section)
            continue
        aliases = _ALIASES.get(section)
        for key, raw in items.items():
            keyword = key.lower().replace("-", "_")
            keyword = aliases.get(keyword, keyword) if aliases is not None else ""
            kind = KINDS.get(section, {}).get(keyword)
            if kind is None:
                rest.setdefault(section, {})[key] = raw
            if kind is None or keyword in values:
                continue  # the first of two names of one setting is the one that counts
            lines[keyword] = text.line(section, key)
            values[keyword] = _value(kind, raw, source=source, line=lines[keyword])
        if not items and section not in ("metadata", "options"):
            rest[section] = {}
    _take_search(values, rest)
    return Keywords(source, values, lines), {k: dict(v) for k, v in rest.items()}


def _value(kind: str, raw: str, *, source: str, line: int) -> JSON:
    try:
        return read_value(kind, raw)
    except ValueError as error:
        raise InvalidIniError(source, line, str(error)) from None


def _take_search(values: Values, rest: dict[str, dict[str, JSON]]) -> None:
    """Put [options.packages.find] into the directive that it belongs to."""
    packages = values.get("packages")
    if not isinstance(packages, Mapping) or FIND not in packages:
        return
    search = packages[FIND]
    assert isinstance(search, Mapping)  # read_value makes it one
    section = rest.pop(_FIND_SECTION, {})
    found: Values = {
        key: read_value("list", str(section.pop(key)))
        for key in ("where", "include", "exclude")
        if key in section
    }
    values["packages"] = {FIND: {**search, **{k: v for k, v in found.items() if v}}}
    if section:
        rest[_FIND_SECTION] = section


def write(metadata: Metadata, *, py_modules: Collection[str] = ()) -> bytes:
    """Write ``setup.cfg``: sections and keys in one order, lists one item a line.

    ``py_modules`` are those of the document's modules that are one file each, and no
    folder: the document does not tell, and setuptools wants to know.
    A value that setuptools would read differently (a description with a line that
    begins with ``#``, unless it stands in a file) is left out; ``losses`` names it.
    Raises ``InvalidRequirementError``, ``InvalidEntryPointError`` or, for what stands
    in ``pysetup.legacy``, ``UnwritableMetadataError``.
    """
    keywords = with_py_modules(restored_keywords(metadata, *_KEPT_BY), py_modules)
    rest = find_remainder(metadata, SETUP_CFG).get("sections")
    others = {
        name: dict(items)
        for name, items in (rest.items() if isinstance(rest, Mapping) else ())
        if isinstance(items, Mapping)
    }
    made = [
        (name, [*items, *_texts(others.pop(name, {}), but=dict(items))])
        for name, items in _sections(keywords)
    ]
    made = [(name, items) for name, items in made if items]
    made += [(name, _texts(items)) for name, items in others.items()]
    return write_ini(made)


def _texts(
    items: Mapping[str, JSON], *, but: Iterable[str] = ()
) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, value in items.items()
        if isinstance(value, str) and key not in but
    ]


def _sections(keywords: Values) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for section, kinds in KINDS.items():
        items = [
            (keyword, write_value(kind, keywords[keyword]))
            for keyword, kind in kinds.items()
            if keyword in keywords
        ]
        yield section, _readable(section, items)
    packages = keywords.get("packages")
    search = packages.get(FIND) if isinstance(packages, Mapping) else None
    if isinstance(search, Mapping):
        found = {key: value for key, value in search.items() if key != "namespaces"}
        yield _FIND_SECTION, _readable(_FIND_SECTION, _listed(found))
    for section, keyword in SECTIONS.items():
        table = keywords.get(keyword)
        if isinstance(table, Mapping):
            yield section, _readable(section, _listed(table))


def _listed(table: Mapping[str, JSON]) -> list[tuple[str, str | None]]:
    return [(key, write_value("lines", value)) for key, value in table.items()]


def _readable(
    section: str, items: list[tuple[str, str | None]]
) -> list[tuple[str, str]]:
    """Return the items that come back as they are when they are read."""
    found = []
    for key, value in items:
        if value is None:
            continue
        try:
            content = write_ini([(section, [(key, value)])])
            again = parse_ini(content, source=SETUP_CFG).sections
        except (InvalidIniError, UnwritableMetadataError):
            continue
        if again == {section: {key: value.rstrip()}}:
            found.append((key, value))
    return found


def losses(metadata: Metadata, *, py_modules: Collection[str] = ()) -> tuple[Loss, ...]:
    """Return what does not come back when the document is written and read again.

    ``py_modules`` are those of ``write``. Raises as it does.
    """
    draft = read(write(metadata, py_modules=py_modules))
    elsewhere = {one.key: one.reason for one in draft.unread}
    elsewhere.setdefault("license_file", "it names files by a pattern, if at all")

    def reason(key: str) -> str:
        if key in elsewhere:
            return f"setup.cfg does not hold it: {elsewhere[key]}"
        return "setup.cfg has no place for it, or not for exactly this value"

    return find_losses(metadata, draft, reason)
