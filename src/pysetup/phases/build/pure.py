"""The built-in build: the files are the wheel. Pure: says what goes where."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pysetup.errors import BuildError
from pysetup.interchange.source_files import SourceFileMissingError
from pysetup.late import late_pattern
from pysetup.metadata.document import Metadata
from pysetup.metadata.system_files import (
    COMMANDS,
    FILES_EXTENSION,
    category_folder,
    system_files,
)
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.globs import fixed_folder, glob_regex
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import check_path
from pysetup.values import dataclass

_ALWAYS_CODE = (".py", ".pyi")
_COMPILED = late_pattern(
    r".*\.(cpython-[\w-]+|pypy\w+-[\w-]+|abi3|cp\w+-[\w-]+)\.(so|pyd)"
)
# One key of package_data that means every package, as setuptools spells it.
_ALL_PACKAGES = ("", "*")


class CompiledFileError(BuildError):
    """A project without a build hook holds a compiled extension module.

    Its wheel is for any platform, but the module is not. Either leave the module out
    (``sources.exclude``), or build it with a hook (``[tool.pysetup.build] hook``) or
    another build back end.
    """

    code = "PS6403"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is a compiled module, and nothing says how it is built",
            facts={"path": path},
            hints=(
                f'leave it out: [tool.pysetup.sources] exclude = ["/{path}"]',
                "or name a build hook under [tool.pysetup.build]",
            ),
        )


class TargetClashError(BuildError):
    """Two files of the project would become the same file of the wheel.

    Check ``sources.data_files``, ``sources.modules`` and the extension
    ``python.files``: each file needs a place of its own.
    """

    code = "PS6404"

    def __init__(self, target: str, first: str, second: str) -> None:
        super().__init__(
            f"{first} and {second} would both become {target}",
            facts={"target": target, "sources": [first, second]},
            hints=("give one of them another place, or another name",),
        )


class ModuleMissingError(BuildError):
    """A module or package that ``sources.modules`` names has no files.

    ``sources.modules`` are import names below ``sources.root``: ``pkg`` stands for
    the folder ``pkg/`` or the file ``pkg.py``. Files that ``.gitignore`` or
    ``sources.exclude`` leave out do not count.
    """

    code = "PS6405"

    def __init__(self, module: str, looked_for: tuple[str, ...]) -> None:
        super().__init__(
            f"there is nothing to pack for the module {module!r}",
            facts={"module": module, "looked for": list(looked_for)},
            hints=("correct [tool.pysetup.sources] modules, or project.import-names",),
        )


@dataclass(frozen=True, slots=True, order=True)
class Placement:
    """One file of the wheel: where it goes (``target``) and what it is made from."""

    target: str
    source: str


def plan_files(metadata: Metadata, files: Iterable[str]) -> tuple[Placement, ...]:
    """Return what the wheel holds besides its ``.dist-info``, sorted by target.

    ``files`` are the project's files, relative, as its sdist would hold them. All
    files of a package go in, or those that ``sources.package_data`` names for it.
    Raises ``ModuleMissingError``, ``CompiledFileError``, ``TargetClashError``, and
    ``SourceFileMissingError`` for data files, and files of ``python.files``, that are
    not there.
    """
    listed = sorted(files)
    sources = metadata.section("sources")
    root = str(sources.get("root") or ".")
    prefix = "" if root == "." else root.strip("/") + "/"
    below = [path[len(prefix) :] for path in listed if path.startswith(prefix)]
    package_data = _package_data(sources.get("package_data"))
    placements = [
        Placement(path, prefix + path)
        for module in _modules(sources.get("modules"))
        for path in _module_files(module, below, prefix=prefix)
        if _is_wanted(path, package_data)
    ]
    placements += _data_files(metadata, sources.get("data_files"), listed)
    placements += _system_files(metadata, frozenset(listed))
    by_target: dict[str, Placement] = {}
    for placement in placements:
        other = by_target.setdefault(placement.target, placement)
        if other.source != placement.source:
            raise TargetClashError(placement.target, other.source, placement.source)
    for placement in by_target.values():
        if _COMPILED.fullmatch(placement.target):
            raise CompiledFileError(placement.source)
    return tuple(sorted(by_target.values()))


def plan_data_files(metadata: Metadata, files: Iterable[str]) -> tuple[Placement, ...]:
    """Return what of the wheel goes below the environment, not among the modules.

    An editable distribution brings it too. Raises ``SourceFileMissingError``.
    """
    value = metadata.section("sources").get("data_files")
    return tuple(sorted(_data_files(metadata, value, sorted(files))))


def system_placements(metadata: Metadata) -> tuple[Placement, ...]:
    """Return where the files of ``python.files`` go in the wheel.

    Any installer puts them in their place from there. Raises ``UnsafePathError``.
    """
    stem = _stem(metadata)
    project = metadata.normalized_name
    return tuple(
        Placement(
            check_path(
                f"{stem}.data/scripts/{file.path}"
                if file.category == COMMANDS
                else f"{stem}.data/data/"
                f"{category_folder(file.category, project=project)}/{file.path}",
                source=FILES_EXTENSION,
            ),
            file.source.removeprefix("./"),
        )
        for file in system_files(metadata.extension(FILES_EXTENSION))
    )


def _system_files(metadata: Metadata, listed: frozenset[str]) -> Iterator[Placement]:
    """Yield the files of ``python.files``, which must be among the project's own."""
    for placement in system_placements(metadata):
        if placement.source not in listed:
            raise SourceFileMissingError(
                placement.source, "is missing", named_by=FILES_EXTENSION
            )
        yield placement


