"""A graph as a picture: Mermaid, DOT, SVG, and one page with both tree and picture."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from pysetup.cli.layers import Layout, layered
from pysetup.cli.output import printable
from pysetup.cli.tree_lines import AGAIN, CIRCLE, Walk
from pysetup.interchange.dependency_graph import PROBLEMS, DependencyGraph, Edge, Node

_STYLE = """\
text { font: 12px sans-serif; fill: #1b1f24 }
.node rect { fill: #f3f6fa; stroke: #7a8794 }
.asked rect { fill: #dcebff; stroke: #2563b0; stroke-width: 1.5 }
.missing rect { fill: #ffe9e9; stroke: #b42318; stroke-dasharray: 4 2 }
path { fill: none; stroke: #7a8794 }
path.bad { stroke: #b42318; stroke-width: 2 }
path.unasked { stroke-dasharray: 3 3 }
.label { font-size: 10px; fill: #57606a }
.label.bad { fill: #b42318; font-weight: bold }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .node rect { fill: #22272e; stroke: #8b98a5 }
  .asked rect { fill: #17365d; stroke: #6aa9ff }
  .missing rect { fill: #4a1d1a; stroke: #ff8a80 }
  .label { fill: #9da7b1 } path.bad { stroke: #ff8a80 } .label.bad { fill: #ff8a80 }
}
"""


_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"
 height="{height}" role="img">"""
_TIP = """\
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7"
 markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8" /></marker></defs>"""
# Deeper than that nobody folds; Python has a stack, and browsers have, too.
_DEEPEST = 100


def mermaid(graph: DependencyGraph) -> str:
    """Return a flowchart in Mermaid's notation, which many pages draw."""
    names = {key: f"n{number}" for number, key in enumerate(sorted(graph.nodes))}
    lines = ["flowchart LR"]
    for key, name in names.items():
        lines.append(f"    {name}[{_quoted(str(graph.nodes[key]))}]")
    bad = []
    for number, edge in enumerate(graph.edges):
        label = _quoted(_label(edge)) if _label(edge) else ""
        arrow = "-.->" if edge.state == "unasked" else "-->"
        middle = f"|{label}|" if label else ""
        lines.append(f"    {names[edge.parent]} {arrow}{middle} {names[edge.child]}")
        bad += [str(number)] if edge.state in PROBLEMS else []
    if bad:
        lines.append(f"    linkStyle {','.join(bad)} stroke:#b42318,stroke-width:2px")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Return a text for Mermaid: its own signs as entities."""
    safe = printable(text).replace("#", "#35;").replace('"', "#quot;")
    return '"' + safe.replace("<", "#lt;").replace(">", "#gt;") + '"'


def dot(graph: DependencyGraph) -> str:
    """Return the graph in the DOT language of Graphviz."""
    lines = ["digraph dependencies {", "    rankdir=LR;", "    node [shape=box];"]
    for key in sorted(graph.nodes):
        node = graph.nodes[key]
        style = ", style=bold" if node.requested else ""
        style = ", style=dashed, color=red" if not node.version else style
        lines.append(f"    {_dot(key)} [label={_dot(str(node))}{style}];")
    for edge in graph.edges:
        style = {"conflict": "color=red", "missing": "color=red"}.get(edge.state, "")
        style = "style=dashed" if edge.state == "unasked" else style
        facts = [f"label={_dot(_label(edge))}"] if _label(edge) else []
        facts += [style] if style else []
        shown = f" [{', '.join(facts)}]" if facts else ""
        lines.append(f"    {_dot(edge.parent)} -> {_dot(edge.child)}{shown};")
    return "\n".join([*lines, "}", ""])


def _dot(text: str) -> str:
    return json.dumps(printable(text), ensure_ascii=False)


def _label(edge: Edge) -> str:
    parts = [edge.specifier, f"[{edge.conditions}]" if edge.conditions else ""]
    return " ".join(part for part in parts if part)


def svg(graph: DependencyGraph) -> str:
    """Return a picture that needs nothing else: layers from left to right."""
    layout = layered(graph)
    width, height = layout.size
    lines = [
        _SVG.format(width=width, height=height),
        "<title>What needs what</title>",
        f"<style>{_STYLE}</style>",
        _TIP,
        *(_arrow(edge, layout) for edge in graph.edges),
        *(_box(graph.nodes[key], layout) for key in sorted(graph.nodes)),
        "</svg>",
    ]
    return "\n".join([*lines, ""])


def _arrow(edge: Edge, layout: Layout) -> str:
    x1, y1 = layout.right(edge.parent)
    x2, y2 = layout.left(edge.child)
    bend = max(30, abs(x2 - x1) // 2)
    kind = "bad" if edge.state in PROBLEMS else edge.state
    told = f"{edge.parent} needs {edge.requirement}"
    told += f" ({edge.conditions})" if edge.conditions else ""
    told += f": {edge.state}" if edge.state in PROBLEMS else ""
    line = (
        f'<path class="{kind}" marker-end="url(#tip)" d="M{x1} {y1} '
        f'C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}">'
        f"<title>{_text(told)}</title></path>"
    )
    label = _label(edge)
    if not label:
        return line
    x, y = (x1 + x2) // 2, (y1 + y2) // 2 - 3
    shown = label if len(label) <= layout.longest_label else f"{label[:18]}..."
    return (
        f'{line}<text class="label {kind}" x="{x}" y="{y}" text-anchor="middle">'
        f"{_text(shown)}</text>"
    )


def _box(node: Node, layout: Layout) -> str:
    x, y, width, height = layout.box(node.key)
    kind = "node asked" if node.requested else "node"
    kind = kind if node.version else "node missing"
    told = str(node) if node.version else f"{node.name} (missing)"
    note = f"<title>{_text(node.note)}</title>" if node.note else ""
    return (
        f'<g class="{kind}">{note}<rect x="{x}" y="{y}" width="{width}" '
        f'height="{height}" rx="4" /><text x="{x + width // 2}" '
        f'y="{y + height // 2 + 4}" text-anchor="middle">{_text(told)}</text></g>'
    )


def _text(text: str) -> str:
    return escape(printable(text))


_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>What needs what</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 15px sans-serif; margin: 1.5rem; color-scheme: light dark }}
details {{ margin-left: 1.2rem }} li {{ list-style: none }}
.leaf {{ margin-left: 2.2rem }} .bad {{ color: #b42318; font-weight: bold }}
.quiet {{ opacity: .7 }} .picture {{ overflow: auto; border: 1px solid #8886 }}
</style></head><body>
<h1>What needs what</h1>
{tree}
<h2>As a picture</h2>
<div class="picture">
{picture}</div>
</body></html>
"""


def html(walk: Walk, graph: DependencyGraph) -> str:
    """Return one page with a tree to fold and the picture; no script, no network."""
    shown: set[str] = set()
    lines = [line for root in walk.roots for line in _branch(walk, root, shown)]
    return _PAGE.format(tree="\n".join(lines), picture=svg(graph))


def _branch(walk: Walk, root: str, shown: set[str]) -> Iterator[str]:
    node = walk.graph.nodes[root]
    yield f"<details open><summary>{_text(str(node))}{_quiet(node.note)}</summary>"
    shown.add(root)
    yield from _twigs(walk, root, shown, (root,))
    yield "</details>"


def _twigs(
    walk: Walk, key: str, shown: set[str], way: tuple[str, ...]
) -> Iterator[str]:
    if len(way) > min(_DEEPEST, _DEEPEST if walk.depth is None else walk.depth):
        return
    for edge in walk.edges(key):
        other = walk.other(edge)
        node = walk.graph.nodes[other]
        again = CIRCLE if other in way else AGAIN if other in shown else ""
        bad = ' class="bad"' if edge.state in PROBLEMS else ""
        told = f"<span{bad}>{_text(str(node))}</span>"
        told += _quiet(
            " ".join([_label(edge), *_state(edge), node.note, again]).strip()
        )
        if again or not walk.edges(other):
            yield f'<div class="leaf">{told}</div>'
            continue
        shown.add(other)
        yield f"<details open><summary>{told}</summary>"
        yield from _twigs(walk, other, shown, (*way, other))
        yield "</details>"


def _state(edge: Edge) -> Sequence[str]:
    words: Mapping[str, str] = {
        "conflict": "(does not fit)",
        "missing": "(missing)",
        "unasked": "(nobody asked for this extra)",
    }
    return [words[edge.state]] if edge.state in words else []


def _quiet(text: str) -> str:
    return f' <span class="quiet">{_text(text)}</span>' if text else ""
