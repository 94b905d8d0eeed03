"""`lab mcp` in a project whose environment has no jupyter-mcp-server, as the one of the tests of lab."""

import os
import subprocess
from pathlib import Path

SERVER = Path(__file__).resolve().parents[1] / "files/nix/features/mcp/server"


def test_it_says_what_is_missing_and_how_to_get_it() -> None:
    python = Path(os.environ["LAB_TEST_ENVIRONMENT"], "bin/python3")
    env = {"PATH": os.environ["PATH"], "NIX_JUPYTER_ROOT": "/nowhere"}
    for called, extra in (("lab", {}), ("./lab", {"NIX_JUPYTER_CALLED": "./lab"})):
        done = subprocess.run(
            [python, "-I", "-B", SERVER],
            env=env | extra,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            "lab mcp needs jupyter-mcp-server, and Python finds no jupyter_mcp_server.\n"
            f"  Next: {called} add jupyter-mcp-server\n"
        )
