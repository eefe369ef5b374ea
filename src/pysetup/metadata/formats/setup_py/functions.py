"""The functions and methods of the standard library whose results are certain."""

import posixpath
from collections.abc import Callable, Mapping
from typing import Protocol

from pysetup.metadata.formats.setup_keywords import FIND
from pysetup.metadata.formats.setup_py.values import (
    FileText,
    OpenFile,
    ProjectPath,
    Search,
    UnknownValueError,
    joined,
)
from pysetup.standards.jsontext import JSON

Arguments = list[object]


class Reading(Protocol):
    """What a function needs of the evaluation: the files of the project."""

    def text_of(self, path: str, line: int) -> FileText:
        """Return the text of a file."""


def _path(value: object, line: int) -> str:
    if isinstance(value, ProjectPath):
        return value.path
    if isinstance(value, str):
        return value
    raise UnknownValueError("it uses a path that is not known", line)


def _join(_: Reading, arguments: Arguments, line: int) -> object:
    return ProjectPath(posixpath.join(*(_path(item, line) for item in arguments)))


def _dirname(_: Reading, arguments: Arguments, line: int) -> object:
    return ProjectPath(posixpath.dirname(_path(arguments[0], line)) or ".")


def _same_path(_: Reading, arguments: Arguments, line: int) -> object:
    return ProjectPath(_path(arguments[0], line))


def _path_of(_: Reading, arguments: Arguments, line: int) -> object:
    return ProjectPath(posixpath.join(".", *(_path(item, line) for item in arguments)))


def _open(_: Reading, arguments: Arguments, line: int) -> object:
    mode = arguments[1] if len(arguments) > 1 else "r"
    if not isinstance(mode, str) or not mode.startswith(("r", "U")):
        raise UnknownValueError("it opens a file for writing", line)
    return OpenFile(_path(arguments[0], line))


def _text(reading: Reading, arguments: Arguments, line: int) -> object:
    if isinstance(arguments[0], (str, int)):
        return str(arguments[0])
    if isinstance(arguments[0], ProjectPath):
        return arguments[0]
    return _whole(reading, arguments[0], line)


def _list(_: Reading, arguments: Arguments, line: int) -> object:
    if not arguments:
        return []
    if isinstance(arguments[0], list):
        return list(arguments[0])
    raise UnknownValueError("it is computed when it runs", line)


def _sorted(_: Reading, arguments: Arguments, line: int) -> object:
    texts = arguments[0]
    if isinstance(texts, list) and all(isinstance(item, str) for item in texts):
        return sorted(texts)
    raise UnknownValueError("it is computed when it runs", line)


Function = Callable[[Reading, Arguments, int], object]


def _checked(function: Function, least: int, most: int = 99) -> Function:
    """Return ``function`` for calls with so many arguments."""

    def call(reading: Reading, arguments: Arguments, line: int) -> object:
        if not least <= len(arguments) <= most:
            raise UnknownValueError("it is called in an unusual way", line)
        return function(reading, arguments, line)

    return call


FUNCTIONS: Mapping[str, Function] = {
    "os.path.join": _checked(_join, 1),
    "os.path.dirname": _checked(_dirname, 1, 1),
    "os.path.abspath": _checked(_same_path, 1, 1),
    "os.path.realpath": _checked(_same_path, 1, 1),
    "os.path.normpath": _checked(_same_path, 1, 1),
    "pathlib.Path": _path_of,
    "pathlib.PurePath": _path_of,
    "open": _checked(_open, 1),
    "io.open": _checked(_open, 1),
    "codecs.open": _checked(_open, 1),
    "str": _checked(_text, 1, 1),
    "list": _checked(_list, 0, 1),
    "tuple": _checked(_list, 0, 1),
    "dict": _checked(lambda _, given, line: _copy(given[0], line), 1, 1),
    "sorted": _checked(_sorted, 1, 1),
    # What is compiled is still its text.
    "compile": _checked(lambda _, given, __: given[0], 1),
}


def _copy(value: object, line: int) -> object:
    if isinstance(value, dict):
        return dict(value)
    raise UnknownValueError("it is computed when it runs", line)


SEARCHES = ("setuptools.find_packages", "setuptools.find_namespace_packages")


