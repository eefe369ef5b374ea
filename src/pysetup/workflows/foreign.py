"""What would be installed on another machine: told from the pins, with nothing built.

Files for another machine are not fetched for a dry run, and sources cannot be built
for it here: the index and the metadata tell all there is to say.
"""

from collections.abc import Callable, Sequence

from pysetup.interchange.environment import Environment
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.workflows.events import changes_to
from pysetup.workflows.installing.install_report import InstallReport
from pysetup.workflows.resolving.resolve import Pin

LookAtPins = Callable[[Sequence[Pin]], None]
_NO_CHANGE = TransactionPlan(installs=(), removals=(), gone=frozenset())


def report_of_pins(
    pins: Sequence[Pin], environment: Environment, *, look: LookAtPins
) -> InstallReport:
    """Return the report of a dry run; ``look`` gets the pins."""
    look(pins)
    planned = changes_to(
        [(pin.metadata.name, str(pin.metadata.version), "") for pin in pins], ()
    )
    return InstallReport(
        environment=environment.prefix,
        installed=planned.install,
        upgraded=(),
        removed=(),
        kept=(),
        shared=(),
        start_up_files=(),
        plan=_NO_CHANGE,
        dry_run=True,
    )
