"""What the versions of core metadata before 2.1 hold, and how they spell it.

1.0 is PEP 241, 1.1 is PEP 314, 1.2 is PEP 345; 2.0 is what bdist_wheel wrote for years
while PEP 426 was a draft.
"""

import re

from pysetup.late import late_pattern
from pysetup.metadata.fields import Field
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Requirement,
    parse_requirement,
)

_PEP_345, _PEP_426 = "1.2", "2.0"
# What the tools of the time wrote before it was specified: distutils these two into
# every file, and bdist_wheel the third.
_EARLY = {"classifier": "1.0", "download_url": "1.0", "provides_extra": _PEP_426}
# The first version in which the description follows the headers.
_FIRST_WITH_BODY = _PEP_426

_NAME_AND_VERSIONS = late_pattern(
    r"(?P<name>[^\s\[<>=!~();@]+\s*(?:\[[^\]]*\])?)\s*(?P<versions>[<>=!~][^;]*?)\s*"
)
_QUOTED = late_pattern(r"(\"[^\"]*\"|'[^']*')")
_VARIABLE = late_pattern(r"[A-Za-z_][A-Za-z_.]*")
_WORDS = ("and", "or", "in", "not")
# The environment of PEP 345, by the names of PEP 508.
_DOTTED = {
    "os_name": "os.name",
    "sys_platform": "sys.platform",
    "platform_version": "platform.version",
    "platform_machine": "platform.machine",
    "platform_python_implementation": "platform.python_implementation",
}
_ENVIRONMENT = frozenset(
    ("python_version", "python_full_version", *_DOTTED, *_DOTTED.values())
)


def first_version(field: Field) -> str:
    """Return the first version in which a file has ``field``."""
    return _EARLY.get(field.key, field.since)


def has_body(version: str) -> bool:
    """Tell whether the description is the body, and not a header."""
    return version >= _FIRST_WITH_BODY


def respelt(field: Field, value: JSON, version: str) -> JSON:
    """Return ``value`` as ``version`` spells it, without the items it cannot say.

    Requirements have their versions in parentheses before 2.1; in 1.2 there are no
    extras, no URLs, no ``~=``, ``===`` and wildcards, and the environment has fewer
    variables, some with a dot. What is no requirement at all stays as it is.
    """
    if field.key != "requires_dist" or version > _PEP_426:
        return value
    if not isinstance(value, list):
        return value
    items = [
        _respelt(item, version) if isinstance(item, str) else item for item in value
    ]
    return [item for item in items if item is not None]


def _respelt(text: str, version: str) -> str | None:
    try:
        requirement = parse_requirement(text)
    except InvalidRequirementError:
        return text
    stated, semicolon, marker = text.partition(";")
    if requirement.url is not None:
        return None if version == _PEP_345 else text
    match = _NAME_AND_VERSIONS.fullmatch(stated.strip())
    if match is not None:
        stated = f"{match['name'].strip()} ({match['versions'].strip()})"
    if version == _PEP_345:
        if not _is_said_by_pep_345(requirement, marker):
            return None
        marker = _with_dots(marker)
    return f"{stated.strip()}; {marker.strip()}" if semicolon else stated.strip()


def _is_said_by_pep_345(requirement: Requirement, marker: str) -> bool:
    bare = _QUOTED.sub("", marker)
    return (
        not requirement.extras
        and all(
            one.operator not in ("~=", "===") and "*" not in one.version
            for one in requirement.specifier
        )
        and not {"~=", "==="} & set(re.findall(r"[~=!<>]+", bare))
        and {*_VARIABLE.findall(bare)} - {*_WORDS} <= _ENVIRONMENT
    )


def _with_dots(marker: str) -> str:
    return "".join(
        part
        if index % 2
        else _VARIABLE.sub(lambda match: _DOTTED.get(match[0], match[0]), part)
        for index, part in enumerate(_QUOTED.split(marker))
    )
