"""`lab start --on HOST`: the project on another computer, used from here.

A copy of the project runs there, in one directory below $HOME. Its ports are led to the same
ones of this computer, so that addresses, menus and logins are those of there. `lab stop` brings
back what was changed there, and removes the rest.
"""

import json
import os
import re
import shlex
from pathlib import Path

from ..base import browser, processes
from ..base.called import here, script
from ..base.files import lock, write
from ..base.project import RECORD, Project, is_elsewhere
from ..base.terminal import (
    Problem,
    Progress,
    note,
    say,
    uninterrupted,
)
from ..commands import stop as stop_here
from ..commands.again import AGAIN, anew
from ..services import http, listeners, ports, secret
from ..services.names import JUPYTER, service_names
from . import stop as stop_there
from . import store
from .host import HOST, Place, There, place_of
from .keep import end_here, is_kept, keep_connection

TRIES = 3  # for ports that are free on both computers


def start(project: Project, options: set[str]) -> int:
    """Start there what does not run there yet, and lead it here."""
    host = next((option[5:] for option in options if option.startswith("--on=")), None)
    if host is not None and not HOST.fullmatch(host):
        raise Problem(f'"{host}" is not a name that ssh accepts.', "lab start --on user@host", 2)
    if host and re.fullmatch(r"[^:/]+:[0-9]+", host):
        message = "ssh takes a port only in an address that begins with ssh://."
        raise Problem(message, f"lab start --on {shlex.quote(f'ssh://{host}')}", 2)
    for option in ("--foreground", "--from"):
        if any(word.partition("=")[0] == option for word in options):
            raise Problem(f"{option} is for a start on this computer.", "lab start --help", 2)
    if AGAIN in options:
        if (code := anew(project, options)) is not None:
            return code
        host = _end_before(project, host)
    progress = Progress()
    with lock(project.state / "start.lock", "start"):
        before = place_of(project)
        place = before or _place_on(project, host or "")
        if host not in (None, place.host):
            message = f"{project.name} is on {place.host} already."
            raise Problem(message, f"lab start --again --on {shlex.quote(host)}")
        _refuse_here(project, place.host)
        there = There(project, place)
        arguments = ["--json"] if "--json" in options else []
        try:
            code, printed = _bring_up(there, arguments, progress, is_new=before is None)
        except BaseException:
            progress.clear()
            if before is None:
                _give_up(there)
            raise
    say(printed.rstrip("\n"))
    note(f"It runs on {place.host}. What is changed there comes back with: {script('stop')}")
    if not code and "--no-open" not in options and browser.wanted():
        browser.open_page(project, there.connection.ask(*there.words("lab"), "url").strip())
    return code


def _place_on(project: Project, host: str) -> Place:
    """The same at each start: what a computer kept that was given up is found when it is back."""
    return Place(host, f".nix-jupyter-on/{secret.derived(project, host, 'directory')[:8].hex()}")


def _end_before(project: Project, host: str | None) -> str | None:
    """End it where it runs, and bring back what was changed there. Gives where it is to start."""
    place = place_of(project)
    if not place:
        stop_here.stop(set(), [])
        return host
    for text in stop_there.stop(There(project, place)).lines:
        note(text)
    return host or place.host


def _refuse_here(project: Project, host: str) -> None:
    if not is_elsewhere() and processes.running(project):
        message = f"{project.name} runs on this computer."
        raise Problem(message, f"lab start --again --on {shlex.quote(host)}")


