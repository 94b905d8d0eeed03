"""The feature report, with a real kernel, the real pandoc, and the real compiler of typst."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import programs

FEATURE = Path(__file__).resolve().parents[1]
ENVIRONMENT = Path(os.environ["LAB_TEST_ENVIRONMENT"])
RUN = FEATURE / "files/nix/features/report/run"
EXAMPLE = FEATURE / "files/notebooks/report.ipynb"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Scene:
    """A project with the feature, as far as its program looks at it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = {
            "PATH": f"{programs.packages() / 'programs'}:{os.environ['PATH']}",
            "HOME": str(root.parent),
            "IPYTHONDIR": str(root.parent / "ipython"),
            "NIX_JUPYTER_ROOT": str(root),
            "LANG": "C.UTF-8",
        }
        self.command = [str(ENVIRONMENT / "bin/python3"), "-I", "-B", str(RUN)]
        (root / "notebooks").mkdir(parents=True)
        shutil.copy(EXAMPLE, root / "notebooks")

    def __call__(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *words],
            cwd=self.root,
            env=self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )

    def check(self, *words: str) -> list[str]:
        """Run what must succeed; what stands in the folder that it prints, line by line."""
        done = self(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def notebook(self, name: str, *sources: str, tags: tuple[str, ...] = ()) -> Path:
        """Write a notebook of code cells; the first has the tags."""
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "source": source,
                "metadata": {"tags": [*tags]} if number == 0 else {},
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(sources)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        file = self.root / "notebooks" / name
        content = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        file.write_text(json.dumps(content))
        return file

    def made(self) -> list[str]:
        """The names in reports/, without the date."""
        folder = self.root / "reports"
        names = os.listdir(folder) if folder.exists() else []
        return sorted(re.sub(r"-\d{4}-\d\d-\d\d-\d{6}", "", name) for name in names)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "project")


