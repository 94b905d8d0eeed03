"""The page of packages tells the truth about this environment."""

import re
import sys
import tomllib
import unittest
from importlib.metadata import version
from urllib.parse import urlencode

from running import PROJECT, Answers
from test_webapp import Server

sys.path.append(str(PROJECT))

import packages


class Page(Answers):
    kind = Server

    def ask(self, path, headers=None):
        return self.server.ask("GET", path, headers)

    def rows(self, **choices):
        """The names in the table that this search gives."""
        _, _, html = self.ask(f"/packages?{urlencode(choices)}")
        self.assertNotIn("<html", html)
        self.assertIn('id="packages"', html)
        return re.findall(r'<th scope="row">\s*([a-z0-9-]+)', html)

    def test_search(self):
        self.assertEqual(["numpy"], self.rows(q="array computing"))
        self.assertIn("jupyter-server", self.rows(q="JUPYTER"))
        self.assertEqual([], self.rows(q="no such thing"))
        self.assertEqual(len(packages.installed()), len(self.rows()))

    def test_choices(self):
        asked, brought = self.rows(show="asked for"), self.rows(show="brought along")
        self.assertIn("jupyterlab", asked)
        self.assertIn("jupyter-server", brought)
        self.assertEqual(sorted(asked + brought), self.rows())
        sizes = {package.name: package.size for package in packages.installed()}
        by_size = [sizes[name] for name in self.rows(sort="size")]
        self.assertEqual(sorted(by_size, reverse=True), by_size)

    def test_the_table_can_be_read_on_a_narrow_page(self):
        """There each cell stands below the other, with the name of its column beside it."""
        _, _, html = self.ask("/packages?q=jupyter-server")
        self.assertNotRegex(html, r"<td(?! data-title=)")
        for title in ("Version", "Size", "Needed by", "Why is it here?"):
            self.assertIn(f'data-title="{title}"', html)

    def test_sizes_and_counts_agree(self):
        _, _, page = self.ask("/", {})
        self.assertNotIn(">0.0 MB", page)
        self.assertIn(f">{len(packages.installed())} packages, ", page)
        needed = sum(bool(package.locked) for package in packages.installed())
        self.assertIn(f"this one needs {needed} of them", page)

    def test_why_is_it_here(self):
        _, _, html = self.ask("/packages?q=jupyter-server")
        self.assertRegex(html, r'<a href="/\?q=jupyterlab">jupyterlab</a> › jupyter-server<')
        self.assertIn("you asked for it", self.ask("/packages?q=jupyterlab")[2])

    def test_odd_input(self):
        status, _, html = self.ask("/packages?q=%3Cscript%3Ealert(1)%3C/script%3E&show=x&sort=x")
        self.assertEqual(200, status)
        self.assertNotIn("<script", html)
        _, _, page = self.ask("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", {})
        self.assertIn("&lt;script&gt;", page)
        self.assertNotIn("<script>", page)


class Lock(unittest.TestCase):
    def test_the_environment_is_what_the_lock_says(self):
        lock = tomllib.loads((PROJECT / "uv.lock").read_text())
        self.assertIn("jupyterlab", {package["name"] for package in lock["package"]})
        for package in packages.installed():
            if package.locked:
                self.assertEqual(package.locked, package.version, f"{package.name}: run lab sync")

    def test_what_is_asked_for_is_installed(self):
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
        for requirement in project["dependencies"]:
            with self.subTest(requirement=requirement):
                version(re.match(r"[A-Za-z0-9._-]+", requirement).group())

    def test_extras_and_chains(self):
        lock = {
            "": {"dependencies": [{"name": "a", "extra": ["x"]}]},
            "a": {"dependencies": [{"name": "b"}], "optional-dependencies": {"x": [{"name": "c"}]}},
            "b": {"dependencies": [{"name": "d"}, {"name": "a"}]},
            "c": {"dependencies": [{"name": "d", "marker": "sys_platform == 'linux'"}]},
        }
        needs = {name: packages.needs_of(package) for name, package in lock.items()}
        self.assertEqual(["b", "c"], needs["a"])
        self.assertEqual(
            {"a": ("a",), "b": ("a", "b"), "c": ("a", "c"), "d": ("a", "b", "d")},
            packages.shortest_ways(needs),
        )


if __name__ == "__main__":
    unittest.main()
