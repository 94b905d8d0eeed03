"""The merge driver, on real notebooks that were changed at random on both sides."""

import json
import os
import random
import subprocess
from collections import Counter

import pytest
from conftest import Repository
from edits import edit, lines_of

PAIRS = 200
VALIDATE = """
import json, sys, warnings, nbformat
warnings.simplefilter("error")
for name in sys.argv[1:]:
    with open(name) as file:
        nbformat.validate(json.load(file))
"""


@pytest.fixture(scope="module")
def pairs(real_notebooks):
    found = []
    for seed in range(PAIRS):
        pick = random.Random(seed)
        base = json.loads(pick.choice(real_notebooks))
        found.append((base, edit(base, pick, f"ours-{seed}"), edit(base, pick, f"theirs-{seed}")))
    return found


def merge(folder, pairs, with_driver):
    """Merges all pairs at once, as two branches; returns the repository and the names of files with conflicts."""
    repository = Repository(folder)
    repository.enter()
    if not with_driver:
        repository.git("config", "--remove-section", "merge.nix-jupyter-notebooks")

    def write(which):
        for number, notebooks in enumerate(pairs):
            notebook = notebooks[0] if which == 0 else notebooks[which][0]
            repository.write(
                f"{number}.ipynb", json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            )

    write(0)
    repository.commit("base of all")
    repository.git("checkout", "--quiet", "-b", "theirs")
    write(2)
    repository.commit("theirs")
    repository.git("checkout", "--quiet", "main")
    write(1)
    repository.commit("ours")
    ran = repository.run("git", "merge", "--quiet", "--message", "merged", "theirs")
    assert ran.returncode in (0, 1), ran.stderr
    return repository, repository.git("diff", "--name-only", "--diff-filter=U").split()


def test_200_pairs(tmp_path, pairs):
    repository, conflicts = merge(tmp_path / "lab", pairs, with_driver=True)
    names = [f"{number}.ipynb" for number in range(PAIRS)]
    python = f"{os.environ['LAB_TEST_ENVIRONMENT']}/bin/python3"
    checked = subprocess.run(
        [python, "-c", VALIDATE, *names],
        check=False,
        cwd=repository.folder,
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    for name, (base, ours, theirs) in zip(names, pairs, strict=True):
        expect_nothing_lost(json.loads(repository.read(name)), base, ours, theirs)
    _, without = merge(tmp_path / "git", pairs, with_driver=False)
    print(f"clean: {PAIRS - len(conflicts)}; by git alone: {PAIRS - len(without)}")
    assert len(conflicts) <= PAIRS * 4 // 100
    assert len(conflicts) < len(without)


def expect_nothing_lost(merged, base, ours, theirs):
    """What each side has written is there; so is each cell that neither has touched, as often as it was."""
    text = "\n".join("".join(lines_of(cell)) for cell in merged["cells"])
    for word in [*ours[1], *theirs[1]]:
        assert word in text
    texts = Counter("".join(lines_of(cell)) for cell in merged["cells"])
    kept = [
        Counter("".join(lines_of(cell)) for cell in side["cells"]) for side in (ours[0], theirs[0])
    ]
    for source, count in Counter("".join(lines_of(cell)) for cell in base["cells"]).items():
        left = count - sum(max(0, count - side[source]) for side in kept)
        assert texts[source] >= left
