"""The notebook of the feature dask, as JupyterLab runs it: in the directory that it lies in."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from schedulers import WORKER, scheduler, with_worker

FEATURE = Path(__file__).resolve().parents[1]
# Twice in one kernel.
PROGRAM = """
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read("dask.ipynb", as_version=4)
notebook.cells += nbformat.read("dask.ipynb", as_version=4).cells
NotebookClient(notebook, kernel_name="python3", timeout=300).execute()
outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
print([output.text for output in outputs if output.output_type == "stream"])
texts = [output.get("data", {}).get("text/plain", "") for output in outputs]
print(sum(text.startswith("3.14") for text in texts))
"""


@pytest.fixture
def execute(python: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the notebook from its first cell to the last."""
    directory = tmp_path / "notebooks"
    shutil.copytree(FEATURE / "files" / "notebooks", directory)

    def execute(**env: str) -> subprocess.CompletedProcess[str]:
        path = f"{python.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            [python, "-c", PROGRAM],
            env={"PATH": path, "HOME": str(tmp_path), **env},
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        left = [each for each in psutil.process_iter(["cwd"]) if each.info["cwd"] == str(directory)]
        # Processes end a moment after the kernel that they belong to.
        assert psutil.wait_procs(left, timeout=30)[1] == []
        return done

    return execute


def test_the_notebook_runs_and_nothing_of_it_stays(execute: Callable) -> None:
    """Without a warning, and its workers end with the kernel."""
    done = execute()
    assert done.stdout == "[]\n2\n", done.stdout + done.stderr


def test_the_notebook_leaves_a_cluster_to_the_others_who_use_it(
    execute: Callable, python: Path, tmp_path: Path
) -> None:
    """The cluster of .env is not this notebook's to shut down."""
    with scheduler(python, tmp_path) as place:
        log = (tmp_path / "worker.log").open("w")
        worker = [python, *WORKER, "--scheduler-file", place, "--no-nanny"]
        running = subprocess.Popen(worker, cwd=tmp_path, stdout=log, stderr=log)
        try:
            address = with_worker(python, place)
            done = execute(DASK_SCHEDULER_ADDRESS=address)
            assert done.stdout == "[]\n2\n", done.stdout + done.stderr
            assert with_worker(python, place) == address
        finally:
            running.kill()
            running.wait()
