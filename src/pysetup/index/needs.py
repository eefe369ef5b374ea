"""What a file needs, split into its parts once: the rows that a resolver reads.

A requirement in METADATA is a text that takes a parser some ten microseconds, and a
warm resolution would parse a thousand of them again. So they are kept in parts, by the
digest of the file. Like ``pysetup.index.releases`` this module imports nothing.
"""

# (name as written, extras, specifier, marker, URL, the whole text); texts, in the
# normal spelling of the packaging library, empty where a part is missing.
Need = tuple[str, tuple[str, ...], str, str, str, str]


class FileNeeds:
    """The core metadata of one file, as far as a resolver reads them.

    ``name`` is as the author wrote it; ``version`` is normalised; ``requires_python``
    is a specifier, perhaps empty; ``requires_dist`` are requirements in parts;
    ``provides_extra`` are as written. ``fault`` says why the metadata cannot be used,
    empty if they can; ``built`` that an sdist must be built to learn what it needs.
    """

    __slots__ = (
        "built",
        "fault",
        "name",
        "provides_extra",
        "requires_dist",
        "requires_python",
        "version",
    )

    def __init__(  # noqa: PLR0913 - a record
        self,
        name: str,
        version: str,
        *,
        requires_python: str = "",
        requires_dist: tuple[Need, ...] = (),
        provides_extra: tuple[str, ...] = (),
        fault: str = "",
        built: bool = False,
    ) -> None:
        self.name = name
        self.version = version
        self.requires_python = requires_python
        self.requires_dist = requires_dist
        self.provides_extra = provides_extra
        self.fault = fault
        self.built = built

    def packed(self) -> tuple:  # type: ignore[type-arg] # for marshal
        """Return a value that can be marshalled."""
        return (
            self.name,
            self.version,
            self.requires_python,
            self.requires_dist,
            self.provides_extra,
            self.fault,
            self.built,
        )


def unpack_needs(packed: tuple) -> FileNeeds:  # type: ignore[type-arg] # marshalled
    """Return what was packed."""
    name, version, python, requires, extras, fault, built = packed
    return FileNeeds(
        name,
        version,
        requires_python=python,
        requires_dist=requires,
        provides_extra=extras,
        fault=fault,
        built=built,
    )
