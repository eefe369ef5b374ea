"""An environment: an interpreter, where its files go, and what it can run."""

from collections.abc import Mapping, Sequence
from typing import Self

from pysetup.standards.jsontext import JSON
from pysetup.values import as_mapping, dataclass


@dataclass(frozen=True, slots=True)
class Scheme:
    """Absolute folders for each kind of file (sysconfig's scheme keys)."""

    purelib: str
    platlib: str
    scripts: str
    data: str
    headers: str


@dataclass(frozen=True, slots=True)
class Environment:
    """One place to install into.

    ``prefix`` is its root folder, ``executable`` its interpreter, ``version`` the
    full Python version; ``markers`` are the PEP 508 variables, ``tags`` the
    supported compatibility tags, best first; ``paths`` are the interpreter's
    site folders; ``externally_managed`` is the message of PEP 668, or None;
    ``virtual`` tells whether it is a virtual environment. ``seen`` are further site
    folders that the interpreter has: what is there counts as installed, but is never
    changed (``--user``). ``any_python`` lets in what says that it does not run on this
    Python.
    """

    prefix: str
    executable: str
    version: str
    scheme: Scheme
    markers: Mapping[str, str]
    tags: tuple[str, ...]
    paths: tuple[str, ...]
    externally_managed: str | None
    virtual: bool
    seen: tuple[str, ...] = ()
    any_python: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "prefix": self.prefix,
            "executable": self.executable,
            "version": self.version,
            "scheme": as_mapping(self.scheme),
            "markers": dict(self.markers),
            "tags": list(self.tags),
            "paths": list(self.paths),
            "externally_managed": self.externally_managed,
            "virtual": self.virtual,
            "seen": list(self.seen),
            "any_python": self.any_python,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form."""
        scheme, markers = value["scheme"], value["markers"]
        managed = value["externally_managed"]
        return cls(
            prefix=str(value["prefix"]),
            executable=str(value["executable"]),
            version=str(value["version"]),
            scheme=Scheme(
                **{key: str(path) for key, path in scheme.items()}
                if isinstance(scheme, Mapping)
                else {}
            ),
            markers={key: str(text) for key, text in markers.items()}
            if isinstance(markers, Mapping)
            else {},
            tags=_texts(value["tags"]),
            paths=_texts(value["paths"]),
            externally_managed=None if managed is None else str(managed),
            virtual=value["virtual"] is True,
            seen=_texts(value.get("seen", [])),
            any_python=value.get("any_python") is True,
        )


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, Sequence) else ()
