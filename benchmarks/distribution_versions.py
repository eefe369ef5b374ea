"""How often relations are right for the packages that a Debian archive has.

python benchmarks/distribution_versions.py [--lists FOLDER] [--show N]

Reads the lists that apt keeps (Packages, and Contents where apt-file is installed).
Every path of metadata names a project, its version V and the package that has it. For
each the specifiers ==V, >=V, <=V, <V, >V and ~=V are translated by several methods, and
the relations are held against the version of the package. What is right is said by the
packaging library about V, pre-releases included. No package is downloaded.
"""

import argparse
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from pysetup.platforms.versions.deb import deb_distribution_relations, deb_relations
from pysetup.platforms.versions.distribution import Shipped
from pysetup.platforms.versions.order import compare_deb

LISTS = Path("/var/lib/apt/lists")
HELPER = "/usr/lib/apt/apt-helper"
_METADATA = re.compile(
    r"usr/lib/python3(?:\.\d+)?/dist-packages/([^/]+?)-([^/-]+?)(?:-py3(?:\.\d+)?)?"
    r"\.(?:dist|egg)-info(?:/\S+)?\s+(\S+)"
)
_FIELD = re.compile(r"^(Package|Version): (.*)$", re.MULTILINE)
_RELATION = re.compile(r"\S+(?: \((<<|<=|=|>=|>>) (\S+)\))?")
# What maintainers add to an upstream version, or put in the place of a part of it.
_ADDED = re.compile(r"[+~.]?(dfsg|ds|repack|debian|git|hg|svn|bzr|ubuntu|nmu).*$")
_HOLDS: dict[str, Callable[[int], bool]] = {
    "<<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "=": lambda order: order == 0,
    ">=": lambda order: order >= 0,
    ">>": lambda order: order > 0,
}
_PLAIN = {"==": "=", "===": "=", "<": "<<", ">": ">>", "<=": "<=", ">=": ">="}


@dataclass(frozen=True)
class Row:
    """A project in a package: its version in the metadata, and the package's."""

    project: str
    version: Version
    package: str
    package_version: str

    @property
    def epoch(self) -> str:
        return self.package_version.rpartition(":")[0]

    def agrees(self) -> bool:
        """Tell whether the package's version is the project's, for all one can see."""
        text = self.package_version.rpartition(":")[2]
        text = text.rpartition("-")[0] or text
        text = _ADDED.sub("", re.sub(r"^.*[+~.]really", "", text)).partition("+")[0]
        for spelled in (text, text.replace("~", ""), text.partition("~")[0]):
            try:
                if Version(spelled).public == self.version.public:
                    return True
                if Version(spelled) == self.version:
                    return True
            except InvalidVersion:
                continue
        return False


def read(path: Path) -> str:
    """Return the text of one of apt's lists, however it is compressed."""
    done = subprocess.run(
        [HELPER, "cat-file", str(path)], capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "replace")


def rows_of(lists: Path) -> list[Row]:
    """Return the projects of the archive; only versions of PEP 440."""
    versions: dict[str, str] = {}
    for path in lists_of(lists, "Packages"):
        for paragraph in read(path).split("\n\n"):
            fields = dict(_FIELD.findall(paragraph))
            if "Package" in fields:
                versions[fields["Package"]] = fields["Version"]
    found = {
        (match[1], match[2], package.rpartition("/")[2])
        for path in lists_of(lists, "Contents")
        for match in _METADATA.finditer(read(path))
        for package in match[3].split(",")
    }
    rows = []
    for project, version, package in sorted(found):
        try:
            parsed = Version(version)
        except InvalidVersion:
            continue
        if package in versions:
            rows.append(Row(project, parsed, package, versions[package]))
    return rows


def lists_of(folder: Path, kind: str) -> list[Path]:
    """Return the lists of the release itself, without updates and security."""
    found = sorted(folder.glob(f"*_dists_*_main_*{kind}*"))
    return [path for path in found if not re.search("updates|security", path.name)]


def specifiers_at(version: Version) -> Iterator[str]:
    """Yield comparisons with ``version`` itself: where a translation goes wrong."""
    operators = ("==", ">=", "<=", "<", ">")
    yield from (operator + version.public for operator in operators)
    if len(version.release) > 1:
        yield f"~={version.public}"


