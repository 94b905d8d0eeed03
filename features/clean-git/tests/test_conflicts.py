"""Two branches that have changed one notebook."""

import copy
import json

from texts import RUN, code, notebook, text_of


def branches(repository, base, ours, theirs):
    """Merges three notebooks, as branches; returns the exit code, what git says, and the merged one."""
    repository.enter()
    for branch, content in [("main", base), ("theirs", theirs), ("main", ours)]:
        repository.git("checkout", "--quiet", *([] if branch == "main" else ["-b"]), branch)
        repository.write("x.ipynb", text_of(content))
        repository.commit(branch)
    ran = repository.run("git", "merge", "--message", "merged", "theirs")
    return ran.returncode, ran.stdout + ran.stderr, json.loads(repository.read("x.ipynb"))


def test_what_was_merged_before_a_clone_was_entered_is_named_and_merged_once_more(repository):
    """Git merges lines then, and marks conflicts between them: no notebook that JupyterLab opens."""
    names = ("a directory/ü 1.ipynb", "x.ipynb", "settled.ipynb")
    for name in names:
        repository.write(name, RUN)
    repository.enter()
    repository.commit("one")
    clone = repository.directory.parent / "a clone"
    repository.git("clone", "--quiet", ".", str(clone))
    for directory, word in (repository.directory, "theirs"), (clone, "mine"):
        for name in names:
            (directory / name).write_text(RUN.replace("A täxt", word), "utf-8")
        repository.git("-C", str(directory), "commit", "--quiet", "--all", "--message", word)
    repository.directory = clone
    assert repository.run("git", "pull", "--no-rebase", "--quiet").returncode == 1
    settled = RUN.replace("A täxt", "settled")
    repository.write("settled.ipynb", settled)
    said = repository.source("enter.sh").stderr
    assert said.startswith(
        "JupyterLab cannot open these notebooks: git had to merge them before it knew how: "
        "a directory/ü 1.ipynb x.ipynb\n  Next: git -C "
    )
    command = said.split("Next: ")[1]
    assert repository.run("bash", "-c", command, cwd="/").returncode == 0
    for name in names[:2]:
        source = json.loads(repository.read(name))["cells"][1]["source"]
        assert [line.strip() for line in source[:5:2]] == [
            "<<<<<<< ours",
            "=======",
            ">>>>>>> theirs",
        ]
    # What somebody has settled already is left alone, and nothing is said twice.
    assert repository.read("settled.ipynb") == settled
    assert repository.source("enter.sh").stderr == ""


def test_a_conflict_stands_in_its_cell_and_the_notebook_still_opens(repository):
    base = notebook(code("a", "a = 1\n"), code("b", "b = 1"))
    ours, theirs = copy.deepcopy(base), copy.deepcopy(base)
    ours["cells"][0]["source"] = ["a = 2\n"]
    theirs["cells"][0]["source"] = ["a = 3\n"]
    theirs["cells"].append(code("c", "c = 1", "an output"))
    status, said, merged = branches(repository, base, ours, theirs)
    assert status == 1
    assert "x.ipynb: both sides have changed the same lines of cell a." in said
    assert (
        "".join(merged["cells"][0]["source"])
        == "<<<<<<< ours\na = 2\n=======\na = 3\n>>>>>>> theirs\n"
    )
    assert [cell["id"] for cell in merged["cells"]] == ["a", "b", "c"]
    # Settled in JupyterLab, added, done.
    merged["cells"][0]["source"] = ["a = 5\n"]
    repository.write("x.ipynb", text_of(merged))
    repository.commit("settled")
    assert repository.git("status", "--porcelain") == ""


