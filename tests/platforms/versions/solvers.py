"""Asks the platforms' own solvers whether a version satisfies relations.

Run by the system's Python. Reads a JSON object from standard input: ``kind``, and
``rows`` of a version and what is asked of it: a list of relations for apt, one
dependency for rpm and dnf, in which ``@`` stands for the name. Writes a list of truths.
"""

import gzip
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import quoteattr

BATCH = 2000
Rows = list[tuple[str, Any]]
PACKAGE = """<package type="rpm"><name>{name}</name><arch>noarch</arch>
<version epoch="0" ver="1" rel="1"/>
<checksum type="sha256" pkgid="YES">{digest}</checksum>
<summary/><description/><packager/><url/><time file="0" build="0"/>
<size package="0" installed="0" archive="0"/><location href="{name}.rpm"/>
<format><rpm:license/><rpm:{kind}>{entry}</rpm:{kind}></format></package>"""
PRIMARY = """<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common"
 xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="{count}">{packages}</metadata>
"""
REPOMD = '<repomd xmlns="http://linux.duke.edu/metadata/repo"/>'


def by_apt(rows: Rows) -> list[bool]:
    """Ask apt of each clause, as it reads the text of Depends."""
    import apt_pkg  # type: ignore[import-not-found]

    apt_pkg.init_system()
    found = []
    for version, relations in rows:
        text = ", ".join(relations).replace("@", "demo")
        found.append(
            all(
                any(
                    not operator or apt_pkg.check_dep(version, operator, bound)
                    for _, bound, operator in alternatives
                )
                for alternatives in apt_pkg.parse_depends(text, False)
            )
        )
    return found


def by_rpm(rows: Rows) -> list[bool]:
    """Ask rpm which packages of a transaction miss something."""
    import rpm  # type: ignore[import-not-found]

    def header(name: str) -> Any:
        made = rpm.hdr()
        for tag, value in (
            (rpm.RPMTAG_NAME, name),
            (rpm.RPMTAG_VERSION, "1"),
            (rpm.RPMTAG_RELEASE, "1"),
            (rpm.RPMTAG_ARCH, "noarch"),
            (rpm.RPMTAG_OS, "linux"),
            # A package that comes from no source package is held to be one.
            (rpm.RPMTAG_SOURCERPM, "demo-1-1.src.rpm"),
        ):
            made[tag] = value
        return made

    with tempfile.TemporaryDirectory() as root:
        transaction = rpm.TransactionSet(root)
        transaction.setVSFlags(-1)
        for number, (version, dependency) in enumerate(rows):
            there = header(f"has-{number}")
            there[rpm.RPMTAG_PROVIDENAME] = [f"demo({number})"]
            there[rpm.RPMTAG_PROVIDEVERSION] = [version]
            there[rpm.RPMTAG_PROVIDEFLAGS] = [rpm.RPMSENSE_EQUAL]
            transaction.addInstall(there, f"has-{number}", "i")
            asking = header(f"asks-{number}")
            text = dependency.replace("@", f"demo({number})")
            # A plain dependency is three fields in a header, a rich one is text.
            words = [text] if text.startswith("(") else text.split(" ")
            flags = {"": 0, ">=": 12, "<": 2}[words[1] if len(words) > 1 else ""]
            asking[rpm.RPMTAG_REQUIRENAME] = [words[0]]
            asking[rpm.RPMTAG_REQUIREFLAGS] = [flags]
            asking[rpm.RPMTAG_REQUIREVERSION] = [words[2] if flags else ""]
            transaction.addInstall(asking, f"asks-{number}", "i")
        missing = {problem[0][0] for problem in transaction.check()}
    return [f"asks-{number}" not in missing for number in range(len(rows))]


def by_dnf(rows: Rows) -> list[bool]:
    """Ask the solver of dnf (libsolv) what can be installed from a repository."""
    import hawkey  # type: ignore[import-not-found]

    packages = []
    for number, (version, dependency) in enumerate(rows):
        epoch, _, rest = version.rpartition(":")
        provided = (
            f'<rpm:entry name="demo({number})" flags="EQ" epoch="{epoch or 0}"'
            f" ver={quoteattr(rest)}/>"
        )
        packages.append(package(f"has-{number}", "provides", provided))
        wanted = required(dependency.replace("@", f"demo({number})"))
        packages.append(package(f"asks-{number}", "requires", wanted))
    with tempfile.TemporaryDirectory() as folder:
        primary = os.path.join(folder, "primary.xml.gz")
        text = PRIMARY.format(count=len(packages), packages="".join(packages))
        with gzip.open(primary, "wt", encoding="utf-8") as stream:
            stream.write(text)
        repomd = os.path.join(folder, "repomd.xml")
        with open(repomd, "w", encoding="utf-8") as plain:
            plain.write(REPOMD)
        repository = hawkey.Repo("demo")
        repository.repomd_fn, repository.primary_fn = repomd, primary
        sack = hawkey.Sack(cachedir=folder, arch="x86_64", make_cache_dir=True)
        sack.load_repo(repository)
        found = []
        for number in range(len(rows)):
            goal = hawkey.Goal(sack)
            (wanted_package,) = hawkey.Query(sack).filter(name=f"asks-{number}")
            goal.install(wanted_package)
            found.append(bool(goal.run()))
    return found


def package(name: str, kind: str, entry: str) -> str:
    """Return the row of a repository for a package with one relation."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return PACKAGE.format(name=name, kind=kind, entry=entry, digest=digest)


def required(text: str) -> str:
    """Return the entry of a repository for a dependency, rich or plain."""
    words = text.split(" ")
    if text.startswith("(") or len(words) == 1:
        return f"<rpm:entry name={quoteattr(text)}/>"
    name, operator, version = words
    epoch, _, rest = version.rpartition(":")
    flags = {">=": "GE", "<": "LT"}[operator]
    return (
        f'<rpm:entry name={quoteattr(name)} flags="{flags}" epoch="{epoch or 0}"'
        f" ver={quoteattr(rest)}/>"
    )


KINDS: dict[str, Callable[[Rows], list[bool]]] = {
    "apt": by_apt,
    "rpm": by_rpm,
    "dnf": by_dnf,
}


def main() -> None:
    asked = json.load(sys.stdin)
    rows, judge = asked["rows"], KINDS[asked["kind"]]
    # What they take grows with the square of the packages.
    starts = range(0, len(rows), BATCH)
    found = [truth for start in starts for truth in judge(rows[start : start + BATCH])]
    json.dump(found, sys.stdout)


main()
