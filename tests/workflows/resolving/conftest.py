"""A shop: an index in memory that is stocked line by line, and resolved from."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pysetup.index.model import File
from pysetup.interchange.environment import Environment, Scheme
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.resolving.resolve import (
    LocalCandidate,
    Resolution,
    ResolveOptions,
    resolve_requirements,
)

TAGS = (
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "py3-none-any",
)
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}


def make_environment(version: str = "3.11.7") -> Environment:
    return Environment(
        prefix="/env",
        executable="/env/bin/python",
        version=version,
        scheme=Scheme(*["/env"] * 5),
        markers=MARKERS,
        tags=TAGS,
        paths=(),
        externally_managed=None,
        virtual=True,
    )


def make_metadata(name: str, version: str, *needs: str, **more: Any) -> Metadata:
    return Metadata.from_dict(
        {"name": name, "version": version, "requires_dist": list(needs), **more}
    )


class Shop:
    """Stocks the fake index, and resolves from it."""

    def __init__(
        self,
        index: Any,
        make_context: Callable[..., Any],
        sdist: Callable[..., bytes],
        base: Path,
    ) -> None:
        self.index, self.make_context, self.base = index, make_context, base
        self.make_sdist = sdist
        self.files: dict[str, list[File]] = {}
        self.built: list[File | Path] = []
        self.buildable: dict[str, Metadata] = {}

    def file(self, filename: str, *needs: str, python: str = "", **more: Any) -> File:
        """Put one file on its project's page; wheels get metadata beside them."""
        name, version = filename.removesuffix(".tar.gz").split("-")[:2]
        extras = more.pop("extras", ())
        inner = more.pop("inner_python", python)
        head = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"]
        head += [f"Provides-Extra: {extra}" for extra in extras]
        head += [f"Requires-Python: {inner}"] if inner else []
        head += [f"Requires-Dist: {need}" for need in needs]
        more.setdefault("core_metadata", filename.endswith(".whl"))
        file: File = self.index.add_file(
            filename, filename.encode(), requires_python=python, **more
        )
        if file.core_metadata:
            self.index.add(f"{file.url}.metadata", "\n".join([*head, "", ""]))
        self.files.setdefault(name, []).append(file)
        self.index.add_page(name, *self.files[name])
        return file

    def wheel(self, name: str, version: str, *needs: str, **more: Any) -> File:
        tag = more.pop("tag", "py3-none-any")
        return self.file(f"{name}-{version}-{tag}.whl", *needs, **more)

    def sdist(self, name: str, version: str, *needs: str, **more: Any) -> File:
        """Put an sdist there whose metadata must be built."""
        self.buildable[f"{name}-{version}.tar.gz"] = make_metadata(
            name, version, *needs
        )
        content = self.make_sdist(name, version, None)
        file: File = self.index.add_file(f"{name}-{version}.tar.gz", content, **more)
        self.files.setdefault(name, []).append(file)
        self.index.add_page(name, *self.files[name])
        return file

    def build(self, place: File | Path) -> Metadata:
        self.built.append(place)
        return self.buildable[place.name if isinstance(place, Path) else place.filename]

    def resolve(
        self, *texts: str, python: str = "3.11.7", settings: Any = None, **options: Any
    ) -> Resolution:
        build = options.pop("build_metadata", self.build)
        constraints = options.pop("constraints", ())
        return resolve_requirements(
            [parse_requirement(text) for text in texts],
            environment=make_environment(python),
            context=self.make_context(self.index, **(settings or {})),
            options=ResolveOptions(
                constraints=tuple(map(parse_requirement, constraints)), **options
            ),
            build_metadata=build,
        )

    def pins(self, *texts: str, **options: Any) -> dict[str, str]:
        """Resolve, and return the file name (or where it is) of each pin."""
        return {
            pin.name: pin.file.filename
            if pin.file
            else f"installed {pin.version}"
            if pin.installed
            else str(pin.location)
            for pin in self.resolve(*texts, **options).pins
        }

    def installed(
        self, names: Mapping[str, str], needs: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, InstalledDistribution]:
        return {
            name: InstalledDistribution(
                make_metadata(name, version, *(needs or {}).get(name, ())), "/env/x"
            )
            for name, version in names.items()
        }

    def local(self, path: str, metadata: Metadata, *extras: str) -> LocalCandidate:
        return LocalCandidate(self.base / path, metadata, frozenset(extras))


@pytest.fixture
def shop(
    index: Any,
    make_context: Callable[..., Any],
    sdist: Callable[..., bytes],
    tmp_path: Path,
) -> Shop:
    """An empty shop."""
    return Shop(index, make_context, sdist, tmp_path)


@pytest.fixture
def document() -> Callable[..., Metadata]:
    """Make a document: ``document("demo", "1.0", "needed>=2")``."""
    return make_metadata


@pytest.fixture
def environment() -> Environment:
    """CPython 3.11 on Linux."""
    return make_environment()
