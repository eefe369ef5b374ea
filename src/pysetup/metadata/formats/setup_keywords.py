"""The keywords of setuptools' setup(), which setup.py and setup.cfg both state.

A keyword holds JSON.  What stands elsewhere is an object with one key: ``file:`` (paths
to read), ``attr:`` (a name in code), ``find:`` (how to look for packages).
"""

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from pysetup.errors import PysetupError
from pysetup.metadata.fields import NOTHING
from pysetup.metadata.formats.legacy_draft import InvalidSettingError, Unread
from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.pyproject.groups import GROUPS_EXTENSION
from pysetup.metadata.formats.tool_tables.python_source import (
    ModuleText,
    NotStatedError,
    find_module,
)
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.values import dataclass, field, replace

T = TypeVar("T")
Values = dict[str, JSON]

FILE, ATTR, FIND = "file:", "attr:", "find:"
TEST_GROUP = "test"

# Keyword of setup() -> key of the document.
TEXTS: Mapping[str, str] = {
    "name": "name",
    "version": "version",
    "description": "summary",
    "long_description": "description",
    "long_description_content_type": "description_content_type",
    "url": "home_page",
    "download_url": "download_url",
    "author": "author",
    "author_email": "author_email",
    "maintainer": "maintainer",
    "maintainer_email": "maintainer_email",
    "license": "license",
    "license_expression": "license_expression",
    "python_requires": "requires_python",
}
LISTS: Mapping[str, str] = {
    "keywords": "keywords",
    "classifiers": "classifier",
    "platforms": "platform",
    "requires": "requires",
    "provides": "provides",
    "obsoletes": "obsoletes",
}
# Keyword -> the places in the document that it fills, as paths.
FILLS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    **{keyword: ((key,),) for keyword, key in {**TEXTS, **LISTS}.items()},
    "project_urls": (("project_url",),),
    "license_files": (("license_file",),),
    "install_requires": (("requires_dist",),),
    "extras_require": (("requires_dist",), ("provides_extra",)),
    "setup_requires": (("build",),),
    "tests_require": (("extensions", GROUPS_EXTENSION, TEST_GROUP),),
    "entry_points": (
        ("extensions", "python.commands"),
        ("extensions", "python.exports"),
    ),
    "packages": (("sources", "root"), ("sources", "modules")),
    "py_modules": (("sources", "modules"),),
    "package_dir": (("sources", "root"),),
    "package_data": (("sources", "package_data"),),
    "data_files": (("sources", "data_files"),),
}
# All that setuptools and distutils know; any other is a plug-in's.
KNOWN = frozenset(
    {
        *FILLS,
        *("provides_extras", "packages", "scripts", "headers", "libraries"),
        *("ext_modules", "ext_package", "include_dirs", "options", "cmdclass"),
        *("script_name", "script_args", "command_packages", "test_suite"),
        *("test_loader", "test_runner", "zip_safe", "eager_resources"),
        *("dependency_links", "namespace_packages", "include_package_data"),
        *("exclude_package_data", "use_2to3", "use_2to3_fixers"),
        *("use_2to3_exclude_fixers", "convert_2to3_doctests"),
    }
)


@dataclass(frozen=True, slots=True)
class Keywords:
    """The keywords of one setup(), with the files and the lines they stand in."""

    source: str
    values: Mapping[str, JSON]
    lines: Mapping[str, int] = field(default_factory=dict)
    # Of several files, those of keywords that are not in ``source``.
    sources: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, keyword: str) -> str:
        """Return the file that states ``keyword``."""
        return self.sources.get(keyword, self.source)

    def refuse(self, keyword: str, reason: str, *, hint: str = "") -> NoReturn:
        """Raise ``InvalidSettingError`` for the value of ``keyword``."""
        source, line = self.source_of(keyword), self.lines.get(keyword, 0)
        raise InvalidSettingError(source, line, keyword, reason, hint=hint)

    def checked(self, keyword: str, check: Callable[[str], T], text: str) -> T:
        """Return ``check(text)``; what it raises is told of ``keyword``."""
        try:
            return check(text)
        except PysetupError as error:
            hint = error.hints[0] if error.hints else ""
            self.refuse(keyword, f"is wrong: {error.message}", hint=hint)

    def text(self, keyword: str) -> str | None:
        """Return the text of ``keyword``; None if it is absent or empty."""
        value = self.values.get(keyword)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(keyword, "must be a text")
        return None if value.strip() in NOTHING else value

    def texts(self, keyword: str, *, separator: str = ",") -> list[str]:
        """Return the list at ``keyword``; a text is split by lines or ``separator``."""
        return self.listed(keyword, self.values.get(keyword), separator=separator)

    def listed(self, keyword: str, value: JSON, *, separator: str = "\n") -> list[str]:
        """Return ``value``, which stands in ``keyword``, as a list of texts."""
        if value is None:
            return []
        if isinstance(value, str):
            value = list(
                value.splitlines() if "\n" in value else value.split(separator)
            )
        if not isinstance(value, list):
            self.refuse(keyword, "must be a list of texts")
        found = []
        for item in value:
            if not isinstance(item, str):
                self.refuse(keyword, "must be a list of texts")
            if item.strip():
                found.append(item.strip())
        return found

    def requirements_of(self, keyword: str, value: JSON) -> list[str]:
        """Return the valid requirements in ``value``, as they are written.

        In a text each has a line. A comment behind one is dropped, as setuptools does.
        """
        texts = [
            text.partition(" #")[0].strip()
            for text in self.listed(keyword, value)
            if not text.startswith("#")
        ]
        for text in texts:
            self.requirement(keyword, text)
        return texts

    def requirement(self, keyword: str, text: str) -> Requirement:
        """Return the requirement ``text``, which stands in ``keyword``."""
        return self.checked(keyword, parse_requirement, text)

    def requirements(self, keyword: str) -> list[str]:
        """Return the valid requirements at ``keyword``, as they are written."""
        return self.requirements_of(keyword, self.values.get(keyword))

    def table(self, keyword: str) -> Mapping[str, JSON]:
        """Return the object at ``keyword``; empty if it is absent."""
        value = self.values.get(keyword)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.refuse(keyword, "must be a dictionary")
        return value


