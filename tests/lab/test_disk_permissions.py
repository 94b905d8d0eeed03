"""A home directory on a disk that keeps no permissions, as some shares and drives of Windows."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driver import Lab
from strangers import needs_root

needs_fuse = pytest.mark.skipif(
    not (shutil.which("bindfs") and Path("/dev/fuse").exists()), reason="there is no bindfs"
)


@pytest.fixture(params=["ignore", "deny"])
def open_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where everybody may do everything, and chmod says that it worked, or that it may not."""
    below, disk = tmp_path / "below", tmp_path / "disk"
    below.mkdir()
    disk.mkdir()
    options = ["--perms=0777", f"--chmod-{request.param}", "-o", "allow_other"]
    subprocess.run(["bindfs", *options, below, disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


@needs_root
@needs_fuse
def test_no_secret_is_written_where_others_can_read_it(
    make: Callable[..., Lab], open_disk: Path
) -> None:
    lab = make()
    private = lab.state
    lab.state = open_disk / "state"
    lab.state.mkdir()
    lab.write_facts()
    assert stat.S_IMODE(lab.state.stat().st_mode) == 0o777
    done = lab("start", "--no-open")
    assert done.returncode == 1
    assert done.stderr == (
        f"Other users can read {lab.state}, because its disk keeps no permissions.\n"
        "  Next: env XDG_STATE_HOME=/some/directory lab start --no-open\n"
    )
    assert os.listdir(lab.state) == []
    lab.state = private
