"""What a lock was made from, as it keeps it, and in words what differs from that."""

import json
from collections.abc import Mapping

from pysetup.interchange.pylock.differences import lock_changes
from pysetup.interchange.pylock.model import LockFile
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.resolving.universal_scope import UniversalScope

# The settings that a lock depends on, and the one with a value of its own.
_SETTINGS = (
    *("pre", "prerelease", "all_releases", "only_final"),
    *("only_binary", "no_binary", "prefer_binary", "exclude_newer"),
)
_USUAL = {"prerelease": "if-necessary"}


def recorded(task: LockTask) -> dict[str, JSON]:
    """Return what the lock keeps of its inputs and of how it was resolved."""
    kept: dict[str, JSON] = {"target": task.target}
    return {**kept, **_options(task, task.context), **task.inputs.recorded()}


def _options(task: LockTask, context: Context) -> dict[str, JSON]:
    """Return the options that differ from what they are by themselves."""
    options: dict[str, JSON] = {}
    if task.choice.strategy != "highest":
        options["resolution"] = task.choice.strategy
    options |= _scope(task.choice.scope)
    for key in _SETTINGS:
        value = getattr(context.settings, key)
        if value and value != _USUAL.get(key):
            told = list(value) if isinstance(value, tuple) else value
            options[key.replace("_", "-")] = told
    return options


def _scope(scope: UniversalScope) -> dict[str, JSON]:
    told: dict[str, JSON] = {
        "environments": list(scope.environments),
        "required-environments": list(scope.required_environments),
        "conflicts": [", ".join(map(str, one)) for one in scope.conflicts],
    }
    return {key: value for key, value in told.items() if value}


def input_differences(
    recorded: Mapping[str, JSON],
    now: Mapping[str, JSON],
    places: Mapping[str, str],
) -> tuple[str, ...]:
    """Return in words how inputs differ from those that a lock was made from."""
    told: list[str] = []
    for key in dict.fromkeys([*now, *recorded]):
        old, new = recorded.get(key), now.get(key)
        if old == new:
            continue
        if key in ("extras", "groups"):
            told += _table_differences(key, old, new, places)
        elif key in ("requires", "constraints", "overrides"):
            told += _list_differences("", old, new, places)
        else:
            told.append(f"{key} is {_said(new)}, and was {_said(old)}")
    return tuple(told)


def _table_differences(
    key: str, old: JSON, new: JSON, places: Mapping[str, str]
) -> list[str]:
    one = old if isinstance(old, Mapping) else {}
    other = new if isinstance(new, Mapping) else {}
    kind = {"extras": "extra", "groups": "group"}[key]
    told: list[str] = []
    for name in sorted({*one, *other}):
        if name not in one:
            told.append(f"the {kind} {name} is new")
        elif name not in other:
            told.append(f"the {kind} {name} is gone")
        else:
            told += _list_differences(
                f" to the {kind} {name}", one[name], other[name], places
            )
    return told


def _list_differences(
    where: str, old: JSON, new: JSON, places: Mapping[str, str]
) -> list[str]:
    one = list(map(str, old)) if isinstance(old, list) else []
    other = list(map(str, new)) if isinstance(new, list) else []
    gone = where.replace(" to ", " from ", 1)
    told = []
    for text in other:
        if text not in one:
            place = places.get(text, "")
            told.append(f"{text} was added{where}" + (f" ({place})" if place else ""))
    return told + [f"{text} is gone{gone}" for text in one if text not in other]


def _said(value: JSON) -> str:
    return "not set" if value is None else json.dumps(value)


def lock_differences(old: LockFile, new: LockFile) -> tuple[str, ...]:
    """Return in words how the lock ``old`` differs from the right one."""
    told = lock_changes(old, new).lines()
    fields = (
        *("environments", "requires_python", "extras"),
        *("dependency_groups", "default_groups"),
    )
    others = [name for name in fields if getattr(old, name) != getattr(new, name)]
    return (*told, *(f"{name.replace('_', '-')} differs" for name in others))
