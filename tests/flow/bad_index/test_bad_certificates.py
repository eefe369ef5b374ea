"""TLS that cannot be trusted, and what makes it so that it can."""

import pytest
from tests.flow.bad_index.lab import Certificates, Lab, Row, secured

pytestmark = pytest.mark.flow
HERE = "IP:127.0.0.1"


@pytest.mark.parametrize(
    ("names", "when", "trusted"),
    [
        pytest.param(HERE, ("", ""), False, id="of an authority that nobody knows"),
        pytest.param("DNS:elsewhere.example", ("", ""), True, id="of another host"),
        pytest.param(
            HERE, ("20200101000000Z", "20200201000000Z"), True, id="of another time"
        ),
    ],
)
def test_a_certificate_is_refused(
    lab: Lab,
    certificates: Certificates,
    names: str,
    when: tuple[str, str],
    *,
    trusted: bool,
) -> None:
    made = certificates.make(names, first=when[0], last=when[1])
    secured(lab.index, made)
    words = ("--cert", str(certificates.authority)) if trusted else ()
    lab.refuses(Row(lambda _: None, "PS5202", words, said="--cert FILE"))


def test_the_authority_that_is_named_is_trusted(
    lab: Lab, certificates: Certificates
) -> None:
    secured(lab.index, certificates.make(HERE))
    lab.index.good()
    words = ["--target", lab.root / "t", "--index-url", lab.index.url]
    cert = ["--cert", certificates.authority]
    assert lab.run("install", *words, *cert, "demo").code == 0
    trusted = ["--trusted-host", "127.0.0.1"]
    again = ["--target", lab.root / "u", "--index-url", lab.index.url]
    assert lab.run("install", *again, *trusted, "demo").code == 0


def test_https_does_not_lead_to_http(lab: Lab, certificates: Certificates) -> None:
    secured(lab.index, certificates.make(HERE))
    lab.index.answers["/simple/demo/"] = lambda h: h.reply(
        302, Location=f"http://127.0.0.1:{lab.index.server_port}/simple/other/"
    )
    cert = ("--cert", str(certificates.authority))
    lab.refuses(Row(lambda _: None, "PS5205", cert, said="from https down to http"))


def test_https_from_a_server_of_http(lab: Lab) -> None:
    lab.index.scheme = "https"
    lab.refuses(Row(lambda _: None, "PS4001", said="TLS failed"))


@pytest.mark.parametrize("option", ["--cert", "--client-cert"])
def test_a_certificate_file_that_is_none(
    lab: Lab, certificates: Certificates, option: str
) -> None:
    secured(lab.index, certificates.make(HERE))
    bad = lab.root / "bad.pem"
    bad.write_text("no certificate")
    words = (option, str(bad))
    lab.refuses(Row(lambda _: None, "PS2203", words, said="bad.pem"))
