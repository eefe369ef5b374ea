"""Giving old installations a .dist-info, in one transaction."""

import os
from collections.abc import Sequence
from typing import cast

from pysetup.edges.files import LocalFiles
from pysetup.edges.signals import SignalGate
from pysetup.interchange.environment import Environment
from pysetup.phases.install.apply import Means, apply
from pysetup.phases.install.conversion import plan_conversion
from pysetup.phases.install.durability import DurabilityMode
from pysetup.phases.install.remove import NotInstalledError
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import require_changeable
from pysetup.workflows.installing.install import open_database
from pysetup.workflows.installing.state_folder import held_state_folder

_FILES = LocalFiles()


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What was recorded anew, or with ``dry_run`` would be: (name, version)."""

    converted: tuple[tuple[str, str], ...]
    plan: TransactionPlan
    dry_run: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; of the plan, with ``dry_run`` only."""
        return {
            "dry_run": self.dry_run,
            "converted": [{"name": n, "version": v} for n, v in self.converted],
            **({"plan": self.plan.to_json()} if self.dry_run else {}),
        }


def convert_to_dist_info(
    names: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    dry_run: bool = False,
) -> ConversionReport:
    """Give what is called ``names`` a .dist-info, or all .egg-info without names.

    All of them or none; what has one is passed over. Raises ``PysetupError``; the
    environment is then as it was.
    """
    require_changeable(environment)
    if dry_run:
        return _report(_plan(names, environment), dry_run=True)
    with (
        SignalGate() as gate,
        held_state_folder(
            environment, context, files=_FILES, timeout=context.settings.lock_timeout
        ) as root,
    ):
        plan = _plan(names, environment)
        if plan.removals:
            means = Means(
                root=root,
                name=f"{context.now():%Y%m%dT%H%M%SZ}-{os.getpid()}",
                wheels={},
                files=_FILES,
                compile_modules=None,
                commit_begins=gate.close,
                durability=cast("DurabilityMode", context.settings.durability),
                note=context.show,
            )
            apply(plan, environment, means)
    return _report(plan, dry_run=False)


def _plan(names: Sequence[str], environment: Environment) -> TransactionPlan:
    database = open_database(environment)
    if names:
        found = [(name, database.find(name)) for name in names]
        for name, one in found:
            if one is None:
                raise NotInstalledError(name, environment.prefix)
        chosen = [one for _, one in found if one is not None]
    else:
        chosen = [one for one in database.distributions() if one.kind == "egg-info"]
    return plan_conversion(chosen, database=database, environment=environment)


def _report(plan: TransactionPlan, *, dry_run: bool) -> ConversionReport:
    converted = tuple((one.name, one.version) for one in plan.removals)
    return ConversionReport(converted, plan, dry_run)
