"""Words of a spec file, escaped: no text of a project is ever a macro or a section."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping

from pysetup.platforms.plan import CONFIG, DOCUMENT, LICENCE, MAN, PackageFile
from pysetup.platforms.rpm.package import Change
from pysetup.platforms.rpm.relation import Relation
from pysetup.platforms.rpm.tags import RELATIONS as KINDS

_MARKS = {
    CONFIG: "%config(noreplace) ",
    DOCUMENT: "%doc ",
    MAN: "%doc ",
    LICENCE: "%license ",
}
_PATTERN = re.compile(r'[%*?\[\]{}\\"]')
_IN_PATTERN = re.compile(r"""[%*?\[\]{}\\"'\s]""")


def escaped(text: str) -> str:
    """Return ``text`` without the meaning of its ``%``."""
    return text.replace("%", "%%")


def quoted_path(path: str) -> str:
    """Return a path as %files takes it, absolute and in quotes.

    What it would interpret becomes ``?``, which matches it: rpm's versions differ in
    how often they expand macros there, and how a backslash counts. A path that is a
    pattern for rpm is also split at spaces.
    """
    found = _IN_PATTERN.sub("?", path) if _PATTERN.search(path) else path
    return f'"/{found}"'


def tag(name: str, value: str) -> str:
    """Return the line of a tag; nothing for an empty value."""
    return f"{name + ':':<16}{escaped(value)}\n" if value else ""


def tags(name: str, values: Iterable[str]) -> str:
    """Return a line for each value."""
    return "".join(tag(name, value) for value in values)


def relation_tags(relations: Mapping[str, Iterable[str]]) -> str:
    """Return a line for each relation, by kinds; raises ``InvalidRelationError``."""
    return "".join(
        tag(kind.capitalize(), str(Relation.parse(text)))
        for kind, texts in relations.items()
        if kind in KINDS
        for text in texts
    )


def section(head: str, body: str) -> str:
    """Return a section, whose head is taken as it is; the body ends its last line."""
    return f"\n{head}\n{body}" + ("" if not body or body.endswith("\n") else "\n")


def changelog(changes: Iterable[Change]) -> str:
    """Return the lines of %changelog."""
    return "".join(_changes(changes))


def _changes(changes: Iterable[Change]) -> Iterator[str]:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - readable
    for change in changes:
        # No strftime: it speaks the language of the machine.
        moment = time.gmtime(change.time)
        day = f"{days[moment.tm_wday]} {months[moment.tm_mon - 1]}"
        date = f"{day} {moment.tm_mday:02} {moment.tm_year}"
        yield f"* {date} {escaped(change.who)}\n{escaped(change.text)}\n"


def mark_of(file: PackageFile) -> str:
    """Return what stands before a file in %files."""
    return _MARKS.get(file.role, "")
