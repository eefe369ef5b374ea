"""An existing project gets its [project] table, from what its other files state."""

import re
from collections.abc import Mapping, Sequence

from pysetup.errors import AnswerError
from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import BY_KEY, is_present
from pysetup.metadata.formats import pyproject, pyproject_text
from pysetup.metadata.formats.legacy_draft import LegacyDraft
from pysetup.metadata.formats.pyproject.draft import FREE_TO_ADD
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.pyproject_tables import to_tables
from pysetup.metadata.formats.registry import Draft
from pysetup.metadata.formats.toml_edits import Edit, Put, Take, edited
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.meaning import same_meaning
from pysetup.phases.develop.project import PYPROJECT, ProjectFolder, plan_draft
from pysetup.phases.develop.scaffold import BUILD_SYSTEM
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# From these versions on the back ends read [project], or all of it.
_NEEDED = {"setuptools": "77", "poetry-core": "2.0", "flit-core": "3.2"}
_DEFAULT_SYSTEM = (
    f'[build-system]\nrequires = ["setuptools>={_NEEDED["setuptools"]}"]\n'
)
# Flit takes one of them or [project], never both.
_FLIT_TABLES = ("metadata", "scripts", "entrypoints")
_CODE = ("ext_modules", "cffi_modules", "rust_extensions", "cmdclass", "ext_package")
_NOT_COMPARED = ("metadata_version", "dynamic", "license_file")


class NotStaticError(AnswerError):
    """pysetup cannot build the project in place of its back end.

    ``init --backend pysetup`` is for projects of which everything stands in their
    files, and that consist of Python files and data alone. This one computes
    something when it is built, or compiles code. It can keep its back end: without
    the option its [project] table is written all the same.
    """

    code = "PS1801"

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        super().__init__(
            f"{name} needs its own build back end: {reasons[0]}",
            facts={"reasons": list(reasons)},
            hints=("keep it:  pysetup init  without --backend",),
        )


@dataclass(frozen=True, slots=True)
class Adoption:
    """The new pyproject.toml of a project, nothing written yet.

    ``losses`` say what [project] cannot hold of what stood elsewhere; ``computed``
    are keys of the document that stay with the back end; ``superseded`` are files
    that nothing reads any more.
    """

    content: bytes
    losses: tuple[str, ...]
    computed: tuple[str, ...]
    superseded: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "content": self.content.decode(),
            "losses": list(self.losses),
            "computed": list(self.computed),
            "superseded": list(self.superseded),
        }


def needs_asking(draft: Draft) -> bool:
    """Tell whether its files leave more than the version to code.

    A back end takes a key for dynamic only if its code gives a value for it, which
    nobody knows who has not asked.
    """
    build = draft.mapping.get("build")
    late = build.get("dynamic") if isinstance(build, Mapping) else None
    return bool(late or [key for key in draft.missing if key != "version"])


def plan_adoption(
    folder: ProjectFolder,
    draft: Draft,
    *,
    given: Mapping[str, str],
    native: bool = False,
    asked: Metadata | None = None,
) -> Adoption:
    """Return the pyproject.toml for what ``draft``, read from ``folder``, states.

    ``given`` are a name and a version where the files have none; ``asked`` is what
    the back end says of the rest, which is fixed but for the version. With ``native``
    pysetup is to build the project from now on, which raises ``NotStaticError``
    if it cannot.
    """
    told = {
        key: given.get(key) or str(draft.mapping.get(key) or "")
        for key in ("name", "version")
    }
    unknown = tuple(key for key in draft.missing if not told.get(key))
    if native:
        _refuse_code(told["name"], draft, unknown)
    core = asked or Metadata.from_dict({**told, "version": told["version"] or "0"})
    document = draft.document(core).replaced(
        name=told["name"] or core.name, version=told["version"] or str(core.version)
    )
    fixed: tuple[str, ...] = ()
    if asked is not None:
        fixed = tuple(
            f"{key} was computed; what stands there now is what it is here and today"
            for key in unknown
            if key not in ("name", "version") and is_present(key, document.get(key))
        )
        build = {**document.section("build"), "dynamic": None}
        document = document.replaced(dynamic=None, build=build)
        unknown = () if told["version"] else ("version",)
    metadata, moved = _with_homepage(_carried(document, native=native))
    content = _with_system(folder.read_file(PYPROJECT) or b"", native=native)
    content = pyproject_text.update(content, metadata, files=folder)
    edits = list(_edits(content, metadata, folder, native=native))
    if not told["version"]:
        edits += _version_edits(content)
    content = edited(content, edits, source=PYPROJECT)
    after = pyproject.read(content, files=folder, source=PYPROJECT)
    left = tuple(dict.fromkeys((*unknown, *after.missing)))
    return Adoption(
        content=content,
        losses=(*fixed, *moved, *_losses(metadata, after.mapping, left)),
        computed=left,
        superseded=_superseded(folder, native=native),
    )


