"""``pydist.json`` as a value: the whole mapping is kept, typed properties are views."""

from collections.abc import Callable, Mapping
from typing import Self

from pysetup.errors import IntegrityError, UsageError
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.standards.entry_points import (
    CONSOLE_SCRIPTS,
    GUI_SCRIPTS,
    EntryPoint,
    MalformedEntry,
)
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import (
    JSON,
    copied_json,
    parse_json_object,
    to_canonical_json,
    to_json_text,
)
from pysetup.standards.names import InvalidNameError, is_name, normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import (
    SpecifierSet,
    Version,
    parse_specifiers,
    parse_version,
)

DOCUMENT_NAME = "pydist.json"
DOCUMENT_VERSION = "1.0"
COMMANDS_EXTENSION = "python.commands"
EXPORTS_EXTENSION = "python.exports"
_MALFORMED = "entry_points"

# Sections that core metadata does not know; everything else is a PEP 819 key.
OWN_SECTIONS = ("document_version", "build", "commands", "sources", "extensions")


class InvalidDocumentError(UsageError):
    """A metadata document lacks a required key, or a key has a wrong value.

    A document is a JSON object with at least ``name`` and ``version``; every key
    is described in ``docs/reference/document.md`` and in the JSON Schema.
    """

    code = "PS2110"

    def __init__(self, source: str, pointer: str, reason: str) -> None:
        super().__init__(
            f"{source} is not a metadata document: {pointer or '/'} {reason}",
            facts={"file": source, "pointer": pointer},
            hints=("pysetup metadata validate --all  lists every fault",),
        )
        self.source, self.pointer, self.reason = source, pointer, reason


class FieldNotDynamicError(IntegrityError):
    """A phase changed a field that the document does not mark as dynamic.

    The document passes through the phases unchanged; only fields listed under
    ``dynamic`` may be filled, and a list may only be extended (PEP 643, PEP 808).
    """

    code = "PS5004"

    def __init__(self, field: str, *, before: JSON, after: JSON) -> None:
        super().__init__(
            f"the build changed {field}, which the document does not mark dynamic",
            facts={"field": field, "before": before, "after": after},
            hints=(f"add {field!r} to project.dynamic, or mend the build",),
        )


