"""Writes what came of a run: the notebook, and by pandoc the same as HTML and as PDF."""

import itertools
import shutil
import subprocess
import tempfile
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from words import Mistake, without_colours

HERE = Path(__file__).parent
READ = ["--from=ipynb", "--ipynb-output=all", f"--lua-filter={HERE / 'outputs.lua'}"]
KINDS = {
    # In one file, which asks nobody for anything: pictures inside, formulas as MathML.
    "html": [
        "--standalone",
        "--embed-resources",
        "--mathml",
        f"--include-in-header={HERE / 'report.html'}",
    ],
    "pdf": ["--pdf-engine=typst"],
}


def check_programs() -> None:
    """Raises Mistake where the programs are missing, as in a shell from before the feature was added."""
    for program in ("pandoc", "typst"):
        if not shutil.which(program):
            fix = f"add pkgs.{program} to packages in flake.nix, then: nix develop"
            raise Mistake(
                f"{program} is missing, which lab run needs to write HTML and PDF.", fix, 1
            )


def write(
    notebook: NotebookNode, end: str, source: Path, directory: Path
) -> tuple[dict[str, Path], list[str]]:
    """Writes a notebook that was run, and its documents, under a name that has not been there.

    `end` is Markdown for the end of the documents. `source` is the notebook that was run: its texts name pictures from
    there. Gives the files, and why others could not be made; the notebook itself may have taken hours, and is always kept.
    """
    directory.mkdir(exist_ok=True)
    files = {"notebook": _claim(directory, source.stem)}
    problems = []
    with tempfile.TemporaryDirectory(dir=directory, prefix=".part-") as part:
        _replace(notebook, files["notebook"], Path(part, "whole.ipynb"))
        longer = Path(part, "longer.ipynb")
        nbformat.write(_with_end(notebook, end), longer)
        for kind, options in KINDS.items():
            made = Path(part, f"made.{kind}")
            more = [f"--metadata=pagetitle={source.stem}", f"--resource-path={source.parent}"]
            command = ["pandoc", *READ, *more, *options, f"--output={made}", str(longer)]
            done = subprocess.run(command, cwd=part, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                files[kind] = made.replace(files["notebook"].with_suffix(f".{kind}"))
            else:
                problems.append(f"pandoc could not write {kind.upper()}: {done.stderr.strip()}")
    return files, problems


def _claim(directory: Path, name: str) -> Path:
    """An empty file: of two runs in one second, each has its own."""
    base = f"{name}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    for number in itertools.count(1):
        file = directory / f"{base if number == 1 else f'{base}-{number}'}.ipynb"
        try:
            file.touch(exist_ok=False)
        except FileExistsError:
            continue
        return file
    raise AssertionError


def _replace(notebook: NotebookNode, file: Path, part: Path) -> None:
    """Whole, or not at all."""
    nbformat.write(notebook, part)
    part.replace(file)


def _with_end(notebook: NotebookNode, end: str) -> NotebookNode:
    """Also without the colours of terminals, which pandoc takes for text."""
    longer = deepcopy(notebook)
    for output in (one for cell in longer.cells for one in cell.get("outputs", [])):
        if output.output_type == "stream":
            output.text = without_colours(output.text)
        elif output.output_type == "error":
            output.traceback = [without_colours(line) for line in output.traceback]
    longer.cells.append(new_markdown_cell(end))
    return longer
