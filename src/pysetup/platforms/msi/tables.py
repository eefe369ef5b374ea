"""The tables of an MSI database that an installer of a Python project needs.

Columns, their order and their types are those of Windows Installer's own schema.
"""

from collections.abc import Iterable

from pysetup.values import dataclass

# The bits of a column's type; the low byte is the greatest length, or 2 or 4.
_VALID, _LOCALIZABLE, _PERSISTENT = 0x0100, 0x0200, 0x0400
_STRING, _NULLABLE, _KEY = 0x0800, 0x1000, 0x2000
_SIZE = 0x00FF


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the bits of its type, and what may stand in it.

    That is a ``category`` of texts, one of a ``choice`` of values, a number in a
    ``range``, or the key of a row in one of the tables ``refers``.
    """

    name: str
    type: int
    category: str = ""
    choice: str = ""
    range: tuple[int, int] | None = None
    refers: str = ""

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
    def is_nullable(self) -> bool:
        """Whether it may be empty."""
        return bool(self.type & _NULLABLE)

    @property
    def is_short(self) -> bool:
        """Whether its numbers have 16 bits."""
        return self.type & _SIZE <= 2  # noqa: PLR2004 - bytes

    @property
    def longest(self) -> int:
        """How long a text may be; 0 for any length."""
        return self.type & _SIZE


def _column(text: str) -> Column:
    """Read ``Name s72 key Guid >Table 1..5 {a;b}``: all but the first two may lack.

    The types are written as in the documentation of Windows Installer.
    """
    name, kind, *rest = text.split()
    size = int(kind[1:])
    letter = kind[0].lower()
    bits = {
        "s": _STRING | _PERSISTENT | _VALID,
        "l": _STRING | _PERSISTENT | _VALID | _LOCALIZABLE,
        "i": _VALID | (_PERSISTENT if size == 2 else 0),  # noqa: PLR2004 - bytes
    }[letter]
    bits |= size | (_NULLABLE if kind[0].isupper() else 0)
    known: dict[str, str] = {}
    for word in rest:
        if word == "key":
            bits |= _KEY
        elif word[0] == "{":
            known["choice"] = word[1:-1]
        elif word[0] == ">":
            known["refers"] = word[1:]
        elif ".." not in word:
            known["category"] = word
    limits = [word.split("..") for word in rest if ".." in word]
    numbers = (int(limits[0][0]), int(limits[0][1])) if limits else None
    return Column(name, bits, range=numbers, **known)


def _table(*columns: str) -> tuple[Column, ...]:
    return tuple(map(_column, columns))


_SEQUENCE = _table(
    "Action s72 key Identifier", "Condition S255 Condition", "Sequence I2 -4..32767"
)
_FEATURE_BITS = "{0;1;2;4;5;6;8;9;10;16;17;18;20;21;22;24;25;26}"
_LARGEST = 2**31 - 1

SCHEMA: dict[str, tuple[Column, ...]] = {
    "_Validation": _table(
        "Table s32 key Identifier",
        "Column s32 key Identifier",
        "Nullable s4 {Y;N}",
        f"MinValue I4 -{_LARGEST}..{_LARGEST}",
        f"MaxValue I4 -{_LARGEST}..{_LARGEST}",
        "KeyTable S255 Identifier",
        "KeyColumn I2 1..32",
        "Category S32 Text",
        "Set S255 Text",
        "Description S255 Text",
    ),
    "ActionText": _table(
        "Action s72 key Identifier", "Description L0 Text", "Template L0 Template"
    ),
    "AdminExecuteSequence": _SEQUENCE,
    "AdminUISequence": _SEQUENCE,
    "AdvtExecuteSequence": _SEQUENCE,
    "AppSearch": _table(
        "Property s72 key Identifier",
        "Signature_ s72 key Identifier >Signature;RegLocator;DrLocator",
    ),
    "Component": _table(
        "Component s72 key Identifier",
        "ComponentId S38 Guid",
        "Directory_ s72 Identifier >Directory",
        "Attributes i2",
        "Condition S255 Condition",
        "KeyPath S72 Identifier >File;Registry",
    ),
    "CreateFolder": _table(
        "Directory_ s72 key Identifier >Directory",
        "Component_ s72 key Identifier >Component",
    ),
    "CustomAction": _table(
        "Action s72 key Identifier",
        "Type i2 1..32767",
        "Source S72 CustomSource",
        "Target S255 Formatted",
        f"ExtendedType I4 0..{_LARGEST}",
    ),
    "Directory": _table(
        "Directory s72 key Identifier",
        "Directory_Parent S72 Identifier >Directory",
        "DefaultDir l255 DefaultDir",
    ),
    "DrLocator": _table(
        "Signature_ s72 key Identifier",
        "Parent S72 key Identifier",
        "Path S255 key AnyPath",
        "Depth I2 0..32767",
    ),
    "Error": _table("Error i2 key 0..32767", "Message L0 Template"),
    "Feature": _table(
        "Feature s38 key Identifier",
        "Feature_Parent S38 Identifier >Feature",
        "Title L64 Text",
        "Description L255 Text",
        "Display I2 0..32767",
        "Level i2 0..32767",
        "Directory_ S72 UpperCase >Directory",
        f"Attributes i2 {_FEATURE_BITS}",
    ),
    "FeatureComponents": _table(
        "Feature_ s38 key Identifier >Feature",
        "Component_ s72 key Identifier >Component",
    ),
    "File": _table(
        "File s72 key Identifier",
        "Component_ s72 Identifier >Component",
        "FileName l255 Filename",
        f"FileSize i4 0..{_LARGEST}",
        "Version S72 Version >File",
        "Language S20 Language",
        "Attributes I2 0..32767",
        "Sequence i4 1..65535",
    ),
    "InstallExecuteSequence": _SEQUENCE,
    "InstallUISequence": _SEQUENCE,
    "LaunchCondition": _table(
        "Condition s255 key Condition", "Description l255 Formatted"
    ),
    "Media": _table(
        "DiskId i2 key 1..32767",
        "LastSequence i4 0..65535",
        "DiskPrompt L64 Text",
        "Cabinet S255 Cabinet",
        "VolumeLabel S32 Text",
        "Source S72 Property",
    ),
    "Property": _table("Property s72 key Identifier", "Value l0 Text"),
    "RegLocator": _table(
        "Signature_ s72 key Identifier",
        "Root i2 0..3",
        "Key s255 RegPath",
        "Name S255 Formatted",
        "Type I2 0..18",
    ),
    "Registry": _table(
        "Registry s72 key Identifier",
        "Root i2 -1..3",
        "Key l255 RegPath",
        "Name L255 Formatted",
        "Value L0 Formatted",
        "Component_ s72 Identifier >Component",
    ),
    "RemoveFile": _table(
        "FileKey s72 key Identifier",
        "Component_ s72 Identifier >Component",
        "FileName L255 WildCardFilename",
        "DirProperty s72 Identifier",
        "InstallMode i2 {1;2;3}",
    ),
    "Signature": _table(
        "Signature s72 key Identifier",
        "FileName s255 Filename",
        "MinVersion S20 Text",
        "MaxVersion S20 Text",
        f"MinSize I4 0..{_LARGEST}",
        f"MaxSize I4 0..{_LARGEST}",
        f"MinDate I4 0..{_LARGEST}",
        f"MaxDate I4 0..{_LARGEST}",
        "Languages S255 Language",
    ),
    "Upgrade": _table(
        "UpgradeCode s38 key Guid",
        "VersionMin S20 key Text",
        "VersionMax S20 key Text",
        "Language S255 key Language",
        f"Attributes i4 key 0..{_LARGEST}",
        "Remove S255 Formatted",
        "ActionProperty s72 UpperCase",
    ),
}

# The two tables that describe all others; they are not in themselves.
TABLES = _table("Name s64 key")
COLUMNS = _table("Table s64 key", "Number i2 key", "Name s64", "Type i2")


def validation(tables: Iterable[str]) -> list[tuple[str | int | None, ...]]:
    """Return what ``_Validation`` says of the columns of ``tables``."""
    return [
        (
            table,
            column.name,
            "Y" if column.is_nullable else "N",
            *(column.range or (None, None)),
            column.refers or None,
            1 if column.refers else None,
            column.category or None,
            column.choice or None,
            None,
        )
        for table in tables
        for column in SCHEMA[table]
    ]