def plan_switch(folder: ProjectFolder, draft: Draft) -> Adoption:
    """Return a pyproject.toml with which pysetup builds a project that has [project].

    Raises ``NotStaticError``.
    """
    _refuse_code(str(draft.mapping.get("name")), draft, draft.missing)
    content = folder.read_file(PYPROJECT) or b""
    project = TomlText.parse(content, source=PYPROJECT).values.get("project")
    dynamic = project.get("dynamic") if isinstance(project, Mapping) else None
    if isinstance(dynamic, list):
        # Stated in the tree, though not here; now it must stand here.
        stated = to_tables(draft.document())["project"]
        assert isinstance(stated, Mapping), "a document has a name"
        puts = [
            Put(("project", name), stated[name]) for name in dynamic if name in stated
        ]
        edits: list[Edit] = [Take(("project", "dynamic")), *puts]
        content = edited(content, edits, source=PYPROJECT)
    content = _with_system(content, native=True)
    return Adoption(content, (), (), _superseded(folder, native=True))


def _refuse_code(name: str, draft: Draft, missing: Sequence[str]) -> None:
    reasons = [f"{key} is computed when it is built" for key in missing]
    unread = draft.unread if isinstance(draft, LegacyDraft) else ()
    reasons += [str(one) for one in unread if one.key not in missing]
    extensions = draft.mapping.get("extensions")
    kept = str(extensions.get(LEGACY_EXTENSION)) if isinstance(extensions, dict) else ""
    reasons += [f"it uses {word}" for word in _CODE if f"'{word}'" in kept]
    if reasons:
        raise NotStaticError(name, reasons)


def _carried(document: Metadata, *, native: bool) -> Metadata:
    """Return the document without what its back end goes on reading elsewhere."""
    extensions = document.extensions
    extensions.pop(LEGACY_EXTENSION, None)
    made = document.replaced(extensions=extensions or None)
    if made.text("license") and not made.text("license_expression"):
        # Not beside a licence that is a table (PEP 639); back ends find the usual ones.
        made = made.replaced(license_file=None)
    if native:
        return made.replaced(build=None, dynamic=None)
    # Back ends that do not know a new key refuse it, also when it is dynamic.
    dynamic = [key for key in document.texts("dynamic") if key not in FREE_TO_ADD]
    return made.replaced(sources=None, commands=None, dynamic=list(dynamic) or None)


def _with_homepage(metadata: Metadata) -> tuple[Metadata, tuple[str, ...]]:
    """Return the document with the old fields for URLs as labelled URLs."""
    urls = dict(metadata.section("project_url"))
    moved = []
    for key, label in (("home_page", "Homepage"), ("download_url", "Download")):
        url = metadata.text(key)
        if not url:
            continue
        if url not in urls.values():
            urls.setdefault(label, url)
        if url in urls.values():
            metadata = metadata.replaced(**{key: None})
            moved.append(f"{key} is a labelled URL in [project.urls] now")
    return metadata.replaced(project_url=urls or None), tuple(moved)


def _with_system(content: bytes, *, native: bool) -> bytes:
    """Return ``content`` with a [build-system] that reads [project]."""
    values = TomlText.parse(content, source=PYPROJECT).values
    system = values.get("build-system")
    if native:
        if isinstance(system, Mapping):
            gone = [Take(("build-system", key)) for key in system]
            puts = [Put(("build-system", key), v) for key, v in BUILD_SYSTEM.items()]
            kept = [t for t in gone if t.path[1] not in BUILD_SYSTEM]
            return edited(content, [*kept, *puts], source=PYPROJECT)
        lines = "".join(
            f"{key} = {'[' if isinstance(v, list) else ''}"
            f'"{v[0] if isinstance(v, list) else v}"'
            f"{']' if isinstance(v, list) else ''}\n"
            for key, v in BUILD_SYSTEM.items()
        )
        return f"[build-system]\n{lines}\n".encode() + content
    if not isinstance(system, Mapping):
        return f"{_DEFAULT_SYSTEM}\n".encode() + content
    return content


