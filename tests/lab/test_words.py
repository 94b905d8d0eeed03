"""What `lab` says: help, wrong words, a missing terminal; and what it does in a real one."""

import re

import pytest

from desktops import Desktop
from driver import LAB, Lab, wait_for
from terminals import Terminal

COMMANDS = re.findall(r'^    "([a-z]+)": Command\(', (LAB / "commands/table.py").read_text(), re.M)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help", "help"]])
def test_the_overview_names_every_command(lab: Lab, arguments: list[str]) -> None:
    printed = lab.check(*arguments)
    assert len(COMMANDS) > 10
    for name in COMMANDS:
        assert f"  lab {name}" in printed


@pytest.mark.parametrize(
    "arguments",
    [["start", "--help"], ["help", "start"], ["start", "-h"], ["--help", "start", "--json"]],
)
def test_help_of_one_command(lab: Lab, arguments: list[str]) -> None:
    printed = lab.check(*arguments)
    assert "--foreground" in printed
    assert "--no-open" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["strat"], 'Unknown command "strat". Did you mean "start"?'),
        (["xyzzy"], 'Unknown command "xyzzy".'),
        (["STATUS"], 'Unknown command "STATUS". Did you mean "status"?'),
        (["--version"], 'Unknown option "--version".'),
        (["start", "--fore"], 'Did you mean "--foreground"?'),
        (["start", "--foregruond"], 'Did you mean "--foreground"?'),
        (["start", "--from"], "lab start --from needs a value."),
        (["start", "--on", "--again"], "lab start --on needs a value."),
        (["start", "--foreground=yes"], 'lab start --foreground takes no value: "yes".'),
        (["status", "--json=no"], 'lab status --json takes no value: "no".'),
        (["help", "strat"], 'Unknown command "strat". Did you mean "start"?'),
        (["bundle"], "lab bundle needs the name of a file."),
        (["stop", "server"], 'lab stop takes no arguments: "server" is one too many.'),
        (["logs", "one", "two"], 'lab logs takes only one argument: "two" is one too many.'),
        (["logs", "sever"], 'Unknown service "sever". Available: jupyter, server'),
        (["restart", "sever"], 'Unknown service "sever". Available: jupyter, server'),
    ],
)
def test_wrong_words(lab: Lab, arguments: list[str], said: str) -> None:
    done = lab(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Next: lab " in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("command", "feature"), [("run", "report"), ("mcp", "mcp")])
def test_a_command_of_a_feature_that_is_not_there(lab: Lab, command: str, feature: str) -> None:
    said = f"lab {command} comes with the feature {feature}, which this project is without.\n"
    add = f"npx create-nix-jupyter add {feature}\n"
    done = lab(command, "notebooks/start.ipynb", "-p", "x=1")
    assert (done.returncode, done.stderr) == (2, f"{said}  Next: cd {lab.root} && {add}")
    lab.extra |= {"NIX_JUPYTER_CALLED": "../lab", "NIX_JUPYTER_CALLED_IN": f"{lab.root}/notebooks"}
    assert lab(command).stderr == f"{said}  Next: {add}"


def test_scripts_without_executable_bits_are_named_with_sh(lab: Lab) -> None:
    lab.extra |= {"NIX_JUPYTER_CALLED": "./lab", "NIX_JUPYTER_CALLED_IN": str(lab.root)}
    (lab.root / "lab").touch(0o644)
    assert lab.check("status") == "my-lab is not running. Next: sh ./lab start\n"
    (lab.root / "lab").chmod(0o755)
    assert lab.check("status") == "my-lab is not running. Next: ./lab start\n"


def test_in_a_cell_of_a_notebook_a_command_begins_with_an_exclamation_mark(lab: Lab) -> None:
    lab.extra["NIX_JUPYTER_CELL"] = "!"
    assert lab.check("status") == "my-lab is not running. Next: !lab start\n"
    assert "Next: !lab --help\n" in lab("strat").stderr
    env = lab.root / ".env"
    env.touch(0o644)
    server = lab.facts["services"].pop("server")
    lab.facts["services"]["no name"] = server
    lab.write_facts()
    said = lab("start").stderr
    assert f"Next: !chmod 600 {env}\n" in said
    assert f"Next: in a terminal:  nano {lab.root}/flake.nix\n" in said
    lab.facts["services"] = {}
    lab.write_facts()
    lab.extra = {"NIX_JUPYTER_CELL": "!", "NIX_JUPYTER_CALLED": "/there/lab"}
    assert lab.check("status") == "my-lab is not running. Next: !/there/lab start\n"


@pytest.mark.parametrize("command", ["url", "open", "restart", "attach"])
def test_what_needs_a_running_project(lab: Lab, command: str) -> None:
    done = lab(command)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Next: lab " in done.stderr


def test_status_of_a_project_that_does_not_run(lab: Lab) -> None:
    assert lab.check("status") == "my-lab is not running. Next: lab start\n"


def test_outside_of_a_project(lab: Lab) -> None:
    lab.extra = {"NIX_JUPYTER_ROOT": ""}
    environment = {
        name: value
        for name, value in lab.environment().items()
        if not name.startswith("NIX_JUPYTER_")
    }
    lab.environment = lambda: environment
    done = lab("status")
    assert done.returncode == 1
    assert "Next: cd to the project and run: nix develop" in done.stderr


def test_nobody_reads_on(running: Lab) -> None:
    logs = running.begin("logs")
    assert logs.stdout
    logs.stdout.close()
    logs.wait()
    assert logs.stderr
    assert "Traceback" not in logs.stderr.read()


@pytest.fixture
def browser(lab: Lab) -> Desktop:
    """A desktop with a browser."""
    desktop = Desktop(lab)
    desktop.browser("xdg-open")
    return desktop


def test_start_in_a_terminal(lab: Lab, browser: Desktop) -> None:
    terminal = Terminal(lab, "start")
    assert terminal.end() == 0
    assert re.search(r"\rStarting jupyter and server …", terminal.text)
    # The output of a notebook's cell shows a code for the terminal as letters (`!lab add`).
    assert "\x1b" not in terminal.text
    url = lab.check("url").strip()
    wait_for(lambda: browser.opened() == [url], "the browser")
    lab.check("open")
    wait_for(lambda: browser.opened() == [url, url], "the browser again")


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--no-open"], {}),
        ([], {"CI": "true"}),
        ([], {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}),
    ],
)
def test_when_no_browser_is_wanted(
    lab: Lab,
    browser: Desktop,
    arguments: list[str],
    variables: dict[str, str],
) -> None:
    lab.extra |= variables
    terminal = Terminal(lab, "start", *arguments)
    assert terminal.end() == 0
    assert lab.check("url").strip() in terminal.text
    assert browser.asked() == []


