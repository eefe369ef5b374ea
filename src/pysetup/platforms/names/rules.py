"""What projects are usually called among the packages of each family of systems."""

from collections.abc import Iterable

# family -> what stands before the name of a project that has a package; installers of
# Windows and macOS bear the project's own name.
_PREFIXES = {
    "deb": "python3-",
    "rpm": "python3-",
    "pacman": "python-",
    "apk": "py3-",
    "conda": "",
}
_STEMS = ("python-", "py")
_ENDINGS = ("-python", "-py", "-python3")


def custom_name(project: str, family: str) -> str:
    """Return the name that a package of the normalised ``project`` has by custom."""
    prefix = _PREFIXES.get(family, "")
    if prefix == "python-":
        # Arch Linux does not say it twice.
        project = project.removeprefix("python-")
    return f"{prefix}{project}"


def usual_names(
    project: str, family: str, modules: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the names that a package of ``project`` may have, the likeliest first.

    Debian names packages after modules. None of them means anything without proof.
    """
    prefix = _PREFIXES.get(family, "")
    stems = [project]
    stems += [project.removeprefix(stem) for stem in _STEMS if project != stem]
    stems += [project.removesuffix(ending) for ending in _ENDINGS]
    stems += [module.lower().replace("_", "-") for module in modules]
    return tuple(dict.fromkeys(f"{prefix}{stem}" for stem in stems if stem))