def _raised_requirements(values: Mapping[str, object]) -> list[Edit]:
    """Ask for a version of the back end that reads [project]."""
    system = values.get("build-system")
    requires = system.get("requires") if isinstance(system, Mapping) else None
    return [
        Put(("build-system", "requires", index), _raised(str(text)))
        for index, text in enumerate(requires if isinstance(requires, list) else [])
        if _raised(str(text)) != text
    ]


def _raised(text: str) -> str:
    match = re.match(r"([A-Za-z0-9._-]+)\s*(.*)", text)
    name = re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""
    if match is None or name not in _NEEDED or "@" in match[2]:
        return text
    return f"{match[1]}>={_NEEDED[name]}"


def _edits(
    content: bytes, metadata: Metadata, folder: ProjectFolder, *, native: bool
) -> list[Edit]:
    """Return what makes the new table as people would have written it."""
    values = TomlText.parse(content, source=PYPROJECT).values
    edits = [] if native else _raised_requirements(values)
    readme = _file_with(metadata.text("description"), folder)
    project = values.get("project")
    if readme and isinstance(project, Mapping) and "readme" in project:
        edits += [Take(("project", "readme")), Put(("project", "readme"), readme)]
    tool = values.get("tool")
    flit = tool.get("flit") if isinstance(tool, Mapping) else None
    if isinstance(flit, Mapping):
        edits += [Take(("tool", "flit", key)) for key in _FLIT_TABLES if key in flit]
    module = flit.get("metadata") if isinstance(flit, Mapping) else None
    name = module.get("module") if isinstance(module, Mapping) else None
    if name is not None and not native:
        edits.append(Put(("tool", "flit", "module", "name"), name))
    return edits


def _version_edits(content: bytes) -> list[Edit]:
    project = TomlText.parse(content, source=PYPROJECT).values["project"]
    assert isinstance(project, Mapping), "it was written before"
    dynamic = project.get("dynamic")
    names = ["version", *(dynamic if isinstance(dynamic, list) else [])]
    return [Take(("project", "version")), Put(("project", "dynamic"), names)]


def _file_with(text: str, folder: ProjectFolder) -> str:
    """Return the file at the top of ``folder`` that has this very text."""
    for path in folder.paths:
        if text.strip() and "/" not in path and path.lower().startswith("readme"):
            content = (folder.read_file(path) or b"").decode(errors="replace")
            if content.replace("\r\n", "\n").strip() == text.strip():
                return path
    return ""


def _losses(
    metadata: Metadata, after: Mapping[str, JSON], left: Sequence[str]
) -> tuple[str, ...]:
    return tuple(
        f"{key} has no place in [project]"
        for key in BY_KEY
        if key not in _NOT_COMPARED
        and key not in left
        and is_present(key, metadata.get(key))
        and not same_meaning(key, metadata.get(key), after.get(key))
    )


def _superseded(folder: ProjectFolder, *, native: bool) -> tuple[str, ...]:
    if not native:
        return ()
    old = [path for path in ("setup.py", "setup.cfg") if path in folder.paths]
    return tuple(old)


def check_adopted(folder: ProjectFolder, adoption: Adoption) -> None:
    """Raise what is wrong with the result, read as if it had been written."""
    plan_draft(_Overlaid(folder, adoption.content))


class _Overlaid(ProjectFolder):
    """A folder as it will be."""

    def __init__(self, folder: ProjectFolder, content: bytes) -> None:
        self.paths = tuple(sorted({*folder.paths, PYPROJECT}))
        self.seen = []
        self._folder, self._content = folder, content

    def read_file(self, path: str) -> bytes | None:
        """Return the new content of pyproject.toml, and the old one of the rest."""
        return self._content if path == PYPROJECT else self._folder.read_file(path)
