"""What ``setup.py --name`` and its like answered, from the document."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.phases.develop.project import ProjectFolder
from pysetup.phases.develop.stated import read_stated
from pysetup.standards.jsontext import JSON
from pysetup.standards.people import parse_people
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context

_AUTHOR = ("author", "author_email")
_MAINTAINER = ("maintainer", "maintainer_email")
_HOME_LABELS = ("homepage", "home", "home page")

# Each query -> the keys of the document that it needs, and how it is told.
_Told = Callable[[Mapping[str, JSON]], str]


def _text(key: str) -> _Told:
    def tell(document: Mapping[str, JSON]) -> str:
        value = document.get(key)
        return value if isinstance(value, str) else ""

    return tell


def _lines(key: str) -> _Told:
    return lambda document: "\n".join(_list(document.get(key)))


def _joined(key: str) -> _Told:
    return lambda document: ",".join(_list(document.get(key)))


def _people(keys: tuple[str, str], part: int) -> _Told:
    def tell(document: Mapping[str, JSON]) -> str:
        people = parse_people(*(_text(key)(document) for key in keys))
        return ", ".join(person[part] for person in people if person[part])

    return tell


def _contact(part: int) -> _Told:
    def tell(document: Mapping[str, JSON]) -> str:
        kept = _people(_MAINTAINER, part)(document)
        return kept or _people(_AUTHOR, part)(document)

    return tell


def _full_name(document: Mapping[str, JSON]) -> str:
    return f"{document.get('name')}-{document.get('version')}"


def _license(document: Mapping[str, JSON]) -> str:
    return _text("license_expression")(document) or _text("license")(document)


def _url(document: Mapping[str, JSON]) -> str:
    urls = document.get("project_url")
    labelled = urls if isinstance(urls, Mapping) else {}
    home = [str(u) for label, u in labelled.items() if label.lower() in _HOME_LABELS]
    return _text("home_page")(document) or (home[0] if home else "")


def _list(value: JSON) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


_LICENSES = ("license", "license_expression")
QUERIES: Mapping[str, tuple[Sequence[str], _Told]] = {
    "name": (("name",), _text("name")),
    "version": (("version",), _text("version")),
    "fullname": (("name", "version"), _full_name),
    "author": (_AUTHOR, _people(_AUTHOR, 0)),
    "author-email": (_AUTHOR, _people(_AUTHOR, 1)),
    "maintainer": (_MAINTAINER, _people(_MAINTAINER, 0)),
    "maintainer-email": (_MAINTAINER, _people(_MAINTAINER, 1)),
    "contact": ((*_AUTHOR, *_MAINTAINER), _contact(0)),
    "contact-email": ((*_AUTHOR, *_MAINTAINER), _contact(1)),
    "url": (("home_page", "project_url"), _url),
    "license": (_LICENSES, _license),
    "licence": (_LICENSES, _license),
    "description": (("summary",), _text("summary")),
    "long-description": (("description",), _text("description")),
    "platforms": (("platform",), _joined("platform")),
    "classifiers": (("classifier",), _lines("classifier")),
    "keywords": (("keywords",), _joined("keywords")),
    "provides": (("provides",), _lines("provides")),
    "requires": (("requires",), _lines("requires")),
    "obsoletes": (("obsoletes",), _lines("obsoletes")),
}


def answer_queries(
    queries: Sequence[str],
    root: Path,
    *,
    context: Context,
    building: Callable[[], Building],
) -> tuple[str, ...]:
    """Return the answers for the project in ``root``, in the order of ``queries``.

    No code runs for what the project's files state; ``building`` is called only if
    its back end must be asked. Raises as ``read_project``.
    """
    needed = {key for query in queries for key in QUERIES[query][0]}
    document = document_for(needed, root, context=context, building=building)
    return tuple(QUERIES[query][1](document) for query in queries)


def document_for(
    keys: Iterable[str],
    root: Path,
    *,
    context: Context,
    building: Callable[[], Building],
) -> Mapping[str, JSON]:
    """Return a document that holds what the project in ``root`` has of ``keys``."""
    stated = read_stated(ProjectFolder(root))
    if not {*keys} & {*stated.missing}:
        return dict(stated.mapping)
    metadata: Metadata = read_project(
        root, context=context, building=building()
    ).metadata
    return metadata.to_dict()
