"""Which format a file has, by its name and by what stands in it."""

import json
import re
from collections.abc import Mapping

from pysetup.late import late_pattern
from pysetup.metadata.formats.registry import FORMATS

_HEADER = late_pattern(rb"\A(?:\xef\xbb\xbf)?(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
                     rb"Metadata-Version:", re.IGNORECASE)  # fmt: skip
_SECTION = late_pattern(rb"^\[+\s*([^\]\n]+?)\s*\]+", re.MULTILINE)
_LOCK_VERSION = late_pattern(rb"^lock-version\s*=", re.MULTILINE)
_SETUP_CALL = late_pattern(rb"^(?:\w+\.)?setup\s*\(", re.MULTILINE)
_DISTUTILS2_KEYS = late_pattern(
    rb"^(?:requires-dist|requires-python|home-page|description-file|"
    rb"provides-dist|obsoletes-dist|project-url)\s*=",
    re.MULTILINE,
)
_SETUPTOOLS_KEYS = late_pattern(
    rb"^(?:long_description|install_requires|python_requires|project_urls|"
    rb"license_files?)\s*[=:]",
    re.MULTILINE,
)
_PEP426_KEYS = frozenset(
    ("run_requires", "meta_requires", "document_names", "source_url", "source_label")
)
# What a look at the content needs; formats are told apart in their first lines.
_SEEN = 256 * 1024


def detect(filename: str, content: bytes) -> str:
    """Return the name of the format, or an empty text if it is none that is known.

    The name decides where it is one format's own (METADATA, pydist.json, pylock.toml);
    ``setup.cfg``, JSON and everything from standard input are told by their content.
    """
    name = filename.replace("\\", "/").rpartition("/")[2]
    if name == "setup.cfg":
        return _kind_of_setup_cfg(content)
    if name.endswith(".json") or content[:_SEEN].lstrip()[:1] == b"{":
        return _kind_of_json(name, content)
    for known in FORMATS.values():
        if name in known.filenames:
            return known.name
    told = _kind_of_text(content[:_SEEN])
    if told:
        return told
    for known in FORMATS.values():
        if any(name.endswith(end) for end in known.filenames if end[:1] == "."):
            return known.name
    return ""


def _kind_of_text(content: bytes) -> str:
    sections = {name.strip(b"\"' ") for name in _SECTION.findall(content)}
    kind = ""
    if _HEADER.match(content):
        kind = "metadata"
    elif _LOCK_VERSION.search(content) and b"packages" in sections:
        kind = "pylock"
    elif any(
        name in (b"project", b"build-system") or name.startswith(b"tool.")
        for name in sections
    ):
        kind = "pyproject"
    elif b"metadata" in sections:
        kind = _kind_of_setup_cfg(content)
    elif _SETUP_CALL.search(content):
        kind = "setup.py"
    elif sections & {b"console_scripts", b"gui_scripts"}:
        kind = "entry_points"
    return kind


def _kind_of_setup_cfg(content: bytes) -> str:
    """Tell distutils2's file from that of setuptools; they share the name."""
    sections = {name.lower() for name in _SECTION.findall(content)}
    if any(name == b"options" or name.startswith(b"options.") for name in sections):
        return "setup.cfg"
    if b"files" in sections or _DISTUTILS2_KEYS.search(content):
        return "setup.cfg" if _SETUPTOOLS_KEYS.search(content) else "distutils2"
    return "setup.cfg"


def _kind_of_json(name: str, content: bytes) -> str:
    """Tell the JSON formats apart by the keys that only one of them has."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return "json"  # its reader says what is wrong
    return _kind_of_object(name, value) if isinstance(value, dict) else ""


def _kind_of_object(name: str, document: Mapping[str, object]) -> str:
    keys = document.keys()
    if {"wheel_version", "root_is_purelib"} <= keys:
        return "wheel-json"
    if name == "METADATA.json":
        return "pep819"
    if "document_version" not in keys and (
        keys & _PEP426_KEYS or document.get("metadata_version") == "2.0"
    ):
        return "pep426"
    if name == "pydist.json" or "document_version" in keys:
        return "json"
    if "metadata_version" not in keys:
        return "json" if {"name", "version"} <= keys else ""
    return "pep566" if isinstance(document.get("project_url"), list) else "pep819"
