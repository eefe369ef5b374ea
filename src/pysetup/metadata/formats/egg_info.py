"""The folder .egg-info of setuptools: PKG-INFO and the small files around it."""

from collections.abc import Mapping

from pysetup.errors import PysetupError, UsageError
from pysetup.metadata.document import Metadata, with_entry_points
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.egg_names import (
    ENTRY_POINTS_TXT,
    PKG_INFO,
    TOP_LEVEL_TXT,
)
from pysetup.metadata.formats.legacy_draft import LegacyDraft, find_losses
from pysetup.metadata.formats.requires_txt import (
    REQUIRES_TXT,
    Requires,
    parse_requires,
    write_requires,
)
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.meaning import same_meaning
from pysetup.metadata.problems import Loss
from pysetup.standards.entry_points import read_entry_points, to_entry_points_text
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, to_canonical_json
from pysetup.standards.paths import path_fault

EGG_INFO = "egg-info"
DEPENDENCY_LINKS_TXT = "dependency_links.txt"
MEMBERS = (PKG_INFO, REQUIRES_TXT, ENTRY_POINTS_TXT, TOP_LEVEL_TXT)
_DERIVED = (
    "requires_dist",
    "provides_extra",
    "import_name",
    "import_namespace",
    "sources",
)
_MAX_FILES = 200
_MAX_BYTES = 8 * 1024 * 1024


class InvalidEggInfoError(UsageError):
    """An .egg-info folder lacks PKG-INFO, or a file of it cannot be read.

    It is what setuptools leaves beside a project, puts into an sdist and, long ago,
    into site-packages. PKG-INFO is its one necessary file; all are text in UTF-8.
    """

    code = "PS2154"

    def __init__(self, source: str, member: str, reason: str) -> None:
        super().__init__(
            f"{source}/{member} {reason}",
            facts={"folder": source, "file": member},
            hints=("make it anew with  pip install --editable .  or  pysetup sdist",),
        )
        self.source, self.member, self.reason = source, member, reason


def read(files: Mapping[str, bytes], *, source: str = EGG_INFO) -> Metadata:
    """Read the files of an ``.egg-info`` folder, by their names in it.

    Where PKG-INFO has no requirements, as before metadata 2.1, those of requires.txt
    are the document's. What the document does not say (``top_level.txt``, which hints
    at the import names, ``SOURCES.txt``, ...) is kept in ``pysetup.legacy``.

    Raises ``InvalidEggInfoError``, and what is wrong with the file that it reads.
    """
    size = sum(map(len, files.values()))
    if len(files) > _MAX_FILES or size > _MAX_BYTES:
        raise InvalidEggInfoError(source, "", "holds too much to be an egg-info")
    if PKG_INFO not in files:
        raise InvalidEggInfoError(source, PKG_INFO, "is missing")
    metadata = core_metadata.read(files[PKG_INFO], source=f"{source}/{PKG_INFO}")
    mapping = metadata.to_dict()
    if REQUIRES_TXT in files:
        place = f"{source}/{REQUIRES_TXT}"
        requires = parse_requires(files[REQUIRES_TXT], source=place)
        _add_requires(mapping, requires)
    extensions = metadata.extensions
    if ENTRY_POINTS_TXT in files:
        text = _text(files, ENTRY_POINTS_TXT, source=source)
        try:
            entries, malformed = read_entry_points(text)
        except PysetupError as error:
            reason = f"is wrong: {error.message}"
            raise InvalidEggInfoError(source, ENTRY_POINTS_TXT, reason) from None
        extensions = with_entry_points(extensions, entries, malformed)
    kept = _kept(mapping | {"extensions": extensions}, files, source=source)
    if kept:
        legacy = _object(extensions.get(LEGACY_EXTENSION))
        told: JSON = {"files": kept, "digest": _digest(mapping)}
        extensions[LEGACY_EXTENSION] = {**legacy, EGG_INFO: told}
    if extensions:
        mapping["extensions"] = extensions
    return Metadata.from_dict(mapping, source=source)


def _object(value: JSON) -> dict[str, JSON]:
    return dict(value) if isinstance(value, Mapping) else {}


