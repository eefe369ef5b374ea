"""The report of pip's ``inspect``, version 1: an environment in one JSON object."""

import os
from collections.abc import Mapping

from pysetup import __version__
from pysetup.interchange.dist_info import METADATA
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.headers import parse_headers
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.reading import read_file
from pysetup.standards.jsontext import JSON

REPORT_VERSION = "1"
# Fields that came after this version of the report.
_LEFT_OUT = ("import_name", "import_namespace")


def inspect_report(
    database: InstalledDatabase, environment: Environment
) -> dict[str, JSON]:
    """Return what pip's inspect report says of the environment (version 1).

    ``pip_version``, which the format demands, names this tool. The metadata are the
    headers of METADATA, word for word, since that is what the report is about; where
    there is no METADATA they are those that the document has.
    """
    return {
        "version": REPORT_VERSION,
        "pip_version": f"pysetup {__version__}",
        "installed": [_installed(one) for one in database.distributions()],
        "environment": dict(environment.markers),
    }


def wheel_tags(environment: Environment) -> dict[str, JSON]:
    """Return what is our own addition: the tags of wheels that fit, best first."""
    return {"pysetup": {"tags": list(environment.tags)}}


def _installed(one: InstalledDistribution) -> dict[str, JSON]:
    told: dict[str, JSON] = {
        "metadata": _headers(one),
        "metadata_location": one.info_dir,
    }
    if one.direct_url is not None:
        told["direct_url"] = _with_one_hash(one.direct_url)
    elif one.project:
        told["direct_url"] = {
            "url": one.project_url,
            "dir_info": {"editable": True},
        }
    if one.installer:
        told["installer"] = one.installer
    if one.kind == "dist-info":
        told["requested"] = one.requested
    return told


def _with_one_hash(direct_url: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return PEP 610's record with the older ``hash`` beside ``hashes``, as pip."""
    archive = direct_url.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, Mapping) else None
    if not isinstance(archive, Mapping) or not isinstance(hashes, Mapping):
        return dict(direct_url)
    first = [f"{algorithm}={digest}" for algorithm, digest in hashes.items()][:1]
    older = {"hash": first[0]} if first and "hash" not in archive else {}
    return {**direct_url, "archive_info": {**archive, **older}}


def _headers(one: InstalledDistribution) -> dict[str, JSON]:
    """Return the header fields in the form of PEP 566."""
    path = os.path.join(one.info_dir, METADATA)
    content = read_file(path) if one.kind == "dist-info" else None
    if content is None:
        content = core_metadata.write(one.metadata)
    fields, body = parse_headers(
        content.decode(errors="replace").removeprefix("\ufeff")
    )
    told: dict[str, JSON] = {}
    for header, value in fields:
        key = header.lower().replace("-", "_")
        field = BY_KEY.get(key)
        if field is None or key in _LEFT_OUT:
            continue
        if field.kind in ("list", "names", "urls") and key != "keywords":
            before = told.get(key)
            told[key] = [*(before if isinstance(before, list) else []), value]
        elif key not in told:
            told[key] = _keywords(value) if key == "keywords" else value
    if body:
        told["description"] = body
    return told


def _keywords(text: str) -> list[JSON]:
    parts = text.split(",") if "," in text else text.split()
    return [part.strip() for part in parts]
