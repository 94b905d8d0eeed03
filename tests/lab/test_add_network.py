"""`lab add` while the network fails, which is no mistake in a name."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from driver import Lab
from pypi import PYPROJECT, files, with_wheels


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


@pytest.mark.parametrize("kind", ["pip", "uv"])
def test_uv_that_may_not_use_the_network(
    kind: str, request: pytest.FixtureRequest, make: Callable[..., Lab], tmp_path: Path
) -> None:
    if kind == "pip":
        lab = request.getfixturevalue("pypi")
    else:
        lab = make(venv="uv", packages="pyproject.toml")
        (lab.root / "flake.nix").write_text("{ }\n")
        (lab.root / "pyproject.toml").write_text(PYPROJECT)
        with_wheels(lab)
    before = files(lab)
    (lab.root / "uv.toml").unlink()
    lab.extra = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}
    done = lab("add", "alpha")
    assert done.returncode == 1
    assert "on PyPI" not in done.stderr
    assert "was not found in the cache" in done.stderr.replace("\n  | ", " ")
    assert "  Next: env UV_OFFLINE=0 lab add alpha\n" in done.stderr
    assert files(lab) == before


@pytest.mark.parametrize(
    ("index", "advice"),
    [
        ("stranger", "env SSL_CERT_FILE=/"),
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
