"""Running a project's own code in a child: what is needed of the world, and faults."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from itertools import count
from pathlib import Path
from typing import Protocol

from pysetup.errors import BuildError
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.phases.build.diagnosis import Diagnosis, diagnose, plain_line
from pysetup.phases.build.output import KeptOutput
from pysetup.platforms.names.system_packages import UNKNOWN_HOST, Host
from pysetup.standards.jsontext import (
    JSON,
    InvalidJsonError,
    parse_json_object,
    to_json_text,
)
from pysetup.values import dataclass

_LAST_LINES = 12
_LAST_COLUMNS = 300
_LOGGED_NAME = 80
_KILLED = -9
_LONGEST_PATH = 4096


class BackendFailedError(BuildError):
    """A build back end or a build hook failed: the project's own code did not build it.

    The last lines of its output are shown, the whole of it is in the log. Usual
    causes: a compiler or a system library is missing, the project does not support
    this Python, or a build requirement is missing from ``build-system.requires``.
    Where the output tells which it was, the message says so.
    """

    code = "PS6003"

    def __init__(self, failure: "HookFailure") -> None:
        found = failure.diagnosis
        super().__init__(
            f"building {failure.project} failed in its build back end "
            f"({failure.hook}): {failure.reason}",
            facts={
                "project": failure.project,
                "hook": failure.hook,
                **({"because": found.what} if found else {}),
                **(
                    {"last lines": last}
                    if (last := _last_lines(failure.output))
                    else {}
                ),
                **({"log": str(failure.log)} if failure.log else {}),
            },
            hints=found.hints if found else (_READ_LINES,),
        )
        self.project, self.hook = failure.project, failure.hook
        self.reason, self.diagnosis = failure.reason, found
        self.output, self.log = failure.output, failure.log


_READ_LINES = (
    "read its last lines: most often a compiler, a library or a build "
    "requirement is missing"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFailure:
    """All that is known of a call that failed."""

    project: str
    hook: str
    reason: str
    output: str
    log: Path | None
    diagnosis: Diagnosis | None


def _last_lines(output: str) -> str:
    lines = [plain_line(line)[:_LAST_COLUMNS] for line in output.splitlines()]
    return "\n".join([line for line in lines if line][-_LAST_LINES:])


class Finished(Protocol):
    """A child that has come to its end; negative codes are signals."""

    @property
    def returncode(self) -> int:
        """The exit code."""

    @property
    def timed_out(self) -> bool:
        """Whether it was ended because its time was over."""


class RunChild(Protocol):
    """Runs a child to its end, and ends it after ``timeout`` seconds."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        output: Callable[[bytes], None],
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Finished:
        """Run ``command``; ``output`` gets what it prints, as it comes."""


