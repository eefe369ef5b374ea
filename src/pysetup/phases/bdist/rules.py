"""The rules for wheels: what each is called, who says so, and what to do about it."""

from collections.abc import Mapping

from pysetup.interchange.findings import ArchiveFinding, Rule

ERROR, WARNING = "error", "warning"
_WHEEL = "binary distribution format"
_REBUILD = "rebuild the wheel with a current build tool"
_TAG_HINT = "give the wheel the tags of what is in it"


RULES: Mapping[str, Rule] = {
    # The archive
    "wheel-filename": Rule(ERROR, f"{_WHEEL}: file name convention", _REBUILD),
    "name-not-normalized": Rule(WARNING, f"{_WHEEL}: escaping and Unicode", _REBUILD),
    "unreadable-archive": Rule(ERROR, f"{_WHEEL}: a wheel is a zip file", _REBUILD),
    "dist-info-folder": Rule(ERROR, f"{_WHEEL}: file contents", _REBUILD),
    "required-file": Rule(ERROR, f"{_WHEEL}: the .dist-info directory", _REBUILD),
    "record": Rule(ERROR, f"{_WHEEL}: RECORD", "change nothing in a built wheel"),
    "record-signature": Rule(WARNING, "PEP 815", "leave it out"),
    "portable-name": Rule(WARNING, "", "rename the file: not every system can hold it"),
    # WHEEL
    "wheel-info": Rule(ERROR, f"{_WHEEL}: WHEEL", _REBUILD),
    "wheel-version": Rule(WARNING, f"{_WHEEL}: Wheel-Version"),
    "wheel-json": Rule(ERROR, "PEP 819 (draft): WHEEL.json", _REBUILD),
    "wheel-tags": Rule(ERROR, f"{_WHEEL}: Tag", "pysetup unpack, mend WHEEL, pack"),
    "wheel-build": Rule(WARNING, f"{_WHEEL}: Build", "pysetup unpack, then pack"),
    # The document
    "metadata": Rule(ERROR, "core metadata", "change the project, and build anew"),
    "metadata-mismatch": Rule(ERROR, f"{_WHEEL}: file name convention", _REBUILD),
    "document-mismatch": Rule(ERROR, "PEP 819 (draft)", _REBUILD),
    "license-file": Rule(ERROR, "PEP 639: License-File", "add it, and build anew"),
    "license-absent": Rule(
        WARNING, "PEP 639", "name license and license-files in pyproject.toml"
    ),
    "import-name-missing": Rule(
        WARNING, "PEP 794; W201", "correct import-names, or what is packed"
    ),
    "import-name-undeclared": Rule(
        WARNING, "PEP 794; W202", "correct import-names, or what is packed"
    ),
    "sbom": Rule(WARNING, "PEP 770", "write CycloneDX or SPDX as UTF-8 JSON"),
    "variant": Rule(ERROR, "PEP 825 (draft)", _REBUILD),
    # The library
    "bytecode": Rule(WARNING, "W001", "leave __pycache__ out: installers make it"),
    "duplicate-content": Rule(WARNING, "W002"),
    "toplevel-file": Rule(WARNING, "W003", "move it into a package"),
    "unimportable-module": Rule(WARNING, "W004", "rename it, or its folder"),
    "common-toplevel": Rule(
        WARNING, "W005", "leave it out: it clashes with those of others"
    ),
    "toplevel-init": Rule(WARNING, "W006", "move it into a package"),
    "empty-library": Rule(WARNING, "W007", "see which modules the project names"),
    "empty-wheel": Rule(WARNING, "W008", "see which modules the project names"),
    "several-toplevels": Rule(WARNING, "W009"),
    "no-module-inside": Rule(WARNING, "W010", "leave it out, or move it"),
    "module-left-out": Rule(WARNING, "W101", "see which files the project packs"),
    "module-not-in-source": Rule(WARNING, "W102"),
    "stdlib-name": Rule(WARNING, "", "rename it: the standard module is found first"),
    "stray-file": Rule(WARNING, "", "leave it out of the wheel"),
    "secret-file": Rule(WARNING, "", "leave it out, and change what it told"),
    # Tags and machine code
    "module-in-pure": Rule(ERROR, "PEP 425: platform tag", _TAG_HINT),
    "binary-in-pure": Rule(WARNING, "PEP 425: platform tag", _TAG_HINT),
    "purelib-with-module": Rule(
        WARNING, f"{_WHEEL}: Root-Is-Purelib", "Root-Is-Purelib: false"
    ),
    "nothing-compiled": Rule(WARNING, "PEP 425: platform tag", _TAG_HINT),
    "abi3-module": Rule(ERROR, "PEP 425: ABI tag; PEP 384", _TAG_HINT),
    "module-tag": Rule(WARNING, "PEP 425: Python and ABI tag", _TAG_HINT),
    "machine": Rule(ERROR, "PEP 425: platform tag", _TAG_HINT),
    "library-machine": Rule(WARNING, "PEP 425: platform tag"),
    "linux-tag": Rule(
        WARNING, "PEP 600", "auditwheel repair; the public index refuses it"
    ),
    # What happens at installation and at start
    "data-category": Rule(ERROR, f"{_WHEEL}: the .data directory", _REBUILD),
    "entry-points": Rule(ERROR, "entry points specification", "correct the project"),
    "entry-point-module": Rule(
        WARNING, "entry points specification", "correct it, or pack the module"
    ),
    "script-shebang": Rule(
        WARNING, f"{_WHEEL}: recommended features", "begin it with  #!python"
    ),
    "startup-file": Rule(WARNING, "", "make sure that it is wanted"),
}


def finding(rule: str, message: str, member: str = "") -> ArchiveFinding:
    """Return what there is to say by ``rule``, with its severity, clause and hint."""
    return RULES[rule].finding(rule, message, member=member)
