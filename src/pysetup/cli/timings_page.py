"""Timings as one HTML page: a waterfall in SVG, a table, and no other file needed."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from pysetup.cli.output import printable
from pysetup.cli.progress_lines import duration, size
from pysetup.cli.timings import Account, Span
from pysetup.late import html

_WIDTH, _LABELS, _ROW, _TOP = 960, 300, 20, 28
_BAR = _WIDTH - _LABELS - 90
_LABEL_LETTERS = 44
_STEPS = (1, 2, 5)
_TICKS = 8

# Kinds of work share a colour; the label says which it is.
_KINDS = {
    "resolve": "deciding",
    "request": "network",
    "fetch": "network",
    "download": "network",
    "environment": "building",
    "sdist": "building",
    "build": "building",
    "pack": "building",
    "prepare": "disk",
    "unpack": "disk",
    "compile": "disk",
    "install": "changing",
    "uninstall": "changing",
}
_LEGEND = (
    ("deciding", "choosing versions"),
    ("network", "network"),
    ("building", "building"),
    ("disk", "unpacking and compiling"),
    ("changing", "changing the environment"),
)

_STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1d1f23; --faint: #5b6068;
  --line: #d9dce1; --deciding: #7a4fbf; --network: #1f6fd1; --building: #b35900;
  --disk: #0b7a75; --changing: #2f7d32; --failed: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #16181c; --text: #e6e8eb;
  --faint: #a3a9b3; --line: #353a42; --deciding: #b79af0; --network: #6fb1ff;
  --building: #f0a35e; --disk: #5cc9c1; --changing: #7fcf83; --failed: #ff8a80; } }
body { background: var(--page); color: var(--text); margin: 1.5rem auto;
  max-width: 62rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin-top: 2rem; }
p { color: var(--faint); }
figure { margin: 0; overflow-x: auto; }
svg { display: block; width: 100%; min-width: 40rem; height: auto; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .axis { fill: var(--faint); font-size: 11px; }
svg line { stroke: var(--line); }
.deciding { fill: var(--deciding); color: var(--deciding); }
.network { fill: var(--network); color: var(--network); }
.building { fill: var(--building); color: var(--building); }
.disk { fill: var(--disk); color: var(--disk); }
.changing { fill: var(--changing); color: var(--changing); }
svg .failed { stroke: var(--failed); stroke-width: 2; stroke-dasharray: 4 2; }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
li::before { content: "\\25A0\\00A0"; color: inherit; }
li span { color: var(--text); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 40rem; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
td:nth-child(2) { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
"""


def timings_page(account: Account) -> str:
    """Return the page of ``account``; it needs no network and no JavaScript."""
    command = _escaped(" ".join(("pysetup", *account.command)))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Timings: {command}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{command}</h1>
<p>Begun {_escaped(account.started)}, took {duration(account.elapsed)}, \
exit code {account.exit_code}.</p>
<ul aria-label="Colours">{_legend()}</ul>
<figure>
{_svg(account)}
</figure>
<h2>In numbers</h2>
<div class="wide">{_table(account.spans)}</div>
</body>
</html>
"""


def _legend() -> str:
    return "".join(
        f'<li class="{kind}"><span>{text}</span></li>' for kind, text in _LEGEND
    )


def _svg(account: Account) -> str:
    spans = account.spans
    height = _TOP + _ROW * max(1, len(spans)) + 8
    # Bars end within the axis, also if one lasted longer than was counted.
    whole = max([account.elapsed, 0.001, *(span.ended for span in spans)])
    rows = "\n".join(
        _row(span, _TOP + _ROW * place, whole) for place, span in enumerate(spans)
    )
    return f"""<svg viewBox="0 0 {_WIDTH} {height}" role="img" \
