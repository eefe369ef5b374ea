"""The metadata of a release on an index, by its name and version."""

from pysetup.errors import AnswerError, redact
from pysetup.index.model import File, ProjectPage, archive_version
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.standards.names import is_name
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.standards.versions import Version, parse_version
from pysetup.workflows.context import Context
from pysetup.workflows.describing.documents import metadata_files, read_file
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient

_SHOWN = 5


class ReleaseNotFoundError(AnswerError):
    """No configured index has the project, or that version of it.

    A release is named as ``NAME==VERSION``. Indexes are those of the settings and of
    ``--index-url``, ``--extra-index-url`` and ``--find-links``; a version without any
    wheel or sdist is none that could be compared.
    """

    code = "PS1840"

    def __init__(self, name: str, version: str, known: tuple[str, ...]) -> None:
        wanted = f"{name} {version}".strip()
        there = f"; it has {', '.join(known)}" if known else ""
        super().__init__(
            f"no index has a file of {wanted}{there}",
            facts={"name": name, "version": version, "newest": list(known)},
            hints=(
                f"choose another one:  {name}=={known[0]}"
                if known
                else "check the spelling, or name another index:  --index-url URL",
            ),
        )
        self.name, self.version, self.known = name, version, known


def parse_release(text: str) -> tuple[str, str] | None:
    """Return name and version of ``NAME==VERSION``, None if it is not of this form."""
    try:
        requirement = parse_requirement(text)
    except InvalidRequirementError:
        return None
    specifiers = list(requirement.specifier)
    bare = f"{requirement.name}{requirement.specifier}"
    if str(requirement) != bare or len(specifiers) != 1:
        return None
    (one,) = specifiers
    is_one = one.operator == "==" and not one.version.endswith(".*")
    return (requirement.name, one.version) if is_one else None


def is_project_name(text: str) -> bool:
    """Tell whether ``text`` can be meant as a project, and not as a file."""
    return is_name(text) and "." not in text


def read_release(
    name: str, version: str, *, context: Context
) -> tuple[Metadata, str, bool]:
    """Return the metadata of a release, the URL of its file, and if it is derived.

    Without a version it is the newest final one. A wheel is asked for METADATA alone,
    which most indexes have beside it; only an sdist is fetched whole. Raises
    ``ReleaseNotFoundError``, and what the index and the file raise.
    """
    with IndexClient(context) as index:
        page = index.page(name)
        file = _choose(page, name, version)
        if file.yanked is not None:
            reason = f": {file.yanked}" if file.yanked else ""
            context.tell(f"{file.filename} was taken back by its authors{reason}")
        if file.is_wheel:
            metadata = index.core_metadata(file)
            assert metadata is not None, "only an sdist may have to be built"
            return metadata, redact(file.url), True
    (acquired,) = acquire([file], context=context)
    derived = DOCUMENT_NAME not in metadata_files(acquired.path)
    return read_file(acquired.path), redact(file.url), derived


def _choose(page: ProjectPage | None, name: str, version: str) -> File:
    by_version: dict[Version, list[File]] = {}
    for file in page.files if page is not None else ():
        found = archive_version(file.filename, project=name)
        if found is not None:
            by_version.setdefault(found, []).append(file)
    wanted = parse_version(version) if version else _newest(by_version)
    if wanted is None or wanted not in by_version:
        newest = sorted(by_version, reverse=True)[:_SHOWN]
        raise ReleaseNotFoundError(name, version, tuple(map(str, newest)))
    return min(by_version[wanted], key=_rank)


def _newest(by_version: dict[Version, list[File]]) -> Version | None:
    """Return the newest version, final and not yanked as long as there is one."""
    return max(
        by_version,
        key=lambda version: (
            any(file.yanked is None for file in by_version[version]),
            not version.is_prerelease,
            version,
        ),
        default=None,
    )


def _rank(file: File) -> tuple[bool, bool, bool, str]:
    """Return what makes a file better: kept, cheap to read, the same for everyone."""
    is_pure = file.filename.endswith("-none-any.whl")
    return (file.yanked is not None, not file.is_wheel, not is_pure, file.filename)
