"""What a command has changed in an environment, as people read it."""

from pysetup.workflows.installing.install import InstallReport


def change_text(report: InstallReport) -> str:
    """Return the changes of a report, one line each: ``+``, ``~`` and ``-``."""
    lines = [f"+ {name} {version}" for name, version in report.installed]
    lines += [f"~ {name} {old} -> {new}" for name, old, new in report.upgraded]
    lines += [f"- {name} {version}" for name, version in report.removed]
    if not lines:
        return "Nothing to do.\n"
    if report.dry_run:
        lines.append("Nothing was changed (--dry-run).")
    return "".join(f"{line}\n" for line in lines)