def _add_requires(mapping: dict[str, JSON], requires: Requires) -> None:
    """Take the requirements, unless PKG-INFO has its own: then it is the master."""
    if "requires_dist" not in mapping and requires.requires_dist:
        mapping["requires_dist"] = list(requires.requires_dist)
    if "provides_extra" not in mapping and requires.provides_extra:
        mapping["provides_extra"] = list(requires.provides_extra)


def _text(files: Mapping[str, bytes], name: str, *, source: str) -> str:
    try:
        return files[name].decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InvalidEggInfoError(source, name, "is not UTF-8") from None


def _kept(
    mapping: dict[str, JSON], files: Mapping[str, bytes], *, source: str
) -> dict[str, JSON]:
    """Return the texts of files that would not be written like this again."""
    made = _written(Metadata.from_dict(mapping, source=source))
    kept: dict[str, JSON] = {}
    for name in sorted(files):
        if name == PKG_INFO or (name == ENTRY_POINTS_TXT and name in made):
            continue
        if name == REQUIRES_TXT and _same_requires(files[name], made.get(name, b"")):
            continue
        if made.get(name) != files[name]:
            kept[name] = _text(files, name, source=source)
    return kept


def _same_requires(one: bytes, other: bytes) -> bool:
    first, second = parse_requires(one), parse_requires(other)
    return same_meaning(
        "requires_dist", list(first.requires_dist), list(second.requires_dist)
    ) and same_meaning(
        "provides_extra", list(first.provides_extra), list(second.provides_extra)
    )


def write(metadata: Metadata) -> dict[str, bytes]:
    """Return the files of the ``.egg-info`` folder, by their names in it.

    Raises ``UnwritableMetadataError``, ``InvalidRequirementError`` or
    ``InvalidEntryPointError``.
    """
    made = _written(metadata)
    told = metadata.extension(LEGACY_EXTENSION).get(EGG_INFO)
    kept = told.get("files") if isinstance(told, Mapping) else None
    for name, text in kept.items() if isinstance(kept, Mapping) else ():
        if isinstance(text, str) and _is_free(name, metadata.to_dict(), told):
            made[name] = text.encode()
    return dict(sorted(made.items()))


def _is_free(name: str, mapping: Mapping[str, JSON], told: JSON) -> bool:
    """Tell whether a file may be as it was: what the document says now wins."""
    if "/" in name or path_fault(name) is not None:
        return False
    if name in (REQUIRES_TXT, TOP_LEVEL_TXT):
        return isinstance(told, Mapping) and told.get("digest") == _digest(mapping)
    return name not in (PKG_INFO, ENTRY_POINTS_TXT)


def _digest(mapping: Mapping[str, JSON]) -> str:
    """Return the digest of what requires.txt and top_level.txt are made from."""
    stated = [mapping.get(key) for key in _DERIVED]
    return Hash.of(to_canonical_json(stated)).hexdigest


def _written(metadata: Metadata) -> dict[str, bytes]:
    extensions = metadata.extensions
    legacy = metadata.extension(LEGACY_EXTENSION)
    if legacy.pop(EGG_INFO, None) is not None:
        extensions[LEGACY_EXTENSION] = legacy
        metadata = metadata.replaced(extensions=extensions)
    entries = to_entry_points_text(metadata.entry_points, metadata.malformed_entries)
    requires = write_requires(
        metadata.texts("requires_dist"), metadata.texts("provides_extra")
    )
    made = {
        PKG_INFO: core_metadata.write(metadata),
        REQUIRES_TXT: requires,
        ENTRY_POINTS_TXT: entries.encode(),
        TOP_LEVEL_TXT: "".join(f"{name}\n" for name in _top_level(metadata)).encode(),
        DEPENDENCY_LINKS_TXT: b"\n",
    }
    return {name: content for name, content in made.items() if content}


def _top_level(metadata: Metadata) -> list[str]:
    """Return the first parts of all import names, sorted."""
    modules = metadata.section("sources").get("modules")
    names = [
        *metadata.texts("import_name"),
        *metadata.texts("import_namespace"),
        *(map(str, modules) if isinstance(modules, list) else ()),
    ]
    return sorted({name.partition(";")[0].strip().partition(".")[0] for name in names})


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what does not come back when the document is written and read again.

    Raises as ``write`` does.
    """
    after = LegacyDraft(EGG_INFO, read(write(metadata)).to_dict())
    return find_losses(metadata, after, lambda _: "no file of egg-info holds it")
