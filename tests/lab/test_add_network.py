"""`lab add` while the network fails, which is no mistake in a name."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from driver import Lab
from pypi import files


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody has signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=stranger", "-addext", "basicConstraints=critical,CA:FALSE"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with server:
        Thread(target=server.serve_forever).start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize(
    ("index", "advice"),
    [
        ("stranger", "export SSL_CERT_FILE=/"),
        ("nobody", "check the network, then run the same command again\n"),
    ],
)
def test_a_network_that_fails_is_no_wrong_package(
    pypi: Lab, request: pytest.FixtureRequest, index: str, advice: str
) -> None:
    before = files(pypi)
    (pypi.root / "uv.toml").unlink()
    address = request.getfixturevalue(index)
    pypi.extra = {"UV_DEFAULT_INDEX": f"{address}/simple", "UV_HTTP_RETRIES": "0"}
    done = pypi("add", "alpha")
    assert done.returncode == 1
    assert f"Every file is as before.\n  Next: {advice}" in done.stderr
    assert files(pypi) == before
