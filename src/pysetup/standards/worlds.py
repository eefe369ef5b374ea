"""What hangs together in every environment: ``win32`` is ``nt`` and ``Windows``.

Markers spell one system in many ways, and two of them may exclude each other although
they name different variables.
"""

from typing import Final

from pysetup.standards.conditions import Condition, Conditions

# Each in one row is true exactly where the others are.
_SAME: Final = (
    ("sys_platform == 'win32'", "os_name == 'nt'", "platform_system == 'Windows'"),
    ("sys_platform == 'linux'", "platform_system == 'Linux'"),
    ("sys_platform == 'darwin'", "platform_system == 'Darwin'"),
    ("sys_platform == 'ios'", "platform_system == 'iOS'"),
    ("sys_platform == 'android'", "platform_system == 'Android'"),
    ("sys_platform == 'emscripten'", "platform_system == 'Emscripten'"),
    *(
        (
            f"implementation_name == '{name}'",
            f"platform_python_implementation == '{other}'",
        )
        for name, other in (
            *(("cpython", "CPython"), ("pypy", "PyPy"), ("graalpy", "GraalVM")),
            *(("jython", "Jython"), ("ironpython", "IronPython")),
        )
    ),
)
# Where the first is true, the second is.
_FOLLOWS: Final = tuple(
    (f"sys_platform == '{name}'", "os_name == 'posix'")
    for name in (
        *("linux", "darwin", "cygwin", "ios", "android", "emscripten", "wasi"),
    )
)
# What no Python 3 says of itself.
_NEVER: Final = ("sys_platform == 'linux2'", "sys_platform == 'linux3'")


def known_relations(conditions: Conditions) -> Condition:
    """Return what holds in every environment of Python 3.

    Systems and implementations that are not listed are free.
    """
    found = conditions.parse("python_version >= '3.0'")
    for texts in _SAME:
        first, *others = map(conditions.parse, texts)
        for other in others:
            found &= (first & other) | (~first & ~other)
    for text, follows in _FOLLOWS:
        found &= ~conditions.parse(text) | conditions.parse(follows)
    for text in _NEVER:
        found &= ~conditions.parse(text)
    return found
