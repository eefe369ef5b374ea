"""Where each variant is needed at all: what the user asks for, followed to its end."""

from collections.abc import Iterable, Iterator, Mapping

from pysetup.resolve.links import Link, Links
from pysetup.resolve.provider import Candidate
from pysetup.resolve.terms import Package, Rejection
from pysetup.standards.conditions import Condition


class Reach:
    """The environments that lead to each package of a solution.

    A package is a variant's label, with an extra or without.
    """

    def __init__(
        self, links: Links, chosen: Mapping[str, Candidate], never: Condition
    ) -> None:
        self._links = links
        self._chosen = chosen
        self._never = never
        self._found: dict[Package, Condition] = {}
        self._follow()

    def of(self, label: str, extra: str = "") -> Condition:
        """Return where a variant, or an extra of it, is needed."""
        return self._found.get(Package(label, extra), self._never)

    def needed(self) -> list[Package]:
        """Return every package that is needed somewhere, in order."""
        return sorted(self._found)

    def links(self, package: Package) -> list[Link]:
        """Return what a package needs itself."""
        answer = self._links.of(package.name, self._chosen[package.name])
        assert not isinstance(answer, Rejection), "the solver chose what is unusable"
        return [link for link in answer if link.extra == package.extra]

    def all_links(self) -> Iterator[tuple[Package | None, Link]]:
        """Yield every link, and whose it is; None is the user."""
        for link in self._links.roots:
            yield None, link
        for package in self.needed():
            for link in self.links(package):
                yield package, link

    def incoming(self) -> dict[str, list[tuple[Package | None, Link]]]:
        """Return by label the links that lead to it, and whose they are."""
        found: dict[str, list[tuple[Package | None, Link]]] = {}
        for owner, link in self.all_links():
            found.setdefault(link.child.label, []).append((owner, link))
        return found

    def _follow(self) -> None:
        waiting: dict[Package, None] = {}
        for link in self._links.roots:
            self._add(link, link.condition, waiting)
        while waiting:
            package = next(iter(waiting))
            del waiting[package]
            here = self._found[package]
            for link in self.links(package):
                self._add(link, link.condition & here, waiting)

    def _add(
        self, link: Link, condition: Condition, waiting: dict[Package, None]
    ) -> None:
        if not condition:
            return
        for package in _packages(link):
            before = self.of(*package)
            if not condition.implies(before):
                self._found[package] = before | condition
                waiting[package] = None


def _packages(link: Link) -> Iterable[Package]:
    yield Package(link.child.label)
    for extra in link.extras:
        yield Package(link.child.label, extra)
