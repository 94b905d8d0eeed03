"""The workers of a cluster: of another Python or Dask, and one that dies in the middle."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
from schedulers import WORKER, scheduler, with_worker


def test_another_python_on_the_cluster_is_named(run: Callable) -> None:
    """Tasks would fail there with errors that name another cause."""
    program = """
import cluster
def side(python, dask):
    return {"host": {"python": python}, "packages": {"dask": dask, "distributed": dask}}
here, close = side("3.13.1.final.0", "2026.8.0"), side("3.13.2.final.0", "2026.8.1")
cluster._compare({"client": here, "scheduler": close, "workers": {"tcp://a": close}}, "x")
there = side("3.12.9.final.0", "2026.8.0")
cluster._compare({"client": here, "scheduler": here, "workers": {"tcp://a": here, "tcp://b": there}}, "x")
"""
    done = run(program, head="")
    assert "The worker tcp://b of the cluster at x has python 3.12.9" in done.stderr
    assert "and this project has python 3.13.1." in done.stderr


def test_a_worker_with_another_dask_is_named_before_it_works(
    run: Callable, python: Path, older: Path, tmp_path: Path
) -> None:
    """A real scheduler, and a real worker of another version: one message, and no task was run."""
    done = tmp_path / "done"
    with scheduler(python, tmp_path) as place:
        worker = [older, *WORKER, "--scheduler-file", place, "--no-nanny"]
        log = (tmp_path / "worker.log").open("w")
        running = subprocess.Popen(worker, cwd=tmp_path, stdout=log, stderr=log)
        try:
            address = with_worker(python, place)
            asked = run(
                f"from pathlib import Path\nclient.submit(Path({str(done)!r}).touch).result()",
                DASK_SCHEDULER_ADDRESS=address,
            )
        finally:
            running.kill()
            running.wait()
        words = asked.stderr[asked.stderr.rindex("RuntimeError:") :]
        assert re.search(r"The worker tcp://127.0.0.1:\d+ of the cluster at ", words), words
        assert (
            "has dask 2026.3.0, distributed 2026.3.0, and this project has dask 2026.8.0" in words
        )
        assert "Next: run scheduler and workers from this project's image" in words
        assert not done.exists()


def test_a_worker_with_another_dask_that_joins_later_is_refused(
    run: Callable, python: Path, older: Path, tmp_path: Path
) -> None:
    """Clients warn, it ends with the same words, and the task waits for a worker that fits."""
    program = f"""
import os, subprocess, sys, threading, warnings
told, is_told = [], threading.Event()
def tell(message, *_):
    told.append(str(message))
    is_told.set()
warnings.showwarning = tell
program = client.submit(lambda: sys.executable, pure=False)
def join(python):
    words = [python, *{WORKER}, os.environ["DASK_SCHEDULER_ADDRESS"]]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
late = join({str(older)!r})
log, _ = late.communicate(timeout=180)
is_told.wait(180)
waits = program.status
fitting = join(sys.executable)
try:
    where = program.result(timeout=180)
finally:
    fitting.terminate()
    fitting.communicate()
print(json.dumps([late.returncode, log, told, waits, where]))
"""
    with scheduler(python, tmp_path) as place:
        address = json.loads(place.read_text())["address"]
        done = run(program, DASK_SCHEDULER_ADDRESS=address)
        assert done.returncode == 0, done.stderr
    code, log, told, waits, where = json.loads(done.stdout)
    [words] = told
    assert re.match(r"The worker tcp://127.0.0.1:\d+ of the cluster at tcp://127.0.0.1:", words)
    assert "has dask 2026.3.0, distributed 2026.3.0, and this project has dask 2026.8.0" in words
    assert words.endswith(
        "Next: run scheduler and workers from this project's image: nix build '.#image'"
    )
    assert [code, words in log, waits] == [1, True, "pending"], log
    assert where == str(python)


def test_a_cluster_whose_worker_dies_in_the_middle(
    run: Callable, python: Path, networks: list[str], tmp_path: Path
) -> None:
    """A real scheduler and two workers on three computers; one is killed while it works."""
    bin_ = python.parent
    scheduler, *others = networks
    running: list[psutil.Popen] = []

    def begin(network: str, *command: str) -> psutil.Popen:
        log = (tmp_path / f"{network}.log").open("w")
        started = psutil.Popen(
            [
                "ip",
                "netns",
                "exec",
                network,
                str(python),
                "-m",
                "distributed.cli." + command[0],
                *command[1:],
            ],
            stdout=log,
            stderr=log,
            cwd=tmp_path,
        )
        running.append(started)
        return started

    try:
        begin(
            scheduler, "dask_scheduler", "--host", "10.77.0.1", "--port", "8786", "--no-dashboard"
        )
        workers = [
            begin(
                name,
                "dask_worker",
                "tcp://10.77.0.1:8786",
                "--no-nanny",
                "--nthreads",
                "1",
                "--name",
                name,
                "--no-dashboard",
            )
            for name in others
        ]
        victim = tmp_path / "victim"
        body = f"""
from pathlib import Path

def square(number):
    time.sleep(0.05)
    return number * number

if __name__ == "__main__":
    client.wait_for_workers(2)
    futures = client.map(square, range(100))
    while not any(future.done() for future in futures):
        time.sleep(0.01)
    Path({str(victim)!r}).touch()
    while len(client.scheduler_info()["workers"]) > 1:
        time.sleep(0.01)
    print(sum(client.gather(futures)))
"""
        killer = _when_there(victim, workers[0].pid)
        inside = ["ip", "netns", "exec", scheduler]
        done = run(body, before=inside, DASK_SCHEDULER_ADDRESS="tcp://10.77.0.1:8786")
        killer.wait()
        assert done.stdout.split()[-1:] == [str(sum(number * number for number in range(100)))], (
            done.stderr + (tmp_path / f"{scheduler}.log").read_text()
        )
        assert bin_.exists()
        assert not workers[0].is_running() or workers[0].status() == psutil.STATUS_ZOMBIE
    finally:
        for process in running:
            process.kill()
            process.wait()


def _when_there(file: Path, pid: int) -> subprocess.Popen:
    """Kill a process once a file is there."""
    program = (
        "import os, sys, time\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        f"os.kill(int(sys.argv[2]), {int(signal.SIGKILL)})\n"
    )
    return subprocess.Popen([sys.executable, "-c", program, str(file), str(pid)])
