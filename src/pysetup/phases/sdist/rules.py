"""The rules for sdists: what each is called, who says so, and what to do about it."""

from collections import Counter
from collections.abc import Mapping

from pysetup.interchange.findings import ArchiveFinding, Rule
from pysetup.values import dataclass, field

_ERROR, _WARNING = "error", "warning"
_FORMAT = "source distribution format"
_REBUILD = "make the sdist anew with a current build tool"
_NORMALIZE = "pysetup sdist --normalize writes it as the standard says"
_LEAVE_OUT = "leave it out of the sdist"


RULES: Mapping[str, Rule] = {
    # The file and its name
    "unreadable-archive": Rule(_ERROR, f"{_FORMAT}: file format", _REBUILD),
    "sdist-filename": Rule(_ERROR, f"PEP 625; {_FORMAT}: file name", _REBUILD),
    "name-not-normalized": Rule(_WARNING, f"PEP 625; {_FORMAT}: file name", _NORMALIZE),
    "legacy-format": Rule(_WARNING, "PEP 625; PEP 527", _NORMALIZE),
    "tar-format": Rule(_WARNING, f"PEP 517; {_FORMAT}: file format", _NORMALIZE),
    # The layout
    "top-folder": Rule(_ERROR, f"{_FORMAT}: one top-level directory", _REBUILD),
    "top-folder-name": Rule(_WARNING, f"{_FORMAT}: {{name}}-{{version}}", _NORMALIZE),
    "pkg-info-missing": Rule(_ERROR, f"{_FORMAT}: PKG-INFO", _REBUILD),
    "pyproject-missing": Rule(
        _WARNING, f"{_FORMAT}: pyproject.toml", "add one: builds need no guess then"
    ),
    "nothing-to-build": Rule(
        _ERROR, f"{_FORMAT}: pyproject.toml", "pack pyproject.toml or setup.py"
    ),
    "pyproject-invalid": Rule(_ERROR, f"{_FORMAT}: pyproject.toml", _REBUILD),
    "named-file-missing": Rule(
        _ERROR, "pyproject.toml specification: readme, license", "pack the file"
    ),
    # The metadata
    "metadata": Rule(_ERROR, f"core metadata; {_FORMAT}: PKG-INFO", _REBUILD),
    "metadata-version": Rule(
        _WARNING, f"PEP 643; {_FORMAT}: Metadata-Version 2.2 or greater", _REBUILD
    ),
    "metadata-mismatch": Rule(_ERROR, f"PEP 625; {_FORMAT}: file name", _REBUILD),
    "dynamic": Rule(_ERROR, "PEP 643: name and version are never dynamic", _REBUILD),
    "document-mismatch": Rule(_ERROR, "PEP 819 (draft)", _REBUILD),
    "license-file": Rule(_ERROR, "PEP 639: License-File", "pack it at that path"),
    "license-file-early": Rule(
        _WARNING, "PEP 639: License-File (from 2.4 on)", "pack it at that path"
    ),
    # The members
    "unsafe-path": Rule(_ERROR, "PEP 721: data filter", "do not unpack it"),
    "link-outside": Rule(_ERROR, "PEP 721: data filter", "do not unpack it"),
    "link-nowhere": Rule(_WARNING, "", "pack the file in the place of the link"),
    "special-file": Rule(_ERROR, "PEP 721: data filter", "do not unpack it"),
    "hard-link": Rule(_WARNING, "PEP 721: data filter", _NORMALIZE),
    "hard-link-nowhere": Rule(
        _ERROR, "PEP 721: data filter", "pack the file in the place of the link"
    ),
    "duplicate": Rule(_ERROR, "", "readers disagree about which of the two counts"),
    "portable-name": Rule(_WARNING, "", "rename it: not every system can hold it"),
    "name-clash": Rule(
        _WARNING, "", "rename one: macOS and Windows take the two for one file"
    ),
    "date": Rule(_WARNING, "", "set the clock, or SOURCE_DATE_EPOCH"),
    # Litter
    "version-control": Rule(_WARNING, "", _LEAVE_OUT),
    "bytecode": Rule(_WARNING, "", _LEAVE_OUT),
    "tool-files": Rule(_WARNING, "", _LEAVE_OUT),
    "build-output": Rule(_WARNING, "", _LEAVE_OUT),
    "other-metadata": Rule(_WARNING, "", _LEAVE_OUT),
}
# A tree of litter is told by its first files.
_MOST = 10


@dataclass(slots=True)
class FindingList:
    """Gathers what is wrong; of each rule the first few, and how many more."""

    found: list[ArchiveFinding] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, rule: str, message: str, *, member: str = "") -> None:
        """Add one finding of ``rule``."""
        self._counts[rule] += 1
        if self._counts[rule] <= _MOST:
            self._append(rule, member, message)

    def finish(self) -> tuple[ArchiveFinding, ...]:
        """Return all findings; errors come first."""
        for rule, count in self._counts.items():
            if count > _MOST:
                self._append(rule, "", f"and {count - _MOST} more of this kind")
        return tuple(sorted(self.found, key=lambda one: not one.is_error))

    def _append(self, rule: str, member: str, message: str) -> None:
        self.found.append(RULES[rule].finding(rule, message, member=member))
