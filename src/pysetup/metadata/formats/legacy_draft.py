"""What a legacy file says of a project: a document, or a part of one and why."""

from collections.abc import Callable, Iterable, Mapping

from pysetup.errors import UsageError
from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    EXPORTS_EXTENSION,
    OWN_SECTIONS,
    Metadata,
)
from pysetup.metadata.fields import BY_KEY, REQUIRED_KEYS
from pysetup.metadata.formats.pyproject.draft import ProjectDraft
from pysetup.metadata.meaning import same_meaning
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON, escape_pointer
from pysetup.values import dataclass, field

MAX_BYTES = 1024 * 1024
_ENTRY_POINTS = (COMMANDS_EXTENSION, EXPORTS_EXTENSION)
# They follow from the rest, or from the reading.
_NOT_COMPARED = ("metadata_version", "document_version")
_UNORDERED = "/sources/modules"


class InvalidSettingError(UsageError):
    """A setting of a legacy file has a value that cannot be right.

    The file (setup.cfg, setup.py, an egg-info file, a requirements file, a pylock
    row) is read as the tool that it was made for reads it; that tool would refuse
    this value too, or take it for something else than was meant.
    """

    code = "PS2151"

    def __init__(
        self, source: str, line: int, key: str, reason: str, *, hint: str = ""
    ) -> None:
        place = f"{source}:{line}" if line else source
        super().__init__(
            f"{place}: {key} {reason}",
            facts={"file": source, "key": key, **({"line": line} if line else {})},
            hints=(hint or f"correct {key} in {source}",),
        )
        self.source, self.line, self.key, self.reason = source, line, key, reason


class IncompleteDraftError(UsageError):
    """A legacy file does not say all that a document needs.

    A document has a name and a version. In a setup.py or setup.cfg they can be
    computed by code, which pysetup does not run to find out; other files, such as
    requirements.txt, never hold them.
    """

    code = "PS2153"

    def __init__(
        self, source: str, missing: tuple[str, ...], unread: tuple["Unread", ...]
    ) -> None:
        reasons = [str(one) for one in unread if one.key in (*missing, ALL)]
        super().__init__(
            f"{source} does not state {' and '.join(missing)}",
            facts={"file": source, "missing": list(missing), "reasons": reasons},
            hints=("build the project; its sdist and its wheel state everything",),
        )
        self.source, self.missing, self.unread = source, missing, unread


def decoded(content: bytes, *, source: str, limit: int = MAX_BYTES) -> str:
    """Return the text of a file; raises ``InvalidSettingError`` if it has none."""
    if len(content) > limit:
        raise InvalidSettingError(source, 0, "the file", f"exceeds {limit} bytes")
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidSettingError(source, line, "the text", "is not UTF-8") from None


ALL = "*"


@dataclass(frozen=True, slots=True)
class Unread:
    """One key of the document that could not be read: where, and why.

    ``key`` is a key of the document (``build`` for what only the build needs) or the
    name of an extension; ``*`` stands for all of both. ``setting`` is what the file
    calls it.
    """

    key: str
    setting: str
    line: int
    reason: str

    def __str__(self) -> str:
        place = f" in line {self.line}" if self.line else ""
        return f"{self.setting}{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LegacyDraft:
    """A document as far as a legacy file states it.

    ``mapping`` are the keys that are known, own sections included; ``unread`` are
    those that the file leaves to code or to another file, each with its line.
    """

    source: str
    mapping: Mapping[str, JSON]
    unread: tuple[Unread, ...] = field(default=())

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that someone else must give, name and version first."""
        needed = [key for key in REQUIRED_KEYS[1:] if key not in self.mapping]
        return tuple(dict.fromkeys([*needed, *_core_keys(self.unread)]))

    def stated(self) -> Metadata:
        """Return the document of what is known; ``dynamic`` lists what is not.

        Raises ``IncompleteDraftError`` when name or version are not known.
        """
        needed = tuple(key for key in REQUIRED_KEYS[1:] if key not in self.mapping)
        if needed:
            raise IncompleteDraftError(self.source, needed, self.unread)
        return self._project(()).document()

    def document(self, core: Metadata | None = None) -> Metadata:
        """Return the whole document, completed from what the back end says in ``core``.

        Raises ``IncompleteDraftError`` when something is missing and ``core`` is not
        given.
        """
        if self.missing and core is None:
            raise IncompleteDraftError(self.source, self.missing, self.unread)
        return self._project(self.missing).document(core)

    def _project(self, missing: tuple[str, ...]) -> ProjectDraft:
        build = self.mapping.get("build")
        build = build if isinstance(build, Mapping) else {}
        return ProjectDraft(self.source, self.mapping, missing, build)


def _core_keys(unread: Iterable[Unread]) -> list[str]:
    keys = {one.key for one in unread}
    return [key for key in BY_KEY if key in keys or (ALL in keys and _is_free(key))]


def _is_free(key: str) -> bool:
    return key not in ("metadata_version", "dynamic")


def with_unread(
    mapping: Mapping[str, JSON], unread: tuple[Unread, ...]
) -> dict[str, JSON]:
    """Return ``mapping`` with ``dynamic``, and what the back end may fill in later."""
    made = dict(mapping)
    dynamic = [key for key in _core_keys(unread) if key not in REQUIRED_KEYS]
    if dynamic:
        made["dynamic"] = dynamic
    keys = {one.key for one in unread}
    late = [name for name in _ENTRY_POINTS if name in keys or ALL in keys]
    build = made.get("build")
    if late and isinstance(build, Mapping):
        made["build"] = {**build, "dynamic": late}
    return made


def find_losses(
    before: Metadata, draft: LegacyDraft, reason: Callable[[str], str]
) -> tuple[Loss, ...]:
    """Return what of ``before`` is not in ``draft``, each with its JSON pointer.

    Core fields are compared by what they mean. ``reason`` says why a key is lost.
    """
    found: list[Loss] = []
    complete = all(key in draft.mapping for key in REQUIRED_KEYS[1:])
    after = draft.stated().to_dict() if complete else draft.mapping
    for key, value in before.to_dict().items():
        if key in _NOT_COMPARED or same_meaning(key, value, after.get(key)):
            continue
        pointer = f"/{escape_pointer(key)}"
        inside = key in OWN_SECTIONS or key == "project_url"
        pointers = _lost(value, after.get(key), pointer) if inside else [pointer]
        found += [Loss(one, reason(key)) for one in pointers if _counts(one)]
    return tuple(sorted(found, key=lambda loss: loss.pointer))


def _counts(pointer: str) -> bool:
    # They follow from the rest.
    return "/digest" not in pointer and pointer != "/build/dynamic"


def _lost(before: JSON, after: JSON, pointer: str) -> list[str]:
    """Return pointers to what of ``before`` is missing in or differs from ``after``."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            lost
            for key, value in before.items()
            for lost in _lost(
                value, after.get(key), f"{pointer}/{escape_pointer(str(key))}"
            )
        ]
    if pointer == _UNORDERED and isinstance(before, list) and isinstance(after, list):
        before, after = sorted(map(str, before)), sorted(map(str, after))
    return [] if before == after else [pointer]
