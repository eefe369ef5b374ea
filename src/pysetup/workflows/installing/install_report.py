"""What one command changed in an environment, as it is told to people and programs."""

from pysetup.interchange.environment import Environment
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.remove import RemovalPlan
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass
from pysetup.workflows.events import PlannedChanges


@dataclass(frozen=True, slots=True)
class InstallReport:
    """What one command changed, or with ``dry_run`` would change.

    ``installed`` and ``removed`` are (name, version), ``upgraded`` are (name, old
    versions, new version); ``kept`` are changed files that were left, ``shared`` files
    that other distributions still need, ``start_up_files`` new files that run code in
    every start of the interpreter; paths are absolute.
    """

    environment: str
    installed: tuple[tuple[str, str], ...]
    upgraded: tuple[tuple[str, str, str], ...]
    removed: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    shared: tuple[str, ...]
    start_up_files: tuple[str, ...]
    plan: TransactionPlan
    dry_run: bool

    @property
    def changes(self) -> PlannedChanges:
        """What changed, as it is planned."""
        return PlannedChanges(self.installed, self.upgraded, self.removed)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; of the plan, with ``dry_run`` only."""
        return {
            "environment": self.environment,
            "dry_run": self.dry_run,
            "installed": [_named(*item) for item in self.installed],
            "upgraded": [
                {**_named(name, new), "old_version": old}
                for name, old, new in self.upgraded
            ],
            "removed": [_named(*item) for item in self.removed],
            "kept": list(self.kept),
            "shared": list(self.shared),
            "start_up_files": list(self.start_up_files),
            **({"plan": self.plan.to_json()} if self.dry_run else {}),
        }


def nothing_changed(environment: Environment, *, dry_run: bool) -> InstallReport:
    """Return the report of a command that found everything as it should be."""
    plan = TransactionPlan(installs=(), removals=(), gone=frozenset())
    return report_of(plan, environment, dry_run=dry_run)


def report_of(
    plan: TransactionPlan, environment: Environment, *, dry_run: bool
) -> InstallReport:
    """Return what ``plan`` changed in ``environment``, or would with ``dry_run``."""
    old: dict[str, list[RemovalPlan]] = {}
    for removal in plan.removals:
        old.setdefault(normalize_name(removal.name), []).append(removal)
    new: dict[str, InstallPlan] = {normalize_name(p.name): p for p in plan.installs}
    return InstallReport(
        environment=environment.prefix,
        installed=tuple(
            (plan.name, plan.version) for name, plan in new.items() if name not in old
        ),
        upgraded=tuple(
            (plan.name, ", ".join(item.version for item in old[name]), plan.version)
            for name, plan in new.items()
            if name in old
        ),
        removed=tuple(
            (item.name, item.version)
            for name, items in old.items()
            for item in items
            if name not in new
        ),
        kept=tuple(path for item in plan.removals for path in item.kept),
        shared=tuple(path for item in plan.removals for path in item.shared),
        start_up_files=tuple(
            path for item in plan.installs for path in item.start_up_files
        ),
        plan=plan,
        dry_run=dry_run,
    )


def _named(name: str, version: str) -> dict[str, JSON]:
    return {"name": name, "version": version}
