"""A document in the tables of pyproject.toml: what stands where, as plain values."""

from collections.abc import Collection, Iterator, Mapping

from pysetup.metadata.build_section import runs_code
from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    EXPORTS_EXTENSION,
    Metadata,
)
from pysetup.metadata.fields import BY_KEY, REQUIRED_KEYS, is_present
from pysetup.metadata.formats.pyproject.build_system import NATIVE_BACKEND
from pysetup.metadata.formats.pyproject.build_table import write_ways_to_build
from pysetup.metadata.formats.pyproject.draft import FREE_TO_ADD
from pysetup.metadata.formats.pyproject.project_table import KEYS
from pysetup.metadata.formats.toml_writer import Inline
from pysetup.metadata.purposes import GROUPS_EXTENSION, extra_of
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.people import parse_people

Tables = dict[str, object]

_LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
_EXTERNAL_EXTENSION = "python.external"
# What is read for a description whose type is not stated (core metadata, 2.1).
_DEFAULT_TYPE = "text/x-rst"
# In the order in which people look for them; tables come after all other keys.
_ORDER = (
    "name",
    "version",
    "description",
    "readme",
    "requires-python",
    "license",
    "license-files",
    "authors",
    "maintainers",
    "keywords",
    "classifiers",
    "dependencies",
    "import-names",
    "import-namespaces",
    "dynamic",
    "urls",
    "scripts",
    "gui-scripts",
    "entry-points",
    "optional-dependencies",
)


def to_tables(
    metadata: Metadata,
    *,
    without: Collection[str] = (),
    spelled: Collection[str] = (),
    carried: Collection[str] = (),
) -> Tables:
    """Return the tables of a pyproject.toml for a document.

    ``without`` are keys of [project] to leave out; ``spelled`` are core keys for
    [tool.pysetup.metadata] in their stead, ``carried`` are extensions for
    [tool.pysetup.extensions] although another table has a place for them.
    """
    extensions = metadata.extensions
    taken: set[str] = set()
    project = _project(metadata)
    for name, table in (("python.commands", _scripts(extensions)), (
        "python.exports", _entry_points(extensions))):  # fmt: skip
        if name not in carried and table:
            project |= table
            taken.add(name)
    made: Tables = {
        "build-system": _build_system(metadata),
        "project": {
            key: project[key] for key in _ORDER if key in project and key not in without
        },
    }
    for name, key in (
        (GROUPS_EXTENSION, "dependency-groups"),
        (_EXTERNAL_EXTENSION, "external"),
    ):
        stated = extensions.get(name)
        if name not in carried and isinstance(stated, Mapping) and stated:
            made[key] = _plain(stated)
            taken.add(name)
    ours = _our_tables(metadata, spelled)
    others = {name: _plain(v) for name, v in extensions.items() if name not in taken}
    if others:
        ours["extensions"] = others
    if ours:
        made["tool"] = {"pysetup": ours}
    return made


def is_native(metadata: Metadata) -> bool:
    """Tell whether our own back end builds the document."""
    return "backend" not in metadata.section("build")


def project_keys(key: str) -> tuple[str, ...]:
    """Return the keys of [project] that fill the core key ``key``."""
    own = {"name": "name", "version": "version"}.get(key)
    return (
        (own,) if own else tuple(n for n, known in KEYS.items() if key in known.fills)
    )


def _build_system(metadata: Metadata) -> Tables:
    build = metadata.section("build")
    requires = [str(t) for t in _list(build.get("requires"))]
    if is_native(metadata):
        return {"requires": ["pysetup", *requires], "build-backend": NATIVE_BACKEND}
    made: Tables = {"requires": requires}
    if build["backend"] != _LEGACY_BACKEND or "backend_path" in build:
        made["build-backend"] = build["backend"]
    if build.get("backend_path"):
        made["backend-path"] = _plain(build["backend_path"])
    return made


def _list(value: JSON) -> list[JSON]:
    return list(value) if isinstance(value, list) else []


def _project(metadata: Metadata) -> Tables:
    made: Tables = {"name": metadata.name, "version": str(metadata.version)}
    for key, name in (
        ("summary", "description"),
        ("requires_python", "requires-python"),
    ):
        if metadata.text(key).strip():
            made[name] = metadata.text(key)
    description = metadata.text("description")
    if description:
        kind = metadata.text("description_content_type") or _DEFAULT_TYPE
        made["readme"] = _short({"content-type": kind, "text": description})
    _put_license(made, metadata)
    _put_people(made, metadata)
    _put_lists(made, metadata)
    urls = {k: v for k, v in metadata.section("project_url").items() if v}
    if urls:
        made["urls"] = urls
    _put_requirements(made, metadata)
    dynamic = list(_dynamic(metadata))
    if dynamic:
        made["dynamic"] = dynamic
    return made


def _put_license(made: Tables, metadata: Metadata) -> None:
    if metadata.text("license_expression"):
        made["license"] = metadata.text("license_expression")
    elif metadata.text("license"):
        made["license"] = _short({"text": metadata.text("license")})


