"""`lab start --again`: stopped, and started with what the files say now."""

import shlex

import psutil

from driver import Lab, wait_for
from venvs import want


def test_start_again_in_a_terminal_of_jupyterlab_which_ends_with_it(running: Lab) -> None:
    script = shlex.join(["exec", "env", "NIX_JUPYTER_CALLED=./lab", *running.command()])
    (running.root / "lab").write_text(f'{script} "$@"\n')
    running.facts["services"]["server"]["command"] = "python -u server.py"
    running.write_facts()
    before = running.pid()
    terminal = psutil.Process(before)  # what JupyterLab runs gets its environment
    marks = {name: value for name, value in terminal.environ().items() if "NIX_JUPYTER" in name}
    running.extra |= marks
    done = running("start", "--again")
    assert (done.returncode, done.stdout) == (143, "")
    running.extra.clear()
    wait_for(lambda: all(each["ready"] for each in running.status()["services"].values()), "it")
    assert running.pid() != before
    assert "-u" in psutil.Process(running.pid("server")).cmdline()


def test_start_again_of_what_does_not_run(lab: Lab) -> None:
    assert "my-lab is running." in lab.check("start", "--again")


def test_start_again_where_the_venv_cannot_be_filled(pip: Lab) -> None:
    pip.check("start")
    before = pip.pid()
    want(pip, "nowhere==1.0", "second")
    done = pip("start", "--again")
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert pip.pid() == before
