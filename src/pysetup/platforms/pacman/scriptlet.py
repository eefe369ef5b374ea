"""The script of a package: byte-code is made at its place, and leaves with it."""

from collections.abc import Iterable

from pysetup.platforms.plan import MODULE, PackageFile
from pysetup.platforms.quoting import shell_word
from pysetup.platforms.target import PlatformTarget

_TEXT = """\
# Byte-code is made where the package is installed, by the Python that is there.
_modules() {{
  printf '%s\\n' {modules}
}}

# Removes the byte-code of the modules that standard input lists.
_clean() {{
  _last=
  while IFS= read -r _path; do
    case $_path in *.py) ;; *) continue ;; esac
    _folder=/${{_path%/*}}
    if [ "$_folder" = {site} ]; then
      _name=${{_path##*/}}
      rm -f "$_folder/__pycache__/${{_name%.py}}".*.pyc
    elif [ "$_folder" != "$_last" ]; then
      rm -rf "$_folder/__pycache__"
      _last=$_folder
    fi
  done
  rmdir {site}/__pycache__ 2>/dev/null || :
}}

post_install() {{
  _modules | {python} -m compileall -q -i - >/dev/null 2>&1 || :
}}

pre_upgrade() {{
  # The list of the version that is there: the new one may have other modules.
  _old=/var/lib/pacman/local/{name}-$2/files
  if [ -r "$_old" ]; then
    _clean <"$_old"
  else
    _modules | _clean
  fi
}}

post_upgrade() {{
  post_install
}}

pre_remove() {{
  _modules | _clean
}}
"""


def scriptlet(
    files: Iterable[PackageFile], target: PlatformTarget, *, name: str
) -> str:
    """Return ``.INSTALL`` for the modules among ``files``; empty if there are none.

    pacman runs its functions with ``/`` as the working directory; upgrades are given
    the new version and the old one (alpm-install). ``name`` is the package's.
    """
    modules = [
        each.path for each in files if each.role == MODULE and each.path.endswith(".py")
    ]
    if not modules:
        return ""
    return _TEXT.format(
        modules=" \\\n    ".join(shell_word(path) for path in modules),
        python=shell_word(target.interpreter),
        site=shell_word(f"/{target.paths['purelib']}"),
        name=name,
    )
