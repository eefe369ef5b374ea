"""Whether distributions may bring code that runs at every start of Python."""

import os
from collections.abc import Sequence

from pysetup.errors import EnvironmentRefusedError
from pysetup.phases.install.plan import InstallPlan
from pysetup.workflows.context import Context

_DENY, _ASK = "deny", "ask"


class StartUpCodeError(EnvironmentRefusedError):
    """A distribution brings code that would run at every start of Python.

    Such code runs whether the distribution is used or not: ``import`` lines of ``.pth``
    files, ``.start`` files, ``sitecustomize`` and ``usercustomize``. The setting
    ``startup-hooks`` is ``deny``, or it is ``ask`` and nobody agreed. Nothing was
    written.
    """

    code = "PS7341"

    def __init__(self, name: str, paths: tuple[str, ...], reason: str) -> None:
        super().__init__(
            f"{name} would run code at every start of Python: {', '.join(paths)}",
            facts={"distribution": name, "files": list(paths), "because": reason},
            hints=(
                "look into the file first, then allow it:  --startup-hooks allow",
                f"or do not install {name}",
            ),
        )
        self.name, self.paths = name, paths


def refuse_denied(installs: Sequence[InstallPlan], context: Context) -> None:
    """Raise ``StartUpCodeError`` if the setting forbids what ``installs`` bring."""
    if context.settings.startup_hooks == _DENY:
        for plan in _with_code(installs):
            raise _refusal(plan, "startup-hooks is deny")


def settle_start_up_code(installs: Sequence[InstallPlan], context: Context) -> None:
    """Tell of the code that ``installs`` bring, and let the setting decide about it.

    Raises ``StartUpCodeError`` where it is forbidden, or nobody agrees to it.
    """
    refuse_denied(installs, context)
    for plan in installs:
        for path in plan.path_files:
            context.show(f"{plan.name} lengthens sys.path: {_shown(path, plan)}")
    for plan in _with_code(installs):
        for path in plan.start_up_files:
            shown = _shown(path, plan)
            context.tell(f"{plan.name} runs code at every start of Python: {shown}")
        if context.settings.startup_hooks == _ASK:
            _agree(plan, context)


def _shown(path: str, plan: InstallPlan) -> str:
    """Return ``path`` below its site folder: the same line for every environment."""
    return os.path.relpath(path, os.path.dirname(plan.info_dir))


def _agree(plan: InstallPlan, context: Context) -> None:
    if context.memory is not None:
        # Another time another answer may be given.
        context.memory.spoil()
    if context.agree is None:
        raise _refusal(plan, "startup-hooks is ask, and there is nobody to ask")
    if not context.agree(f"may {plan.name} run code at every start of Python?"):
        raise _refusal(plan, "nobody agreed to it")


def _with_code(installs: Sequence[InstallPlan]) -> list[InstallPlan]:
    return [plan for plan in installs if plan.start_up_files]


def _refusal(plan: InstallPlan, reason: str) -> StartUpCodeError:
    return StartUpCodeError(plan.name, plan.start_up_files, reason)
