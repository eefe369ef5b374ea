"""What a Python module states literally: its docstring and its constants. Never run."""

import ast
import warnings

from pysetup.metadata.formats.tool_tables.statement import Files
from pysetup.values import dataclass

MAX_BYTES = 1024 * 1024


def parse_python(content: bytes | str, *, filename: str = "<unknown>") -> ast.Module:
    """Return the syntax tree of Python, without a word about its style.

    Escapes that are none, in a text of theirs, do not concern our user. Raises as
    ``ast.parse``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(content, filename=filename)


class NotStatedError(ValueError):
    """A module does not state something as a literal."""


@dataclass(frozen=True, slots=True)
class ModuleText:
    """A module that is read and not run."""

    tree: ast.Module

    @classmethod
    def parse(cls, content: bytes) -> "ModuleText":
        """Read a module; raises ``NotStatedError`` if it is no Python text."""
        if len(content) > MAX_BYTES:
            raise NotStatedError("is larger than 1 MiB")
        try:
            return cls(parse_python(content))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise NotStatedError("is no Python that can be read here") from None

    @property
    def summary(self) -> str:
        """The first line of the docstring, empty if there is none."""
        lines = (ast.get_docstring(self.tree) or "").strip().splitlines()
        return lines[0].strip() if lines else ""

    def constant(self, name: str) -> str:
        """Return the string (or the joined numbers) that ``name`` is set to.

        Raises ``NotStatedError`` unless exactly one literal is assigned at the top.
        """
        values = [
            node.value
            for node in self.tree.body
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            for target in (
                node.targets if isinstance(node, ast.Assign) else [node.target]
            )
            if isinstance(target, ast.Name) and target.id == name
        ]
        if not values:
            raise NotStatedError(f"assigns no {name} at its top")
        found = {_literal(value) for value in values}
        if len(found) != 1 or None in found:
            raise NotStatedError(f"sets {name} to something that is no literal")
        return str(found.pop())


def _literal(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List)):
        parts = [item.value for item in node.elts if isinstance(item, ast.Constant)]
        if len(parts) == len(node.elts) and parts:
            return ".".join(map(str, parts))
    return None


def find_module(module: str, files: Files) -> str | None:
    """Return the path of the source of ``module``, or None if it is not there."""
    path = module.replace(".", "/")
    if not path or path.startswith("/") or not path.replace("/", "_").isidentifier():
        return None
    candidates = (
        f"{root}{path}{end}" for root in ("", "src/") for end in ("/__init__.py", ".py")
    )
    return next((one for one in candidates if files.read_file(one) is not None), None)
