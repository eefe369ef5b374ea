"""METADATA, WHEEL, pydist.json and the files that only an installer writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECTION = "Metadata"


def core(old: str, new: str) -> Callable[[Any], bytes]:
    """Return the maker of a wheel whose METADATA says ``new`` for ``old``."""
    return lambda w: w.wheel({f"{w.info}/METADATA": w.core.replace(old, new)})


def more(lines: str | bytes) -> Callable[[Any], bytes]:
    """Add header lines to METADATA."""

    def make(w: Any) -> bytes:
        raw = lines.encode() if isinstance(lines, str) else lines
        return bytes(w.wheel({f"{w.info}/METADATA": w.core.encode() + raw}))

    return make


def told(old: str, new: str) -> Callable[[Any], bytes]:
    return lambda w: w.wheel({f"{w.info}/WHEEL": w.told.replace(old, new)})


def info(name: str, content: str | bytes) -> Callable[[Any], bytes]:
    return lambda w: w.wheel({f"{w.info}/{name}": content})


def pydist(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], bytes]:
    """Return the maker of a wheel with a pydist.json that ``change`` wrote."""

    def make(w: Any) -> bytes:
        from pysetup.metadata.formats import core_metadata

        document = core_metadata.read(w.core.encode(), source="x")
        value = dict(document.to_dict())
        content = change(value)
        return bytes(w.wheel({f"{w.info}/pydist.json": content}))

    return make


def requires(text: str) -> Callable[[Any], bytes]:
    return more(f"Requires-Dist: {text}\n")


DEEP_MARKER = "other; " + "(" * 5000 + "os_name == 'posix'" + ")" * 5000
LONG_MARKER = "other; " + " or ".join(["os_name == 'posix'"] * 20_000)
CASES: dict[str, Callable[[Any], bytes]] = {
    "no METADATA": lambda w: w.wheel(without=[f"{w.info}/METADATA"]),
    "an empty METADATA": info("METADATA", ""),
    "METADATA of garbage": info("METADATA", "\0\1\2"),
    "METADATA that is not UTF-8": more(b"Summary: \xff\xfe\n"),
    "METADATA of another project": core("demo", "evil"),
    "METADATA of another version": core("1.0", "2.0"),
    "METADATA without a name": core("Name: demo\n", ""),
    "METADATA without a version": core("Version: 1.0\n", ""),
    "METADATA with two names": more("Name: evil\n"),
    "METADATA without a format": core("Metadata-Version: 2.1\n", ""),
    "METADATA of the future": core("Metadata-Version: 2.1", "Metadata-Version: 9.0"),
    "METADATA of 9 MiB": more("Keywords: " + "x," * (9 << 19) + "\n"),
    "METADATA with a description of 9 MiB": more("\n" + "text\n" * (9 << 20)),
    "METADATA with 300000 headers": more("Classifier: x\n" * 300_000),
    "a name that is none": core("demo", "-demo-"),
    "a name with an escape sequence": core("Name: demo", "Name: \x1b[31mdemo"),
    "a version that is none": core("Version: 1.0", "Version: new"),
    "a version of 5000 digits": core("Version: 1.0", "Version: " + "1" * 5000),
    "a version of 5000 parts": core("Version: 1.0", "Version: 1" + ".0" * 5000),
    "a requirement that is none": requires("!!!"),
    "a requirement of 100 KiB": requires("x" * 100_000),
    "a marker nested 5000 deep": requires(DEEP_MARKER),
    "a marker of 20000 parts": requires(LONG_MARKER),
    "a specifier that makes expressions slow": requires("other " + ">" * 30_000 + "1"),
    "a version that makes expressions slow": requires("other ==1" + ".1" * 30_000 + "!"),
    "spaces that make expressions slow": requires("other" + " " * 50_000 + "!"),
    "100000 requirements": more("Requires-Dist: other\n" * 100_000),
    "Requires-Python that is nonsense": more("Requires-Python: whenever\n"),
    "Requires-Python for the future": more("Requires-Python: >=9\n"),
    "Requires-Python for the past": more("Requires-Python: <3\n"),
    "Requires-Python of 5000 digits": more("Requires-Python: >=" + "9" * 5000 + "\n"),
    "terminal codes in a summary": more("Summary: \x1b]0;evil\x07\n"),
    "no WHEEL": lambda w: w.wheel(without=[f"{w.info}/WHEEL"]),
    "an empty WHEEL": info("WHEEL", ""),
    "a WHEEL of garbage": info("WHEEL", "\0\1\2"),
    "a WHEEL that is not UTF-8": info("WHEEL", b"Wheel-Version: \xff\n"),
    "a WHEEL of 2 MiB": told("by hand", "x" * (2 << 20)),
    "wheel format 2.0": told("Wheel-Version: 1.0", "Wheel-Version: 2.0"),
    "wheel format 1.9": told("Wheel-Version: 1.0", "Wheel-Version: 1.9"),
    "a wheel format that is none": told("Wheel-Version: 1.0", "Wheel-Version: new"),
    "a wheel format of 5000 digits": told("Wheel-Version: 1.0", "Wheel-Version: 1." + "0" * 5000),
    "two wheel formats": told("Wheel-Version: 1.0", "Wheel-Version: 1.0\nWheel-Version: 2.0"),
    "neither pure nor not": told("Root-Is-Purelib: true", "Root-Is-Purelib: maybe"),
    "tags in WHEEL that differ from its name": told("py3-none-any", "cp39-cp39-win32"),
    "no tag in WHEEL": told("Tag: py3-none-any\n", ""),
    "a name for another platform": lambda w: w.wheel(),
    "a name for another Python": lambda w: w.wheel(),
    "a name of another project": lambda w: w.wheel(),
    "a name of another version": lambda w: w.wheel(),
    "a name with another spelling of the version": lambda w: w.wheel(),
    "a name with 2100 tags": lambda w: w.wheel(),
    "WHEEL.json that contradicts WHEEL": info("WHEEL.json", '{"wheel_version":"1.0","generator":"evil","root_is_purelib":false,"tag":["py3-none-any"]}'),
    "WHEEL.json of garbage": info("WHEEL.json", "{"),
    "METADATA.json that contradicts METADATA, with pydist.json": lambda w: w.wheel({f"{w.info}/pydist.json": pydist_text(w, {}), f"{w.info}/METADATA.json": '{"metadata_version":"2.1","name":"evil","version":"1.0"}'}),
    "METADATA.json of garbage": info("METADATA.json", "{"),
    "pydist.json that agrees": pydist(json.dumps),
    "pydist.json of another name": pydist(lambda value: json.dumps({**value, "name": "evil"})),
    "pydist.json of another version": pydist(lambda value: json.dumps({**value, "version": "2.0"})),
    "pydist.json with more requirements": pydist(lambda value: json.dumps({**value, "requires_dist": ["evil"]})),
    "pydist.json with another summary": pydist(lambda value: json.dumps({**value, "summary": "evil"})),
    "pydist.json of garbage": info("pydist.json", "{"),
    "pydist.json that is a list": info("pydist.json", "[]"),
    "pydist.json that is not UTF-8": info("pydist.json", b"\xff{}"),
    "pydist.json nested 10000 deep": pydist(lambda value: json.dumps(value)[:-1] + ',"x":' + "[" * 10_000 + "]" * 10_000 + "}"),
    "pydist.json with keys twice": pydist(lambda value: json.dumps(value)[:-1] + ',"name":"evil"}'),
    "pydist.json of 64 MiB": pydist(lambda value: json.dumps(value) + " " * (64 << 20)),
    "pydist.json with a number of 5000 digits": pydist(lambda value: json.dumps(value)[:-1] + ',"x":' + "9" * 5000 + "}"),
    "an extension that it must handle": pydist(lambda value: json.dumps({**value, "extensions": {**value.get("extensions", {}), "evil.install": {"installer_must_handle": True}}})),
    "INSTALLER": info("INSTALLER", "pip\n"),
    "REQUESTED": info("REQUESTED", ""),
    "direct_url.json": info("direct_url.json", '{"url":"https://evil.example/x","dir_info":{"editable":true}}'),
    "direct_url.json of garbage": info("direct_url.json", "{"),
    "provenance_url.json": info("provenance_url.json", '{"url":"https://evil.example/x","archive_info":{"hashes":{}}}'),
    "licence files and an SBOM": lambda w: w.wheel({f"{w.info}/licenses/LICENSE": "MIT", f"{w.info}/sboms/a.json": "{}"}),
    "top_level.txt that lies": info("top_level.txt", "../../evil\n"),
}  # fmt: skip


def pydist_text(w: Any, changes: dict[str, Any]) -> str:
    from pysetup.metadata.formats import core_metadata

    document = core_metadata.read(w.core.encode(), source="x")
    return json.dumps({**dict(document.to_dict()), **changes})


NAMES = {
    "a name for another platform": "demo-1.0-py3-none-win32.whl",
    "a name for another Python": "demo-1.0-cp39-cp39-manylinux_2_17_x86_64.whl",
    "a name of another project": "evil-1.0-py3-none-any.whl",
    "a name of another version": "demo-2.0-py3-none-any.whl",
    "a name with another spelling of the version": "demo-1.0.0-py3-none-any.whl",
    "a name with 2100 tags": "demo-1.0-" + ".".join(["py3", *(f"a{n}" for n in range(20))]) + "-" + ".".join(["none", *(f"n{n}" for n in range(19))]) + "-" + ".".join(["any"] * 5) + ".whl",
}  # fmt: skip
INFO = "demo-1.0.dist-info"


def check_installer(site: Path) -> None:
    assert (site / INFO / "INSTALLER").read_text() == "pysetup\n"


def check_direct_url(site: Path) -> None:
    written = json.loads((site / INFO / "direct_url.json").read_text())
    assert written["url"].startswith("file:")
    assert "dir_info" not in written


def check_provenance(site: Path) -> None:
    assert not (site / INFO / "provenance_url.json").exists()


CHECKS: dict[str, Callable[[Path], None]] = {
    "INSTALLER": check_installer,
    "direct_url.json": check_direct_url,
    "direct_url.json of garbage": check_direct_url,
    "provenance_url.json": check_provenance,
}

SLOW = {
    "METADATA with 300000 headers",
    "METADATA with a description of 9 MiB",
    "pydist.json of 64 MiB",
    "100000 requirements",
}
