"""`lab run` where a notebook prints far more than anybody reads: that is kept, and no computer runs out of memory for it."""

from documents import Page, text_of
from scenes import Scene

LOOP = "print('first of all')\nfor _ in range(15_000): print('x' * 99)\nprint('last of all')"


def test_the_documents_have_the_beginning_and_the_end_and_the_notebook_has_it_all(
    scene: Scene,
) -> None:
    scene.notebook(
        "long.ipynb",
        LOOP,
        "'short ' + 'y' * 300",
        "'z' * 1_000_000",
        "raise ValueError('v' * 1_000_000)",
    )
    done = scene("notebooks/long.ipynb")
    assert done.returncode == 1
    kept, page, document = (scene.root / line for line in done.stdout.splitlines())
    assert all(word * 100_000 in kept.read_text() for word in "zv")
    assert kept.read_text().count("x" * 99) == 15_000
    shown = "".join(Page(page.read_text()).words)
    assert len(shown) < 600_000
    assert shown.count("characters are in the notebook alone") == 3
    for words in ("first of all", "last of all", "short " + "y" * 300, "ValueError"):
        assert words in shown
    assert "last of all" in text_of(document)
