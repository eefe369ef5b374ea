"""How a chain of digests is printed, and what its verdict means for the exit code."""

from pysetup.cli.output import Outcome
from pysetup.workflows.trace import Stop, Trace

_BROKEN = 5


def chain_outcome(chain: Trace) -> Outcome:
    """Return what is printed of a chain, and the exit code of its verdict."""
    return Outcome(
        chain.to_json(), chain_text(chain), exit_code=0 if chain.holds else _BROKEN
    )


def chain_text(chain: Trace) -> str:
    """Return a chain as people read it, one stop under the other."""
    lines = [f"{chain.name} {chain.version}"]
    for number, stop in enumerate(chain.stops):
        lines.append(f"  {stop.phase:<12} {stop.place}")
        derived = " (derived: it has no pydist.json)" if stop.derived else ""
        lines.append(f"  {'':<12} document {stop.digest}{derived}")
        if stop.file:
            lines.append(f"  {'':<12} file     {stop.file}")
        if number:
            lines.append(f"  {'':<12} {_verdict(stop)}")
    lines.append(
        "One document, unchanged but for what it declares dynamic."
        if chain.holds
        else "The chain is broken: see above what changed without being declared."
    )
    return "\n".join(lines) + "\n"


def _verdict(stop: Stop) -> str:
    if not stop.changed:
        return "= the same document"
    undeclared = [key for key in stop.changed if key not in stop.filled]
    if undeclared:
        return f"! changed: {', '.join(undeclared)}"
    return f"~ filled: {', '.join(stop.filled)} (declared dynamic)"