def _put_people(made: Tables, metadata: Metadata) -> None:
    for field, name in (("author", "authors"), ("maintainer", "maintainers")):
        people = [
            Inline({**({"name": n} if n else {}), **({"email": e} if e else {})})
            for n, e in parse_people(
                metadata.text(field), metadata.text(f"{field}_email")
            )
        ]
        if people:
            made[name] = people


def _put_lists(made: Tables, metadata: Metadata) -> None:
    for key, name in (
        ("license_file", "license-files"),
        ("keywords", "keywords"),
        ("classifier", "classifiers"),
        ("import_name", "import-names"),
        ("import_namespace", "import-namespaces"),
    ):
        value = metadata.get(key)
        if value or (value == [] and key in ("license_file", "import_name")):
            made[name] = list(metadata.texts(key))


def _short(table: Mapping[str, object]) -> Tables:
    """Return a table that is written on one line, if no text in it is longer."""
    if any("\n" in str(value) for value in table.values()):
        return dict(table)
    return Inline(table)


def _put_requirements(made: Tables, metadata: Metadata) -> None:
    """Sort requirements by their extra; conditions of other shapes stay as they are."""
    by_extra: dict[str, list[str]] = {
        normalize_name(extra): [] for extra in metadata.texts("provides_extra")
    }
    plain: list[str] = []
    for text in metadata.texts("requires_dist"):
        bare, extra = extra_of(text)
        if extra in by_extra:
            by_extra[extra].append(bare)
        else:
            plain.append(text)
    if plain:
        made["dependencies"] = plain
    if by_extra:
        made["optional-dependencies"] = dict(by_extra)


def _dynamic(metadata: Metadata) -> Iterator[str]:
    """Yield the keys of [project] that stand for what is dynamic in the document.

    What has a value and cannot be extended is not dynamic any more (PEP 621).
    """
    build = metadata.section("build")
    if is_native(metadata) and not runs_code(build):
        return
    left = {
        key
        for key in metadata.dynamic
        if BY_KEY.get(key) is not None
        and (BY_KEY[key].can_be_extended or not is_present(key, metadata.get(key)))
    }
    for name, known in KEYS.items():
        fills = {*known.fills} - {"version"}
        if fills and fills <= left and not _is_covered(name, left):
            yield name
    late = [str(name) for name in _list(build.get("dynamic"))]
    if not is_native(metadata):
        if COMMANDS_EXTENSION in late:
            yield "scripts"
        if EXPORTS_EXTENSION in late:
            yield "entry-points"


def _is_covered(name: str, left: set[str]) -> bool:
    """Tell whether ``optional-dependencies`` says it: it fills both keys."""
    return name == "dependencies" and "provides_extra" in left


def _scripts(extensions: Mapping[str, JSON]) -> Tables:
    commands = extensions.get(COMMANDS_EXTENSION)
    table = commands if isinstance(commands, Mapping) else {}
    if not table.keys() <= {"wrap_console", "wrap_gui"}:
        return {}
    return {
        name: _plain(table[key])
        for key, name in (("wrap_console", "scripts"), ("wrap_gui", "gui-scripts"))
        if table.get(key)
    }


def _entry_points(extensions: Mapping[str, JSON]) -> Tables:
    exports = extensions.get(EXPORTS_EXTENSION)
    table = exports if isinstance(exports, Mapping) else {}
    if table.keys() != {"exports"} or not table["exports"]:
        return {}
    return {"entry-points": _plain(table["exports"])}


def _our_tables(metadata: Metadata, spelled: Collection[str]) -> Tables:
    made: Tables = {}
    build = metadata.section("build")
    ours: Tables = {
        key: _plain(build[key]) for key in ("hook", "options") if build.get(key)
    }
    ours |= {key: _plain(v) for key, v in write_ways_to_build(build).items()}
    automatic = () if is_native(metadata) else (
        *FREE_TO_ADD, COMMANDS_EXTENSION, EXPORTS_EXTENSION)  # fmt: skip
    dynamic = [n for n in _list(build.get("dynamic")) if n not in automatic]
    if dynamic:
        ours["dynamic"] = dynamic
    if ours:
        made["build"] = ours
    sources = metadata.section("sources")
    if sources:
        names = {"package_data": "package-data", "data_files": "data-files"}
        made["sources"] = {names.get(k, k): _plain(v) for k, v in sources.items()}
    if metadata.section("commands"):
        made["commands"] = _plain(metadata.section("commands"))
    stated = {
        key: _plain(metadata.get(key))
        for key in BY_KEY
        if key in spelled
        and key not in (*REQUIRED_KEYS, "dynamic")
        and metadata.get(key) is not None
    }
    if stated:
        made["metadata"] = stated
    return made


def _plain(value: JSON) -> object:
    """Return a JSON value as TOML can have it: without null."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [
            Inline(made) if isinstance(made := _plain(item), dict) else made
            for item in value
            if item is not None
        ]
    return value
