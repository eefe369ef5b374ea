"""The transport against real servers on loopback, and its patience on a fake wire."""

import base64
import gzip
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol

import pytest

from pysetup.edges.http import (
    HttpSettings,
    HttpTransport,
    InsecureUrlError,
    RedirectRefusedError,
    UnreachableError,
)
from pysetup.edges.replies import BrokenTransferError
from pysetup.edges.urls import InvalidUrlError
from pysetup.edges.wire import (
    CertificateError,
    CertificateFileError,
    Incoming,
    Outgoing,
    WireError,
)
from pysetup.errors import IntegrityError, PysetupError
from pysetup.index.transport import (
    OfflineError,
    OfflineTransport,
    Request,
    Transport,
)


class Exchange(Protocol):
    """One request to a loopback server (see conftest.py)."""

    path: str
    command: str
    headers: Message
    received: bytes
    client_address: tuple[str, int]
    wfile: IO[bytes]
    server: Any

    def reply(self, status: int, content: bytes = b"", **headers: str) -> None: ...
    def break_off(self) -> None: ...


class Server(Protocol):
    """A loopback server (see conftest.py)."""

    url: str
    paths: list[str]
    seen: list[Exchange]
    socket: socket.socket


class Serve(Protocol):
    """Starts a loopback server."""

    def __call__(
        self,
        answer: Callable[[Exchange], object],
        *,
        wrap: Callable[[Server], None] = ...,
    ) -> Server: ...


def transport(**settings: object) -> HttpTransport:
    values = {"timeout": 5.0, "retries": 2, **settings}
    return HttpTransport(
        HttpSettings(**values),  # type: ignore[arg-type]
        sleep=lambda _: None,
    )


def get(sender: Transport, url: str, **headers: str) -> tuple[int, bytes]:
    with sender.send(Request(url, headers=headers)) as reply:
        return reply.status, reply.read(1 << 20)


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def test_an_answer_of_any_status_comes_back(serve: Serve) -> None:
    server = serve(lambda exchange: exchange.reply(404, b"no", X_Serial="7"))
    with transport().send(Request(f"{server.url}/x?y=z")) as reply:
        assert (reply.status, reply.read(10)) == (404, b"no")
        assert reply.url == f"{server.url}/x?y=z"
        assert reply.headers["x-serial"] == "7"
    asked = server.seen[0].headers
    assert asked["accept-encoding"] == "identity"
    assert asked["user-agent"] == "pysetup"


def test_a_gzip_page_is_decoded_when_it_was_asked_for(serve: Serve) -> None:
    packed = gzip.compress(b"page")
    server = serve(lambda e: e.reply(200, packed, Content_Encoding="gzip"))
    assert get(transport(), server.url, **{"accept-encoding": "gzip"}) == (200, b"page")


def test_a_connection_is_used_again(serve: Serve) -> None:
    ports = set()

    def answer(exchange: Exchange) -> None:
        ports.add(exchange.client_address[1])
        exchange.reply(404 if exchange.path == "/0" else 200, b"x" * 1000)

    server = serve(answer)
    sender = transport()
    for number in range(4):
        get(sender, f"{server.url}/{number}")
    with sender.send(Request(f"{server.url}/unread")):
        pass
    get(sender, f"{server.url}/last")
    assert len(ports) == 1


def test_a_body_is_sent_with_its_method(serve: Serve) -> None:
    server = serve(lambda exchange: exchange.reply(201))
    with transport().send(
        Request(server.url, "POST", {"X-Own": "1"}, b"form")
    ) as reply:
        assert reply.status == 201
    assert server.seen[0].command == "POST"
    assert server.seen[0].received == b"form"
    assert server.seen[0].headers["x-own"] == "1"


