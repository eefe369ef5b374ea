"""Everything that can be wrong before publishing: document, sdist and wheel."""

from collections.abc import Iterator
from pathlib import Path

from pysetup.interchange.findings import ArchiveFinding
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.interchange.wheel_contents import survey_wheel
from pysetup.late import tempfile
from pysetup.phases.bdist.check_library import package_findings
from pysetup.values import replace
from pysetup.workflows.building.build import build_wheel, make_sdist
from pysetup.workflows.building.check import CheckReport, check_built, check_file
from pysetup.workflows.describing.sources import Reading
from pysetup.workflows.describing.validate import Finding, project_root, validate

PROJECT = "project"
_LEGACY = ("setup.py", "setup.cfg")
# Where projects keep their packages, if not in the folder that their document names.
_ROOTS = ("", "src", "lib", "python")
_MODULES = (".py", ".pyi")


def check_path(path: Path, reading: Reading) -> tuple[CheckReport, ...]:
    """Return what is wrong or odd in ``path``: a project, or something built.

    A project's document is checked, then its sdist and its wheel, which are built in
    a folder that is gone afterwards; a document with errors is not built. Raises as
    ``check_built``, and as building.
    """
    is_legacy = path.is_dir() and any((path / name).is_file() for name in _LEGACY)
    root = project_root(path)
    if root is None and not is_legacy:
        return check_built(path)
    return tuple(_check_project(root or path, reading))


def _check_project(root: Path, reading: Reading) -> Iterator[CheckReport]:
    found = validate(str(root), reading)
    report = CheckReport(root, PROJECT, tuple(map(_told, found.found)))
    yield report
    context, building = reading.context, reading.building
    if report.errors:
        context.tell("not built, since the document has errors")
        return
    with tempfile.TemporaryDirectory(prefix="pysetup-check-") as folder:
        place = Path(folder)
        sdist = make_sdist(root, into=place, context=context, building=building)
        yield _unplaced(check_file(sdist.location))
        wheel = build_wheel(
            sdist.location, into=place, context=context, building=building
        )
        report = _unplaced(check_file(wheel.location))
        source = unpack_sdist(sdist.location, place / "source")
        stated = sdist.metadata.section("sources").get("root")
        differences = _compare(wheel.location, source, (str(stated or ""), *_ROOTS))
        yield replace(report, findings=(*report.findings, *differences))


def _unplaced(report: CheckReport) -> CheckReport:
    """Return the report of a file that will be gone: only its name means anything."""
    return replace(report, path=Path(report.path.name))


def _told(found: Finding) -> ArchiveFinding:
    problem = found.problem
    place = f"{found.file}:{found.line}" if found.line else found.file
    message = f"{problem.pointer} {problem.message}".strip()
    return ArchiveFinding(
        place, problem.rule, message, "", problem.hint, severity=problem.severity
    )


def _compare(
    wheel: Path, source: Path, roots: tuple[str, ...]
) -> Iterator[ArchiveFinding]:
    """Compare the packages of the wheel with those of the sdist, where it has them."""
    contents = survey_wheel(wheel)
    library = contents.library()
    expected: set[str] = set()
    compared: set[str] = set()
    for top in {path.partition("/")[0] for path in library if "/" in path}:
        folder = next(
            (found for root in roots if (found := source / root / top).is_dir()), None
        )
        if folder is not None:
            compared.add(top)
            expected |= {
                f"{top}/{one.relative_to(folder).as_posix()}"
                for one in folder.rglob("*")
                if one.name.endswith(_MODULES) or one.name == "py.typed"
            }
    unknown = (path for path in library if path.partition("/")[0] not in compared)
    yield from package_findings(contents, expected, generated=unknown)
