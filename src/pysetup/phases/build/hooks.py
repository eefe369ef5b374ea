"""Running a project's own code in a child: what is needed of the world, and faults."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Protocol

from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import (
    JSON,
    InvalidJsonError,
    parse_json_object,
    to_json_text,
)

_LAST_LINES = 12
_LAST_COLUMNS = 300
_LOGGED_NAME = 80


class BackendFailedError(BuildError):
    """A build back end or a build hook failed: the project's own code did not build it.

    The last lines of its output are shown, the whole of it is in the log. Usual
    causes: a compiler or a system library is missing, the project does not support
    this Python, or a build requirement is missing from ``build-system.requires``.
    """

    code = "PS6003"

    def __init__(
        self, project: str, hook: str, reason: str, *, output: str, log: Path | None
    ) -> None:
        super().__init__(
            f"building {project} failed in its build back end ({hook}): {reason}",
            facts={
                "project": project,
                "hook": hook,
                **({"last lines": last} if (last := _last_lines(output)) else {}),
                **({"log": str(log)} if log else {}),
            },
            hints=(
                (
                    "read its last lines: most often a compiler, a library or a build "
                    "requirement is missing"
                ),
            ),
        )
        self.project, self.hook, self.reason = project, hook, reason
        self.output, self.log = output, log


def _last_lines(output: str) -> str:
    lines = [line.rstrip()[:_LAST_COLUMNS] for line in output.splitlines()]
    return "\n".join([line for line in lines if line][-_LAST_LINES:])


class Finished(Protocol):
    """A child that has come to its end; negative codes are signals."""

    @property
    def returncode(self) -> int:
        """The exit code."""

    @property
    def stdout(self) -> bytes:
        """What it printed."""

    @property
    def stderr(self) -> bytes:
        """What it printed as errors."""


class RunChild(Protocol):
    """Runs a child to its end, and kills it after ``timeout`` seconds."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Finished:
        """Run ``command`` and return what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPython:
    """An interpreter that has the build requirements, and how a child of it runs.

    ``timeout`` is in seconds for one call, None for no limit; ``log_folder`` is
    where the output of a failed call is kept.
    """

    executable: Path
    environ: Mapping[str, str]
    run: RunChild
    timeout: float | None = None
    log_folder: Path | None = None


class HookRun:
    """One call into a project's code; collects its output and makes its errors."""

    def __init__(self, python: BuildPython, *, project: str, hook: str) -> None:
        self._python, self._project, self._hook = python, project, hook
        self.output = ""

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
        done = python.run(
            list(cmd),
            cwd=None if cwd is None else Path(cwd),
            env={**python.environ, **(extra_environ or {})},
            timeout=python.timeout,
        )
        streams = (done.stdout, done.stderr)
        self.output += "".join(raw.decode("utf-8", "replace") for raw in streams)
        if done.returncode:
            raise self.failure(self._how_it_ended(done.returncode))

    def _how_it_ended(self, code: int) -> str:
        limit = self._python.timeout
        if code == -9 and limit is not None:  # noqa: PLR2004 - SIGKILL
            return f"it was killed, probably after its time of {limit:g} s"
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def failure(self, reason: str) -> BackendFailedError:
        """Return the error for this call, after keeping the whole output."""
        return BackendFailedError(
            self._project, self._hook, reason, output=self.output, log=self._keep_log()
        )

    def _keep_log(self) -> Path | None:
        folder = self._python.log_folder
        if folder is None or not self.output:
            return None
        name = f"{self._project[:_LOGGED_NAME]}-{self._hook.rpartition('.')[2]}"
        safe = "".join(c if c.isalnum() or c in "-._" else "_" for c in name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"build-{safe}.log"
            path.write_text(self.output, encoding="utf-8")
        except OSError:
            # The failure itself must be told even where no log can be kept.
            return None
        return path


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
    request: JSON = {
        "hook": hook,
        "path": [str(root / path) for path in _import_paths(metadata)],
        "metadata": _with_settings(metadata, settings),
    }
    with tempfile.TemporaryDirectory(prefix="pysetup-hook-") as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "answer.json")
        asked.write_text(to_json_text(request), encoding="utf-8")
        with as_file(files("pysetup.phases.build") / "child.py") as script:
            run(
                [str(python.executable), str(script), str(asked), str(answered)],
                cwd=str(root),
            )
        result = _read_answer(answered, run)
    built = root / result
    if not result or not built.is_dir():
        raise run.failure(f"it must return a folder, but returned {result[:200]!r}")
    return built


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
        raise run.failure(f"it must return a folder, but returned {kind}")
    return result
