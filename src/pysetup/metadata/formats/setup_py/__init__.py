"""setup.py: what it states as literals, found by looking; it is never run."""

import ast

from pysetup.metadata.formats.legacy_draft import ALL, LegacyDraft, Unread, with_unread
from pysetup.metadata.formats.legacy_remainder import with_remainder
from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.setup_document import to_mapping
from pysetup.metadata.formats.setup_keywords import Keywords, resolved, unread_keyword
from pysetup.metadata.formats.setup_py.call import find_call, parse_setup
from pysetup.metadata.formats.setup_py.evaluation import Evaluation
from pysetup.metadata.formats.setup_py.faults import UnreadableSetupError
from pysetup.metadata.formats.setup_py.values import Settings, UnknownValueError
from pysetup.standards.jsontext import JSON

__all__ = ["SETUP_PY", "UnreadableSetupError", "read", "read_keywords"]

SETUP_PY = "setup.py"
_ALIASES = {
    "summary": "description",
    "home_page": "url",
    "license_file": "license_files",
    "classifier": "classifiers",
}


def read(
    content: bytes, *, source: str = SETUP_PY, files: ProjectFiles | None = None
) -> LegacyDraft:
    """Read ``setup.py`` without running it.

    Understood are literals, names that are assigned once, sums, f-strings, files that
    are read through ``files`` (the project's folder), and ``find_packages()``. Every
    other keyword is unread, with its line and the reason.

    Raises ``UnreadableSetupError`` or ``InvalidSettingError``.
    """
    keywords, unread = read_keywords(content, source=source, files=files)
    known, elsewhere = resolved(keywords, files=files)
    mapping = with_remainder(to_mapping(known, files=files), keywords, SETUP_PY)
    told = (*unread, *elsewhere)
    return LegacyDraft(source, with_unread(mapping, told), told)


def read_keywords(
    content: bytes, *, source: str = SETUP_PY, files: ProjectFiles | None = None
) -> tuple[Keywords, tuple[Unread, ...]]:
    """Return the keywords that can be read, and what cannot, each with its line.

    Raises ``UnreadableSetupError``.
    """
    tree = parse_setup(content, source=source)
    call = find_call(tree, source=source)
    values, lines, unread = _read_keywords(call, Evaluation(tree, files))
    return Keywords(source, values, lines), tuple(unread)


def _read_keywords(
    call: ast.Call, evaluation: Evaluation
) -> tuple[dict[str, JSON], dict[str, int], list[Unread]]:
    """Return the keywords that can be read, their lines, and those that cannot."""
    values: dict[str, JSON] = {}
    lines: dict[str, int] = {}
    unread: list[Unread] = []
    settings = Settings()
    for keyword in call.keywords:
        line = keyword.value.lineno
        try:
            value = evaluation.value(keyword.value)
        except UnknownValueError as error:
            unread += _not_read(keyword.arg, error)
            continue
        for name, item in _named(keyword.arg, value):
            try:
                values[name] = settings.setting(name, item, line)
                lines[name] = line
            except UnknownValueError as error:
                unread += _not_read(name, error)
        if keyword.arg is None and not isinstance(value, dict):
            unread += _not_read(None, UnknownValueError("it is no dictionary", line))
    return values, lines, unread


def _named(keyword: str | None, value: object) -> list[tuple[str, object]]:
    """Return the keywords that an argument stands for: one, or those of ``**``."""
    if keyword is not None:
        return [(_ALIASES.get(keyword, keyword), value)]
    if isinstance(value, dict):
        return [(_ALIASES.get(str(key), str(key)), item) for key, item in value.items()]
    return []


def _not_read(keyword: str | None, error: UnknownValueError) -> list[Unread]:
    if keyword is None:
        return [Unread(ALL, "**", error.line, error.reason)]
    return list(unread_keyword(keyword, error.line, error.reason))
