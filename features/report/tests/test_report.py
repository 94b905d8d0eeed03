"""What `lab run` makes, with a real kernel, the real pandoc, and the real compiler of typst."""

import json
import subprocess
from base64 import b64decode
from pathlib import Path

from documents import Page, read_back, text_of
from scenes import EXAMPLE, Scene

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


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
    (scene.root / "notebooks/one.png").write_bytes(b64decode(PIXEL))
    _, page, document = scene.check("notebooks/picture.ipynb")
    loads = Page((scene.root / page).read_text()).loads
    assert [source[:22] for source in loads] == ["data:image/png;base64,"] * 2
    assert read_back(scene.root / document)["pictures"]


def test_a_picture_that_is_not_in_the_documents_is_named(scene: Scene) -> None:
    """Also from a directory whose name has a colon: those that are there are inside."""
    file = scene.notebook(
        "picture.ipynb",
        "from IPython.display import HTML\nHTML('<img src=\"http://127.0.0.1:1/far.js\">')",
    )
    notebook = json.loads(file.read_text())
    text = "![one](one.png) ![none](none.png)"
    notebook["cells"].append({"cell_type": "markdown", "id": "x", "metadata": {}, "source": text})
    directory = scene.root / "notebooks/at 10:30"
    directory.mkdir()
    (directory / "picture.ipynb").write_text(json.dumps(notebook))
    (directory / "one.png").write_bytes(b64decode(PIXEL))
    made = scene("notebooks/at 10:30/picture.ipynb", "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["problems"] == []
    missing = {"none.png", "http://127.0.0.1:1/far.js"}
    notes = [f"{name} could not be fetched, and is not in the documents." for name in missing]
    assert sorted(told["notes"]) == sorted(notes)
    assert sorted(made.stderr.splitlines()) == sorted(notes)
    loads = Page(Path(told["files"]["html"]).read_text()).loads
    assert [each for each in loads if each.startswith("data:")] == [
        f"data:image/png;base64,{PIXEL}"
    ]


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
    directory = scene.root / "programs"
    directory.mkdir()
    (directory / "typst").write_text("#!/bin/sh\necho no ink >&2\nexit 3\n")
    (directory / "typst").chmod(0o755)
    done = scene("notebooks/report.ipynb", PATH=f"{directory}:{scene.env['PATH']}")
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

    handed_in = scene.notebook("handed-in.ipynb", "1")
    for place in ("notebooks/ann/week.ipynb", "../ann/notebooks/week.ipynb"):
        (scene.root / place).parent.mkdir(parents=True)
        handed_in.rename(scene.root / place)
        handed_in = scene.root / place
        origin = json.loads("\n".join(scene.check(place, "--json")))["made_from"]
        assert (origin["notebook"], origin["commit"]) == (place, f"{head} without this notebook")

    (scene.root / "uv.lock").write_text("another\n")
    made = json.loads("\n".join(scene.check("notebooks/report.ipynb", "--json")))
    changes = "with changes that are not committed"
    assert made["made_from"]["commit"] == f"{head} {changes}"
    made = json.loads("\n".join(scene.check(place, "--json")))
    assert made["made_from"]["commit"] == f"{head} without this notebook and {changes}"


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


def test_a_copy_runs_again_with_other_values(scene: Scene) -> None:
    copy, *_ = scene.check("notebooks/report.ipynb", "-p", "days=2")
    again, *_ = scene.check(copy, "-p", "days=4")
    cells = json.loads((scene.root / again).read_text())["cells"]
    given = [code_of(cell) for cell in cells if "Set by lab run" in code_of(cell)]
    assert given == ["# Set by lab run\ndays = 4"]
