"""Which file of each version fits an environment, and why the others do not."""

from collections.abc import Sequence

from pysetup.index.model import File, ProjectPage
from pysetup.index.releases import Kind, PageReleases
from pysetup.interchange.environment import Environment
from pysetup.resolve.columns import Alike
from pysetup.resolve.terms import Rejection
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.tags import best_rank, parse_tag, tag_ranks
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    Version,
    parse_specifiers,
    parse_version,
)
from pysetup.values import dataclass
from pysetup.workflows.resolving.file_rules import FileGate, FileRules

_PLAIN_PARTS = 5
# Stands for the name of a project where only the kind of a file matters.
_ANY = "any"
# A wheel is better than any sdist.
_SDIST_RANK = 1 << 30

# How far a file got before it was rejected: the furthest one's reason is told.
_STAGES = ("no-file", "no-binary", "only-binary", "requires-python", "too-new", "hash")


@dataclass(frozen=True, slots=True)
class Offer:
    """The best file of one version, or why there is none."""

    file: File | None
    rejection: Rejection | None = None


class Selector:
    """Picks files for one environment; remembers what tags and specifiers mean."""

    def __init__(self, environment: Environment, rules: FileRules) -> None:
        self._gate = FileGate(rules)
        self._tags = tag_ranks(environment.tags)
        self._best_tag = environment.tags[0] if environment.tags else "no tag"
        self._python = python_version(environment)
        self._ranks: dict[str, int | None] = {}
        self._fits: dict[str, bool] = {}
        self._any_python = environment.any_python

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

    def alike(self, releases: PageReleases) -> tuple[Alike, ...] | None:
        """Return what ``offers`` says of all releases of a page, in columns.

        None if it hangs on more of a file than its kind.
        """
        if self._gate.looks_closer(releases.name):
            return None
        masks = [0] * len(releases.shapes)
        for position, shape in enumerate(releases.shape_of):
            masks[shape] |= 1 << position
        verdicts = {kind: self._verdict(kind, releases.name) for kind in releases.kinds}
        return tuple(
            _best(mask, [verdicts[releases.kinds[kind]] for kind in shape])
            for mask, shape in zip(masks, releases.shapes, strict=True)
        )

    def _verdict(
        self, kind: Kind, name: str
    ) -> tuple[int | None, Kind, Rejection | None]:
        """Return the rank of a kind of files, and why it cannot be used."""
        tags, requires_python, _ = kind
        file = File(
            f"{_ANY}-0-{tags}.whl" if tags else f"{_ANY}-0.tar.gz",
            "",
            requires_python=requires_python,
        )
        _, rank, _ = self._examine(file, _ANY)
        return rank, kind, self._rejection(file, name, rank=rank)

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
        if not requires_python or self._any_python or self.python_fits(requires_python):
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
        return (
            self._gate.kind_rejection(file, name)
            or self.python_rejection(file.requires_python)
            or self._gate.rejection(file, name)
        )

    def must_build(self, name: str) -> bool:
        """Tell whether wheels of the project ``name`` are refused."""
        return self._gate.must_build(name)

    def must_not_build(self, name: str) -> bool:
        """Tell whether sdists of the project ``name`` are refused."""
        return self._gate.must_not_build(name)


def _best(
    mask: int, verdicts: Sequence[tuple[int | None, Kind, Rejection | None]]
) -> Alike:
    """Return what holds of releases that have files of these kinds."""
    usable = [(rank, kind) for rank, kind, why in verdicts if why is None]
    if not usable:
        reasons = [why for _, _, why in verdicts if why is not None]
        return Alike(mask, max(reasons, key=lambda why: _STAGES.index(why.kind)))
    # Not yanked, then the best tag.
    _, kind = min(usable, key=lambda it: (it[1][2] is not None, it[0] or 0))
    return Alike(mask, yanked=kind[2], unbuilt=not kind[0])


def python_version(environment: Environment) -> Version:
    """Return the release part of an environment's Python version.

    Also 3.15.0rc1 satisfies ``>=3.15``: one tries a new Python before it is final.
    """
    release = parse_version(environment.version).release
    return parse_version(".".join(map(str, release)))
