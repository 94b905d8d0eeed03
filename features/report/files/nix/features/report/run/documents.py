"""Writes what came of a run: the notebook, and by pandoc the same as HTML and as PDF."""

import itertools
import shlex
import shutil
import subprocess
import tempfile
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from origin import readable
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


def check_directory(directory: Path) -> None:
    """Raises Mistake where nothing can be written there: found now, and not after hours of work."""
    try:
        directory.mkdir(exist_ok=True)
        tempfile.TemporaryDirectory(dir=directory, prefix=".part-").cleanup()
    except OSError as error:
        message = f"{directory} cannot be written: {error.strerror}."
        raise Mistake(message, f"ls -ld {shlex.quote(str(directory))}", 1) from None


def write(
    notebook: NotebookNode, end: str, source: Path, directory: Path
) -> tuple[dict[str, Path], list[str]]:
    """Writes a notebook that was run, and its documents, under a name that has not been there.

    `end` is Markdown for the end of the documents. `source` is the notebook that was run: its texts name pictures from
    there. Gives the files, and why others could not be made; the notebook itself may have taken hours, and is always kept.
    """
    try:
        files = {"notebook": _keep(notebook, directory, source)}
    except OSError as error:
        # The disk may be full; that of the temporary directory is often another one.
        elsewhere = Path(tempfile.mkdtemp(prefix="lab-run-"))
        files = {"notebook": _keep(notebook, elsewhere, source)}
        return files, [
            f"{directory} cannot be written: {error.strerror}. The copy is in {elsewhere}"
        ]
    try:
        return files, _convert(notebook, end, source, files)
    except OSError as error:
        return files, [f"{directory} cannot be written: {error.strerror}."]


def _convert(notebook: NotebookNode, end: str, source: Path, files: dict[str, Path]) -> list[str]:
    """Adds the documents to the files. Gives why some could not be made."""
    problems = []
    directory = files["notebook"].parent
    with tempfile.TemporaryDirectory(dir=directory, prefix=".part-") as part:
        longer = Path(part, "longer.ipynb")
        nbformat.write(_with_end(notebook, end), longer)
        for kind, options in KINDS.items():
            made = Path(part, f"made.{kind}")
            title = f"--metadata=pagetitle={readable(source.stem)}"
            more = [title, f"--resource-path={source.parent}", *options]
            command = ["pandoc", *READ, *more, f"--output={made}", str(longer)]
            done = subprocess.run(command, cwd=part, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                files[kind] = made.replace(files["notebook"].with_suffix(f".{kind}"))
            else:
                problems.append(f"pandoc could not write {kind.upper()}: {done.stderr.strip()}")
    return problems


def _keep(notebook: NotebookNode, directory: Path, source: Path) -> Path:
    """Whole, or not at all."""
    file = _claim(directory, source.stem)
    try:
        with tempfile.TemporaryDirectory(dir=directory, prefix=".part-") as part:
            whole = Path(part, "whole.ipynb")
            nbformat.write(notebook, whole)
            return whole.replace(file)
    except BaseException:
        file.unlink()
        raise


def _claim(directory: Path, name: str) -> Path:
    """An empty file: of two runs in one second, each has its own. Names have at most 255 bytes, ends included."""
    short = readable(name).encode()[:200].decode(errors="ignore")
    base = f"{short}-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    for number in itertools.count(1):
        file = directory / f"{base if number == 1 else f'{base}-{number}'}.ipynb"
        try:
            file.touch(exist_ok=False)
        except FileExistsError:
            continue
        return file
    raise AssertionError


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
