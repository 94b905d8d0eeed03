"""Directories with names that somebody does have, and commands that somebody does write."""

import json
import os
import subprocess
from collections.abc import Callable

import pytest

import packages
from driver import Lab, get, service
from venvs import want

NAMES = [
    "Übung 1",
    'it\'s "quoted"',
    "$HOME ${HOME} $(id)",
    "{{template}} {{{x}}}",
    "back\\slash %d",
    "日本語 😀",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_project_directory_with_that_name(make: Callable[..., Lab], name: str) -> None:
    _runs_in(make, name)


@pytest.mark.parametrize("venv", ["pip", "uv"])
def test_programs_of_packages_in_a_directory_with_that_name(
    make: Callable[..., Lab], venv: str
) -> None:
    """Installers write the path of Python into a line that both sh and Python read."""
    lab = make('a $HOME "b" `id` #c \\x', venv=venv)
    packages.wheel(lab.home / "wheels", "alpha")
    lab.extra = packages.only_from(lab.home / "wheels", lab.root)
    (lab.root / "pyproject.toml").write_text(
        '[project]\nname = "lab"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
        'dependencies = ["alpha"]\n'
    )
    want(lab, "alpha", key="first")
    lab.check("sync")
    program, link = lab.root / ".venv" / "bin" / "alpha-version", lab.home / "there"
    link.symlink_to(program)
    for each in (program, link):
        done = subprocess.run([each], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("1.0\n", "")


def test_a_directory_that_is_named_like_a_command(make: Callable[..., Lab]) -> None:
    lab = make("a lab start")
    (lab.root / ".env").write_text("SECRET=1\n")
    (lab.root / ".env").chmod(0o644)
    lab.extra["NIX_JUPYTER_CALLED"] = "./lab"
    assert f"Next: chmod 600 '{lab.root}/.env'\n" in lab("doctor").stdout


@pytest.mark.jupyterlab
def test_jupyterlab_in_a_directory_with_all_of_these_names(make: Callable[..., Lab]) -> None:
    _runs_in(make, " ".join(NAMES))


def _runs_in(make: Callable[..., Lab], name: str) -> None:
    lab = make(name, state=f"state {name}", libraries=["/nowhere"])
    lab.check("start")
    assert lab.status()["project"] == name
    assert all(service["ready"] for service in lab.status()["services"].values())
    assert get(lab.port(), "/api/contents/notebooks/start.ipynb?content=0", lab.token())[0] == 200
    lab.check("stop")
    lab.at_rest()


def test_very_long_paths(make: Callable[..., Lab]) -> None:
    """A unix socket's address may have about 100 bytes, so it cannot be the whole path."""
    directory = "/".join(["a-directory-with-a-rather-long-name"] * 7)
    lab = make(f"{directory}/my-lab", state=f"{directory}/state")
    assert len(str(lab.state)) > 230
    lab.check("start")
    lab.check("restart", "server")
    lab.check("stop")
    lab.at_rest()


COMMAND = """\
printf '%s\\n' "$HOME" '$HOME' $$ "{{.x}}" "${UNSET:-default}" '##PC_ENV_ESCAPED##' "$(pwd)"
echo "$VALUE"
exec python server.py # ünïcode \\ \\n"""


def test_a_command_reaches_the_shell_as_it_was_written(make: Callable[..., Lab]) -> None:
    value = "a $HOME {{b}} ${c} 'd' \"e\" \\ ü\nsecond line"
    lab = make(services={"odd": service(COMMAND, environment={"VALUE": value})})
    lab.check("start")
    home, quoted, pid, template, default, marker, directory, *rest = lab.log("odd")
    assert (home, quoted, template) == (str(lab.home), "$HOME", "{{.x}}")
    assert (default, marker, directory) == ("default", "##PC_ENV_ESCAPED##", str(lab.root))
    assert pid == str(lab.pid("odd"))
    assert "\n".join(rest[:-1]) == value


PRINT = """\
python -c '
import json, os
print(json.dumps(dict(os.environ)))
print(sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else [])
print(oct(os.umask(0)))
'
exec python server.py"""


def test_what_a_service_inherits(make: Callable[..., Lab]) -> None:
    lab = make(services={"server": service(PRINT)})
    lab.extra = {
        "NIX_BUILD_TOP": "/tmp/nix-shell.abc",
        "TMPDIR": "/tmp/nix-shell.abc",
        "TMP": "/tmp/nix-shell.abc/x",
        "TEMP": "/tmp/nix-shell.other",
        "TEMPDIR": "/my/own",
        "JUPYTER_TOKEN": "mine",
        "PC_PORT_NUM": "9999",
        "PC_DISABLED_PROCESSES": "server",
        "PC_API_TOKEN": "x" * 30,
        "PC_NO_SERVER": "1",
        "HOST": "0.0.0.0",
        "PORT": "1",
        "MINE": "kept",
    }
    descriptor = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    before = os.umask(0o027)
    try:
        started = subprocess.run(
            lab.command("start"), env=lab.environment(), close_fds=False, capture_output=True
        )
    finally:
        os.umask(before)
        os.close(descriptor)
    assert started.returncode == 0, started.stderr
    variables, descriptors, umask, *_ = lab.log()
    seen = json.loads(variables)
    for name in ("NIX_BUILD_TOP", "TMPDIR", "TMP", "TEMP", "JUPYTER_TOKEN", "PC_PORT_NUM"):
        assert name not in seen
    assert (seen["TEMPDIR"], seen["MINE"], seen["HOST"]) == ("/my/own", "kept", "127.0.0.1")
    assert seen["PORT"] == str(lab.port("server"))
    assert seen["NIX_JUPYTER_STATE"] == str(lab.state)
    assert descriptors == "['0', '1', '2', '3']", "3 is the directory that is being listed"
    assert umask == "0o27", "the user's own, so that notebooks get the usual mode"
    assert get(lab.port(), "/api/status", "mine")[0] == 403
