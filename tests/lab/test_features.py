"""The doctor asks what a feature wants to know, and knows no feature itself."""

import json
import os

from driver import Lab
from test_doctor import problems


def test_questions_of_features(lab: Lab) -> None:
    directory = lab.root / "nix" / "features" / "sample"
    directory.mkdir(parents=True)
    question = {
        "test": ["test", "-e", "there"],
        "good": "It is there.",
        "problem": "It is not there.",
        "fix": "touch there",
    }
    never = {**question, "when": ["false"], "problem": "This is never asked."}
    gone = {**question, "test": ["no-such-program-at-all"], "problem": "No program.", "fix": "true"}
    before = problems(lab)
    (directory / "doctor.json").write_text(json.dumps([never, question]))
    found = [each for each in problems(lab) if each not in before]
    assert [(each["name"], each["message"], each["fix"]) for each in found] == [
        ("sample", "It is not there.", "touch there")
    ]
    (lab.root / "there").touch()
    assert problems(lab) == before
    assert "ok       It is there." in lab("doctor").stdout
    (directory / "doctor.json").write_text(json.dumps([gone]))
    assert [each["message"] for each in problems(lab) if each not in before] == ["No program."]
    named = {
        **question,
        "test": ["sh", "-c", 'test "$SAMPLE" = "one two"'],
        "problem": "Not named.",
    }
    (directory / "doctor.json").write_text(json.dumps([named]))
    assert [each["message"] for each in problems(lab) if each not in before] == ["Not named."]
    (lab.root / ".env").write_text("SAMPLE=one two\n")
    (lab.root / ".env").chmod(0o600)
    assert problems(lab) == before


def add_command(lab: Lab, main: str) -> None:
    """A feature with a command, hello, of this program."""
    directory = lab.root / "nix" / "features" / "sample"
    (directory / "greeting").mkdir(parents=True)
    (directory / "greeting" / "__main__.py").write_text(main)
    command = {"usage": "NAME", "summary": "greet somebody", "directory": "greeting"}
    (directory / "commands.json").write_text(json.dumps({"hello": command}))


def test_commands_of_features(lab: Lab) -> None:
    says = "print(sys.argv[1:], os.getcwd(), os.umask(0), sys.executable)"
    add_command(lab, f"import os, sys\n{says}\nsys.exit(7)")
    assert "  lab hello NAME " in lab("--help").stdout
    ran = lab("hello", "--loud", "-p", "a=b c", "--json")
    assert ran.returncode == 7, ran.stderr
    python, umask = lab.facts["python"], os.umask(0)
    os.umask(umask)
    words = ["--loud", "-p", "a=b c", "--json"]
    assert ran.stdout == f"{words} {lab.home} {umask} {python}\n"
    assert not list((lab.root / "nix").rglob("__pycache__"))
    missed = lab("hallo")
    assert missed.returncode == 2
    assert 'Unknown command "hallo". Did you mean "hello"?' in missed.stderr


def test_a_command_of_a_feature_works_where_the_user_is(lab: Lab) -> None:
    """`./lab` has gone to the project's directory before."""
    add_command(lab, "import os; print(os.getcwd(), os.environ['NIX_JUPYTER_CALLED'])")
    (lab.root / "notebooks").mkdir(exist_ok=True)
    lab.extra |= {"NIX_JUPYTER_CALLED": "../lab", "NIX_JUPYTER_CALLED_IN": f"{lab.root}/notebooks"}
    assert lab("hello").stdout == f"{lab.root}/notebooks ../lab\n"
    lab.extra["NIX_JUPYTER_CALLED_IN"] = f"{lab.root}/gone"
    assert lab("hello").returncode == 0


def test_a_command_of_a_feature_finds_the_packages_that_the_project_asks_for(pip: Lab) -> None:
    add_command(pip, "import importlib.metadata as m; print(m.version('alpha'))")
    ran = pip("hello")
    assert (ran.returncode, ran.stdout) == (0, "1.0\n"), ran.stderr
