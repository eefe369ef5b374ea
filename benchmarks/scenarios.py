"""Scenarios of resolving, read from TOML, and an index on this machine that has them.

The form is that of the packse project: ``[root] requires``,
``[packages.NAME.versions]`` with ``requires``, ``extras``, ``requires_python``,
``wheel``, ``sdist``, ``wheel_tags`` and ``yanked``, ``[resolver_options]``,
``[environment]`` and ``[expected]``.  Wheels and sdists are made when asked for.  An
sdist states its metadata (PEP 643) and brings its own back end, so that it can also be
built without an index.
"""

import hashlib
import io
import json
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import unquote

from packaging.utils import canonicalize_name

DEFAULT_PYTHON = ">=3.12"
_PARTS = 3  # scenario, kind, name
_JSON = "application/vnd.pypi.simple.v1+json"

# The back end that every sdist brings: it packs the wheel that stands in its tree.
_BACKEND = """\
import shutil, pathlib

def build_wheel(folder, settings=None, metadata=None):
    (wheel,) = pathlib.Path("made").iterdir()
    shutil.copy(wheel, folder)
    return wheel.name
"""


@dataclass(frozen=True)
class Release:
    """One version of a project, and the files it has."""

    name: str
    version: str
    table: dict[str, Any]

    @property
    def requires(self) -> list[str]:
        """What it requires, extras included, as METADATA says it."""
        lines = list(self.table.get("requires", ()))
        for extra, needs in self.table.get("extras", {}).items():
            for need in needs:
                text, _, marker = need.partition(";")
                both = f"({marker.strip()}) and " if marker.strip() else ""
                lines.append(f'{text.strip()} ; {both}extra == "{extra}"')
        return lines

    @property
    def requires_python(self) -> str:
        """Which Pythons it is for."""
        return self.table.get("requires_python", DEFAULT_PYTHON) or ""

    def metadata(self) -> bytes:
        """Return METADATA, which is also PKG-INFO."""
        lines = ["Metadata-Version: 2.2", f"Name: {self.name}"]
        lines += [f"Version: {self.version}"]
        if self.requires_python:
            lines.append(f"Requires-Python: {self.requires_python}")
        lines += [f"Requires-Dist: {need}" for need in self.requires]
        lines += [f"Provides-Extra: {extra}" for extra in self.table.get("extras", {})]
        return ("\n".join(lines) + "\n\n").encode()

    @property
    def stem(self) -> str:
        """``name-version`` as file names begin."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    def wheel(self, tag: str = "py3-none-any") -> bytes:
        """Return a wheel that holds one module."""
        module = self.name.replace("-", "_")
        info = f"{self.stem}.dist-info"
        wheel = f"Wheel-Version: 1.0\nGenerator: scenario\nTag: {tag}\n"
        wheel += "Root-Is-Purelib: true\n"
        members = {
            f"{module}.py": b"",
            f"{info}/METADATA": self.metadata(),
            f"{info}/WHEEL": wheel.encode(),
        }
        record = "".join(f"{path},,\n" for path in (*members, f"{info}/RECORD"))
        members[f"{info}/RECORD"] = record.encode()
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for path, content in members.items():
                archive.writestr(zipfile.ZipInfo(path), content)
        return target.getvalue()

    def sdist(self) -> bytes:
        """Return an sdist that states its metadata and can be built offline."""
        project = (
            '[build-system]\nrequires = []\nbuild-backend = "packer"\n'
            'backend-path = ["."]\n'
        )
        members = {
            "PKG-INFO": self.metadata(),
            "pyproject.toml": project.encode(),
            "packer.py": _BACKEND.encode(),
            f"made/{self.stem}-py3-none-any.whl": self.wheel(),
        }
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
            for path, content in members.items():
                member = tarfile.TarInfo(f"{self.stem}/{path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return target.getvalue()

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files by their names."""
        found = {}
        if self.table.get("wheel", True):
            tags = self.table.get("wheel_tags") or ["py3-none-any"]
            found = {f"{self.stem}-{tag}.whl": self.wheel(tag) for tag in tags}
        if self.table.get("sdist", True):
            found[f"{self.stem}.tar.gz"] = self.sdist()
        return found


