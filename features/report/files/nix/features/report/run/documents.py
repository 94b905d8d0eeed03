"""Writes what came of a run: the notebook, and by pandoc the same as HTML and as PDF."""

import itertools
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from origin import readable
from words import Mistake, without_colours

HERE = Path(__file__).parent
MOST = 500_000  # characters of outputs: pandoc and typst take a thousand times as much memory
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


class Written(NamedTuple):
    """The files, why others could not be made, and what the documents do not have in them."""

    files: dict[str, Path]
    problems: list[str]
    notes: list[str]


def write(notebook: NotebookNode, end: str, source: Path, directory: Path) -> Written:
    """Writes a notebook that was run, and its documents, under a name that has not been there.

    `end` is Markdown for the end of the documents. `source` is the notebook that was run: its texts name pictures from
    there. The notebook itself may have taken hours, and is always kept.
    """
    written = Written({}, [], [])
    try:
        written.files["notebook"] = _keep(notebook, directory, source)
    except OSError as error:
        # The disk may be full; that of the temporary directory is often another one.
        elsewhere = Path(tempfile.mkdtemp(prefix="lab-run-"))
        written.files["notebook"] = _keep(notebook, elsewhere, source)
        what = f"{directory} cannot be written: {error.strerror}."
        written.problems.append(f"{what} The copy is in {elsewhere}")
        return written
    try:
        _convert(_with_end(notebook, end), source, written)
    except OSError as error:
        written.problems.append(f"{directory} cannot be written: {error.strerror}.")
    return written


def _convert(notebook: NotebookNode, source: Path, written: Written) -> None:
    """Adds the documents."""
    kept = written.files["notebook"]
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".part-") as part:
        whole = Path(part, "whole.ipynb")
        nbformat.write(notebook, whole)
        # A list of directories has colons between them, so that none may be in their names.
        Path(part, "source").symlink_to(source.parent)
        for kind, options in KINDS.items():
            made = Path(part, f"made.{kind}")
            title = f"--metadata=pagetitle={readable(source.stem)}"
            more = [title, "--resource-path=source", *options, f"--output={made}"]
            command = ["pandoc", *READ, *more, str(whole)]
            done = subprocess.run(command, cwd=part, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                written.files[kind] = made.replace(kept.with_suffix(f".{kind}"))
                written.notes.extend(_missing(done.stderr, written.notes))
            else:
                said = done.stderr.strip()
                written.problems.append(f"pandoc could not write {kind.upper()}: {said}")


def _missing(said: str, known: list[str]) -> list[str]:
    """What pandoc could not get, such as a picture that is not there or is on a server: each once."""
    names = re.findall(r"^\[WARNING\] Could not fetch resource (.+?)(?:: .*)?$", said, re.MULTILINE)
    notes = [f"{name} could not be fetched, and is not in the documents." for name in names]
    return [note for note in dict.fromkeys(notes) if note not in known]


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
    """Also without the colours of terminals, which pandoc takes for text, and with what is very long shortened."""
    longer = deepcopy(notebook)
    outputs = [output for cell in longer.cells for output in cell.get("outputs", [])]
    places = [place for output in outputs for place in _texts(output)]
    longest = MOST
    while sum(min(longest, len(where[key])) for where, key in places) > MOST:
        longest //= 2
    for where, key in places:
        text = without_colours(where[key])
        if len(text) > longest:
            half = longest // 2
            note = f"\n… {len(text) - 2 * half} characters are in the notebook alone …\n"
            text = text[:half] + note + text[len(text) - half :]
        where[key] = text
    longer.cells.append(new_markdown_cell(end))
    return longer


def _texts(output: NotebookNode) -> Iterator[tuple[Any, Any]]:
    """Where its texts are: a thing, and the name or number of the text in it."""
    if output.output_type == "stream":
        yield output, "text"
    elif output.output_type == "error":
        output.traceback = ["\n".join(output.traceback)]
        yield output.traceback, 0
    elif "text/plain" in output.data:
        yield output.data, "text/plain"
