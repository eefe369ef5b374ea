"""What a project's files state, whichever of its formats they are in; no code runs."""

import dataclasses
from collections.abc import Mapping

from pysetup.metadata.formats.legacy_draft import LegacyDraft
from pysetup.metadata.formats.registry import FORMATS, Draft
from pysetup.phases.develop.project import ProjectFolder, plan_draft
from pysetup.standards.jsontext import JSON

_OLD = ("setup.cfg", "setup.py")


def read_stated(folder: ProjectFolder) -> Draft:
    """Return what ``folder`` states: pyproject.toml, else setup.cfg and setup.py.

    Raises what is wrong with the files.
    """
    draft = plan_draft(folder)
    if draft.mapping.get("name"):
        return draft
    old = read_old(folder)
    if old is None:
        return draft
    # What is left to the back end, the old files tell more exactly.
    stated = old.mapping.get("build")
    late = stated.get("dynamic") if isinstance(stated, Mapping) else None
    build = {**draft.build, "dynamic": late}
    return dataclasses.replace(old, mapping={**old.mapping, "build": build})


def read_old(folder: ProjectFolder) -> LegacyDraft | None:
    """Return what setup.cfg and setup.py state together; None if there is neither.

    Where both state something, setuptools takes what setup.py says.
    """
    drafts = []
    for name in _OLD:
        content = folder.read_file(name)
        read = FORMATS[name].read
        if content is None or read is None:
            continue
        said = read(content, name, folder)
        if isinstance(said, LegacyDraft):
            drafts.append(said)
    if not drafts:
        return None
    joined = drafts[0]
    for other in drafts[1:]:
        known = {**joined.mapping, **other.mapping}
        for key in ("extensions", "sources", "build", "project_url"):
            both = [joined.mapping.get(key), other.mapping.get(key)]
            known |= _merged(key, both)
        unread = [one for one in joined.unread if one.key not in other.mapping]
        joined = LegacyDraft(other.source, known, (*unread, *other.unread))
    return joined


def _merged(key: str, values: list[JSON]) -> dict[str, JSON]:
    tables = [value for value in values if isinstance(value, Mapping)]
    made: dict[str, JSON] = {}
    for table in tables:
        made |= table
    return {key: made} if made else {}
