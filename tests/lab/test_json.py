"""Every command can be read by a program: --json, and nothing else on standard output."""

import json
from typing import Any

from driver import Lab
from test_words import COMMANDS
from venvs import want


def _json(lab: Lab, *arguments: str) -> Any:
    return json.loads(lab.check(*arguments, "--json"))


def test_what_starts_looks_and_stops(lab: Lab) -> None:
    started = _json(lab, "start")
    assert started["running"]
    assert started["failed"] == []
    assert [service["name"] for service in started["services"]] == ["jupyter", "server"]
    assert _json(lab, "status")["url"] == started["url"]
    assert _json(lab, "url") == {"service": "jupyter", "url": started["url"]}
    opened = _json(lab, "open", "server")
    assert (opened["service"], opened["opened"]) == ("server", False)
    lab.log()
    assert {"service": "server", "line": "server.py listens"} in _logs(lab)
    assert _json(lab, "restart", "server") == {"restarted": ["server"]}
    assert _json(lab, "audit")["findings"] == []
    assert all(finding["ok"] for finding in _json(lab, "doctor"))
    assert _json(lab, "stop") == {"project": "my-lab", "stopped": True}
    assert _json(lab, "stop") == {"project": "my-lab", "stopped": False}


def _logs(lab: Lab) -> list[dict[str, str]]:
    """A line of JSON for each line, so that a program can follow them."""
    return [json.loads(line) for line in lab.check("logs", "--json").splitlines()]


def test_what_failed_is_in_it(pip: Lab) -> None:
    want(pip, "gamma", "first")
    done = pip("start", "--json")
    assert done.returncode == 1
    (failed,) = json.loads(done.stdout)["failed"]
    assert "could not be installed" in failed["message"]
    assert failed["next"] == "correct that file, then: lab start --again"


def test_why_a_command_failed_is_json_as_well(lab: Lab) -> None:
    """One line, so that it stands among those of `lab logs` too; people read the same on stderr."""
    for words, code, message, fix in (
        (["url"], 1, "my-lab is not running.", "lab start"),
        (["open", "server"], 1, "my-lab is not running.", "lab start"),
        (["logs", "nobody"], 2, 'Unknown service "nobody".', None),
        (["restart"], 1, "my-lab is not running.", "lab start"),
        (["stop", "--force"], 2, 'Unknown option "--force" of lab stop.', "lab stop --help"),
        (["stop", "now"], 2, "lab stop takes no arguments", "lab stop --help"),
        (["frob"], 2, 'Unknown command "frob".', "lab --help"),
        (["add"], 2, "", None),
        (["bundle"], 2, "", None),
    ):
        done = lab(*words, "--json")
        assert done.returncode == code, (words, done.stderr)
        (line,) = done.stdout.splitlines()
        error = json.loads(line)["error"]
        assert set(error) == {"message", "next", "exitCode"}, words
        assert message in error["message"], words
        assert error["exitCode"] == code, words
        assert fix is None or error["next"] == fix, words
        after = f"\n  Next: {error['next']}" if error["next"] else ""
        assert done.stderr.endswith(f"{error['message']}{after}\n"), words


def test_the_commands_in_it_are_as_they_are_typed(pip: Lab) -> None:
    """Outside of the project's shell there is no `lab`; it was called by its path."""
    pip.key = "updated"
    pip.extra |= {"NIX_JUPYTER_CALLED": "./lab", "NIX_JUPYTER_CALLED_IN": str(pip.root)}
    found = [one["fix"] for one in json.loads(pip("doctor", "--json").stdout) if not one["ok"]]
    assert "./lab sync" in found
    assert not [fix for fix in found if fix.startswith("lab ")]
    assert json.loads(pip("url", "--json").stdout)["error"]["next"] == "./lab start"
    want(pip, "gamma", "first")
    (failed,) = json.loads(pip("start", "--json").stdout)["failed"]
    assert failed["next"] == "correct that file, then: ./lab start --again"


def test_an_error_of_lab_itself_is_json_as_well(lab: Lab) -> None:
    (lab.root / "nix/features/broken").mkdir(parents=True)
    (lab.root / "nix/features/broken/commands.json").write_text("{")
    done = lab("frob", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exitCode"], error["next"]) == (1, 1, "lab doctor")
    assert error["message"].startswith("Unexpected error: JSONDecodeError: ")
    assert done.stderr == f"{error['message']}\n  Next: lab doctor\n"


def test_what_changes_the_environment(pip: Lab) -> None:
    (pip.root / "requirements.in").write_text("alpha==1.0\n")
    lock = str(pip.root / "requirements.txt")
    assert _json(pip, "lock") == {"file": lock, "changed": True}
    assert _json(pip, "lock") == {"file": lock, "changed": False}
    pip.key = "updated"
    venv = str(pip.root / ".venv")
    assert _json(pip, "sync") == {"venv": venv, "changed": True}
    assert _json(pip, "sync") == {"venv": venv, "changed": False}
    added = _json(pip, "add", "alpha")
    assert added == {"added": [], "notes": ["alpha is in requirements.in already."], "next": None}


def test_the_help_of_every_command_says_so(lab: Lab) -> None:
    """All but attach, which is a screen for people."""
    without = [name for name in COMMANDS if "--json" not in lab.check(name, "--help")]
    assert without == ["attach"]
    assert lab("attach", "--json").returncode == 2