aria-labelledby="name about">
<title id="name">Waterfall of {len(spans)} activities in {duration(whole)}</title>
<desc id="about">One row for each activity, in the order in which they began; the \
table below has the same in numbers. {_escaped(_longest(spans))}</desc>
{"".join(_axis(whole, height))}
{rows}
</svg>"""


def _longest(spans: Sequence[Span]) -> str:
    if not spans:
        return "Nothing was worth telling."
    longest = max(spans, key=lambda span: span.ended - span.began)
    return (
        f"The longest is {_label(longest)}, {duration(longest.ended - longest.began)}."
    )


def _axis(whole: float, height: int) -> Iterator[str]:
    step = _step(whole)
    for number in range(int(whole / step) + 1):
        x = _x(number * step, whole)
        yield f'<line x1="{x}" y1="20" x2="{x}" y2="{height - 4}"/>'
        text = "0" if number == 0 else duration(number * step)
        yield f'<text class="axis" x="{x}" y="14" text-anchor="middle">{text}</text>'


def _step(whole: float) -> float:
    """Return seconds between two lines: 1, 2 or 5 of a power of ten."""
    power = 0.001
    while True:
        for factor in _STEPS:
            if whole / (factor * power) <= _TICKS:
                return factor * power
        power *= 10


def _x(seconds: float, whole: float) -> float:
    return round(_LABELS + _BAR * seconds / whole, 1)


def _row(span: Span, y: int, whole: float) -> str:
    left, right = _x(span.began, whole), _x(span.ended, whole)
    width = round(max(1.5, right - left), 1)
    lasted = duration(span.ended - span.began)
    kind = _KINDS.get(span.stage, "disk") + (" failed" if span.failed else "")
    told = f"{_label(span)}: {lasted}{_remarks(span)}"
    label = _shortened(_label(span))
    return (
        f"<g><title>{_escaped(told)}</title>"
        f'<text x="{_LABELS - 8}" y="{y + 14}" text-anchor="end">'
        f"{_escaped(label)}</text>"
        f'<rect class="{kind}" x="{left}" y="{y + 4}" width="{width}" '
        f'height="{_ROW - 7}" rx="2"/>'
        f'<text class="axis" x="{round(left + width + 5, 1)}" y="{y + 14}">'
        f"{lasted}{' failed' if span.failed else ''}</text></g>"
    )


def _label(span: Span) -> str:
    subject = _short_url(span.subject) if span.stage == "request" else span.subject
    purpose = f"({span.purpose})" if span.purpose else ""
    return " ".join(filter(None, (span.stage, subject, purpose)))


def _short_url(url: str) -> str:
    """Return the last part of a URL's path, and its host."""
    parts = urlsplit(url)
    name = parts.path.rstrip("/").rpartition("/")[2]
    return f"{name} from {parts.hostname}" if name else str(parts.hostname)


def _remarks(span: Span) -> str:
    size_text = f", {size(span.size)}" if span.size else ""
    return size_text + (", failed" if span.failed else "")


def _shortened(text: str) -> str:
    if len(text) <= _LABEL_LETTERS:
        return text
    return text[: _LABEL_LETTERS - 1] + "…"


def _table(spans: Sequence[Span]) -> str:
    rows = "".join(
        f"<tr><td>{_escaped(span.stage)}</td>"
        f"<td>{_what(span)}</td>"
        f'<td class="number">{duration(span.began)}</td>'
        f'<td class="number">{duration(span.ended - span.began)}</td>'
        f'<td class="number">{size(span.size) if span.size else ""}</td>'
        f"<td>{'failed' if span.failed else ''}</td></tr>"
        for span in spans
    )
    return (
        "<table><thead><tr><th>Stage</th><th>What</th>"
        '<th class="number">Begun after</th><th class="number">Took</th>'
        '<th class="number">Size</th><th>Remark</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _what(span: Span) -> str:
    purpose = f"({span.purpose})" if span.purpose else ""
    return _escaped(" ".join(filter(None, (span.subject, purpose))))


def _escaped(text: str) -> str:
    """Return ``text`` as HTML shows it; what could drive a terminal is shown too."""
    return html.escape(printable(text).replace("\n", "\\n"))
