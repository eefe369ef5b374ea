"""Maintainer scripts: bytecode made and removed, units told of; nothing else runs.

They must work where Python is not installed yet, or no longer: bytecode is only a
cache, so that no fault of it may stop dpkg.
"""

from collections.abc import Iterable

from pysetup.platforms.deb.control import checked_package
from pysetup.platforms.plan import MODULE, UNIT, PackageFile

_HEAD = "#!/bin/sh\nset -e\n"
_COMPILE = """
if [ "$1" = configure ] && command -v py3compile >/dev/null 2>&1; then
    py3compile -p {package} ||
        echo "{package}: some modules have no bytecode, and work without it" >&2
fi
"""
# As py3clean does, for when Python has been removed before us.
_CLEAN = """
if command -v py3clean >/dev/null 2>&1; then
    py3clean -p {package} || true
fi
dpkg -L {package} 2>/dev/null | while IFS= read -r file; do
    case "$file" in
        *.py)
            cache="${{file%/*}}/__pycache__"
            name="${{file##*/}}"
            if [ -d "$cache" ]; then
                rm -f "$cache/${{name%.py}}".*.pyc
                rmdir "$cache" 2>/dev/null || true
            fi
            ;;
    esac
done
"""
_RELOAD = """
if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
fi
"""
# Where every Python 3 of Debian's looks, and what its tools compile.
PUBLIC_SITE = "usr/lib/python3/dist-packages"


def maintainer_scripts(
    package: str, files: Iterable[PackageFile], *, site: str
) -> dict[str, str]:
    """Return the scripts that ``package`` needs, by name.

    ``site`` is the folder of modules; only those that all of Debian's Pythons share
    are compiled. Raises ``ControlFieldError`` for a name that is none.
    """
    checked_package(package)
    listed = list(files)
    bodies: dict[str, str] = {}
    if any(file.role == MODULE and file.path.endswith(".py") for file in listed):
        if site == PUBLIC_SITE:
            bodies["postinst"] = _COMPILE.format(package=package)
        bodies["prerm"] = _CLEAN.format(package=package)
    if any(file.role == UNIT and "systemd/system/" in file.path for file in listed):
        bodies["postinst"] = bodies.get("postinst", "") + _RELOAD
        bodies["postrm"] = _RELOAD
    return {name: f"{_HEAD}{body}\nexit 0\n" for name, body in bodies.items()}