def search(
    name: str, arguments: Arguments, keywords: Mapping[str, object], line: int
) -> Search:
    """Return what a call of ``find_packages`` looks for."""
    given = {**dict(zip(("where", "exclude", "include"), arguments, strict=False))}
    given |= keywords
    made: dict[str, JSON] = {}
    for key in ("where", "include", "exclude"):
        value = given.get(key)
        if isinstance(value, ProjectPath):
            value = value.path
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list):
            texts = [item for item in value if isinstance(item, str)]
            if len(texts) < len(value):
                raise UnknownValueError("its packages are computed", line)
            if texts and not (key == "where" and texts == ["."]):
                made[key] = list(texts)
        elif value is not None:
            raise UnknownValueError("its packages are computed", line)
    if "namespace" in name:
        made["namespaces"] = True
    return Search({FIND: made})


# Methods: of files and paths, of texts, of lists.


def _whole(reading: Reading, base: object, line: int) -> str:
    if isinstance(base, OpenFile):
        base = reading.text_of(base.path, line)
    if isinstance(base, FileText):
        if base.text is None:
            raise UnknownValueError(f"it stands in {base.path}", line)
        return base.text
    if isinstance(base, str):
        return base
    raise UnknownValueError("it is computed when it runs", line)


Method = Callable[[Reading, object, Arguments, int], object]


def _read(reading: Reading, base: object, arguments: Arguments, line: int) -> object:
    if not isinstance(base, OpenFile) or arguments:
        raise UnknownValueError("it reads a part of a file", line)
    return reading.text_of(base.path, line)


def _read_text(reading: Reading, base: object, _: Arguments, line: int) -> object:
    return reading.text_of(_path(base, line), line)


def _lines(reading: Reading, base: object, _: Arguments, line: int) -> object:
    return _whole(reading, base, line).splitlines()


def _full_lines(reading: Reading, base: object, _: Arguments, line: int) -> object:
    return _whole(reading, base, line).splitlines(keepends=True)


def _same(_: Reading, base: object, __: Arguments, line: int) -> object:
    if isinstance(base, (FileText, ProjectPath)):
        return base
    raise UnknownValueError("it is computed when it runs", line)


def _joinpath(_: Reading, base: object, arguments: Arguments, line: int) -> object:
    parts = [_path(item, line) for item in (base, *arguments)]
    return ProjectPath(posixpath.join(*parts))


def _opened(_: Reading, base: object, __: Arguments, line: int) -> object:
    return OpenFile(_path(base, line))


def _join_texts(
    reading: Reading, base: object, arguments: Arguments, line: int
) -> object:
    texts = arguments[0] if len(arguments) == 1 else None
    if not isinstance(base, str) or not isinstance(texts, list):
        raise UnknownValueError("it is computed when it runs", line)
    return joined((_whole(reading, item, line) for item in texts), line, base)


def _of_text(method: Callable[..., object], most: int) -> Method:
    """Return a method of texts with up to ``most`` arguments, texts too."""

    def call(reading: Reading, base: object, given: Arguments, line: int) -> object:
        if len(given) > most or not all(isinstance(item, str) for item in given):
            raise UnknownValueError("it is computed when it runs", line)
        try:
            return method(_whole(reading, base, line), *given)
        except (TypeError, ValueError):
            raise UnknownValueError("it is called in an unusual way", line) from None

    return call


def _replace(reading: Reading, base: object, given: Arguments, line: int) -> object:
    text = _whole(reading, base, line)
    match given:
        case [str(old), str(new)] if old:
            return joined(text.split(old), line, new)
    raise UnknownValueError("it is called in an unusual way", line)


METHODS: Mapping[str, Method] = {
    "read": _read,
    "read_text": _read_text,
    "readlines": _full_lines,
    "splitlines": _lines,
    "decode": _same,
    "resolve": _same,
    "absolute": _same,
    "joinpath": _joinpath,
    "open": _opened,
    "join": _join_texts,
    "strip": _of_text(str.strip, 1),
    "lstrip": _of_text(str.lstrip, 1),
    "rstrip": _of_text(str.rstrip, 1),
    "split": _of_text(str.split, 1),
    "replace": _replace,
    "lower": _of_text(str.lower, 0),
    "upper": _of_text(str.upper, 0),
}
