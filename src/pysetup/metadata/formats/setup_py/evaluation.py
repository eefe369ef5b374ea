"""The value of an expression of setup.py, as far as it is certain without running."""

import ast
import posixpath
from collections.abc import Callable, Mapping

from pysetup.metadata.formats.pyproject import ProjectFiles
from pysetup.metadata.formats.setup_py.call import dotted_name
from pysetup.metadata.formats.setup_py.functions import (
    FUNCTIONS,
    METHODS,
    SEARCHES,
    search,
)
from pysetup.metadata.formats.setup_py.scope import Binding, Scope, read_scope
from pysetup.metadata.formats.setup_py.values import (
    MAX_LENGTH,
    FileText,
    OpenFile,
    ProjectPath,
    UnknownValueError,
    is_version_pattern,
    joined,
)
from pysetup.metadata.formats.tool_tables.python_source import parse_python
from pysetup.standards.paths import path_fault

_MAX_STEPS = 50_000
_MAX_DEPTH = 60
Names = Mapping[str, object]


class Evaluation:
    """Evaluates expressions of one module; files are read through ``files`` alone."""

    def __init__(self, tree: ast.Module, files: ProjectFiles | None) -> None:
        self._scope: Scope = read_scope(tree)
        self._doc = ast.get_docstring(tree, clean=False)
        self._files = files
        self._steps = 0
        self._depth = 0
        self._known: dict[str, object] = {}
        self._asked: set[str] = set()

    def value(self, node: ast.expr, names: Names | None = None) -> object:
        """Return the value of ``node``; ``names`` are those of a function around it.

        Raises ``UnknownValueError``.
        """
        self._steps += 1
        if self._steps > _MAX_STEPS or self._depth > _MAX_DEPTH:
            raise UnknownValueError("it is nested too deeply", node.lineno)
        evaluate = _NODES.get(type(node))
        if evaluate is None:
            raise UnknownValueError("it is computed when it runs", node.lineno)
        self._depth += 1
        try:
            made = evaluate(self, node, names or {})
        finally:
            self._depth -= 1
        if isinstance(made, (str, list, dict)) and len(made) > MAX_LENGTH:
            raise UnknownValueError("it is too long", node.lineno)
        return made

    def constant(self, name: str, line: int) -> object:
        """Return the value of a name of the module; raises ``UnknownValueError``."""
        if name in self._known:
            return self._known[name]
        if name == "__file__":
            return ProjectPath("setup.py")
        if name == "__doc__" and self._doc is not None:
            return self._doc
        binding = self._scope.bindings.get(name)
        if binding is None or name in self._asked:
            raise UnknownValueError(self._why_not(name), line)
        self._asked.add(name)
        made = self._bound(binding)
        if isinstance(made, (list, dict)) and name in self._scope.changed:
            where = self._scope.changed[name]
            raise UnknownValueError(f"{name} is changed in line {where}", line)
        self._known[name] = made
        return made

    def _bound(self, binding: Binding) -> object:
        opened: dict[str, object] = {}
        for name, node in binding.opened:
            opened[name] = self.value(node, opened)
        return self.value(binding.value, opened)

    def _why_not(self, name: str) -> str:
        if name in self._scope.imports:
            return f"{name} is imported"
        if name in self._scope.uncertain:
            return f"{name} is not assigned once and for certain"
        return f"{name} is not known"

    def dotted(self, node: ast.expr) -> str:
        """Return the full name of a function: ``join`` -> ``os.path.join``."""
        first, dot, rest = dotted_name(node).partition(".")
        if first in self._scope.uncertain and first not in self._scope.imports:
            return ""  # a name of the module's own
        return f"{self._scope.imports.get(first, first)}{dot}{rest}"

    def text_of(self, path: str, line: int) -> FileText:
        """Return the text of a file of the project."""
        normal = posixpath.normpath(path)
        if path_fault(normal) is not None:
            raise UnknownValueError("it reads a file outside the project", line)
        content = self._files.read_file(normal) if self._files else None
        if content is None:
            return FileText(normal, None)
        try:
            text = content.decode().removeprefix("\ufeff").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise UnknownValueError(f"{normal} is not UTF-8", line) from None
        return FileText(normal, text)

    # One method a kind of node.

    def _constant(self, node: ast.Constant, _: Names) -> object:
        if isinstance(node.value, (str, int, float)) or node.value is None:
            return node.value
        raise UnknownValueError("it is no text and no number", node.lineno)

    def _name(self, node: ast.Name, names: Names) -> object:
        if node.id in names:
            return names[node.id]
        return self.constant(node.id, node.lineno)

    def _joined_text(self, node: ast.JoinedStr, names: Names) -> object:
        parts = []
        for part in node.values:
            inner = part
            if isinstance(part, ast.FormattedValue):
                if part.conversion != -1 or part.format_spec is not None:
                    raise UnknownValueError("it is formatted", node.lineno)
                inner = part.value
            value = self._text(self.value(inner, names), node.lineno)
            parts.append(str(value))
        return joined(parts, node.lineno)

    def _text(self, value: object, line: int) -> object:
        """Return ``value`` with the text of a file in the place of the file."""
        if isinstance(value, FileText):
            if value.text is None:
                raise UnknownValueError(f"it stands in {value.path}", line)
            return value.text
        if isinstance(value, (ProjectPath, OpenFile)):
            raise UnknownValueError("it is a path of this computer", line)
        return value

    def _items(self, node: ast.List | ast.Tuple | ast.Set, names: Names) -> object:
        return self._expanded(node.elts, names)

    def _expanded(self, nodes: list[ast.expr], names: Names) -> list[object]:
        found: list[object] = []
        for item in nodes:
            if not isinstance(item, ast.Starred):
                found.append(self.value(item, names))
                continue
            several = self.value(item.value, names)
            if not isinstance(several, list):
                raise UnknownValueError("it is no list", item.lineno)
            found += several
        return found

    def _dict(self, node: ast.Dict, names: Names) -> object:
        made: dict[object, object] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, names)
            if key is not None:
                made[self._key(key, names)] = value
            elif isinstance(value, Mapping):
                made.update(value)
            else:
                raise UnknownValueError("it is no dictionary", item.lineno)
        return made

    def _key(self, node: ast.expr, names: Names) -> str:
        key = self.value(node, names)
        if not isinstance(key, str):
            raise UnknownValueError("a key of it is no text", node.lineno)
        return key

    def _sum(self, node: ast.BinOp, names: Names) -> object:
        left, right = self.value(node.left, names), self.value(node.right, names)
        if isinstance(node.op, ast.Div) and isinstance(left, ProjectPath):
            return ProjectPath(posixpath.join(left.path, str(right)))
        left, right = self._text(left, node.lineno), self._text(right, node.lineno)
        if isinstance(node.op, ast.Add):
            if isinstance(left, str) and isinstance(right, str):
                return left + right
            if isinstance(left, list) and isinstance(right, list):
                return left + right
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            return _filled(left, right, node.lineno)
        raise UnknownValueError("it is computed when it runs", node.lineno)

    def _item(self, node: ast.Subscript, names: Names) -> object:
        base, key = node.value, self.value(node.slice, names)
        if isinstance(base, ast.Name) and base.id in self._scope.executed:
            code = self._bound(self._scope.executed[base.id])
            return self._constant_of(code, str(key), node.lineno)
        value = self.value(base, names)
        if isinstance(value, dict) and key in value:
            return value[key]
        if isinstance(value, list) and isinstance(key, int) and key in _places(value):
            return value[key]
        raise UnknownValueError("it is computed when it runs", node.lineno)

    def _constant_of(self, code: object, name: str, line: int) -> object:
        """Return what the Python text ``code`` binds ``name`` to, for certain."""
        text = self._text(code, line)
        try:
            tree = parse_python(str(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise UnknownValueError(
                "it stands in a file that is no Python", line
            ) from None
        value = Evaluation(tree, None).constant(name, line)
        if not isinstance(value, str):
            raise UnknownValueError(f"{name} is no text", line)
        return value

    def _attribute(self, node: ast.Attribute, names: Names) -> object:
        value = self.value(node.value, names)
        if isinstance(value, ProjectPath) and node.attr == "parent":
            return ProjectPath(posixpath.dirname(value.path) or ".")
        raise UnknownValueError("it is computed when it runs", node.lineno)

    def _call(self, node: ast.Call, names: Names) -> object:
        if isinstance(node.func, ast.Name) and node.func.id in self._scope.functions:
            return self._own_function(node, names)
        name = self.dotted(node.func)
        keywords = {k.arg: k.value for k in node.keywords if k.arg is not None}
        if name in FUNCTIONS:
            arguments = self._expanded(node.args, names)
            if name == "dict" and not arguments:
                return {key: self.value(item, names) for key, item in keywords.items()}
            return FUNCTIONS[name](self, arguments, node.lineno)
        if name in SEARCHES:
            given = {key: self.value(item, names) for key, item in keywords.items()}
            return search(name, self._expanded(node.args, names), given, node.lineno)
        if isinstance(node.func, ast.Attribute):
            found = self._searched_version(node, names)
            if found is not None:
                return found
            base = self.value(node.func.value, names)
            method = METHODS.get(node.func.attr)
            if method is not None:
                arguments = self._expanded(node.args, names)
                return method(self, base, arguments, node.lineno)
        shown = name or "a function"
        raise UnknownValueError(f"{shown}() is called", node.lineno)

    def _searched_version(self, node: ast.Call, names: Names) -> object:
        """Return what ``re.search(PATTERN, TEXT, ...).group(1)`` finds, if certain.

        The pattern of the project is not run: it is enough that it looks for
        ``__version__ = "..."``, and that the file binds that name once to a text.
        """
        function = node.func
        assert isinstance(function, ast.Attribute)  # the caller has looked
        inner = function.value
        if function.attr != "group" or not isinstance(inner, ast.Call):
            return None
        if self.dotted(inner.func) not in ("re.search", "re.match"):
            return None
        pattern = self.value(inner.args[0], names) if inner.args else None
        first = node.args[0] if node.args else None
        is_first = isinstance(first, ast.Constant) and first.value == 1
        if len(inner.args) < 2 or not is_first or not is_version_pattern(str(pattern)):  # noqa: PLR2004
            raise UnknownValueError("it is found by a pattern", node.lineno)
        name = "__version__" if "__version__" in str(pattern) else "version"
        code = self.value(inner.args[1], names)
        return self._constant_of(code, name, node.lineno)

    def _own_function(self, node: ast.Call, names: Names) -> object:
        assert isinstance(node.func, ast.Name)  # the caller has looked
        function = self._scope.functions[node.func.id]
        given = self._expanded(node.args, names)
        told = function.args
        wanted = [argument.arg for argument in (*told.posonlyargs, *told.args)]
        plain = not (
            function.decorator_list or told.kwonlyargs or told.kwarg or node.keywords
        )
        if not plain or (len(given) < len(wanted)):
            raise UnknownValueError(f"{function.name}() is called", node.lineno)
        local: dict[str, object] = dict(zip(wanted, given, strict=False))
        rest = given[len(wanted) :]
        if told.vararg is not None:
            local[told.vararg.arg] = rest
        elif rest:
            raise UnknownValueError(f"{function.name}() is called", node.lineno)
        return self._returned(function.body, local, node.lineno)

    def _returned(
        self, body: list[ast.stmt], local: dict[str, object], line: int
    ) -> object:
        """Return what a body without branches returns."""
        for node in body:
            if isinstance(node, ast.Return) and node.value is not None:
                return self.value(node.value, local)
            if isinstance(node, ast.With):
                for item in node.items:
                    if isinstance(item.optional_vars, ast.Name):
                        opened = self.value(item.context_expr, local)
                        local[item.optional_vars.id] = opened
                rest = body[body.index(node) + 1 :]
                return self._returned([*node.body, *rest], local, line)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                local[node.targets[0].id] = self.value(node.value, local)
            elif not (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            ):
                break
        raise UnknownValueError("it is computed by a function", line)


def _filled(text: str, values: object, line: int) -> str:
    """Return ``text % values`` where nothing but ``%s`` is to be filled."""
    given = values if isinstance(values, list) else [values]
    parts = text.replace("%%", "\0").split("%s")
    if (
        "\0" in text
        or any("%" in part for part in parts)
        or len(parts) != len(given) + 1
        or not all(isinstance(value, (str, int)) for value in given)
    ):
        raise UnknownValueError("it is formatted", line)
    filled = [
        piece
        for value, part in zip(given, parts[1:], strict=True)
        for piece in (str(value), part)
    ]
    return joined([parts[0], *filled], line).replace("\0", "%")


def _places(value: list[object]) -> range:
    return range(-len(value), len(value))


_NODES: Mapping[type[ast.expr], Callable[..., object]] = {
    ast.Constant: Evaluation._constant,  # noqa: SLF001 - the table of this class
    ast.Name: Evaluation._name,  # noqa: SLF001
    ast.JoinedStr: Evaluation._joined_text,  # noqa: SLF001
    ast.List: Evaluation._items,  # noqa: SLF001
    ast.Tuple: Evaluation._items,  # noqa: SLF001
    ast.Set: Evaluation._items,  # noqa: SLF001
    ast.Dict: Evaluation._dict,  # noqa: SLF001
    ast.BinOp: Evaluation._sum,  # noqa: SLF001
    ast.Subscript: Evaluation._item,  # noqa: SLF001
    ast.Attribute: Evaluation._attribute,  # noqa: SLF001
    ast.Call: Evaluation._call,  # noqa: SLF001
}
