"""Show what needs what in an environment: a tree of lines, JSON, or a picture.

It begins with what nothing else needs; --invert begins with what needs nothing.
"""

import argparse

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.cli.tree_lines import Walk, tree_text
from pysetup.interchange.dependency_graph import DependencyGraph
from pysetup.standards.jsontext import to_json_text
from pysetup.workflows.context import Context
from pysetup.workflows.describing.convert import write_file
from pysetup.workflows.graph import chosen_nodes, environment_graph

FORMATS = ("text", "json", "mermaid", "dot", "svg", "html")


def options(parser: Parser) -> None:
    """Add the options of ``tree``."""
    parser.add_argument(
        "-p",
        "--package",
        dest="packages",
        action="append",
        default=[],
        metavar="NAME",
        help="begin here",
    )
    parser.add_argument(
        "--invert", action="store_true", help="show what needs it, not what it needs"
    )
    parser.add_argument(
        "--depth", type=_depth, metavar="N", help="at most so many steps"
    )
    parser.add_argument(
        "--extras",
        action="store_true",
        help="also what extras would bring that nobody asked for",
    )
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to this file")
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Draw the graph of what is installed."""
    environment = chosen_environment(arguments, context)
    graph = environment_graph(
        environment, context, unasked_extras=None if arguments.extras else ()
    )
    roots = chosen_nodes(arguments.packages, graph, environment)
    roots = roots or graph.roots(invert=arguments.invert)
    walk = Walk(graph, roots, invert=arguments.invert, depth=arguments.depth)
    seen = graph.within(roots, invert=arguments.invert, depth=arguments.depth)
    result = {**seen.to_json(), "roots": list(roots)}
    text = _drawn(arguments.format, walk, seen)
    if arguments.output is None:
        return Outcome(result, text, environment=described(environment))
    path = context.path(arguments.output)
    write_file(path, text.encode())
    return Outcome(result, f"{path}\n", environment=described(environment))


def _depth(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps")
    return int(text)


def _drawn(format_: str, walk: Walk, graph: DependencyGraph) -> str:
    if format_ == "text":
        return tree_text(walk)
    if format_ == "json":
        return to_json_text({**graph.to_json(), "roots": list(walk.roots)})
    # Loaded here: few people want a picture.
    from pysetup.cli import tree_pictures

    if format_ == "html":
        return tree_pictures.html(walk, graph)
    draw = {
        "mermaid": tree_pictures.mermaid,
        "dot": tree_pictures.dot,
        "svg": tree_pictures.svg,
    }
    return draw[format_](graph)
