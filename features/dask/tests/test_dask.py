"""The feature dask, with the real Dask from PyPI, on this computer."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FEATURE = Path(__file__).resolve().parents[1]


def test_work_is_done_on_this_computer_and_nobody_else_is_answered(run: Callable) -> None:
    """A script that is imported by its workers as well; every port that is open is asked."""
    done = run("""
import re, urllib.error, urllib.request
import own_ports as ports

def ask(address, seconds=5):  # a port that speaks TLS waits for more
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)

if __name__ == "__main__":
    assert client.submit(sum, [1, 2, 3]).result() == 6
    assert len(client.scheduler_info()["workers"]) >= 1
    link = client.dashboard_link
    token = link.split("/")[3]
    opened = ports.listening()
    paths = ["/", "/status", "/info/main/workers.html", "/json/counts.json", "/metrics", "/health"]
    places = [f"{port}{path}" for port in opened for path in paths]
    answers = {place: ask(f"http://127.0.0.1:{place}") for place in places}
    print(json.dumps({"link": ask(link, 300)[0], "token": token, "scheduler": client.scheduler.address,
                      "opened": opened, "addresses": ports.addresses(), "answers": answers}))
    client.shutdown()
""")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["link"] == 200
    assert len(told["token"]) >= 20
    assert told["scheduler"].startswith("tls://127.0.0.1:")
    assert set(told["addresses"]) == {"127.0.0.1"}
    assert len(told["opened"]) >= 4
    for place, (status, text) in told["answers"].items():
        assert told["token"] not in text, place
        assert status in (0, 404), (place, status)


def test_a_client_without_the_certificate_is_not_answered(run: Callable) -> None:
    """As another user on this computer would try it."""
    done = run("""
from distributed import Client
from distributed.security import Security

if __name__ == "__main__":
    kept = []
    for security in (None, Security.temporary()):
        for scheme in ("tls", "tcp"):
            address = client.scheduler.address.replace("tls", scheme)
            try:
                Client(address, timeout=3, security=security)
                print("answered", scheme, security)
            except (OSError, TypeError, ValueError, RuntimeError) as error:
                # distributed never ends where a client is thrown away while another begins.
                kept.append(error)
                print("refused")
    client.shutdown()
""")
    assert done.stdout.split() == ["refused"] * 4, done.stdout + done.stderr


def test_whoever_closes_the_client_gets_another_one(run: Callable) -> None:
    """With a page of its own, and nothing left of the old one."""
    done = run("""
import psutil
import own_ports as ports
from urllib.request import urlopen

if __name__ == "__main__":
    told = []
    for end in ("close", "shutdown", "close"):
        from cluster import client
        assert client.submit(sum, [1, 2, 3]).result() == 6
        with urlopen(client.dashboard_link, timeout=300) as answer:
            told.append([client.scheduler.address, answer.status, len(ports.listening())])
        getattr(client, end)()
    print(json.dumps(told))
    client.cluster.close()
""")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len({address for address, *_ in told}) == 3
    assert [status for _, status, _ in told] == [200] * 3
    assert len({opened for *_, opened in told}) == 1, told


def test_nothing_starts_before_the_client_is_used(run: Callable) -> None:
    """An import for another name, or a check of the notebooks, costs no processes."""
    program = "import cluster, psutil; print(len(psutil.Process().children()))"
    assert run(program, head="").stdout == "0\n"


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:1", "nonsense", "tcp://no-such-host.invalid:8786", "ucx://127.0.0.1:1"],
)
def test_a_wrong_address_is_named_with_the_way_out(run: Callable, address: str) -> None:
    """In five seconds, which is the time that Dask is given."""
    done = run("print(client)", DASK_SCHEDULER_ADDRESS=address)
    assert done.returncode == 1
    words = done.stderr[done.stderr.rindex("ConnectionError:") :]
    assert f"No Dask scheduler answers at {address} (DASK_SCHEDULER_ADDRESS)" in words
    assert "Next: correct the address in .env" in words
    assert "Then lab start --again" in words
    assert "after" not in words or "after 5 s" in words


def test_a_cluster_with_certificates_is_used_as_readme_says(
    run: Callable, python: Path, tmp_path: Path
) -> None:
    """Its example has an address with tls://. Without the files, or with a wrong path, an error says what is missing."""
    names = {
        name: Path(path).name
        for name, path in re.findall(
            r"^(DASK_DISTRIBUTED__\w+)=(\S+)$", (FEATURE / "README.md").read_text(), re.MULTILINE
        )
    }
    program = """
import sys
from distributed import LocalCluster
from distributed.security import Security
if __name__ == "__main__":
    security = Security.temporary()
    for name in ("ca_file.ca", "client_cert.cert", "client_key.key"):
        field, _, file = name.partition(".")
        open(f"{file}.pem", "w").write(getattr(security, f"tls_{field}"))
    with LocalCluster(n_workers=1, host="127.0.0.1", protocol="tls", security=security, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
    (tmp_path / "cluster_with_tls.py").write_text(program)
    cluster = subprocess.Popen(
        [python, "cluster_with_tls.py"], cwd=tmp_path, stdin=-1, stdout=-1, text=True
    )
    try:
        address = cluster.stdout.readline().strip()
        assert address.startswith("tls://")
        files = {name: str(tmp_path / file) for name, file in names.items()}
        work = "print(client.submit(sum, [1, 2, 3]).result())"
        done = run(work, DASK_SCHEDULER_ADDRESS=f" {address} ", **files)
        assert done.stdout == "6\n", done.stderr
        none = run(work, DASK_SCHEDULER_ADDRESS=address)
        first = next(iter(files))
        wrong = run(work, DASK_SCHEDULER_ADDRESS=address, **files | {first: "/nowhere.pem"})
    finally:
        cluster.communicate()
    for failed, problem in ((none, "this project names none"), (wrong, "cannot be read")):
        words = failed.stderr[failed.stderr.rindex("ConnectionError:") :]
        assert f"{address} (DASK_SCHEDULER_ADDRESS) wants certificates, and" in words
        assert problem in words
        for name in names:
            assert name in words


def test_the_packages_are_named_in_the_manifest() -> None:
    """What cluster.py imports is what the feature adds."""
    added = json.loads((FEATURE / "feature.json").read_text())["python"]
    imported = re.findall(
        r"^(?:import|from) (\w+)",
        (FEATURE / "files" / "notebooks" / "cluster.py").read_text(),
        re.MULTILINE,
    )
    foreign = {name for name in imported if name not in sys.stdlib_module_names}
    assert foreign - {"cloudpickle", "tornado"} <= set(added), "they come with distributed"
