"""Why a build failed, read from its output: what is missing, and how to get it.

A table of what compilers, linkers, build tools and Python itself print. Pure; the
nearest to the end of the output counts, since tools fail last where they fail.
"""

import re
from collections import deque
from collections.abc import Callable

from pysetup.late import late_pattern
from pysetup.platforms.names.system_packages import Host, Kind, Need, install_command
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# Escape sequences of terminals (ECMA-48): colours, cursor moves, titles.
_ESCAPES = late_pattern(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)"
)
_TAIL = 64 * 1024
_NAME = r"[\w][\w.+-]{0,99}"
_PATH = r"[\w][\w.+/-]{0,199}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong in one sentence, next steps, and what the system lacks if so."""

    what: str
    hints: tuple[str, ...]
    missing: Need | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "what": self.what,
            "hints": list(self.hints),
            "missing": None if self.missing is None else self.missing.to_json(),
        }


def plain_line(line: str) -> str:
    """Return ``line`` without the escape sequences of terminals."""
    return _ESCAPES.sub("", line).rstrip()


def diagnose(output: str, *, killed: bool, host: Host) -> Diagnosis | None:
    """Say why a build with this ``output`` failed; None where it cannot be told.

    ``killed`` tells that it ended by SIGKILL, as the kernel does when memory runs
    out; ``host`` is where what is missing would be installed.
    """
    text = _ESCAPES.sub("", output[-_TAIL:])
    found: tuple[int, Diagnosis] | None = None
    for rule in _RULES:
        matches = deque(rule.pattern.finditer(text), maxlen=1)
        if matches and (found is None or matches[0].start() > found[0]):
            found = matches[0].start(), rule.explain(matches[0], host)
    if found is not None:
        return found[1]
    return _OUT_OF_MEMORY if killed else None


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    explain: Callable[[re.Match[str], Host], Diagnosis]


def _lacks(kind: Kind, sentence: str, *patterns: str) -> list[_Rule]:
    """Return rules for something of the system; the first group is its name."""

    def explain(match: re.Match[str], host: Host) -> Diagnosis:
        return _missing(Need(kind, match[1]), sentence.format(match[1]), host)

    return [_Rule(re.compile(text, re.MULTILINE), explain) for text in patterns]


def _lacks_always(need: Need, sentence: str, *patterns: str) -> list[_Rule]:
    """Return rules for messages that can mean but one thing."""

    def explain(match: re.Match[str], host: Host) -> Diagnosis:
        del match
        return _missing(need, sentence, host)

    return [_Rule(re.compile(text, re.MULTILINE), explain) for text in patterns]


def _missing(need: Need, sentence: str, host: Host) -> Diagnosis:
    command = install_command(need, host)
    hint = f"install what provides {need.name}, and build again"
    if command is not None:
        hint = f"on {host.name}:  {command}"
    return Diagnosis(sentence, (hint,), need)


def _says(sentence: str, hints: tuple[str, ...], *patterns: str) -> list[_Rule]:
    """Return rules for all else; the first group stands in sentence and hints."""

    def explain(match: re.Match[str], host: Host) -> Diagnosis:
        del host
        name = match[1] if match.re.groups else ""
        return Diagnosis(
            sentence.format(name), tuple(hint.format(name) for hint in hints)
        )

    return [_Rule(re.compile(text, re.MULTILINE), explain) for text in patterns]