def test_no_browser_without_a_terminal(lab: Lab, browser: Desktop) -> None:
    lab.check("start")
    assert browser.asked() == []


def test_ctrl_c_in_a_terminal(lab: Lab) -> None:
    terminal = Terminal(lab, "start", "--foreground", "--no-open")
    wait_for(lambda: "my-lab is running." in terminal.read(), "my-lab to run")
    terminal.type("\x03")
    assert terminal.end() == 0
    lab.at_rest()


@pytest.mark.usefixtures("browser")
def test_ctrl_c_before_the_first_log_line(lab: Lab) -> None:
    """As soon as all has started, it ends with the command: here while the browser opens."""
    (lab.home / "bin" / "xdg-open").write_text("#!/bin/sh\nkill -INT $PPID\n")
    terminal = Terminal(lab, "start", "--foreground")
    assert terminal.end() == 0
    lab.at_rest()


def test_attach(running: Lab) -> None:
    terminal = Terminal(running, "attach")
    wait_for(lambda: "jupyter" in terminal.read(), "the screen")
    terminal.type("\x03")
    wait_for(lambda: "Detach" in terminal.read(), "the question")
    terminal.type("\r")
    assert terminal.end() == 0
    assert running.status()["running"], "leaving the screen stops nothing"
    assert not (running.home / ".config").exists()


def test_what_is_read_in_jupyterlab_names_commands_that_work_there() -> None:
    """A terminal that is opened beside a notebook is in its directory, where no ./start is."""
    repository = LAB.parents[3]
    files = [
        file
        for place in ("templates/*/notebooks/*.*", "features/*/files/notebooks/*.*")
        for file in repository.glob(place)
    ]
    assert len(files) > 5
    typed = re.compile(r"[^\n]*\./(?:(?:start|stop) *--|stop|lab)[^\n]*")
    found = {str(file): typed.findall(file.read_text()) for file in files}
    assert not any(found.values()), found
