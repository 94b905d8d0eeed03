"""`lab run` with notebooks of others, which do what nobody expects: what they have done beside is said."""

import json
import os
import signal
import subprocess
from pathlib import Path

from scenes import Scene


def test_files_that_git_tracks_and_a_run_has_changed_or_deleted_are_named(scene: Scene) -> None:
    scene.notebook("mine.ipynb", "1")
    (scene.root / ".gitignore").write_text("reports\n")
    delete = "import os\nfor file in ('mine.ipynb', 'deletes.ipynb'): os.remove(file)\n"
    scene.notebook("deletes.ipynb", delete + "open('new.txt', 'w')")
    (scene.root / "before.txt").write_text("one\n")
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-C", str(scene.root)]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    (scene.root / "before.txt").write_text("two\n")
    done = scene("notebooks/deletes.ipynb")
    assert done.returncode == 0
    names = "notebooks/deletes.ipynb, notebooks/mine.ipynb"
    assert done.stderr == f"While it ran, these files of the project changed: {names}\n"


def test_what_a_notebook_leaves_running_is_named(scene: Scene) -> None:
    start = "print(subprocess.Popen(['sleep', '987'], start_new_session=True).pid)"
    scene.notebook("leaves.ipynb", f"import subprocess\n{start}")
    done = scene("notebooks/leaves.ipynb", "--json")
    (note,) = json.loads(done.stdout)["notes"]
    kept = Path(json.loads(done.stdout)["files"]["notebook"])
    (output,) = json.loads(kept.read_text())["cells"][0]["outputs"]
    process = int("".join(output["text"]))
    os.kill(process, signal.SIGKILL)
    assert note == f"What it has started still runs: sleep 987 (process {process})"
    assert done.returncode == 0


def test_a_kernel_that_is_not_here_is_named(scene: Scene) -> None:
    file = scene.notebook("conda.ipynb", "1")
    file.write_text(file.read_text().replace('"python3"', '"conda-env-ann-py"'))
    said = 'It is for the kernel "conda-env-ann-py", and ran with the Python of this project.\n'
    assert scene("notebooks/conda.ipynb").stderr == said


def test_a_question_is_no_reason_to_wait(scene: Scene) -> None:
    for ask in ("input('Who? ')", "import getpass\ngetpass.getpass()"):
        scene.notebook("asks.ipynb", ask)
        done = scene("notebooks/asks.ipynb")
        assert done.returncode == 1
        assert "stopped: it asks a question, which nobody can answer here. Make it" in done.stderr


def test_what_an_error_says_is_not_for_the_terminal_to_act_on(scene: Scene) -> None:
    scene.notebook("rude.ipynb", r"raise ValueError('\x1b]0;title\x07\x1b[2J\x9b2J\rgone é')")
    done = scene("notebooks/rude.ipynb")
    assert "gone é\n" in done.stderr
    assert not {*done.stderr} & {*"\x1b\x07\x9b\r"}
