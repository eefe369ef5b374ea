"""What in a pyproject.toml newer standards replaced, and the edits that mend it."""

from collections.abc import Mapping, Sequence

from pysetup.metadata.formats.pyproject.toml_text import Path
from pysetup.metadata.formats.toml_edits import Edit, Put, Rename, Take
from pysetup.metadata.migrations import (
    LICENSE_CLASSIFIER,
    license_advice,
    renamed_labels,
)
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.values import dataclass

# The first release of each back end that takes a licence expression (PEP 639).
_KNOWS_PEP_639 = {
    "setuptools": "77.0.3",
    "hatchling": "1.27.0",
    "flit-core": "3.12",
    "pdm-backend": "2.4.0",
    "poetry-core": "2.2.0",
}
_ANY_LATER = "99999"


@dataclass(frozen=True, slots=True)
class Fix:
    """One old spelling at ``path``, and the edits that make it new.

    Without edits nothing can be done safely, and ``message`` says why.
    """

    path: Path
    rule: str
    message: str
    edits: tuple[Edit, ...] = ()


def find_fixes(
    values: Mapping[str, object], *, modules: Sequence[str] = ()
) -> tuple[Fix, ...]:
    """Return what can be made new in a pyproject.toml, by its parsed ``values``.

    PEP 639 (licences), PEP 753 (labels of URLs), PEP 794 (``modules`` are the import
    names of the project, where they are certain), and keys that moved.
    """
    project = _table(values, "project")
    if not project:
        return ()
    return (
        *_license_fixes(values, project),
        *_license_files_fixes(values, project),
        *_url_fixes(project),
        *_import_fixes(project, modules),
    )


