"""Pages for people: plain HTML from rows, everything that came from outside escaped."""

from collections.abc import Mapping, Sequence
from html import escape

from pysetup.server.pages import file_path, sort_versions
from pysetup.server.storage import Change, Project, StoredFile

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse}td,th{text-align:left;"
    "padding:.2rem 1rem .2rem 0;vertical-align:top}code{overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8cf}}"
)
# No script, no request to anywhere: a page of ours is text with links.
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}</body></html>\n"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are HTML already."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"


def landing_page(count: int, latest: Sequence[Change]) -> str:
    """Return the page at ``/``: how to use the index, and what came last."""
    rows = [
        (
            f'<a href="project/{escape(change.project)}/">{escape(change.project)}</a>',
            escape(change.version),
            f"<code>{escape(change.filename)}</code>",
            escape(change.at[:19].replace("T", " ")) + " UTC",
        )
        for change in latest
    ]
    body = (
        "<h1>Package index</h1>\n"
        f'<p>{count} projects: <a href="simple/">all of them</a>.</p>\n'
        "<p>Install with <code>--index-url</code> and the address of"
        ' <a href="simple/">simple/</a>; publish with'
        " <code>pysetup publish --index-url</code> and the same address.</p>\n"
        "<h2>Last uploads</h2>\n"
        + (
            _table(("Project", "Version", "File", "Uploaded"), rows)
            if rows
            else "<p>Nothing yet.</p>\n"
        )
    )
    return _page("Package index", body)


def project_page(project: Project, files: Sequence[StoredFile]) -> str:
    """Return the page of one project, newest version first."""
    versions = sort_versions([file.version for file in files])[::-1]
    newest = _best_described([file for file in files if file.version == versions[0]])
    body = [
        '<p><a href="../../">Package index</a></p>\n',
        f"<h1>{escape(project.display_name)}</h1>\n",
        f"<p>{escape(newest.summary)}</p>\n" if newest.summary else "",
        f"<p>Owner: {escape(project.owner)}."
        + (
            f" Python: <code>{escape(newest.requires_python)}</code>."
            if newest.requires_python
            else ""
        )
        + "</p>\n",
        f"<h2>Requirements of {escape(newest.version)}</h2>\n",
        _requirements(newest.requires_dist),
    ]
    for version in versions:
        rows = [_file_row(file) for file in files if file.version == version]
        body.append(f"<h2>{escape(version)}</h2>\n")
        body.append(_table(("File", "Bytes", "Uploaded", "SHA-256"), rows))
    return _page(project.display_name, "".join(body))


def _best_described(files: Sequence[StoredFile]) -> StoredFile:
    """Return a wheel, if there is one: an sdist may not know its requirements."""
    return max(files, key=lambda file: file.filename.endswith(".whl"))


def _requirements(requirements: Sequence[str]) -> str:
    if not requirements:
        return "<p>None.</p>\n"
    items = "".join(f"<li><code>{escape(text)}</code></li>\n" for text in requirements)
    return f"<ul>\n{items}</ul>\n"


def _file_row(file: StoredFile) -> tuple[str, ...]:
    url = f"../../{file_path(file.filename, file.sha256)}"
    links = f'<a href="{escape(url)}">{escape(file.filename)}</a>' + _siblings(
        url, file.siblings
    )
    return (
        links,
        str(file.size),
        f"{escape(file.uploaded[:10])} by {escape(file.uploader)}",
        f"<code>{escape(file.sha256)}</code>",
    )


def _siblings(url: str, siblings: Mapping[str, str]) -> str:
    return "".join(
        f'<br><a href="{escape(url + ending)}">{escape(ending)}</a>'
        for ending in sorted(siblings)
    )
