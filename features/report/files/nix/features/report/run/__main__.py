"""`lab run NOTEBOOK`: runs a copy of a notebook with parameters, and writes what came of it into reports/."""

import json
import os
import signal
import sys
from pathlib import Path

from words import HELP, Mistake, Words, read

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
    failure = execution.execute(notebook, words.notebook.parent, words.seconds)
    notebook.metadata["nix_jupyter"] = made_from
    files, problems, notes = documents.write(
        notebook, origin.table(made_from), words.notebook, ROOT / "reports"
    )
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
        print(line, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
