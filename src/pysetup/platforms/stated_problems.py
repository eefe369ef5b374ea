"""What is wrong with what a document states for one format on one target."""

from collections.abc import Iterator, Mapping

from pysetup.metadata.document import Metadata
from pysetup.metadata.pointers import pointer_of
from pysetup.metadata.problems import Problem
from pysetup.metadata.schema import find_problems
from pysetup.platforms.interface import FormatOption
from pysetup.platforms.names.mapping import (
    EXTENSION,
    InvalidMappingError,
    document_mappings,
    target_keys,
)
from pysetup.platforms.names.package_names import own_name_fault
from pysetup.platforms.options import option_problems
from pysetup.platforms.stated import entries_for, relation_problems
from pysetup.platforms.target import PlatformTarget

_EXTENSION = f"/extensions/{EXTENSION}"
# A key that is not known here may be one of a later pysetup.
_LATER = "additionalProperties"


def stated_problems(
    format_: str,
    options: Mapping[str, FormatOption],
    document: Metadata,
    target: PlatformTarget,
) -> tuple[Problem, ...]:
    """Return what is wrong with all that ``document`` states for packages.

    Options and relations are looked at for ``format_`` and ``target``, the form of
    what is stated for all targets.
    """
    command = f"/commands/bdist_{format_}"
    found = {
        problem.pointer: problem
        for problem in find_problems(document.to_dict())
        if problem.severity == "error"
        and f"{problem.pointer}/".startswith((f"{command}/", f"{_EXTENSION}/"))
    }
    if not found:
        for problem in _meant(format_, options, document, target):
            found.setdefault(problem.pointer, problem)
    return tuple(found.values())


def binding_problems(
    format_: str,
    options: Mapping[str, FormatOption],
    document: Metadata,
    target: PlatformTarget,
) -> tuple[Problem, ...]:
    """Return those that a package of ``target`` would suffer from.

    The document is of something that has been built, perhaps by a later pysetup: what
    it states for other targets, and keys that are not known, are no reason to stop.
    """
    places = [
        pointer_of(("extensions", EXTENSION, "targets", key)) + "/"
        for key in target_keys(target)
    ]
    return tuple(
        problem
        for problem in stated_problems(format_, options, document, target)
        if problem.rule != _LATER
        and (
            not problem.pointer.startswith(f"{_EXTENSION}/")
            or f"{problem.pointer}/".startswith(tuple(places))
        )
    )


def _meant(
    format_: str,
    options: Mapping[str, FormatOption],
    document: Metadata,
    target: PlatformTarget,
) -> Iterator[Problem]:
    yield from option_problems(format_, options, document, target)
    yield from relation_problems(document, target)
    for key, entry in entries_for(document, target):
        name = str(entry.get("name") or "")
        if name and (fault := own_name_fault(name, target.family)):
            yield Problem(
                pointer_of(("extensions", EXTENSION, "targets", key, "name")),
                "name",
                fault,
            )
    try:
        document_mappings(document, target)
    except InvalidMappingError as error:
        hint = error.hints[0] if error.hints else ""
        yield Problem(error.pointer, "mapping", error.reason, hint)
