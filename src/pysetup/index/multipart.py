"""multipart/form-data, strictly: written whole, read part by part (RFC 7578, 2046)."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from pysetup.errors import UsageError
from pysetup.late import hashlib, late_pattern
from pysetup.values import dataclass

MAX_HEADER_BYTES = 8 * 1024
MAX_PARTS = 8192
_CHUNK = 1 << 16
_BOUNDARY = late_pattern(r"[A-Za-z0-9'()+_,./:=?-]{1,70}", re.ASCII)
_MEDIA_TYPE = late_pattern(
    r'multipart/form-data\s*;\s*boundary=(?:"([^"\\]+)"|([^\s";]+))\s*',
    re.ASCII | re.IGNORECASE,
)
_PARAMETER = late_pattern(r';\s*([A-Za-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))\s*')
_PLAIN_ENCODINGS = ("", "binary", "8bit", "7bit")


class InvalidFormError(UsageError):
    """The body of an upload is not a well-formed multipart form.

    The parts must follow RFC 7578 to the letter: a boundary of at most 70
    characters, one Content-Disposition in each part, a closing boundary, and
    nothing behind it. Upload with a current tool: pysetup, twine or uv.
    """

    code = "PS2501"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the uploaded form cannot be read: {reason}",
            hints=("upload with a current tool, for example  pysetup publish",),
        )
        self.reason = reason


class FormTooLargeError(InvalidFormError):
    """An upload has a field, or a number of fields, beyond what the index accepts.

    Descriptions may have a few megabytes; files have a limit of their own, which
    the operator of the index sets.
    """

    code = "PS2502"


class Read(Protocol):
    """What reading a form needs: a source of bytes."""

    def __call__(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file that is sent in a form."""

    field: str
    filename: str
    content: bytes


def encode_form(
    fields: Sequence[tuple[str, str]], file: FormFile
) -> tuple[str, list[bytes]]:
    """Return the content type and the body, in pieces, of a form with one file.

    The boundary is a digest over everything in the form, so the same form always
    has the same bytes and cannot contain its own boundary.
    """
    hasher = hashlib.sha256(file.content)
    for name, value in fields:
        hasher.update(f"{name}\0{value}\0".encode())
    boundary = hasher.hexdigest()[:48]
    head = "".join(
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
        f"{value}\r\n"
        for name, value in fields
    )
    head += (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{_quoted(file.field)}"; '
        f'filename="{_quoted(file.filename)}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    pieces = [head.encode(), file.content, f"\r\n--{boundary}--\r\n".encode()]
    return f"multipart/form-data; boundary={boundary}", pieces


def _quoted(text: str) -> str:
    """Escape a name as browsers do (HTML standard, multipart/form-data)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that ``Content-Type`` names; raises ``InvalidFormError``."""
    match = _MEDIA_TYPE.fullmatch(content_type.strip())
    boundary = (match[1] or match[2]) if match else ""
    if not _BOUNDARY.fullmatch(boundary):
        raise InvalidFormError("Content-Type is not multipart/form-data; boundary=…")
    return boundary.encode()


class Part:
    """One part of a form: a field, or a file when it has a ``filename``.

    Read it to its end before the next one.
    """

    def __init__(
        self, name: str, filename: str | None, chunks: Iterator[bytes]
    ) -> None:
        self.name, self.filename, self._chunks = name, filename, chunks

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces."""
        return self._chunks

    def text(self, *, limit: int) -> str:
        """Return the content as UTF-8; raises ``InvalidFormError``."""
        content = bytearray()
        for chunk in self._chunks:
            content += chunk
            if len(content) > limit:
                raise FormTooLargeError(f"the field {self.name[:80]!r} is too large")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidFormError(
                f"the field {self.name[:80]!r} is not UTF-8"
            ) from None


class _Buffer:
    """The bytes that were read and not yet used."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.data = bytearray()

    def fill(self) -> None:
        """Read on; raises ``InvalidFormError`` where the body ends too early."""
        chunk = self._read(_CHUNK)
        if not chunk:
            raise InvalidFormError("it ends before its closing boundary")
        self.data += chunk

    def take(self, size: int) -> bytes:
        """Return exactly ``size`` bytes."""
        while len(self.data) < size:
            self.fill()
        taken = bytes(self.data[:size])
        del self.data[:size]
        return taken

    def until(self, delimiter: bytes, *, limit: int) -> bytes:
        """Return what stands before ``delimiter``, and pass over that."""
        while (end := self.data.find(delimiter)) < 0:
            if len(self.data) > limit:
                raise InvalidFormError("the header of a part is too long")
            self.fill()
        return self.take(end + len(delimiter))[:end]

    def pieces_until(self, delimiter: bytes) -> Iterator[bytes]:
        """Yield what stands before ``delimiter``, and pass over that."""
        while (end := self.data.find(delimiter)) < 0:
            safe = len(self.data) - len(delimiter) + 1
            if safe > 0:
                yield self.take(safe)
            self.fill()
        if end:
            yield self.take(end)
        self.take(len(delimiter))


def iter_parts(read: Read, boundary: bytes) -> Iterator[Part]:
    """Yield the parts of a form in order, to the end of the body.

    What a caller leaves unread of a part is passed over. Raises
    ``InvalidFormError``, also where reading goes on, for any deviation.
    """
    buffer = _Buffer(read)
    if buffer.take(len(boundary) + 2) != b"--" + boundary:
        raise InvalidFormError("it does not begin with its boundary")
    for _ in range(MAX_PARTS):
        if (line_end := buffer.take(2)) == b"--":
            break
        if line_end != b"\r\n":
            raise InvalidFormError("a boundary is followed by other text")
        # A part without any header would have its blank line at once.
        head = buffer.until(b"\r\n\r\n", limit=MAX_HEADER_BYTES)
        name, filename = _parse_head(head)
        chunks = buffer.pieces_until(b"\r\n--" + boundary)
        yield Part(name, filename, chunks)
        for _rest in chunks:
            pass
    else:
        raise FormTooLargeError("it has too many parts")
    rest = bytes(buffer.data)
    while len(rest) <= 2 and (chunk := read(_CHUNK)):  # noqa: PLR2004 - one line end
        rest += chunk
    if rest not in (b"", b"\r\n"):
        raise InvalidFormError("it goes on behind its closing boundary")


def _parse_head(head: bytes) -> tuple[str, str | None]:
    """Return name and file name of a part from its header lines."""
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise InvalidFormError("the header of a part is not UTF-8") from None
    headers: dict[str, str] = {}
    for line in lines:
        key, separator, value = line.partition(":")
        key = key.lower()
        if not separator or key != key.strip() or key in headers:
            raise InvalidFormError("the header of a part is malformed")
        headers[key] = value.strip()
    if headers.get("content-transfer-encoding", "").lower() not in _PLAIN_ENCODINGS:
        raise InvalidFormError("a part has a transfer encoding")
    kind, separator, rest = headers.get("content-disposition", "").partition(";")
    parameters = _parse_parameters(separator + rest)
    if kind.strip().lower() != "form-data" or "name" not in parameters:
        raise InvalidFormError("a part has no Content-Disposition with a name")
    return parameters["name"], parameters.get("filename")


def _parse_parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None or match[1].lower() in found:
            raise InvalidFormError("a Content-Disposition is malformed")
        value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        if any(ord(char) < 32 or ord(char) == 127 for char in value):  # noqa: PLR2004
            raise InvalidFormError("a Content-Disposition has a control character")
        found[match[1].lower()] = value.replace("%22", '"')
        position = match.end()
    return found