class Metadata:
    """One metadata document; immutable, equal by content.

    Built by ``from_dict`` or ``from_json``; what the model does not understand is
    carried unchanged and comes back from ``to_dict`` and ``to_json``.
    """

    __slots__ = ("_load", "_mapping", "_version")

    _load: Callable[[], "Metadata"]
    _mapping: dict[str, JSON]
    _version: Version

    def __init__(self, mapping: Mapping[str, JSON], *, source: str) -> None:
        self._own({key: copied_json(value) for key, value in mapping.items()}, source)

    def _own(self, mapping: dict[str, JSON], source: str) -> None:
        """Take ``mapping``, which nobody else holds, after checking what is required.

        Nothing else is parsed here: to read many documents is a hot path.
        """
        name, version = mapping.get("name"), mapping.get("version")
        if not isinstance(name, str):
            raise InvalidDocumentError(source, "/name", "must be a string")
        if not isinstance(version, str):
            raise InvalidDocumentError(source, "/version", "must be a string")
        if not is_name(name):
            raise InvalidNameError(name)
        self._version = parse_version(version)
        self._mapping = mapping

    @classmethod
    def late(cls, load: Callable[[], "Metadata"]) -> Self:
        """Make a document that ``load`` reads when somebody looks into it.

        What ``load`` raises is raised then.
        """
        made = cls.__new__(cls)
        made._load = load  # noqa: SLF001 - one's own class
        return made

    def __getattr__(self, attribute: str) -> object:
        """Read a late document: only what it does not have yet is asked for here."""
        if attribute not in ("_mapping", "_version"):
            raise AttributeError(attribute)
        document = self._load()
        self._mapping, self._version = document._mapping, document._version  # noqa: SLF001 - the same class
        return getattr(self, attribute)

    @property
    def name(self) -> str:
        """The name of the project, as its authors write it."""
        return self.text("name")

    @property
    def version(self) -> Version:
        """The version of the release."""
        return self._version

    @classmethod
    def from_dict(
        cls, mapping: Mapping[str, JSON], *, source: str = DOCUMENT_NAME
    ) -> Self:
        """Make a document from a plain mapping, which is copied.

        Raises ``InvalidDocumentError``, ``InvalidNameError`` or
        ``InvalidVersionError``.
        """
        return cls(mapping, source=source)

    @classmethod
    def from_value(cls, value: JSON, *, source: str = DOCUMENT_NAME) -> Self:
        """Make a document from parsed JSON; raises as ``from_dict``."""
        if not isinstance(value, Mapping):
            raise InvalidDocumentError(source, "", "must be an object")
        return cls(value, source=source)

    @classmethod
    def from_json(cls, content: bytes | str, *, source: str = DOCUMENT_NAME) -> Self:
        """Read ``pydist.json``; raises ``InvalidJsonError`` and as ``from_dict``."""
        made = cls.__new__(cls)
        # Just parsed: no copy is needed to have it alone.
        made._own(  # noqa: SLF001 - one's own class
            parse_json_object(content, source=source), source
        )
        return made

    def to_dict(self) -> dict[str, JSON]:
        """Return the whole mapping, as a copy that the caller may change."""
        return {key: copied_json(value) for key, value in self._mapping.items()}

    def to_json(self) -> bytes:
        """Write the file ``pydist.json``: the same bytes for the same content."""
        return to_json_text(self._mapping).encode()

    def digest(self) -> Hash:
        """Return the SHA-256 of the canonical JSON (RFC 8785)."""
        return Hash.of(to_canonical_json(self._mapping))

    def get(self, key: str) -> JSON:
        """Return the raw value of ``key`` (a copy), or None."""
        return copied_json(self._mapping.get(key))

    def section(self, key: str) -> dict[str, JSON]:
        """Return the object under ``key`` (a copy); empty if it is absent."""
        value = self._mapping.get(key)
        if not isinstance(value, dict):
            return {}
        return {name: copied_json(item) for name, item in value.items()}

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the strings listed under ``key``; empty if it is absent."""
        value = self._mapping.get(key)
        if not isinstance(value, list):
            return ()
        return tuple(item for item in value if isinstance(item, str))

    def text(self, key: str) -> str:
        """Return the string under ``key``; empty if it is absent."""
        value = self._mapping.get(key)
        return value if isinstance(value, str) else ""

    @property
    def normalized_name(self) -> str:
        """The name in the form in which names are compared."""
        return normalize_name(self.name)

    @property
    def requires_dist(self) -> tuple[Requirement, ...]:
        """The requirements; raises ``InvalidRequirementError``."""
        return tuple(parse_requirement(text) for text in self.texts("requires_dist"))

    @property
    def requires_python(self) -> SpecifierSet:
        """The Pythons it runs on; raises ``InvalidSpecifiersError``."""
        return parse_specifiers(self.text("requires_python"))

    @property
    def dynamic(self) -> frozenset[str]:
        """The keys that a later phase may fill."""
        return frozenset(self.texts("dynamic"))

    @property
    def extensions(self) -> dict[str, JSON]:
        """All extension objects by name (a copy)."""
        return self.section("extensions")

    def extension(self, name: str) -> dict[str, JSON]:
        """Return one extension object (a copy); empty if it is absent."""
        value = self.section("extensions").get(name)
        return dict(value) if isinstance(value, Mapping) else {}

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """Entry points of ``python.commands`` and ``python.exports``, sorted.

        Raises ``InvalidEntryPointError``.
        """
        commands = self.extension(COMMANDS_EXTENSION)
        exports = self.extension(EXPORTS_EXTENSION).get("exports")
        groups: dict[str, JSON] = {
            CONSOLE_SCRIPTS: commands.get("wrap_console"),
            GUI_SCRIPTS: commands.get("wrap_gui"),
            **(exports if isinstance(exports, Mapping) else {}),
        }
        return tuple(
            sorted(
                EntryPoint.parse(group, name, str(reference))
                for group, names in groups.items()
                if isinstance(names, Mapping)
                for name, reference in names.items()
            )
        )

    @property
    def malformed_entries(self) -> tuple[MalformedEntry, ...]:
        """Lines of ``entry_points.txt`` that are no entry points, in their order."""
        rows = self.extension(LEGACY_EXTENSION).get(_MALFORMED)
        return tuple(
            MalformedEntry(str(row[0]), str(row[1]))
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, list) and len(row) == 2  # noqa: PLR2004 - [group, line]
        )

    def replaced(self, **changes: JSON) -> Self:
        """Return a document with keys replaced; a value of None removes its key.

        For making documents, not for phases: they use ``filled``.
        """
        mapping = {**self._mapping, **changes}
        return type(self).from_dict(
            {key: value for key, value in mapping.items() if value is not None}
        )

    def filled(self, values: Mapping[str, JSON]) -> Self:
        """Return a document with dynamic keys filled, as a phase may.

        A static key may be given again with its own value. Raises
        ``FieldNotDynamicError`` for any other change (PEP 643, PEP 808).
        """
        mapping = dict(self._mapping)
        for key, value in values.items():
            before = mapping.get(key)
            if before == value:
                continue
            if key not in self.dynamic or not _extends(before, value):
                raise FieldNotDynamicError(key, before=before, after=value)
            mapping[key] = value
        return type(self).from_dict(mapping)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metadata) and self._mapping == other._mapping

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return f"<Metadata {self.name} {self.version}>"


def _extends(before: JSON, after: JSON) -> bool:
    """Tell whether a dynamic field may go from ``before`` to ``after``."""
    if before is None:
        return True
    if isinstance(before, list) and isinstance(after, list):
        return all(item in after for item in before)
    if isinstance(before, dict) and isinstance(after, dict):
        return all(after.get(key) == value for key, value in before.items())
    return False


def with_entry_points(
    extensions: Mapping[str, JSON],
    entries: tuple[EntryPoint, ...],
    malformed: tuple[MalformedEntry, ...] = (),
) -> dict[str, JSON]:
    """Return ``extensions`` with ``entries`` as their two standard extensions.

    The lines of ``malformed`` are kept in ``pysetup.legacy``.
    """
    made = {
        key: value
        for key, value in extensions.items()
        if key not in (COMMANDS_EXTENSION, EXPORTS_EXTENSION)
    }
    groups: dict[str, dict[str, JSON]] = {}
    for entry in sorted(entries):
        groups.setdefault(entry.group, {})[entry.name] = entry.reference
    console = groups.pop(CONSOLE_SCRIPTS, None)
    gui = groups.pop(GUI_SCRIPTS, None)
    if console or gui:
        made[COMMANDS_EXTENSION] = {
            **({"wrap_console": console} if console else {}),
            **({"wrap_gui": gui} if gui else {}),
        }
    if groups:
        made[EXPORTS_EXTENSION] = {"exports": dict(groups)}
    legacy = made.pop(LEGACY_EXTENSION, None)
    kept = dict(legacy) if isinstance(legacy, Mapping) else {}
    kept.pop(_MALFORMED, None)
    if malformed:
        kept[_MALFORMED] = [[one.group, one.line] for one in malformed]
    return {**made, LEGACY_EXTENSION: kept} if kept else made