def _bring_up(
    there: There, arguments: list[str], progress: Progress, *, is_new: bool
) -> tuple[int, str]:
    project, connection = there.project, there.connection
    kept = is_kept(project) and connection.is_up()
    if not kept:
        end_here(project)
    progress.show(f"Connecting to {there.host}")
    connection.connect(may_ask=True)
    if is_new:
        # From here on `lab stop` finds what there is.
        write(project.state / RECORD, json.dumps(Place(there.host, there.directory)._asdict()))
    known = there.prepare()
    progress.clear()
    if known.get("ports") == _ports_here():
        raise Problem(f"{there.host} is this computer.", "lab start")
    runs = False
    if known.get("lab") == "there":
        runs = there.status()["running"]
        progress.show(f"Copying what was changed on {there.host}")
        lines = there.fetch(progress).lines
        progress.clear()
        for text in lines:
            note(text)
    if runs and kept:
        return there.start(arguments)
    if kept:  # it leads to what does not run any more
        end_here(project)
        connection.connect(may_ask=True)
    if not runs:
        _require_nix(there.host, known)
        packages = store.carry(project, connection, known["nix-store"], known["system"], progress)
        arguments += [f"--from={packages}"] if packages else []
    chosen, code, printed = _start_on_same_ports(there, arguments, progress, runs=runs)
    try:
        connection.forward(chosen.ports.values())
        _require_way(there, chosen.ports[JUPYTER])
        keep_connection(project, chosen.descriptors)
    finally:
        chosen.close()
    return code, printed


def _ports_here() -> str:
    """As nix/remote.sh says it: which computer this is. Two can share a home directory."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{os.readlink('/proc/self/ns/net')} {boot}"
    except OSError:
        return ""


def _require_way(there: There, port: int) -> None:
    """Raise Problem where ssh's server lets nobody through to the ports of its computer."""
    try:
        http.ask(port, "/api")
    except http.Slow:
        pass
    except http.NoAnswer:
        if not there.connection.is_up():
            raise there.connection.lost() from None
        host = there.host
        message = f"ssh's server on {host} leads nobody to the ports of {host}."
        fix = f"ask who looks after {host} for a line in sshd_config: AllowTcpForwarding yes"
        raise Problem(f"{message} JupyterLab is opened that way.", fix) from None


def _require_nix(host: str, known: dict[str, str]) -> None:
    if "nix-store" not in known:
        install = "curl -L https://nixos.org/nix/install | sh -s -- --daemon"
        raise Problem(f"Nix is not installed on {host}.", shlex.join(["ssh", "-t", host, install]))


def _start_on_same_ports(
    there: There, arguments: list[str], progress: Progress, *, runs: bool
) -> tuple[ports.Chosen, int, str]:
    """Start it on ports that are free on both computers. Gives those, kept free here."""
    project, names = there.project, service_names(there.project)
    for _ in range(TRIES):
        had = there.ports() if runs else {}
        if had:
            write(ports.path(project), json.dumps(had))
        chosen = ports.choose(project, names)
        try:
            if had and chosen.ports != had:
                taken = next(port for name, port in had.items() if chosen.ports.get(name) != port)
                message = f"Port {taken}, which {project.name} has on {there.host}, is taken here"
                raise Problem(f"{message} by {listeners.holder(taken)}.", "lab stop")
            if not runs:
                there.send(chosen.ports, progress)
            code, printed = there.start(arguments)
            if not printed:
                raise _not_started(there)
            if there.ports() == chosen.ports:
                return chosen, code, printed
            # One was taken there. Here the next one is tried, too.
            write(ports.path(project), json.dumps(there.ports()))
            there.connection.ask(*there.words("lab"), "stop")
        except BaseException:
            chosen.close()
            raise
        chosen.close()
    raise Problem(f"No ports were found that are free here and on {there.host}.", "lab start")


def _not_started(there: There) -> Problem:
    """Say so, and keep what Nix has said there: its file is removed with the rest."""
    project, message = there.project, f"{there.project.name} could not be started on {there.host}."
    try:
        said = there.connection.ask("cat", f"{there.directory}/state/nix-jupyter/nix.log")
    except Problem:
        return Problem(message, f"lab start --on {shlex.quote(there.host)}")
    write(project.log("nix-there"), said)
    return Problem(message, f"less {shlex.quote(str(project.log('nix-there')))}")


def _give_up(there: There) -> None:
    """Leave nothing, there and here, but for what was there before."""
    with uninterrupted():
        try:
            if (there.project.state / RECORD).exists():
                if there.had_project is None:
                    there.prepare()
                if not there.had_project:
                    there.script("remove")
                    there.forget()
        except Problem:
            note(f"Something may be left on {there.host}. Next: {here('lab stop')}")
        finally:
            end_here(there.project)