# By name, a text, and what each side has made of it; None where a person has to look.
BESIDE = {
    "added-behind": ("a\nb", "a\nb\nours", "a\ntheirs", "a\ntheirs\nours"),
    "added-before": ("a\nb", "ours\na\nb", "theirs\nb", "ours\ntheirs\nb"),
    "neighbours": ("a\nb\n", "ours\nb\n", "a\ntheirs\n", "ours\ntheirs\n"),
    "between": ("a\nb", "ours\nours", "a\ntheirs\nb", None),
    "same-line": ("a\nb", "ours\nb", "theirs\nb", None),
    "both-added": ("a", "a\nours", "a\ntheirs", None),
    "removed": ("a\nb", "a", "a\nb\ntheirs", None),
    "emptied": ("a", "", "a\ntheirs", None),
    "more": ("a\nb", "a\nours\nours", "a\nb\ntheirs", None),
}


def test_a_line_that_one_changed_may_stand_beside_what_the_other_did(repository):
    """Git alone takes it for a conflict. Where lines went, or more than one changed together, it is one."""
    base = notebook(*(code(name, was) for name, (was, *_) in BESIDE.items()))
    sides = [copy.deepcopy(base), copy.deepcopy(base)]
    for which, side in enumerate(sides, 1):
        for cell, row in zip(side["cells"], BESIDE.values(), strict=True):
            cell["source"] = row[which]
    sides[0]["cells"][0]["metadata"]["tags"] = ["ours", "both"]
    sides[1]["cells"][0]["metadata"]["tags"] = ["both", "theirs"]
    status, said, merged = branches(repository, base, *sides)
    texts = {cell["id"]: "".join(cell["source"]) for cell in merged["cells"]}
    for name, (_, ours, theirs, wanted) in BESIDE.items():
        if wanted is None:
            assert f"both sides have changed the same lines of cell {name}." in said
            assert "<<<<<<< ours" in texts[name]
            assert all(line in texts[name] for line in [*ours.split("\n"), *theirs.split("\n")])
        else:
            assert texts[name] == wanted, name
    assert (status, said.count("both sides")) == (1, 6)
    assert merged["cells"][0]["metadata"]["tags"] == ["ours", "both", "theirs"]


def test_both_sides_can_add_at_the_same_place_and_move(repository):
    base = notebook(*(code(name, name) for name in "abcdef"))
    ours, theirs = copy.deepcopy(base), copy.deepcopy(base)
    ours["cells"].insert(2, code("ours1", "1"))
    ours["cells"].insert(3, code("ours2", "2"))
    theirs["cells"].insert(2, code("theirs1", "1"))
    ours["cells"].append(ours["cells"].pop(0))
    theirs["cells"].insert(0, theirs["cells"].pop(5))
    status, said, merged = branches(repository, base, ours, theirs)
    assert (status, [cell["id"] for cell in merged["cells"]]) == (
        0,
        ["e", "b", "ours1", "ours2", "theirs1", "c", "d", "f", "a"],
    ), said


def test_what_one_removes_and_the_other_changes_is_kept_as_a_conflict(repository):
    base = notebook(code("a", "a"), code("b", "b\nc\n"))
    ours, theirs = notebook(code("a", "a")), notebook(code("a", "a"), code("b", "b\nd\n"))
    status, said, merged = branches(repository, base, ours, theirs)
    assert status == 1
    assert "cell b was changed, and we have removed it" in said
    assert "d\n" in "".join(merged["cells"][1]["source"])


def test_what_is_no_notebook_is_merged_line_by_line(repository):
    repository.enter()
    for branch, content in [
        ("main", "1\n2\n3\n4\n5\n"),
        ("theirs", "1\n2\n3\n4\nfive\n"),
        ("main", "one\n2\n3\n4\n5\n"),
    ]:
        repository.git("checkout", "--quiet", *([] if branch == "main" else ["-b"]), branch)
        repository.write("x.ipynb", content)
        repository.commit(branch)
    repository.git("merge", "--quiet", "--message", "merged", "theirs")
    assert repository.read("x.ipynb") == "one\n2\n3\n4\nfive\n"
