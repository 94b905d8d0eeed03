"""JupyterLab and what it stands on have the security fixes that are known today."""

import json
import re
import unittest
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "nix" / "lab" / "packages.json"
FIX = "Run `nix flake update` (or, with uv, `uv lock --upgrade`), then `./stop` and `./start`."


def numbers(text):
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


class SecurityFloor(unittest.TestCase):
    def test_every_package_of_the_table(self):
        for name, rule in json.loads(TABLE.read_text())["floors"].items():
            with self.subTest(name):
                try:
                    found = version(name)
                except PackageNotFoundError:
                    self.assertNotIn("needed", rule)
                    continue
                floors = [numbers(floor) for floor in rule["floors"]]
                same = [floor for floor in floors if floor[:2] == numbers(found)[:2]]
                floor = (same or floors)[-1]
                self.assertGreaterEqual(numbers(found), floor, f"{name}: {rule['why']}. {FIX}")
                self.assertNotIn(found, rule.get("not", []), f"{name}: {rule['why']}. {FIX}")


if __name__ == "__main__":
    unittest.main()