class TestRedirects:
    def test_they_are_followed_and_the_last_url_is_told(self, serve: Serve) -> None:
        def answer(exchange: Exchange) -> None:
            if exchange.path == "/a":
                exchange.reply(302, Location="b/")
            else:
                exchange.reply(200, b"here")

        server = serve(answer)
        with transport().send(Request(f"{server.url}/a")) as reply:
            assert reply.url == f"{server.url}/b/"
            assert reply.read(10) == b"here"

    def test_at_most_ten(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.reply(301, Location="/again"))
        with pytest.raises(RedirectRefusedError, match="more than 10"):
            get(transport(), server.url)
        assert len(server.seen) == 11

    @pytest.mark.parametrize(
        "target", ["file:///etc/passwd", "ftp://host/x", "http://[", "data:,x"]
    )
    def test_not_to_other_schemes(self, serve: Serve, target: str) -> None:
        server = serve(lambda exchange: exchange.reply(302, Location=target))
        with pytest.raises(RedirectRefusedError) as caught:
            get(transport(), server.url)
        assert caught.value.exit_code == 5

    def test_not_to_plain_http_elsewhere(self, serve: Serve) -> None:
        server = serve(lambda e: e.reply(302, Location="http://index.example/x"))
        with pytest.raises(InsecureUrlError, match=r"index\.example"):
            get(transport(), server.url)

    def test_a_post_is_not_repeated_elsewhere_unless_asked(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.reply(302, Location="/other"))
        with transport().send(Request(server.url, "POST", body=b"x")) as reply:
            assert reply.status == 302
        assert server.paths == ["/"]

    def test_credentials_stay_with_their_origin(self, serve: Serve) -> None:
        other = serve(lambda exchange: exchange.reply(200))
        server = serve(lambda e: e.reply(302, Location=f"{other.url}/file"))
        address = server.url.replace("//", "//user:secret@")
        get(transport(), address, Cookie="c=1", authorization_hint="x")
        assert server.seen[0].headers["authorization"] == basic("user:secret")
        assert other.seen[0].headers["authorization"] is None
        assert other.seen[0].headers["cookie"] is None

    def test_a_header_of_ours_stays_too(self, serve: Serve) -> None:
        other = serve(lambda exchange: exchange.reply(200))
        server = serve(lambda e: e.reply(307, Location=f"{other.url}/file"))
        get(transport(), server.url, Authorization="Bearer t")
        assert server.seen[0].headers["authorization"] == "Bearer t"
        assert other.seen[0].headers["authorization"] is None

    def test_a_server_does_not_choose_our_name(self, serve: Serve) -> None:
        def answer(exchange: Exchange) -> None:
            if exchange.path == "/":
                place = f"http://evil:pw@127.0.0.1:{exchange.server.server_port}/x"
                exchange.reply(302, Location=place)
            else:
                exchange.reply(200)

        server = serve(answer)
        sender = transport()
        get(sender, server.url)
        get(sender, f"{server.url}/y")
        assert [seen.headers["authorization"] for seen in server.seen] == [None] * 3


