"""What the operating system lacks for a build, said before the build starts."""

import os

from pysetup.edges.host import read_os_release
from pysetup.late import shutil
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.external import external_needs
from pysetup.platforms.names.system_packages import (
    Host,
    Need,
    command_names,
    host_of,
    install_command,
    pkg_config_name,
)
from pysetup.workflows.context import Context

_PKG_CONFIG = ("pkg-config", "pkgconf")


def this_host() -> Host:
    """Return the operating system that we run on."""
    return host_of(read_os_release())


def tell_missing(metadata: Metadata, context: Context) -> None:
    """Warn of what the document asks for (PEP 725) and this machine seems to lack.

    A warning only: a compiler or library may be found in ways unknown to us.
    """
    needs = external_needs(metadata)
    if not needs:
        return
    host = this_host()
    for need in needs:
        if _is_missing(need, context):
            command = install_command(need, host)
            context.tell(
                f"warning: {metadata.name} asks for {need.name}, which is not found "
                "here" + (f";  {command}" if command else "")
            )


def _is_missing(need: Need, context: Context) -> bool:
    """Tell whether ``need`` was looked for, and not found."""
    search = context.environ.get("PATH", os.defpath)
    commands = command_names(need)
    if commands:
        return not any(shutil.which(name, path=search) for name in commands)
    module = pkg_config_name(need)
    tool = next((t for t in _PKG_CONFIG if shutil.which(t, path=search)), None)
    if module is None or tool is None:
        return False
    command = [tool, "--exists", module]
    return context.run_process(command, env=context.environ).returncode != 0
