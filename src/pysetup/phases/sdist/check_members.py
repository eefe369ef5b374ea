"""The members of an sdist of anyone: safe, portable, and no litter of tools."""

from collections.abc import Iterator, Sequence
from unicodedata import normalize

from pysetup.interchange.admission import MAX_LINK_STEPS, resolve_link
from pysetup.interchange.members import COPY, FILE, FOLDER, LINK, OTHER, Member
from pysetup.interchange.source_files import tool_file_reason, tool_folder_reason
from pysetup.late import late_pattern
from pysetup.phases.sdist.rules import FindingList
from pysetup.standards.names import normalize_name
from pysetup.standards.paths import path_fault

_DAY = 86400
_YEAR_2000 = 946684800
_WINDOWS = late_pattern(
    r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?|.*[<>\"|?*].*|.*[. ]"
)
_COMPILED = late_pattern(r".*\.(o|obj|so|pyd|dylib)")
_LITTER = {
    "version control": "version-control",
    "bytecode": "bytecode",
    "working files of a tool": "tool-files",
}
_METADATA = late_pattern(r"(.+?)(-[^/-]+)?\.(egg-info|dist-info)")


class MemberCheck:
    """Judges members as they come, and afterwards what only all of them show.

    ``made`` is the date of the archive itself, in seconds since 1970; ``top`` is its
    one top folder, empty as long as there is none.
    """

    def __init__(self, findings: FindingList, *, made: float) -> None:
        self.top = ""
        self._findings = findings
        # Archives in stores that set all dates to a constant say nothing.
        self._latest = made + _DAY if made > _YEAR_2000 else float("inf")
        self._kinds: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._dialects: set[str] = set()
        self._outputs: set[str] = set()
        self._late = False

    def check(self, member: Member) -> None:
        """Judge one member by itself and against those before it."""
        self._dialects.add(member.dialect)
        fault = path_fault(member.path)
        if fault is not None:
            self._add("unsafe-path", fault, member)
            return
        self._check_kind(member)
        before = self._kinds.get(member.path)
        if before is not None and not before == member.kind == FOLDER:
            self._add("duplicate", "it stands twice", member)
        self._kinds[member.path] = FILE if member.kind == COPY else member.kind
        for folder in _parents(member.path):
            if self._kinds.setdefault(folder, FOLDER) != FOLDER:
                self._add("duplicate", f"{folder!r} is not a folder alone", member)
        if member.mtime is not None and member.mtime > self._latest and not self._late:
            self._late = True
            self._add("date", "it is dated later than the archive", member)

    def finish(self) -> None:
        """Judge what only all members show."""
        tops = sorted({path.partition("/")[0] for path in self._kinds})
        if len(tops) != 1 or self._kinds[tops[0]] != FOLDER:
            listed = ", ".join(map(repr, tops[:5])) or "nothing"
            message = f"it must have one top folder, but has {listed}"
            self._findings.add("top-folder", message)
        else:
            self.top = tops[0]
        for dialect in sorted(self._dialects & {"gnu", "v7"}):
            message = f"its headers are of the {dialect} format, not pax"
            self._findings.add("tar-format", message)
        self._check_links()
        self._check_names()

    def holds(self, path: str) -> bool:
        """Tell whether the file ``path``, relative to the top folder, is there."""
        return self._kinds.get(f"{self.top}/{path.removeprefix('./')}") in (FILE, LINK)

    @property
    def places(self) -> int:
        """How many paths have been seen, folders that are only implied as well."""
        return len(self._kinds)

    def check_litter(self, name: str) -> None:
        """Name what does not belong into the sdist of the project ``name``."""
        self._outputs = {part for part in ("build", "dist") if self._is_output(part)}
        told: set[str] = set()
        for path in sorted(self._kinds):
            inner = path.partition("/")[2]
            place, rule = self._litter(inner, name) if inner else ("", "")
            if rule and place not in told:
                told.add(place)
                self._findings.add(rule, _SAID[rule], member=f"{self.top}/{place}")

    def _litter(self, path: str, name: str) -> tuple[str, str]:
        """Return the file or folder that is litter, and by which rule."""
        parts = path.split("/")
        kind = self._kinds[f"{self.top}/{path}"]
        for end, part in enumerate(parts if kind == FOLDER else parts[:-1], start=1):
            place = "/".join(parts[:end])
            if reason := tool_folder_reason(part):
                return place, _LITTER[reason]
            if end <= _depth(parts) and _is_foreign_metadata(part, name):
                return place, "other-metadata"
            if end == 1 and part in self._outputs:
                return place, "build-output"
        if kind != FOLDER and (reason := tool_file_reason(path)):
            return path, _LITTER[reason]
        if kind == FILE and _COMPILED.fullmatch(parts[-1]) and not _is_test(path):
            return path, "build-output"
        return "", ""

    def _is_output(self, folder: str) -> bool:
        """Tell a folder that builds leave from a package, or scripts, of its name."""
        made = {"lib", "temp", "bdist"} if folder == "build" else set()
        inner = [
            path.split("/")[2]
            for path in self._kinds
            if path.startswith(f"{self.top}/{folder}/")
        ]
        ends = (".tar.gz", ".whl", ".egg", ".zip")
        return any(
            part.partition(".")[0] in made or (folder == "dist" and part.endswith(ends))
            for part in inner
        )

    def _check_kind(self, member: Member) -> None:
        if member.kind == LINK:
            self._links[member.path] = member.target
        elif member.kind == COPY:
            earlier = self._kinds.get(member.target) == FILE
            rule = "hard-link" if earlier else "hard-link-nowhere"
            message = f"it is a hard link to {member.target[:120]!r}"
            told = "" if earlier else ", which is no file that stands before it"
            self._add(rule, message + told, member)
        elif member.kind == OTHER:
            self._add("special-file", member.target, member)

    def _check_links(self) -> None:
        for name, target in self._links.items():
            place, steps = resolve_link(name, target), 0
            while place in self._links and steps <= MAX_LINK_STEPS:
                place, steps = resolve_link(place, self._links[place]), steps + 1
            if place is None:
                message = f"it leads outside: {target[:120]!r}"
                self._findings.add("link-outside", message, member=name)
            elif self._kinds.get(place) not in (FILE, FOLDER):
                message = f"it leads to nothing: {target[:120]!r}"
                self._findings.add("link-nowhere", message, member=name)

    def _check_names(self) -> None:
        folded: dict[str, str] = {}
        for path in sorted(self._kinds):
            composed = normalize("NFC", path)
            last = path.rpartition("/")[2]
            if _WINDOWS.fullmatch(last):
                message = "Windows cannot hold a file of that name"
                self._findings.add("portable-name", message, member=path)
            elif normalize("NFC", last) != last:
                message = "its name is decomposed (NFD)"
                self._findings.add("portable-name", message, member=path)
            other = folded.setdefault(composed.casefold(), path)
            if other != path and other.rpartition("/")[0] == path.rpartition("/")[0]:
                message = f"it differs from {other!r} by case or Unicode form alone"
                self._findings.add("name-clash", message, member=path)

    def _add(self, rule: str, message: str, member: Member) -> None:
        self._findings.add(rule, message, member=member.path)


_SAID = {
    "version-control": "files of version control",
    "bytecode": "bytecode, which is of one version of Python",
    "tool-files": "working files of a tool",
    "build-output": "the output of a build",
    "other-metadata": "generated metadata of another project",
}


def _depth(parts: Sequence[str]) -> int:
    """Return how deep builds leave metadata: beside the packages, not below them."""
    return 2 if parts[0] in ("src", "lib") else 1


def _is_foreign_metadata(folder: str, name: str) -> bool:
    found = _METADATA.fullmatch(folder)
    if found is None:
        return False
    return found[3] == "dist-info" or normalize_name(found[1]) != name


def _is_test(path: str) -> bool:
    """Tell whether tests may need the file as it is."""
    return any(part.startswith("test") for part in path.split("/")[:-1])


def _parents(path: str) -> Iterator[str]:
    position = path.find("/")
    while position != -1:
        yield path[:position]
        position = path.find("/", position + 1)
