"""What git keeps and shows of notebooks, in a repository that the project's shell was entered in."""

import json
import shutil
import sys

import pytest
from repositories import FEATURE, HERE
from texts import RUN, SECRET, clean, text_of

README = (HERE.parent / "README.md").read_text("utf-8")


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
    (repository.directory / "a directory").mkdir()
    for name in ("a directory/ü 1.ipynb", "0:other.ipynb"):
        repository.write(name, RUN)
    repository.commit("with outputs")
    teacher = repository.directory.parent / "teacher"
    repository.git("clone", "--quiet", ".", str(teacher))
    repository.enter()
    for name in ("a directory/ü 1.ipynb", "0:other.ipynb"):
        repository.write(name, RUN.replace('"execution_count": 7', '"execution_count": 8'))
    assert repository.git("status", "--porcelain") == ""
    (teacher / "a directory/ü 1.ipynb").write_text(RUN.replace("täxt", "newer"), "utf-8")
    repository.git("-C", str(teacher), "commit", "--quiet", "--all", "--message", "newer")
    repository.git("pull", "--quiet", str(teacher), "main")
    assert "newer" in repository.read("a directory/ü 1.ipynb")
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


def test_outputs_of_a_damaged_notebook_do_not_go_into_git_without_a_word(repository):
    repository.enter()
    repository.write("cut ü.ipynb", RUN[:-4])
    ran = repository.run("git", "add", "cut ü.ipynb")
    assert ran.returncode == 0
    assert "cut ü.ipynb goes into git with its outputs, since it cannot be read: " in ran.stderr
    assert "Next: correct the file, then git add it again" in ran.stderr
    kept = json.loads(RUN)
    kept["cells"][0]["metadata"]["tags"] = ["keep_output"]
    repository.write("kept.ipynb", text_of(kept))
    # Markers of a conflict that somebody without the merge driver has, around cells without outputs.
    repository.write("conflict.ipynb", "<<<<<<< ours\n" + clean(RUN))
    for name in ("kept.ipynb", "conflict.ipynb"):
        assert name not in repository.run("git", "add", name).stderr


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
    # The command of the README, for what is to be applied elsewhere, where the notebook has been run.
    assert "`git diff --no-textconv`" in README
    patch = repository.git("diff", "--no-textconv")
    (repository.directory.parent / "patch").write_text(patch, "utf-8")
    repository.write("run.ipynb", RUN)
    repository.git("apply", "../patch")
    assert json.loads(repository.read("run.ipynb"))["cells"][1]["source"][0] == "# Better\n"


def test_without_python_nothing_is_lost_and_nothing_gets_in(repository, tmp_path):
    repository.enter()
    repository.write("run.ipynb", RUN)
    repository.commit("one")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    script = repository.directory / ".git/nix-jupyter/notebooks.sh"
    script.write_text(script.read_text().replace(sys.prefix, "/nowhere"))
    repository.write("run.ipynb", RUN.replace("täxt", "new"))
    repository.write("other.txt", "text\n")
    ran = repository.run("git", "add", "run.ipynb", PATH=str(tools))
    assert ran.returncode != 0
    assert "Next: nix develop" in ran.stderr
    assert repository.run("git", "add", "other.txt", PATH=str(tools)).returncode == 0
    assert "new" in repository.read("run.ipynb")
    assert not [blob for blob in repository.objects() if SECRET in blob]


def test_entering_again_asks_git_once_and_says_nothing(repository):
    repository.enter()
    variables = {"NIX_JUPYTER_ROOT": str(repository.directory), "nix_jupyter_env": sys.prefix}
    trace = {"GIT_TRACE": str(repository.directory.parent / "trace")}
    ran = repository.run(
        "bash", "-c", 'source "$0"', str(FEATURE / "enter.sh"), **variables, **trace
    )
    assert (ran.stdout, ran.stderr) == ("", "")
    assert (repository.directory.parent / "trace").read_text().count("built-in: git") == 1


def test_leaving_gives_back_every_byte(repository):
    before = repository.read(".git/config")
    repository.enter()
    assert repository.read(".git/config") != before
    # Not committed yet: it is gone from this branch all the same.
    repository.write(".gitattributes", "*.ipynb text eol=lf\n")
    repository.enter("leave.sh")
    assert repository.read(".git/config") == before
    assert not list((repository.directory / ".git").glob("nix-jupyter/*"))
    # What was kept with it stays readable without it.
    repository.write("run.ipynb", RUN)
    repository.commit("outputs are kept again")
    assert [blob for blob in repository.objects() if SECRET in blob]


@pytest.mark.parametrize("other", ["branch", "project"])
def test_leaving_takes_nothing_from_another_branch_or_project_of_the_repository(repository, other):
    attributes = repository.read(".gitattributes")
    repository.enter()
    if other == "branch":
        repository.git("checkout", "--quiet", "-b", "without")
    else:
        repository.write("another/.gitattributes", attributes)
    repository.write(".gitattributes", "*.ipynb text eol=lf\n")
    repository.commit("without")
    repository.enter("leave.sh")
    if other == "branch":
        repository.git("checkout", "--quiet", "main")
    repository.write("another/run.ipynb", RUN)
    repository.commit("a notebook")
    assert not [blob for blob in repository.objects() if SECRET in blob]
    # With the last one that has it, it goes.
    if other == "branch":
        repository.git("checkout", "--quiet", "without")
        repository.git("branch", "--quiet", "-D", "main")
    else:
        repository.git("rm", "--quiet", "another/.gitattributes")
    repository.enter("leave.sh")
    assert "nix-jupyter" not in repository.read(".git/config")


def test_without_a_repository_of_its_own_nothing_happens(repository):
    before = repository.read(".git/config")
    inner = repository.directory / "lab"
    inner.mkdir()
    outside = repository.directory.parent / "outside"
    outside.mkdir()
    for directory in (inner, outside):
        variables = {"NIX_JUPYTER_ROOT": str(directory), "nix_jupyter_env": sys.prefix}
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
    tree = repository.directory.parent / "tree"
    repository.git("worktree", "add", "--quiet", str(tree), "-b", "second")
    repository.git("worktree", "remove", str(tree))
    moved = repository.directory.parent / "moved"
    repository.directory.rename(moved)
    repository.directory = moved
    repository.write("deep/new.ipynb", RUN)
    repository.commit("two")
    assert not [blob for blob in repository.objects() if SECRET in blob]
