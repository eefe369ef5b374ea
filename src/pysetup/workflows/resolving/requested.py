"""What the user asks for: words and files become requirements, paths and URLs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pysetup.errors import UsageError
from pysetup.index.transport import Request
from pysetup.interchange.environment import Environment
from pysetup.late import late_pattern
from pysetup.standards.filenames import ARCHIVE_ENDINGS
from pysetup.standards.hashes import Hash
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    Marker,
    Requirement,
    marker_holds,
    parse_marker,
    parse_requirement,
)
from pysetup.standards.requirements_file import (
    RequirementLine,
    RequirementsFile,
    RequirementsFileError,
    decode_requirements,
    parse_requirements_file,
)
from pysetup.standards.vcs_urls import VcsUrl, is_vcs_url, parse_vcs_url
from pysetup.values import dataclass, field, replace
from pysetup.workflows.context import Context
from pysetup.workflows.resolving.script_needs import ScriptNeeds, read_scripts

COMMAND_LINE = "command line"
_EXTRAS = late_pattern(r"(?P<place>.+?)\[(?P<extras>[A-Za-z0-9._,\s-]*)\]")
_EGG_EXTRAS = late_pattern(r"[#&]egg=[^&\[]*\[([A-Za-z0-9._,\s-]*)\]")
_MAX_FILE = 16 * 1024 * 1024


class NoSuchPathError(UsageError):
    """A path given to install or build is not there, or holds no project.

    A folder must hold a ``pyproject.toml`` or a ``setup.py``; a file must be a
    wheel or an sdist.
    """

    code = "PS2660"

    def __init__(self, text: str, path: Path, reason: str) -> None:
        super().__init__(
            f"{text!r} {reason}",
            facts={"path": str(path)},
            hints=("check the path; a project name has no slash",),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that was asked for; exactly one of the four places is set.

    ``requirement`` names a project (perhaps with a URL); ``path`` is a wheel, an
    sdist or a project folder; ``url`` is a file on the network; ``vcs`` is a tree in a
    repository. ``source`` says
    who asked, ``file:line`` or ``command line``. ``marker`` says where a place counts
    (a requirement has its own); ``config_settings`` are for its back end alone.
    """

    source: str
    requirement: Requirement | None = None
    path: Path | None = None
    url: str = ""
    extras: frozenset[str] = frozenset()
    editable: bool = False
    hashes: tuple[Hash, ...] = ()
    vcs: VcsUrl | None = None
    marker: Marker | None = None
    config_settings: tuple[tuple[str, str], ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether what it is named is known only when its source is at hand."""
        return self.path is not None or self.vcs is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that was asked for, what limits it, and the options that files set.

    ``hashes`` are the allowed digests by normalised project name; ``pinned`` those of
    them that stand beside constraints. ``overrides`` stand in for what anybody requires
    of the same projects; ``places`` say for the text of a constraint or an override
    where it stands.
    """

    asked: tuple[Asked, ...]
    constraints: tuple[Requirement, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    pinned: Mapping[str, tuple[Hash, ...]] = field(default_factory=dict)
    overrides: tuple[Requirement, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    scripts: tuple[ScriptNeeds, ...] = ()

    @property
    def hashes(self) -> dict[str, tuple[Hash, ...]]:
        """The digests that requirement lines allow, by normalised name."""
        return dict(self.pinned) | {
            normalize_name(one.requirement.name): one.hashes
            for one in self.asked
            if one.requirement is not None and one.hashes
        }


def read_wanted(  # noqa: PLR0913 - the words of a command line
    words: Sequence[str],
    *,
    context: Context,
    files: Sequence[str] = (),
    editables: Sequence[str] = (),
    constraint_files: Sequence[str] = (),
    override_files: Sequence[str] = (),
    groups: Sequence[str] = (),
    scripts: Sequence[str] = (),
) -> Wanted:
    """Turn the words of a command line, and the files it names, into values.

    ``groups`` are dependency groups, ``NAME`` or ``PATH:NAME``; ``scripts`` are files
    that state what they need. Raises
    ``RequirementsFileError``, ``InvalidRequirementError``, ``NoSuchPathError``,
    ``VersionControlUrlError``, and as ``read_group``.
    """
    asked = [parse_asked(word, base=context.directory) for word in words]
    asked += [
        parse_asked(word, base=context.directory, editable=True) for word in editables
    ]
    if groups:
        asked += _of_groups(groups, context)
    needs = read_scripts(scripts, context)
    asked += [
        Asked(place, requirement=requirement)
        for one in needs
        for requirement, place in one.requirements
    ]
    constraints: list[Requirement] = []
    places: dict[str, str] = {}
    options: dict[str, object] = {}
    pinned: dict[str, tuple[Hash, ...]] = {}
    named = [(name, False) for name in files]
    named += [
        (name, True) for name in (*context.settings.constraints, *constraint_files)
    ]
    for name, constraint in named:
        parsed = _parsed(name, context, constraint=constraint)
        options |= parsed.options
        for line in parsed.lines:
            one = _asked_by_line(line, context)
            if not line.constraint:
                asked.append(one)
            elif one.requirement is not None:
                constraints.append(one.requirement)
                places.setdefault(str(one.requirement), line.place)
                if one.hashes:
                    pinned[normalize_name(one.requirement.name)] = one.hashes
            else:
                raise RequirementsFileError(
                    line.place, "a constraint must name a project"
                )
    overrides = {
        requirement: place
        for name in override_files
        for requirement, place in _overrides(name, context)
    }
    places |= {str(each): place for each, place in overrides.items()}
    return Wanted(
        tuple(asked),
        tuple(constraints),
        options,
        pinned,
        tuple(overrides),
        places,
        needs,
    )


def _asked_by_line(line: RequirementLine, context: Context) -> Asked:
    """Return what a line asks for; a path is one from here, or from its file."""
    base = context.directory
    if line.base and "://" not in line.base:
        path = _EXTRAS.sub(r"\g<place>", line.text.partition(" ;")[0].strip())
        if not (base / path).exists():
            base = Path(line.base)
    one = parse_asked(
        line.text,
        base=base,
        source=line.place,
        editable=line.editable,
        hashes=line.hashes,
    )
    if not line.config_settings:
        return one
    return replace(one, config_settings=line.config_settings)


def fitting(wanted: Wanted, environment: Environment) -> Wanted:
    """Return ``wanted`` without the places whose marker does not hold.

    Raises ``UnfitScriptError`` for a script that needs another Python.
    """
    for script in wanted.scripts:
        script.check(environment.version)
    kept = tuple(
        one for one in wanted.asked if marker_holds(one.marker, environment.markers)
    )
    return wanted if len(kept) == len(wanted.asked) else replace(wanted, asked=kept)


def _of_groups(groups: Sequence[str], context: Context) -> list[Asked]:
    # Loaded here: reading projects is for those who name groups of them.
    from pysetup.workflows.resolving.groups import read_groups

    return [
        Asked(place, requirement=requirement)
        for requirement, place in read_groups(groups, context)
    ]


def _overrides(name: str, context: Context) -> Iterator[tuple[Requirement, str]]:
    """Yield what a file of overrides says, and where."""
    for line in _parsed(name, context, constraint=True).lines:
        one = parse_asked(line.text, base=context.directory, source=line.place)
        if one.requirement is None or line.editable:
            raise RequirementsFileError(
                line.place, "an override must name a project:  name==1.0"
            )
        yield one.requirement, line.place


def _parsed(name: str, context: Context, *, constraint: bool) -> RequirementsFile:
    return parse_requirements_file(
        name if "://" in name else str(context.path(name)),
        read=lambda path: _read(path, context=context),
        variables=dict(context.environ),
        constraint=constraint,
    )


def _read(path: str, *, context: Context) -> str:
    if "://" not in path:
        return decode_requirements(Path(path).read_bytes())
    with context.transport.send(Request(path)) as reply:
        if reply.status != 200:  # noqa: PLR2004 - HTTP's "here it is"
            raise OSError(f"the server answered {reply.status}")
        return decode_requirements(reply.read(_MAX_FILE))


def parse_asked(
    text: str,
    *,
    base: Path,
    source: str = COMMAND_LINE,
    editable: bool = False,
    hashes: tuple[Hash, ...] = (),
) -> Asked:
    """Read one requirement, path or URL, as pip would understand it."""
    text = text.strip()
    place, sep, condition = _split_marker(text)
    if sep:
        one = parse_asked(
            place, base=base, source=source, editable=editable, hashes=hashes
        )
        return replace(one, marker=parse_marker(condition))
    place, extras = text, frozenset[str]()
    if (match := _EXTRAS.fullmatch(text)) and _is_place(match["place"]):
        place = match["place"]
        extras = frozenset(
            normalize_name(extra.strip())
            for extra in match["extras"].split(",")
            if extra.strip()
        )
    if is_vcs_url(place):
        vcs = parse_vcs_url(place)
        extras |= _egg_extras(place)
        return Asked(source, extras=extras, editable=editable, hashes=hashes, vcs=vcs)
    if place.startswith(("http://", "https://")):
        return Asked(source, url=place, extras=extras, hashes=hashes)
    if place.startswith("file:"):
        path = Path(unquote(urlsplit(place).path))
        return _at_path(text, path, source, extras, editable=editable, hashes=hashes)
    if editable or _is_place(place):
        path = base / Path(place).expanduser()
        return _at_path(text, path, source, extras, editable=editable, hashes=hashes)
    return Asked(source, requirement=parse_requirement(text), hashes=hashes)


def _split_marker(text: str) -> tuple[str, str, str]:
    """Split the marker from a place, as pip does: at a semicolon with a space."""
    for sep in ("; ", " ;"):
        place, found, condition = text.partition(sep)
        if found and (_is_place(place.strip()) or is_vcs_url(place)):
            return place.strip(), sep, condition.strip()
    return text, "", ""


def _egg_extras(url: str) -> frozenset[str]:
    """Return the extras in ``#egg=name[extra]``, as pip has them."""
    match = _EGG_EXTRAS.search(url)
    names = match[1].split(",") if match else []
    return frozenset(normalize_name(name.strip()) for name in names if name.strip())


def _is_place(text: str) -> bool:
    """Tell a path or a URL from a requirement, by its spelling alone."""
    if "://" in text:
        return "@" not in text.split("://", 1)[0]
    return (
        text in (".", "..")
        or text.startswith(("./", "../", "/", "~", "file:"))
        or text.endswith(ARCHIVE_ENDINGS)
        or ("/" in text and " " not in text and "@" not in text)
    )


def _at_path(
    text: str,
    path: Path,
    source: str,
    extras: frozenset[str],
    *,
    editable: bool,
    hashes: tuple[Hash, ...],
) -> Asked:
    path = Path(os.path.abspath(path))
    if path.is_dir():
        if not any((path / name).is_file() for name in ("pyproject.toml", "setup.py")):
            raise NoSuchPathError(text, path, "is a folder without a project")
    elif editable:
        raise NoSuchPathError(text, path, "is not a folder, so it cannot be editable")
    elif not path.is_file():
        raise NoSuchPathError(text, path, "is neither a file nor a folder here")
    elif not path.name.endswith(ARCHIVE_ENDINGS):
        raise NoSuchPathError(text, path, "is neither a wheel nor an sdist")
    return Asked(source, path=path, extras=extras, editable=editable, hashes=hashes)