_TOOLS = (
    "cc|gcc|g\\+\\+|c\\+\\+|clang|clang\\+\\+|gfortran|cargo|rustc|go|cmake|ninja|make|"
    "pkg-config|pkgconf|swig|nasm|yasm|git|hg|patchelf|protoc|bison|flex|autoconf|"
    "automake|libtool|meson|pg_config|mysql_config|mariadb_config|gdal-config|"
    "geos-config|llvm-config|mpicc|mpicxx|node|npm|krb5-config|curl-config"
)
# Compilers are often called by the name of their target.
_PREFIX = r"\w+-linux-\w+-"
_FEWER_JOBS = (
    "build with fewer jobs at once (MAX_JOBS=1, CMAKE_BUILD_PARALLEL_LEVEL=1), or with "
    "more memory"
)
_OUT_OF_MEMORY = Diagnosis(
    "it was killed from outside, as happens when the memory runs out", (_FEWER_JOBS,)
)
_RULES: tuple[_Rule, ...] = (
    *_lacks(
        "command",
        "the program {} is not on this machine",
        rf"(?:command|execvp:?) '?(?:\S*/)?(?:{_PREFIX})?({_TOOLS})'? failed: "
        "No such file or directory",
        rf"unable to execute '(?:{_PREFIX})?({_TOOLS})'",
        rf"(?:^|[:\s])({_TOOLS}): (?:command )?not found\b",
        rf"No such file or directory: '(?:\S*/)?(?:{_PREFIX})?({_TOOLS})'",
        r"Unknown compiler\(s\): \[\[?'(cc|c\+\+|gfortran|rustc)'",
        r"Could not find (cmake|ninja) executable",
        rf"ERROR: Program '({_TOOLS})' not found",
        r"Error: (pg_config|mysql_config) executable not found",
        r"(cargo), the Rust package manager, is not installed",
    ),
    *_lacks(
        "header",
        "the header {} of a C library is not on this machine",
        rf"fatal error: ({_PATH}): No such file or directory",
        rf"fatal error: '({_PATH})' file not found",
        rf"Cannot open include file: '({_PATH})'",
    ),
    *_lacks(
        "library",
        "the linker cannot find the library {}",
        rf"cannot find -l({_NAME}?)(?::|\s|$)",
        rf"ld: library '({_NAME})' not found",
    ),
    *_lacks(
        "pkg-config",
        "the library {} cannot be found",
        rf"Package '?({_NAME}?)'?,? (?:was )?not found(?: in the pkg-config|\s*$)",
        rf"Package '({_NAME})', required by '[^']*', not found",
        rf"No package '({_NAME})' found",
        rf"Dependency \"({_NAME})\" not found",
    ),
    *_lacks_always(
        Need("name", "compiler/c"),
        "there is no C compiler on this machine",
        r"No CMAKE_C_COMPILER could be found",
        r"no acceptable C compiler found in \$PATH",
    ),
    *_lacks_always(
        Need("name", "compiler/c++"),
        "there is no C++ compiler on this machine",
        r"No CMAKE_CXX_COMPILER could be found",
    ),
    *_lacks_always(
        Need("name", "compiler/fortran"),
        "there is no Fortran compiler on this machine",
        r"No CMAKE_Fortran_COMPILER could be found",
    ),
    *_lacks_always(
        Need("name", "compiler/rust"),
        "there is no Rust compiler on this machine",
        r"(?i:can'?t find rust compiler)",
    ),
    *_lacks("name", "CMake cannot find {}", rf"Could NOT find ({_NAME}) \(missing"),
    *_says(
        "the package setup finds several top-level packages and will not choose",
        (
            "name what belongs to it: [tool.setuptools] packages = [...]",
            "or move the code into src/",
        ),
        r"Multiple top-level (?:packages|modules) discovered in a flat-layout",
    ),
    *_says(
        "the project wants use_2to3, which setuptools gave up in version 58",
        ('limit it:  echo "setuptools<58" > old.txt;  --build-constraint old.txt',),
        r"use_2to3 is invalid",
    ),
    *_says(
        "the project imports distutils, which Python has no longer had since 3.12",
        (
            'add "setuptools" to [build-system] requires: it brings its own distutils',
            "or build with an older Python:  --python 3.11",
        ),
        r"No module named '(distutils)(?:\.[\w.]+)?'",
    ),
    *_says(
        "the project imports pkg_resources, which newer setuptools does not have",
        ('limit it:  echo "setuptools<82" > old.txt;  --build-constraint old.txt',),
        r"No module named '(pkg_resources)(?:\.[\w.]+)?'",
    ),
    *_says(
        "the Python module {} is missing in the build environment",
        (
            "add the distribution that has it to [build-system] requires",
            "or install it yourself and build with  --no-isolation",
        ),
        r"ModuleNotFoundError: No module named '([\w.]{1,100})'",
        r"^BackendUnavailable: Cannot import '([\w.]{1,100})'",
    ),
    *_says(
        "the project's own back end {} is not there",
        ("correct build-backend or backend-path in pyproject.toml",),
        r"^Cannot find module '([\w.]{1,100})' in \[",
    ),
    *_says(
        "the project does not support this Python",
        ("build with another one:  --python 3.X",),
        r"requires Python '[^'\n]{1,80}' but the running Python is",
        r"requires a different Python:",
        r"(?:Python version|Python) (?:>=|<|>)\s?[\d.]+ (?:is )?required",
    ),
    *_says(
        "the build uses the network, which did not answer",
        ("try again with network, or give what it fetches in another way",),
        r"(?:Temporary failure in name resolution|Name or service not known)",
        r"Could not resolve host: ",
        r"urlopen error \[Errno -?\d+\]",
        r"Network is unreachable",
    ),
    *_says(
        "the disk is full",
        ("make room, or name another temporary folder:  TMPDIR=/elsewhere",),
        r"No space left on device",
        r"Disk quota exceeded",
    ),
    *_says(
        "the memory ran out",
        (_FEWER_JOBS,),
        r"virtual memory exhausted",
        r"fatal error: Killed signal terminated program",
        r"^MemoryError",
        r"std::bad_alloc",
    ),
    *_says(
        "a file or folder may not be written",
        ("check who owns it, and whether its file system is mounted noexec",),
        r"PermissionError: \[Errno 13\] Permission denied: '([^'\n]{1,200})'",
    ),
)
