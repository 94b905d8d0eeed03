"""`lab run` where something ends it: a cell, a kernel, a mistake, a signal, another run."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from documents import Page, text_of
from scenes import Scene


def test_a_cell_that_fails_is_the_end_and_the_report_shows_it(scene: Scene) -> None:
    scene.notebook("fails.ipynb", "print('before')", "1 / 0", "print('after')")
    done = scene("notebooks/fails.ipynb")
    assert done.returncode == 1
    assert done.stderr == "notebooks/fails.ipynb stopped: ZeroDivisionError: division by zero\n"
    _, page, document = done.stdout.splitlines()
    shown = "".join(Page((scene.root / page).read_text()).words)
    assert "before\n" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "after\n" not in shown
    assert "ZeroDivisionError" in text_of(scene.root / document)


def test_a_kernel_that_ends_is_named(scene: Scene) -> None:
    scene.notebook("ends.ipynb", "import os\nos._exit(1)")
    done = scene("notebooks/ends.ipynb")
    assert done.returncode == 1
    assert "stopped: the kernel has ended. Was there enough memory?" in done.stderr
    assert "Was there enough memory?" in (scene.root / done.stdout.splitlines()[1]).read_text()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "lab run takes the path of one notebook."),
        (["a.ipynb", "b.ipynb"], "lab run takes the path of one notebook."),
        (["notebooks/none.ipynb"], "There is no notebook notebooks/none.ipynb."),
        (["notebooks/report.ipynb", "-p", "days"], '-p takes NAME=VALUE, and got "days".'),
        (["notebooks/report.ipynb", "-p", "if=1"], '-p takes NAME=VALUE, and got "if=1".'),
        (["notebooks/report.ipynb", "--timeout", "1m"], "--timeout takes a number of seconds"),
        (["notebooks/report.ipynb", "--timeout"], "--timeout takes a number of seconds"),
        (["notebooks/report.ipynb", "--to"], 'Unknown option "--to" of lab run.'),
        (["notebooks/report.ipynb", "-p", "day=1"], 'no parameter "day". Did you mean "days"?'),
        (["notebooks/plain.ipynb", "-p", "x=1"], 'no code cell with the tag "parameters"'),
        (["notebooks/text.ipynb"], "cannot be read as a notebook"),
        (["notebooks/other.ipynb"], "is a notebook in R, and lab run has a kernel for Python"),
        (["notebooks/only-text.ipynb", "-p", "x=1"], 'no code cell with the tag "parameters"'),
        (["notebooks/report.ipynb", "-p", "days=[1e999]"], "1e999 is too large for a number."),
        (["notebooks/report.ipynb", "-p", "city=\udcff"], "The value of city is not in UTF-8."),
    ],
)
def test_mistakes_are_said_before_anything_runs(scene: Scene, words: list, message: str) -> None:
    mark = scene.root / "ran"
    scene.notebook("plain.ipynb", f"open({str(mark)!r}, 'w')")
    (scene.root / "notebooks/text.ipynb").write_text("no notebook")
    changed = json.loads(scene.notebook("other.ipynb", "1").read_text())
    changed["metadata"] = {
        "kernelspec": {"name": "ir", "display_name": "R"},
        "language_info": {"name": "R"},
    }
    (scene.root / "notebooks/other.ipynb").write_text(json.dumps(changed))
    tagged = {"cell_type": "markdown", "id": "x", "metadata": {"tags": ["parameters"]}}
    changed |= {"cells": [tagged | {"source": "x = 0"}], "metadata": {}}
    (scene.root / "notebooks/only-text.ipynb").write_text(json.dumps(changed))
    done = scene(*words)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert "\n  Next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists()
    assert scene.made() == []


@pytest.mark.parametrize("place", ["before", "while it runs"])
def test_hours_of_work_are_not_lost_where_reports_cannot_be_written(
    scene: Scene, place: str
) -> None:
    reports, mark = scene.root / "reports", scene.root / "ran"
    ruin = f"from pathlib import Path\nPath({str(mark)!r}).touch()\n"
    if place == "before":
        reports.touch()
    else:
        ruin += f"Path({str(reports)!r}).rmdir()\nPath({str(reports)!r}).touch()\n"
    scene.notebook("long.ipynb", f"{ruin}print('computed')")
    # Longer than the name of a socket may be.
    temporary = scene.root.parent / ("long" * 25)
    temporary.mkdir()
    done = scene("notebooks/long.ipynb", TMPDIR=str(temporary))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{reports} cannot be written: " in done.stderr
    assert mark.exists() == (place != "before")
    if place == "before":
        assert "\n  Next: ls -ld " in done.stderr
    else:
        copy = (scene.root / done.stdout.strip()).resolve()
        assert f"The copy is in {copy.parent}\n" in done.stderr
        assert "computed" in copy.read_text()


def test_odd_names_and_cells_without_ids_are_no_problem(scene: Scene) -> None:
    whole = json.loads(scene.notebook("plain.ipynb", "print(6 * 7)").read_text())
    del whole["cells"][0]["id"]
    for name in ("ü" * 120 + ".ipynb", "\udcff.ipynb"):
        (scene.root / "notebooks" / name).write_text(json.dumps(whole))
        done = scene(f"notebooks/{name}")
        assert (done.returncode, done.stderr) == (0, "")
    assert len(scene.made()) == 6


def test_a_notebook_is_named_from_where_the_user_is_and_so_is_what_helps(scene: Scene) -> None:
    scene.notebook("plain.ipynb", "1")
    near = scene.root / "notebooks"
    called = {"cwd": near, "env": scene.env | {"NIX_JUPYTER_CALLED": "../lab"}}
    told = {"capture_output": True, "text": True}
    done = subprocess.run([*scene.command, "plain.ipynb"], check=False, **called, **told)
    assert done.returncode == 0, done.stderr
    assert (near / done.stdout.splitlines()[0]).exists()
    for words, fix in ((["none.ipynb"], "ls ."), (["--to"], "../lab run --help")):
        done = subprocess.run([*scene.command, *words], check=False, **called, **told)
        assert done.stderr.endswith(f"\n  Next: {fix}\n")


def test_missing_programs_are_said_before_anything_runs(scene: Scene) -> None:
    done = scene("notebooks/report.ipynb", PATH="/usr/bin:/bin")
    assert done.returncode == 1
    assert "is missing, which lab run needs" in done.stderr
    assert scene.made() == []


def test_two_runs_at_once_have_names_of_their_own(scene: Scene) -> None:
    runs = [
        subprocess.Popen(
            [*scene.command, "notebooks/report.ipynb"], cwd=scene.root, env=scene.env, stdout=-1
        )
        for _ in range(2)
    ]
    printed = [run.communicate()[0].decode().splitlines() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert len({*printed[0], *printed[1]}) == 6
    assert len(os.listdir(scene.root / "reports")) == 6


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_nobody_else_can_reach_the_kernel_and_a_signal_leaves_nothing(
    scene: Scene, signum: int, code: int
) -> None:
    import psutil

    ready = scene.root / "ready"
    wait = f"from pathlib import Path\nimport time\nPath({str(ready)!r}).touch()\ntime.sleep(600)"
    scene.notebook("waits.ipynb", wait)
    run = subprocess.Popen(
        [*scene.command, "notebooks/waits.ipynb"], cwd=scene.root, env=scene.env, stderr=-1
    )
    deadline = time.monotonic() + 180
    while not ready.exists():
        assert time.monotonic() < deadline and run.poll() is None
        time.sleep(0.05)
    process = psutil.Process(run.pid)
    children = process.children(recursive=True)
    assert children
    (connection,) = {
        word for each in children for word in each.cmdline() if word.endswith("k.json")
    }
    assert json.loads(Path(connection).read_text())["transport"] == "ipc"
    assert Path(connection).parent.stat().st_mode & 0o077 == 0
    run.send_signal(signum)
    errors = run.communicate(timeout=180)[1].decode()
    assert run.returncode == code, errors
    assert errors == ""
    _, alive = psutil.wait_procs(children, timeout=180)
    assert alive == []
    assert scene.made() == []


def test_a_notebook_that_takes_too_long_is_stopped_and_the_report_has_what_there_was(
    scene: Scene,
) -> None:
    scene.notebook("loops.ipynb", "print('before')", "print('begun', flush=True)\nwhile True: pass")
    done = scene("notebooks/loops.ipynb", "--timeout", "2")
    assert done.returncode == 1
    assert done.stderr == "notebooks/loops.ipynb stopped: it took longer than 2 seconds.\n"
    shown = "".join(Page((scene.root / done.stdout.splitlines()[1]).read_text()).words)
    for words in ("before\n", "begun\n", "it took longer than 2 seconds."):
        assert words in shown
    scene.notebook("quick.ipynb", "import time", *["time.sleep(0.7)"] * 4)
    assert scene("notebooks/quick.ipynb", "--timeout", "60").returncode == 0
    assert "than 2 seconds" in scene("notebooks/quick.ipynb", "--timeout", "2").stderr
