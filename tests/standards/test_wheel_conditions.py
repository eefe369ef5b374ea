"""Where wheels run, as their tags say, written as markers."""

import pytest

from pysetup.standards.condition_text import marker_text
from pysetup.standards.conditions import Conditions
from pysetup.standards.tags import parse_tag
from pysetup.standards.wheel_conditions import WheelConditions
from pysetup.standards.worlds import known_relations

CPYTHON, PYPY = "implementation_name == 'cpython'", "implementation_name == 'pypy'"
LINUX, MAC = "sys_platform == 'linux'", "sys_platform == 'darwin'"
INTEL = "platform_machine == 'x86_64'"
TAGS = {
    "everywhere": ("py3-none-any", ""),
    "Python 2 too": ("py2.py3-none-any", ""),
    "Python 2 alone": ("py2-none-any", "python_version < '0'"),
    "from a Python on": ("py310-none-any", "python_version >= '3.10'"),
    "one CPython": ("cp310-cp310-any", f"python_version == '3.10' and {CPYTHON}"),
    "one CPython without the GIL": (
        "cp313-cp313t-any",
        f"python_version == '3.13' and {CPYTHON}",
    ),
    "the stable ABI": (
        "cp39-abi3-manylinux_2_17_x86_64",
        f"python_version >= '3.9' and {CPYTHON} and {LINUX} and {INTEL}",
    ),
    "a PyPy": ("pp310-pypy310_pp73-any", f"python_version == '3.10' and {PYPY}"),
    "another implementation": (
        "graalpy311-graalpy240_311_native-any",
        "python_version == '3.11' and implementation_name == 'graalpy'",
    ),
    "Linux": ("py3-none-linux_armv6l", f"{LINUX} and platform_machine == 'armv6l'"),
    "musl": (
        "py3-none-musllinux_1_2_aarch64",
        f"{LINUX} and platform_machine == 'aarch64'",
    ),
    "both macOS machines": (
        "py3-none-macosx_11_0_universal2",
        f"{MAC} and (platform_machine == 'arm64' or {INTEL})",
    ),
    "one macOS machine": (
        "py3-none-macosx_11_0_arm64",
        f"{MAC} and platform_machine == 'arm64'",
    ),
    "Windows": (
        "py3-none-win_amd64",
        "sys_platform == 'win32' and platform_machine == 'AMD64'",
    ),
    "Windows of 32 bits": (
        "py3-none-win32",
        "sys_platform == 'win32' and platform_machine == 'x86'",
    ),
    "the browser": (
        "py3-none-pyodide_2024_0_wasm32",
        "sys_platform == 'emscripten' and platform_machine == 'wasm32'",
    ),
    "two systems in one file": (
        "py3-none-win_amd64.manylinux_2_17_x86_64",
        (
            f"{LINUX} and {INTEL}"
            " or sys_platform == 'win32' and platform_machine == 'AMD64'"
        ),
    ),
}


@pytest.mark.parametrize(("tags", "marker"), TAGS.values(), ids=TAGS)
def test_tags_are_a_condition(tags: str, marker: str) -> None:
    conditions = Conditions()
    found = WheelConditions(conditions).of(parse_tag(tags))
    care = known_relations(conditions) & conditions.parse("python_version < '4'")
    assert marker_text(found, assuming=care) == marker


def test_a_system_that_nobody_knows_is_none_of_the_known() -> None:
    conditions = Conditions()
    found = WheelConditions(conditions).of(parse_tag("py3-none-freebsd_14_x86_64"))
    assert found.is_disjoint(conditions.parse(LINUX))
    assert found & conditions.parse("sys_platform == 'freebsd14'")
    assert found.is_disjoint(conditions.parse("platform_machine == 'arm64'"))