class TestCredentials:
    def test_of_the_index_are_used_for_its_files(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.reply(200))
        sender = transport()
        get(sender, server.url.replace("//", "//me:p%40w@") + "/simple/")
        get(sender, f"{server.url}/files/x.whl")
        assert server.seen[1].headers["authorization"] == basic("me:p@w")

    def test_of_two_indexes_on_one_host_the_closer_ones(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.reply(200))
        sender = transport()
        for team in ("red", "blue"):
            get(sender, server.url.replace("//", f"//{team}:x@") + f"/{team}/simple/")
        get(sender, f"{server.url}/red/files/x.whl")
        assert server.seen[2].headers["authorization"] == basic("red:x")

    def test_come_from_netrc_for_the_machines_it_names(
        self, serve: Serve, tmp_path: Path
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password pw\n")
        server = serve(lambda exchange: exchange.reply(200))
        get(transport(netrc=netrc), server.url)
        assert server.seen[0].headers["authorization"] == basic("me:pw")

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("default login me password pw", id="default is for everybody"),
            pytest.param("machine 127.0.0.1 bogus", id="a broken file is not ours"),
            pytest.param("machine localhost login a password b", id="another machine"),
        ],
    )
    def test_of_netrc_are_not_sent(
        self, serve: Serve, tmp_path: Path, content: str
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text(content + "\n")
        server = serve(lambda exchange: exchange.reply(200))
        get(transport(netrc=netrc), server.url)
        assert server.seen[0].headers["authorization"] is None

    def test_never_stand_in_errors(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.reply(302, Location="/x?sig=secret"))
        address = server.url.replace("//", "//user:secret@")
        failures: list[PysetupError] = []
        for url in (address, "http://user:secret@far.example/", "http://u:secret@[/"):
            with pytest.raises(PysetupError) as caught:
                get(transport(), url)
            failures.append(caught.value)
        for failure in failures:
            whole = f"{failure.message} {failure.facts} {failure.hints}"
            assert "secret" not in whole


class TestPlainHttp:
    def test_is_refused_and_the_way_out_is_told(self) -> None:
        with pytest.raises(InsecureUrlError) as caught:
            get(transport(), "http://index.example/simple/")
        assert caught.value.code == "PS5201"
        assert any(
            "--trusted-host index.example" in hint for hint in caught.value.hints
        )

    @pytest.mark.parametrize("trusted", ["index.example", "index.example:80"])
    def test_goes_to_trusted_hosts(self, serve: Serve, trusted: str) -> None:
        proxy = serve(lambda exchange: exchange.reply(200, b"through"))
        sender = transport(trusted_hosts=(trusted,), proxy=proxy.url)
        assert get(sender, "http://index.example/simple/") == (200, b"through")

    def test_a_trusted_port_is_not_another_port(self) -> None:
        with pytest.raises(InsecureUrlError):
            get(
                transport(trusted_hosts=("index.example:8080",)),
                "http://index.example/",
            )


class TestProxies:
    def test_see_the_whole_url_and_their_own_credentials(self, serve: Serve) -> None:
        proxy = serve(lambda exchange: exchange.reply(200, b"x"))
        address = proxy.url.replace("//", "//pu:pw@")
        sender = transport(
            environ={"HTTP_PROXY": address}, trusted_hosts=("index.example",)
        )
        get(sender, "http://user:pass@index.example/simple/")
        asked = proxy.seen[0]
        assert asked.path == "http://index.example/simple/"
        assert asked.headers["proxy-authorization"] == basic("pu:pw")
        assert asked.headers["authorization"] == basic("user:pass")

    def test_are_left_out_by_no_proxy(self, serve: Serve) -> None:
        proxy = serve(lambda exchange: exchange.reply(500))
        server = serve(lambda exchange: exchange.reply(200, b"direct"))
        environ = {"HTTP_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}
        assert get(transport(environ=environ), server.url) == (200, b"direct")
        assert not proxy.seen

    def test_that_cannot_be_reached_are_named(self, free_port: int) -> None:
        environ = {"HTTPS_PROXY": f"http://me:secret@127.0.0.1:{free_port}"}
        with pytest.raises(UnreachableError) as caught:
            get(transport(environ=environ, retries=0), "https://index.example/")
        assert "from HTTPS_PROXY" in str(caught.value)
        assert "connection refused" in str(caught.value)
        assert "secret" not in str(caught.value) + str(caught.value.facts)

    def test_that_refuse_a_tunnel_are_named(self, serve: Serve) -> None:
        proxy = serve(lambda exchange: exchange.reply(502))
        with pytest.raises(UnreachableError, match="proxy"):
            get(transport(proxy=proxy.url, retries=0), "https://index.example/")


class TestRanges:
    def test_headers_pass_both_ways(self, serve: Serve) -> None:
        def answer(exchange: Exchange) -> None:
            assert exchange.headers["range"] == "bytes=-3"
            exchange.reply(206, b"xyz", Content_Range="bytes 7-9/10")

        server = serve(answer)
        with transport().send(Request(server.url, headers={"range": "bytes=-3"})) as r:
            assert r.headers["content-range"] == "bytes 7-9/10"
            assert r.read(10) == b"xyz"


class TestFailures:
    def test_nobody_listens(self, free_port: int) -> None:
        with pytest.raises(UnreachableError) as caught:
            get(transport(retries=1), f"http://127.0.0.1:{free_port}/simple/x/")
        error = caught.value
        assert (error.code, error.retryable) == ("PS4001", True)
        assert "cannot reach index" in error.message
        assert "connection refused" in error.message
        assert str(error.facts["tried"]).startswith("2 times")
        assert error.hints

    def test_the_connection_breaks_before_the_answer(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.break_off())
        with pytest.raises(UnreachableError, match="closed"):
            get(transport(retries=2), server.url)
        assert len(server.seen) == 3

    def test_a_second_try_can_succeed(self, serve: Serve) -> None:
        def answer(exchange: Exchange) -> None:
            if len(server.seen) == 1:
                exchange.break_off()
            else:
                exchange.reply(200, b"well")

        server = serve(answer)
        assert get(transport(), server.url) == (200, b"well")

    def test_a_post_that_has_left_is_not_repeated(self, serve: Serve) -> None:
        server = serve(lambda exchange: exchange.break_off())
        with pytest.raises(UnreachableError):
            transport().send(Request(server.url, "POST", body=b"x"))
        assert len(server.seen) == 1

    def test_the_answer_breaks_off(self, serve: Serve) -> None:
        def answer(exchange: Exchange) -> None:
            exchange.reply(200, b"half", Content_Length="8")
            exchange.break_off()

        server = serve(answer)
        with pytest.raises(BrokenTransferError):
            get(transport(), server.url)

    def test_the_headers_never_come(
        self, serve: Serve, release: threading.Event
    ) -> None:
        server = serve(lambda _: release.wait(20))
        with pytest.raises(UnreachableError, match="no answer within"):
            get(transport(timeout=0.1, retries=0), server.url)

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(b"garbage\r\n\r\n", id="no HTTP at all"),
            pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, id="a long header"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                id="a broken chunk",
            ),
        ],
    )
    def test_a_server_that_talks_nonsense(self, serve: Serve, answer: bytes) -> None:
        def nonsense(exchange: Exchange) -> None:
            exchange.wfile.write(answer)
            exchange.break_off()

        server = serve(nonsense)
        with pytest.raises(PysetupError) as caught:
            get(transport(retries=0), server.url)
        assert caught.value.exit_code == 4

    @pytest.mark.parametrize("url", ["gopher://x/", "nothing", "https://"])
    def test_a_url_that_is_none(self, url: str) -> None:
        with pytest.raises(InvalidUrlError):
            get(transport(), url)