def _stem(metadata: Metadata) -> str:
    return dist_info_name(metadata.name, metadata.version).removesuffix(".dist-info")


def _modules(value: JSON) -> tuple[str, ...]:
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return tuple(str(name) for name in listed)


def _module_files(module: str, below: Sequence[str], *, prefix: str) -> Iterator[str]:
    """Yield the files of one import name: its folder, its file, and its stubs."""
    place = module.replace(".", "/")
    # PEP 561: stubs stand beside the module or in a folder "<package>-stubs".
    single = (f"{place}.py", f"{place}.pyi")
    folders = (f"{place}/", f"{place.partition('/')[0]}-stubs/")
    found = [path for path in below if path in single or path.startswith(folders)]
    if not any(path in single or path.startswith(folders[0]) for path in found):
        raise ModuleMissingError(module, (f"{prefix}{place}/", f"{prefix}{place}.py"))
    yield from found


def _package_data(value: JSON) -> dict[str, tuple[re.Pattern[str], ...]]:
    """Return package folder (with ``/``) -> what of its data goes in."""
    if not isinstance(value, Mapping):
        return {}
    return {
        "" if name in _ALL_PACKAGES else name.replace(".", "/") + "/": tuple(
            glob_regex(str(glob)) for glob in globs
        )
        for name, globs in value.items()
        if isinstance(globs, Sequence)
    }


def _is_wanted(path: str, data: Mapping[str, tuple[re.Pattern[str], ...]]) -> bool:
    if path.endswith(_ALWAYS_CODE) or path.rpartition("/")[2] == "py.typed":
        return True
    folders = [folder for folder in data if folder and path.startswith(folder)]
    if not folders and "" not in data:
        return True
    nearest = max(folders, key=len, default="")
    inner = path[len(nearest) :]
    if any(pattern.fullmatch(inner) for pattern in data[nearest]):
        return True
    # Globs for all packages are relative to whichever package holds the file.
    parts = path.split("/")
    tails = ["/".join(parts[start:]) for start in range(1, len(parts))]
    return any(
        pattern.fullmatch(tail) for pattern in data.get("", ()) for tail in tails
    )


def _data_files(
    metadata: Metadata, value: JSON, listed: Sequence[str]
) -> Iterator[Placement]:
    """Yield the files for the ``data`` scheme: what lies below the target folder.

    A file keeps its path after the folders of its glob that hold no wildcard.
    """
    stem = _stem(metadata)
    for target, globs in value.items() if isinstance(value, Mapping) else ():
        folder = "/".join((f"{stem}.data/data", *target.strip("/").split("/")))
        if target in ("", "."):
            folder = f"{stem}.data/data"
        for glob in globs if isinstance(globs, Sequence) else ():
            pattern = glob_regex(str(glob).removeprefix("./"))
            fixed = len(fixed_folder(str(glob).removeprefix("./")))
            found = [path for path in listed if pattern.fullmatch(path)]
            if not found:
                raise SourceFileMissingError(
                    str(glob), "matches nothing", named_by="sources.data_files"
                )
            for path in found:
                name = check_path(f"{folder}/{path[fixed:]}", source="data_files")
                yield Placement(name, path)
