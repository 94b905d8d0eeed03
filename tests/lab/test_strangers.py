"""Somebody else on this computer has the port: he learns nothing, and is not taken for us."""

import json
from collections.abc import Callable

from driver import Lab, get, service, wait_for
from strangers import listening, needs_root, try_to_bind

pytestmark = [needs_root]


def test_a_stranger_has_the_ports_before_the_start(lab: Lab) -> None:
    """Row H1: the port is the same at every start, so anybody can wait there for the token."""
    lab.check("start")
    taken = {name: lab.port(name) for name in ("jupyter", "server")}
    token, key = lab.token(), lab.secret("key")
    lab.check("stop")
    with (
        listening(taken["jupyter"], lab.home) as one,
        listening(taken["server"], lab.home) as other,
    ):
        done = lab("start")
        assert done.returncode == 0, done.stderr
        for name, port in taken.items():
            assert lab.port(name) != port
            # Row B14: said, with who it is, and what is used instead.
            assert f"Port {port} is taken by " in done.stderr
            assert "of user nobody" in done.stderr
            assert f"{name} uses port {lab.port(name)} from now on." in done.stderr
        lab.check("doctor")
        heard = one.read_text() + other.read_text()
        assert token not in heard
        assert key not in heard


def test_a_stranger_is_quicker_after_shut_down(running: Lab) -> None:
    port, token = running.port(), running.token()
    get(port, "/api/shutdown", token, method="POST", data=b"")
    wait_for(lambda: not running.status()["services"]["jupyter"]["running"], "JupyterLab to end")
    with listening(port, running.home) as heard:
        assert not running.status()["services"]["jupyter"]["ready"]
        running("doctor")
        done = running("start")
        assert done.returncode == 0, done.stderr
        assert running.port() != port
        assert get(running.port(), "/api/status", token)[0] == 200
        assert token not in heard.read_text()


def test_no_address_is_given_out_while_a_stranger_has_the_port(running: Lab) -> None:
    """Row H1: neither to a person nor to a browser, which would send the secret at once."""
    port, token, key = running.port(), running.token(), running.secret("key")
    get(port, "/api/shutdown", token, method="POST", data=b"")
    wait_for(lambda: not running.status()["services"]["jupyter"]["running"], "JupyterLab to end")
    with listening(port, running.home) as heard:
        for command in ("url", "open"):
            done = running(command)
            assert done.returncode == 1, done.stdout
            assert f"Port {port} of jupyter is taken by " in done.stderr
            assert "of user nobody" in done.stderr
            assert token not in done.stdout + done.stderr
        assert token not in running("status").stdout
        audit = running("audit")
        assert audit.returncode == 1
        assert f"PROBLEM  Port {port} of jupyter is taken by " in audit.stdout
        assert token not in heard.read_text()
        assert key not in heard.read_text()


def test_a_stranger_takes_the_port_while_we_start(make: Callable[..., Lab]) -> None:
    """JupyterLab finds its port taken between our choice and its own."""
    late = "while [ ! -e go ]; do sleep 0.05; done; exec python server.py"
    lab = make(services={"server": service(late)})
    start = lab.begin("start")
    wait_for(lambda: lab.status()["services"]["server"]["running"], "the supervisor")
    port = json.loads((lab.state / "ports.json").read_text())["server"]
    with listening(port, lab.home) as heard:
        (lab.root / "go").touch()
        said, errors = start.communicate()
        assert start.returncode == 1
        assert f"port {port} is taken by " in errors
        # Who opened that address would tell him the key.
        assert lab.secret("key") not in said + errors
        assert lab.token() in said
        assert "of user nobody" in errors
        assert lab.token() not in heard.read_text()
        assert lab.secret("key") not in heard.read_text()
    lab.check("stop")
    lab.at_rest()


def test_a_stranger_who_answers_is_not_the_service(make: Callable[..., Lab]) -> None:
    """A health check that succeeds proves nothing: the socket has to be the service's own."""
    lab = make(services={"server": service("exec sleep 600")})
    start = lab.begin("start")
    wait_for(lambda: lab.status()["services"]["server"]["running"], "the supervisor")
    port = json.loads((lab.state / "ports.json").read_text())["server"]
    with listening(port, lab.home) as heard:
        wait_for(lambda: lab.status()["services"]["jupyter"]["ready"], "JupyterLab")
        assert not lab.status()["services"]["server"]["ready"]
        assert start.poll() is None
        lab.check("stop")
        start.communicate()
        assert lab.secret("key") not in heard.read_text()


def test_the_other_loopback_address_is_kept_free(running: Lab) -> None:
    """Row H5: browsers may try ::1 first for a name under .localhost."""
    for name in ("jupyter", "server"):
        assert "Address already in use" in try_to_bind("::1", running.port(name))
        assert "Address already in use" in try_to_bind("::", running.port(name))
    running.check("restart")
    assert "Address already in use" in try_to_bind("::1", running.port())
    ports = [running.port(name) for name in ("jupyter", "server")]
    running.check("stop")
    for port in ports:
        assert try_to_bind("::1", port) == ""


def test_a_port_that_a_stranger_has_bound_on_the_other_loopback_address(lab: Lab) -> None:
    lab.check("start")
    port = lab.port()
    lab.check("stop")
    with listening(port, lab.home, "::1") as heard:
        done = lab("start")
        assert done.returncode == 0, done.stderr
        assert f"Port {port} is taken by " in done.stderr
        assert lab.port() != port
        for secret in ("token", "key", "host"):
            assert lab.secret(secret) not in heard.read_text()
