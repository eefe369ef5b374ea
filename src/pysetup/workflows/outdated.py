"""What is installed and no longer the newest, what would fit, and who holds it back."""

import os
from collections.abc import Iterable, Mapping, Sequence

from pysetup.interchange.dependency_graph import DependencyGraph
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import Version
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.graph import environment_graph
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.resolving.candidates import Offer, Selector
from pysetup.workflows.resolving.file_rules import FileRules
from pysetup.workflows.resolving.resolve import excluded_since


@dataclass(frozen=True, slots=True)
class Outdated:
    """One distribution with a newer version.

    ``latest`` is the newest that this environment can use, ``fitting`` the newest that
    everything installed allows, perhaps the installed one; ``kind`` is ``wheel`` or
    ``sdist``. ``held_by`` are the requirements that do not allow the latest.
    """

    name: str
    version: str
    latest: str
    fitting: str
    kind: str
    held_by: tuple[str, ...] = ()
    location: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; the first four keys are pip's."""
        return {
            "name": self.name,
            "version": self.version,
            "latest_version": self.latest,
            "latest_filetype": self.kind,
            "fitting_version": self.fitting,
            "held_by": list(self.held_by),
            **({"editable_project_location": self.location} if self.location else {}),
        }


def find_outdated(
    environment: Environment,
    context: Context,
    *,
    within: Sequence[InstalledDistribution] | None = None,
) -> tuple[Outdated, ...]:
    """Return what has a newer version, by name; the indexes are asked for all at once.

    ``within`` are the distributions to look at, by default all that are installed. What
    no index has is left out. Pre-releases count where the settings say so, or where one
    is installed. Raises as the index client does.
    """
    installed = within
    if installed is None:
        installed = read_environment(environment, context).distributions()
    graph = environment_graph(environment, context)
    settings = context.settings
    rules = FileRules(
        only_binary=settings.only_binary,
        no_binary=settings.no_binary,
        exclude_newer=excluded_since(context),
    )
    selector = Selector(environment, rules)
    found = []
    with (
        IndexClient(context) as client,
        stage(context.observer, "look-up") as running,
    ):
        client.prefetch(one.metadata.normalized_name for one in installed)
        for one in installed:
            page = client.page(one.metadata.normalized_name)
            if page is not None:
                offers = selector.offers(page)
                row = _compared(one, offers, graph, pre=settings.pre)
                found += [row] if row is not None else []
        running.count = len(installed)
    return tuple(found)


def _compared(
    one: InstalledDistribution,
    offers: Mapping[Version, Offer],
    graph: DependencyGraph,
    *,
    pre: bool,
) -> Outdated | None:
    current = one.metadata.version
    usable = {
        version: offer
        for version, offer in offers.items()
        if offer.file is not None
        and offer.file.yanked is None
        and (pre or current.is_prerelease or not version.is_prerelease)
    }
    latest = max(usable, default=None)
    if latest is None or latest <= current:
        return None
    edges = [
        (edge, parse_requirement(edge.requirement))
        for edge in graph.above[one.metadata.normalized_name]
        if edge.state != "unasked"
    ]
    needs = [(edge, r.specifier) for edge, r in edges if not r.url]
    fitting = _newest(
        version
        for version in usable
        if all(limit.contains(version, prereleases=True) for _, limit in needs)
    )
    file = usable[latest].file
    assert file is not None, "only versions with a file are usable"
    held = tuple(
        f"{graph.nodes[edge.parent]} needs {edge.requirement}"
        for edge, limit in needs
        if not limit.contains(latest, prereleases=True)
    )
    return Outdated(
        one.metadata.name,
        str(current),
        str(latest),
        str(max(fitting, current) if fitting else current),
        "wheel" if file.is_wheel else "sdist",
        held,
        one.location if one.editable else "",
    )


def _newest(versions: Iterable[Version]) -> Version | None:
    return max(versions, default=None)


def in_environment(one: InstalledDistribution, environment: Environment) -> bool:
    """Tell whether it stands in the environment itself, not in one below it."""
    own = (environment.scheme.purelib, environment.scheme.platlib)
    return os.path.dirname(one.info_dir) in own
