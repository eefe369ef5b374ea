"""Which versions of a project the indexes have for an environment."""

from pysetup.errors import AnswerError
from pysetup.interchange.environment import Environment
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import Version
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.resolving.candidates import Selector
from pysetup.workflows.resolving.file_rules import FileRules
from pysetup.workflows.resolving.resolve import excluded_since


class NoVersionsError(AnswerError):
    """No index has a version of the project that this environment can use.

    Check the name and the index. Pre-releases count with ``--pre`` alone.
    """

    code = "PS1303"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no matching distribution found for {name}",
            facts={"project": name},
            hints=("check the name, or look at pre-releases with  --pre",),
        )


@dataclass(frozen=True, slots=True)
class IndexVersions:
    """The versions of a project, newest first, and the one that is installed, if any.

    ``name`` is as it was asked for.
    """

    name: str
    versions: tuple[Version, ...]
    installed: Version | None

    @property
    def latest(self) -> Version:
        """The newest."""
        return self.versions[0]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, with pip's keys."""
        return {
            "name": self.name,
            "versions": [str(version) for version in self.versions],
            "latest": str(self.latest),
            **({"installed_version": str(self.installed)} if self.installed else {}),
        }


def index_versions(
    name: str, environment: Environment, context: Context
) -> IndexVersions:
    """Return what the indexes have of the project ``name``.

    Raises ``NoVersionsError``, and as the index client does.
    """
    settings = context.settings
    rules = FileRules(
        only_binary=settings.only_binary,
        no_binary=settings.no_binary,
        exclude_newer=excluded_since(context),
    )
    with IndexClient(context) as client:
        page = client.page(normalize_name(name))
    offers = {} if page is None else Selector(environment, rules).offers(page)
    usable = [version for version, offer in offers.items() if offer.file is not None]
    found = [one for one in usable if settings.pre or not one.is_prerelease]
    if not found:
        raise NoVersionsError(name)
    installed = read_environment(environment, context).find(name)
    return IndexVersions(
        name,
        tuple(sorted(found, reverse=True)),
        None if installed is None else installed.metadata.version,
    )
