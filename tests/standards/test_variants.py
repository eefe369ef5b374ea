"""Wheel variants: which files are refused, and which variant comes first."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.standards.filenames import (
    InvalidFilenameError,
    parse_wheel_filename,
    wheel_filename,
)
from pysetup.standards.variants import (
    InvalidVariantsError,
    Variants,
    is_variant_label,
    variants_filename,
)
from pysetup.standards.versions import parse_version

GPU = {"cuda": {"version": ["12.6"]}}
CPU = {"x86_64": {"level": ["v3", "v4"]}}


def document(**variants: Any) -> bytes:
    made = {
        "default-priorities": {"namespace": ["cuda", "x86_64"]},
        "variants": variants,
        "$schema": "https://example.org/schema",
    }
    return json.dumps(made).encode()


@pytest.mark.parametrize(
    ("supported", "order"),
    [
        pytest.param({}, ("null",), id="a machine that supports nothing"),
        pytest.param(
            {"cuda": {"version": ["12.6"]}},
            ("gpu", "null"),
            id="what is not supported is left out",
        ),
        pytest.param(
            {"x86_64": {"level": ["v3"]}, "cuda": {"version": ["12.6"]}},
            ("both", "gpu", "cpu", "null"),
            id="namespaces in the project's order, and more properties first",
        ),
        pytest.param(
            {"cuda": {"version": ["13.0"]}}, ("null",), id="another value of a feature"
        ),
    ],
)
def test_variants_are_ordered(
    supported: dict[str, Any], order: tuple[str, ...]
) -> None:
    content = document(null={}, cpu=CPU, gpu=GPU, both={**GPU, **CPU})
    assert Variants.parse(content).ordered(supported) == order


def test_the_best_value_that_both_have_decides() -> None:
    low = {"x86_64": {"level": ["v1", "v2"]}}
    content = document(low=low, high=CPU)
    supported = {"x86_64": {"level": ["v3", "v2", "v1"]}}
    assert Variants.parse(content).ordered(supported) == ("high", "low")


def test_the_label_decides_between_equals() -> None:
    content = document(b=GPU, a=GPU)
    assert Variants.parse(content).ordered(GPU) == ("a", "b")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="nothing"),
        pytest.param(b'{"default-priorities": {"namespace": []}}', id="no variants"),
        pytest.param(document(null=GPU), id="null with properties"),
        pytest.param(document(gpu={}), id="another label without properties"),
        pytest.param(document(**{"G-PU": GPU}), id="a malformed label"),
        pytest.param(document(gpu=1), id="properties that are a number"),
        pytest.param(document(gpu={"other": {"a": ["b"]}}), id="no priority"),
        pytest.param(document(gpu={"cuda": {}}), id="no features"),
        pytest.param(document(gpu={"cuda": {"version": []}}), id="no values"),
        pytest.param(
            document(gpu={"cuda": {"version": "12"}}), id="a string of values"
        ),
        pytest.param(document(gpu={"cuda": {"Version": ["12"]}}), id="a bad feature"),
    ],
)
def test_what_is_no_list_of_variants(content: bytes) -> None:
    with pytest.raises(PysetupError):
        Variants.parse(content, source="variant.json")


def test_the_message_names_the_file() -> None:
    with pytest.raises(InvalidVariantsError, match=r"^demo/variant\.json is not"):
        Variants.parse(document(gpu={}), source="demo/variant.json")


def test_the_name_of_the_file_on_an_index() -> None:
    assert variants_filename("de_mo", "1.0") == "de_mo-1.0-variants.json"


labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.", min_size=1, max_size=20)


@given(labels, st.sampled_from(["", "1", "2b"]))
def test_every_label_comes_back_from_a_name(label: str, build: str) -> None:
    tags = ("cp311-cp311-linux_x86_64",)
    name = wheel_filename("demo", parse_version("1"), tags, build=build, variant=label)
    found = parse_wheel_filename(name)
    assert (found.variant, "".join(map(str, found.build))) == (label, build)
    assert is_variant_label(label)


@given(st.text("abz019_.-+ABé ", max_size=40))
def test_no_name_of_six_parts_or_more_is_a_failure(text: str) -> None:
    for stem in (f"demo-1-{text}", f"demo-1-py3-none-any-{text}"):
        with contextlib.suppress(InvalidFilenameError):
            parse_wheel_filename(f"{stem}.whl")


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("demo-1-py3-none-any-Cuda.whl", "label"),
        ("demo-1-py3-none-any-.whl", "label"),
        ("demo-1-py3-none-any.whlx", "format 2"),
    ],
)
def test_names_that_are_refused_say_why(filename: str, reason: str) -> None:
    with pytest.raises(InvalidFilenameError, match=reason):
        parse_wheel_filename(filename)
