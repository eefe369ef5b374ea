"""Whether what is needed from outside Python is on this machine, and who shows it."""

import os
import platform
import re
import shutil
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from pysetup.edges.process import CommandNotFoundError
from pysetup.errors import AnswerError
from pysetup.platforms.names.system_packages import (
    command_names,
    header_names,
    library_names,
    pkg_config_name,
)
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    InvalidVersionError,
    parse_specifiers,
    parse_version,
)
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.platform.external import MappedExternal
from pysetup.workflows.platform.system_target import family_of

FOUND, MISSING, TOO_OLD, UNKNOWN = "found", "missing", "another version", "unknown"
_PKG_CONFIG = ("pkg-config", "pkgconf")
_INCLUDES = ("/usr/local/include", "/usr/include", "/opt/homebrew/include")
_LIBRARIES = ("/usr/local/lib", "/usr/lib", "/lib", "/usr/lib64", "/lib64")
_TIMEOUT = 10.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_UPSTREAM = re.compile(r"(?:\d+:)?(?P<version>\d+(?:\.\d+)*)")
# family -> the words that ask whether a package is installed, and print its version.
_QUERIES: Mapping[str, tuple[str, ...]] = {
    "debian": ("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}"),
    "fedora": ("rpm", "-q", "--whatprovides", "--queryformat", "installed %{VERSION}"),
    "suse": ("rpm", "-q", "--whatprovides", "--queryformat", "installed %{VERSION}"),
    "arch": ("pacman", "-Q"),
    "homebrew": ("brew", "list", "--versions"),
    "alpine": ("apk", "info", "-e"),
}


class MissingExternalError(AnswerError):
    """Something that the project needs from outside Python is not on this machine.

    The hint is the command that installs it here. What was looked for stands in the
    facts: commands, pkg-config modules, headers, libraries, and packages.
    """

    code = "PS1740"

    def __init__(self, checked: "Checked", command: str) -> None:
        dependency = str(checked.mapped.need.dep)
        told = f"{dependency} ({checked.mapped.need.role})"
        state = "is not here" if checked.status == MISSING else "is here in another"
        version = "" if checked.status == MISSING else f" version: {checked.how}"
        super().__init__(
            f"{told} {state}{version}",
            facts={"dependency": dependency, "looked_for": list(checked.looked_for)},
            hints=(command,) if command else (),
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """A need, and whether it is here.

    ``how`` tells what shows it (``header /usr/include/zlib.h``), ``looked_for`` all
    that was looked for.
    """

    mapped: MappedExternal
    status: str
    how: str = ""
    looked_for: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            **self.mapped.to_json(),
            "status": self.status,
            "how": self.how,
            "looked_for": list(self.looked_for),
        }


def check_needs(
    rows: Sequence[MappedExternal], target: PlatformTarget, *, context: Context
) -> tuple[Checked, ...]:
    """Look for each of ``rows`` on this machine."""
    looker = _Looker(target, context)
    return tuple(looker.check(row) for row in rows)


@dataclass(frozen=True, slots=True)
class _Sign:
    """Something that shows that a need is met, and which version says it has."""

    told: str
    version: Callable[[], str]


