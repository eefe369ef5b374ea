"""Which modules a project consists of, found from a listing of its files."""

from collections.abc import Iterable, Mapping, Sequence

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import filename_name

_MODULE = late_pattern(r"[^\W\d]\w*(-stubs)?")
# Names at the root of a flat project that are seldom what it is about.
_ABOUT_THE_PROJECT = frozenset(
    (
        "src",
        "setup",
        "conftest",
        "noxfile",
        "tasks",
        "fabfile",
        "manage",
        "versioneer",
        "test",
        "tests",
        "doc",
        "docs",
        "example",
        "examples",
        "sample",
        "samples",
        "benchmark",
        "benchmarks",
        "script",
        "scripts",
        "tool",
        "tools",
        "changes",
        "requirements",
    )
)


class ModulesNotFoundError(UsageError):
    """pysetup cannot tell which modules and packages belong to the project.

    It looks in ``src/`` and in the project folder for what ``project.import-names``
    says, else for the module or package with the project's name, else for the only
    one there is. Name them when that does not find them:

        [tool.pysetup.sources]
        modules = ["package_one", "module_two"]
    """

    code = "PS2400"

    def __init__(
        self, name: str, *, looked_for: Sequence[str], found: Sequence[str]
    ) -> None:
        listed = list(found) or [filename_name(name)]
        super().__init__(
            f"cannot tell which modules belong to {name}",
            facts={"looked for": list(looked_for), "found": list(found)},
            hints=(
                f"write in pyproject.toml:  [tool.pysetup.sources]  modules={listed}",
            ),
        )
        self.name = name
        self.looked_for, self.found = tuple(looked_for), tuple(found)


def find_sources(mapping: Mapping[str, JSON], paths: Iterable[str]) -> dict[str, JSON]:
    """Return the ``sources`` section of a document with ``root`` and ``modules``.

    ``mapping`` is the document so far, ``paths`` the project's files. What the
    section says already counts. Raises ``ModulesNotFoundError``.
    """
    listed = tuple(paths)
    value = mapping.get("sources")
    sources: dict[str, JSON] = dict(value) if isinstance(value, Mapping) else {}
    name = str(mapping.get("name"))
    roots = [str(sources["root"])] if "root" in sources else ["src", "."]
    wanted = _wanted(sources, mapping)
    if wanted == ():
        # "import-names = []" says that there is nothing to import (PEP 794).
        return {"root": ".", **sources, "modules": []}
    seen: list[str] = []
    for root in roots:
        there = _candidates(listed, root)
        seen += [module for module in sorted(there) if module not in seen]
        modules = _choose(name, wanted, there)
        if modules is not None:
            return {**sources, "root": root, "modules": list(modules)}
    looked = wanted or (filename_name(name),)
    raise ModulesNotFoundError(
        name,
        looked_for=[
            f"{'' if root == '.' else root + '/'}{module.replace('.', '/')}{end}"
            for root in roots
            for module in looked
            for end in ("/", ".py")
        ],
        found=[module for module in seen if module not in _ABOUT_THE_PROJECT],
    )


def _wanted(
    sources: Mapping[str, JSON], mapping: Mapping[str, JSON]
) -> tuple[str, ...] | None:
    """Return the import names that the project states, None if it states none."""
    stated = sources.get("modules")
    if isinstance(stated, Sequence):
        return tuple(str(module) for module in stated)
    names: list[str] = []
    for key in ("import_name", "import_namespace"):
        value = mapping.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            # PEP 794: "pkg.mod ; private" names a module, too.
            names += [str(item).partition(";")[0].strip() for item in value]
    if not names and mapping.get("import_name") is None:
        return None
    return tuple(dict.fromkeys(name.partition(".")[0] for name in names if name))


def _candidates(paths: Iterable[str], root: str) -> frozenset[str]:
    """Return the import names for which there is code at the top of ``root``."""
    prefix = "" if root == "." else root.strip("/") + "/"
    found: set[str] = set()
    for path in paths:
        if not path.startswith(prefix) or not path.endswith((".py", ".pyi")):
            continue
        top, below, _ = path[len(prefix) :].partition("/")
        module = top if below else top.rpartition(".")[0]
        if _MODULE.fullmatch(module):
            found.add(module)
    return frozenset(found)


def _choose(
    name: str, wanted: tuple[str, ...] | None, there: frozenset[str]
) -> tuple[str, ...] | None:
    """Return the modules of the project among those ``there``; None if unclear."""
    if wanted is not None:
        tops = {module.partition(".")[0] for module in wanted}
        return wanted if tops <= there else None
    tops_by_name = {filename_name(module): module for module in sorted(there)}
    named = tops_by_name.get(filename_name(name))
    if named is None and "." in name:
        # A namespace: "zope.interface" is zope/interface/.
        named = tops_by_name.get(filename_name(name.partition(".")[0]))
    if named is not None:
        return (named,)
    own = sorted(there - _ABOUT_THE_PROJECT)
    return (own[0],) if len(own) == 1 else None
