"""The feature dask on clusters: its manifests, and jobs of SLURM, whose programs stand-ins take the place of."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FEATURE = Path(__file__).resolve().parents[1]
CLUSTER, JOBQUEUE = (
    FEATURE / "files/dask" / f"{name}.yaml.ejs" for name in ("cluster", "jobqueue")
)
# They start a job at once, on this computer, and end it. An image is the Python of these tests.
PROGRAMS = {
    "sbatch": 'cp "$1" "$HOME/job"; sh "$HOME/job" >"$HOME/job.log" 2>&1 & echo $! >"$HOME/job.pid"; echo Submitted batch job 7',
    "scancel": 'echo "$@" >"$HOME/cancelled"; kill $(cat "$HOME/job.pid")',
    "apptainer": '[ "$1 $2 $3" = "exec $HOME/my-lab.sif python" ] || exit 9; shift 3; exec {python} "$@"',
}


def _made(file: Path) -> str:
    """A file as the project my-lab has it."""
    return file.read_text().replace("<%- it.slug %>", "my-lab")


@pytest.fixture
def check(python: Path, tmp_path: Path) -> Callable[..., dict]:
    """What is wrong in manifests."""

    def check(cluster: str, jobqueue: str) -> dict:
        files = [tmp_path / "cluster.yaml", tmp_path / "jobqueue.yaml"]
        for file, text in zip(files, (cluster, jobqueue), strict=True):
            file.write_text(text)
        program = Path(__file__).with_name("manifests.py")
        return json.loads(subprocess.check_output([python, program, *files]))

    return check


def test_the_manifests_are_what_their_schemas_allow(check: Callable[..., dict]) -> None:
    """The operator's own definition, and dask-jobqueue's own settings; a wrong word is found in either."""
    cluster, jobqueue = _made(CLUSTER), _made(JOBQUEUE)
    assert check(cluster, jobqueue) == {"cluster": [], "jobqueue": []}
    wrong = check(
        cluster.replace("containerPort: 8787", "containerport: 8787").replace(
            "replicas: 3", 'replicas: "3"'
        ),
        jobqueue.replace("walltime", "wall-time").replace(
            "death-timeout: 120", 'death-timeout: "120"'
        ),
    )
    assert len(wrong["cluster"]) == 3
    assert wrong["jobqueue"] == ["wall-time is not known", "death-timeout is a str"]


def test_jobs_of_slurm_work_and_nobody_else_is_answered(
    run: Callable, python: Path, tmp_path: Path
) -> None:
    """The lines of README.md, with the settings of the feature: TLS, the image's Python, and one job that is cancelled."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in PROGRAMS.items():
        file = programs / name
        file.write_text(f"#!/bin/sh\n{script.replace('{python}', str(python))}\n")
        file.chmod(0o755)
    settings = tmp_path / ".config/dask/jobqueue.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(_made(JOBQUEUE))
    [lines] = re.findall(r"```python\n(.*?)```", (FEATURE / "README.md").read_text(), re.DOTALL)
    lines = lines.replace("jobs=4", "jobs=1").replace(
        "wait_for_workers(4)", "wait_for_workers(1, timeout=180)"
    )
    body = f"""
import json, pathlib
{lines}
from distributed import Client
kept = []
assert client.submit(sum, [1, 2, 3]).result() == 6
address = client.scheduler.address
for scheme in ("tls", "tcp"):
    try:
        Client(address.replace("tls", scheme), timeout=3)
        print("answered")
    except (OSError, TypeError, ValueError) as error:
        # distributed never ends where a client is thrown away while another begins.
        kept.append(error)
threads = [each["nthreads"] for each in client.scheduler_info()["workers"].values()]
modes = [file.stat().st_mode & 0o777 for file in pathlib.Path.home().glob(".dask-jobqueue.*")]
print(json.dumps([address, threads, modes]))
cluster.close()
"""
    done = run(
        body,
        head="",
        PATH=f"{programs}:{os.environ['PATH']}",
        DASK_JOBQUEUE__SLURM__INTERFACE="lo",
    )
    log = tmp_path / "job.log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
    address, threads, modes = json.loads(done.stdout.splitlines()[-1])
    assert "answered" not in done.stdout
    assert address.startswith("tls://127.0.0.1:")
    assert threads == [4]
    job = (tmp_path / "job").read_text()
    assert "#SBATCH -t 01:00:00" in job
    assert (tmp_path / "cancelled").read_text() == "7\n"
    assert modes
    assert set(modes) == {0o600}
