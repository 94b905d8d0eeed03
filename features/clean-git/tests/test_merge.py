"""The merge driver, on real notebooks that were changed at random on both sides."""

import json
import os
import random
import subprocess
import sys
from collections import Counter

import pytest
from edits import edit, lines_of
from repositories import FEATURE, Repository

PAIRS = 200
# What git does around the driver is the same for each: so many are merged by git, the others by the driver alone.
BY_GIT = 50
VALIDATE = """
import json, sys, warnings, nbformat
warnings.simplefilter("error")
for name in sys.argv[1:]:
    with open(name) as file:
        nbformat.validate(json.load(file))
"""
# The driver, called for each directory as git calls it, and all in one process.
MERGE = """
import os, runpy, sys
program, *directories = sys.argv[1:]
for directory in directories:
    os.chdir(directory)
    sys.argv = [program, "merge", "base", "ours", "theirs", "7", directory]
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as ended:
        print(ended.code)
"""


@pytest.fixture(scope="module")
def pairs(real_notebooks):
    return make_pairs(real_notebooks, most=2)


def make_pairs(notebooks, most):
    found = []
    for seed in range(PAIRS):
        pick = random.Random(seed)
        base = json.loads(pick.choice(notebooks))
        sides = (edit(base, pick, f"{who}-{seed}", most) for who in ("ours", "theirs"))
        found.append((base, *sides))
    return found


def merge(directory, pairs, with_driver):
    """Merges all pairs at once, as two branches; returns the repository and the names of files with conflicts."""
    repository = Repository(directory)
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


def merge_directly(directory, pairs):
    """Merges pairs with the driver alone; expects them whole, and returns its exit codes."""
    directories = [directory / str(number) for number in range(len(pairs))]
    for each, (base, ours, theirs) in zip(directories, pairs, strict=True):
        each.mkdir(parents=True)
        for name, notebook in (("base", base), ("ours", ours[0]), ("theirs", theirs[0])):
            (each / name).write_text(json.dumps(notebook, indent=1) + "\n", "utf-8")
    command = [sys.executable, "-I", "-S", "-c", MERGE, FEATURE / "notebooks", *directories]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    codes = ran.stdout.split()
    assert (ran.returncode, len(codes)) == (0, len(pairs)), ran.stderr
    assert set(codes) <= {"0", "1"}
    expect_whole([each / "ours" for each in directories], pairs)
    return codes


def test_200_pairs(tmp_path, pairs):
    by_git, others = pairs[:BY_GIT], pairs[BY_GIT:]
    repository, conflicts = merge(tmp_path / "lab", by_git, with_driver=True)
    expect_whole([repository.directory / f"{number}.ipynb" for number in range(BY_GIT)], by_git)
    _, without = merge(tmp_path / "git", by_git, with_driver=False)
    codes = merge_directly(tmp_path / "directly", others)
    left = len(conflicts) + codes.count("1")
    print(f"conflicts: {left}; of {BY_GIT}: {len(conflicts)}; by git alone: {len(without)}")
    # What is left are two that have changed the same line, or one that removed the cell which the other changed.
    assert left <= PAIRS * 2 // 100
    assert len(conflicts) < len(without)


def test_200_pairs_of_up_to_twelve_edits_a_side(tmp_path, real_notebooks):
    """With so many, both often change the same: there are conflicts, and still all opens and nothing is lost."""
    codes = merge_directly(tmp_path / "directly", make_pairs(real_notebooks, most=12))
    assert set(codes) == {"0", "1"}
    print(f"clean: {codes.count('0')}")


def expect_whole(files, pairs):
    """Each file is a notebook that opens, and has lost nothing."""
    python = f"{os.environ['LAB_TEST_ENVIRONMENT']}/bin/python3"
    command = [python, "-c", VALIDATE, *files]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    for file, (base, ours, theirs) in zip(files, pairs, strict=True):
        expect_nothing_lost(json.loads(file.read_text("utf-8")), base, ours, theirs)


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
