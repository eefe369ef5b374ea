"""SPDX expressions as trees: what the licence fields of recipes are written from."""

import re

from pysetup.values import dataclass

_TOKEN = re.compile(r"\(|\)|[^\s()]+")
AND, OR = "AND", "OR"


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence: its identifier, and the exception it comes with, perhaps."""

    identifier: str
    exception: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Licences that all hold (AND), or of which one may choose (OR)."""

    operator: str
    parts: "tuple[Licence | Joined, ...]"


Tree = Licence | Joined


def licence_tree(expression: str) -> Tree | None:
    """Return the tree of a canonical SPDX expression; None for an empty one."""
    tokens = _TOKEN.findall(expression)
    return _either(tokens) if tokens else None


def identifiers(tree: Tree | None) -> tuple[str, ...]:
    """Return the identifiers in a tree, each once, in their order."""
    if tree is None:
        return ()
    if isinstance(tree, Licence):
        return (tree.identifier,)
    return tuple(
        dict.fromkeys(each for part in tree.parts for each in identifiers(part))
    )


def _either(tokens: list[str]) -> Tree:
    return _joined(OR, tokens)


def _joined(operator: str, tokens: list[str]) -> Tree:
    parts = [_together(tokens) if operator == OR else _one(tokens)]
    while tokens and tokens[0].upper() == operator:
        tokens.pop(0)
        parts.append(_together(tokens) if operator == OR else _one(tokens))
    return parts[0] if len(parts) == 1 else Joined(operator, tuple(parts))


def _together(tokens: list[str]) -> Tree:
    return _joined(AND, tokens)


def _one(tokens: list[str]) -> Tree:
    word = tokens.pop(0) if tokens else ""
    if word == "(":
        inner = _either(tokens)
        if tokens:
            tokens.pop(0)
        return inner
    if tokens and tokens[0].upper() == "WITH":
        exception = tokens[1] if len(tokens) > 1 else ""
        del tokens[:2]
        return Licence(word, exception)
    return Licence(word)
