"""Classes of values behave as those of the standard library do."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pysetup import values

# Looked up by name: type checkers see the standard library's decorator in both.
OURS: Any = vars(values)["dataclass"]
FIELD: Any = vars(values)["field"]


def points(dataclass: Any, field: Any, **options: bool) -> Any:
    @dataclass(slots=True, **options)
    class Point:
        x: int
        y: int = 2
        marks: list[int] = field(default_factory=list)
        note: str = field(default="", compare=False)

        def moved(self) -> int:
            return self.x + 1

    return Point


FROZEN = [
    pytest.param({"frozen": True}, id="frozen"),
    pytest.param({"frozen": True, "kw_only": True}, id="by keyword alone"),
    pytest.param({"frozen": True, "order": True}, id="ordered"),
    pytest.param({"frozen": False}, id="one that changes"),
    pytest.param({"frozen": True, "eq": False}, id="equal by identity alone"),
]


def told(call: Callable[[], object]) -> object:
    """Return what ``call`` gives or raises, but for where its class stands."""
    try:
        return call()
    except (TypeError, AttributeError) as error:
        return (type(error), str(error))


@pytest.mark.parametrize("options", FROZEN)
def test_a_class_does_what_the_standard_library_s_does(
    options: dict[str, bool],
) -> None:
    def facts(kind: Any) -> list[object]:
        one, same, other = kind(x=1), kind(x=1, note="n"), kind(x=2, y=0, marks=[3])
        return [
            repr(one),
            repr(other),
            one == same,
            one == other,
            one == 1,
            told(lambda: one < other),
            told(lambda: one >= other),
            told(lambda: one < 1),
            told(lambda: hash(kind(x=1, marks=(1,))) == hash(kind(x=1, marks=(1,)))),
            told(lambda: setattr(one, "x", 5)),
            told(lambda: delattr(one, "y")),
            told(kind),
            told(lambda: kind(1, 2, [], "n", 5)),
            told(lambda: kind(x=1, z=2)),
            kind.__match_args__,
            kind.__slots__,
            kind.__qualname__,
            other.moved(),
            [field.name for field in dataclasses.fields(kind)],
            [field.compare for field in dataclasses.fields(kind)],
            [field.kw_only for field in dataclasses.fields(kind)],
            dataclasses.is_dataclass(kind),
            dataclasses.asdict(other),
            dataclasses.replace(other, x=7).x,
            copy.copy(other).marks,
            copy.deepcopy(other).y,
            kind(x=1).marks is kind(x=1).marks,
        ]

    ours = facts(points(OURS, FIELD, **options))
    assert ours == facts(points(dataclasses.dataclass, dataclasses.field, **options))


def test_replace_takes_values_of_both_makers() -> None:
    for kind in (
        points(OURS, FIELD, frozen=True),
        points(dataclasses.dataclass, dataclasses.field, frozen=True),
    ):
        changed = values.replace(kind(1), y=5)
        assert (changed.x, changed.y) == (1, 5)
        assert values.field_names(kind) == ("x", "y", "marks", "note")


@values.dataclass(frozen=True, slots=True)
class Kept:
    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")


def test_values_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept("a"))) == Kept("a")


def test_a_frozen_value_takes_no_attribute_that_it_does_not_have() -> None:
    # The standard library's own classes with slots stumble here, with a TypeError.
    with pytest.raises(dataclasses.FrozenInstanceError):
        points(OURS, FIELD, frozen=True)(1).unknown = 5


def test_what_follows_the_init_is_called() -> None:
    with pytest.raises(ValueError, match="no name"):
        Kept("")


def test_a_class_of_values_loads_neither_dataclasses_nor_inspect() -> None:
    program = (
        "import sys; from pysetup.values import dataclass, replace\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class A:\n    x: int\n"
        "assert replace(A(1), x=2) == A(2)\n"
        "print({'dataclasses', 'inspect'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
