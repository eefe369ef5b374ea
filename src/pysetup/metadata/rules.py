"""What a JSON Schema cannot say of a document: rules of the standards, and oddities."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from pysetup.errors import PysetupError
from pysetup.late import late_pattern
from pysetup.metadata.document import OWN_SECTIONS
from pysetup.metadata.fields import BY_KEY, WRITTEN_VERSIONS
from pysetup.metadata.problems import Problem, did_you_mean
from pysetup.standards.entry_points import (
    CONSOLE_SCRIPTS,
    GUI_SCRIPTS,
    EntryPoint,
    refuse_line,
)
from pysetup.standards.jsontext import JSON, escape_pointer
from pysetup.standards.licenses import canonical_license
from pysetup.standards.names import normalize_name
from pysetup.standards.paths import check_path
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_specifiers, parse_version

Document = Mapping[str, JSON]

# What words of build.commands may hold in braces, besides the build's options.
PLACEHOLDERS = ("out", "root", "python", "jobs", "name", "version")
_BRACES = late_pattern(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")

CONTENT_TYPES = ("text/plain", "text/x-rst", "text/markdown")
_MAX_LABEL = 32


def find_faults(document: Document) -> Iterator[Problem]:
    """Yield what the standards refuse although the schema lets it pass."""
    for pointer, rule, check, text in _checks(document):
        try:
            check(text)
        except PysetupError as error:
            hint = error.hints[0] if error.hints else ""
            yield Problem(pointer, rule, f"is wrong: {error.message}", hint)
    if document.get("license") and document.get("license_expression"):
        message = "must not stand beside license_expression (PEP 639)"
        yield Problem("/license", "license-twice", message, "remove license")
    yield from _equal_imports(document)


def _checks(
    document: Document,
) -> Iterator[tuple[str, str, Callable[[str], object], str]]:
    """Yield each text that a standard rules: pointer, rule, check, text."""
    single: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("version", "version", parse_version),
        ("requires_python", "specifiers", parse_specifiers),
        ("license_expression", "license-expression", canonical_license),
    )
    for key, rule, check in single:
        text = document.get(key)
        if isinstance(text, str):
            yield f"/{key}", rule, check, text
    for pointer, value in (
        ("/requires_dist", document.get("requires_dist")),
        ("/build/requires", _inside(document, "build", "requires")),
        *(
            (pointer, group)
            for pointer, _, group in _items(
                _inside(document, "extensions", "python.groups"),
                "/extensions/python.groups",
            )
        ),
    ):
        for below, text in _texts(value, pointer):
            yield below, "requirement", parse_requirement, text
    for below, text in _texts(document.get("license_file"), "/license_file"):
        yield below, "path", partial(check_path, source="the document"), text
    for below, text in _texts(
        _inside(document, "extensions", "python.constraints", "environments"),
        "/extensions/python.constraints/environments",
    ):
        yield below, "marker", _parse_marker, text
    for below, group, name, text in _references(document):
        yield below, "entry-point", partial(EntryPoint.parse, group, name), text
    for below, group, line in _malformed(document):
        yield below, "entry-point", partial(refuse_line, group), line


def _parse_marker(text: str) -> None:
    parse_requirement(f"anything; {text}")


def _references(document: Document) -> Iterator[tuple[str, str, str, str]]:
    """Yield entry points: pointer, group, name, reference."""
    commands = _inside(document, "extensions", "python.commands")
    exports = _inside(document, "extensions", "python.exports", "exports")
    for below, group, names in (
        (
            "/extensions/python.commands/wrap_console",
            CONSOLE_SCRIPTS,
            _inside(commands, "wrap_console"),
        ),
        (
            "/extensions/python.commands/wrap_gui",
            GUI_SCRIPTS,
            _inside(commands, "wrap_gui"),
        ),
        *_items(exports, "/extensions/python.exports/exports"),
    ):
        for pointer, name, reference in _items(names, below):
            if isinstance(reference, str):
                yield pointer, group, name, reference


def _malformed(document: Document) -> Iterator[tuple[str, str, str]]:
    """Yield kept lines of ``entry_points.txt`` that are wrong: pointer, group, line."""
    keys = ("extensions", "pysetup.legacy", "entry_points")
    rows = _inside(document, *keys)
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        match row:
            case [str(group), str(line)]:
                yield f"/{'/'.join(keys)}/{index}", group, line
            case _:
                pass  # the schema refuses it


def _equal_imports(document: Document) -> Iterator[Problem]:
    names = {
        _bare(text) for _, text in _texts(document.get("import_name"), "/import_name")
    }
    for pointer, text in _texts(document.get("import_namespace"), "/import_namespace"):
        if _bare(text) in names:
            message = "must not stand in import_name too (PEP 794)"
            yield Problem(pointer, "import-ambiguous", message, "keep one of the two")


def _bare(import_name: str) -> str:
    return import_name.partition(";")[0].strip()


def _equal_extras(document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for pointer, text in _texts(document.get("provides_extra"), "provides_extra"):
        normalized = normalize_name(text)
        if normalized in seen:
            message = f"is the same extra as {seen[normalized]!r} (PEP 685)"
            yield _odd(pointer, "extra-twice", message, "join the two")
        seen.setdefault(normalized, text)


def find_oddities(document: Document) -> Iterator[Problem]:
    """Yield warnings: what is valid, and probably not meant."""
    for key in document:
        if key not in BY_KEY and key not in OWN_SECTIONS:
            hint = did_you_mean(key, (*BY_KEY, *OWN_SECTIONS))
            yield _odd(escape_pointer(key), "unknown-key", "is no known key", hint)
    version = document.get("metadata_version")
    if isinstance(version, str) and version not in WRITTEN_VERSIONS:
        message = f"is newer than {WRITTEN_VERSIONS[-1]}: new fields are only carried"
        yield _odd("metadata_version", "metadata-version-new", message)
    for pointer, text in _texts(document.get("dynamic"), "dynamic"):
        if text not in BY_KEY:
            hint = did_you_mean(text, BY_KEY)
            yield _odd(pointer, "dynamic-unknown", "names no known field", hint)
    kind = document.get("description_content_type")
    if isinstance(kind, str) and kind.partition(";")[0].strip() not in CONTENT_TYPES:
        message = "is none of " + ", ".join(CONTENT_TYPES)
        yield _odd("description_content_type", "content-type", message)
    for pointer, label, _ in _items(document.get("project_url"), "project_url"):
        if len(label) > _MAX_LABEL:
            message = f"has a label of more than {_MAX_LABEL} characters"
            yield _odd(pointer, "url-label", message)
    yield from _equal_extras(document)
    yield from _placeholders(document)


def _placeholders(document: Document) -> Iterator[Problem]:
    """Yield words of build commands that seem to mean a placeholder, and do not."""
    options = _inside(document, "build", "options")
    known = {*PLACEHOLDERS, *(options if isinstance(options, Mapping) else ())}
    commands = _inside(document, "build", "commands")
    for index, words in enumerate(commands if isinstance(commands, list) else ()):
        for below, text in _texts(words, f"build/commands/{index}"):
            for name in _BRACES.findall(text):
                near = "" if name in known else did_you_mean(name, known)
                if near:
                    message = f"holds {{{name}}}, which stands for nothing"
                    yield _odd(below, "placeholder-unknown", message, near)


def _odd(pointer: str, rule: str, message: str, hint: str = "") -> Problem:
    return Problem(f"/{pointer}", rule, message, hint, severity="warning")


def _texts(value: JSON, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield the strings of a list, with their pointers."""
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, str):
            yield f"{pointer}/{index}", item


def _items(value: JSON, pointer: str) -> Iterator[tuple[str, str, JSON]]:
    """Yield the items of an object: pointer, key, value."""
    for key, item in (value if isinstance(value, dict) else {}).items():
        yield f"{pointer}/{escape_pointer(key)}", key, item


def _inside(value: JSON, *keys: str) -> JSON:
    """Return what stands below ``keys``, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
