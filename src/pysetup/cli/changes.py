"""What a command changes in an environment, as people read it."""

import os
from collections.abc import Iterator

from pysetup.cli.output import Outcome, printable
from pysetup.cli.plan_lines import change_lines
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.phases.install.plan import InstallPlan
from pysetup.standards.names import normalize_name
from pysetup.workflows.installing.install import InstallReport


def changes_outcome(report: InstallReport, environment: Environment) -> Outcome:
    """Return the outcome that tells the changes."""
    seen = None if report.dry_run else report.changes
    return Outcome(
        report.to_json(),
        change_text(report),
        environment=described(environment),
        changes=seen,
    )


def paths_outcome(
    report: InstallReport, environment: Environment, *, compiled: bool
) -> Outcome:
    """Return the outcome that tells the changes and every path; as ``path_text``."""
    text = path_text(report, environment=environment, compiled=compiled)
    return Outcome(report.to_json(), text, environment=described(environment))


def change_text(report: InstallReport) -> str:
    """Return the changes of a report as text."""
    lines = change_lines(report.changes)
    if not lines:
        return "Nothing to do.\n"
    return _text(lines, report)


def path_text(
    report: InstallReport, *, environment: Environment, compiled: bool
) -> str:
    """Return the changes of a report with every path below them.

    ``compiled`` says that modules get bytecode, whose paths are then told too.
    """
    lines: list[str] = []
    for line in change_lines(report.changes):
        lines.append(line)
        name = normalize_name(line.split()[1])
        lines += [f"  - {path}" for path in _removed(name, report)]
        for install in report.plan.installs:
            if normalize_name(install.name) == name:
                paths = [*_written(install)]
                if compiled:
                    paths += _bytecode(install, environment)
                lines += [f"  + {path}" for path in sorted(paths)]
        lines += [f"  kept {path}" for path in _left(name, report)]
    lines = [printable(line) for line in lines]
    return _text(lines, report) if lines else "Nothing to do.\n"


def _text(lines: list[str], report: InstallReport) -> str:
    if report.dry_run:
        lines = [*lines, "Nothing was changed (--dry-run)."]
    return "".join(f"{line}\n" for line in lines)


def _removed(name: str, report: InstallReport) -> list[str]:
    return [
        path
        for removal in report.plan.removals
        if normalize_name(removal.name) == name
        for path in removal.files
    ]


def _left(name: str, report: InstallReport) -> list[str]:
    return [
        path
        for removal in report.plan.removals
        if normalize_name(removal.name) == name
        for path in (*removal.kept, *removal.shared)
    ]


def _written(install: InstallPlan) -> Iterator[str]:
    yield from (file.path for file in install.files)
    yield install.record_path


def _bytecode(install: InstallPlan, environment: Environment) -> Iterator[str]:
    """Yield where the bytecode of modules will stand (PEP 3147)."""
    sites = tuple(
        os.path.realpath(path) + os.sep
        for path in (environment.scheme.purelib, environment.scheme.platlib)
    )
    version = environment.markers["python_version"].replace(".", "")
    tag = f"{environment.markers['implementation_name']}-{version}"
    for file in install.files:
        if file.path.endswith(".py") and file.path.startswith(sites) and not file.link:
            folder, name = os.path.split(file.path)
            yield os.path.join(folder, "__pycache__", f"{name[:-3]}.{tag}.pyc")
