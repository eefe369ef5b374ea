"""A package index on the loopback interface that serves the wheels of one folder."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_JSON = "application/vnd.pypi.simple.v1+json"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder`` by the simple API (JSON) and give the index's URL."""
    answers = _pages(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            kind, content = answers.get(self.path.partition("?")[0], ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the server looks for this name

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing: clients of this index are killed."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple/"
    finally:
        server.shutdown()
        server.server_close()


def _pages(folder: Path) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    files: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.whl")):
        content = path.read_bytes()
        found[f"/files/{path.name}"] = ("application/octet-stream", content)
        entry = {
            "filename": path.name,
            "url": f"/files/{path.name}",
            "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
            "size": len(content),
        }
        files.setdefault(path.name.partition("-")[0], []).append(entry)
    for name, entries in files.items():
        page = {"meta": {"api-version": "1.0"}, "name": name, "files": entries}
        found[f"/simple/{name}/"] = (_JSON, json.dumps(page).encode())
    return found
