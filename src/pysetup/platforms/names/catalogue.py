"""A catalogue: which packages of a system hold which projects and modules.

It is compiled from lists of files, where ``NAME-VERSION.dist-info`` tells the project
and its version, and kept as JSON.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Self

from pysetup.platforms.names.found import FoundName
from pysetup.platforms.versions.order import epoch_of
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import is_name, normalize_name
from pysetup.standards.versions import InvalidVersionError, Version, parse_version
from pysetup.values import dataclass, field

CATALOGUE_VERSION = "1.0"
_INFO = re.compile(
    r"(?P<name>.+?)(?:-(?P<version>[^-]+))?(?:-py\d(?:\.\d+)?)?\.(?:dist|egg)-info"
)
# demo.cpython-311-x86_64-linux-gnu.so and demo.abi3.so are the module demo.
_MODULE = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.py|(?:\.[\w-]+)?\.so)?", re.ASCII)
_NO_MODULES = frozenset(("__pycache__", "test", "tests", "bin", "doc", "docs"))
_OLDEST = parse_version("0.dev0")


@dataclass(frozen=True, slots=True)
class Holding:
    """A package that holds a project: the project's version, and the package's.

    ``epoch`` alone stands where the whole version of the package is not known.
    """

    package: str
    version: str = ""
    epoch: str = ""
    package_version: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the packages of one system, or of a part of it, hold.

    ``label`` says what was read (``contents:debian-12``). ``projects`` are by their
    normalised names; ``modules`` are the top modules of each package. What is not in a
    ``whole`` one is not in that system.
    """

    label: str
    projects: Mapping[str, tuple[Holding, ...]]
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    whole: bool = False

    def find(self, project: str) -> FoundName | None:
        """Return the package of ``project``, the one of its newest version if several.

        An older one of them may be another thing of the same name, or one kept for
        those who still need it.
        """
        holdings = self.projects.get(project)
        if not holdings:
            return None
        best = max(holdings, key=lambda one: _rank(one, project))
        return FoundName(
            project,
            (best.package,),
            best.version,
            best.epoch,
            self.label,
            package_version=best.package_version,
        )

    def projects_of(self, package: str) -> tuple[str, ...]:
        """Return the projects in ``package``, sorted."""
        return tuple(
            sorted(
                project
                for project, holdings in self.projects.items()
                if any(one.package == package for one in holdings)
            )
        )

    def knows(self, package: str) -> bool:
        """Tell whether there is such a package, with anything of Python in it."""
        return package in self.modules or any(
            one.package == package
            for holdings in self.projects.values()
            for one in holdings
        )

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        projects: dict[str, JSON] = {
            project: [
                _trimmed([one.package, one.version, one.epoch, one.package_version])
                for one in holdings
            ]
            for project, holdings in sorted(self.projects.items())
        }
        return {
            "catalogue_version": CATALOGUE_VERSION,
            "label": self.label,
            "whole": self.whole,
            "projects": projects,
            "modules": _lists(self.modules),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form; raises ``ValueError`` for what is none."""
        if value.get("catalogue_version") != CATALOGUE_VERSION:
            raise ValueError("another version of the format")
        projects: dict[str, tuple[Holding, ...]] = {}
        for project, rows in _object(value["projects"]).items():
            if not isinstance(rows, list):
                raise ValueError(f"{project} has no list")  # noqa: TRY004 - of the content
            projects[project] = tuple(map(_read_holding, rows))
        return cls(
            str(value["label"]),
            projects,
            {key: _texts(item) for key, item in _object(value["modules"]).items()},
            whole=value["whole"] is True,
        )


class CatalogueMaker:
    """Takes files and their packages one by one, and makes a catalogue of them.

    ``folders`` are those from which the system's Python imports, below its root and
    without slashes around them: ``usr/lib/python3/dist-packages``.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        self.folders = tuple(dict.fromkeys(folder.strip("/") for folder in folders))
        self.prefixes = tuple(f"{folder}/" for folder in self.folders)
        self._projects: dict[str, dict[str, str]] = {}
        self._modules: dict[str, set[str]] = {}
        self._commands: dict[str, set[str]] = {}

    def add(self, path: str, packages: Iterable[str]) -> None:
        """Take the file ``path``, without a leading slash, of each of ``packages``."""
        for prefix in self.prefixes:
            if path.startswith(prefix):
                top = path[len(prefix) :].partition("/")[0]
                for package in packages:
                    self.add_top(top, package)
                return
        folder, _, name = path.rpartition("/")
        if folder in COMMAND_FOLDERS:
            for package in packages:
                self.add_command(name, package)

    def add_top(self, name: str, package: str) -> None:
        """Take what stands at the top of an import folder: ``demo-1.0.dist-info``."""
        if name.endswith("-info"):
            match = _INFO.fullmatch(name)
            if match and is_name(match["name"].replace("~", "")):
                self.add_project(match["name"], match["version"] or "", package)
            return
        match = _MODULE.fullmatch(name)
        if match and match["name"] not in _NO_MODULES:
            self._modules.setdefault(package, set()).add(match["name"])

    def add_project(self, name: str, version: str, package: str) -> None:
        """Take that ``package`` holds ``version`` of the project ``name``."""
        held = self._projects.setdefault(normalize_name(name), {})
        if package not in held or _version(held[package]) < _version(version):
            held[package] = version

    def add_command(self, name: str, package: str) -> None:
        """Take that ``package`` has the command ``name``."""
        self._commands.setdefault(name, set()).add(package)

    @property
    def commands(self) -> dict[str, tuple[str, ...]]:
        """The packages of each command, so far."""
        return {name: tuple(sorted(held)) for name, held in self._commands.items()}

    @property
    def is_of_system(self) -> bool:
        """Whether what was taken is of a system, not of a small repository beside it.

        Every system has packages of these two.
        """
        return {"pip", "setuptools"} <= set(self._projects)

    @property
    def packages(self) -> frozenset[str]:
        """The packages with anything of Python in them, so far."""
        held = (package for rows in self._projects.values() for package in rows)
        return frozenset((*held, *self._modules))

    def made(
        self,
        label: str,
        *,
        versions: Mapping[str, str] | None = None,
        whole: bool = False,
    ) -> Catalogue:
        """Return the catalogue; ``versions`` are those of the packages."""
        told = versions or {}
        return Catalogue(
            label,
            {
                project: tuple(
                    _holding(package, version, told.get(package, ""))
                    for package, version in sorted(held.items())
                )
                for project, held in self._projects.items()
            },
            {key: tuple(sorted(names)) for key, names in self._modules.items()},
            whole=whole,
        )


# Where packages of Python projects have their commands.
COMMAND_FOLDERS = ("usr/bin",)


def _read_holding(row: JSON) -> Holding:
    texts = _texts(row)
    if not texts:
        raise ValueError("a package is missing")
    return Holding(*texts[:4])


def _holding(package: str, version: str, package_version: str) -> Holding:
    epoch = epoch_of(package_version)
    return Holding(package, version, str(epoch) if epoch else "", package_version)


def _rank(holding: Holding, project: str) -> tuple[Version, bool, bool, int, str]:
    package = holding.package
    usual = package == f"python3-{project}"
    module = package.startswith("python")
    return _version(holding.version), usual, module, -len(package), package


def _version(text: str) -> Version:
    try:
        return parse_version(text)
    except InvalidVersionError:
        return _OLDEST


def _trimmed(texts: list[str]) -> list[JSON]:
    while len(texts) > 1 and not texts[-1]:
        texts.pop()
    return list(texts)


def _lists(value: Mapping[str, tuple[str, ...]]) -> dict[str, JSON]:
    return {key: list(texts) for key, texts in sorted(value.items())}


def _object(value: JSON) -> Mapping[str, JSON]:
    if not isinstance(value, Mapping):
        raise ValueError("an object is missing")  # noqa: TRY004 - of the content
    return value


def _texts(value: JSON) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of texts is missing")
    return tuple(map(str, value))
