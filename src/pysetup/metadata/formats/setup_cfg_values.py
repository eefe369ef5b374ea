"""The values of setup.cfg: how setuptools reads each key, and how it is written."""

from collections.abc import Mapping

from pysetup.metadata.formats.setup_keywords import ATTR, FILE, FIND, directive
from pysetup.standards.jsontext import JSON

# text: as it is; file: a text, or  file: PATHS;  attr: that, or  attr: NAME;
# list: by lines or commas; lines: by lines or semicolons; dict: key = value, listed;
# bool; packages: a list, or  find:
# In the order in which they are written.
KINDS: Mapping[str, Mapping[str, str]] = {
    "metadata": {
        "name": "text",
        "version": "attr",
        "description": "file",
        "long_description": "file",
        "long_description_content_type": "text",
        "url": "text",
        "download_url": "text",
        "project_urls": "dict",
        "author": "text",
        "author_email": "text",
        "maintainer": "text",
        "maintainer_email": "text",
        "license": "text",
        "license_expression": "text",
        "license_files": "list",
        "keywords": "list",
        "classifiers": "list",
        "platforms": "list",
        "provides": "list",
        "obsoletes": "list",
    },
    "options": {
        "packages": "packages",
        "py_modules": "list",
        "package_dir": "dict",
        "include_package_data": "bool",
        "zip_safe": "bool",
        "python_requires": "text",
        "install_requires": "lines",
        "setup_requires": "lines",
        "tests_require": "lines",
        "entry_points": "file",
        "scripts": "list",
        "namespace_packages": "list",
        "dependency_links": "list",
    },
}
SECTIONS: Mapping[str, str] = {
    "options.extras_require": "extras_require",
    "options.entry_points": "entry_points",
    "options.package_data": "package_data",
    "options.exclude_package_data": "exclude_package_data",
    "options.data_files": "data_files",
}
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no", "")
_READS_FILES = ("file", "attr", "lines")


def read_value(kind: str, raw: str) -> JSON:  # noqa: PLR0911 - one return a kind
    """Return what setuptools reads; raises ``ValueError`` with a reason."""
    text = raw.strip()
    if kind in _READS_FILES or kind == "list":
        if text.startswith(FILE):
            paths = [path.strip() for path in text.removeprefix(FILE).split(",")]
            return {FILE: [path for path in paths if path]}
        if kind == "attr" and text.startswith(ATTR):
            return {ATTR: text.removeprefix(ATTR).strip()}
    if kind == "bool":
        if text.lower() not in (*_TRUE, *_FALSE):
            return text
        return text.lower() in _TRUE
    if kind == "dict":
        return _table(raw)
    if kind == "packages" and text in ("find:", "find_namespace:"):
        return {FIND: {"namespaces": True} if "_" in text else {}}
    if kind in ("list", "packages"):
        return list(_items(raw, ","))
    if kind == "lines":
        return [item for item in _items(raw, ";") if item[0] != "#"]
    return text


def _items(raw: str, separator: str) -> list[str]:
    parts = raw.splitlines() if "\n" in raw else raw.split(separator)
    return [part.strip() for part in parts if part.strip()]


def _table(raw: str) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for item in _items(raw, ","):
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueError(f"{item[:80]!r} must be  key = value")
        found[key.strip()] = value.strip()
    return found


def write_value(kind: str, value: JSON) -> str | None:
    """Return the text that ``read_value`` reads as ``value``; None if none does."""
    for name in (FILE, ATTR):
        named = directive(value, name)
        if isinstance(named, list):
            return f"{name} {', '.join(map(str, named))}"
        if isinstance(named, str):
            return f"{name} {named}"
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Mapping):
        search = directive(value, FIND)
        if isinstance(search, Mapping):
            return "find_namespace:" if search.get("namespaces") else "find:"
        text = _lines([f"{key} = {item}".strip() for key, item in value.items()])
    elif isinstance(value, list):
        text = _lines(list(map(str, value)))
    elif isinstance(value, str):
        text = (
            _lines(value.strip().split("\n"))
            if "\n" in value.strip()
            else value.strip()
        )
    else:
        return None
    comparable = value.strip() if isinstance(value, str) else value
    return text if _reads(kind, text) == comparable else None


def _reads(kind: str, text: str) -> JSON:
    try:
        return read_value(kind, text)
    except ValueError:
        return None


def _lines(lines: list[str]) -> str:
    return "\n".join(["", *lines])
