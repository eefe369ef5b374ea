"""The keys of PEP 426 and PEP 459 in the terms of the document, and the way back."""

from collections.abc import Iterable, Mapping

from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    DOCUMENT_VERSION,
    EXPORTS_EXTENSION,
    InvalidDocumentError,
)
from pysetup.metadata.fields import BY_KEY, NOTHING
from pysetup.metadata.formats.pep426_dependencies import (
    RESERVED_EXTRAS,
    Requirements,
    read_requirements,
    to_rows,
)
from pysetup.metadata.legacy import split_keywords
from pysetup.metadata.purposes import GROUPS_EXTENSION
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS
from pysetup.standards.jsontext import JSON, escape_pointer
from pysetup.standards.people import format_people, parse_people
from pysetup.standards.versions import parse_version

Values = dict[str, JSON]

_DETAILS, _PROJECT = "python.details", "python.project"
_CONSTRAINTS = "python.constraints"
_ROLES = ("author", "maintainer")
_COMMANDS = ("wrap_console", "wrap_gui", "prebuilt")
_SCRIPTS = {CONSOLE_SCRIPTS: "wrap_console", GUI_SCRIPTS: "wrap_gui"}
# (key of PEP 426, the extension of PEP 459 that took it over, key of the document)
_LISTS = (
    ("classifiers", _DETAILS, "classifier"),
    ("extras", "", "provides_extra"),
    ("provides", "", "provides_dist"),
    ("modules", EXPORTS_EXTENSION, "import_name"),
    ("namespaces", EXPORTS_EXTENSION, "import_namespace"),
)
_OWN_KEYS = ("license", "keywords", "provides", "metadata_version", "name", "version")


