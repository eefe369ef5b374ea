"""Damaged files for every reader: a document comes out, or an error of ours.

Each round takes a real file, damages it, reads it in its format, and writes what came
out in another one. Anything but a ``PysetupError``, a round that lasts longer than
``--slow`` seconds, or more memory than ``--memory`` MiB is a finding; its input is
printed, and kept with ``--keep``. With Atheris installed (CPython 3.12 to 3.14 on Linux
and macOS) ``--atheris`` lets coverage lead the damage instead of chance.

Usage: fuzz_metadata.py [--rounds N | --seconds N] [--seed N] [--format NAME ...]
                        [--corpus DIR ...] [--keep DIR] [--atheris]
Seeds are the examples of the tests, and the files of metadata in each DIR: folders,
wheels and sdists.
"""

import argparse
import base64
import contextlib
import importlib
import itertools
import json
import random
import re
import resource
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pysetup.errors import PysetupError
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.detection import detect
from pysetup.metadata.formats.registry import FORMATS, Format
from pysetup.metadata.schema import find_problems
from pysetup.standards.jsontext import JSON

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 256 * 1024
IDENTITY: Mapping[str, JSON] = {"name": "demo", "version": "1.0"}
# Names that an sdist holds, and that some format reads.
MEMBERS = ("PKG-INFO", "setup.py", "setup.cfg", "pyproject.toml", "pydist.json")
SUFFIXES = (".json", ".toml", ".cfg", ".txt", ".py", "METADATA", "PKG-INFO", "WHEEL")
# One small file of each format, where the examples have none.
SMALL: Mapping[str, bytes] = {
    "metadata": b"""Metadata-Version: 2.1
Name: a
Version: 1
Keywords: a,b
Project-URL: A, https://a/
Requires-Dist: a (>=1); extra == 'x'
Provides-Extra: x

Body
""",
    "setup.cfg": b"""[metadata]
name = a
version = attr: a.b
long_description = file: R
[options]
install_requires =
  a>=1
  b;os_name=='c'
packages = find:
[options.extras_require]
x = y
[options.entry_points]
g =
  a = b:c
""",
    "setup.py": b"""import re, os
from setuptools import setup, find_packages
v = re.search(r'^__version__ = "(.*)"', open('v.py').read()).group(1)
def f(*names):
    return open(os.path.join(os.path.dirname(__file__), *names)).read()
base = ['a>=1', *['b']]
setup(name='a', version="1.%s" % 2, long_description=f('R'), install_requires=base,
      extras_require={'x': base + ['c']}, packages=find_packages('src'),
      package_dir={'': 'src'}, description=f"{'x'}y", **dict(url='u'))
""",
    "distutils2": b"""[metadata]
name = a
version = 1
requires-dist =
  a (>1)
[files]
packages = a
resources =
  a/ **.b = {data}/c
""",
    "entry_points": b"[console_scripts]\na = b:c [d]\n[g]\nx = y.z\n",
    "requirements": b"""-r x
a>=1 --no-binary x
b @ https://c ; os_name == '1'
d \\
  ==1
""",
    "pylock": b"""lock-version = '1.0'
created-by = 'x'
[[packages]]
name = 'a'
version = '1'
requires-python = '>=3'
[[packages.wheels]]
name = 'a-1-py3-none-any.whl'
url = 'https://a/a-1-py3-none-any.whl'
hashes = {sha256 = '00'}
""",
    "pep426": b"""{"metadata_version": "2.0", "name": "a", "version": "1",
"run_requires": [{"requires": ["a (>1)"], "extra": "x", "environment": "os_name=='a'"}],
"extensions": {"python.details": {"contacts": [{"name": "a", "role": "author"}]}}}
""",
    "pep566": b"""{"metadata_version": "2.1", "name": "a", "version": "1",
"project_url": ["A, b"], "requires_dist": ["a>1"], "keywords": ["a"]}
""",
    "pep819": b"""{"metadata_version": "2.6", "name": "a", "version": "1",
"project_url": {"a": "b"}, "requires_dist": ["a>1"]}
""",
    "pyproject": b"""[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
[tool.poetry]
name = "a"
version = "1"
description = ""
authors = ["A <a@b>"]
[tool.poetry.dependencies]
python = "^3.8"
a = {version = "^1", extras = ["b"], optional = true}
[tool.poetry.extras]
x = ["a"]
[tool.poetry.scripts]
s = "a:b"
[tool.poetry.group.t.dependencies]
p = "~2"
""",
    "wheel": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "wheel-json": b"""{"wheel_version": "1.0", "generator": "x", "root_is_purelib":
true, "tags": ["py3-none-any"]}
""",
}
STANDARD = b"""[project] # kept
name = "a"
version = "1"
license = {text = "x"}
authors = [{name = "A", email = "a@b"}]
dependencies = ["a>=1; os_name == 'x'"]
optional-dependencies.x = ["b"]
scripts.s = "a:b"
urls = {A = "https://a/"}
[dependency-groups]
t = ["p"]
u = [{include-group = "t"}]
[tool.flit.metadata]
module = "a"
[tool.setuptools.dynamic]
version = {attr = "a.b"}
"""
TOKENS = (
    *(b"\0", b"\r", b"\n", b"\n ", b"\n\n", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *(b"{", b"}", b"[", b"]", b"(", b")", b'"', b"'", b"\\", b"#", b";", b":", b"="),
    *(
        b"[" * 200,
        b"{" * 200,
        b"(" * 200,
        b"9" * 5000,
        b"-1",
        b"1e999",
        b"NaN",
        b"null",
    ),
    *(
        b"null",
        b"true",
        b"0x1",
        b"..",
        b"../x",
        b"/etc/passwd",
        b"file: ",
        b"attr: ",
        b"find:",
    ),
    *(b"extra == 'x'", b" and ", b" or ", b"~=", b"===", b"!=1.*", b"@ https://x"),
    *(b"\xe2\x80\xae", b"UNKNOWN", b"Name: x\n", b"*a", b"**a", b"%s", b"lambda: 0"),
)

WORDS = (
    b"",
    b"UNKNOWN",
    b"x" * 300,
    b"1",
    b"*",
    b"../x",
    b"extra",
    b"a @ b",
    b"\xc3\xa9",
)
VALUES: tuple[JSON, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**53, "", " ", "UNKNOWN", "a\nb", "\u202e", "é"),
    *([], {}, [[]], [{}], [None], [1], ["a", "a"], {"": ""}, {"a": {}}, {"a": [1]}),
    *("a; extra == 'x'", "a (>=1)", "a @ https://b/c", "1!2.0rc1", "a:b [c]", "../x"),
)
_WORD = re.compile(rb"[A-Za-z0-9_.-]+")
_GENTLE, _DEEPER, _GONE = 0.5, 0.9, 0.2


