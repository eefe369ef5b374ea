"""Command lists: programs that fill a folder in wheel layout, without a shell."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.late import late_pattern, shutil
from pysetup.metadata.document import Metadata
from pysetup.phases.build.hooks import BuildPython, HookRun
from pysetup.platforms.names.system_packages import Host, Need, install_command
from pysetup.standards.jsontext import JSON, to_json_text
from pysetup.values import dataclass, replace

RECORD_NAME = "pysetup-build.json"
_RECORD_VERSION = "1.0"
_PLACEHOLDER = late_pattern(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_LONGEST_TITLE = 80
# What every program needs to find itself, its files and the network; not recorded.
_ALWAYS = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA"),
    *("LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)"),
    *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONNOUSERSITE"),
)
# What whoever builds says to all compilers alike; recorded.
_COMPILERS = (
    *("CC", "CXX", "AR", "LD", "RANLIB", "STRIP", "CPPFLAGS", "CFLAGS", "CXXFLAGS"),
    *("LDFLAGS", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR"),
    *("ARCHFLAGS", "MACOSX_DEPLOYMENT_TARGET", "SDKROOT", "SOURCE_DATE_EPOCH"),
)
_FIXED = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
_SECRET = late_pattern(r"TOKEN|SECRET|PASSW|CREDENTIAL|(^|_)KEY", re.IGNORECASE)


class ProgramMissingError(BuildError):
    """A program that builds the project is not on this machine.

    ``build.commands`` names the programs that build it. All of them are looked for on
    ``PATH`` before the first one runs, so nothing has been built.
    """

    code = "PS6780"

    def __init__(self, project: str, missing: Sequence[str], *, host: Host) -> None:
        found = [install_command(Need("command", name), host) for name in missing]
        super().__init__(
            f"{project} is built by {', '.join(missing)}, which is not on this machine",
            facts={"project": project, "missing": list(missing)},
            hints=(
                *(command for command in dict.fromkeys(found) if command),
                *(() if all(found) else ("install it, or put its folder on PATH",)),
            ),
        )
        self.missing = tuple(missing)


class NothingBuiltError(BuildError):
    """The commands that build a project ended well, but made no file.

    They must fill the folder that ``{out}`` stands for, in wheel layout: packages and
    modules at the top. Hand it to them, for example ``["make", "PREFIX={out}"]``.
    """

    code = "PS6781"

    def __init__(self, project: str) -> None:
        super().__init__(
            f"the commands that build {project} left {{out}} empty",
            facts={"project": project},
            hints=('hand {out} to a command:  ["make", "install", "PREFIX={out}"]',),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandPlan:
    """What is run: the words, the variables, and what is recorded of them.

    ``titles`` are the commands as the document has them, ``record`` is the content of
    the file that tells of it in the wheel.
    """

    commands: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]
    environ: Mapping[str, str]
    record: Mapping[str, JSON]


def plan_commands(
    metadata: Metadata,
    *,
    environ: Mapping[str, str],
    places: Mapping[str, str],
    settings: Mapping[str, JSON],
) -> CommandPlan:
    """Return what the commands of a document come to.

    ``places`` are the values of ``{out}``, ``{root}``, ``{python}`` and ``{jobs}``.
    Options of the build, over which ``settings`` are laid, are placeholders too;
    braces around any other word stay as they are.
    """
    build = metadata.section("build")
    options = build.get("options")
    values = {
        **_plain({**(options if isinstance(options, Mapping) else {}), **settings}),
        "name": metadata.name,
        "version": str(metadata.version),
        **places,
    }

    def filled(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)

    listed = _commands(build.get("commands"))
    declared = build.get("environment")
    names = [str(item) for item in declared] if isinstance(declared, Sequence) else []
    stated = dict(item.split("=", 1) for item in names if "=" in item)
    passed = [item for item in names if "=" not in item]
    told = {
        name: environ[name]
        for name in sorted({*_COMPILERS, *passed})
        if name in environ
    }
    return CommandPlan(
        commands=tuple(tuple(map(filled, words)) for words in listed),
        titles=tuple(" ".join(words)[:_LONGEST_TITLE] for words in listed),
        environ={
            **{name: environ[name] for name in _ALWAYS if name in environ},
            **_FIXED,
            **told,
            **{name: filled(value) for name, value in stated.items()},
        },
        record={
            "build_record_version": _RECORD_VERSION,
            "commands": [list(words) for words in listed],
            "environment": _shown({**told, **stated}),
        },
    )


def run_commands(
    plan: CommandPlan, *, project: str, cwd: Path, python: BuildPython
) -> None:
    """Run all commands in the folder ``cwd``, to the first that fails.

    Raises ``ProgramMissingError`` before anything runs, and ``BackendFailedError``.
    """
    missing = _missing(plan, cwd)
    if missing:
        raise ProgramMissingError(project, missing, host=python.host)
    runner = replace(python, environ=plan.environ)
    for words, title in zip(plan.commands, plan.titles, strict=True):
        run = HookRun(runner, project=project, hook=title)
        run([_found(words[0], plan, cwd) or words[0], *words[1:]], cwd=str(cwd))


def record_text(plan: CommandPlan, *, interpreter: str) -> bytes:
    """Return the file for the wheel that says what was run, and with what."""
    return to_json_text({**plan.record, "interpreter": interpreter}).encode()


def _commands(value: JSON) -> list[list[str]]:
    rows = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [
        [str(word) for word in words]
        for words in rows
        if isinstance(words, Sequence) and not isinstance(words, str)
    ]


def _plain(options: Mapping[str, JSON]) -> dict[str, str]:
    """Return the options that can stand in a word."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in options.items()
        if isinstance(value, (str, int, float))
    }


def _shown(variables: Mapping[str, str]) -> dict[str, JSON]:
    """Return the variables as a wheel may show them: no secrets, no order."""
    return {
        name: "(not recorded)" if _SECRET.search(name) else value
        for name, value in sorted(variables.items())
    }


def _missing(plan: CommandPlan, cwd: Path) -> list[str]:
    """Return the programs that are not there.

    One with a path below the project may be made by a command before it.
    """
    first = dict.fromkeys(words[0] for words in plan.commands)
    return [
        word for word in first if not _is_path(word) and not _found(word, plan, cwd)
    ]


def _found(word: str, plan: CommandPlan, cwd: Path) -> str | None:
    if _is_path(word):
        return str(cwd / word)
    return shutil.which(word, path=plan.environ.get("PATH", ""))


def _is_path(word: str) -> bool:
    return "/" in word or "\\" in word
