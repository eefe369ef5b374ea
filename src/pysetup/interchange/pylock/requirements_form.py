"""A lock as a requirements file, with digests and markers, or as constraints."""

from collections.abc import Iterator

from pysetup.interchange.pylock.model import LockedPackage, LockFile
from pysetup.standards.names import normalize_name

_PUBLIC = "https://pypi.org/simple"


def requirements_text(lock: LockFile, *, command: str, hashes: bool) -> str:
    """Return the requirements file that installs what ``lock`` does.

    The lock has nothing to choose (see ``narrowed``). ``command`` made the file;
    without ``hashes`` nothing proves what is installed.
    """
    lines = [f"# This file was made by:  {command}", *_environments(lock)]
    lines += _indexes(lock)
    parents = _parents(lock)
    for package in lock.packages:
        lines.append(_requirement(package, hashes=hashes))
        told = parents.get(package.name)
        if told:
            lines.append(f"    # via {', '.join(sorted(told))}")
    return "".join(f"{line}\n" for line in lines)


def constraints_text(lock: LockFile, *, command: str) -> str:
    """Return the constraints that let nothing but the versions of ``lock`` be chosen.

    Folders are left out: a constraint cannot name them.
    """
    lines = [f"# This file was made by:  {command}", *_environments(lock)]
    lines += [
        _pinned(package) + _marker(package)
        for package in lock.packages
        if package.directory is None and not _is_path(package)
    ]
    return "".join(f"{line}\n" for line in lines)


def without_form(lock: LockFile) -> tuple[str, ...]:
    """Return in words what a requirements file cannot say of ``lock``."""
    told = []
    if lock.requires_python:
        told.append(f"requires-python {lock.requires_python}")
    if any(package.attestation_identities for package in lock.packages):
        told.append("attestation identities")
    return tuple(told)


def _environments(lock: LockFile) -> Iterator[str]:
    if lock.requires_python:
        yield f"# for Python {lock.requires_python}"
    for marker in lock.environments:
        yield f"# for  {marker}"


def _indexes(lock: LockFile) -> list[str]:
    """Return the lines for indexes other than the public one."""
    found = dict.fromkeys(row.index for row in lock.packages if row.index)
    others = [url for url in found if url.rstrip("/") != _PUBLIC]
    if not others:
        return []
    if len(others) == len(found):
        return [
            f"--index-url {others[0]}",
            *(f"--extra-index-url {url}" for url in others[1:]),
        ]
    return [f"--extra-index-url {url}" for url in others]


def _requirement(package: LockedPackage, *, hashes: bool) -> str:
    line = _pinned(package) + _marker(package)
    if package.directory is not None or package.vcs is not None or not hashes:
        return line
    digests = dict.fromkeys(
        str(hash_) for file in package.files for hash_ in file.strong_hashes
    )
    options = [f"    --hash={digest}" for digest in sorted(digests)]
    return " \\\n".join([line, *options])


def _pinned(package: LockedPackage) -> str:
    if package.vcs is not None:
        vcs = package.vcs
        part = f"#subdirectory={vcs.subdirectory}" if vcs.subdirectory else ""
        place = vcs.url or vcs.path
        return f"{package.name} @ {vcs.type}+{place}@{vcs.commit_id}{part}"
    if package.directory is not None:
        directory = package.directory
        place = "/".join(filter(None, (directory.path, directory.subdirectory)))
        return f"{'-e ' if directory.editable else ''}{_shown(place)}"
    if package.archive is not None:
        archive = package.archive
        part = f"#subdirectory={archive.subdirectory}" if archive.subdirectory else ""
        if archive.url:
            return f"{package.name} @ {archive.url}{part}"
        return _shown(archive.path)
    return f"{package.name}=={package.version}"


def _is_path(package: LockedPackage) -> bool:
    return package.archive is not None and not package.archive.url


def _shown(path: str) -> str:
    return path if path.startswith(("/", "./", "../")) else f"./{path}"


def _marker(package: LockedPackage) -> str:
    if not package.marker or (package.directory and package.directory.editable):
        return ""
    return f" ; {package.marker}"


def _parents(lock: LockFile) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package in lock.packages:
        for one in package.dependencies:
            name = normalize_name(str(one.get("name")))
            found.setdefault(name, set()).add(package.name)
    return found
