"""The core metadata fields: the one table by which every format reads and writes."""

from collections.abc import Mapping
from typing import Literal

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# line: one line of text; text: may have several lines; list: multiple use;
# names: multiple use, names of fields; keywords: one header, a list in JSON;
# urls: multiple use, an object in JSON; body: follows the headers.
Kind = Literal["line", "text", "list", "names", "keywords", "urls", "body"]

# Unless an older one is asked for.
OLDEST_WRITTEN = "2.1"
NEWEST_WRITTEN = "2.6"
WRITTEN_VERSIONS = (
    *("1.0", "1.1", "1.2", "2.0"),
    *("2.1", "2.2", "2.3", "2.4", "2.5", "2.6"),
)
REQUIRED_KEYS = ("metadata_version", "name", "version")
# What old tools wrote for an absent value: no value, but it comes back when written.
NOTHING = ("", "UNKNOWN")

_VERSION = late_pattern(r"([0-9]{1,4})\.([0-9]{1,4})")
_NEWEST_MAJOR = 2


class InvalidCoreMetadataError(UsageError):
    """A METADATA or PKG-INFO file lacks a required field, or has it twice.

    Metadata-Version, Name and Version stand exactly once in every such file (core
    metadata specification). The file is damaged, or was not written by a build tool.
    """

    code = "PS2120"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not core metadata: {reason}",
            facts={"file": source},
            hints=("rebuild the distribution with a current build tool",),
        )
        self.source, self.reason = source, reason


class UnsupportedMetadataVersionError(UsageError):
    """Core metadata has a major version that this pysetup does not know.

    pysetup reads 1.0 to 2.x. A new major version changes the meaning of what older
    readers know, so it must not be guessed at; a newer pysetup may read it.
    """

    code = "PS2121"

    def __init__(self, source: str, version: str) -> None:
        super().__init__(
            f"{source} has core metadata version {version[:20]}, which is too new",
            facts={"file": source, "version": version},
            hints=("use a newer pysetup", "choose an older release of the project"),
        )
        self.source, self.version = source, version


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its header, its key in JSON, its kind, and the version it came in."""

    header: str
    key: str
    kind: Kind
    since: str

    @property
    def can_be_extended(self) -> bool:
        """Whether a static value may be added to when it is also dynamic (PEP 808)."""
        return self.kind in ("list", "keywords", "urls") or self.key.endswith("_email")


_TABLE: tuple[tuple[str, Kind, str], ...] = (
    ("Metadata-Version", "line", "1.0"),
    ("Name", "line", "1.0"),
    ("Version", "line", "1.0"),
    ("Dynamic", "names", "2.2"),
    ("Summary", "line", "1.0"),
    ("Keywords", "keywords", "1.0"),
    ("Home-page", "line", "1.0"),
    ("Download-URL", "line", "1.1"),
    ("Author", "text", "1.0"),
    ("Author-email", "line", "1.0"),
    ("Maintainer", "text", "1.2"),
    ("Maintainer-email", "line", "1.2"),
    ("License", "text", "1.0"),
    ("License-Expression", "line", "2.4"),
    ("License-File", "list", "2.4"),
    ("Classifier", "list", "1.1"),
    ("Platform", "list", "1.0"),
    ("Supported-Platform", "list", "1.1"),
    ("Requires-Python", "line", "1.2"),
    ("Requires-Dist", "list", "1.2"),
    ("Provides-Extra", "list", "2.1"),
    ("Requires-External", "list", "1.2"),
    ("Provides-Dist", "list", "1.2"),
    ("Obsoletes-Dist", "list", "1.2"),
    ("Requires", "list", "1.1"),
    ("Provides", "list", "1.1"),
    ("Obsoletes", "list", "1.1"),
    ("Project-URL", "urls", "1.2"),
    ("Import-Name", "list", "2.5"),
    ("Import-Namespace", "list", "2.5"),
    ("Description-Content-Type", "line", "2.1"),
    ("Description", "body", "1.0"),
)
# In the order in which they are written.
FIELDS = tuple(
    Field(header, header.lower().replace("-", "_"), kind, since)
    for header, kind, since in _TABLE
)
BY_KEY: Mapping[str, Field] = {field.key: field for field in FIELDS}


def is_present(key: str, value: JSON) -> bool:
    """Tell whether a field with this value is written at all.

    An empty value says nothing, but for Import-Name, where an empty list says that
    there is nothing to import (PEP 794).
    """
    return bool(value) or (key == "import_name" and value == [])


def lowest_version(metadata: Metadata) -> str:
    """Return the lowest core metadata version, 2.1 or later, that holds the fields.

    2.6 is needed when a field of multiple use has a value and is dynamic (PEP 808).
    """
    mapping = metadata.to_dict()
    present = [
        field for field in FIELDS if is_present(field.key, mapping.get(field.key))
    ]
    if any(
        field.can_be_extended and field.key in metadata.dynamic for field in present
    ):
        return NEWEST_WRITTEN
    return max(OLDEST_WRITTEN, *(field.since for field in present))


def check_metadata_version(text: str, *, source: str) -> str:
    """Return ``text`` if it is a version that can be read.

    Unknown minor versions are read (the specification asks for a warning, which
    ``find_problems`` gives); raises ``UnsupportedMetadataVersionError`` for an unknown
    major version and ``InvalidCoreMetadataError`` for what is no version.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise InvalidCoreMetadataError(source, f"{text[:20]!r} is no Metadata-Version")
    if int(match[1]) > _NEWEST_MAJOR:
        raise UnsupportedMetadataVersionError(source, text)
    return text
