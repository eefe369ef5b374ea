"""One value of the document: found by its path, or changed where it is kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import PysetupError, UsageError
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import pyproject, pyproject_text
from pysetup.metadata.formats.detection import detect
from pysetup.metadata.formats.toml_paths import is_file_path
from pysetup.metadata.meaning import same_meaning
from pysetup.metadata.pointers import (
    NothingThereError,
    find_value,
    parse_pointer,
    pointer_of,
    with_value,
)
from pysetup.metadata.schema import find_problems
from pysetup.phases.develop.project import PYPROJECT, ProjectFolder
from pysetup.standards.jsontext import (
    JSON,
    InvalidJsonError,
    parse_json,
    parse_json_object,
    to_json_text,
)
from pysetup.values import dataclass
from pysetup.workflows.describing.convert import write_file
from pysetup.workflows.describing.sources import (
    Reading,
    local_path,
    read_limited,
    read_source,
)
from pysetup.workflows.describing.validate import (
    FIXABLE,
    UnchangeableSourceError,
    project_root,
    why_unchangeable,
)


class RefusedChangeError(UsageError):
    """A value was not set, since the document would not be valid with it.

    The file is unchanged. The facts say what would be wrong, as
    ``pysetup metadata validate`` would. A value is read as JSON where it is JSON
    (lists, objects, numbers), and as plain text otherwise.
    """

    code = "PS2689"

    def __init__(self, source: str, pointer: str, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"{pointer} of {source} was not changed: {faults[0]}",
            facts={"file": source, "pointer": pointer, "faults": list(faults)},
            hints=("docs/reference/document.md  says what each key holds",),
        )
        self.source, self.pointer, self.faults = source, pointer, faults


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was set: its file and pointer, and what stood there before."""

    file: str
    pointer: str
    before: JSON
    after: JSON

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "file": self.file,
            "pointer": self.pointer,
            "before": self.before,
            "after": self.after,
        }


def get_value(path: str, source: str, reading: Reading) -> JSON:
    """Return what stands at ``path`` in the document of ``source``.

    A path into a project's file (``project.urls``) gives what stands in that. Raises
    ``NothingThereError``, ``InvalidPointerError``, and as ``read_source``.
    """
    root = project_root(local_path(source, context=reading.context))
    if root is not None and is_file_path(path):
        content, files = read_limited(root / PYPROJECT), ProjectFolder(root)
        return pyproject_text.get_value(content, path, files=files)
    found = read_source(source, reading)
    return find_value(found.metadata.to_dict(), path, source=found.place)


def parse_value(text: str) -> JSON:
    """Return ``text`` as JSON if it is JSON, else as a string.

    A text that begins like an object or a list and is broken raises
    ``InvalidJsonError``: nobody means that as a text. So does a number that not every
    reader reads alike; a version such as ``1.0`` is a number here, which ``set_value``
    takes as it was typed where a text is wanted.
    """
    try:
        return parse_json(text, source="the value")
    except InvalidJsonError:
        if text.lstrip()[:1] in ("{", "[", '"'):
            raise
        return text


def set_value(path: str, text: str, source: str, reading: Reading) -> Change:
    """Put a value at ``path`` into a project's pyproject.toml or into a document.

    ``text`` is JSON or a plain text. Comments stay. Raises ``RefusedChangeError`` and
    leaves the file as it is when the result would not be valid;
    ``UnchangeableSourceError`` for what cannot be changed.
    """
    place = local_path(source, context=reading.context)
    root = project_root(place)
    if root is not None:
        return _set_in_project(path, text, root)
    is_document = place.is_file() and place.name.endswith(".json")
    if is_document and detect(place.name, read_limited(place)) in FIXABLE:
        return _set_in_document(path, text, place)
    if not place.exists():
        read_source(source, reading)  # says that there is nothing of that name
    raise UnchangeableSourceError(source, why_unchangeable(place))


def _set_in_document(path: str, text: str, place: Path) -> Change:
    document = parse_json_object(read_limited(place), source=place.name)
    keys = parse_pointer(path, document)
    pointer = pointer_of(keys)
    before = _there(document, pointer)
    value = _as_wanted(text, before, keys)
    made = with_value(document, keys, value)
    _refuse_new_faults(document, made, source=place.name, pointer=pointer)
    write_file(place, to_json_text(made).encode())
    return Change(place.name, pointer, before, value)


def _refuse_new_faults(
    before: Mapping[str, JSON],
    after: Mapping[str, JSON],
    *,
    source: str,
    pointer: str,
) -> None:
    """Raise ``RefusedChangeError`` for errors that the document did not have."""
    old = {(one.pointer, one.message) for one in find_problems(before)}
    faults = tuple(
        f"{one.pointer} {one.message}"
        for one in find_problems(after)
        if one.severity == "error" and (one.pointer, one.message) not in old
    )
    if faults:
        raise RefusedChangeError(source, pointer, faults)


def _there(document: Mapping[str, JSON], pointer: str) -> JSON:
    try:
        return find_value(document, pointer, source="")
    except PysetupError:
        return None


def _as_wanted(text: str, before: JSON, keys: Sequence[str]) -> JSON:
    """Return the value that is meant: where a text stands, 1.0 is a text too."""
    value = parse_value(text)
    if value is None or isinstance(value, (str, list, dict)):
        return value
    field = BY_KEY.get(keys[0]) if keys else None
    if isinstance(before, str) or field is not None:
        return text
    return value


def _set_in_project(path: str, text: str, root: Path) -> Change:
    place = root / PYPROJECT
    content, files = read_limited(place), ProjectFolder(root)
    document = pyproject.read(content, files=files, source=PYPROJECT).mapping
    wanted: Mapping[str, JSON] = {}
    if is_file_path(path):
        pointer, before = path, _stated(content, path, files)
        value = _as_wanted(text, before, ())
    else:
        keys = parse_pointer(path, document)
        pointer = pointer_of(keys)
        before = _there(document, pointer)
        value = _as_wanted(text, before, keys)
        made = with_value(document, keys, value)
        _refuse_new_faults(document, made, source=PYPROJECT, pointer=pointer)
        wanted = {keys[0]: made.get(keys[0])}
    try:
        changed = pyproject_text.set_value(
            content, pointer, value, source=PYPROJECT, files=files
        )
        now = pyproject.read(changed, files=files, source=PYPROJECT).mapping
    except PysetupError as error:
        faults = tuple(one.message for one in error.errors or (error,))
        raise RefusedChangeError(PYPROJECT, pointer, faults) from error
    _refuse_new_faults(document, now, source=PYPROJECT, pointer=pointer)
    if not all(same_meaning(key, now.get(key), wanted[key]) for key in wanted):
        reason = f"{PYPROJECT} cannot say it, or says it in several places"
        raise RefusedChangeError(PYPROJECT, pointer, (reason,))
    write_file(place, changed)
    return Change(PYPROJECT, pointer, before, value)


def _stated(content: bytes, path: str, files: ProjectFolder) -> JSON:
    try:
        return pyproject_text.get_value(content, path, files=files)
    except NothingThereError:
        return None
