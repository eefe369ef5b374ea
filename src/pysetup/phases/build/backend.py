"""PEP 517 and PEP 660 back ends of other projects, called in a child."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pysetup.errors import BuildError, UsageError
from pysetup.phases.build.hooks import BuildPython, HookRun
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import (
    InvalidRequirementError,
    parse_requirement,
)

_LONGEST_NAME = 255


class HookMissingError(BuildError):
    """The build back end of a project does not offer the operation.

    Not every back end can make editable wheels (PEP 660) or source archives. Install
    the project without ``-e``, or ask its authors for a newer build back end.
    """

    code = "PS6402"

    def __init__(self, backend: str, hook: str) -> None:
        super().__init__(
            f"the build back end {backend} does not offer {hook}",
            facts={"backend": backend, "hook": hook},
            hints=("use a newer version of the back end, or install without -e",),
        )


class InvalidBackendError(UsageError):
    """``[build-system]`` names a back end that cannot be what it says.

    ``build-backend`` is "module" or "module:object"; the folders of
    ``backend-path`` are relative and inside of the project (PEP 517).
    """

    code = "PS2406"

    def __init__(self, backend: str, reason: str) -> None:
        super().__init__(
            f"the build back end {backend!r} cannot be used: {reason}",
            facts={"backend": backend},
            hints=("correct [build-system] in pyproject.toml",),
        )


class BadOutputError(BuildError):
    """What a build back end has made cannot be read.

    Its wheel has a name, a METADATA or a WHEEL file that no standard allows. The
    project's own files may be the reason, or the back end is too old or too new.
    """

    code = "PS6910"

    def __init__(self, project: str, error: UsageError) -> None:
        super().__init__(
            f"what the build back end made for {project} is wrong: {error.message}",
            facts={"project": project, "cause": error.code, **error.facts},
            hints=(
                "use another version of the build back end",
                "or report this to its authors",
            ),
        )


@contextmanager
def output_faults_told(project: str) -> Iterator[None]:
    """Turn what is wrong with a file that a back end has made into its fault."""
    try:
        yield
    except UsageError as error:
        raise BadOutputError(project, error) from None


class ForeignBackend:
    """The back end that a project names, with the interpreter that can run it.

    ``settings`` are PEP 517's config settings. Every method raises
    ``BackendFailedError``; the output of the back end is kept for it alone.
    """

    def __init__(
        self,
        root: Path,
        build: Mapping[str, JSON],
        *,
        project: str,
        python: BuildPython,
        settings: Mapping[str, JSON],
    ) -> None:
        self._root, self._project, self._python = root, project, python
        self._backend = str(build.get("backend"))
        folders = build.get("backend_path")
        self._path = (
            [str(folder) for folder in folders]
            if isinstance(folders, Sequence) and not isinstance(folders, str)
            else None
        )
        self._settings = dict(settings) or None

    def requires(self, operation: str) -> tuple[str, ...]:
        """Return what else is needed for ``wheel``, ``sdist`` or ``editable``."""
        hook = f"get_requires_for_build_{operation}"
        found, run = self._call(hook, config_settings=self._settings)
        if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
            raise run.failure(f"{hook} must return a list of requirements")
        try:
            return tuple(str(parse_requirement(text)) for text in found)
        except InvalidRequirementError as error:
            raise run.failure(f"{hook} must return requirements: {error}") from None

    def prepare_metadata(self, into: Path, *, operation: str) -> Path:
        """Return the ``.dist-info`` made below ``into`` for ``wheel`` or ``editable``.

        A back end without that hook builds the whole wheel for it (PEP 517).
        """
        hook = f"prepare_metadata_for_build_{operation}"
        name, run = self._call(
            hook, metadata_directory=str(into), config_settings=self._settings
        )
        return self._made(into, name, run, is_right=_is_dist_info)

    def build_wheel(self, into: Path) -> Path:
        """Build a wheel into the folder ``into``; return its path."""
        return self._build("build_wheel", into, argument="wheel_directory")

    def build_editable(self, into: Path) -> Path:
        """Build an editable wheel (PEP 660) into ``into``; return its path."""
        return self._build("build_editable", into, argument="wheel_directory")

    def build_sdist(self, into: Path) -> Path:
        """Build a source archive into ``into``; return its path."""
        return self._build("build_sdist", into, argument="sdist_directory")

    def _build(self, hook: str, into: Path, *, argument: str) -> Path:
        name, run = self._call(
            hook, **{argument: str(into)}, config_settings=self._settings
        )
        ending = (".tar.gz", ".zip") if hook == "build_sdist" else (".whl",)
        return self._made(
            into,
            name,
            run,
            is_right=lambda path: (
                path.name.endswith(ending) and path.is_file() and not path.is_symlink()
            ),
        )

    def _made(
        self,
        into: Path,
        name: object,
        run: HookRun,
        *,
        is_right: Callable[[Path], bool],
    ) -> Path:
        """Return what the hook says it has made, if it is there."""
        if not isinstance(name, str) or not _is_file_name(name):
            raise run.failure(f"it must return a name, but returned {name!r:.200}")
        try:
            if is_right(into / name):
                return into / name
            found = ", ".join(sorted(path.name for path in into.iterdir())) or "nothing"
        except OSError:
            found = "its folder unreadable"
        raise run.failure(f"it says it made {name!r:.200}, but made {found[:200]}")

    def _call(self, hook: str, **arguments: object) -> tuple[object, HookRun]:
        import pyproject_hooks

        run = HookRun(
            self._python, project=self._project, hook=f"{self._backend}.{hook}"
        )
        try:
            caller = pyproject_hooks.BuildBackendHookCaller(
                str(self._root),
                self._backend,
                backend_path=self._path,
                runner=run,
                python_executable=str(self._python.executable),
            )
        except ValueError as error:
            raise InvalidBackendError(self._backend, str(error)) from None
        try:
            # Warnings of the back end belong to its output, not to our process.
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                result = getattr(caller, hook)(**arguments)
        except pyproject_hooks.HookMissing:
            raise HookMissingError(self._backend, hook) from None
        except pyproject_hooks.BackendUnavailable as error:
            run.add(str(error))
            raise run.failure("it cannot be imported") from None
        except pyproject_hooks.UnsupportedOperation as error:
            run.add(error.traceback)
            raise run.failure("it does not support this") from None
        except (OSError, ValueError, KeyError, AttributeError):
            # The file for the answer is not there, or holds something else.
            raise run.failure("it ended without an answer") from None
        run.add("".join(f"warning: {warning.message}\n" for warning in caught))
        return result, run


def _is_file_name(name: str) -> bool:
    """Tell whether ``name`` is that of a file, and not a way to one."""
    return 0 < len(name) <= _LONGEST_NAME and not {"/", "\0"} & {*name}


def _is_dist_info(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and (path / "METADATA").is_file()