class FakeWire:
    """A wire with a script: an answer, or a failure, for each exchange."""

    def __init__(self, *script: Incoming | WireError) -> None:
        self.script = list(script)
        self.sent: list[Outgoing] = []

    def exchange(self, outgoing: Outgoing) -> Incoming:
        self.sent.append(outgoing)
        step = self.script.pop(0)
        if isinstance(step, WireError):
            raise step
        return step


def answer(status: int, **headers: str) -> Incoming:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Incoming(status, named, BytesIO(b"body"))


class Patience:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.told: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def transport(self, wire: FakeWire, **settings: object) -> HttpTransport:
        return HttpTransport(
            HttpSettings(**settings),  # type: ignore[arg-type]
            wire=lambda _: wire,
            tell=self.told.append,
            sleep=self.sleep,
            clock=lambda: self.now,
        )


class TestPatience:
    def test_waits_grow(self) -> None:
        patience = Patience()
        wire = FakeWire(*[WireError("broken")] * 5)
        with pytest.raises(UnreachableError, match="broken") as caught:
            patience.transport(wire).send(Request("https://host/"))
        assert patience.slept == [0.5, 1, 2, 4]
        assert caught.value.facts["tried"] == "5 times in 8 s"

    def test_long_waits_are_told(self) -> None:
        patience = Patience()
        wire = FakeWire(answer(503, retry_after="7"), answer(200))
        assert patience.transport(wire).send(Request("https://host/")).status == 200
        assert patience.slept == [7]
        (line,) = patience.told
        assert line == (
            "waiting 7 s for host: it answers 503; "
            "--retries N says how often to try (now 4)"
        )

    def test_a_date_to_retry_after_is_read_by_the_servers_clock(self) -> None:
        patience = Patience()
        wire = FakeWire(
            answer(
                429,
                retry_after="Fri, 01 Jan 2100 00:00:10 GMT",
                date="Fri, 01 Jan 2100 00:00:05 GMT",
            ),
            answer(200),
        )
        patience.transport(wire).send(Request("https://host/"))
        assert patience.slept == [5]

    @pytest.mark.parametrize("wish", ["soon", "-1", "", "1e9", "Fri"])
    def test_a_wish_that_cannot_be_read_is_no_wish(self, wish: str) -> None:
        patience = Patience()
        wire = FakeWire(answer(503, retry_after=wish), answer(200))
        patience.transport(wire).send(Request("https://host/"))
        assert patience.slept == [0.5]

    def test_nobody_waits_an_hour(self) -> None:
        patience = Patience()
        wire = FakeWire(answer(503, retry_after="3600"))
        assert patience.transport(wire).send(Request("https://host/")).status == 503
        assert patience.slept == []

    def test_errors_of_the_server_come_back_in_the_end(self) -> None:
        patience = Patience()
        wire = FakeWire(*[answer(500)] * 3)
        sender = patience.transport(wire, retries=2)
        assert sender.send(Request("https://host/")).status == 500
        assert not wire.script

    def test_a_wrong_request_is_not_repeated(self) -> None:
        wire = FakeWire(answer(400))
        Patience().transport(wire).send(Request("https://host/"))
        assert len(wire.sent) == 1

    def test_a_post_that_never_left_is_repeated(self) -> None:
        wire = FakeWire(WireError("refused", sent=False), answer(200))
        sender = Patience().transport(wire)
        assert sender.send(Request("https://host/", "POST", body=b"x")).status == 200

    def test_from_https_down_to_http_is_refused(self) -> None:
        wire = FakeWire(answer(302, location="http://127.0.0.1/x"))
        with pytest.raises(RedirectRefusedError, match="down to http"):
            Patience().transport(wire).send(Request("https://host/"))


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path, need_tool: Callable[[str], str]) -> Path:
        path = tmp_path / "server.pem"
        command = (
            f"{need_tool('openssl')} req -x509 -newkey ec -pkeyopt"
            f" ec_paramgen_curve:P-256 -nodes -days 2 -keyout {path} -out {path}.crt"
            " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
        )
        subprocess.run(command.split(), check=True, capture_output=True)
        path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
        return path

    @pytest.fixture
    def url(self, serve: Serve, certificate: Path) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

        def wrap(server: Server) -> None:
            server.socket = context.wrap_socket(server.socket, server_side=True)

        server = serve(lambda exchange: exchange.reply(200, b"safe"), wrap=wrap)
        return server.url.replace("http:", "https:")

    def test_an_unknown_certificate_is_refused(self, url: str) -> None:
        with pytest.raises(CertificateError) as caught:
            get(transport(), url)
        assert caught.value.exit_code == 5
        assert any("--cert" in hint for hint in caught.value.hints)

    def test_a_certificate_can_be_named(self, url: str, certificate: Path) -> None:
        cert = f"{certificate}.crt"
        assert get(transport(cert=cert), url) == (200, b"safe")

    def test_another_name_is_refused(self, url: str, certificate: Path) -> None:
        sender = transport(cert=f"{certificate}.crt")
        with pytest.raises(CertificateError):
            get(sender, url.replace("127.0.0.1", "localhost"))

    def test_a_trusted_host_needs_none(self, url: str) -> None:
        assert get(transport(trusted_hosts=("127.0.0.1",)), url) == (200, b"safe")

    def test_a_client_shows_its_own(self, url: str, certificate: Path) -> None:
        sender = transport(cert=f"{certificate}.crt", client_cert=str(certificate))
        assert get(sender, url) == (200, b"safe")

    @pytest.mark.parametrize("option", ["cert", "client_cert"])
    def test_a_file_that_holds_none(self, tmp_path: Path, option: str) -> None:
        with pytest.raises(CertificateFileError):
            get(transport(**{option: str(tmp_path / "none.pem")}), "https://127.0.0.1/")


