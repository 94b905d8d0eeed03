"""`lab run NOTEBOOK`: runs a copy of a notebook with parameters, and writes what came of it into reports/."""

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from words import HELP, Mistake, Words, read

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(os.environ["NIX_JUPYTER_ROOT"])


def main() -> int:
    """Runs the notebook and prints where its report is. Gives the exit code: 1 where a cell has failed."""
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _leave)
    try:
        words = read(sys.argv[1:], ROOT)
        if not words:
            print(HELP)
            return 0
        return run(words)
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return mistake.code
    except KeyboardInterrupt:
        return 130


def _leave(signum: int, frame: object) -> None:
    """Like Ctrl-C: the kernel ends, too."""
    sys.exit(128 + signum)


def run(words: Words) -> int:
    """Everything that can be wrong is found before the first cell runs."""
    import documents
    import execution
    import origin
    import parameters

    documents.check_programs()
    notebook = execution.load(words.notebook)
    parameters.put_into(notebook, words.parameters)
    documents.check_directory(ROOT / "reports")
    made_from = origin.of(ROOT, words.notebook, words.parameters)
    before = origin.changes(ROOT)
    failure = execution.execute(notebook, words.notebook.parent, words.seconds)
    notebook.metadata["nix_jupyter"] = made_from
    files, problems, notes = documents.write(
        notebook, origin.table(made_from), words.notebook, ROOT / "reports"
    )
    notes += _noticed(notebook, sorted(origin.changes(ROOT) - before), execution.left_running())
    if failure:
        problems.insert(0, f"{words.typed} stopped: {failure}")
    if words.json:
        names = {kind: str(file) for kind, file in files.items()}
        print(
            json.dumps(
                {"files": names, "problems": problems, "notes": notes, "made_from": made_from},
                indent=2,
            )
        )
    else:
        for file in files.values():
            print(os.path.relpath(file))
    for line in [*problems, *notes]:
        # What a notebook says is not for the terminal to act on.
        print(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", line), file=sys.stderr)
    return 1 if problems else 0


def _noticed(notebook: "NotebookNode", changed: list[str], running: list[str]) -> list[str]:
    """What has happened beside what is in the notebook."""
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    notes = []
    if not kernel.startswith("python"):
        notes.append(f'It is for the kernel "{kernel}", and ran with the Python of this project.')
    if changed:
        names = ", ".join(line[2:].strip() for line in changed)
        notes.append(f"While it ran, these files of the project changed: {names}")
    if running:
        notes.append(f"What it has started still runs: {', '.join(running)}")
    return notes


if __name__ == "__main__":
    sys.exit(main())
