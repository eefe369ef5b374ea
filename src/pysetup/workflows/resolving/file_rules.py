"""What files a user admits: built or to be built, of what age, with what digest."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pysetup.edges.urls import is_file_url
from pysetup.index.model import File
from pysetup.resolve.terms import Rejection
from pysetup.standards.hashes import Hash
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """What files may be used.

    ``only_binary`` and ``no_binary`` are names, ``:all:`` or ``:none:`` (which takes
    back what stands before it); ``exclude_newer`` is the latest upload time;
    ``hashes`` are the allowed digests by normalised name. ``foreign`` says that the
    files are for another machine, so that nothing can be built for it.
    """

    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    exclude_newer: datetime | None = None
    hashes: Mapping[str, Sequence[Hash]] = field(default_factory=dict)
    foreign: bool = False


class FileGate:
    """Lets the files through that the rules admit, in whatever environment."""

    def __init__(self, rules: FileRules) -> None:
        self._rules = rules
        self._only_binary = names_of(rules.only_binary)
        self._no_binary = names_of(rules.no_binary)

    def looks_closer(self, name: str) -> bool:
        """Tell whether more counts of the files of a project than their kind."""
        return self._rules.exclude_newer is not None or name in self._rules.hashes

    def kind_rejection(self, file: File, name: str) -> Rejection | None:
        """Return why a wheel or an sdist of ``name`` is refused as such, or None."""
        if file.is_wheel and self.must_build(name):
            return Rejection("no-binary", "wheels are refused (--no-binary)")
        if not file.is_wheel and self.must_not_build(name):
            text = "has no wheel that fits, and building is refused (--only-binary)"
            return Rejection("only-binary", text)
        if not file.is_wheel and self._rules.foreign:
            text = (
                "has no wheel for the target, and can only be built where it will run"
            )
            return Rejection("no-file", text)
        return None

    def rejection(self, file: File, name: str) -> Rejection | None:
        """Return why a file is refused for its age or its digests, or None."""
        return self._too_new(file) or self._forged(file, name)

    def must_build(self, name: str) -> bool:
        """Tell whether wheels of the project ``name`` are refused."""
        if name in self._only_binary:
            return False
        return name in self._no_binary or (
            ":all:" in self._no_binary and ":all:" not in self._only_binary
        )

    def must_not_build(self, name: str) -> bool:
        """Tell whether sdists of the project ``name`` are refused."""
        return name in self._only_binary or (
            ":all:" in self._only_binary and name not in self._no_binary
        )

    def _too_new(self, file: File) -> Rejection | None:
        latest = self._rules.exclude_newer
        if latest is None or (not file.upload_time and is_file_url(file.url)):
            return None  # the user's own files were not uploaded
        try:
            uploaded = datetime.fromisoformat(file.upload_time)
        except ValueError:
            return Rejection("too-new", "has no upload time (--exclude-newer needs it)")
        if uploaded.tzinfo is None:
            uploaded = uploaded.replace(tzinfo=latest.tzinfo)
        if uploaded <= latest:
            return None
        text = f"was uploaded after {latest.isoformat()} (--exclude-newer)"
        return Rejection("too-new", text)

    def _forged(self, file: File, name: str) -> Rejection | None:
        allowed = self._rules.hashes.get(name)
        if not allowed or not file.hashes or set(allowed) & set(file.hashes):
            return None
        algorithms = {hash_.algorithm for hash_ in allowed}
        if not algorithms & {hash_.algorithm for hash_ in file.hashes}:
            return None  # only the file itself can tell
        return Rejection("hash", "has no file with one of the hashes that you allow")


def names_of(values: Sequence[str]) -> frozenset[str]:
    """Return the projects in ``values`` as pip reads them, normalised.

    Values may be joined by commas; ``:all:`` stays as it is, and ``:none:`` takes back
    what stands before it.
    """
    names: set[str] = set()
    for value in values:
        for each in value.split(","):
            word = each.strip()
            if word == ":none:":
                names.clear()
            elif word:
                names.add(word if word == ":all:" else normalize_name(word))
    return frozenset(names)
