"""What git keeps and shows of notebooks, in a repository that the project's shell was entered in."""

import copy
import json
import shutil
import subprocess
import sys

import pytest
from conftest import FEATURE, HERE

README = (HERE.parent / "README.md").read_text("utf-8")
PROGRAM = [sys.executable, "-I", "-S", str(FEATURE / "notebooks")]


def notebook(*cells, **metadata):
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code(id, source, output="", **metadata):
    outputs = [{"name": "stdout", "output_type": "stream", "text": [output]}] if output else []
    run = {"execution_count": 7 if output else None, "outputs": outputs}
    return {"cell_type": "code", "id": id, "metadata": metadata, "source": [source], **run}


def text_of(content, indent=1):
    return json.dumps(content, indent=indent, ensure_ascii=False) + "\n"


def clean(text):
    def packet(*lines):
        return b"".join(b"%04x" % (len(line) + 4) + line for line in lines) + b"0000"

    hello = packet(b"git-filter-client\n", b"version=2\n") + packet(b"capability=clean\n")
    data = text.encode()
    chunks = [data[at : at + 65516] for at in range(0, len(data), 65516)]
    request = packet(b"command=clean\n", b"pathname=x.ipynb\n") + packet(*chunks)
    ran = subprocess.run(
        [*PROGRAM, "filter"], input=hello + request, capture_output=True, check=True
    )
    answer, found = ran.stdout, []
    while answer:
        size = int(answer[:4], 16) or 4
        found.append(answer[4:size])
        answer = answer[size:]
    return b"".join(found[found.index(b"status=success\n") + 1 :]).decode()


SECRET = "4711-0815"
RUN = text_of(
    notebook(
        code(
            "a", "print(secret)", SECRET, execution={"iopub.execute_input": SECRET}, scrolled=True
        ),
        {
            "cell_type": "markdown",
            "id": "b",
            "metadata": {},
            "source": ["# A täxt\n", "of two lines"],
        },
        widgets={"state": SECRET},
    )
)


def test_outputs_never_reach_git(repository):
    repository.enter()
    repository.write("a/run.ipynb", RUN)
    repository.commit("one")
    repository.write("a/run.ipynb", RUN.replace("A täxt", "Another täxt"))
    repository.git("stash", "--quiet")
    repository.git("stash", "pop", "--quiet")
    repository.write("a/run.ipynb", RUN.replace("A täxt", "Another täxt"))
    repository.git("commit", "--quiet", "--all", "--amend", "--message", "two")
    repository.git("checkout", "--quiet", "-b", "other", "HEAD")
    assert not [blob for blob in repository.objects() if SECRET in blob]
    # What was run stays in the working copy, and does not count as a change.
    assert SECRET in repository.read("a/run.ipynb")
    assert repository.git("status", "--porcelain") == ""
    repository.write("a/run.ipynb", RUN.replace("A täxt", "Another täxt").replace(SECRET, "0"))
    assert repository.git("diff", "--stat") == ""


def test_what_was_committed_with_outputs_before_is_no_change_and_can_be_pulled(repository):
    """Whoever cloned it could otherwise never pull: git takes the outputs that it would leave out for a change."""
    (repository.folder / "a folder").mkdir()
    for name in ("a folder/ü 1.ipynb", "0:other.ipynb"):
        repository.write(name, RUN)
    repository.commit("with outputs")
    teacher = repository.folder.parent / "teacher"
    repository.git("clone", "--quiet", ".", str(teacher))
    repository.enter()
    for name in ("a folder/ü 1.ipynb", "0:other.ipynb"):
        repository.write(name, RUN.replace('"execution_count": 7', '"execution_count": 8'))
    assert repository.git("status", "--porcelain") == ""
    (teacher / "a folder/ü 1.ipynb").write_text(RUN.replace("täxt", "newer"), "utf-8")
    repository.git("-C", str(teacher), "commit", "--quiet", "--all", "--message", "newer")
    repository.git("pull", "--quiet", str(teacher), "main")
    assert "newer" in repository.read("a folder/ü 1.ipynb")
    assert repository.git("status", "--porcelain") == ""


