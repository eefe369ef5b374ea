"""The setuptools adapter: extension modules of the document, or a whole setup.py."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.interchange.dist_info import METADATA, SUFFIX
from pysetup.interchange.source_files import SourceFileMissingError
from pysetup.interchange.wheel_file import unpack_wheel
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.phases.build.foreign import ForeignWheelError
from pysetup.phases.build.hooks import BuildPython, HookRun
from pysetup.phases.build.workspace import Machine
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import (
    JSON,
    InvalidJsonError,
    parse_json_object,
    to_json_text,
)

_SETUP = "setup.py"
_HOOK = "setuptools"


class LimitedApiError(BuildError):
    """An extension module asks for an ABI that the interpreter does not have.

    ``py_limited_api`` compiles for the stable ABI of CPython from some version on. The
    interpreter that builds must be CPython, of that version or a later one, and not a
    free-threaded one: those cannot load modules of the stable ABI (PEP 703). Build
    with another interpreter, or leave ``py_limited_api`` out: then a wheel for this
    very interpreter is made.
    """

    code = "PS6782"

    def __init__(self, module: str, since: str, *, interpreter: str) -> None:
        super().__init__(
            f"{module} wants the stable ABI of {since}, which {interpreter} lacks",
            facts={"module": module, "py_limited_api": since, "python": interpreter},
            hints=(
                "build with an ordinary CPython of that version or later",
                "or leave py_limited_api out of its ext-modules entry",
            ),
        )


def check_modules(metadata: Metadata, listed: Sequence[str], machine: Machine) -> str:
    """Check ``ext_modules`` before anything runs; ``listed`` are the project's files.

    Returns the Python tag of the oldest version that all stable modules run on, empty
    if there is none. Raises ``SourceFileMissingError`` or ``LimitedApiError``.
    """
    oldest = ""
    present = {*listed}
    for module in _modules(metadata):
        for key in ("sources", "depends"):
            for path in _texts(module.get(key)):
                if path not in present:
                    raise SourceFileMissingError(
                        path, "is not there", named_by="build.ext_modules"
                    )
        since = str(module.get("py_limited_api") or "")
        if since:
            tag = machine.tag
            fits = tag.interpreter.startswith("cp3") and not machine.is_free_threaded
            if not fits or _minor(tag.interpreter) < _minor(since):
                name, python = str(module["name"]), f"{tag.interpreter}-{tag.abi}"
                raise LimitedApiError(name, since, interpreter=python)
            oldest = max(oldest, since, key=_minor)
    return oldest


def compile_modules(
    metadata: Metadata, *, root: Path, into: Path, python: BuildPython
) -> None:
    """Compile the document's ``ext_modules``, sources below ``root``, into ``into``.

    Raises ``BackendFailedError``.
    """
    with tempfile.TemporaryDirectory(prefix="pysetup-objects-") as work:
        request: JSON = {
            "modules": [dict(module) for module in _modules(metadata)],
            "into": str(into),
            "work": work,
        }
        _call(request, metadata, root=root, python=python)


def build_setup_py(
    metadata: Metadata,
    *,
    root: Path,
    into: Path,
    python: BuildPython,
    settings: Mapping[str, JSON],
) -> Path:
    """Build a wheel into the folder ``into`` by the setup.py in ``root``.

    Raises ``SourceFileMissingError`` and ``BackendFailedError``.
    """
    if not (root / _SETUP).is_file():
        raise SourceFileMissingError(
            _SETUP, "is not there", named_by="build.adapter without ext_modules"
        )
    request: JSON = {"into": str(into), "settings": dict(settings)}
    run, name = _call(request, metadata, root=root, python=python)
    if Path(name).name != name or not (into / name).is_file():
        raise run.failure(f"it says it made {name!r:.200}, which is not there")
    return into / name


def take_files(wheel: Path, metadata: Metadata, *, into: Path) -> None:
    """Unpack what setup.py has built into the empty folder ``into``.

    Its METADATA fills what the document calls dynamic; all else the document says.
    Raises ``ForeignWheelError`` and as ``unpack_wheel``.
    """
    unpack_wheel(wheel, into)
    folder = next(path for path in into.iterdir() if path.suffix == SUFFIX)
    content = (folder / METADATA).read_bytes()
    found = core_metadata.read(content, source=f"{wheel.name}/{METADATA}")
    expected = (metadata.normalized_name, metadata.version)
    if (found.normalized_name, found.version) != expected:
        raise ForeignWheelError(
            wheel.name,
            expected=f"{metadata.name} {metadata.version}",
            found=f"{found.name} {found.version}",
        )
    late = {key: found.get(key) for key in metadata.dynamic if found.get(key)}
    folder = folder.rename(into / dist_info_name(metadata.name, metadata.version))
    (folder / METADATA).write_bytes(core_metadata.write(metadata.filled(late)))


def has_modules(metadata: Metadata) -> bool:
    """Tell whether the document lists extension modules."""
    return bool(_modules(metadata))


def _call(
    request: JSON, metadata: Metadata, *, root: Path, python: BuildPython
) -> tuple[HookRun, str]:
    project = f"{metadata.name} {metadata.version}"
    run = HookRun(python, project=project, hook=_HOOK)
    with tempfile.TemporaryDirectory(prefix="pysetup-hook-") as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "answer.json")
        asked.write_text(to_json_text(request), encoding="utf-8")
        with as_file(files("pysetup.phases.build") / "setuptools_child.py") as script:
            run(
                [str(python.executable), str(script), str(asked), str(answered)],
                cwd=str(root),
            )
        try:
            answer = parse_json_object(answered.read_bytes(), source=answered.name)
        except (OSError, InvalidJsonError):
            raise run.failure("it ended without an answer") from None
    return run, str(answer.get("result"))


def _modules(metadata: Metadata) -> list[Mapping[str, JSON]]:
    value = metadata.section("build").get("ext_modules")
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def _texts(value: JSON) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []


def _minor(tag: str) -> int:
    """Return the minor version of a Python tag such as cp311; 0 for none."""
    digits = tag.removeprefix("cp3")
    return int(digits) if digits.isdigit() else 0
