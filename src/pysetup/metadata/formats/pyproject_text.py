"""Writing pyproject.toml: a new one, or changes in one that people wrote."""

from collections.abc import Iterator, Mapping

from pysetup.late import difflib
from pysetup.metadata.document import OWN_SECTIONS, InvalidDocumentError, Metadata
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.losses import find_losses
from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.pyproject.faults import dotted
from pysetup.metadata.formats.pyproject.toml_text import Path, TomlText
from pysetup.metadata.formats.pyproject_plan import (
    PresumedFiles,
    planned_tables,
    read_back,
    rendered,
    static_document,
)
from pysetup.metadata.formats.pyproject_tables import project_keys
from pysetup.metadata.formats.toml_edits import Edit, Insert, Put, Take, edited
from pysetup.metadata.formats.toml_paths import (
    InvalidTomlPathError,
    below,
    is_file_path,
    parse_path,
    to_json,
    to_plain,
)
from pysetup.metadata.formats.toml_writer import Inline
from pysetup.metadata.pointers import (
    NothingThereError,
    find_value,
    parse_pointer,
    with_value,
)
from pysetup.metadata.problems import Loss
from pysetup.metadata.purposes import GROUPS_EXTENSION, groups_of
from pysetup.metadata.schema import find_problems
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name

PYPROJECT = "pyproject.toml"
# Tables whose keys mean the same in several spellings.
# Tables that hold what is not ours; only what is changed in them.
_SHARED = (("tool",), ("tool", "pysetup"))
_NORMALIZED = (("project", "optional-dependencies"), ("dependency-groups",))

Tables = Mapping[str, object]


