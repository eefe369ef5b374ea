"""Version control URLs: ``git+https://host/path@revision#subdirectory=part&egg=name``.

The form is pip's; the record of what came of it is that of PEP 610.
"""

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pysetup.errors import UsageError, redact
from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# What each system can speak. ``ext::`` and the like would run any command.
_SCHEMES = {
    "git": ("https", "ssh", "file", "http", "git"),
    "hg": ("https", "ssh", "file", "http"),
    "svn": ("https", "ssh", "file", "http", "svn"),
    "bzr": ("https", "ssh", "sftp", "file", "http", "lp"),
}
VCS_PREFIXES = tuple(f"{system}+" for system in _SCHEMES)
# Nobody on the way is kept from changing what these bring.
UNPROTECTED = ("http", "git", "svn")
_HOSTLESS = ("file", "lp")
_FORBIDDEN = late_pattern(r"[\x00-\x20\x7f-\x9f\\]")
_REVISION = late_pattern(r"(?!-)(?!.*(?:\.\.|@\{))[^\x00-\x20\x7f~^:?*\[\\]{1,255}")
_MAX_URL = 4096


class VersionControlUrlError(UsageError):
    """A version control URL cannot be used.

    It is written like ``git+https://host/path@revision#subdirectory=part``. Systems
    are git, hg, svn and bzr; revisions are branches, tags or commits, and never begin
    with a hyphen; ``subdirectory`` is a relative path inside the repository.
    """

    code = "PS2661"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{redact(url)[:200]} cannot be used: {reason}",
            facts={"url": redact(url)[:200], "because": reason},
            hints=("write it like  git+https://host/path@revision",),
        )


@dataclass(frozen=True, slots=True)
class VcsUrl:
    """A repository, and what is wanted of it.

    ``url`` has neither the system's prefix nor revision nor fragment; it may have a
    user name and a password in it, so that it is for fetching only. ``revision``,
    ``subdirectory`` and ``egg`` (a name that the user expects) may be empty.
    """

    system: str
    url: str
    revision: str = ""
    subdirectory: str = ""
    egg: str = ""

    @property
    def scheme(self) -> str:
        """How the repository is reached: https, ssh, file, ..."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """The machine it is on; empty for this one."""
        return urlsplit(self.url).hostname or ""

    @property
    def credentials(self) -> tuple[str, str]:
        """User name (perhaps a token) and password in the URL, decoded, or empty.

        The name that ssh logs in with is none.
        """
        parts = urlsplit(self.url)
        if parts.scheme == "ssh":
            return "", ""
        return unquote(parts.username or ""), unquote(parts.password or "")

    @property
    def public_url(self) -> str:
        """``url`` without secrets: it may be written down (PEP 610).

        The user name that ssh logs in with stays; any other goes.
        """
        parts = urlsplit(self.url)
        place = parts.netloc.rpartition("@")[2]
        if parts.scheme == "ssh" and parts.username:
            place = f"{parts.username}@{place}"
        return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))

    @property
    def public_text(self) -> str:
        """The whole in one line, without secrets."""
        revision = f"@{quote(self.revision, safe='/')}" if self.revision else ""
        part = f"#subdirectory={quote(self.subdirectory)}" if self.subdirectory else ""
        return f"{self.system}+{self.public_url}{revision}{part}"

    def direct_url(self, commit_id: str) -> dict[str, JSON]:
        """Return the record of PEP 610 for what was installed of ``commit_id``."""
        info: dict[str, JSON] = {"vcs": self.system, "commit_id": commit_id}
        if self.revision:
            info["requested_revision"] = self.revision
        record: dict[str, JSON] = {"url": self.public_url, "vcs_info": info}
        if self.subdirectory:
            record["subdirectory"] = self.subdirectory
        return record


def is_vcs_url(text: str) -> bool:
    """Tell whether ``text`` begins as a version control URL does."""
    return text.startswith(VCS_PREFIXES)


def parse_vcs_url(text: str) -> VcsUrl:
    """Split a version control URL; raises ``VersionControlUrlError``."""
    system, _, rest = text.partition("+")
    # ``svn+ssh://`` is a scheme of Subversion's own.
    if system not in _SCHEMES or len(text) > _MAX_URL:
        raise VersionControlUrlError(text, "it names no system that pysetup knows")
    if found := _FORBIDDEN.search(text):
        raise VersionControlUrlError(text, f"it holds {found[0]!r}")
    try:
        parts = urlsplit(rest)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise VersionControlUrlError(text, str(error)) from None
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES[system]:
        known = ", ".join(_SCHEMES[system])
        raise VersionControlUrlError(text, f"{system} is reached by one of {known}")
    if bool(host) == (scheme in _HOSTLESS) or host.startswith("-"):
        raise VersionControlUrlError(text, "the host is missing or malformed")
    path, at, revision = parts.path.rpartition("@")
    if not at:
        path, revision = parts.path, ""
    revision = unquote(revision)
    if at and not _REVISION.fullmatch(revision):
        raise VersionControlUrlError(text, "the revision after @ is malformed")
    pairs = (part.partition("=") for part in parts.fragment.split("&"))
    named = {key: unquote(value) for key, separator, value in pairs if separator}
    subdirectory = named.get("subdirectory", "").strip("/")
    if _leads_out(subdirectory):
        raise VersionControlUrlError(text, "the subdirectory leads out of it")
    return VcsUrl(
        system,
        urlunsplit((scheme, parts.netloc, path, parts.query, "")),
        revision,
        subdirectory,
        named.get("egg", "").partition("[")[0],
    )


def _leads_out(path: str) -> bool:
    return ".." in path.split("/") or _FORBIDDEN.search(path) is not None
