"""The lab of bad indexes: real servers on loopback that misbehave."""

import base64
import hashlib
import io
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^error\[(PS(\d)\d{3})\]: (.+)", re.MULTILINE)
HELP = re.compile(r"^  help: (\S.{9,})", re.MULTILINE)
JSON_TYPE = "application/vnd.pypi.simple.v1+json"
WARM = Path(__file__).parent.parent / "bad_input" / "warm_command.py"
SECRET = "s3cr3t-of-a-user"
PAGE = "/simple/demo/"
WHEEL = "demo-1.0-py3-none-any.whl"
INFO = "demo-1.0.dist-info"
CORE = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


def wheel(metadata: str = CORE, *, module: str = "value = 1\n") -> bytes:
    """Return a good wheel of demo 1.0 with this METADATA."""
    files = {
        "demo.py": module,
        f"{INFO}/METADATA": metadata,
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        rows.append(f"{name},sha256={digest.decode().rstrip('=')},{len(text)}\n")
    files[f"{INFO}/RECORD"] = "".join(rows) + f"{INFO}/RECORD,,\n"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return stream.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry(content: bytes, filename: str = WHEEL, **more: Any) -> dict[str, Any]:
    """Return the row of a page for a file; ``_`` in keys means ``-``."""
    more = {key.replace("_", "-"): value for key, value in more.items()}
    return {
        "filename": filename,
        "url": f"/files/{filename}",
        "hashes": {"sha256": sha256(content)},
        "size": len(content),
        **more,
    }


def page(*files: Mapping[str, Any], **more: Any) -> bytes:
    """Return the JSON page of demo."""
    value = {"meta": {"api-version": "1.4"}, "name": "demo", "files": files, **more}
    return json.dumps(value).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers by the table of its server."""

    protocol_version = "HTTP/1.1"
    server: "BadIndex"  # type: ignore[mutable-override] # as the library means it

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization", "")
        self.server.asked.append((self.path, authorization))
        answer = self.server.answers.get(self.path)
        if answer is None:
            self.reply(404)
        else:
            answer(self)

    def reply(self, status: int, content: bytes = b"", **headers: str) -> None:
        """Answer; ``_`` in names of headers means ``-``."""
        self.send_response(status)
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        for name, text in {"Content-Length": str(len(content)), **given}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def raw(self, content: bytes) -> None:
        """Send just these bytes, and close."""
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


Answer = Callable[[Handler], object]


class BadIndex(ThreadingHTTPServer):
    """An index that answers as its table says; ``over`` is set when the test ends."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.over = threading.Event()
        self.scheme = "http"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/simple/"

    def handle_error(self, *_: object) -> None:
        pass

    def page(self, content: bytes, kind: str = JSON_TYPE) -> None:
        """Serve this as the page of demo."""
        self.answers[PAGE] = lambda h: h.reply(200, content, Content_Type=kind)

    def file(self, content: bytes, filename: str = WHEEL) -> None:
        """Serve this as a file."""
        self.answers[f"/files/{filename}"] = lambda h: h.reply(200, content)

    def good(self) -> None:
        """Serve what every index should."""
        self.answers.clear()
        content = wheel()
        self.page(page(entry(content)))
        self.file(content)


@dataclass(frozen=True)
class Row:
    """One way to misbehave: what the index does, and what must be said of it.

    ``words`` are added to the command; ``said`` must stand in the error.
    """

    setup: Callable[[BadIndex], object]
    code: str
    words: tuple[str, ...] = ()
    said: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 20.0


@dataclass(frozen=True)
class Ran:
    """A finished run; ``code`` is None if it had to be killed."""

    code: int | None
    out: str
    err: str
    seconds: float
    megabytes: float


class WarmCommand:
    """The command in forks of one warm interpreter: a start takes no time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, WARM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(
        self, words: Sequence[object], *, env: Mapping[str, str], seconds: float
    ) -> Ran:
        out, err = self._folder / "out", self._folder / "err"
        asked = {
            "words": list(map(str, words)),
            "cwd": str(self._folder),
            "env": dict(env),
            "out": str(out),
            "err": str(err),
            "seconds": seconds,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ran(
            answer["code"],
            out.read_text("utf-8", "surrogateescape"),
            err.read_text("utf-8", "surrogateescape"),
            answer["seconds"],
            answer["kilobytes"] / 1024,
        )

    def close(self) -> None:
        self._process.communicate(timeout=20)


class Lab:
    """Runs the command against an index, and says what does not hold."""

    def __init__(
        self, root: Path, env: Path, warm: WarmCommand, index: BadIndex
    ) -> None:
        self.root, self.env, self.index, self._warm = root, env, index, warm
        self.environ = {
            "HOME": str(root),
            "PATH": os.environ["PATH"],
            "PYSETUP_CACHE_DIR": str(root / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
            "LC_ALL": "C.UTF-8",
        }

    def run(
        self,
        *words: object,
        env: Mapping[str, str] | None = None,
        seconds: float = 20.0,
    ) -> Ran:
        """Run the words."""
        environ = {**self.environ, **(env or {})}
        return self._warm(words, env=environ, seconds=seconds)

    def install(self, row: Row, *more: str) -> Ran:
        """Install demo from the index as the row wants it."""
        words = ["install", "--env", self.env, "--index-url", self.index.url]
        patience = () if "--retries" in row.words else ("--retries", "0")
        # A place that is no option's value stands in for the project.
        *before, last = ("", "", *row.words)
        is_place = "://" in last and not before[-1].startswith("--")
        named = () if is_place else ("demo",)
        return self.run(
            *words, *patience, *row.words, *named, *more,
            env=row.env, seconds=row.seconds,
        )  # fmt: skip

    def state(self) -> dict[str, str]:
        """Return what stands in the environment."""
        found = {}
        for parent, _, names in os.walk(self.env):
            for name in names:
                path = Path(parent, name)
                content = path.read_bytes() if path.is_file() else b""
                found[str(path)] = sha256(content)
        return found

    def refuses(self, row: Row) -> Ran:
        """Run a row; all that every refusal owes its user must hold."""
        before = self.state()
        ran = self.install(row)
        told = self.install(row, "--json")
        problems = [*self._faults(ran, row), *self._secrets(ran), *self._secrets(told)]
        if self.state() != before:
            problems.append("the environment changed")
        try:
            envelope = json.loads(told.out)
            if [one["code"] for one in envelope["errors"]] != [row.code]:
                problems.append(f"json tells {envelope['errors']}")
        except ValueError:
            problems.append(f"no JSON: {told.out[:200]}")
        problems += self._afterwards()
        assert not problems, "\n".join([*problems, ran.out[:500], ran.err[:3000]])
        return ran

    def _faults(self, ran: Ran, row: Row) -> Iterator[str]:
        if ran.code is None:
            yield "it hangs"
            return
        blocks = BLOCK.findall(ran.err)
        if [block[0] for block in blocks] != [row.code]:
            yield f"it tells {[block[0] for block in blocks]}, not {row.code}"
        if ran.code != int(row.code[2]):
            yield f"exit code {ran.code}"
        if not HELP.search(ran.err):
            yield "no help"
        if row.said not in ran.err:
            yield f"{row.said!r} is not said"
        if "Traceback" in ran.err or re.search("[\x00-\x08\x0b-\x1f\x7f]", ran.err):
            yield "a traceback, or control characters"
        if len(ran.err) > 4000:
            yield "too much is said"
        if ran.megabytes > 400:
            yield f"{ran.megabytes:.0f} megabytes"

    def _secrets(self, ran: Ran) -> Iterator[str]:
        if SECRET in ran.out + ran.err:
            yield "a secret is told"
        for path in (self.root / "cache").rglob("*"):
            if path.is_file() and SECRET.encode() in path.read_bytes():
                yield f"a secret stands in {path}"

    def _afterwards(self) -> Iterator[str]:
        """With the same cache a good index must do, and what comes must be right."""
        self.index.good()
        target = self.root / "target"
        words = ["install", "--target", target, "--index-url", self.index.url]
        ran = self.run(*words, "demo")
        if self.index.scheme == "http" and ran.code != 0:
            yield f"a good index does not do afterwards: {ran.err[:500]}"
        elif ran.code == 0 and (target / "demo.py").read_text() != "value = 1\n":
            yield "something else was installed afterwards"


class Certificates:
    """Certificates of an authority that one may trust, made when they are wanted."""

    def __init__(self, folder: Path, openssl: str) -> None:
        self._folder, self._openssl = folder, openssl
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndir={folder}\ndatabase={folder}/index.txt\n"
            f"new_certs_dir={folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
            "copy_extensions=copy\nunique_subject=no\n[any]\ncommonName=supplied\n"
            "[v3_ca]\nbasicConstraints=critical,CA:TRUE\n"
            "keyUsage=critical,keyCertSign,digitalSignature\n"
        )
        key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        self._run(
            f"req -x509 {key} -days 2 -keyout {folder}/ca.key -out {folder}/ca.pem"
            " -subj /CN=test-authority"
            " -addext keyUsage=critical,keyCertSign,digitalSignature"
        )

    @property
    def authority(self) -> Path:
        """The authority's own certificate."""
        return self._folder / "ca.pem"

    def make(self, names: str, *, first: str = "", last: str = "") -> Path:
        """Return a certificate and its key in one file.

        ``first`` and ``last`` are the times between which it holds.
        """
        stem = self._folder / f"made-{sha256((names + last).encode())[:8]}"
        key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        self._run(
            f"req {key} -keyout {stem}.key -out {stem}.csr -subj /CN=server"
            f" -addext subjectAltName={names}"
        )
        when = f"-startdate {first} -enddate {last}" if last else "-days 2"
        self._run(
            f"ca -batch -config {self._folder}/ca.cnf -keyfile {self._folder}/ca.key"
            f" -cert {self.authority} -in {stem}.csr -out {stem}.crt -notext {when}"
        )
        whole = stem.with_suffix(".pem")
        whole.write_text(
            Path(f"{stem}.key").read_text() + Path(f"{stem}.crt").read_text()
        )
        return whole

    def _run(self, words: str) -> None:
        subprocess.run([self._openssl, *words.split()], check=True, capture_output=True)


def secured(index: BadIndex, certificate: Path) -> None:
    """Let the index speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    index.socket = context.wrap_socket(
        index.socket, server_side=True, do_handshake_on_connect=False
    )
    index.scheme = "https"
