"""Wheel variants (PEP 825, draft of 2026-05-11): properties, and which come first."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.values import dataclass

NULL_LABEL = "null"
VARIANT_JSON = "variant.json"
MAX_BYTES = 4 * 1024 * 1024
_LABEL = late_pattern(r"[0-9a-z_.]+")
_NAME = late_pattern(r"[0-9a-z_]+")
_VALUE = late_pattern(r"[0-9a-z_.]+")

# namespace -> feature -> values, the first is the best.
Properties = Mapping[str, Mapping[str, Sequence[str]]]


class InvalidVariantsError(UsageError):
    """A list of wheel variants does not follow the draft of PEP 825.

    ``variant.json`` in a wheel, or ``NAME-VERSION-variants.json`` on an index, says
    which properties (namespace, feature, value) stand behind a variant's label.
    """

    code = "PS2720"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not a list of wheel variants: {reason}",
            facts={"file": source},
            hints=("take a wheel without a variant label, or rebuild this one",),
        )
        self.source, self.reason = source, reason


@dataclass(frozen=True, slots=True)
class Variants:
    """The variants of a release: their properties by label, and default priorities.

    ``namespaces`` come in the order in which the project prefers them.
    """

    namespaces: tuple[str, ...]
    properties: Mapping[str, Properties]

    @classmethod
    def parse(cls, content: bytes, *, source: str = VARIANT_JSON) -> Self:
        """Read ``variant.json``; unknown keys are passed over.

        Raises ``InvalidJsonError`` or ``InvalidVariantsError``.
        """
        document = parse_json_object(content, source=source, limit=MAX_BYTES)
        priorities = document.get("default-priorities", {})
        listed = priorities.get("namespace") if isinstance(priorities, dict) else None
        if not _is_names(listed, _NAME):
            raise InvalidVariantsError(source, "default-priorities has no namespaces")
        variants = document.get("variants")
        if not isinstance(variants, dict):
            raise InvalidVariantsError(source, "it has no variants")
        assert isinstance(listed, list), "it was checked"
        namespaces = tuple(map(str, listed))
        found = {
            label: _properties(label, value, namespaces, source=source)
            for label, value in variants.items()
        }
        return cls(namespaces, found)

    def ordered(self, supported: Properties) -> tuple[str, ...]:
        """Return the labels whose variants this machine supports, best first.

        ``supported`` is what the machine offers, the best value of a feature first.
        All features of a variant must be there, each with one of its values. Null,
        which asks for nothing, comes last of all. The order of namespaces is the
        project's, that of features and values the machine's.
        """
        fitting = {
            label: best
            for label, properties in self.properties.items()
            if (best := _best_values(properties, supported)) is not None
        }
        order = _positions(self.namespaces, supported)
        never = (len(self.namespaces), 0, 0)

        def rank(label: str) -> tuple[bool, list[tuple[int, int, int]], str]:
            places = sorted((*order[key], value) for key, value in fitting[label])
            # More properties win where the first ones are equal.
            return label == NULL_LABEL, [*places, never], label

        return tuple(sorted(fitting, key=rank))


def is_variant_label(text: str) -> bool:
    """Tell whether ``text`` can stand behind the platform in a wheel's name."""
    return bool(_LABEL.fullmatch(text))


def variants_filename(name: str, version: str) -> str:
    """Return the name of the file on an index; both as wheel names have them."""
    return f"{name}-{version}-variants.json"


def _properties(
    label: str, value: JSON, namespaces: Iterable[str], *, source: str
) -> Properties:
    if not is_variant_label(label):
        raise InvalidVariantsError(source, f"{label[:40]!r} is no label")
    if not isinstance(value, dict):
        raise InvalidVariantsError(source, f"{label} has no properties")
    if (label == NULL_LABEL) != (not value):
        raise InvalidVariantsError(source, "null, and it alone, has no properties")
    made: dict[str, dict[str, tuple[str, ...]]] = {}
    for namespace, features in value.items():
        if namespace not in namespaces:
            raise InvalidVariantsError(source, f"{namespace[:40]!r} has no priority")
        if not isinstance(features, dict) or not features:
            raise InvalidVariantsError(source, f"{namespace} has no features")
        for feature, values in features.items():
            if not _NAME.fullmatch(feature) or not _is_names(values, _VALUE):
                raise InvalidVariantsError(
                    source, f"{namespace} :: {feature[:40]!r} has no proper values"
                )
            assert isinstance(values, list), "it was checked"
            made.setdefault(namespace, {})[feature] = tuple(map(str, values))
    return made


def _is_names(value: JSON, pattern: re.Pattern[str]) -> bool:
    return (
        isinstance(value, list)
        and (bool(value) or pattern is _NAME)
        and all(isinstance(one, str) and pattern.fullmatch(one) for one in value)
    )


def _best_values(
    properties: Properties, supported: Properties
) -> tuple[tuple[tuple[str, str], int], ...] | None:
    """Return the rank of the best value of each feature; None if one does not fit."""
    found: list[tuple[tuple[str, str], int]] = []
    for namespace, features in properties.items():
        for feature, values in features.items():
            offered = list(supported.get(namespace, {}).get(feature, ()))
            ranks = [offered.index(value) for value in values if value in offered]
            if not ranks:
                return None
            found.append(((namespace, feature), min(ranks)))
    return tuple(found)


def _positions(
    namespaces: Sequence[str], supported: Properties
) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (namespace, feature): (position, index)
        for position, namespace in enumerate(namespaces)
        for index, feature in enumerate(supported.get(namespace, {}))
    }
