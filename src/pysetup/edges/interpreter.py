"""Asking an interpreter what it is: one short script, on any Python from 3.6 on."""

import json
from collections.abc import Mapping
from typing import Any, Self

from pysetup.edges.process import RunProcess
from pysetup.errors import EnvironmentRefusedError
from pysetup.values import as_mapping, dataclass

_TIMEOUT = 60.0

# Runs inside the interpreter that is asked: no new syntax, nothing but the library.
_QUESTION = r"""
import json, os, platform, site, sys, sysconfig

def release(info):
    text = "{0.major}.{0.minor}.{0.micro}".format(info)
    kind = info.releaselevel
    return text if kind == "final" else text + kind[0] + str(info.serial)

get = sysconfig.get_config_var
name = sys.implementation.name
short = {"cpython": "cp", "pypy": "pp"}.get(name, name)
two = "%d%d" % sys.version_info[:2]
debug = bool(get("Py_DEBUG")) or hasattr(sys, "gettotalrefcount")
if name == "cpython":
    flags = "t" if get("Py_GIL_DISABLED") else ""
    if sys.version_info < (3, 8):
        flags += "m"
    abis = ["cp" + two + flags]
    if debug:
        abis.insert(0, "cp" + two + flags.replace("m", "") + "d"
                    + ("m" if "m" in flags else ""))
else:
    soabi = (get("EXT_SUFFIX") or "..").split(".")[1].split("-")
    abis = ["_".join(soabi[:2])] if len(soabi) > 1 else []

virtual = sys.prefix != getattr(sys, "base_prefix", sys.prefix)
paths = sysconfig.get_paths()
headers = paths["include"]
if virtual:
    headers = os.path.join(sys.prefix, "include", "site", "python%d.%d"
                           % sys.version_info[:2])
try:
    sites = site.getsitepackages()
except AttributeError:
    sites = []
def below(name, base):
    # The folders of a scheme, from the base of it.
    try:
        found = sysconfig.get_paths(name, vars={
            "base": base, "platbase": base, "userbase": base,
            "installed_base": base, "installed_platbase": base})
    except KeyError:
        return {}
    return {"purelib": os.path.relpath(found["purelib"], base),
            "platlib": os.path.relpath(found["platlib"], base),
            "scripts": os.path.relpath(found["scripts"], base),
            "headers": os.path.relpath(found["include"], base),
            "data": "."}

managed_file = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
try:
    with open(managed_file, encoding="utf-8") as stream:
        managed = stream.read()
except (OSError, UnicodeDecodeError):
    managed = None
print(json.dumps({
    "executable": sys.executable,
    "prefix": sys.prefix,
    "base_prefix": getattr(sys, "base_prefix", sys.prefix),
    "virtual": virtual,
    "implementation": short,
    "version": "%d.%d" % sys.version_info[:2],
    "abis": abis,
    "platform": sysconfig.get_platform(),
    "externally_managed": None if virtual else managed,
    "managed_file": "" if virtual else managed_file,
    "absent": [p for p in sites if not os.path.isdir(p)],
    "paths": [p for p in sys.path if p in sites or p in (paths["purelib"],
                                                          paths["platlib"])],
    "scheme": {
        "purelib": paths["purelib"],
        "platlib": paths["platlib"],
        "scripts": paths["scripts"],
        "data": paths["data"],
        "headers": headers,
    },
    "prefix_scheme": below(os.name + "_prefix" if os.name == "posix" else os.name,
                           os.sep + "base"),
    "user_scheme": below(os.name + "_user", os.sep + "base"),
    "markers": {
        "implementation_name": name,
        "implementation_version": release(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
}))
"""


class InterpreterFailedError(EnvironmentRefusedError):
    """A program that should be a Python interpreter did not answer as one.

    It may be damaged, not Python at all, or older than Python 3.6.
    """

    code = "PS7316"

    def __init__(self, executable: str, reason: str) -> None:
        super().__init__(
            f"{executable} does not work as a Python interpreter: {reason}",
            facts={"python": executable},
            hints=("name another interpreter with --python",),
        )
        self.executable, self.reason = executable, reason


@dataclass(frozen=True, slots=True)
class InterpreterFacts:
    """What an interpreter said of itself.

    ``implementation`` is the short name (``cp``, ``pp``), ``version`` the feature
    version, ``abis`` its ABI tags, best first; ``externally_managed`` the content of
    PEP 668's file, ``managed_file`` where that stands or would stand (empty for a
    virtual environment, which it does not concern). ``absent`` are site folders that
    are not there yet. ``prefix_scheme`` and ``user_scheme`` are the folders below any
    prefix, and below the user's base.
    """

    executable: str
    prefix: str
    base_prefix: str
    virtual: bool
    implementation: str
    version: tuple[int, int]
    abis: tuple[str, ...]
    platform: str
    externally_managed: str | None
    managed_file: str
    absent: tuple[str, ...]
    paths: tuple[str, ...]
    scheme: Mapping[str, str]
    prefix_scheme: Mapping[str, str]
    user_scheme: Mapping[str, str]
    markers: Mapping[str, str]

    def to_json(self) -> dict[str, object]:
        """Return the JSON form, as the interpreter gave it."""
        return {**as_mapping(self), "version": "{}.{}".format(*self.version)}

    @classmethod
    def from_json(cls, answer: Mapping[str, Any]) -> Self:
        """Read the JSON form.

        Raises ``KeyError``, ``TypeError``, ``ValueError`` or ``AttributeError``.
        """
        major, minor = str(answer["version"]).split(".")
        managed = answer["externally_managed"]
        return cls(
            executable=str(answer["executable"]),
            prefix=str(answer["prefix"]),
            base_prefix=str(answer["base_prefix"]),
            virtual=answer["virtual"] is True,
            implementation=str(answer["implementation"]),
            version=(int(major), int(minor)),
            abis=tuple(map(str, answer["abis"])),
            platform=str(answer["platform"]),
            externally_managed=None if managed is None else str(managed),
            managed_file=str(answer["managed_file"]),
            absent=tuple(map(str, answer["absent"])),
            paths=tuple(map(str, answer["paths"])),
            scheme=_paths(answer["scheme"]),
            prefix_scheme=_paths(answer["prefix_scheme"]),
            user_scheme=_paths(answer["user_scheme"]),
            markers={key: str(text) for key, text in answer["markers"].items()},
        )


def _paths(answer: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(path) for key, path in answer.items()}


def describe_interpreter(executable: str, run: RunProcess) -> InterpreterFacts:
    """Ask ``executable``, in isolated mode, what it is and where its files go.

    Raises ``InterpreterFailedError``, or ``CommandNotFoundError`` if it cannot be
    started.
    """
    done = run([executable, "-I", "-c", _QUESTION], timeout=_TIMEOUT)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else f"it ended with code {done.returncode}"
        raise InterpreterFailedError(executable, reason)
    # A start-up file of the environment may have printed something before.
    answer = done.stdout.strip().splitlines()[-1:] or [b""]
    try:
        return InterpreterFacts.from_json(json.loads(answer[0]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InterpreterFailedError(executable, "its answer is incomplete") from None
