"""The tables of an MSI database that an installer of a Python project needs.

Columns, their order and their types are those of Windows Installer's own schema.
"""

from pysetup.values import dataclass

# The bits of a column's type; the low byte is the greatest length, or 2 or 4.
_VALID, _LOCALIZABLE, _PERSISTENT = 0x0100, 0x0200, 0x0400
_STRING, _NULLABLE, _KEY = 0x0800, 0x1000, 0x2000
_SIZE = 0x00FF


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and the bits of its type."""

    name: str
    type: int

    @property
    def is_text(self) -> bool:
        """Whether its values are strings."""
        return bool(self.type & _STRING) and not self.is_binary

    @property
    def is_binary(self) -> bool:
        """Whether its values are streams of their own."""
        return self.type & ~_NULLABLE == _STRING | _VALID

    @property
    def is_key(self) -> bool:
        """Whether it is part of the primary key."""
        return bool(self.type & _KEY)

    @property
    def is_short(self) -> bool:
        """Whether its numbers have 16 bits."""
        return self.type & _SIZE <= 2  # noqa: PLR2004 - bytes


def _column(text: str) -> Column:
    """Read ``Name s72 key``, the way the types are written in the documentation."""
    name, kind, *key = text.split()
    size = int(kind[1:])
    letter = kind[0].lower()
    bits = {
        "s": _STRING | _PERSISTENT | _VALID,
        "l": _STRING | _PERSISTENT | _VALID | _LOCALIZABLE,
        "v": _STRING | _VALID,
        "i": _VALID | (_PERSISTENT if size == 2 else 0),  # noqa: PLR2004 - bytes
    }[letter]
    nullable = _NULLABLE if kind[0].isupper() else 0
    return Column(name, bits | size | nullable | (_KEY if key else 0))


def _table(*columns: str) -> tuple[Column, ...]:
    return tuple(map(_column, columns))


_SEQUENCE = _table("Action s72 key", "Condition S255", "Sequence I2")

SCHEMA: dict[str, tuple[Column, ...]] = {
    "ActionText": _table("Action s72 key", "Description L64", "Template L128"),
    "AdminExecuteSequence": _SEQUENCE,
    "AdminUISequence": _SEQUENCE,
    "AdvtExecuteSequence": _SEQUENCE,
    "AppSearch": _table("Property s72 key", "Signature_ s72 key"),
    "Binary": _table("Name s72 key", "Data v0"),
    "Component": _table(
        "Component s72 key",
        "ComponentId S38",
        "Directory_ s72",
        "Attributes i2",
        "Condition S255",
        "KeyPath S72",
    ),
    "CreateFolder": _table("Directory_ s72 key", "Component_ s72 key"),
    "CustomAction": _table(
        "Action s72 key", "Type i2", "Source S72", "Target S255", "ExtendedType I4"
    ),
    "Directory": _table("Directory s72 key", "Directory_Parent S72", "DefaultDir l255"),
    "DrLocator": _table(
        "Signature_ s72 key", "Parent S72 key", "Path S255 key", "Depth I2"
    ),
    "Error": _table("Error i2 key", "Message L0"),
    "Feature": _table(
        "Feature s38 key",
        "Feature_Parent S38",
        "Title L64",
        "Description L255",
        "Display I2",
        "Level i2",
        "Directory_ S72",
        "Attributes i2",
    ),
    "FeatureComponents": _table("Feature_ s38 key", "Component_ s72 key"),
    "File": _table(
        "File s72 key",
        "Component_ s72",
        "FileName l255",
        "FileSize i4",
        "Version S72",
        "Language S20",
        "Attributes I2",
        "Sequence i4",
    ),
    "InstallExecuteSequence": _SEQUENCE,
    "InstallUISequence": _SEQUENCE,
    "LaunchCondition": _table("Condition s255 key", "Description l255"),
    "Media": _table(
        "DiskId i2 key",
        "LastSequence i4",
        "DiskPrompt L64",
        "Cabinet S255",
        "VolumeLabel S32",
        "Source S72",
    ),
    "Property": _table("Property s72 key", "Value l0"),
    "RegLocator": _table(
        "Signature_ s72 key", "Root i2", "Key s255", "Name S255", "Type I2"
    ),
    "Registry": _table(
        "Registry s72 key",
        "Root i2",
        "Key l255",
        "Name L255",
        "Value L0",
        "Component_ s72",
    ),
    "RemoveFile": _table(
        "FileKey s72 key",
        "Component_ s72",
        "FileName L255",
        "DirProperty s72",
        "InstallMode i2",
    ),
    "Signature": _table(
        "Signature s72 key",
        "FileName s255",
        "MinVersion S20",
        "MaxVersion S20",
        "MinSize I4",
        "MaxSize I4",
        "MinDate I4",
        "MaxDate I4",
        "Languages S255",
    ),
    "Upgrade": _table(
        "UpgradeCode s38 key",
        "VersionMin S20 key",
        "VersionMax S20 key",
        "Language S255 key",
        "Attributes i4 key",
        "Remove S255",
        "ActionProperty s72",
    ),
}

# The two tables that describe all others; they are not in themselves.
TABLES = _table("Name s64 key")
COLUMNS = _table("Table s64 key", "Number i2 key", "Name s64", "Type i2")