@dataclass(frozen=True)
class Scenario:
    """One scenario: what there is, what is asked for, and what should come of it."""

    group: str
    name: str
    table: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file."""
        table = tomllib.loads(path.read_text("utf-8"))
        return cls(path.parent.name, table["name"], table)

    @property
    def asked(self) -> list[str]:
        """The user's own requirements."""
        return self.table["root"].get("requires", [])

    @property
    def root_python(self) -> str:
        """Which Pythons the user's own project is for."""
        return self.table["root"].get("requires_python", DEFAULT_PYTHON) or ""

    @property
    def options(self) -> dict[str, Any]:
        """The options of the resolver."""
        return self.table.get("resolver_options", {})

    @property
    def is_universal(self) -> bool:
        """Whether one answer should hold for all platforms."""
        return bool(self.options.get("universal"))

    @property
    def python(self) -> str:
        """The Python to resolve for."""
        active = self.table.get("environment", {}).get("python", "3.12")
        return self.options.get("python") or active

    @property
    def is_satisfiable(self) -> bool:
        """Whether there should be an answer."""
        return self.table["expected"]["satisfiable"]

    @property
    def expected(self) -> dict[str, str]:
        """The versions that should be chosen; empty where the scenario leaves it."""
        return self.table["expected"].get("packages", {})

    @property
    def names(self) -> set[str]:
        """All projects: those that there are, and those that are asked for."""
        return set(self.table.get("packages", {}))

    def releases(self, name: str) -> list[Release]:
        """Return the versions of a project."""
        package = self.table.get("packages", {}).get(name, {})
        return [
            Release(name, version, table)
            for version, table in package.get("versions", {}).items()
        ]


def read_scenarios(folder: Path) -> Iterator[Scenario]:
    """Yield the scenarios below ``folder``; what is in ``examples`` is none."""
    for path in sorted(folder.rglob("*.toml")):
        if path.parent.name != "examples":
            yield Scenario.read(path)


class ScenarioIndex:
    """A Simple API on this machine, one tree for each scenario: use it in ``with``."""

    def __init__(self, scenarios: list[Scenario]) -> None:
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._releases: dict[tuple[str, str], list[Release]] = {}
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append(self.path)
                kind, content = outer.answer(unquote(self.path))
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def url(self, scenario: Scenario) -> str:
        """Return the index URL of one scenario."""
        return f"http://127.0.0.1:{self._server.server_port}/{scenario.name}/simple/"

    def answer(self, path: str) -> tuple[str, bytes | None]:
        """Return content type and content of what stands at ``path``."""
        parts = path.strip("/").split("/")
        if len(parts) != _PARTS or parts[0] not in self._scenarios:
            return "text/plain", None
        scenario, kind, last = self._scenarios[parts[0]], parts[1], parts[2]
        if kind == "simple":
            page = self._page(scenario, last)
            return _JSON, None if page is None else json.dumps(page).encode()
        metadata = last.endswith(".metadata")
        wanted = last.removesuffix(".metadata")
        for name in scenario.names:
            for release in self._all(scenario, name):
                if wanted in release.files:
                    content = release.files[wanted]
                    return "data", release.metadata() if metadata else content
        return "text/plain", None

    def _page(self, scenario: Scenario, name: str) -> dict[str, Any] | None:
        known = {canonicalize_name(each): each for each in scenario.names}
        if name not in known:
            return None
        files = []
        for release in self._all(scenario, known[name]):
            for filename, content in release.files.items():
                digest = hashlib.sha256(release.metadata()).hexdigest()
                files.append(
                    {
                        "filename": filename,
                        "url": f"/{scenario.name}/files/{filename}",
                        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                        "size": len(content),
                        "requires-python": release.requires_python or None,
                        "yanked": release.table.get("yanked", False),
                        "core-metadata": {"sha256": digest}
                        if filename.endswith(".whl")
                        else False,
                    }
                )
        versions = [release.version for release in self._all(scenario, known[name])]
        return {
            "meta": {"api-version": "1.1"},
            "name": name,
            "versions": versions,
            "files": files,
        }

    def _all(self, scenario: Scenario, name: str) -> list[Release]:
        key = (scenario.name, name)
        if key not in self._releases:
            self._releases[key] = scenario.releases(name)
        return self._releases[key]

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
