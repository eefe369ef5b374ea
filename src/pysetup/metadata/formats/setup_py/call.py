"""Parsing setup.py, and finding the one call of setup() in it."""

import ast

from pysetup.late import late_pattern
from pysetup.metadata.formats.setup_py.faults import UnreadableSetupError
from pysetup.metadata.formats.tool_tables.python_source import parse_python

MAX_BYTES = 1024 * 1024
_MODULES = ("setuptools", "distutils.core", "distutils2.core", "numpy.distutils.core")
_PYTHON2 = late_pattern(
    r"^\s*(?:print\s+[^(=\s]|exec\s+[^(=\s]|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,)"
)
_PYTHON2_REASONS = ("multiple exception types", "Missing parentheses in call")
_HINT_PYTHON2 = "it is written for Python 2; bring it to Python 3 (2to3 setup.py)"


def parse_setup(content: bytes, *, source: str) -> ast.Module:
    """Return the syntax tree of a setup.py; raises ``UnreadableSetupError``."""
    if len(content) > MAX_BYTES:
        raise UnreadableSetupError(source, 1, f"it is larger than {MAX_BYTES} bytes")
    try:
        return parse_python(content, filename=source)
    except SyntaxError as error:
        line = error.lineno or 1
        lines = content.decode("latin-1").splitlines()
        shown = lines[line - 1] if line <= len(lines) else ""
        is_old = _PYTHON2.match(shown) or error.msg.startswith(_PYTHON2_REASONS)
        hint = _HINT_PYTHON2 if is_old else ""
        reason = f"it is not Python 3: {error.msg}"
        raise UnreadableSetupError(source, line, reason, hint=hint) from None
    except (ValueError, RecursionError, MemoryError):
        reason = "it has a null byte, or is nested too deeply"
        raise UnreadableSetupError(source, 1, reason) from None


def find_call(tree: ast.Module, *, source: str) -> ast.Call:
    """Return the only call of setup(); raises ``UnreadableSetupError``."""
    functions, modules = _imported(tree)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_setup(node.func, functions, modules)
    ]
    if not calls:
        raise UnreadableSetupError(source, 1, "it has no call of setup()")
    if len(calls) > 1:
        first, second = sorted(call.lineno for call in calls)[:2]
        reason = f"it calls setup() a second time (first in line {first})"
        raise UnreadableSetupError(source, second, reason)
    if calls[0].args:
        line = calls[0].args[0].lineno
        raise UnreadableSetupError(source, line, "setup() has positional arguments")
    return calls[0]


def _imported(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names of setup, and those of modules that have it."""
    functions: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for name in node.names:
                known = name.asname or name.name
                if node.module in _MODULES and name.name == "setup":
                    functions.add(known)
                elif f"{node.module}.{name.name}" in _MODULES:
                    modules.add(known)
        elif isinstance(node, ast.Import):
            modules.update(
                name.asname or name.name for name in node.names if name.name in _MODULES
            )
    return functions, modules


def _is_setup(node: ast.expr, functions: set[str], modules: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in functions
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "setup"
        and dotted_name(node.value) in modules
    )


def dotted_name(node: ast.expr) -> str:
    """Return ``a.b.c`` for such an expression; empty for any other."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join(reversed([*parts, node.id]))
