"""What the index answers: a request becomes a response, over the two stores."""

import re
from collections.abc import Callable
from typing import BinaryIO

from pysetup.errors import IntegrityError, PysetupError, UsageError
from pysetup.index.multipart import FormTooLargeError
from pysetup.index.negotiate import JSON_TYPE, choose
from pysetup.server.auth import Authenticator, NotAuthenticatedError
from pysetup.server.http import (
    BrokenRequestError,
    ByteRange,
    FilePart,
    Request,
    Response,
    etag_matches,
    parse_range,
    text_response,
)
from pysetup.server.human import CONTENT_POLICY, landing_page, project_page
from pysetup.server.pages import FORMS, page_path
from pysetup.server.publishing import (
    FileExistsOnIndexError,
    NotOwnerError,
    Publisher,
)
from pysetup.server.storage import (
    BlobStore,
    MetadataStore,
    Pointer,
    StorageFailedError,
)
from pysetup.server.uploads import METADATA_SIBLING, FileTooLargeError, receive_upload
from pysetup.standards.names import is_name, normalize_name
from pysetup.values import dataclass, replace

_UPLOAD_PATHS = ("/", "/legacy/", "/legacy")
_LATEST = 50
_REALM = ("WWW-Authenticate", 'Basic realm="pysetup index", charset="UTF-8"')

# A page may be kept, but must be asked for again: what was just published counts.
_PAGE_CACHING = ("Cache-Control", "no-cache")
_FILE_CACHING = ("Cache-Control", "public, max-age=31536000, immutable")

# Statuses of what may be wrong with a request; anything else that is: 400.
_STATUS: dict[type[PysetupError], int] = {
    NotAuthenticatedError: 401,
    NotOwnerError: 403,
    FileExistsOnIndexError: 409,
    FileTooLargeError: 413,
    FormTooLargeError: 413,
    StorageFailedError: 503,
}


@dataclass(frozen=True, slots=True)
class Index:
    """The index: its stores, its limits, its clock, and how it talks.

    ``max_bytes`` is the size that an uploaded file may have; ``tell`` says one line
    to the operator.
    """

    store: MetadataStore
    blobs: BlobStore
    publisher: Publisher
    authenticator: Authenticator
    max_bytes: int
    tell: Callable[[str], None]


def respond(index: Index, request: Request) -> Response:
    """Answer one request. Bad requests and failing stores are answers too.

    Raises ``BrokenRequestError`` when there is nobody to answer any more.
    """
    try:
        response = _route(index, request)
    except BrokenRequestError:
        raise
    except PysetupError as error:
        return _refuse(index, request, error)
    return response


def _route(index: Index, request: Request) -> Response:
    if request.method == "POST" and request.path in _UPLOAD_PATHS:
        return _upload(index, request)
    if request.method not in ("GET", "HEAD"):
        allowed = "GET, HEAD, POST" if request.path in _UPLOAD_PATHS else "GET, HEAD"
        return text_response(405, "no such method here\n", ("Allow", allowed))
    for pattern, answer in _ROUTES:
        if match := pattern.fullmatch(request.path):
            return answer(index, request, **match.groupdict())
    return _not_found()


def _landing(index: Index, _: Request) -> Response:
    return _human(
        landing_page(index.store.project_count(), index.store.latest(_LATEST))
    )


def _health(index: Index, _: Request) -> Response:
    return text_response(
        200,
        f'{{"status":"ok","serial":{index.store.serial()}}}\n',
        ("Cache-Control", "no-store"),
        kind="application/json",
    )


def _simple_list(index: Index, request: Request) -> Response:
    return _page(index, request, "")


def _upload(index: Index, request: Request) -> Response:
    user = index.authenticator.user(request.headers.get("authorization", ""))
    stage = index.blobs.stage()
    try:
        upload = receive_upload(request, stage, user=user, max_bytes=index.max_bytes)
    except BaseException:
        stage.finish(index.store.is_referenced)
        raise
    index.publisher.publish(upload, stage)
    index.tell(f"{user} uploaded {upload.filename}")
    return text_response(200, f"stored {upload.filename} {upload.sha256}\n")


def _refuse(index: Index, request: Request, error: PysetupError) -> Response:
    status = _STATUS.get(type(error))
    if status is None:
        # What is wrong with a form or a file is told as it is.
        known = isinstance(error, (UsageError, IntegrityError))
        status = 400 if known else 500
    if status >= 500:  # noqa: PLR2004 - a fault on our side
        index.tell(f"{request.method} {request.path!a}: {error.message}")
    headers = (_REALM,) if status == 401 else ()  # noqa: PLR2004 - RFC 9110, 15.5.2
    told = text_response(status, f"{error.code}: {error.message}\n", *headers)
    return replace(told, reason=ascii(error.message)[1:-1])


