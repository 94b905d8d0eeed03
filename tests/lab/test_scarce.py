"""What this computer has too little of: room on a disk, open files, streams."""

import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from driver import LAB, Lab
from strangers import needs_root


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_what_it_prints_goes_to_a_full_disk(lab: Lab) -> None:
    """The disk of the state directory is not the one that is full."""
    for command, before in (("status", ""), ("url", "my-lab is not running.\n  Next: lab start\n")):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                lab.command(command, "--json"),
                env=lab.environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        said = done.stderr.removeprefix(before)
        assert re.fullmatch(r"What lab prints cannot be written .*\n  Next: df -h\n", said)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A directory with a short path, as sockets need it, and not in /tmp."""
    with tempfile.TemporaryDirectory(prefix="run-", dir="/var/tmp") as directory:
        yield Path(directory)


@needs_root
def test_a_full_disk_of_the_kernels_sockets(lab: Lab, runtime: Path) -> None:
    """XDG_RUNTIME_DIR is a small disk in memory; sockets have room in /tmp."""
    lab.extra["XDG_RUNTIME_DIR"] = str(runtime)
    lab.check("start")
    assert lab.sockets().parent == runtime
    for process in lab.processes():
        process.kill()  # and its directory stays
    fill = f"mount -t tmpfs -o size=64k tmpfs {runtime} && mkdir -m 700 {lab.sockets()}"
    fill += f"; cat /dev/zero >{runtime}/ballast 2>/dev/null"
    lab.before = ["unshare", "--mount", "sh", "-c", f'{fill}; exec "$@"', "sh"]
    assert "Only 0 MiB are free where" in lab("doctor").stdout
    lab.check("start")
    assert lab.sockets().parent == Path("/tmp")
    lab.check("stop")

    # Nor in /tmp, which may hold this test and lab.
    keep = "mount --rbind /tmp /mnt && mount -t tmpfs -o size=64k tmpfs /tmp"
    for top in {path.parts[2] for path in (lab.home, LAB) if path.is_relative_to("/tmp")}:
        keep += f" && mkdir /tmp/{top} && mount --rbind /mnt/{top} /tmp/{top}"
    everywhere = f"{keep} && {fill}; cat /dev/zero >/tmp/ballast 2>/dev/null"
    lab.before = ["unshare", "--mount", "sh", "-c", f'{everywhere}; exec "$@"', "sh"]
    done = lab("start")
    assert done.returncode == 1
    assert re.fullmatch(
        rf"[\s\S]*The disk that holds {runtime} is full.*\n  Next: df -h {runtime}\n", done.stderr
    )
    assert lab.processes() == []


@needs_root
def test_a_disk_that_takes_no_more_files(lab: Lab) -> None:
    """`df -h` would show that there is room."""
    state = shlex.quote(str(lab.state))
    mount = f"mkdir -p {state} && mount -t tmpfs -o nr_inodes=9 tmpfs {state}"
    fill = f"for n in 1 2 3 4 5 6 7 8 9; do touch {state}/$n; done 2>/dev/null"
    lab.before = ["unshare", "--mount", "sh", "-c", f'{mount} && {fill}; exec "$@"', "sh"]
    said = f"The disk that holds {lab.state} takes no more files, and"
    done = lab("start")
    assert done.returncode == 1
    fix = f"\n  Next: df -i {state}\n"
    assert done.stderr == f"{said} there is no room for logs and logins.{fix}"
    lab.before[-2] = f'{mount} && mkdir {state}/log; {fill}; exec "$@"'
    assert f"PROBLEM  {said} nothing more can be written there." in lab("doctor").stdout


@needs_root
def test_a_disk_without_programs(lab: Lab) -> None:
    """Its scripts have their executable bits, and no chmod would help."""
    root = shlex.quote(str(lab.root))
    (lab.root / "start").write_text("#!/bin/sh\n")
    (lab.root / "start").chmod(0o755)
    mount = f"mount --bind {root} /mnt && mount -t tmpfs -o noexec tmpfs {root}"
    mount += f" && cp -a /mnt/. {root}"
    lab.before = ["unshare", "--mount", "sh", "-c", f'{mount}; exec "$@"', "sh"]
    fix = f"Next: sh {root}/start\n"
    assert f"{lab.root}/start is not executable.\n         {fix}" in lab("doctor").stdout


@needs_root
def test_a_full_disk_of_the_project_is_the_one_that_is_named(pip: Lab) -> None:
    """Writing into a file, unlike opening one, does not say where it was."""
    root = shlex.quote(str(pip.root))
    fill = f"mount --bind {root} /mnt && mount -t tmpfs -o size=64k tmpfs {root}"
    fill += f" && cp -a /mnt/. {root} && cat /dev/zero >{root}/ballast 2>/dev/null"
    pip.before = ["unshare", "--mount", "sh", "-c", f'{fill}; exec "$@"', "sh"]
    done = pip("sync")
    pip.before = []
    assert done.returncode == 1
    message = f"The disk that holds {pip.root} is full, and nothing more can be written there.\n"
    assert done.stderr.endswith(f"{message}  Next: df -h {root}\n")


def test_too_few_files_may_be_open(lab: Lab) -> None:
    lab.before = ["sh", "-c", 'ulimit -n 64 && exec "$@"', "sh"]
    done = lab("start")
    assert done.returncode == 1
    assert done.stderr == (
        "A program may open 64 files here, and lab start needs 67.\n"
        "  Next: ulimit -n 1024    or, where that is refused, a new terminal\n"
    )
    assert lab.processes() == []


def test_a_soft_limit_of_open_files_is_raised(lab: Lab) -> None:
    lab.before = ["sh", "-c", 'ulimit -Sn 64 && exec "$@"', "sh"]
    lab.check("start")
    assert lab.status()["services"]["jupyter"]["ready"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_lead_nowhere(lab: Lab, closed: str) -> None:
    lab.before = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    assert lab("start").returncode == 0
    assert lab("status").returncode == 0
    lab.before = []
    assert lab.status()["services"]["jupyter"]["ready"]
