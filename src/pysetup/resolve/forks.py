"""Variants of projects: for which environments a version of its own may be chosen."""

from pysetup.standards.conditions import Condition
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """A project in all environments in which ``region`` holds.

    All of them get the same version. ``name`` is normalised.
    """

    name: str
    number: int
    region: Condition

    @property
    def label(self) -> str:
        """The name under which the solver knows it: no project's."""
        return f"{self.name}#{self.number}"


class Forks:
    """The variants of every project; those of one project never overlap.

    A project has one variant until there is a reason to tell environments apart for
    it, and only for it: so ten projects with three variants each are thirty variants.
    """

    def __init__(self, world: Condition) -> None:
        self.world = world
        self._variants: dict[str, list[Variant]] = {}
        self._by_label: dict[str, Variant] = {}
        self._numbers: dict[str, int] = {}

    def of(self, name: str) -> list[Variant]:
        """Return the variants of a project."""
        if name not in self._variants:
            self._variants[name] = [self._make(name, self.world)]
        return self._variants[name]

    def within(self, variant: Variant) -> list[Variant]:
        """Return what a variant has become: itself, or its parts."""
        return [it for it in self.of(variant.name) if it.region & variant.region]

    def variant(self, label: str) -> Variant:
        """Return the variant that the solver knows under ``label``."""
        return self._by_label[label]

    def name(self, label: str) -> str:
        """Return the project of a label."""
        return label.partition("#")[0]

    def split(self, variant: Variant, condition: Condition) -> bool:
        """Tell environments of ``variant`` apart by ``condition``, if it does."""
        inside, outside = variant.region & condition, variant.region & ~condition
        if not inside or not outside:
            return False
        variants = self._variants[variant.name]
        if variant not in variants:
            return False
        place = variants.index(variant)
        variants[place : place + 1] = [
            self._make(variant.name, inside),
            self._make(variant.name, outside),
        ]
        return True

    def count(self) -> int:
        """Return how many variants there are."""
        return sum(map(len, self._variants.values()))

    def _make(self, name: str, region: Condition) -> Variant:
        number = self._numbers[name] = self._numbers.get(name, -1) + 1
        made = Variant(name, number, region)
        self._by_label[made.label] = made
        return made
