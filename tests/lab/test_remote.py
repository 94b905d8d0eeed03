"""nix/remote.sh, which runs on the other computer of `lab start --on`."""

import os
import signal
import subprocess
from pathlib import Path

import psutil

from driver import LAB, wait_for

REMOTE = LAB.parent / "remote.sh"
# A server of ssh that gives what it runs no process group of its own, and something else in it.
SERVER = 'sleep 1000 & echo $!; sh "$0" watched directory logs; echo over; exec sleep 1000'
OURS = "#!/bin/sh\nsleep 1000 &\necho $$ $!\nwait\n"


def test_the_end_of_a_connection_ends_what_it_has_begun_and_nothing_else(tmp_path: Path) -> None:
    lab = tmp_path / "directory/project/.nix-jupyter/lab/bin/lab"
    lab.parent.mkdir(parents=True)
    lab.write_text(OURS)
    lab.chmod(0o700)
    (tmp_path / "directory/called").write_text("./lab")
    with subprocess.Popen(
        ["sh", "-c", SERVER, REMOTE],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        assert server.stdin  # pipes, as asked for
        assert server.stdout
        try:
            other = psutil.Process(int(server.stdout.readline()))
            ours = [psutil.Process(int(pid)) for pid in server.stdout.readline().split()]
            server.stdin.close()
            assert server.stdout.readline() == "over\n"
            wait_for(lambda: not any(map(_runs, ours)), "what was begun to end")
            assert _runs(other)
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
