"""Every error of the package: a code of its own, and a page for ``explain``."""

import importlib
import inspect
import pkgutil
import re

import pytest

import pysetup
from pysetup.errors import CATEGORIES, PysetupError, redact

ROOM_BASES = 9  # one for each class digit, in errors.py


def _error_classes() -> list[type[PysetupError]]:
    for module in pkgutil.walk_packages(pysetup.__path__, "pysetup."):
        importlib.import_module(module.name)
    found: list[type[PysetupError]] = []
    waiting: list[type[PysetupError]] = [PysetupError]
    while waiting:
        for error in waiting.pop().__subclasses__():
            if error not in found and error.__module__.startswith("pysetup."):
                found.append(error)
                waiting.append(error)
    return sorted(found, key=lambda error: (error.code, error.__qualname__))


ERRORS = _error_classes()
EACH = pytest.mark.parametrize(
    "error", [pytest.param(error, id=error.__name__) for error in ERRORS]
)


def test_no_two_errors_have_the_same_code() -> None:
    by_code: dict[str, list[str]] = {}
    for error in ERRORS:
        by_code.setdefault(error.code, []).append(error.__qualname__)
    assert {code: names for code, names in by_code.items() if len(names) > 1} == {}


@EACH
def test_a_code_is_of_the_class_of_its_base(error: type[PysetupError]) -> None:
    assert re.fullmatch(r"PS[1-9][0-9]{3}", error.code)
    assert "code" in vars(error)
    parent = error.__base__
    assert parent is not None
    assert issubclass(parent, PysetupError)
    assert parent is PysetupError or parent.code[:3] == error.code[:3]
    assert int(error.code[2]) in CATEGORIES


@EACH
def test_an_error_has_a_page(error: type[PysetupError]) -> None:
    text = inspect.cleandoc(vars(error).get("__doc__") or "")
    lines = [line for line in text.splitlines() if line.strip()]
    is_base = error.__module__ == "pysetup.errors"
    assert len(lines) >= (1 if is_base else 2), "say what it means, why, what to do"
    assert error.__name__.endswith("Error")


def test_only_the_bases_stand_on_the_ground_floor() -> None:
    bases = [error for error in ERRORS if error.__module__ == "pysetup.errors"]
    assert sorted(error.code for error in bases) == [
        f"PS{digit}000" for digit in range(1, ROOM_BASES + 1)
    ]


def test_an_error_knows_its_class() -> None:
    error = PysetupError("it broke", facts={"file": "x"}, hints=("mend it",))
    assert (error.exit_code, error.category) == (70, "bug")
    assert (str(error), error.facts, error.hints) == (
        "it broke",
        {"file": "x"},
        ("mend it",),
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/p", "https://h/p"),
        ("https://user:secret@h:80/p?token=1#f", "https://***@h:80/p?***"),
        ("https://user:se/cret@h/p", "https://***@h/p"),
        ("https://h:8080/a@1", "https://h:8080/a@1"),
        ("https://[::1]/a@1", "https://[::1]/a@1"),
        ("no url", "no url"),
    ],
)
def test_secrets_are_not_shown(url: str, shown: str) -> None:
    assert redact(url) == shown
