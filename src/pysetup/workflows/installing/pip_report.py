"""The installation report of pip, version 1: what a command installs, for other tools.

The form is described in pip's documentation ("Installation Report"); new keys may
come in it, none goes.
"""

from collections.abc import Mapping, Sequence

from pysetup import __version__
from pysetup.index.urls import without_credentials
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import WheelSource
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.headers import parse_headers
from pysetup.metadata.projections import METADATA
from pysetup.standards.jsontext import JSON
from pysetup.workflows.installing.install_plan import WheelToInstall
from pysetup.workflows.resolving.resolve import Pin

VERSION = "1"
# Consumers compare it as a version, to know which keys to expect: those of this pip.
# The local part (PEP 440) says who wrote it.
PIP_VERSION = f"26.3+pysetup.{__version__.replace('-', '.')}"

_MANY = (
    "Dynamic",
    "Platform",
    "Supported-Platform",
    "License-File",
    "Classifier",
    "Requires-Dist",
    "Requires-External",
    "Project-URL",
    "Provides-Extra",
    "Provides-Dist",
    "Obsoletes-Dist",
)
_ONE = (
    "Metadata-Version",
    "Name",
    "Version",
    "Summary",
    "Description",
    "Description-Content-Type",
    "Keywords",
    "Home-page",
    "Download-URL",
    "Author",
    "Author-email",
    "Maintainer",
    "Maintainer-email",
    "License",
    "License-Expression",
    "Requires-Python",
)
_FIELDS = {name.lower(): name in _MANY for name in (*_ONE, *_MANY)}


def pip_report(
    wheels: Sequence[tuple[WheelToInstall, WheelSource]], environment: Environment
) -> dict[str, JSON]:
    """Return the report of installing ``wheels``, which come with their files."""
    return _report([_item(wheel, source) for wheel, source in wheels], environment)


def pip_report_of_pins(
    pins: Sequence[Pin], environment: Environment
) -> dict[str, JSON]:
    """Return the report of installing ``pins``, whose files were not fetched."""
    return _report([_pin_item(pin) for pin in pins], environment)


def _report(items: list[JSON], environment: Environment) -> dict[str, JSON]:
    return {
        "version": VERSION,
        "pip_version": PIP_VERSION,
        "install": items,
        "environment": dict(environment.markers),
    }


def _item(wheel: WheelToInstall, source: WheelSource) -> dict[str, JSON]:
    content = source.read(f"{source.dist_info}/{METADATA}")
    origin = wheel.direct_url or wheel.provenance or {"url": wheel.path.as_uri()}
    return {
        "download_info": _download_info(origin),
        "is_direct": wheel.direct_url is not None,
        "is_yanked": wheel.yanked,
        "requested": wheel.requested,
        "metadata": metadata_json(content.decode("utf-8", "replace")),
        **_asked_extras(wheel.requested, wheel.extras),
    }


def _pin_item(pin: Pin) -> dict[str, JSON]:
    if pin.file is None:
        assert pin.location is not None, "nothing counts as installed elsewhere"
        origin: dict[str, JSON] = {"url": pin.location.as_uri()}
    else:
        hashes: dict[str, JSON] = {
            each.algorithm: each.hexdigest for each in pin.file.hashes
        }
        origin = {
            "url": without_credentials(pin.file.url),
            "archive_info": {"hashes": hashes},
        }
    return {
        "download_info": _download_info(origin),
        "is_direct": bool(pin.direct_url),
        "is_yanked": pin.file is not None and pin.file.yanked is not None,
        "requested": pin.requested,
        "metadata": metadata_json(core_metadata.write(pin.metadata).decode()),
        **_asked_extras(pin.requested, pin.extras),
    }


def _asked_extras(requested: bool, extras: frozenset[str]) -> dict[str, JSON]:  # noqa: FBT001 - one of two facts
    return {"requested_extras": sorted(extras)} if requested and extras else {}


def _download_info(record: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return PEP 610's record of where it came from, however it was asked for."""
    origin = dict(record)
    archive = origin.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, Mapping) else None
    if isinstance(hashes, Mapping) and hashes:
        name = "sha256" if "sha256" in hashes else min(hashes)
        # The older spelling, which consumers may still look for.
        origin["archive_info"] = {
            "hash": f"{name}={hashes[name]}",
            "hashes": {**hashes},
        }
    return origin


def metadata_json(text: str) -> dict[str, JSON]:
    """Return METADATA in the JSON form of PEP 566: keys in lower case, lists for many.

    Keywords are split as pip does: at commas, else at white space.
    """
    headers, body = parse_headers(text)
    found: dict[str, JSON] = {}
    for name, value in headers:
        many = _FIELDS.get(name.lower())
        key = name.lower().replace("-", "_")
        if many is None:
            continue
        if not many:
            found.setdefault(key, _keywords(value) if key == "keywords" else value)
            continue
        before = found.setdefault(key, [])
        assert isinstance(before, list), "a field of multiple use is a list"
        before.append(value)
    if body:
        found["description"] = body
    return found


def _keywords(value: str) -> list[JSON]:
    if "," in value:
        return [word.strip() for word in value.split(",")]
    return list(value.split())
