"""Dependencies of [tool.poetry], turned into requirements of PEP 508."""

from collections.abc import Mapping, Sequence

from pysetup.errors import PysetupError
from pysetup.late import late_pattern
from pysetup.metadata.formats.tool_tables.poetry_versions import (
    ConstraintError,
    parse_constraint,
    to_platform_marker,
    to_python_marker,
    to_specifiers,
)
from pysetup.metadata.formats.tool_tables.statement import Path, Table
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import (
    for_extra,
    parse_marker,
    parse_requirement,
    with_marker,
)
from pysetup.values import dataclass, field

_SCP = late_pattern(r"(?P<user>[^@/:]+@)?(?P<host>[^/:@]+):(?P<path>[^/].*)")
_CONSTRAINED = ("python", "platform", "markers")


@dataclass(slots=True)
class Dependencies:
    """Collects the requirements of one table.

    ``local`` are those on files and folders, which no requirement can name, by their
    names; ``unsaid`` tells where something stands that PEP 508 cannot say, and why.
    """

    requirements: list[str] = field(default_factory=list)
    local: dict[str, JSON] = field(default_factory=dict)
    unsaid: list[tuple[Path, str]] = field(default_factory=list)


def read_dependencies(
    table: Table, *, extras: Mapping[str, Sequence[str]] | None = None
) -> Dependencies:
    """Read a table of dependencies; ``python`` is not one of them.

    ``extras`` are the extras by each of the names that belong to them; an optional
    dependency in none of them is left out, as Poetry does.
    """
    made = Dependencies()
    for name in table.values:
        if name.lower() == "python":
            continue
        if table.checked(parse_name, name, name) is None:
            continue
        wanted = (extras or {}).get(normalize_name(name), ())
        value = table.values[name]
        for item in value if isinstance(value, list) else [value]:
            _add(made, table, name, item, wanted)
    return made


def _add(
    made: Dependencies, table: Table, name: str, item: object, extras: Sequence[str]
) -> None:
    stated = {"version": item} if isinstance(item, str) else item
    if not isinstance(stated, dict):
        table.fault("must be a version constraint or a table", name)
        return
    if stated.get("optional") is True and not extras:
        return
    if any(key in stated for key in ("path", "file")):
        made.local[name] = table.json(name)
        reason = f"{name} is a file or folder beside the project"
        made.unsaid.append(((*table.path, name), reason))
        return
    try:
        made.requirements.append(_requirement(name, stated, extras))
    except ConstraintError as error:
        made.unsaid.append(((*table.path, name), f"{name} {error}"))
    except PysetupError as error:
        table.fault(f"is wrong: {error.message}", name)


def _requirement(name: str, stated: Mapping[str, object], extras: Sequence[str]) -> str:
    """Return the requirement; raises ``ConstraintError`` or ``PysetupError``."""
    asked = stated.get("extras")
    wanted = [str(extra) for extra in asked] if isinstance(asked, list) else []
    text = name + (f"[{','.join(wanted)}]" if wanted else "")
    location = _location(stated)
    text += (
        f" @ {location}"
        if location
        else to_specifiers(parse_constraint(_text(stated, "version") or "*"))
    )
    parse_requirement(text)
    for key in _CONSTRAINED:
        condition = _condition(key, _text(stated, key))
        if condition:
            text = _under(text, condition)
    if len(extras) == 1:
        return for_extra(parse_requirement(text), extras[0])
    choice = " or ".join(f'extra == "{extra}"' for extra in extras)
    return _under(text, choice) if choice else text


def _text(stated: Mapping[str, object], key: str) -> str:
    value = stated.get(key, "")
    if not isinstance(value, str):
        raise ConstraintError(f"has a {key} that is no string")
    return value


def _condition(key: str, text: str) -> str:
    if not text:
        return ""
    if key == "python":
        return to_python_marker(text)
    if key == "platform":
        return to_platform_marker(text)
    return str(parse_marker(text))


def _under(text: str, condition: str) -> str:
    requirement = parse_requirement(text)
    if requirement.marker is not None and " or " in condition:
        condition = f"({condition})"
    return str(parse_requirement(with_marker(requirement, condition)))


def _location(stated: Mapping[str, object]) -> str:
    """Return the URL of a direct reference, empty if it is none (PEP 440, PEP 508)."""
    folder = _text(stated, "subdirectory")
    fragment = f"#subdirectory={folder}" if folder else ""
    url = _text(stated, "url")
    if url:
        return url + fragment
    git = _text(stated, "git")
    if not git:
        return ""
    short = _SCP.fullmatch(git)
    if "://" not in git and short is not None:
        git = f"ssh://{short['user'] or ''}{short['host']}/{short['path']}"
    revision = next(
        (r for k in ("branch", "tag", "rev") if (r := _text(stated, k))), ""
    )
    return f"git+{git}{'@' + revision if revision else ''}{fragment}"