def directive(value: JSON, name: str) -> JSON:
    """Return what the directive ``name`` says, or None if ``value`` is not one."""
    if isinstance(value, Mapping) and len(value) == 1:
        return value.get(name)
    return None


def resolved(
    keywords: Keywords, *, files: ProjectFiles | None
) -> tuple[Keywords, tuple[Unread, ...]]:
    """Return ``keywords`` with every ``file:`` read, and what could not be read.

    Files are read through ``files`` alone, and only below its folder. ``attr:`` is
    looked up in the text of its module, where it is a literal; no code is run.
    """
    values: Values = {}
    unread: list[Unread] = []
    for keyword, value in keywords.values.items():
        named = directive(value, FILE)
        attribute = directive(value, ATTR)
        if isinstance(attribute, str):
            try:
                values[keyword] = _constant(attribute, files)
            except NotStatedError:
                unread += _unread(keywords, keyword, f"it is {attribute} in the code")
        elif isinstance(named, list):
            texts = [file_text(keywords, keyword, str(p), files) for p in named]
            known = [text for text in texts if text is not None]
            if len(known) < len(texts):
                reason = f"it stands in {', '.join(map(str, named))}"
                unread += _unread(keywords, keyword, reason)
            else:
                values[keyword] = "\n".join(known)
        elif keyword == "extras_require":
            values[keyword] = _resolved_extras(keywords, files, unread)
        else:
            values[keyword] = value
    return replace(keywords, values=values), tuple(unread)


def _constant(attribute: str, files: ProjectFiles | None) -> str:
    """Return the literal that ``attribute`` is set to; raises ``NotStatedError``."""
    module, _, name = attribute.rpartition(".")
    path = find_module(module, files) if files is not None else None
    if files is None or path is None:
        raise NotStatedError("is in a module that is not there")
    return ModuleText.parse(files.read_file(path) or b"").constant(name)


def _resolved_extras(
    keywords: Keywords, files: ProjectFiles | None, unread: list[Unread]
) -> Values:
    made: Values = {}
    for extra, value in keywords.table("extras_require").items():
        named = directive(value, FILE)
        if not isinstance(named, list):
            made[extra] = value
            continue
        texts = [file_text(keywords, "extras_require", str(p), files) for p in named]
        if None in texts:
            reason = f"{extra} stands in {', '.join(map(str, named))}"
            unread += _unread(keywords, "extras_require", reason)
            texts = []
        made[extra] = "\n".join(text for text in texts if text)
    return made


def _unread(keywords: Keywords, keyword: str, reason: str) -> list[Unread]:
    line = keywords.lines.get(keyword, 0)
    places = dict.fromkeys(
        path[1] if path[0] == "extensions" else path[0]
        for path in FILLS.get(keyword, ())
    )
    # What fills no key says how the project is built: cmdclass, ext_modules.
    return [Unread(place, keyword, line, reason) for place in places or ("build",)]


def unread_keyword(keyword: str, line: int, reason: str) -> tuple[Unread, ...]:
    """Return what the document does not learn because ``keyword`` was not read."""
    return tuple(_unread(Keywords("", {}, {keyword: line}), keyword, reason))


def file_text(
    keywords: Keywords, keyword: str, path: str, files: ProjectFiles | None
) -> str | None:
    """Return the text of a file of the project, or None if it cannot be looked at.

    Raises ``InvalidSettingError`` for a path outside of it, or what is not UTF-8.
    """
    if path_fault(path) is not None:
        keywords.refuse(
            keyword, f"names the file {path!r}, which is not in the project"
        )
    content = files.read_file(path) if files else None
    if content is None:
        return None
    try:
        return content.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError:
        keywords.refuse(keyword, f"names the file {path!r}, which is not UTF-8")