def test_what_was_committed_with_outputs_before_loses_them_with_the_next_change(repository):
    for name in ("edited.ipynb", "cleared.ipynb", "all.ipynb"):
        repository.write(name, RUN)
    repository.commit("with outputs")
    repository.enter()
    repository.write("edited.ipynb", RUN.replace("täxt", "new"))
    repository.write("cleared.ipynb", clean(RUN))
    repository.commit("edited")
    assert SECRET not in repository.git("show", "HEAD:edited.ipynb")
    assert SECRET not in repository.git("show", "HEAD:cleared.ipynb")
    # The command of the README, for all that were not.
    assert "`git rm -r -q --cached '*.ipynb' && git add '*.ipynb'`" in README
    ran = repository.run("sh", "-c", "git rm -r -q --cached '*.ipynb' && git add '*.ipynb'")
    assert (ran.returncode, repository.git("diff", "--cached", "--name-only")) == (0, "all.ipynb\n")
    repository.git("commit", "--quiet", "--message", "all")
    assert SECRET not in repository.git("show", "HEAD:all.ipynb")
    assert SECRET in repository.read("all.ipynb")


def test_many_notebooks_are_one_process(repository):
    repository.enter()
    for number in range(50):
        repository.write(f"{number}.ipynb", RUN.replace("täxt", str(number)))
    ran = repository.run("git", "add", "--all", GIT_TRACE="1")
    assert ran.returncode == 0
    assert ran.stderr.count("run_command: 'sh ") == 1
    assert not [blob for blob in repository.objects() if SECRET in blob]


def test_a_difference_is_shown_as_cells(repository):
    repository.enter()
    repository.write("run.ipynb", RUN)
    repository.commit("one")
    changed = json.loads(RUN)
    changed["cells"][1]["source"][0] = "# Better\n"
    changed["cells"][0]["metadata"]["tags"] = ["parameters"]
    repository.write("run.ipynb", text_of(changed))
    lines = [line for line in repository.git("diff").splitlines() if line[:1] in "+-"]
    assert lines[2:] == [
        '-# %% code {"id": "a"}',
        '+# %% code {"id": "a", "metadata": {"tags": ["parameters"]}}',
        "-# A täxt",
        "+# Better",
    ]
    assert "git diff" not in repository.git("log", "-p")


def test_without_python_nothing_is_lost_and_nothing_gets_in(repository, tmp_path):
    repository.enter()
    repository.write("run.ipynb", RUN)
    repository.commit("one")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    script = repository.folder / ".git/nix-jupyter/notebooks.sh"
    script.write_text(script.read_text().replace(sys.prefix, "/nowhere"))
    repository.write("run.ipynb", RUN.replace("täxt", "new"))
    repository.write("other.txt", "text\n")
    ran = repository.run("git", "add", "run.ipynb", PATH=str(tools))
    assert ran.returncode != 0
    assert "Next: enter the project: nix develop" in ran.stderr
    assert repository.run("git", "add", "other.txt", PATH=str(tools)).returncode == 0
    assert "new" in repository.read("run.ipynb")
    assert not [blob for blob in repository.objects() if SECRET in blob]


def test_entering_again_asks_git_once_and_says_nothing(repository):
    repository.enter()
    variables = {"NIX_JUPYTER_ROOT": str(repository.folder), "nix_jupyter_env": sys.prefix}
    trace = {"GIT_TRACE": str(repository.folder.parent / "trace")}
    ran = repository.run(
        "bash", "-c", 'source "$0"', str(FEATURE / "enter.sh"), **variables, **trace
    )
    assert (ran.stdout, ran.stderr) == ("", "")
    assert (repository.folder.parent / "trace").read_text().count("built-in: git") == 1


