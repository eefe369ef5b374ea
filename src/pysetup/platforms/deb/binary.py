"""A Debian package from its plan and the built tree: nothing is decided here."""

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pysetup.platforms.contents import Content
from pysetup.platforms.deb.architectures import ALL
from pysetup.platforms.deb.archive import (
    DEFAULT_EPOCH,
    DebFile,
    PackedData,
    write_deb,
)
from pysetup.platforms.deb.control import (
    checked_package,
    clean_text,
    folded,
    one_line,
    paragraph,
    relation_field,
)
from pysetup.platforms.deb.copyright import CopyrightFacts, copyright_file
from pysetup.platforms.interface import Making
from pysetup.platforms.packed_pages import gzipped, packed_content_of
from pysetup.platforms.plan import (
    BREAKS,
    CONFLICTS,
    PROVIDES,
    RECOMMENDS,
    REPLACES,
    REQUIRES,
    SUGGESTS,
    PackageFile,
    PackagePlan,
    Relations,
    SubPackage,
)
from pysetup.standards.jsontext import JSON

COPYRIGHT, CHANGELOG = "copyright", "changelog.Debian.gz"
# In the order in which Debian's own packages have them.
RELATION_FIELDS = {
    REQUIRES: "Depends",
    RECOMMENDS: "Recommends",
    SUGGESTS: "Suggests",
    CONFLICTS: "Conflicts",
    BREAKS: "Breaks",
    REPLACES: "Replaces",
    PROVIDES: "Provides",
}
_SCRIPT, _PLAIN = 0o755, 0o644
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def write_packages(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the package of ``plan`` and those of its extras into ``out``.

    ``root`` is the built tree. The packages of extras need the main one, and hold only
    what Debian's policy asks of every package.
    """
    date = date_of(making)
    compression = str(plan.options["compression"])
    texts = licence_texts(plan, root)
    made = documents(plan, plan.name, texts, date=date)
    files = [_packed(file, root, made) for file in plan.files]
    main = main_fields(plan)
    paths = [_written(main, files, plan, out, date=date, compression=compression)]
    for extra in plan.packages:
        files = [
            DebFile(path, _PLAIN, partial(Content.of, content))
            for path, content in documents(plan, extra.name, texts, date=date).items()
        ]
        fields = extra_fields(plan, extra)
        paths.append(
            _written(fields, files, None, out, date=date, compression=compression)
        )
    return paths


def date_of(making: Making | None) -> int:
    """Return SOURCE_DATE_EPOCH, or a fixed day: never what the clock says."""
    if making is None or making.epoch is None:
        return DEFAULT_EPOCH
    return max(0, making.epoch)


def deb_filename(name: str, version: str, architecture: str) -> str:
    """Return the name of a package's file; the epoch of a version is not in it."""
    return f"{name}_{version.rpartition(':')[2]}_{architecture}.deb"


def source_name(plan: PackagePlan) -> str:
    """Return the name of the source package: that of the project."""
    name = plan.project if len(plan.project) > 1 else f"python-{plan.project}"
    return checked_package(name, field="Source")


def main_fields(plan: PackagePlan) -> dict[str, str]:
    """Return the fields of the main package, but for Installed-Size."""
    return _fields(plan, plan.name, plan.architecture, plan.relations) | {
        "Description": f"{plan.summary}\n{folded(plan.description)}"
    }


def extra_fields(plan: PackagePlan, extra: SubPackage) -> dict[str, str]:
    """Return the fields of the package of an extra."""
    text = (
        f"{plan.description}\n\nThis package is empty. It depends on what the extra "
        f"{extra.extra} needs."
    )
    return _fields(plan, extra.name, ALL, extra.relations) | {
        "Description": f"{extra.summary}\n{folded(text)}"
    }


def _fields(
    plan: PackagePlan, name: str, architecture: str, relations: Relations
) -> dict[str, str]:
    options = plan.options
    return {
        "Package": name,
        "Source": source if (source := source_name(plan)) != name else "",
        "Version": plan.version,
        "Architecture": architecture,
        "Maintainer": plan.maintainer,
        "Installed-Size": "",
        **{
            field: relation_field(relations.get(kind, ()))
            for kind, field in RELATION_FIELDS.items()
        },
        "Section": str(options["section"]),
        "Priority": str(options["priority"]),
        "Homepage": one_line(plan.homepage),
    }


def _written(
    fields: Mapping[str, str],
    files: list[DebFile],
    main: PackagePlan | None,
    out: Path,
    *,
    date: int,
    compression: str,
) -> Path:
    """Write one package; ``main`` has its scripts and configuration files."""

    def control(packed: PackedData) -> dict[str, tuple[int, bytes]]:
        sized = {**fields, "Installed-Size": str(packed.installed_size)}
        found = {"control": (_PLAIN, paragraph(sized).encode())}
        conffiles = _texts(main.details["conffiles"]) if main else ()
        if conffiles:
            text = "".join(f"{path}\n" for path in conffiles)
            found["conffiles"] = (_PLAIN, text.encode())
        left_out = {path.removeprefix("/") for path in conffiles}
        found["md5sums"] = (_PLAIN, _md5sums(packed, left_out))
        more = main.details["control"] if main else {}
        for name, value in more.items() if isinstance(more, Mapping) else ():
            found[name] = (_PLAIN, str(value).encode())
        for name, text in main.scripts.items() if main else ():
            found[name] = (_SCRIPT, text.encode())
        return found

    name = deb_filename(fields["Package"], fields["Version"], fields["Architecture"])
    write_deb(
        out / name, files=files, control=control, date=date, compression=compression
    )
    return out / name


def _md5sums(packed: PackedData, left_out: Container[str]) -> bytes:
    """Return what ``dpkg --verify`` checks by; dpkg notes conffiles itself."""
    return "".join(
        f"{digest}  {path}\n"
        for path, digest in packed.md5sums.items()
        if path not in left_out
    ).encode()


def _packed(file: PackageFile, root: Path, made: Mapping[str, bytes]) -> DebFile:
    if file.path in made:
        return DebFile(file.path, file.mode, partial(Content.of, made[file.path]))
    return DebFile(file.path, file.mode, partial(packed_content_of, file, root))


def documents(
    plan: PackagePlan, package: str, texts: Mapping[str, str], *, date: int
) -> dict[str, bytes]:
    """Return the copyright file and the changelog of ``package``, by their paths."""
    folder = f"usr/share/doc/{package}"
    return {
        f"{folder}/{COPYRIGHT}": copyright_text(plan, texts).encode(),
        f"{folder}/{CHANGELOG}": gzipped(changelog_text(plan, package, date).encode()),
    }


def licence_texts(plan: PackagePlan, root: Path) -> dict[str, str]:
    """Return the texts of licences in the built tree ``root``, by their names."""
    return {
        name.rpartition(".dist-info/")[2].removeprefix("licenses/"): decoded(
            (root / name).read_bytes()
        )
        for name in _texts(plan.details["licences"])
    }


def copyright_text(plan: PackagePlan, texts: Mapping[str, str]) -> str:
    """Return the copyright file with ``texts`` of licences, by the names of files."""
    stated = plan.details["copyright"]
    assert isinstance(stated, Mapping), "the plan is ours"
    facts = CopyrightFacts(
        name=str(stated["name"]),
        contact=str(stated["contact"]),
        source=str(stated["source"]),
        holders=_texts(stated["holders"]),
        licence=str(stated["licence"]),
        text=str(stated["text"]),
    )
    return copyright_file(facts, texts)


def changelog_text(plan: PackagePlan, package: str, date: int) -> str:
    """Return a changelog of one entry (deb-changelog(5))."""
    changes = str(plan.options["changes"]) or (
        f"Made by pysetup of {plan.project} {plan.project_version}."
    )
    lines = clean_text(changes).strip().split("\n")
    text = "\n".join(f"    {line.strip()}".rstrip() for line in lines)
    return (
        f"{package} ({plan.version}) {plan.options['suite']}; urgency=medium\n\n"
        f"  * {text.strip()}\n\n"
        f" -- {plan.maintainer}  {day_and_time(date)}\n"
    )


def day_and_time(date: int) -> str:
    """Return a date as RFC 5322 writes it, whatever the locale."""
    moment = datetime.fromtimestamp(date, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} +0000"


def decoded(content: bytes) -> str:
    """Return a text of a file; old ones are in Latin-1."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()
