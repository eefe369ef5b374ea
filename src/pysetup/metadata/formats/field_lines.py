"""In which line of a METADATA file each value of its document stands."""

from pysetup.late import late_pattern
from pysetup.metadata.fields import FIELDS
from pysetup.standards.jsontext import escape_pointer

_HEADER = late_pattern(r"([!-9;-~]+):(.*)")
_BY_HEADER = {field.header.lower(): field for field in FIELDS}


def field_lines(content: bytes) -> dict[str, int]:
    """Return JSON pointer -> line, counted from 1, of the fields in ``content``."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    lines = content.decode(errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line:
            found.setdefault("/description", number + 1)
            break
        match = _HEADER.match(line)
        field = _BY_HEADER.get(match[1].lower()) if match else None
        if match is None or field is None:
            continue
        pointer = f"/{field.key}"
        found.setdefault(pointer, number)
        if field.kind in ("list", "names"):
            index = counts[pointer] = counts.get(pointer, -1) + 1
            found[f"{pointer}/{index}"] = number
        elif field.kind == "urls":
            label = match[2].partition(",")[0].strip()
            found.setdefault(f"{pointer}/{escape_pointer(label)}", number)
    return found
