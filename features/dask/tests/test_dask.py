"""The feature dask, with the real Dask from PyPI, on this computer."""

import json
import os
import re
import shutil
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


def test_the_notebook_runs(python: Path, tmp_path: Path) -> None:
    """From its first cell to the last, as JupyterLab runs it: in the directory that it lies in."""
    directory = tmp_path / "notebooks"
    shutil.copytree(FEATURE / "files" / "notebooks", directory)
    program = """
import nbformat, sys
from nbclient import NotebookClient
notebook = nbformat.read("dask.ipynb", as_version=4)
NotebookClient(notebook, kernel_name="python3", timeout=300).execute()
outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
texts = [output.get("data", {}).get("text/plain", "") for output in outputs]
print([text for text in texts if text.startswith("3.14")])
"""
    done = subprocess.run(
        [python, "-c", program],
        env={"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "['3.14" in done.stdout, done.stdout + done.stderr


def test_nothing_starts_before_the_client_is_used(run: Callable) -> None:
    """An import for another name, or a check of the notebooks, costs no processes."""
    program = "import cluster, psutil; print(len(psutil.Process().children()))"
    assert run(program, head="").stdout == "0\n"


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "nonsense", "tcp://no-such-host.invalid:8786"]
)
def test_a_wrong_address_is_named_with_the_way_out(run: Callable, address: str) -> None:
    """In five seconds, which is the time that Dask is given."""
    done = run("print(client)", DASK_SCHEDULER_ADDRESS=address)
    assert done.returncode == 1
    words = done.stderr[done.stderr.rindex("ConnectionError:") :]
    assert f"No Dask scheduler answers at {address} (DASK_SCHEDULER_ADDRESS)" in words
    assert "Next: correct the address in .env" in words
    assert "after" not in words or "after 5 s" in words


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