def test_leaving_gives_back_every_byte(repository):
    before = repository.read(".git/config")
    repository.enter()
    assert repository.read(".git/config") != before
    repository.enter("leave.sh")
    assert repository.read(".git/config") == before
    assert not list((repository.folder / ".git").glob("nix-jupyter/*"))
    # What was kept with it stays readable without it.
    repository.write("run.ipynb", RUN)
    repository.commit("outputs are kept again")
    assert [blob for blob in repository.objects() if SECRET in blob]


def test_without_a_repository_of_its_own_nothing_happens(repository):
    before = repository.read(".git/config")
    inner = repository.folder / "lab"
    inner.mkdir()
    outside = repository.folder.parent / "outside"
    outside.mkdir()
    for folder in (inner, outside):
        variables = {"NIX_JUPYTER_ROOT": str(folder), "nix_jupyter_env": sys.prefix}
        ran = repository.run("bash", "-c", 'source "$0"', str(FEATURE / "enter.sh"), **variables)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert repository.read(".git/config") == before
    assert list(outside.iterdir()) == []


def test_it_works_on_every_branch_in_a_second_tree_and_after_a_move(repository):
    repository.enter()
    repository.write("deep/run.ipynb", RUN)
    repository.commit("one")
    repository.git("rm", "--quiet", "--cached", "deep/run.ipynb")
    repository.git("checkout", "--quiet", "--orphan", "empty")
    repository.git("rm", "--quiet", "-rf", ".")
    repository.git("checkout", "--quiet", "--force", "main")
    tree = repository.folder.parent / "tree"
    repository.git("worktree", "add", "--quiet", str(tree), "-b", "second")
    repository.git("worktree", "remove", str(tree))
    moved = repository.folder.parent / "moved"
    repository.folder.rename(moved)
    repository.folder = moved
    repository.write("deep/new.ipynb", RUN)
    repository.commit("two")
    assert not [blob for blob in repository.objects() if SECRET in blob]


@pytest.mark.parametrize("indent", [1, 2, 4])
def test_what_is_clean_stays_as_it_is(indent, real_notebooks):
    text = text_of(notebook(code("a", "1 + 1")), indent)
    assert clean(text) == text
    dirty = text_of(notebook(code("a", "1 + 1", "2")), indent)
    assert clean(dirty) == text
    for real in real_notebooks[:20]:
        once = clean(real)
        assert clean(once) == once


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[1, 2]", '{"cells": 3}', '{"a": "cells"}', "<<<<<<< ours\n" + RUN]
)
def test_what_is_no_notebook_stays_as_it_is(text):
    assert clean(text) == text


def test_a_cell_can_keep_its_outputs():
    tagged = notebook(code("a", "1", "kept", tags=["keep_output"]), code("b", "2", "gone"))
    cleaned = clean(text_of(tagged))
    assert ("kept" in cleaned, "gone" in cleaned) == (True, False)
    assert json.loads(cleaned)["cells"][0]["execution_count"] is None


def test_large_notebooks_and_odd_letters_come_through():
    odd = notebook(
        code(
            "a",
            "ü" * 200_000
            + " \u2028 \ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        )
    )
    text = text_of(odd)
    assert clean(text) == text
    lone = text_of(notebook(code("a", "x", "out"))).replace("x", "\\ud800")
    assert json.loads(clean(lone))["cells"][0]["source"] == ["\ud800"]


def branches(repository, base, ours, theirs):
    """Merges three notebooks, as branches; returns the exit code, what git says, and the merged one."""
    repository.enter()
    for branch, content in [("main", base), ("theirs", theirs), ("main", ours)]:
        repository.git("checkout", "--quiet", *([] if branch == "main" else ["-b"]), branch)
        repository.write("x.ipynb", text_of(content))
        repository.commit(branch)
    ran = repository.run("git", "merge", "--message", "merged", "theirs")
    return ran.returncode, ran.stdout + ran.stderr, json.loads(repository.read("x.ipynb"))


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
