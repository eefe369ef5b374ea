"""Pages of an index in HTML: the Simple API that is frozen at 1.4 (PEP 503, 833)."""

from collections.abc import Iterator, Mapping

from pysetup.index.html_tags import read_tags
from pysetup.index.model import (
    API_VERSION,
    MAX_FILES,
    PAGE_LIMIT,
    File,
    InvalidPageError,
    ProjectList,
    ProjectPage,
    check_api_version,
    is_archive_name,
    is_later_wheel,
    make_page,
    strong_hashes,
    weak_algorithms,
)
from pysetup.index.urls import last_segment, resolve_link, without_credentials
from pysetup.late import html
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.names import is_name, normalize_name
from pysetup.values import dataclass

_VERSION_META = "pypi:repository-version"
_STATUS_META = "pypi:project-status"
_REASON_META = "pypi:project-status-reason"
_MAX_TEXT = 4096


@dataclass(frozen=True, slots=True)
class _Content:
    """What counts on a page: where links start from, metas, and the links."""

    base: str
    metas: dict[str, str]
    links: list[dict[str, str | None]]


def parse_page(content: bytes, *, url: str, name: str) -> ProjectPage:
    """Read the page of the project ``name`` that came from ``url``.

    Links to anything but archives of this project are left out. Raises
    ``InvalidPageError`` or ``UnsupportedApiError``.
    """
    page = _read(content, url=url)
    note = _version_note(page, url=url)
    return make_page(
        name,
        list(_files(page, url=url)),
        url=url,
        status=(
            page.metas.get(_STATUS_META, "active"),
            page.metas.get(_REASON_META, ""),
        ),
        notes=[note] if note else (),
    )


def parse_links(content: bytes, *, url: str) -> tuple[File, ...]:
    """Read a page of links to archives of any project; raises as ``parse_page``."""
    page = _read(content, url=url)
    _version_note(page, url=url)
    return tuple(_files(page, url=url))


def parse_list(content: bytes, *, url: str) -> ProjectList:
    """Read the list of projects by the last part of each link; as ``parse_page``."""
    page = _read(content, url=url)
    _version_note(page, url=url)
    names = []
    for link in page.links:
        target = resolve_link(page.base, link.get("href") or "")
        if target is not None:
            name = last_segment(target[0].rstrip("/"))
            if is_name(name):
                names.append(name)
    return ProjectList(tuple(dict.fromkeys(names)))


def page_to_html(page: ProjectPage) -> bytes:
    """Write the page of a project; URLs stay as they are, relative ones too."""
    metas = {_VERSION_META: API_VERSION, _STATUS_META: page.status}
    if page.status_reason:
        metas[_REASON_META] = page.status_reason
    links = [_link(file) for file in page.files]
    return _write(f"Links for {page.name}", metas, links)


def list_to_html(projects: ProjectList) -> bytes:
    """Write the list of projects; links go to the normalised ``<name>/``."""
    links = [
        f'<a href="{html.escape(normalize_name(name))}/">{html.escape(name)}</a>'
        for name in projects.names
    ]
    return _write("Simple index", {_VERSION_META: API_VERSION}, links)


def _write(title: str, metas: Mapping[str, str], links: list[str]) -> bytes:
    lines = ["<!DOCTYPE html>", "<html>", "<head>", '<meta charset="utf-8">']
    lines += [
        f'<meta name="{html.escape(name)}" content="{html.escape(text)}">'
        for name, text in metas.items()
    ]
    lines += [f"<title>{html.escape(title)}</title>", "</head>", "<body>"]
    lines += [f"<h1>{html.escape(title)}</h1>"]
    lines += [f"{link}<br>" for link in links]
    lines += ["</body>", "</html>", ""]
    return "\n".join(lines).encode()


