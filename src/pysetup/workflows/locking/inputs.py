"""What a lock is made from: requirements, extras, groups, and what limits them."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.interchange.pylock.model import plain_json
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import (
    Requirement,
)
from pysetup.values import dataclass, field
from pysetup.workflows.resolving.requested import Asked, Wanted

BASE = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what is locked: the base, an extra, or a dependency group."""

    kind: str
    name: str = ""


BASE_PART = Part("base")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockInputs:
    """Everything that is asked for, by the part that asks for it.

    ``folder`` is where the lock will stand; ``requires_python`` is that of the
    project; ``project`` is its normalised name, empty for plain requirements.
    ``limits`` say for the text of a constraint or an override where it stands.
    """

    parts: Mapping[Part, tuple[Asked, ...]]
    folder: Path
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, tuple[Hash, ...]] = field(default_factory=dict)
    requires_python: str = ""
    project: str = ""

    @property
    def extras(self) -> tuple[str, ...]:
        """The names of the extras, sorted."""
        return tuple(sorted(p.name for p in self.parts if p.kind == "extra"))

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the dependency groups, sorted."""
        return tuple(sorted(p.name for p in self.parts if p.kind == "group"))

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All that is asked for, each once."""
        every = (one for asked in self.parts.values() for one in asked)
        return tuple(dict.fromkeys(every))

    def recorded(self) -> dict[str, JSON]:
        """Return the inputs as the lock keeps them, to tell later what differs."""
        kept: dict[str, JSON] = {}
        base = [_text(one, self.folder) for one in self.parts.get(BASE_PART, ())]
        kept["requires"] = sorted(set(base))
        if self.requires_python:
            kept["requires-python"] = self.requires_python
        if self.constraints:
            kept["constraints"] = sorted({str(one) for one in self.constraints})
        if self.overrides:
            kept["overrides"] = sorted({str(one) for one in self.overrides})
        for kind, key in (("extra", "extras"), ("group", "groups")):
            table: dict[str, JSON] = {
                part.name: sorted({_text(one, self.folder) for one in asked})
                for part, asked in sorted(self.parts.items(), key=lambda i: i[0].name)
                if part.kind == kind
            }
            if table:
                kept[key] = table
        return kept

    def places(self) -> dict[str, str]:
        """Return where each requirement stands, by its text."""
        stated = {_text(one, self.folder): one.source for one in self.asked}
        return {**self.limits, **stated}


def _text(one: Asked, folder: Path) -> str:
    """Return what was asked for as a text that is the same on every machine."""
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    if one.requirement is not None:
        return str(one.requirement)
    if one.path is not None:
        place = relative_path(one.path, folder)
        return f"{'-e ' if one.editable else ''}{place}{extras}"
    if one.vcs is not None:
        return f"{one.vcs.public_text}{extras}"
    return f"{one.url}{extras}"


def relative_path(path: Path, folder: Path) -> str:
    """Return ``path`` with forward slashes, from ``folder`` on where it is near.

    A path in another tree altogether stays absolute.
    """
    path, folder = path.absolute(), folder.absolute()
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    climbs: list[str] = []
    for parent in (folder.parent, folder.parent.parent):
        climbs.append("..")
        if len(parent.parts) > 1 and path.is_relative_to(parent):
            return "/".join([*climbs, path.relative_to(parent).as_posix()])
    return path.as_posix()


def inputs_of_wanted(wanted: Wanted, *, folder: Path) -> LockInputs:
    """Return the inputs that words and requirements files are."""
    return LockInputs(
        parts={BASE_PART: wanted.asked},
        folder=folder,
        constraints=wanted.constraints,
        overrides=wanted.overrides,
        limits=wanted.places,
        hashes=wanted.hashes,
    )


def recorded_inputs(tool: Mapping[str, object]) -> dict[str, JSON] | None:
    """Return the inputs that a lock's ``tool`` table keeps, None if it keeps none."""
    own = tool.get("pysetup")
    kept = own.get("lock") if isinstance(own, Mapping) else None
    found = plain_json(kept)
    return dict(found) if isinstance(found, dict) and found else None
