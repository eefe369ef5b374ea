"""The index that added requirements come from: named in the project's configuration."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pysetup.edges.urls import is_file_url
from pysetup.errors import UsageError, redact
from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace
from pysetup.workflows.configuring.edit import set_key
from pysetup.workflows.context import Context, make_transport
from pysetup.workflows.settings import IndexSetting

_NAMED = late_pattern(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)=(?P<url>.+)")
_OWN_FILE, _PYPROJECT = "pysetup.toml", "pyproject.toml"


class BadIndexError(UsageError):
    """``--index`` has no index that a project could name.

    It is ``NAME=URL``, or a URL alone. User name and password do not belong into the
    file of a project, which others read: they come from netrc, from the keyring, or
    from ``PYSETUP_INDEX_NAME_USERNAME`` and ``_PASSWORD``.
    """

    code = "PS2877"

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(
            f"--index {redact(text)[:200]} {reason}",
            facts={"index": redact(text)[:200]},
            hints=("write it like  --index company=https://index.example/simple/",),
        )


@dataclass(frozen=True, slots=True)
class IndexPin:
    """An index of the project, and the projects that come from it and nowhere else."""

    name: str
    url: str
    packages: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"name": self.name, "url": self.url, "packages": list(self.packages)}

    def __str__(self) -> str:
        return f"index {self.name} {self.url} for {', '.join(self.packages)}"


def parse_index(text: str, packages: Iterable[str], context: Context) -> IndexPin:
    """Return what ``--index`` says: ``NAME=URL``, or a URL that is named by its host.

    An index that the project has under that name keeps its other packages. Raises
    ``BadIndexError``.
    """
    match = _NAMED.fullmatch(text.strip())
    url = match["url"] if match else text.strip()
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise BadIndexError(text, "has a user name or a password in it")
    if parts.scheme not in ("http", "https") and not is_file_url(url):
        raise BadIndexError(text, "is no URL")
    host = re.sub(r"[^A-Za-z0-9]+", "-", parts.hostname or "local").strip("-")
    name = match["name"] if match else host
    known = next((one for one in context.settings.indexes if one.name == name), None)
    if known is not None and known.url != url:
        raise BadIndexError(text, f"has the name of another index, {redact(known.url)}")
    before = known.packages if known is not None else ()
    return IndexPin(name, url, tuple(dict.fromkeys((*before, *sorted(packages)))))


def pinned_context(context: Context, pin: IndexPin) -> Context:
    """Return ``context`` as it will be when the index stands in the file."""
    others = [one for one in context.settings.indexes if one.name != pin.name]
    fresh = IndexSetting(
        name=pin.name, url=pin.url, packages=pin.packages, origin="--index"
    )
    settings = replace(context.settings, indexes=(fresh, *others))
    transport = make_transport(
        settings, context.environ, tell=context.tell, observer=context.observer
    )
    return replace(context, settings=settings, transport=transport)


def pin_file(root: Path) -> Path:
    """Return the file of the project that holds its configuration."""
    own = root / _OWN_FILE
    return (
        own if own.is_file() or not (root / _PYPROJECT).is_file() else root / _PYPROJECT
    )


def write_pin(root: Path, pin: IndexPin) -> None:
    """Write the index into the project's configuration; raises as ``set_key``."""
    path = str(pin_file(root))
    set_key(path, "project", f"index.{pin.name}.url", [pin.url])
    set_key(path, "project", f"index.{pin.name}.packages", list(pin.packages))