def _link(file: File) -> str:
    best = file.sha256 or next(iter(file.hashes), None)
    attributes = {"href": file.url + (_fragment(best) if best else "")}
    if file.requires_python:
        attributes["data-requires-python"] = file.requires_python
    if file.yanked is not None:
        attributes["data-yanked"] = file.yanked
    if file.core_metadata is not False:
        text = "true"
        if file.core_metadata is not True and file.core_metadata:
            text = _fragment(file.core_metadata[0])[1:]
        # PEP 714: both names, for clients that know only the old one.
        attributes["data-core-metadata"] = text
        attributes["data-dist-info-metadata"] = text
    if file.upload_time:
        attributes["data-upload-time"] = file.upload_time
    if file.provenance:
        attributes["data-provenance"] = file.provenance
    written = " ".join(
        f'{name}="{html.escape(text)}"' for name, text in attributes.items()
    )
    return f"<a {written}>{html.escape(file.filename)}</a>"


def _fragment(hash_: Hash) -> str:
    return f"#{hash_.algorithm}={hash_.hexdigest}"


# A page has three of them that mean something to us.
_MAX_METAS = 1000


def _read(content: bytes, *, url: str) -> _Content:
    if len(content) > PAGE_LIMIT:
        raise InvalidPageError(url, f"it is larger than {PAGE_LIMIT} bytes")
    base: str | None = None
    metas: dict[str, str] = {}
    links: list[dict[str, str | None]] = []
    own = without_credentials(url)
    for tag, attributes in read_tags(content.decode("utf-8", errors="replace")):
        if tag == "a" and attributes.get("href"):
            links.append(attributes)
            if len(links) > MAX_FILES:
                raise InvalidPageError(url, f"it has more than {MAX_FILES} links")
        elif tag == "meta":
            name, text = attributes.get("name"), attributes.get("content")
            if name and text is not None and len(metas) < _MAX_METAS:
                metas.setdefault(name.lower(), text)
        elif tag == "base" and base is None and attributes.get("href"):
            target = resolve_link(own, attributes["href"] or "")
            if target is None:
                raise InvalidPageError(url, "its base leads elsewhere")
            base = target[0]
    return _Content(base or own, metas, links)


def _version_note(page: _Content, *, url: str) -> str | None:
    version = page.metas.get(_VERSION_META)
    return None if version is None else check_api_version(version, url=url)


def _files(page: _Content, *, url: str) -> Iterator[File]:
    for link in page.links:
        target = resolve_link(page.base, link.get("href") or "")
        if target is None:
            continue
        filename = last_segment(target[0])
        if not (is_archive_name(filename) or is_later_wheel(filename)):
            continue
        if any(value and len(value) > _MAX_TEXT for value in link.values()):
            raise InvalidPageError(url, f"the link to {filename} is too long")
        yield _file(link, filename, target, page=page, url=url)


def _file(
    link: Mapping[str, str | None],
    filename: str,
    target: tuple[str, str],
    *,
    page: _Content,
    url: str,
) -> File:
    place, fragment = target
    provenance = link.get("data-provenance")
    try:
        return File(
            filename=filename,
            url=place,
            hashes=strong_hashes(_pairs(fragment)),
            requires_python=link.get("data-requires-python") or "",
            yanked=(link["data-yanked"] or "") if "data-yanked" in link else None,
            core_metadata=_core_metadata(link),
            upload_time=link.get("data-upload-time") or "",
            provenance=(resolve_link(page.base, provenance) or ("",))[0]
            if provenance
            else "",
            weak=weak_algorithms(_pairs(fragment)),
        )
    except UnknownHashAlgorithmError:
        raise InvalidPageError(url, f"a digest of {filename} is malformed") from None


def _core_metadata(link: Mapping[str, str | None]) -> bool | tuple[Hash, ...]:
    for key in ("data-core-metadata", "data-dist-info-metadata"):
        if key in link:
            text = link[key] or "true"
            if text.lower() == "false":
                return False
            return strong_hashes(_pairs(text)) or True
    return False


def _pairs(text: str) -> dict[str, str]:
    """Split ``sha256=ab&egg=x`` into its parts."""
    parts = (part.partition("=") for part in text.split("&"))
    return {key: value for key, separator, value in parts if separator}