class Folder:
    """The folder around a file: every file is there, and holds the same."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read_file(self, path: str) -> bytes | None:
        """Return the content whatever the path is."""
        del path
        return self._content

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return one file."""
        return (pattern.replace("*", "x"),)


@dataclass(frozen=True)
class Finding:
    """An input that was not read as it should be, and what happened."""

    format: str
    content: bytes
    reason: str


def seeds(folders: list[Path]) -> dict[str, list[bytes]]:
    """Return real files by the format that they have."""
    found = {name: [content] for name, content in SMALL.items()}
    found["pyproject"].append(STANDARD)
    for folder in (ROOT / "tests" / "examples", *folders):
        for path in sorted(folder.rglob("*")):
            if path.name.endswith(SUFFIXES) and path.is_file():
                _add(found, path.name, path.read_bytes())
            elif path.name.endswith((".tar.gz", ".zip")) and path.is_file():
                for name, content in _members(path).items():
                    _add(found, name, content)
    return {name: list(dict.fromkeys(contents)) for name, contents in found.items()}


def _members(path: Path) -> Mapping[str, bytes]:
    try:
        return read_sdist_files(path, MEMBERS)
    except PysetupError:
        return {}


def _add(found: dict[str, list[bytes]], name: str, content: bytes) -> None:
    if len(content) <= LIMIT:
        found.setdefault(detect(name, content) or "requirements", []).append(content)


