"""JupyterLab and its server have the security fixes that are known today."""

import re
import unittest
from importlib.metadata import version

# Fixed in: CVE-2026-44727, CVE-2026-86049 (jupyter-server), and the 2026 fixes of JupyterLab.
JUPYTER_SERVER = (2, 20, 1)
JUPYTERLAB = {(4, 5): (4, 5, 10), (4, 6): (4, 6, 2)}

MEND = "Run `nix flake update` (or, with uv, `uv lock --upgrade`), then `./stop` and `./start`."


def numbers(package):
    return tuple(int(number) for number in re.findall(r"\d+", version(package))[:3])


class SecurityFloor(unittest.TestCase):
    def test_jupyter_server(self):
        found = numbers("jupyter-server")
        self.assertGreaterEqual(found, JUPYTER_SERVER, f"jupyter-server is too old. {MEND}")

    def test_jupyterlab(self):
        found = numbers("jupyterlab")
        floor = JUPYTERLAB.get(found[:2], max(JUPYTERLAB.values()))
        self.assertGreaterEqual(found, floor, f"JupyterLab is too old. {MEND}")


if __name__ == "__main__":
    unittest.main()
