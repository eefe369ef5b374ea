"""The legacy upload form as a value: written from a document, read from its fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pysetup.errors import UsageError
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import parse_name
from pysetup.standards.versions import parse_version
from pysetup.values import dataclass, field

ACTION = "file_upload"
PROTOCOL = "1"
SDIST, WHEEL = "sdist", "bdist_wheel"
SHA256, BLAKE2 = "sha256_digest", "blake2_256_digest"

# Document key -> form field (packaging.python.org, "Upload API"); the form has the
# names of core metadata but for two plurals.
_TEXTS = {
    key: key
    for key in (
        "metadata_version",
        "name",
        "version",
        "summary",
        "description",
        "description_content_type",
        "home_page",
        "download_url",
        "author",
        "author_email",
        "maintainer",
        "maintainer_email",
        "license",
        "license_expression",
        "requires_python",
    )
}
_LISTS = {
    "classifier": "classifiers",
    **{
        key: key
        for key in (
            "platform",
            "supported_platform",
            "requires",
            "provides",
            "obsoletes",
            "requires_dist",
            "provides_dist",
            "obsoletes_dist",
            "requires_external",
            "provides_extra",
            "license_file",
            "import_name",
            "import_namespace",
        )
    },
}


class UploadFieldError(UsageError):
    """A field of an upload is missing or has a value that cannot be right.

    The legacy upload API wants ``:action`` ``file_upload``, ``protocol_version`` 1,
    a ``filetype`` of sdist or bdist_wheel, name, version, and a sha256 or blake2
    digest of the content.
    """

    code = "PS2503"

    def __init__(self, name: str, value: str, expected: str) -> None:
        found = f"is {value[:80]!r}" if value else "is missing"
        super().__init__(
            f"the field {name!r} of the upload {found}; expected {expected}",
            facts={"field": name},
            hints=("upload with a current tool, for example  pysetup publish",),
        )


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What is said about a file when it is uploaded.

    ``document`` holds the core metadata under the keys of PEP 819; ``filetype`` is
    ``sdist`` or ``bdist_wheel``; ``python_version`` is the Python tag of a wheel and
    ``source`` for an sdist; ``digests`` maps ``sha256_digest`` and
    ``blake2_256_digest`` to lower-case hexadecimal digits.
    """

    document: Mapping[str, JSON]
    filetype: str
    python_version: str
    digests: Mapping[str, str] = field(default_factory=dict)

    def to_fields(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of the form, in the order in which they are sent."""
        return (
            (":action", ACTION),
            ("protocol_version", PROTOCOL),
            ("filetype", self.filetype),
            ("pyversion", self.python_version),
            *sorted(self.digests.items()),
            *_fields_of(self.document),
        )

    @classmethod
    def from_fields(cls, fields: Sequence[tuple[str, str]]) -> Self:
        """Read the fields of a form; unknown ones do not matter.

        Raises ``UploadFieldError``, ``InvalidNameError``, ``InvalidVersionError``.
        """
        single = {name: value.strip() for name, value in reversed(fields)}
        _expect(single, ":action", (ACTION,))
        _expect(single, "protocol_version", (PROTOCOL,))
        _expect(single, "filetype", (SDIST, WHEEL))
        digests = {
            name: single[name].lower() for name in (SHA256, BLAKE2) if single.get(name)
        }
        if not digests:
            raise UploadFieldError(SHA256, "", "a digest of the content")
        for name, digest in digests.items():
            if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):  # noqa: PLR2004 - 256 bits
                raise UploadFieldError(name, digest, "64 hexadecimal digits")
        for name in ("name", "version"):
            if not single.get(name):
                raise UploadFieldError(name, "", f"the {name} of the project")
        parse_name(single["name"])
        parse_version(single["version"])
        return cls(
            _document_of(fields),
            single["filetype"],
            single.get("pyversion", ""),
            digests,
        )


def _expect(fields: Mapping[str, str], name: str, values: tuple[str, ...]) -> None:
    if fields.get(name) not in values:
        raise UploadFieldError(name, fields.get(name, ""), " or ".join(values))


def _fields_of(document: Mapping[str, JSON]) -> Iterable[tuple[str, str]]:
    for key, name in _TEXTS.items():
        if isinstance(text := document.get(key), str) and text:
            yield name, text
    if keywords := _texts(document, "keywords"):
        yield "keywords", ",".join(keywords)
    for key, name in _LISTS.items():
        for text in _texts(document, key):
            yield name, text
    urls = document.get("project_url")
    for label, url in (urls if isinstance(urls, Mapping) else {}).items():
        yield "project_urls", f"{label}, {url}"
    for key in _texts(document, "dynamic"):
        yield "dynamic", key.replace("_", "-")


def _texts(document: Mapping[str, JSON], key: str) -> list[str]:
    value = document.get(key)
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, str)]


def _document_of(fields: Sequence[tuple[str, str]]) -> dict[str, JSON]:
    """Return the core keys of the document that the fields tell about."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        if value:
            values.setdefault(name, []).append(value)
    found: dict[str, JSON] = {}
    for key, name in _TEXTS.items():
        if name in values:
            found[key] = values[name][0]
    for key, name in _LISTS.items():
        if name in values:
            found[key] = values[name]
    keywords = ",".join(values.get("keywords", ())).split(",")
    if words := [word.strip() for word in keywords if word.strip()]:
        found["keywords"] = words
    if pairs := [text.partition(",") for text in values.get("project_urls", ())]:
        found["project_url"] = {label.strip(): url.strip() for label, _, url in pairs}
    if keys := values.get("dynamic"):
        found["dynamic"] = [key.lower().replace("-", "_") for key in keys]
    return found