def damaged(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return ``content`` with one or more things wrong in it."""
    if chance.random() < _GENTLE:
        return _respelt(content, others, chance)
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randint(0, len(made))
        end = min(len(made), at + chance.choice((1, 4, 30, 400)))
        match chance.randrange(7):
            case 0:
                made[at:at] = chance.choice(TOKENS)
            case 1:
                made[at:end] = chance.choice(TOKENS)
            case 2:
                del made[at:end]
            case 3:
                made[at:at] = made[at:end] * chance.randint(1, 20)
            case 4 if at < len(made):
                made[at] = chance.randrange(256)
            case 5:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                made[at:end] = other[start : start + chance.choice((10, 100, 1000))]
            case _:
                lines = made.split(b"\n")
                chance.shuffle(lines)
                made = bytearray(b"\n".join(lines))
    return bytes(made[:LIMIT])


def _respelt(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return ``content`` with other words or other values, mostly in its syntax."""
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(content)
        for _ in range(chance.randint(1, 3)):
            value = _changed(value, chance)
        return json.dumps(value).encode()
    words = _WORD.findall(chance.choice(others)[:LIMIT]) or [b"x"]
    spans = [match.span() for match in _WORD.finditer(content)]
    for start, end in sorted(
        chance.sample(spans, min(len(spans), chance.randint(1, 3))), reverse=True
    ):
        new = chance.choice((chance.choice(words), *WORDS))
        content = content[:start] + new + content[end:]
    return content


def _changed(value: JSON, chance: random.Random) -> JSON:
    """Return ``value`` with one of the values in it replaced, or taken away."""
    if isinstance(value, dict) and value and chance.random() < _DEEPER:
        key = chance.choice(list(value))
        if chance.random() < _GONE:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: _changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < _DEEPER:
        at = chance.randrange(len(value))
        return [*value[:at], _changed(value[at], chance), *value[at + 1 :]]
    return chance.choice(VALUES)


def one_round(known: Format, content: bytes, target: Format) -> None:
    """Read ``content``, write in ``target`` what came out; raises what goes wrong."""
    detect("x", content)
    try:
        metadata = _document(known, content)
        if metadata is None:
            return
        find_problems(metadata.to_dict())
        if target.losses is not None:
            target.losses(metadata)
        if target.write is not None:
            target.write(metadata)
        if target.update is not None:
            target.update(content, metadata)
        if target.write_folder is not None:
            target.write_folder(metadata)
    except PysetupError as error:
        if not (error.code and error.message):
            raise AssertionError(f"{error!r} does not say what is wrong") from error


def _document(known: Format, content: bytes) -> Metadata | None:
    if known.translate is not None:
        known.translate(content, "fuzzed")
        return None
    if known.read_folder is not None:
        parts = content.split(b"\n\n", 3)
        names = ("PKG-INFO", "requires.txt", "entry_points.txt", "top_level.txt")
        said = known.read_folder(dict(zip(names, parts, strict=False)), "fuzzed")
    else:
        assert known.read is not None, "all other formats are read"
        said = known.read(content, "fuzzed", Folder(content[:4000]))
    if isinstance(said, Metadata):
        return said
    told = {key: said.mapping.get(key) or value for key, value in IDENTITY.items()}
    return said.document(Metadata.from_dict(told))


def inputs(
    corpus: Mapping[str, list[bytes]], names: list[str], chance: random.Random
) -> Iterator[tuple[Format, bytes, Format]]:
    """Yield formats with damaged content, and formats to write, without end."""
    all_seeds = [content for contents in corpus.values() for content in contents]
    targets = [one for one in FORMATS.values() if one.is_written]
    for name in itertools.cycle(names):
        own = corpus.get(name) or corpus["metadata"]
        content = damaged(chance.choice(own), all_seeds, chance)
        yield FORMATS[name], content, chance.choice(targets)


def attempt(
    known: Format, content: bytes, target: Format, *, slow: float
) -> Finding | None:
    """Run one round; return what is wrong with it."""
    began = time.perf_counter()
    try:
        one_round(known, content, target)
    except Exception:  # noqa: BLE001 - it is what this looks for
        reason = f"written as {target.name}: {traceback.format_exc(limit=-6)}"
        return Finding(known.name, content, reason)
    lasted = time.perf_counter() - began
    if lasted > slow:
        reason = f"it lasted {lasted:.1f} s, written as {target.name}"
        return Finding(known.name, content, reason)
    return None


def by_chance(arguments: argparse.Namespace, corpus: dict[str, list[bytes]]) -> int:
    """Run rounds until the count or the time is up; return the number of findings."""
    until = time.monotonic() + arguments.seconds if arguments.seconds else None
    chance = random.Random(arguments.seed)
    seen: set[str] = set()
    rounds = 0
    for known, content, target in inputs(corpus, arguments.format, chance):
        over = rounds >= arguments.rounds if until is None else time.monotonic() > until
        if over:
            break
        rounds += 1
        finding = attempt(known, content, target, slow=arguments.slow)
        if finding is not None and finding.reason[-200:] not in seen:
            seen.add(finding.reason[-200:])
            _tell(finding, arguments.keep)
    print(f"{rounds} rounds over {len(arguments.format)} formats, {len(seen)} findings")
    return len(seen)


def _tell(finding: Finding, folder: Path | None) -> None:
    print(f"{finding.format}: {finding.reason}")
    if folder is None:
        print(f"  input: {base64.b64encode(finding.content).decode()[:400]}")
        return
    folder.mkdir(exist_ok=True)
    path = folder / f"{finding.format}-{len(list(folder.iterdir()))}"
    path.write_bytes(finding.content)
    print(f"  input: {path}")


def by_coverage(arguments: argparse.Namespace, corpus: dict[str, list[bytes]]) -> None:
    """Let Atheris lead; it ends the process itself, at the first finding."""
    atheris = importlib.import_module("atheris")
    all_seeds = [content for contents in corpus.values() for content in contents]
    targets = [one for one in FORMATS.values() if one.is_written]

    def round_of(data: bytes) -> None:
        if len(data) > 1:
            known = FORMATS[arguments.format[data[0] % len(arguments.format)]]
            one_round(known, data[2:], targets[data[1] % len(targets)])

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        return (data[:2] + damaged(data[2:], all_seeds, chance))[:size]

    atheris.instrument_all()
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={arguments.seconds or 600}"],
        round_of,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


def main() -> int:
    """Fuzz, and print the findings; 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20_000, metavar="N")
    parser.add_argument("--seconds", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--slow", type=float, default=2.0, metavar="SECONDS")
    parser.add_argument("--memory", type=int, default=2048, metavar="MIB")
    parser.add_argument(
        "--format", nargs="+", choices=FORMATS, default=[*FORMATS], metavar="NAME"
    )
    parser.add_argument("--corpus", nargs="+", type=Path, default=[], metavar="DIR")
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--atheris", action="store_true")
    arguments = parser.parse_args()
    limit = arguments.memory * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    corpus = seeds(arguments.corpus)
    if arguments.atheris:
        by_coverage(arguments, corpus)
        return 0
    return 1 if by_chance(arguments, corpus) else 0


if __name__ == "__main__":
    sys.exit(main())
