"""The section ``sources`` and what setuptools calls packages, modules and data."""

import posixpath
from collections.abc import Collection, Mapping

from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.setup_keywords import FIND, Keywords, Values, directive
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault


def read_sources(keywords: Keywords) -> Values:
    """Return the section for ``keywords``, with what it can hold of them.

    Packages that are moved one by one, patterns with wildcards and data of all
    packages have no place in it. Raises ``InvalidSettingError``.
    """
    made: Values = {**_modules(keywords)}
    data = {
        package: list(keywords.listed("package_data", globs))
        for package, globs in keywords.table("package_data").items()
        if package and package != "*"
    }
    folders = {
        folder: list(keywords.listed("data_files", files))
        for folder, files in keywords.table("data_files").items()
        if path_fault(folder) is None
    }
    if data:
        made["package_data"] = data
    if folders:
        made["data_files"] = folders
    return made


def _modules(keywords: Keywords) -> Values:
    moved = dict(keywords.table("package_dir"))
    root = moved.pop("", None)
    packages = keywords.values.get("packages")
    search = directive(packages, FIND)
    py_modules = keywords.texts("py_modules")
    if moved or (packages is None and not py_modules and root is None):
        return {}
    names: list[str] | None = []
    if isinstance(search, Mapping):
        where = search.get("where")
        root = where[0] if isinstance(where, list) and where else root
        names = _searched(search)
    elif packages is not None:
        names = [name.partition(".")[0] for name in keywords.texts("packages")]
    folder = posixpath.normpath(str(root or "."))
    if folder != "." and path_fault(folder) is not None:
        return {}
    modules = list(dict.fromkeys([*(names or []), *py_modules]))
    if names is None or not all(_is_module(name) for name in modules):
        modules = []
    return {"root": folder, **({"modules": list(modules)} if modules else {})}


def _is_module(name: str) -> bool:
    return all(part.isidentifier() for part in name.removesuffix("-stubs").split("."))


def _searched(search: Mapping[str, JSON]) -> list[str] | None:
    """Return the packages that are found by name; None if only the folder tells."""
    include = search.get("include")
    patterns = [str(item) for item in (include if isinstance(include, list) else [])]
    names = [pattern for pattern in patterns if "*" not in pattern]
    wanted = {*names, *(f"{name}.*" for name in names)}
    if not names or set(patterns) != wanted or search.get("exclude"):
        return None
    return names


def sources_keywords(document: Metadata) -> Values:
    """Return the keywords for the section; modules are taken for packages."""
    sources = document.section("sources")
    root, modules = sources.get("root"), sources.get("modules")
    made: Values = {}
    if isinstance(root, str) or isinstance(modules, list):
        search: Values = {}
        if root not in (None, "."):
            search["where"] = [root]
            made["package_dir"] = {"": root}
        names = [str(name) for name in (modules if isinstance(modules, list) else [])]
        if names:
            search["include"] = [
                pattern for name in names for pattern in (name, f"{name}.*")
            ]
        if document.texts("import_namespace"):
            search["namespaces"] = True
        made["packages"] = {FIND: search}
    for key in ("package_data", "data_files"):
        table = sources.get(key)
        if isinstance(table, Mapping) and table:
            made[key] = dict(table)
    return made


def with_py_modules(keywords: Values, names: Collection[str]) -> Values:
    """Return ``keywords`` with ``names`` as modules where they would be packages."""
    search = directive(keywords.get("packages"), FIND)
    include = search.get("include") if isinstance(search, Mapping) else None
    if not isinstance(search, Mapping) or not isinstance(include, list):
        return keywords
    single = [name for name in names if name in include]
    if not single:
        return keywords
    moved = {*single, *(f"{name}.*" for name in single)}
    packages = [pattern for pattern in include if pattern not in moved]
    stated = keywords.get("py_modules")
    before = stated if isinstance(stated, list) else []
    made = {**keywords, "py_modules": [*before, *single]}
    if packages:
        return {**made, "packages": {FIND: {**search, "include": packages}}}
    del made["packages"]
    return made
