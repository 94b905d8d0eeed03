"""What JupyterLab loads when it starts: nothing slow that is needed later at most."""

import subprocess
from pathlib import Path

import pytest

from driver import ENVIRONMENT, LAB, Lab

LOADED = """
import runpy, sys
main = runpy.run_path(sys.argv[1])
main["postpone_grammar"]()
main["load"]()
assert "lark" not in sys.modules, "the grammar is loaded"
from jsonschema import FormatChecker
check = FormatChecker().conforms
print([check(text, "iri") for text in ("http://ex.org/é", "no address", "https://a.b/")])
print("lark" in sys.modules)
"""


def test_the_grammar_of_addresses_is_loaded_when_one_is_checked(lab: Lab) -> None:
    done = subprocess.run(
        [ENVIRONMENT / "bin" / "python3", "-c", LOADED, LAB / "jupyter.py"],
        env=lab.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[True, False, True]\nTrue\n", done.stderr


@pytest.mark.jupyterlab
def test_node_is_not_asked_for_the_settings_of_yarn(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    asked = folder / "asked"
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho \"$@\" >>'{asked}'\n")
    node.chmod(0o755)
    path = lab.environment()["PATH"]
    lab.extra = {"PATH": f"{folder}:{path}"}
    lab.check("start")
    # The extension for language servers looks for those that npm has installed.
    assert "yarn" not in (asked.read_text() if asked.exists() else "")
