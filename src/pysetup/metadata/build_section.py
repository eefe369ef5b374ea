"""The ``build`` section of a document: which of its ways run a project's own code."""

from collections.abc import Mapping

from pysetup.standards.jsontext import JSON

# What pysetup itself drives; another back end is under ``backend``.
_OWN_WAYS = ("hook", "commands", "adapter")


def runs_code(build: Mapping[str, JSON]) -> bool:
    """Tell whether pysetup builds by a hook, by commands or by an adapter.

    Otherwise the files are the wheel, or another back end builds it.
    """
    return any(build.get(way) for way in _OWN_WAYS)