class Reading:
    """One file of PEP 426 while it is taken apart; what is left over stays in it."""

    def __init__(self, raw: Mapping[str, JSON], *, source: str) -> None:
        self._raw = {key: value for key, value in raw.items() if value is not None}
        self._source = source
        self.extensions: dict[str, Values] = {}
        for name, value in self._object("extensions").items():
            if not isinstance(value, dict):
                pointer = f"/extensions/{escape_pointer(name)}"
                raise InvalidDocumentError(source, pointer, "must be an object")
            self.extensions[name] = dict(value)

    def document(self) -> Values:
        """Return the keys of the document; raises ``InvalidDocumentError``."""
        made: Values = {"document_version": DOCUMENT_VERSION}
        for key in ("name", "version", "summary"):
            text = self._text(key)
            if text and text not in NOTHING:
                made[key] = text
        if "version" in made:
            made["version"] = str(parse_version(str(made["version"])))
        self._put_details(made)
        self._put_urls(made)
        self._put_people(made)
        self._put_requirements(made)
        self._put_entry_points()
        self._put_environments()
        self._put_core_fields(made)
        kept = {name: value for name, value in self.extensions.items() if value}
        return {**made, **({"extensions": dict(kept)} if kept else {})}

    def _put_core_fields(self, made: Values) -> None:
        """Take fields of PKG-INFO, which old wheels have as they are."""
        for key, field in BY_KEY.items():
            value = self._raw.get(key)
            if key in made or key in _OWN_KEYS or value in (None, *NOTHING):
                continue
            if field.kind in ("list", "names"):
                made[key] = list(self._texts(key, value))
            elif isinstance(value, str):
                made[key] = value

    def _put_details(self, made: Values) -> None:
        license_text = self._take("license", _DETAILS)
        if license_text is not None:
            made["license"] = self._checked_text("license", license_text)
        self._put_keywords(made)
        for key, extension, name in _LISTS:
            value = self._take(key, extension)
            if value is not None and (texts := self._texts(key, value)):
                made[name] = list(texts)

    def _refuse(self, pointer: str, reason: str) -> None:
        raise InvalidDocumentError(self._source, pointer, reason)

    def _object(self, key: str) -> Mapping[str, JSON]:
        value = self._raw.get(key, {})
        if not isinstance(value, dict):
            self._refuse(f"/{key}", "must be an object")
        assert isinstance(value, dict)
        return value

    def _text(self, key: str) -> str:
        return self._checked_text(key, self._raw.get(key, ""))

    def _checked_text(self, key: str, value: JSON) -> str:
        if not isinstance(value, str):
            self._refuse(f"/{key}", "must be a string")
        return str(value)

    def _texts(self, key: str, value: JSON) -> list[str]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(t, str) for t in listed):
            self._refuse(f"/{key}", "must be a list of strings")
            return []
        return [str(text) for text in listed]

    def _take(self, key: str, *extensions: str) -> JSON:
        """Return the value at ``key``, or what an extension has there; it is taken."""
        found = self._raw.get(key)
        for name in extensions:
            if name and key in self.extensions.get(name, {}):
                if found is not None and self.extensions[name][key] != found:
                    continue
                found = self.extensions[name].pop(key)
        return found

    def _put_keywords(self, made: Values) -> None:
        value = self._take("keywords", _DETAILS)
        if isinstance(value, str):
            made["keywords"] = split_keywords(value)[0]
        elif value is not None and (words := self._texts("keywords", value)):
            made["keywords"] = list(words)

    def _put_urls(self, made: Values) -> None:
        urls = self._take("project_urls", _PROJECT, _DETAILS)
        if urls is None:
            return
        if not isinstance(urls, dict):
            self._refuse("/project_urls", "must be an object")
        assert isinstance(urls, dict)
        self._texts("project_urls", list(urls.values()))
        if urls:
            made["project_url"] = urls

    def _put_people(self, made: Values) -> None:
        """Put authors and maintainers in their fields; who has more to say stays."""
        by_role: dict[str, list[tuple[str, str]]] = {role: [] for role in _ROLES}
        for key in ("contacts", "contributors"):
            value = self._take(key, _PROJECT, _DETAILS)
            if value is None:
                continue
            if not isinstance(value, list):
                self._refuse(f"/{key}", "must be a list")
            assert isinstance(value, list)
            others: list[JSON] = []
            for row in value:
                match row:
                    case {"role": ("author" | "maintainer") as role, **rest} if (
                        rest.keys() <= {"name", "email"}
                        and all(isinstance(text, str) for text in rest.values())
                    ):
                        person = (str(rest.get("name", "")), str(rest.get("email", "")))
                        by_role[role].append(person)
                    case _:
                        others.append(row)
            if others:
                self.extensions.setdefault(_PROJECT, {})[key] = others
        for role, people in by_role.items():
            names, addresses = format_people(people)
            if names:
                made[role] = names
            if addresses:
                made[f"{role}_email"] = addresses

    def _put_requirements(self, made: Values) -> None:
        found: Requirements = read_requirements(self._raw, source=self._source)
        if found.run:
            made["requires_dist"] = list(found.run)
        if found.build:
            made["build"] = {"requires": list(found.build)}
        if found.groups:
            groups: Values = {name: list(texts) for name, texts in found.groups.items()}
            standing = self.extensions.get(GROUPS_EXTENSION, {})
            self.extensions[GROUPS_EXTENSION] = {**standing, **groups}
        extras = made.get("provides_extra")
        if "dependencies" in self._raw and isinstance(extras, list):
            # In the last text these names say what dependencies are for.
            declared = [extra for extra in extras if extra not in RESERVED_EXTRAS]
            made["provides_extra"] = declared
            if not declared:
                del made["provides_extra"]

    def _put_entry_points(self) -> None:
        commands = self._raw.get("commands")
        if commands is not None:
            standing = self.extensions.get(COMMANDS_EXTENSION, {})
            merged = {**self._object("commands"), **standing}
            self.extensions[COMMANDS_EXTENSION] = merged
        exports = self.extensions.get(EXPORTS_EXTENSION, {})
        groups = self._object("exports")
        if (
            exports
            and "exports" not in exports
            and all(map(_is_group, exports.values()))
        ):
            # What old wheels have: the groups at once, and scripts among them.
            groups = {**groups, **exports}
            exports = {}
        if groups:
            self._take_scripts(dict(groups), exports)

    def _take_scripts(self, groups: Values, exports: Values) -> None:
        for group, name in _SCRIPTS.items():
            scripts = groups.get(group)
            commands = self.extensions.get(COMMANDS_EXTENSION, {})
            if not isinstance(scripts, dict) or commands.get(name, scripts) != scripts:
                continue
            del groups[group]
            if scripts:
                self.extensions[COMMANDS_EXTENSION] = {**commands, name: scripts}
        standing = exports.get("exports")
        merged = {**groups, **(standing if isinstance(standing, dict) else {})}
        made = {**exports, **({"exports": merged} if merged else {})}
        self.extensions[EXPORTS_EXTENSION] = made

    def _put_environments(self) -> None:
        environments = self._raw.get("supports_environments")
        if environments is not None:
            texts = self._texts("supports_environments", environments)
            constraints = self.extensions.setdefault(_CONSTRAINTS, {})
            constraints.setdefault("environments", list(texts))


