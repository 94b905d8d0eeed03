"""Real schedulers of this computer, for tests, and what joins them."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCAL = ["--host", "127.0.0.1", "--no-dashboard"]
WORKER = ["-m", "distributed.cli.dask_worker", *LOCAL]


@contextmanager
def scheduler(python: Path, directory: Path) -> Iterator[Path]:
    """A scheduler, by the file that says where it is."""
    place = directory / "scheduler.json"
    words = [python, "-m", "distributed.cli.dask_scheduler", *LOCAL, "--port", "0"]
    log = (directory / "scheduler.log").open("w")
    words += ["--scheduler-file", place]
    running = subprocess.Popen(words, cwd=directory, stdout=log, stderr=log)
    try:
        while not (place.exists() and place.read_text().endswith("}")):
            assert running.poll() is None, (directory / "scheduler.log").read_text()
            time.sleep(0.05)
        yield place
    finally:
        running.kill()
        running.wait()


def with_worker(python: Path, place: Path) -> str:
    """Wait until a worker has joined a scheduler, and give the address."""
    program = (
        "import sys\n"
        "from distributed import Client\n"
        "client = Client(scheduler_file=sys.argv[1])\n"
        "client.wait_for_workers(1, timeout=180)\n"
        "print(client.scheduler.address)\n"
    )
    words = [python, "-W", "ignore", "-c", program, place]
    return subprocess.run(
        words, capture_output=True, text=True, check=True, timeout=200
    ).stdout.strip()