def write(metadata: Metadata) -> bytes:
    """Return a whole new ``pyproject.toml`` for a document.

    What [project] has no key for, or cannot state exactly, stands in
    [tool.pysetup.metadata] when pysetup builds the project; another back end would
    not read it there, and ``losses`` names it. Raises ``UnwritableMetadataError``.
    """
    return rendered(planned_tables(metadata), metadata)


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what a new ``pyproject.toml`` cannot say; raises as ``write``."""
    after = read_back(write(metadata), metadata)
    return find_losses(_comparable(metadata), _comparable(after), _reason)


def _reason(key: str) -> str:
    if key in BY_KEY and not project_keys(key):
        return "[project] has no key for it, and another back end reads only that"
    if key == "dynamic":
        return "what has a value, or nobody to compute it, cannot be dynamic"
    return "pyproject.toml cannot hold exactly this value"


def _comparable(metadata: Metadata) -> Metadata:
    """Return the document without parts that are empty and say nothing."""
    own = ("build", "commands", "sources")
    return metadata.replaced(**{key: _pruned(metadata.get(key)) or None for key in own})


def _pruned(value: JSON) -> JSON:
    if not isinstance(value, Mapping):
        return value
    items = {key: _pruned(item) for key, item in value.items()}
    made = {key: item for key, item in items.items() if item not in (None, [], {})}
    dynamic = made.get("dynamic")
    if isinstance(dynamic, list) and "requires" in made | {"requires": 0}:
        made["dynamic"] = sorted(map(str, dynamic))
    return made


def update(
    content: bytes,
    metadata: Metadata,
    *,
    source: str = PYPROJECT,
    files: ProjectFiles | None = None,
) -> bytes:
    """Return ``content`` changed so that it states the document.

    Only what means something else changes; comments, order, quotes and spacing of the
    rest stay, byte for byte. Fields that the file leaves to its back end, and the
    document calls dynamic, stay so. ``files`` is the project's folder; without it,
    the files that are named are presumed to hold what the document says.

    Raises what is wrong with ``content``, ``UneditableTomlError`` when the text
    cannot be changed so, and ``UnwritableMetadataError``.
    """
    values = TomlText.parse(content, source=source).values
    folder = files or PresumedFiles.beside(values, metadata)
    draft = pyproject.read(content, files=folder, source=source)
    current = static_document(draft, metadata)
    kept = {key: current.get(key) for key in current.dynamic & metadata.dynamic}
    if "project" not in values:
        # What another tool's table states is stated by [project] from now on.
        left: list[JSON] = [k for k in metadata.texts("dynamic") if k in draft.missing]
        kept = {"dynamic": left or None}
    wanted = metadata.replaced(**kept)
    made = _changed(content, current, wanted, source=source)
    now = pyproject.read(made, files=folder, source=source)
    return _with_groups(made, static_document(now, metadata), wanted, source=source)


def _with_groups(
    content: bytes, current: Metadata, wanted: Metadata, *, source: str
) -> bytes:
    """Write out the groups that changed because they include one that changed."""
    found, groups = groups_of(current), wanted.extension(GROUPS_EXTENSION)
    values = TomlText.parse(content, source=source).values
    table = values.get("dependency-groups")
    spelt = table if isinstance(table, Mapping) else {}
    top = ("dependency-groups",)
    edits = [
        Put((*top, _spelling(top, name, spelt)), texts)
        for name, texts in groups.items()
        if name in found and found[name] != texts
    ]
    return edited(content, edits, source=source) if edits else content


def _changed(
    content: bytes, current: Metadata, wanted: Metadata, *, source: str
) -> bytes:
    values = TomlText.parse(content, source=source).values
    before, after = dict(planned_tables(current)), dict(planned_tables(wanted))
    if not isinstance(values.get("project"), dict):
        # Stated by another tool's table until now, or by nobody.
        before.pop("project", None)
        if values:
            before.pop("tool", None)
    edits = list(_edits((), values, before, after))
    return edited(content, edits, source=source) if edits else content


def _edits(
    path: tuple[str, ...], values: Tables, before: Tables, after: Tables
) -> Iterator[Edit]:
    """Yield what makes ``values``, which mean ``before``, mean ``after``."""
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        key = _spelling(path, name, values)
        here = values.get(key)
        shared = (*path, key) in _SHARED
        if isinstance(here, Mapping) and (_is_table(new) or shared):
            pair = [one if isinstance(one, Mapping) else {} for one in (old, new)]
            yield from _edits((*path, key), here, *pair)
        elif new is None:
            if key in values:
                yield Take((*path, key))
        elif isinstance(here, list) and isinstance(old, list) and isinstance(new, list):
            yield from _array_edits((*path, key), here, old, new)
        else:
            yield Put((*path, key), new)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) and not isinstance(value, Inline)


def _spelling(path: tuple[str, ...], name: str, values: Tables) -> str:
    """Return ``name`` as the file spells it."""
    if name in values or path not in _NORMALIZED:
        return name
    return next((key for key in values if normalize_name(key) == name), name)


def _array_edits(
    path: tuple[str, ...], here: list[object], old: list[object], new: list[object]
) -> Iterator[Edit]:
    """Yield the fewest changes of items; from the end, so that positions hold."""
    if path == ("project", "dynamic"):
        old, new = list(here), [*(n for n in ("version",) if n in here), *new]
    if len(here) != len(old) or not all(isinstance(item, str) for item in here):
        # Globs, includes of groups, tables: what stands there is not what it means.
        yield Put(path, new)
        return
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, first, last in reversed(matcher.get_opcodes()):
        if tag == "equal":
            continue
        same = min(end - start, last - first)
        for index in range(end - 1, start + same - 1, -1):
            yield Take((*path, index))
        for offset in range(same):
            yield Put((*path, start + offset), new[first + offset])
        for offset in range(same, last - first):
            yield Insert((*path, start + offset), new[first + offset])


def get_value(
    content: bytes,
    path: str,
    *,
    source: str = PYPROJECT,
    files: ProjectFiles | None = None,
) -> JSON:
    """Return what the file states at ``path``; dates as text.

    ``path`` is one into the file (``project.urls."Bug Tracker"``), or a key of the
    document, a dotted path or a JSON pointer into it. Raises ``InvalidTomlPathError``,
    ``NothingThereError``, ``NothingThereError``, and what is wrong with the file.
    """
    if not is_file_path(path):
        values = TomlText.parse(content, source=source).values
        folder = files or PresumedFiles.beside(values)
        draft = pyproject.read(content, files=folder, source=source)
        return find_value(draft.mapping, path, source=source)
    here: object = TomlText.parse(content, source=source).values
    for part in parse_path(path):
        here = below(here, part)
        if here is None:
            raise NothingThereError(source, path)
    return to_json(here)


def set_value(
    content: bytes,
    path: str,
    value: JSON,
    *,
    source: str = PYPROJECT,
    files: ProjectFiles | None = None,
) -> bytes:
    """Return ``content`` with ``value`` at ``path``; None takes away what is there.

    ``path`` is as for ``get_value``. The new text is read again: what would be wrong
    in it is raised, and nothing is written. Raises ``InvalidTomlPathError``,
    ``InvalidPointerError``, ``InvalidDocumentError``, ``UneditableTomlError``, and
    faults as the reader does.
    """
    values = TomlText.parse(content, source=source).values
    folder = files or PresumedFiles.beside(values)
    if is_file_path(path):
        made = _set_in_file(content, parse_path(path), value, source=source, path=path)
    else:
        draft = pyproject.read(content, files=folder, source=source)
        placeholder = Metadata.from_dict({"name": "unnamed", "version": "0"})
        current = static_document(draft, placeholder)
        keys = parse_pointer(path, current.to_dict())
        if not keys or (keys[0] not in BY_KEY and keys[0] not in OWN_SECTIONS):
            raise InvalidTomlPathError(
                path, "it is neither a table nor a document's key"
            )
        mapping = with_value(current.to_dict(), keys, value)
        wanted = Metadata.from_dict(mapping, source=source)
        _refuse_new_faults(current, wanted, source=source)
        made = _changed(content, current, wanted, source=source)
    if files is None:
        folder = PresumedFiles.beside(TomlText.parse(made, source=source).values)
    pyproject.read(made, files=folder, source=source)
    return made


def _refuse_new_faults(current: Metadata, wanted: Metadata, *, source: str) -> None:
    known = {(one.pointer, one.message) for one in find_problems(current.to_dict())}
    for one in find_problems(wanted.to_dict()):
        if one.severity == "error" and (one.pointer, one.message) not in known:
            raise InvalidDocumentError(source, one.pointer, one.message)


def _set_in_file(
    content: bytes, parts: Path, value: JSON, *, source: str, path: str
) -> bytes:
    here: object = TomlText.parse(content, source=source).values
    for index, part in enumerate(parts[:-1]):
        under = below(here, part)
        if under is None and (value is None or isinstance(part, int)):
            raise NothingThereError(source, dotted(parts[: index + 1]))
        here = {} if under is None else under
        if not isinstance(here, (Mapping, list)):
            raise InvalidTomlPathError(
                path, f"{dotted(parts[: index + 1])} has no parts"
            )
    last = parts[-1]
    if isinstance(here, list) != isinstance(last, int):
        raise InvalidTomlPathError(path, "a number in brackets is for arrays")
    if value is None:
        if below(here, last) is None:
            raise NothingThereError(source, path)
        return edited(content, [Take(parts)], source=source)
    if isinstance(here, list) and isinstance(last, int) and last >= len(here):
        return edited(
            content, [Insert((*parts[:-1], len(here)), to_plain(value))], source=source
        )
    return edited(content, [Put(parts, to_plain(value))], source=source)
