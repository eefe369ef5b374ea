"""A project as its pyproject.toml tells it: complete, or waiting for its back end."""

from collections.abc import Mapping

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import lowest_version
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.standards.jsontext import JSON, copied_json
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.values import dataclass, field

_MANY = 4
# Where a project says nothing, any back end may: PEP 639 and, in use, PEP 794.
FREE_TO_ADD = ("import_name", "import_namespace", "license_file")
# What a document has before its own is known; never seen outside.
_PLACEHOLDER: Mapping[str, JSON] = {"name": "unnamed", "version": "0"}


class IncompleteProjectError(UsageError):
    """A pyproject.toml does not say all that is needed, and nobody was asked for it.

    Keys under project.dynamic, and everything when there is no [project] table, come
    from the build back end. pysetup.backend computes nothing: with it, name and
    version stand in the file.
    """

    code = "PS2129"

    def __init__(self, source: str, missing: tuple[str, ...], *, native: bool) -> None:
        shown = missing if len(missing) <= _MANY else (*missing[:_MANY], "...")
        names = ", ".join(shown)
        hint = (
            f"write {names} into [project]; pysetup.backend computes no value"
            if native
            else "build the project, or ask its back end with  pysetup build"
        )
        super().__init__(
            f"{source} leaves {names} to the build back end",
            facts={"file": source, "missing": list(shown)},
            hints=(hint,),
        )
        self.source, self.missing = source, missing


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """What ``pyproject.toml`` says.

    ``mapping`` is the document as far as it is known, own sections included;
    ``missing`` are keys that must come from the back end; ``build`` is the document's
    ``build`` section, without ``backend`` when the back end is our own. ``reasons``
    say of each missing key where, as ``file:line``, it is left to code, and why.
    """

    source: str
    mapping: Mapping[str, JSON]
    missing: tuple[str, ...]
    build: Mapping[str, JSON]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_native(self) -> bool:
        """Whether the back end is our own, so that no foreign code describes it."""
        return "backend" not in self.build

    def document(self, core: Metadata | None = None) -> Metadata:
        """Return the document, completed from what the back end says in ``core``.

        Static values stand; of lists and objects that are static and dynamic, ``core``
        adds to them (PEP 808). Licence files that [project] does not mention are the
        back end's to choose (PEP 639). Raises ``IncompleteProjectError`` when
        something is missing and ``core`` is not given.
        """
        if self.missing and core is None:
            raise IncompleteProjectError(
                self.source, self.missing, native=self.is_native
            )
        mapping = {key: copied_json(value) for key, value in self.mapping.items()}
        if core is not None:
            self._complete(mapping, core)
        self._declare_late(mapping)
        draft = Metadata.from_dict({**_PLACEHOLDER, **mapping}, source=self.source)
        told = core.text("metadata_version") if core else ""
        mapping["metadata_version"] = told or lowest_version(draft)
        return Metadata.from_dict(mapping, source=self.source)

    def _declare_late(self, mapping: dict[str, JSON]) -> None:
        """Say in ``build.dynamic`` which absent keys a foreign back end may add."""
        build = mapping.get("build")
        if self.is_native or not isinstance(build, Mapping):
            return
        stated = build.get("dynamic")
        late = {key for key in FREE_TO_ADD if key not in mapping}
        late.update(map(str, stated if isinstance(stated, list) else ()))
        if late:
            mapping["build"] = {**build, "dynamic": sorted(late)}

    def _complete(self, mapping: dict[str, JSON], core: Metadata) -> None:
        given = core.to_dict()
        wanted = set(self.missing)
        if "license_file" not in mapping:
            wanted.add("license_file")
        for key in wanted & given.keys():
            static, computed = mapping.get(key), given[key]
            if isinstance(static, str) and static in str(computed):
                static = None  # people, in one text: the back end repeats them
            mapping[key] = _joined(static, computed)
        extensions = mapping.get("extensions")
        extensions = dict(extensions) if isinstance(extensions, Mapping) else {}
        dynamic = self.build.get("dynamic")
        filled = dynamic if isinstance(dynamic, list) else []
        for name, value in core.extensions.items():
            if name in filled or name == LEGACY_EXTENSION:
                extensions[name] = _joined(extensions.get(name), value)
        if extensions:
            mapping["extensions"] = extensions


def _joined(static: JSON, computed: JSON) -> JSON:
    """Return ``computed`` with everything static in it, unchanged (PEP 808)."""
    if isinstance(static, list) and isinstance(computed, list):
        known = {_meaning(item) for item in static}
        return [*static, *(item for item in computed if _meaning(item) not in known)]
    if isinstance(static, Mapping) and isinstance(computed, Mapping):
        joined = {key: _joined(static.get(key), computed[key]) for key in computed}
        return {**static, **joined}
    return computed if static is None else static


def _meaning(item: JSON) -> str:
    # Back ends write requirements in their own spelling.
    try:
        return str(parse_requirement(str(item)))
    except InvalidRequirementError:
        return str(item)
