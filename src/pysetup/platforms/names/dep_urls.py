"""DepURLs (PEP 725, draft): what is needed from outside Python."""

import re
from typing import Self
from urllib.parse import unquote

from pysetup.errors import UsageError
from pysetup.standards.names import is_name, normalize_name
from pysetup.standards.requirements import Marker, parse_marker
from pysetup.values import dataclass

_URL = re.compile(
    r"dep:(?P<type>[A-Za-z][A-Za-z0-9.+-]*)/(?P<path>[^@?#;\s]+)"
    r"(?:@(?P<version>[^?#;]+))?(?:\?[^#;\s]*)?(?:#[^;\s]*)?"
)
# One version, or a range by these operators alone (PEP 725).
_VERSION = re.compile(
    r"[A-Za-z0-9][\w.+!-]*|(?:[<>]=?|==)[\w.+!*-]+(?:,(?:[<>]=?|==)[\w.+!*-]+)*",
    re.ASCII,
)
# Specifiers may have spaces around operators and commas.
_SPACES = re.compile(r"\s*([<>=]+|,)\s*")
# Spellings of earlier drafts, and other words for the same thing.
_OLDER = (
    ("virtual:", "dep:virtual/"),
    ("pkg:generic/", "dep:generic/"),
    ("pkg:", "dep:"),
)
_SAME = {
    "dep:virtual/compiler/cpp": "dep:virtual/compiler/cxx",
    "dep:virtual/compiler/c++": "dep:virtual/compiler/cxx",
}


class InvalidDepUrlError(UsageError):
    """Something needed from outside Python is not written as PEP 725 has it.

    It is ``dep:TYPE/NAME``, with a version or a range (``@>=1.2``) and an environment
    marker if need be: ``dep:generic/openssl@>=3; sys_platform == "linux"``,
    ``dep:virtual/compiler/c``.
    """

    code = "PS2744"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:120]!r} is no DepURL",
            facts={"value": text[:120]},
            hints=(
                "write it like  dep:generic/openssl@>=3  or  dep:virtual/compiler/c",
            ),
        )


@dataclass(frozen=True, slots=True)
class DepUrl:
    """One thing that is needed: ``url`` names it without a version.

    ``version`` is ``>=3`` or ``3.0.7``; ``marker`` says where it is needed.
    """

    url: str
    version: str = ""
    marker: Marker | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``dep:generic/openssl@>=3; sys_platform == 'linux'``.

        Raises ``InvalidDepUrlError`` or ``InvalidRequirementError``.
        """
        address, separator, condition = text.partition(";")
        match = _URL.fullmatch(_current(address.strip()))
        if match is None:
            raise InvalidDepUrlError(text)
        version = _SPACES.sub(r"\1", unquote(match["version"] or "")).strip()
        if version and not _VERSION.fullmatch(version):
            raise InvalidDepUrlError(text)
        marker = parse_marker(condition.strip()) if separator else None
        url = _same(f"dep:{match['type'].lower()}/{unquote(match['path'])}")
        return cls(url, version, marker)

    @property
    def type(self) -> str:
        """What kind of name it is: ``generic``, ``virtual``, ``pypi``, ``github``."""
        return self.url[4:].partition("/")[0]

    @property
    def name(self) -> str:
        """What stands behind the type: ``compiler/c``, ``openssl``."""
        return self.url[4:].partition("/")[2]

    @property
    def is_virtual(self) -> bool:
        """Whether any of several packages will do: a compiler, an interface.

        The version is that of a language or an interface then (C99 is ``1999``), and
        none of a package.
        """
        return self.type == "virtual"

    def __str__(self) -> str:
        version = f"@{self.version}" if self.version else ""
        marker = f"; {self.marker}" if self.marker is not None else ""
        return f"{self.url}{version}{marker}"


def bare_url(text: str) -> str:
    """Return the DepURL ``text`` as mappings are searched for it.

    Version and subpath are left out; qualifiers stay, since they tell things apart.
    """
    head, separator, qualifiers = _current(text.partition("#")[0]).partition("?")
    base = _same(head.partition("@")[0])
    return f"{base}?{qualifiers}" if separator else base


def project_of(url: str) -> str:
    """Return the normalised project that ``dep:pypi/NAME`` names, or nothing."""
    name = url.removeprefix("dep:pypi/")
    return normalize_name(name) if name != url and is_name(name) else ""


def _current(text: str) -> str:
    for old, new in _OLDER:
        if text.startswith(old):
            return new + text.removeprefix(old)
    return text


def _same(url: str) -> str:
    if url.startswith(("dep:virtual/", "dep:generic/")):
        url = url.lower()
    return _SAME.get(url, url)
