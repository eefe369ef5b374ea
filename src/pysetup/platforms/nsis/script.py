"""The script of an installer: pure text, made from a plan.

What the script does stands in ``template.nsi``; the lists of files and the words that
depend on the project are put into it.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files

from pysetup.platforms.installed_check import SCRIPT_NAME
from pysetup.platforms.nsis.quoting import escaped, quoted
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.templates import filled
from pysetup.platforms.windows.plan import MACHINE, cache_folder

OUTPUT = "package.exe"
#: The list of files in an installer, and the letter before the number of each.
MANIFEST, STAGED = "new.txt", "n"
UNINSTALLER = "uninstall.exe"
_TARGETS = {"i686": "x86-unicode", "x86": "x86-unicode"}
# No stub of NSIS is for ARM; its Windows runs programs for x86.
_TARGETS |= {"arm64": "x86-unicode", "aarch64": "x86-unicode"}
_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_SHORT = 200
_KIB = 1024


def script(
    plan: PackagePlan, sources: Mapping[str, str], sizes: Mapping[str, int]
) -> str:
    """Return the script; it stands in a folder with the files that it takes.

    ``sources`` are the names of these files by path in the package, and of the check
    of needs and the manifest by their own names; ``sizes`` are in bytes by path.
    """
    details = plan.details
    python = str(details["python_key"])
    name = str(details["display_name"])
    words = {
        "TARGET": _TARGETS.get(plan.architecture, "amd64-unicode"),
        "NAME": quoted(name, most=_SHORT),
        "OUTPUT": quoted(OUTPUT),
        "LEVEL": "admin" if plan.options["scope"] == MACHINE else "user",
        "SCOPE": quoted(str(plan.options["scope"])),
        "BITS": str(details["registry_bits"]),
        "PYTHON": quoted(python),
        "PYTHON_KEY": quoted(rf"Software\Python\PythonCore\{python}\InstallPath"),
        "KEY": quoted(rf"{_KEY}\{plan.project}-py{python}"),
        "VERSION": quoted(plan.project_version, most=_SHORT),
        "ORDER": quoted(plan.version),
        "PUBLISHER": quoted(plan.maintainer, most=_SHORT),
        "HOMEPAGE": quoted(plan.homepage),
        "SUMMARY": quoted(plan.summary, most=_SHORT * 2),
        "SIZE": str(-(-sum(sizes.values()) // _KIB)),
        "DIST_INFO": escaped(_windows(str(details["dist_info"]))),
        "UP": "\\".join([".."] * (str(details["dist_info"]).count("/") + 1)),
        "LOG": f'"$TEMP\\pysetup-{escaped(plan.project)}.log"',
        "CHECK": "\n".join(_check(plan, sources)),
        "STAGE": "\n".join(_stage(plan, sources)),
        "UNINSTALLER": str(len(plan.files) + 1),
        "MANIFEST": quoted(sources[MANIFEST]),
    }
    return filled(_template(), words)


def _template() -> str:
    place = files("pysetup.platforms.nsis").joinpath("template.nsi")
    return place.read_text("utf-8")


def _check(plan: PackagePlan, sources: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that run the check of needs; none where nothing is needed."""
    if SCRIPT_NAME not in plan.scripts:
        return
    name = escaped(str(plan.details["display_name"])[:_SHORT])
    yield "  InitPluginsDir"
    yield f'  File "/oname=$PLUGINSDIR\\{SCRIPT_NAME}" {quoted(sources[SCRIPT_NAME])}'
    command = f'"$Root\\python.exe" -I "$PLUGINSDIR\\{SCRIPT_NAME}"'
    yield f"  nsExec::ExecToStack '{command}'"
    yield "  Pop $0"
    yield "  Pop $1"
    yield '  ${If} $0 != "0"'
    yield f'    StrCpy $Reason "{name} needs what is not installed:$\\r$\\n$1"'
    yield "    StrCpy $Code 4"
    yield "    Call Refuse"
    yield "  ${EndIf}"


def _stage(plan: PackagePlan, sources: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that write the files, under numbers; they are moved later."""
    for number, file in enumerate(plan.files, start=1):
        yield f'  File "/oname={STAGED}{number}" {quoted(sources[file.path])}'


def manifest(plan: PackagePlan) -> bytes:
    """Return the list of what is put in place and taken away, as the script reads it.

    It is read when it runs: as instructions, makensis would need minutes for thousands
    of files. A line is a letter and a path: ``C`` a folder with files, ``F`` a file,
    ``B`` byte code of one, ``D`` a folder of the package, those inside others first.
    """
    caches = plan.details["caches"]
    assert isinstance(caches, Mapping)
    paths = [file.path for file in plan.files]
    paths.append(f"{plan.details['dist_info']}/{UNINSTALLER}")
    lines = [f"C{folder}" for folder in sorted({p.rpartition("/")[0] for p in paths})]
    lines += [f"F{path}" for path in paths]
    for module, names in caches.items():
        assert isinstance(names, list)
        lines += [f"B{cache_folder(module)}/{name}" for name in names]
    folders = {*plan.directories, *map(cache_folder, caches)}
    lines += [f"D{folder}" for folder in sorted(folders, reverse=True)]
    return "".join(f"{_windows(line)}\r\n" for line in lines).encode("utf-16-le")


def _windows(path: str) -> str:
    return path.replace("/", "\\")