class Page(HTMLParser):
    """What a page shows, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        of = dict(attributes)
        if tag != "a":
            self.loads += filter(None, (of.get("src"), of.get("href")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


READ_BACK = """
import json, sys, pypdf
pages = pypdf.PdfReader(sys.argv[1]).pages
pictures = [name for page in pages for name in page["/Resources"].get("/XObject", {})]
print(json.dumps({"text": " ".join(page.extract_text() for page in pages), "pictures": pictures}))
"""


def read_back(pdf: Path) -> dict:
    """What is in a PDF, as another program than the one that wrote it sees it."""
    read = subprocess.run(
        [sys.executable, "-c", READ_BACK, pdf],
        env={"PYTHONPATH": str(programs.packages())},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(read.stdout)


def text_of(pdf: Path) -> str:
    return read_back(pdf)["text"]


def code_of(cell: dict) -> str:
    return "".join(cell["source"])


def test_the_example_becomes_a_notebook_a_page_and_a_document(scene: Scene) -> None:
    before = EXAMPLE.read_bytes()
    files = scene.check("notebooks/report.ipynb", "-p", "city=Oslo", "-p", "days=3")
    assert scene.made() == ["report.html", "report.ipynb", "report.pdf"]
    assert [Path(file).suffix for file in files] == [".ipynb", ".html", ".pdf"]
    notebook, page, document = (scene.root / file for file in files)
    assert (scene.root / "notebooks/report.ipynb").read_bytes() == before

    cells = json.loads(notebook.read_text())["cells"]
    (given,) = (at for at, cell in enumerate(cells) if "Set by lab run" in code_of(cell))
    assert code_of(cells[given]) == "# Set by lab run\ncity = 'Oslo'\ndays = 3"
    assert cells[given - 1]["metadata"]["tags"] == ["parameters"]
    printed = [output.get("text") for cell in cells for output in cell.get("outputs", [])]
    assert ["Oslo: 3 days, from 8.0 to 8.3 °C\n"] in printed

    shown = Page(page.read_text())
    for text in ("Oslo: 3 days, from 8.0 to 8.3 °C\n", "°C"):
        assert text in "".join(shown.words)
    # Formulas and tables are formulas and tables, and nothing comes from elsewhere.
    assert {"math", "table"} <= shown.tags
    assert "script" not in shown.tags
    assert shown.loads == []

    text = text_of(document)
    assert "Oslo: 3 days, from 8.0 to 8.3" in text
    assert "What this report was made from" in text


def test_pictures_are_inside_also_those_that_a_text_names(scene: Scene) -> None:
    show = f"from base64 import b64decode\nfrom IPython.display import Image\nImage(b64decode('{PIXEL}'))"
    scene.notebook("picture.ipynb", show, "from IPython.display import HTML\nHTML('<b>bold</b>')")
    notebook = json.loads((scene.root / "notebooks/picture.ipynb").read_text())
    named = {"cell_type": "markdown", "id": "named", "metadata": {}, "source": "![one](one.png)"}
    notebook["cells"].append(named)
    (scene.root / "notebooks/picture.ipynb").write_text(json.dumps(notebook))
    import base64

    (scene.root / "notebooks/one.png").write_bytes(base64.b64decode(PIXEL))
    _, page, document = scene.check("notebooks/picture.ipynb")
    loads = Page((scene.root / page).read_text()).loads
    assert [source[:22] for source in loads] == ["data:image/png;base64,"] * 2
    assert read_back(scene.root / document)["pictures"]


def test_results_are_shown_in_their_best_form(scene: Scene) -> None:
    scene.notebook(
        "forms.ipynb",
        "from IPython.display import *",
        "Markdown('| a | b |\\n|---|---|\\n| 11 | 22 |')",
        "Latex('$x^2$')",
        "HTML('<table><tr><th>head</th></tr><tr><td>33</td></tr></table>')",
        "HTML('<i>on pages alone</i>')",
        "print('\\x1b[31mred\\x1b[0m')",
    )
    _, page, document = scene.check("notebooks/forms.ipynb")
    shown = Page((scene.root / page).read_text())
    assert {"table", "math", "i"} <= shown.tags
    assert "red\n" in "".join(shown.words)
    assert "\x1b" not in "".join(shown.words)
    text = text_of(scene.root / document)
    for word in ("22", "33", "head", "red", "<IPython.core.display.HTML object>"):
        assert word in text
    assert text.count("|---|") == 1  # in the code


def test_what_was_computed_is_kept_where_a_document_cannot_be_made(scene: Scene) -> None:
    folder = scene.root / "programs"
    folder.mkdir()
    (folder / "typst").write_text("#!/bin/sh\necho no ink >&2\nexit 3\n")
    (folder / "typst").chmod(0o755)
    done = scene("notebooks/report.ipynb", PATH=f"{folder}:{scene.env['PATH']}")
    assert done.returncode == 1
    assert "pandoc could not write PDF" in done.stderr
    assert "no ink" in done.stderr
    assert scene.made() == ["report.html", "report.ipynb"]


def test_it_says_what_it_was_made_from(scene: Scene) -> None:
    lock = {"nodes": {"nixpkgs": {"locked": {"rev": "f" * 40, "narHash": "sha256-abc="}}}}
    (scene.root / "flake.lock").write_text(json.dumps(lock))
    (scene.root / "uv.lock").write_text("locked\n")
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-C", str(scene.root)]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    head = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()

    made = json.loads("\n".join(scene.check("notebooks/report.ipynb", "-p", "days=1", "--json")))
    origin = made["made_from"]
    assert origin["commit"] == head
    assert origin["notebook"] == "notebooks/report.ipynb"
    assert origin["parameters"] == {"days": 1}
    assert origin["nixpkgs"] == f"{'f' * 40} sha256-abc="
    assert {*origin["locks"]} == {"flake.lock", "uv.lock"}
    assert made["problems"] == []
    copy = json.loads(Path(made["files"]["notebook"]).read_text())
    assert copy["metadata"]["nix_jupyter"] == origin
    page = "".join(Page(Path(made["files"]["html"]).read_text()).words)
    for text in (head, "f" * 40, origin["sha256"], origin["locks"]["uv.lock"]):
        assert text in page

    (scene.root / "uv.lock").write_text("another\n")
    made = json.loads("\n".join(scene.check("notebooks/report.ipynb", "--json")))
    assert made["made_from"]["commit"] == f"{head} with changes that are not committed"


VALUES = {
    "3": 3,
    "0.5": 0.5,
    "true": True,
    "False": False,
    "null": None,
    "[1, 2]": [1, 2],
    '"7"': "7",
    "a=b": "a=b",
    "NaN": "NaN",
    "": "",
    "it's $HOME `x` \\": "it's $HOME `x` \\",
}


def test_values_arrive_as_they_were_meant(scene: Scene) -> None:
    """All in one run, each as a parameter of its own."""
    given = {f"x{number}": value for number, value in enumerate(VALUES.values())}
    checks = [f"assert (type({x}), {x}) == (type({v!r}), {v!r})" for x, v in given.items()]
    scene.notebook(
        "echo.ipynb",
        "\n".join(f"{name} = 'not given'" for name in given),
        "\n".join(checks),
        tags=("parameters",),
    )
    words = [
        word for x, typed in zip(given, VALUES, strict=True) for word in ("-p", f"{x}={typed}")
    ]
    made = json.loads("\n".join(scene.check("notebooks/echo.ipynb", *words, "--json")))
    assert made["made_from"]["parameters"] == given
    assert made["problems"] == []


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
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "lab run takes the path of one notebook."),
        (["a.ipynb", "b.ipynb"], "lab run takes the path of one notebook."),
        (["notebooks/none.ipynb"], "There is no notebook notebooks/none.ipynb."),
        (["notebooks/report.ipynb", "-p", "days"], '-p takes NAME=VALUE, and got "days".'),
        (["notebooks/report.ipynb", "-p", "if=1"], '-p takes NAME=VALUE, and got "if=1".'),
        (["notebooks/report.ipynb", "--to"], 'lab run has no option "--to".'),
        (["notebooks/report.ipynb", "-p", "day=1"], 'no parameter "day". Did you mean "days"?'),
        (["notebooks/plain.ipynb", "-p", "x=1"], 'no cell with the tag "parameters"'),
        (["notebooks/text.ipynb"], "cannot be read as a notebook"),
    ],
)
def test_mistakes_are_said_before_anything_runs(scene: Scene, words: list, message: str) -> None:
    mark = scene.root / "ran"
    scene.notebook("plain.ipynb", f"open({str(mark)!r}, 'w')")
    (scene.root / "notebooks/text.ipynb").write_text("no notebook")
    done = scene(*words)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert "\n  Next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists()
    assert scene.made() == []


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


def test_a_copy_runs_again_with_other_values(scene: Scene) -> None:
    copy, *_ = scene.check("notebooks/report.ipynb", "-p", "days=2")
    again, *_ = scene.check(copy, "-p", "days=4")
    cells = json.loads((scene.root / again).read_text())["cells"]
    given = [code_of(cell) for cell in cells if "Set by lab run" in code_of(cell)]
    assert given == ["# Set by lab run\ndays = 4"]


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
