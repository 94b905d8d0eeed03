"""Runs the cells of a notebook, in a kernel that only this user can reach."""

import math
import os
import shlex
import sys
import tempfile
import time
import warnings
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbformat.validator import normalize
from traitlets.config import Config
from words import Mistake, without_colours

MARK = "NIX_JUPYTER_RUN"  # an environment variable, which all that the notebook starts inherits
LATE_SECONDS = 20
LONGEST = 70  # bytes of a directory for sockets: a whole name may have 103 on macOS


def load(file: Path) -> NotebookNode:
    """Reads a notebook. Raises Mistake where the file is none, or is for another kernel."""
    try:
        # Cells without ids, as programs write them, get some. That is no news to anybody.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, notebook = normalize(nbformat.read(file, as_version=4))
        nbformat.validate(notebook)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise Mistake(
            f"{file} cannot be read as a notebook: {reason}",
            f"open it: lab start, then {file.name}",
            1,
        ) from None
    language = _language(notebook)
    if language.lower() not in ("", "python", "ipython"):
        message = f"{file} is a notebook in {language}, and lab run has a kernel for Python alone."
        raise Mistake(
            message, f"where it is Python: lab start, then choose Python 3 in {file.name}"
        )
    return notebook


def _language(notebook: NotebookNode) -> str:
    metadata = notebook.metadata
    found = (
        metadata.get("kernelspec", {}).get("language"),
        metadata.get("language_info", {}).get("name"),
    )
    return next(filter(None, found), "")


def execute(notebook: NotebookNode, directory: Path, seconds: int | None) -> str | None:
    """Runs all cells in the directory, in place, for so long at most. Gives what stopped it, or None if nothing did."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    os.environ[MARK] = str(os.getpid())
    # Sockets in a directory of this user's own: on a port, everybody on the computer could read
    # what the cells print. The names are short, because those of sockets have to be.
    usual = tempfile.gettempdir()
    short = usual if len(os.fsencode(usual)) <= LONGEST else "/tmp"
    with tempfile.TemporaryDirectory(prefix="lab-", dir=short) as own:
        manager = {"transport": "ipc", "connection_file": f"{own}/k.json"}
        client = NotebookClient(
            notebook,
            # What a cell has shown may still be on its way when it is done. Of what never arrives, nothing must look whole.
            iopub_timeout=LATE_SECONDS,
            raise_on_iopub_timeout=True,
            record_timing=False,
            kernel_name="python3",
            resources={"metadata": {"path": str(directory)}},
            config=Config({"KernelManager": manager}),
            on_cell_start=_Progress(notebook),
        )
        try:
            # Not client.execute(): its own handling of signals fails when a signal comes.
            with client.setup_kernel():
                return _run_cells(client, seconds)
        finally:
            _Progress.clear()


def _run_cells(client: NotebookClient, seconds: int | None) -> str | None:
    end = time.monotonic() + (seconds or 0)
    try:
        for index, cell in enumerate(client.nb.cells):
            left = math.ceil(end - time.monotonic())
            if seconds and left <= 0:
                raise CellTimeoutError
            client.timeout = seconds and left
            client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
        client.set_widgets_metadata()
    except CellExecutionError as error:
        if error.ename == "StdinNotImplementedError":
            return "it asks a question, which nobody can answer here. Make it a parameter, for -p."
        return f"{error.ename}: {without_colours(error.evalue)}"
    except CellTimeoutError:
        client.shutdown_kernel = "immediate"
        if not seconds or time.monotonic() < end:
            return _shown_in(cell, "it shows more than can be taken in, and outputs are lost.")
        return _shown_in(cell, f"it took longer than {seconds} seconds.")
    except DeadKernelError:
        return _shown_in(cell, "the kernel has ended. Was there enough memory?")
    except (KeyboardInterrupt, SystemExit):
        # It is busy, and asked to end it would only complain.
        client.shutdown_kernel = "immediate"
        raise
    return None


def left_running() -> list[str]:
    """What the notebook has started, and has not ended."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(os.getpid()):
                found.append(f"{shlex.join(process.cmdline())[:200]} (process {process.pid})")
        except psutil.Error:
            continue
    return found


def _shown_in(cell: NotebookNode, reason: str) -> str:
    """The same, also as the last output of the cell that it stopped in: Python could no longer say it there."""
    cell.outputs.append(new_output("error", ename="Stopped", evalue=reason, traceback=[reason]))
    return reason


class _Progress:
    """One line on a terminal that says how far it is; elsewhere nothing."""

    def __init__(self, notebook: NotebookNode) -> None:
        self.of = sum(cell.cell_type == "code" for cell in notebook.cells)
        self.at = 0

    def __call__(self, cell: NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "code" and sys.stderr.isatty():
            self.at += 1
            print(
                f"\r\033[KRunning cell {self.at} of {self.of} …",
                end="",
                file=sys.stderr,
                flush=True,
            )

    @staticmethod
    def clear() -> None:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