def _is_group(value: JSON) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def to_keys(mapping: Mapping[str, JSON]) -> Values:
    """Return a document in the keys of PEP 426, as far as there are such."""
    extensions = _objects(mapping.get("extensions"))
    made: Values = {"metadata_version": "2.0"}
    for key in ("name", "version", "summary", "license", "keywords"):
        if mapping.get(key):
            made[key] = mapping[key]
    for key, _, name in _LISTS:
        if mapping.get(name):
            made[key] = mapping[name]
    if mapping.get("project_url"):
        made["project_urls"] = mapping["project_url"]
    contacts = [*_contacts(mapping), *_rest(extensions, "contacts")]
    if contacts:
        made["contacts"] = contacts
    contributors = [*_rest(extensions, "contributors")]
    if contributors:
        made["contributors"] = contributors
    _put_rows(made, mapping, extensions)
    _put_interfaces(made, extensions)
    kept = {name: value for name, value in extensions.items() if value}
    if kept:
        made["extensions"] = dict(kept)
    return made


def _put_interfaces(made: Values, extensions: dict[str, Values]) -> None:
    commands = extensions.get(COMMANDS_EXTENSION, {})
    if commands and commands.keys() <= {*_COMMANDS}:
        made["commands"] = extensions.pop(COMMANDS_EXTENSION)
    exports = extensions.get(EXPORTS_EXTENSION, {})
    if exports.keys() == {"exports"} and exports["exports"]:
        made["exports"] = extensions.pop(EXPORTS_EXTENSION)["exports"]


def _objects(value: JSON) -> dict[str, Values]:
    listed = value.items() if isinstance(value, Mapping) else ()
    return {name: dict(one) for name, one in listed if isinstance(one, Mapping)}


def _contacts(mapping: Mapping[str, JSON]) -> Iterable[Values]:
    for role in _ROLES:
        names, addresses = mapping.get(role), mapping.get(f"{role}_email")
        for name, email in parse_people(str(names or ""), str(addresses or "")):
            yield {
                **({"name": name} if name else {}),
                **({"email": email} if email else {}),
                "role": role,
            }


def _rest(extensions: dict[str, Values], key: str) -> list[JSON]:
    """Take the people that have more to say than a name, an address and a role."""
    rows = extensions.get(_PROJECT, {}).get(key)
    if not isinstance(rows, list):
        return []
    del extensions[_PROJECT][key]
    return rows


def _put_rows(
    made: Values, mapping: Mapping[str, JSON], extensions: dict[str, Values]
) -> None:
    build = mapping.get("build")
    groups = extensions.get(GROUPS_EXTENSION, {})
    rows = {
        "run_requires": mapping.get("requires_dist"),
        "build_requires": build.get("requires") if isinstance(build, Mapping) else None,
        "test_requires": groups.pop("test", None),
        "dev_requires": groups.pop("dev", None),
    }
    for key, texts in rows.items():
        if isinstance(texts, list) and texts:
            made[key] = to_rows([str(text) for text in texts])
