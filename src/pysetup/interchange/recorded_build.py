"""What an archive tells of how it was built: by what, with which Python, and when."""

from pysetup.interchange.archive_entries import ArchiveListing
from pysetup.interchange.dist_info import RECORD, SUFFIX, WHEEL
from pysetup.late import late_pattern
from pysetup.metadata.document import DOCUMENT_NAME
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

# ``setuptools (75.1.0)``, ``hatchling 1.25.0``: name and version, each in its own way.
_GENERATOR = late_pattern(r"([A-Za-z][\w.-]*) *\(?v?([0-9][\w.!+]*)\)?")
_PROJECTS = {
    "flit": "flit-core",
    "bdist-wheel": "wheel",
    "mesonpy": "meson-python",
    "uv": "uv-build",
    "pdm": "pdm-backend",
}
# These name their front end, which has another version than the back end.
_SILENT = ("poetry", "pysetup", "meson")
# From this version on setuptools makes wheels itself, and says so.
_BEFORE_OWN_WHEELS = "setuptools<70.1"
_OWN_PYTHON = late_pattern(r"(cp|pp)(\d)(\d+)")


@dataclass(frozen=True, slots=True)
class RecordedBuild:
    """What is known of the build of an archive.

    ``generator`` is as the wheel says it, empty for an sdist; ``constraints`` pin the
    back end to that version; ``python`` is the version that the wheel is for, empty
    when any will do; ``epoch`` is when it was built, in seconds since 1970, or None;
    ``by_pysetup`` tells that pysetup has put its document into it.
    """

    generator: str
    constraints: tuple[str, ...]
    python: str
    epoch: int | None
    by_pysetup: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "generator": self.generator,
            "constraints": list(self.constraints),
            "python": self.python or None,
            "source_date_epoch": self.epoch,
            "by_pysetup": self.by_pysetup,
        }


def recorded_build(listing: ArchiveListing, wheel_text: bytes | None) -> RecordedBuild:
    """Return what ``listing``, and the WHEEL of a wheel, tell.

    Raises ``InvalidWheelInfoError`` or ``InvalidFilenameError``.
    """
    paths = {entry.path.rpartition("/")[2] for entry in listing.entries}
    generator, python = "", ""
    if wheel_text is not None:
        generator = WheelInfo.parse(wheel_text, source=listing.filename).generator
        python = python_of(listing.filename)
    return RecordedBuild(
        generator,
        constraints_of(generator),
        python,
        epoch_of(listing),
        DOCUMENT_NAME in paths,
    )


def epoch_of(listing: ArchiveListing) -> int | None:
    """Return when an archive was built, as far as its dates tell.

    RECORD is what a build writes last. Where it is older than other files, they have
    their own dates and it has a fixed one: then the date was not SOURCE_DATE_EPOCH.
    """
    newest = max((entry.date for entry in listing.entries), default=0)
    for entry in listing.entries:
        folder, _, name = entry.path.partition("/")
        if folder.endswith(SUFFIX) and name == RECORD and entry.date != newest:
            return None
    return newest or None


def wheel_path(listing: ArchiveListing) -> str | None:
    """Return the path of the WHEEL file, None for an archive that has none."""
    for entry in listing.entries:
        folder, _, name = entry.path.partition("/")
        if folder.endswith(SUFFIX) and name == WHEEL:
            return entry.path
    return None


def constraints_of(generator: str) -> tuple[str, ...]:
    """Return requirements that pin the back end which a wheel's Generator names.

    Empty for one that does not tell its version, or tells one that no index has.
    """
    match = _GENERATOR.fullmatch(generator.strip())
    if match is None or "+" in match[2]:
        return ()
    name = normalize_name(match[1])
    if name in _SILENT:
        return ()
    pinned = f"{_PROJECTS.get(name, name)}=={match[2]}"
    return (pinned, _BEFORE_OWN_WHEELS) if name == "bdist-wheel" else (pinned,)


def python_of(filename: str) -> str:
    """Return the Python version that a wheel is for, empty when many will do.

    That is so of ``py3`` and of the stable ABI. Raises ``InvalidFilenameError``.
    """
    for tag in sorted(map(str, parse_wheel_filename(filename).tags)):
        interpreter, abi, _ = tag.split("-", 2)
        match = _OWN_PYTHON.fullmatch(interpreter)
        if match and abi not in ("none", "abi3"):
            prefix = "pypy" if match[1] == "pp" else ""
            return f"{prefix}{match[2]}.{match[3]}"
    return ""
