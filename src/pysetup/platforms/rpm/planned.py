"""What a plan tells besides its own fields, for the writers of packages and recipes."""

from collections.abc import Mapping

from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm.package import Change

_DAY = 24 * 60 * 60


def packager_of(plan: PackagePlan) -> str:
    """Return who stands for the package: who is named, or else what made it."""
    return plan.maintainer or "pysetup"


def changes_of(plan: PackagePlan, time: int) -> tuple[Change, ...]:
    """Return the changelog: that the package was made, when, and by whom."""
    text = f"- Package {plan.project} {plan.project_version}"
    # A changelog tells days; rpm reads one as noon.
    noon = time - time % _DAY + _DAY // 2
    return (Change(noon, f"{packager_of(plan)} - {plan.version}-{plan.release}", text),)


def dist_info_of(plan: PackagePlan) -> str:
    """Return the path of the .dist-info folder of the project."""
    end = ".dist-info/INSTALLER"
    found = (file.path for file in plan.files if file.path.endswith(end))
    # What a project brings of others stands further down.
    return min(found, key=_depth).rpartition("/")[0]


def _depth(path: str) -> int:
    return path.count("/")


def texts_of(plan: PackagePlan, key: str) -> tuple[str, ...]:
    """Return a list of texts among the details of a plan."""
    value = plan.details.get(key)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def table_of(plan: PackagePlan, key: str) -> Mapping[str, str]:
    """Return a table of texts among the details of a plan."""
    value = plan.details.get(key)
    table = value if isinstance(value, Mapping) else {}
    return {name: str(text) for name, text in table.items()}