def _table(values: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    here: object = values
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else []
    return [item for item in listed if isinstance(item, str)]


def _license_fixes(
    values: Mapping[str, object], project: Mapping[str, object]
) -> list[Fix]:
    classifiers = _texts(project.get("classifiers"))
    old = [one for one in classifiers if one.startswith(LICENSE_CLASSIFIER)]
    stated = project.get("license")
    path: Path = ("project", "license") if stated else ("project", "classifiers")
    if isinstance(stated, str) or not (stated or old):
        return _leftover_classifiers(classifiers, stated)
    table = stated if isinstance(stated, dict) else {}
    text, file = table.get("text"), table.get("file")
    advice = license_advice(text if isinstance(text, str) else "", classifiers)
    if advice is None:
        reason = "names a file, and no classifier says which licence it is (PEP 639)"
        return [Fix(path, "license", f"{reason}")] if table else []
    if not advice.value:
        return [Fix(path, "license", advice.reason)]
    backend = _too_old(values)
    if backend:
        message = f"means {advice.value}, and {backend} cannot read it so (PEP 639)"
        return [Fix(path, "license", message)]
    edits: list[Edit] = [
        Put(("project", "license"), advice.value),
        *_without(classifiers),
    ]
    if isinstance(file, str) and "license-files" not in project:
        edits.append(Put(("project", "license-files"), [file]))
    message = f'became  license = "{advice.value}"  (PEP 639)'
    return [Fix(path, "license", message, tuple(edits))]


def _leftover_classifiers(classifiers: list[str], stated: object) -> list[Fix]:
    """Take licence classifiers away that stand beside an expression and agree."""
    old = [one for one in classifiers if one.startswith(LICENSE_CLASSIFIER)]
    if not (isinstance(stated, str) and old):
        return []
    path: Path = ("project", "classifiers", classifiers.index(old[0]))
    advice = license_advice(stated, classifiers)
    if advice is None or not advice.value:
        reason = advice.reason if advice else ""
        return [Fix(path, "license", f"do not say what license says: {reason}")]
    message = "are gone: the licence expression says it (PEP 639)"
    return [Fix(path, "license", message, _without(classifiers))]


def _without(classifiers: list[str]) -> tuple[Edit, ...]:
    """Return the edits that take licence classifiers away, from the last one on."""
    kept = [one for one in classifiers if not one.startswith(LICENSE_CLASSIFIER)]
    if not kept:
        return (Take(("project", "classifiers")),) if classifiers else ()
    return tuple(
        Take(("project", "classifiers", index))
        for index in range(len(classifiers) - 1, -1, -1)
        if classifiers[index].startswith(LICENSE_CLASSIFIER)
    )


def _too_old(values: Mapping[str, object]) -> str:
    """Return the build requirement that keeps the back end from reading it so."""
    for text in _texts(_table(values, "build-system").get("requires")):
        try:
            requirement = parse_requirement(text)
        except InvalidRequirementError:
            continue
        first = _KNOWS_PEP_639.get(normalize_name(requirement.name))
        if first is None:
            continue
        allowed = requirement.specifier
        if not (allowed.contains(first) or allowed.contains(_ANY_LATER)):
            # "<78" allows 77.0.3 and not 99999; "<4" of flit allows 3.12.
            return text
    return ""


def _license_files_fixes(
    values: Mapping[str, object], project: Mapping[str, object]
) -> list[Fix]:
    tool = _table(values, "tool", "setuptools")
    if "license-files" not in tool:
        return []
    path: Path = ("tool", "setuptools", "license-files")
    globs = _texts(tool["license-files"])
    if "license-files" in project or not globs:
        message = "moved to [project] (PEP 639), where other files are named"
        return [Fix(path, "license-files", message)]
    if backend := _too_old(values):
        message = f"moved to [project], and {backend} cannot read it there (PEP 639)"
        return [Fix(path, "license-files", message)]
    edits: tuple[Edit, ...] = (Take(path), Put(("project", "license-files"), globs))
    message = "moved to  [project] license-files  (PEP 639)"
    return [Fix(path, "license-files", message, edits)]


def _url_fixes(project: Mapping[str, object]) -> list[Fix]:
    labels = list(_table(project, "urls"))
    renamed, unclear = renamed_labels(labels)
    return [
        *(
            Fix(
                ("project", "urls", label),
                "url-label",
                f"became {primary!r} (PEP 753)",
                (Rename(("project", "urls", label), primary),),
            )
            for label, primary in renamed.items()
        ),
        *(
            Fix(
                ("project", "urls", label),
                "url-label",
                f"means {primary!r}, and so does another label (PEP 753)",
            )
            for label, primary in unclear.items()
        ),
    ]


def _import_fixes(project: Mapping[str, object], modules: Sequence[str]) -> list[Fix]:
    dynamic = _texts(project.get("dynamic"))
    stated = {"import-names", "import-namespaces"} & {*project, *dynamic}
    if stated or not modules:
        return []
    edit = Put(("project", "import-names"), sorted(modules))
    shown = ", ".join(sorted(modules))
    message = f"was filled: {shown} (PEP 794)"
    return [Fix(("project", "import-names"), "import-names", message, (edit,))]


def toml_path(pointer: str, values: Mapping[str, object]) -> Path:
    """Return where in pyproject.toml the document's ``pointer`` comes from.

    The nearest place that is certain; empty if there is none.
    """
    keys = [
        part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]
    ]
    below: Path = tuple(int(key) if key.isdigit() else key for key in keys[1:])
    match keys[:1]:
        case []:
            return ()
        case ["extensions"]:
            return _extension_path(keys[1:])
        case ["sources" | "commands"]:
            return ("tool", "pysetup", *keys)
        case ["build"]:
            return ("build-system", *keys[1:])
        case ["requires_dist" | "provides_extra"]:
            return _requirement_path(keys[0], below, values)
        case _:
            name = _PROJECT_KEYS.get(keys[0], keys[0].replace("_", "-"))
            return ("project", name, *below)


def _requirement_path(key: str, below: Path, values: Mapping[str, object]) -> Path:
    """Return the place of a requirement; those of extras come after the others."""
    listed = _texts(_table(values, "project").get("dependencies"))
    match below:
        case [int(index)] if key == "requires_dist" and index < len(listed):
            return ("project", "dependencies", index)
        case _:
            return ("project", "optional-dependencies")


_PROJECT_KEYS = {
    "summary": "description",
    "description": "readme",
    "description_content_type": "readme",
    "license_expression": "license",
    "license_file": "license-files",
    "classifier": "classifiers",
    "author": "authors",
    "author_email": "authors",
    "maintainer": "maintainers",
    "maintainer_email": "maintainers",
    "project_url": "urls",
    "import_name": "import-names",
    "import_namespace": "import-namespaces",
}
_ENTRY_TABLES = {"wrap_console": "scripts", "wrap_gui": "gui-scripts"}


def _extension_path(keys: Sequence[str]) -> Path:
    match keys:
        case ["python.commands", table, *below] if table in _ENTRY_TABLES:
            return ("project", _ENTRY_TABLES[table], *below)
        case ["python.exports", "exports", *below]:
            return ("project", "entry-points", *below)
        case ["python.groups", *below]:
            return ("dependency-groups", *below)
        case ["python.external", *below]:
            return ("external", *below)
        case _:
            steps: Path = tuple(int(key) if key.isdigit() else key for key in keys)
            return ("tool", "pysetup", "extensions", *steps)
