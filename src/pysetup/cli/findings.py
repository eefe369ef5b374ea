"""Values and faults of a document as commands show them to people, a line each."""

import json

from pysetup.standards.jsontext import JSON
from pysetup.workflows.describing.validate import Finding

_WIDTH = 70


def one_line(value: JSON) -> str:
    """Return ``value`` as JSON in one line, cut where it gets long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


def finding_text(finding: Finding) -> str:
    """Return one finding of a check: severity, place, what is wrong, what to do."""
    problem = finding.problem
    place = f"{finding.file}:{finding.line}: " if finding.line else ""
    if not place and finding.file:
        place = f"{finding.file}: "
    message = problem.message
    if message.startswith(f"{finding.file}:") and finding.file:
        place = ""  # the reader has said where
    elif not message.startswith(finding.file or "\0"):
        message = f"{problem.pointer or '/'} {message}"
    help_ = f"  help: {problem.hint}\n" if problem.hint else ""
    return f"{problem.severity}: {place}{message}\n{help_}"
