"""Which file of each version fits an environment, and why the others do not."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pysetup.edges.urls import is_file_url
from pysetup.index.model import File, ProjectPage
from pysetup.interchange.environment import Environment
from pysetup.resolve.terms import Rejection
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.hashes import Hash
from pysetup.standards.names import normalize_name
from pysetup.standards.tags import best_rank, parse_tag, tag_ranks
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    Version,
    parse_specifiers,
    parse_version,
)
from pysetup.values import dataclass, field

_PLAIN_PARTS = 5
# A wheel is better than any sdist.
_SDIST_RANK = 1 << 30

# How far a file got before it was rejected: the furthest one's reason is told.
_STAGES = ("no-file", "no-binary", "only-binary", "requires-python", "too-new", "hash")


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


@dataclass(frozen=True, slots=True)
class Offer:
    """The best file of one version, or why there is none."""

    file: File | None
    rejection: Rejection | None = None


class Selector:
    """Picks files for one environment; remembers what tags and specifiers mean."""

    def __init__(self, environment: Environment, rules: FileRules) -> None:
        self._rules = rules
        self._tags = tag_ranks(environment.tags)
        self._best_tag = environment.tags[0] if environment.tags else "no tag"
        self._only_binary = names_of(rules.only_binary)
        self._no_binary = names_of(rules.no_binary)
        self._python = python_version(environment)
        self._ranks: dict[str, int | None] = {}
        self._fits: dict[str, bool] = {}

    def offers(self, page: ProjectPage) -> dict[Version, Offer]:
        """Return an offer for every version on the page."""
        best: dict[Version, tuple[tuple[bool, int, tuple[int, str]], File]] = {}
        failed: dict[Version, Rejection] = {}
        for file in page.files:
            version, rank, build = self._examine(file, page.name)
            rejection = self._rejection(file, page.name, rank=rank)
            if rejection is not None:
                before = failed.setdefault(version, rejection)
                if _STAGES.index(rejection.kind) > _STAGES.index(before.kind):
                    failed[version] = rejection
                continue
            assert rank is not None
            # Not yanked, then the best tag, then the highest build number.
            key = (file.yanked is None, -rank, build)
            if version not in best or key > best[version][0]:
                best[version] = (key, file)
        rejected = {version: Offer(None, why) for version, why in failed.items()}
        return rejected | {version: Offer(file) for version, (_, file) in best.items()}

    def usable(self, files: Sequence[File], name: str) -> tuple[File, ...]:
        """Return those of ``files`` of the project ``name`` that may be used."""
        return tuple(
            file
            for file in files
            if not self._rejection(file, name, rank=self._examine(file, name)[1])
        )

    def python_fits(self, requires_python: str) -> bool:
        """Tell whether the environment's Python is one of ``requires_python``.

        A specifier that cannot be read forbids nothing.
        """
        if requires_python not in self._fits:
            try:
                specifiers = parse_specifiers(requires_python)
            except InvalidSpecifiersError:
                fits = True
            else:
                fits = specifiers.contains(self._python, prereleases=True)
            self._fits[requires_python] = fits
        return self._fits[requires_python]

    def python_rejection(self, requires_python: str) -> Rejection | None:
        """Return why the environment's Python does not do, or None."""
        if not requires_python or self.python_fits(requires_python):
            return None
        text = f"needs Python {requires_python} (this is {self._python})"
        return Rejection("requires-python", text)

    def _examine(
        self, file: File, name: str
    ) -> tuple[Version, int | None, tuple[int, str]]:
        """Return version, rank and build number of a file; no rank: it does not fit."""
        if not file.is_wheel:
            filename = parse_sdist_filename(file.filename, name=name)
            return filename.version, _SDIST_RANK, (0, "")
        parts = file.filename.removesuffix(".whl").split("-")
        if len(parts) == _PLAIN_PARTS:
            return parse_version(parts[1]), self._rank("-".join(parts[2:])), (0, "")
        wheel = parse_wheel_filename(file.filename)
        # Variants (PEP 825) come beside a plain wheel that fits everywhere.
        rank = None if wheel.variant else best_rank(wheel.tags, self._tags)
        return wheel.version, rank, wheel.build or (0, "")

    def _rank(self, tags: str) -> int | None:
        if tags not in self._ranks:
            self._ranks[tags] = best_rank(parse_tag(tags), self._tags)
        return self._ranks[tags]

    def _rejection(
        self, file: File, name: str, *, rank: int | None
    ) -> Rejection | None:
        if rank is None:
            text = f"has no file for this environment ({self._best_tag})"
            if file.is_wheel and (label := parse_wheel_filename(file.filename).variant):
                text = f"has the variant {label!r} (PEP 825), and variants are not used"
            return Rejection("no-file", text)
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
        return (
            self.python_rejection(file.requires_python)
            or self._too_new(file)
            or self._forged(file, name)
        )

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


def python_version(environment: Environment) -> Version:
    """Return the release part of an environment's Python version.

    Also 3.15.0rc1 satisfies ``>=3.15``: one tries a new Python before it is final.
    """
    release = parse_version(environment.version).release
    return parse_version(".".join(map(str, release)))


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
