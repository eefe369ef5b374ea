"""The values of the marker variables that are words, as far as they are known."""

from typing import Final

# The variables whose values are words, in the order in which they are asked for.
WORDS: Final = (
    "implementation_name",
    "platform_python_implementation",
    "sys_platform",
    "os_name",
    "platform_system",
    "platform_machine",
)
# What may stand in a text that a marker looks for its variable in.
KNOWN_VALUES: Final = {
    "implementation_name": ("cpython", "pypy", "graalpy", "jython", "ironpython"),
    "platform_python_implementation": ("CPython", "PyPy", "GraalVM", "Jython"),
    "sys_platform": (
        *("linux", "linux2", "darwin", "win32", "cygwin", "aix", "ios", "android"),
        *("emscripten", "wasi"),
    ),
    "os_name": ("posix", "nt", "java"),
    "platform_system": ("Linux", "Darwin", "Windows", "Java", "iOS", "Android"),
    "platform_machine": (
        *("", "x86_64", "AMD64", "amd64", "aarch64", "arm64", "ARM64", "armv7l"),
        *("i386", "i686", "x86", "ppc64le", "s390x", "riscv64", "wasm32"),
    ),
}
_SEPARATORS = str.maketrans(dict.fromkeys(",;|/:()[]{}", " "))


def words_with(name: str, text: str) -> list[str]:
    """Return the values of a variable that contain ``text``, and ``text`` itself."""
    return [each for each in (*KNOWN_VALUES[name], text) if text in each]


def words_in(name: str, text: str) -> list[str]:
    """Return the values that are found in ``text``: its words, and those known.

    Pieces of words that no system is called are left out.
    """
    words = {*text.split(), *text.translate(_SEPARATORS).split()}
    return sorted(words | {each for each in KNOWN_VALUES[name] if each in text})