def _simple_page(index: Index, request: Request, *, name: str, slash: str) -> Response:
    if not is_name(name):
        return _not_found()
    if (wanted := normalize_name(name)) != name or not slash:
        return _moved(f"../{wanted}/" if slash else f"{wanted}/")
    return _page(index, request, name)


def _page(index: Index, request: Request, project: str) -> Response:
    """Answer with a page that was rendered when it last changed."""
    kind = choose(request.headers.get("accept", ""))
    if kind is None:
        return _not_acceptable()
    pointer, stream = _open(index, page_path(project, FORMS[kind]))
    if pointer is None or stream is None:
        return _not_found()
    etag = f'"{pointer.sha256}"'
    headers: tuple[tuple[str, str], ...] = (
        ("ETag", etag),
        ("Vary", "Accept"),
        _PAGE_CACHING,
        ("X-PyPI-Last-Serial", str(pointer.serial)),
    )
    with stream:
        if etag_matches(request.headers.get("if-none-match", ""), etag):
            return Response(304, headers)
        encoded = kind if kind == JSON_TYPE else f"{kind}; charset=utf-8"
        headers += (
            ("Content-Type", encoded),
            ("X-Content-Type-Options", "nosniff"),
        )
        return Response(200, headers, stream.read())


def _project_page(index: Index, _: Request, *, name: str, slash: str) -> Response:
    if not is_name(name):
        return _not_found()
    if (wanted := normalize_name(name)) != name or not slash:
        return _moved(f"../{wanted}/" if slash else f"{wanted}/")
    project = index.store.project(name)
    if project is None:
        return _not_found()
    return _human(project_page(project, index.store.files(name)))


def _file(index: Index, request: Request, *, path: str) -> Response:
    pointer, stream = _open(index, path)
    if pointer is None or stream is None:
        return _not_found()
    etag = f'"{pointer.sha256}"'
    headers: tuple[tuple[str, str], ...] = (
        ("ETag", etag),
        _FILE_CACHING,
        ("Accept-Ranges", "bytes"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
    )
    if etag_matches(request.headers.get("if-none-match", ""), etag):
        stream.close()
        return Response(304, headers)
    headers += (("Content-Type", _file_type(path)),)
    part = _range_of(request, etag=etag, total=pointer.size)
    if part is None:
        return Response(200, headers, FilePart(stream, 0, pointer.size))
    if part.size == 0:
        stream.close()
        return text_response(
            416, "no such range\n", ("Content-Range", f"bytes */{pointer.size}")
        )
    end = part.start + part.size - 1
    place = ("Content-Range", f"bytes {part.start}-{end}/{pointer.size}")
    return Response(206, (*headers, place), FilePart(stream, part.start, part.size))


def _open(index: Index, path: str) -> tuple[Pointer | None, BinaryIO | None]:
    """Return what ``path`` stands for, opened; twice None if there is nothing."""
    # A page may be replaced between the two steps; then the pointer is new.
    for _ in range(3):
        pointer = index.store.pointer(path)
        if pointer is None:
            return None, None
        stream = index.blobs.open(pointer.sha256)
        if stream is not None:
            return pointer, stream
    raise StorageFailedError(path, "its content is missing")


def _human(page: str) -> Response:
    return text_response(
        200,
        page,
        ("Content-Security-Policy", CONTENT_POLICY),
        _PAGE_CACHING,
        kind="text/html",
    )


def _not_found() -> Response:
    return text_response(404, "not found\n")


def _not_acceptable() -> Response:
    offered = ", ".join(FORMS)
    return text_response(406, f"this index speaks {offered}\n", ("Vary", "Accept"))


def _moved(place: str) -> Response:
    """Send the client to ``place``, relative to where it is: any prefix stays."""
    return text_response(301, "moved\n", ("Location", place))


def _range_of(request: Request, *, etag: str, total: int) -> ByteRange | None:
    """Return the part that is asked for, None for the whole."""
    header = request.headers.get("range", "")
    if request.method != "GET" or request.headers.get("if-range", etag) != etag:
        return None
    return parse_range(header, total=total)


def _file_type(path: str) -> str:
    if path.endswith(".json"):
        return "application/json"
    if path.endswith(METADATA_SIBLING):
        return "text/plain; charset=utf-8"
    return "application/octet-stream"


# What GET and HEAD answer to, what is asked for most first.
_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., Response]], ...] = (
    (re.compile(r"/simple/(?P<name>[^/]+)(?P<slash>/?)"), _simple_page),
    (re.compile(r"/(?P<path>files/[0-9a-f]+/[^/]+)"), _file),
    (re.compile(r"/simple/"), _simple_list),
    (re.compile(r"/simple"), lambda _index, _request: _moved("simple/")),
    (re.compile(r"/project/(?P<name>[^/]+)(?P<slash>/?)"), _project_page),
    (re.compile(r"/"), _landing),
    (re.compile(r"/-/health"), _health),
)