class _Looker:
    """Looks for things in the ways that their role allows."""

    def __init__(self, target: PlatformTarget, context: Context) -> None:
        self._target = target
        self._context = context
        self._path = context.environ.get("PATH", os.defpath)

    def check(self, row: MappedExternal) -> Checked:
        """Return the first sign of the right version, or what else there was."""
        if row.packages == ():
            return Checked(row, FOUND, "nothing is needed on this system")
        looked_for: list[str] = []
        other = ""
        dep = row.need.dep
        for sign in self._signs(row, looked_for):
            if dep.is_virtual and dep.version:
                told = f"{sign.told}; nobody knows whether it is {dep.version}"
                return Checked(row, FOUND, told, tuple(looked_for))
            version = sign.version() if dep.version else ""
            if _fits(version, dep.version):
                told = f"{sign.told} {version}".rstrip()
                return Checked(row, FOUND, told, tuple(looked_for))
            other = other or f"{sign.told} {version}"
        if other:
            return Checked(row, TOO_OLD, other, tuple(looked_for))
        status = MISSING if looked_for else UNKNOWN
        return Checked(row, status, "", tuple(looked_for))

    def _signs(self, row: MappedExternal, looked_for: list[str]) -> Iterator[_Sign]:
        if row.need.is_generic:
            yield from self._commands(row, looked_for)
            if row.need.role == "run":
                yield from self._libraries(row, looked_for)
            yield from self._modules(row, looked_for)
            if row.need.role != "run":
                yield from self._headers(row, looked_for)
        yield from self._packages(row, looked_for)

    def _commands(self, row: MappedExternal, looked_for: list[str]) -> Iterator[_Sign]:
        for name in command_names(row.need.need):
            looked_for.append(f"command {name}")
            path = shutil.which(name, path=self._path)
            if path is not None:
                yield _Sign(f"command {path}", partial(self._answer, path))

    def _answer(self, path: str) -> str:
        done = self._run([path, "--version"])
        match = _VERSION.search(done or "")
        return match[0] if match else ""

    def _modules(self, row: MappedExternal, looked_for: list[str]) -> Iterator[_Sign]:
        module = pkg_config_name(row.need.need)
        tool = next((t for t in _PKG_CONFIG if shutil.which(t, path=self._path)), None)
        if module is None or tool is None:
            return
        looked_for.append(f"pkg-config {module}")
        version = self._run([tool, "--modversion", module])
        if version is not None:
            yield _Sign(f"pkg-config {module}", version.strip)

    def _headers(self, row: MappedExternal, looked_for: list[str]) -> Iterator[_Sign]:
        for name in header_names(row.need.need):
            looked_for.append(f"header {name}")
            for folder in self._folders(_INCLUDES, ("CPATH", "C_INCLUDE_PATH")):
                if Path(folder, name).is_file():
                    yield _Sign(f"header {folder}/{name}", str)
                    break

    def _libraries(self, row: MappedExternal, looked_for: list[str]) -> Iterator[_Sign]:
        for name in library_names(row.need.need):
            looked_for.append(f"library {name}")
            for folder in self._folders(_LIBRARIES, ("LD_LIBRARY_PATH",)):
                found = sorted(Path(folder).glob(f"lib{name}.so*"))
                found += sorted(Path(folder).glob(f"lib{name}.*dylib"))
                if found:
                    yield _Sign(f"library {found[0]}", str)
                    break

    def _folders(self, plain: Iterable[str], variables: Iterable[str]) -> list[str]:
        """Return the folders to look in: those of variables first."""
        listed = [
            folder
            for variable in variables
            for folder in self._context.environ.get(variable, "").split(os.pathsep)
            if folder
        ]
        multiarch = sysconfig.get_config_var("MULTIARCH") or ""
        machine = f"{platform.machine()}-linux-gnu"
        own = sysconfig.get_path("include")
        for folder in (*plain, own):
            listed.append(folder)
            listed += [f"{folder}/{part}" for part in (multiarch, machine) if part]
        prefix = self._context.environ.get("CONDA_PREFIX")
        if prefix:
            listed += [f"{prefix}/include", f"{prefix}/lib"]
        return list(dict.fromkeys(listed))

    def _packages(self, row: MappedExternal, looked_for: list[str]) -> Iterator[_Sign]:
        """Yield one sign if all packages are installed; the first tells the version."""
        family = family_of(self._target)
        query = _QUERIES.get(family)
        if not row.packages or query is None:
            return
        if shutil.which(query[0], path=self._path) is None:
            return
        looked_for += [f"package {name}" for name in row.packages]
        answers = [self._installed((*query, name)) for name in row.packages]
        if all(answer is not None for answer in answers):
            first = answers[0] or ""
            yield _Sign(f"package {' '.join(row.packages)}", lambda: first)

    def _installed(self, words: Sequence[str]) -> str | None:
        """Return the upstream version of an installed package; None if it is not."""
        answer = self._run(words)
        if answer is None or not answer.strip():
            return None
        state, _, version = answer.strip().partition(" ")
        if words[0] == "dpkg-query" and state != "installed":
            return None
        match = _UPSTREAM.match(version.strip())
        return match["version"] if match else ""

    def _run(self, words: Sequence[str]) -> str | None:
        """Return what a program says; None if it failed, or is not there."""
        with suppress(CommandNotFoundError, OSError):
            done = self._context.run_process(
                list(words), env=self._context.environ, timeout=_TIMEOUT
            )
            if not done.returncode:
                return done.stdout.decode("utf-8", "replace")
        return None


def _fits(version: str, wanted: str) -> bool:
    """Tell whether ``version`` is as PEP 725 wants it; one that nobody knows is."""
    if not version or not wanted:
        return True
    text = wanted if not wanted[0].isdigit() else f"=={wanted}"
    try:
        return parse_version(version) in parse_specifiers(text)
    except (InvalidSpecifiersError, InvalidVersionError):
        return True
