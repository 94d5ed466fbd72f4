"""https: a certificate that is trusted, one that is not, and the way back to http that is refused."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from inspector.errors import CannotLook, RefusedRedirect
from inspector.sources.http import HttpSource, parse_http_target
from inspector.sources.network.settings import Network
from tests.builder import file_bytes
from tests.sources.hub_server import Content, HubServer, Reply, Repository, listen
from tests.sources.hub_support import IMPATIENT, header_end

FILE = file_bytes({"w": ("F32", (64,))})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, made for this run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    usage = ["-addext", "basicConstraints=critical,CA:TRUE"]
    key = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(folder / "key.pem")]
    command = [openssl, "req", *key, "-out", str(folder / "cert.pem"), *names, *usage]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[HubServer, str]]:
    """A hub server whose hub origin is also reached by https."""
    hub = HubServer({"org/name": Repository({"model.safetensors": Content(FILE, len(FILE))})})
    server = _secured(listen(hub, "storage"), certificate)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield hub, f"https://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _secured(server: HTTPServer, certificate: Path) -> HTTPServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def source_at(url: str, ca_file: str = "") -> HttpSource:
    parsed = parse_http_target(url)
    assert parsed is not None
    return HttpSource(parsed, Network(patience=IMPATIENT, ca_file=ca_file))


PATH = "/org/name/model.safetensors?Expires=9999999999"


def test_a_trusted_certificate(secure: tuple[HubServer, str], certificate: Path) -> None:
    _, url = secure
    source = source_at(url + PATH, str(certificate / "cert.pem"))
    assert source.list_files()[0].bytes == len(FILE)
    assert source.read_beginning("model.safetensors", header_end) == FILE


def test_a_certificate_that_is_not_trusted(secure: tuple[HubServer, str]) -> None:
    hub, url = secure
    with pytest.raises(CannotLook, match="certificate is not trusted") as caught:
        source_at(url + PATH).list_files()
    assert "SSL_CERT_FILE" in caught.value.hint
    assert not hub.requests


def test_the_way_back_to_http_is_refused(secure: tuple[HubServer, str], certificate: Path) -> None:
    hub, url = secure
    hub.faults = [lambda request, usual: Reply(302, {"Location": "http://localhost:1/x"})]
    with pytest.raises(RefusedRedirect, match="from https to http"):
        source_at(url + PATH, str(certificate / "cert.pem")).list_files()


def test_a_certificate_file_that_is_not_there(secure: tuple[HubServer, str], tmp_path: Path) -> None:
    _, url = secure
    with pytest.raises(CannotLook, match="no certificates can be read"):
        source_at(url + PATH, str(tmp_path / "none.pem")).list_files()