def specifiers_near(version: Version) -> Iterator[str]:
    """Yield comparisons as projects write them, near to ``version``."""
    yield from specifiers_at(version)
    first = version.release[0]
    yield from (f"=={first}.*", f"!={first}.*", f"<{first + 1}", f">={first}")
    yield from (f"!={version.public}", f"=={version.base_version}.0")
    if len(version.release) > 1:
        second = version.release[1]
        yield from (f"=={first}.{second}.*", f"<{first}.{second + 1}")
        yield from (f">={first}.{second}", f"~={first}.{second}")
        yield from (f">={first}.{second}rc1", f">={first},<{first + 1},!={first}.0")


def plain(_row: Row, text: str) -> tuple[str, ...]:
    """Translate as text: the operators of dpkg, the versions as they are written."""
    found = []
    for each in SpecifierSet(text):
        operator, version = each.operator, each.version
        if operator == "~=":
            found.append(f"p (>= {version})")
        elif operator in _PLAIN and not version.endswith(".*"):
            found.append(f"p ({_PLAIN[operator]} {version})")
    return tuple(found)


def unversioned(_row: Row, _text: str) -> tuple[str, ...]:
    """Drop the versions, as dh_python3 does unless it is told otherwise."""
    return ("p",)


def exact(_row: Row, text: str) -> tuple[str, ...]:
    return deb_relations("p", text)


def dialect(row: Row, text: str) -> tuple[str, ...]:
    return deb_distribution_relations("p", text, epoch=row.epoch)


def dialect_shipped(row: Row, text: str) -> tuple[str, ...]:
    shipped = Shipped(str(row.version), row.package_version)
    return deb_distribution_relations("p", text, shipped=shipped)


METHODS: dict[str, Callable[[Row, str], tuple[str, ...]]] = {
    "no versions (dh_python3)": unversioned,
    "text as it is": plain,
    "exact encoding": exact,
    "distribution's dialect": dialect,
    "dialect, package known": dialect_shipped,
}


def holds(relations: tuple[str, ...], version: str) -> bool:
    """Tell whether a package of ``version`` satisfies the relations."""
    for relation in relations:
        matches = [_RELATION.fullmatch(part) for part in relation.split(" | ")]
        if not any(
            match and (not match[1] or _HOLDS[match[1]](compare_deb(version, match[2])))
            for match in matches
        ):
            return False
    return True


def wrong(
    rows: list[Row],
    method: Callable[[Row, str], tuple[str, ...]],
    specifiers: Callable[[Version], Iterator[str]],
) -> tuple[int, list[tuple[Row, str, tuple[str, ...]]]]:
    """Return how many relations were asked for, and those that are wrong."""
    count, found = 0, []
    for row in rows:
        for text in specifiers(row.version):
            count += 1
            relations = method(row, text)
            right = SpecifierSet(text).contains(row.version, prereleases=True)
            if holds(relations, row.package_version) is not right:
                found.append((row, text, relations))
    return count, found


def report(rows: list[Row], title: str, show: int) -> None:
    """Print what each method has wrong of ``rows``, and some of the dialect's."""
    for name, specifiers in (("at", specifiers_at), ("near", specifiers_near)):
        for label, method in METHODS.items():
            count, found = wrong(rows, method, specifiers)
            print(
                f"{title}, {name} the version: {label:26}"
                f" {len(found):6} of {count} wrong ({100 * len(found) / count:.2f} %)"
            )
            if method is dialect:
                kinds = Counter(re.split(r"\d", text)[0] for _, text, _ in found)
                print(f"    by operator: {dict(kinds.most_common())}")
                for row, text, relations in found[:show]:
                    print(
                        f"    {row.project} {row.version} in {row.package_version}:"
                        f" {text} became {', '.join(relations)}"
                    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lists", type=Path, default=LISTS)
    parser.add_argument("--show", type=int, default=0, metavar="N")
    options = parser.parse_args()
    rows = rows_of(options.lists)
    agreeing = [row for row in rows if row.agrees()]
    print(f"{len(rows)} projects, {len(agreeing)} in packages with their own version")
    report(agreeing, "their own version", options.show)
    report(rows, "all", options.show)


if __name__ == "__main__":
    main()
