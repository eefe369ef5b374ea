"""The names of a module: which are bound once and for certain, and to what."""

import ast
from collections.abc import Iterator

from pysetup.metadata.formats.setup_py.call import dotted_name
from pysetup.values import dataclass, field

_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_CHANGING = (
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem",
    "remove", "reverse", "setdefault", "sort", "update",
)  # fmt: skip
# Functions that never change what they are given.
_HARMLESS = (
    "all", "any", "bool", "dict", "enumerate", "find_namespace_packages",
    "find_packages", "frozenset", "isinstance", "join", "len", "list", "max", "min",
    "print", "repr", "set", "setup", "sorted", "str", "sum", "tuple", "zip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name is bound to; ``opened`` are the names of a ``with`` around it."""

    value: ast.expr
    opened: tuple[tuple[str, ast.expr], ...] = ()


Opened = dict[ast.Call, tuple[tuple[str, ast.expr], ...]]


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of one module.

    ``bindings`` and ``functions`` are what is bound once, whatever happens;
    ``imports`` are dotted names of what is imported; ``changed`` are lines in which
    the content of a name is changed; ``executed`` is code that fills a dictionary.
    """

    bindings: dict[str, Binding] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    executed: dict[str, Binding] = field(default_factory=dict)
    uncertain: dict[str, int] = field(default_factory=dict)


def read_scope(tree: ast.Module) -> Scope:
    """Look at every name of the module; no name is followed."""
    scope = Scope()
    counts = _bound(tree, scope)
    blind = _last_blind_line(tree)
    for name, binding, line in _certain(tree.body):
        if counts.get(name, 0) > 1 or line <= blind:
            continue
        if isinstance(binding, ast.FunctionDef):
            scope.functions[name] = binding
        else:
            scope.bindings[name] = binding
    _note_changes(tree, scope)
    return scope


def _bound(tree: ast.Module, scope: Scope) -> dict[str, int]:
    """Count how often each name of the module is bound, anywhere in it."""
    counts: dict[str, int] = {}
    own: set[str] = set()
    for node in _module_level(tree):
        names: list[str] = []
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names = [node.id]
        elif isinstance(node, (*_OWN_SCOPE[:3], ast.ExceptHandler)):
            names = [node.name] if node.name else []
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = _imported(node, scope)
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            own.update(names)
        for name in names:
            counts[name] = counts.get(name, 0) + 1
            scope.uncertain[name] = getattr(node, "lineno", 0)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            counts.update(dict.fromkeys(node.names, 2))
            own.update(node.names)
    for name in own:
        scope.imports.pop(name, None)
    return counts


def _imported(node: ast.Import | ast.ImportFrom, scope: Scope) -> list[str]:
    names = []
    for name in node.names:
        known = name.asname or name.name
        if isinstance(node, ast.ImportFrom):
            scope.imports[known] = f"{node.module}.{name.name}"
        else:
            known = name.asname or name.name.partition(".")[0]
            scope.imports[known] = name.name if name.asname else known
        names.append(known)
    return names


def _module_level(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run in the scope of the module itself."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if not isinstance(current, _OWN_SCOPE):
            waiting.extend(ast.iter_child_nodes(current))


def _certain(
    body: list[ast.stmt], opened: tuple[tuple[str, ast.expr], ...] = ()
) -> Iterator[tuple[str, Binding | ast.FunctionDef, int]]:
    """Yield the bindings of statements that always run."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, Binding(node.value, opened), node.lineno
        elif isinstance(node, ast.AnnAssign):
            if isinstance(node.target, ast.Name) and node.value is not None:
                yield node.target.id, Binding(node.value, opened), node.lineno
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node, node.lineno
        elif isinstance(node, ast.With):
            yield from _certain(node.body, (*opened, *_opened(node)))
        elif isinstance(node, ast.If) and _is_main(node.test):
            yield from _certain(node.body, opened)


def _opened(node: ast.With) -> tuple[tuple[str, ast.expr], ...]:
    return tuple(
        (item.optional_vars.id, item.context_expr)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name)
    )


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], ast.Eq)
    )


def _last_blind_line(tree: ast.Module) -> int:
    """Return the last line that may bind any name at all; 0 if there is none."""
    lines = [0]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            lines.append(node.lineno)
        elif isinstance(node, ast.Call):
            name = dotted_name(node.func)
            if (name in ("exec", "execfile") and len(node.args) < 2) or (  # noqa: PLR2004
                name in ("globals", "locals", "vars") and not node.args
            ):
                lines.append(node.lineno)
    return max(lines)


def _calls(
    body: list[ast.stmt], opened: tuple[tuple[str, ast.expr], ...] = ()
) -> Iterator[tuple[ast.Call, tuple[tuple[str, ast.expr], ...]]]:
    """Yield calls that always run as statements, with the files that are open then."""
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node.value, opened
        elif isinstance(node, ast.With):
            yield from _calls(node.body, (*opened, *_opened(node)))


def _note_changes(tree: ast.Module, scope: Scope) -> None:
    aliases: list[tuple[str, str]] = []
    opened: Opened = dict(_calls(tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            _note_call(node, scope, opened)
        elif isinstance(node, (ast.Subscript, ast.Attribute)):
            if not isinstance(node.ctx, ast.Load):
                _note(node, scope)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            aliases += [
                (target.id, node.value.id)
                for target in node.targets
                if isinstance(target, ast.Name)
            ]
    for _ in aliases:
        for alias, name in aliases:
            if alias in scope.changed:
                scope.changed.setdefault(name, scope.changed[alias])


def _note_call(node: ast.Call, scope: Scope, opened: Opened) -> None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        _note(node.func.value, scope)
    function = dotted_name(node.func).rpartition(".")[2] or getattr(
        node.func, "attr", ""
    )
    if function in ("exec", "execfile") and len(node.args) == 2:  # noqa: PLR2004
        target = node.args[1]
        if isinstance(target, ast.Name) and target.id not in scope.changed:
            if node in opened:
                scope.executed[target.id] = Binding(node.args[0], opened[node])
            return
    if function in _HARMLESS:
        return
    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
        inner = argument.value if isinstance(argument, ast.Starred) else argument
        if isinstance(inner, ast.Name):
            _note(inner, scope)


def _note(node: ast.expr, scope: Scope) -> None:
    """Note that the content of the name that ``node`` begins with is changed."""
    line = node.lineno
    while not isinstance(node, ast.Name):
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return
    scope.changed.setdefault(node.id, line)
    scope.executed.pop(node.id, None)
