"""Requirements in the document itself: requires_dist, and the groups beside it."""

import json
from collections.abc import Mapping
from typing import Self

from pysetup.late import late_pattern
from pysetup.metadata.document import DOCUMENT_NAME
from pysetup.metadata.formats.requirement_lists.lists import (
    DEPENDENCIES,
    Listed,
    Section,
    position,
)
from pysetup.metadata.purposes import GROUPS_EXTENSION, extra_of
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import for_extra, parse_requirement
from pysetup.values import dataclass, replace

_INDENT = late_pattern(r"\n([ \t]+)\"")


@dataclass(frozen=True, slots=True)
class DocumentLists:
    """The lists of one ``pydist.json``; order and indentation of the file stay."""

    content: bytes
    filename: str = DOCUMENT_NAME

    def sections(self) -> tuple[Section, ...]:
        """Return the lists that are there."""
        values = self._values
        extras = [normalize_name(name) for name in _texts(values, "provides_extra")]
        groups = [normalize_name(name) for name in _groups(values)]
        return (
            DEPENDENCIES,
            *(Section("extra", name) for name in extras),
            *(Section("group", name) for name in groups),
        )

    def listed(self, section: Section) -> tuple[Listed, ...]:
        """Return what a list holds; of an extra's, without the marker that says so."""
        texts = self._texts(section)
        found = []
        for index, text in enumerate(texts):
            bare, extra = (text, "") if section.kind == "group" else extra_of(text)
            if section.kind == "group" or extra == section.name:
                found.append(Listed(bare, self._line(text), index))
        return tuple(found)

    def with_added(self, section: Section, text: str) -> Self:
        """Return the file with one requirement more."""
        texts = self._texts(section)
        texts.insert(position(self.listed(section), text), _marked(section, text))
        return self._with(section, texts)

    def with_replaced(self, section: Section, index: int, text: str) -> Self:
        """Return the file with another requirement in that position."""
        texts = self._texts(section)
        texts[index] = _marked(section, text)
        return self._with(section, texts)

    def without(self, section: Section, index: int) -> Self:
        """Return the file without the requirement in that position."""
        texts = self._texts(section)
        del texts[index]
        return self._with(section, texts)

    @property
    def _values(self) -> dict[str, JSON]:
        return dict(parse_json_object(self.content, source=self.filename))

    def _texts(self, section: Section) -> list[str]:
        values = self._values
        if section.kind != "group":
            return _texts(values, "requires_dist")
        return _texts(_groups(values), _spelt(_groups(values), section.name))

    def _with(self, section: Section, texts: list[str]) -> Self:
        values = self._values
        if section.kind != "group":
            values["requires_dist"] = list(texts)
            names = _texts(values, "provides_extra")
            known = {normalize_name(name) for name in names}
            if section.kind == "extra" and section.name not in known:
                values["provides_extra"] = [*names, section.name]
        else:
            groups = dict(_groups(values))
            groups[_spelt(groups, section.name)] = list(texts)
            extensions = values.get("extensions")
            others = dict(extensions) if isinstance(extensions, Mapping) else {}
            values["extensions"] = {**others, GROUPS_EXTENSION: groups}
        text = self.content.decode()
        found = _INDENT.search(text)
        made = json.dumps(values, ensure_ascii=False, indent=found[1] if found else 2)
        return replace(self, content=(made + "\n" * text.endswith("\n")).encode())

    def _line(self, text: str) -> int:
        whole = self.content.decode()
        at = whole.find(json.dumps(text, ensure_ascii=False))
        return whole.count("\n", 0, max(at, 0)) + 1


def _marked(section: Section, text: str) -> str:
    if section.kind != "extra":
        return text
    return for_extra(parse_requirement(text), section.name)


def _texts(values: Mapping[str, JSON], key: str) -> list[str]:
    found = values.get(key)
    return [str(text) for text in found] if isinstance(found, list) else []


def _groups(values: Mapping[str, JSON]) -> Mapping[str, JSON]:
    extensions = values.get("extensions")
    groups = extensions.get(GROUPS_EXTENSION) if isinstance(extensions, Mapping) else {}
    return groups if isinstance(groups, Mapping) else {}


def _spelt(groups: Mapping[str, JSON], name: str) -> str:
    return next((key for key in groups if normalize_name(key) == name), name)