def _show_nothing(_: str) -> None:
    """Show no line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPython:
    """An interpreter that has the build requirements, and how a child of it runs.

    ``timeout`` is in seconds for one call, None for no limit. The output of each call
    is kept in a file of ``log_folder`` whose name ends with ``log_mark``; ``show``
    gets its lines as they come. ``host`` is the operating system whose packages are
    named when something is missing.
    """

    executable: Path
    environ: Mapping[str, str]
    run: RunChild
    timeout: float | None = None
    log_folder: Path | None = None
    log_mark: str = ""
    show: Callable[[str], None] = _show_nothing
    host: Host = UNKNOWN_HOST


class HookRun:
    """One call into a project's code; collects its output and makes its errors."""

    def __init__(self, python: BuildPython, *, project: str, hook: str) -> None:
        self._python, self._project, self._hook = python, project, hook
        self._output = KeptOutput(self._log_path(), show=python.show)
        self._code = 0

    @property
    def output(self) -> str:
        """What was printed, without the middle of very long output."""
        return self._output.text

    def __call__(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        """Run ``cmd`` to its end; raises ``BackendFailedError``.

        The signature is that of a runner of pyproject-hooks.
        """
        python = self._python
        try:
            done = python.run(
                list(cmd),
                output=self._output,
                cwd=None if cwd is None else Path(cwd),
                env={**python.environ, **(extra_environ or {})},
                timeout=python.timeout,
            )
        finally:
            self._output.close()
        self._code = done.returncode
        if done.timed_out:
            limit = python.timeout or 0
            raise self.failure(
                f"it was ended after its time of {limit:g} s (--build-timeout)"
            )
        if done.returncode:
            raise self.failure(_how_it_ended(done.returncode))

    def add(self, text: str) -> None:
        """Add what the back end said by other ways than its output."""
        self._output.add(text)

    def failure(self, reason: str) -> BackendFailedError:
        """Return the error for this call."""
        self._output.close()
        output = self._output.text
        found = diagnose(output, killed=self._code == _KILLED, host=self._python.host)
        return BackendFailedError(
            HookFailure(
                project=self._project,
                hook=self._hook,
                reason=reason,
                output=output,
                log=self._output.log,
                diagnosis=found,
            )
        )

    def _log_path(self) -> Path | None:
        folder = self._python.log_folder
        if folder is None:
            return None
        name = f"{self._project[:_LOGGED_NAME]}-{self._hook.rpartition('.')[2]}"
        mark = self._python.log_mark
        safe = "".join(c if c.isalnum() or c in "-._" else "_" for c in name + mark)
        numbered = (folder / f"build-{safe}{number}.log" for number in _numbers())
        try:
            return next(path for path in numbered if not path.exists())
        except OSError:
            return None


def _numbers() -> Iterator[str]:
    yield ""
    yield from (f"-{number}" for number in count(2))


def _how_it_ended(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def call_hook(
    hook: str,
    metadata: Metadata,
    *,
    root: Path,
    settings: Mapping[str, JSON],
    python: BuildPython,
) -> Path:
    """Call ``build(metadata)`` of the project at ``root`` in a child.

    ``hook`` is "module:function", imported from the project's root; it receives
    the document as a dict, ``settings`` laid over its build options, and returns
    a folder in wheel layout. Raises ``BackendFailedError``.
    """
    run = HookRun(python, project=f"{metadata.name} {metadata.version}", hook=hook)
    arguments: list[JSON] = [_with_settings(metadata, settings)]
    result = _called(run, hook, arguments, metadata, root=root, python=python)
    built = root / result
    if not result or len(result) > _LONGEST_PATH or not built.is_dir():
        raise run.failure(f"it must return a folder, but returned {result[:200]!r}")
    return built


def call_binary_dist(
    hook: str,
    metadata: Metadata,
    built_dir: Path,
    *,
    root: Path,
    python: BuildPython,
) -> Path:
    """Call ``binary_dist(built_dir, metadata)`` of the project at ``root`` in a child.

    It receives the folder in wheel layout as text and the document as a dict, and
    returns the path of the file that it made. Raises ``BackendFailedError``.
    """
    run = HookRun(python, project=f"{metadata.name} {metadata.version}", hook=hook)
    arguments: list[JSON] = [str(built_dir), metadata.to_dict()]
    result = _called(run, hook, arguments, metadata, root=root, python=python)
    made = root / result
    if not result or len(result) > _LONGEST_PATH or not made.is_file():
        raise run.failure(f"it must return a file, but returned {result[:200]!r}")
    return made


def _called(
    run: HookRun,
    hook: str,
    arguments: list[JSON],
    metadata: Metadata,
    *,
    root: Path,
    python: BuildPython,
) -> str:
    """Return the text that a function of the project returns to ``arguments``."""
    request: JSON = {
        "hook": hook,
        "path": [str(root / path) for path in _import_paths(metadata)],
        "arguments": arguments,
    }
    with tempfile.TemporaryDirectory(prefix="pysetup-hook-") as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "answer.json")
        asked.write_text(to_json_text(request), encoding="utf-8")
        with as_file(files("pysetup.phases.build") / "child.py") as script:
            run(
                [str(python.executable), str(script), str(asked), str(answered)],
                cwd=str(root),
            )
        return _read_answer(answered, run)


def _import_paths(metadata: Metadata) -> list[str]:
    folders = metadata.section("build").get("backend_path")
    listed = folders if isinstance(folders, Sequence) else ()
    return [".", *(str(path) for path in listed if not isinstance(folders, str))]


def _with_settings(metadata: Metadata, settings: Mapping[str, JSON]) -> dict[str, JSON]:
    document = metadata.to_dict()
    if settings:
        build = metadata.section("build")
        options = build.get("options")
        own = options if isinstance(options, Mapping) else {}
        document["build"] = {**build, "options": {**own, **settings}}
    return document


def _read_answer(path: Path, run: HookRun) -> str:
    try:
        answer = parse_json_object(path.read_bytes(), source=path.name)
    except (OSError, InvalidJsonError):
        raise run.failure("it ended without an answer") from None
    result = answer.get("result")
    if not isinstance(result, str):
        kind = type(result).__name__
        raise run.failure(f"it must return a path, but returned {kind}")
    return result
