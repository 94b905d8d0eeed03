"""What the project's Python and JupyterLab load: nothing slow that is needed later at most."""

import json
import subprocess
from pathlib import Path

import pytest

from driver import ENVIRONMENT, LAB, Lab

LOADED = """
import importlib.util, sys
import nbformat
from jsonschema import FormatChecker
assert "lark" not in sys.modules, "the grammar is loaded"
assert importlib.util.find_spec("rfc3987_syntax").origin
check = FormatChecker().conforms
print([check(text, "iri") for text in ("http://ex.org/é", "no address", "https://a.b/")])
import rfc3987_syntax
print("lark" in sys.modules, rfc3987_syntax.__file__ == rfc3987_syntax.__spec__.origin)
"""
WHOLE = """
from rfc3987_syntax import is_valid_syntax_iri, is_valid_syntax
print(is_valid_syntax_iri("https://a.b/"), is_valid_syntax("iri", "no address"))
"""


def run(lab: Lab, program: str) -> str:
    """Run a program in JupyterLab's Python, with the path of lab's jupyter.py: what it prints."""
    done = subprocess.run(
        [ENVIRONMENT / "bin" / "python3", "-c", program, LAB / "services" / "jupyter.py"],
        env=lab.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_grammar_of_addresses_is_loaded_when_one_is_checked(lab: Lab) -> None:
    assert run(lab, LOADED) == "[True, False, True]\nTrue True\n"
    assert run(lab, WHOLE) == "True False\n"


KERNELS = """
import json, runpy, sys
from jupyter_client.kernelspec import KernelSpecManager
usual = KernelSpecManager().kernel_dirs
for name in [name for name in sys.modules if name.partition(".")[0] == "IPython"]:
    del sys.modules[name]
runpy.run_path(sys.argv[1])["postpone_ipython"]()
manager = KernelSpecManager()
assert manager.find_kernel_specs()
assert "IPython" not in sys.modules, "IPython is loaded"
print(json.dumps([usual, manager.kernel_dirs]))
from jupyter_server.nbconvert import handlers
handlers.get_exporter("html")
assert "IPython" in sys.modules, "two threads would load it at once"
"""


def test_ipython_is_left_to_the_kernels(lab: Lab) -> None:
    """The directories of kernels are those that Jupyter itself searches, but the one of IPython."""
    usual, ours = json.loads(run(lab, KERNELS))
    assert ours
    assert [directory for directory in usual if directory not in ours] == [usual[-1]]
    assert Path(usual[-1]).name == "kernels"


@pytest.mark.jupyterlab
def test_neither_node_nor_npm_is_asked(lab: Lab, tmp_path: Path) -> None:
    directory = tmp_path / "node"
    directory.mkdir()
    asked = directory / "asked"
    for name in ("node", "npm"):
        program = directory / name
        program.write_text(f"#!/bin/sh\necho {name} \"$@\" >>'{asked}'\n")
        program.chmod(0o755)
    path = lab.environment()["PATH"]
    lab.extra = {"PATH": f"{directory}:{path}"}
    lab.check("start")
    assert not asked.exists(), asked.read_text()


@pytest.mark.parametrize("words", ["status", "url", "logs", "start --no-open"])
def test_what_looks_at_a_running_project_loads_little(shared: Lab, words: str) -> None:
    """To load psutil costs as much as all the rest; a service as a rule has its port by itself."""
    python, *rest = shared.command(*words.split())
    done = subprocess.run(
        [python, "-X", "importtime", *rest],
        cwd=shared.home,
        env=shared.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "| lab.cli" in done.stderr
    assert "psutil" not in done.stderr
    if words.startswith("start"):
        assert "lab.packages.installer" not in done.stderr
    else:
        assert "subprocess" not in done.stderr


GARBAGE = """
import gc, runpy, sys
load = runpy.run_path(sys.argv[1])["load"]
looks = []
gc.callbacks.append(lambda phase, of: looks.append(phase))
load()
assert "jupyterlab.labapp" in sys.modules
print(looks, gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_what_is_loaded_is_not_looked_through_for_garbage_and_what_comes_then_is(lab: Lab) -> None:
    assert run(lab, GARBAGE) == "[] True True\n"
