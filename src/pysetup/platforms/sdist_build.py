"""How an sdist is built, by its own [build-system] (PEP 517, 518): for recipes."""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.members import FILE
from pysetup.interchange.sdist_file import walk_sdist
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# What PEP 517 says when nothing is said.
_LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
_LEGACY_REQUIRES = ("setuptools >= 40.8.0",)
_PROJECT_FILE = "pyproject.toml"
# The end of a path in a source -> the language of what it is compiled from.
_LANGUAGES = {
    ".c": "c",
    ".pyx": "c",
    ".cc": "c++",
    ".cpp": "c++",
    ".cxx": "c++",
    ".f": "fortran",
    ".f90": "fortran",
    "/Cargo.toml": "rust",
}


class UnbuildableSdistError(UsageError):
    """No recipe can be written for an sdist: nothing tells how it is built.

    It has one top folder, and its ``pyproject.toml``, if there is one, is valid TOML.
    """

    code = "PS2768"

    def __init__(self, sdist: Path, reason: str) -> None:
        super().__init__(
            f"no recipe can be written for {sdist.name}: {reason}",
            facts={"file": sdist.name},
            hints=("pysetup check  tells what is wrong with an sdist",),
        )


@dataclass(frozen=True, slots=True)
class SdistBuild:
    """The folder that an sdist unpacks to, and who builds it.

    ``backend`` is ``module:object``, ``backend_path`` are folders in the source that
    come first on the path, ``requires`` the requirements of the build. ``languages``
    are those of the files that a compiler may have to do with.
    """

    top: str
    backend: str
    backend_path: tuple[str, ...]
    requires: tuple[str, ...]
    languages: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "top": self.top,
            "backend": self.backend,
            "backend_path": list(self.backend_path),
            "requires": list(self.requires),
        }


def read_sdist_build(sdist: Path) -> SdistBuild:
    """Read how ``sdist`` is built.

    Raises ``UnbuildableSdistError``, and as opening the archive does.
    """
    top, content = "", b""
    languages: set[str] = set()
    with closing(walk_sdist(sdist)) as members:
        for member in members:
            folder, _, inner = member.path.removeprefix("./").partition("/")
            top = top or folder
            if folder != top:
                raise UnbuildableSdistError(sdist, "it has more than one top folder")
            languages |= {
                language
                for end, language in _LANGUAGES.items()
                if member.path.endswith(end)
            }
            if inner == _PROJECT_FILE and member.kind == FILE:
                content = b"".join(member.read())
    if not top:
        raise UnbuildableSdistError(sdist, "it is empty")
    try:
        table = tomllib.loads(content.decode()).get("build-system")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        reason = f"its {_PROJECT_FILE} is no TOML"
        raise UnbuildableSdistError(sdist, reason) from None
    system = table if isinstance(table, Mapping) else {}
    backend = system.get("build-backend")
    requires = _texts(system.get("requires"))
    return SdistBuild(
        top=top,
        backend=backend if isinstance(backend, str) else _LEGACY_BACKEND,
        backend_path=_texts(system.get("backend-path")),
        requires=requires if "requires" in system else _LEGACY_REQUIRES,
        languages=tuple(sorted(languages)),
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(text for text in value if isinstance(text, str))
