"""The scripts that Installer of macOS runs: before a package is in place, and after.

The first refuses where the package would not work; the second cleans up.
"""

import shlex
from collections.abc import Mapping

from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.templates import filled
from pysetup.standards.jsontext import JSON

# $3 is where the volume of the target is mounted: "/" as a rule.
_HEAD = """\
#!/bin/sh
# Refuse where the package would not work; note what an older version of it has.
# What is written to standard error stands in the log of Installer.
volume="${3%/}"
here=$(dirname "$0")
identifier=@identifier@
python="$volume"@interpreter@
refuse() {
    echo "$identifier: $1" >&2
    exit 1
}
[ -x "$python" ] ||
    refuse "Python @python@ of python.org is not installed"
"""
# Under Rosetta ``uname`` names the machine that is imitated.
_MACHINE = """\
machine=$(uname -m)
[ "$(sysctl -in hw.optional.arm64 2>/dev/null)" = 1 ] && machine=arm64
[ "$machine" = @machine@ ] ||
    refuse "it is for a Mac with another processor (@machine@)"
"""
_SYSTEM = """\
release=$(sw_vers -productVersion).0
major=${release%%.*}
minor=${release#*.}
minor=${minor%%.*}
[ "$major" -gt @major@ ] || { [ "$major" -eq @major@ ] && [ "$minor" -ge @minor@ ]; } ||
    refuse "it needs macOS @major@.@minor@ or later"
"""
_LINKS = """\
while read -r place target; do
    link="$volume/$place"
    if [ -e "$link" ] || [ -L "$link" ]; then
        [ "$(readlink "$link")" = "$target" ] ||
            refuse "$link belongs to something else: make a package with links=false"
    fi
done <<'LINKS'
@links@
LINKS
"""
_CHECK = """\
missing=$("$python" -I "$here"/@check@ 2>&1) ||
    refuse "something that it needs is not installed: $missing"
"""
_OLDER = """\
if pkgutil --volume "${volume:-/}" --pkg-info "$identifier" >/dev/null 2>&1; then
    for kind in files dirs; do
        pkgutil --volume "${volume:-/}" --only-$kind --files "$identifier" \\
            >"$here/older-$kind"
    done
fi
exit 0
"""
#: The script that runs once all is in place, so that an older version is whole if it is
#: not. Names that differ in capitals are one file; byte code looks valid when a module
#: has the size that it had before, since all have the same date.
POSTINSTALL_SCRIPT = """\
#!/bin/sh
# Take away what an older version had and this one has not, and the byte code of both.
volume="${3%/}"
here=$(dirname "$0")
[ -f "$here/older-files" ] || exit 0
awk 'NR == FNR { there[tolower($0)]; next } !(tolower($0) in there)' \\
    "$here/files" "$here/older-files" |
while IFS= read -r path; do
    rm -f "$volume/$path"
done
sort -r "$here/older-dirs" |
while IFS= read -r path; do
    case "$path" in
        */site-packages/*)
            rm -f "$volume/$path"/__pycache__/*.pyc
            rmdir "$volume/$path/__pycache__" "$volume/$path" 2>/dev/null
            ;;
    esac
done
exit 0
"""


def preinstall_script(
    identifier: str,
    *,
    target: PlatformTarget,
    machine: str,
    system: tuple[int, int] | None,
    links: Mapping[str, JSON],
    check: str,
) -> str:
    """Return the script.

    ``machine`` is the only one that the package is for, or empty; ``system`` the oldest
    macOS that it runs on, or None for any; ``links`` are links to commands that must
    not be another's; ``check`` is the script that looks for what is needed, beside this
    one, or empty.
    """
    parts = [_HEAD]
    parts += [_MACHINE] if machine else []
    parts += [_SYSTEM] if system else []
    parts += [_LINKS] if links else []
    parts += [_CHECK] if check else []
    lines = "\n".join(f"{place} {target}" for place, target in sorted(links.items()))
    words = {
        "identifier": shlex.quote(identifier),
        "interpreter": shlex.quote(target.interpreter),
        "python": target.python,
        "machine": machine,
        "major": str((system or (0, 0))[0]),
        "minor": str((system or (0, 0))[1]),
        "links": lines,
        "check": check,
    }
    return filled("".join([*parts, _OLDER]), words)