class TestFiles:
    def test_a_folder_answers_with_its_index_page(self, tmp_path: Path) -> None:
        (tmp_path / "index.html").write_text("page")
        with transport().send(Request(tmp_path.as_uri())) as reply:
            assert reply.status == 200
            assert reply.headers["content-type"] == "text/html"
            assert reply.url.endswith("/")
            assert reply.read(10) == b"page"

    def test_what_is_not_there_is_404(self, tmp_path: Path) -> None:
        assert get(transport(), f"{tmp_path.as_uri()}/x")[0] == 404
        assert get(transport(), tmp_path.as_uri())[0] == 404

    def test_a_device_is_no_file(self) -> None:
        assert get(transport(), "file:///dev/zero")[0] == 404

    def test_a_page_too_large_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.bin").write_bytes(b"x" * 100)
        with (
            pytest.raises(IntegrityError),
            transport().send(Request((tmp_path / "x.bin").as_uri())) as reply,
        ):
            reply.read(99)

    def test_no_network_library_is_loaded_for_them(self, tmp_path: Path) -> None:
        script = (
            "import sys\n"
            "from pysetup.edges.http import HttpSettings, HttpTransport\n"
            "from pysetup.index.transport import Request\n"
            f"url = {(tmp_path.as_uri())!r}\n"
            "HttpTransport(HttpSettings()).send(Request(url)).close()\n"
            "heavy = {'ssl', 'socket', 'urllib3', 'http.client', 'truststore'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True)


class TestOffline:
    def test_refuses_the_network_and_serves_files(self, tmp_path: Path) -> None:
        (tmp_path / "index.html").write_text("page")
        wire = FakeWire()
        sender = OfflineTransport(Patience().transport(wire))
        assert get(sender, tmp_path.as_uri()) == (200, b"page")
        with pytest.raises(OfflineError) as caught:
            get(sender, "https://user:secret@host/")
        assert caught.value.exit_code == 4
        assert not caught.value.retryable
        assert "secret" not in caught.value.message
        assert not wire.sent
