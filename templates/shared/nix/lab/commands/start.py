"""`lab start`: JupyterLab and the services, ready to use."""

import shlex
import signal
import subprocess
from importlib import import_module

import browser
import disk
import menu
import ports
import project as projects
import readiness
import request
import secret
import services
import supervisor
from files import exposed, lock
from problem import Interrupted, Problem, here
from project import Project
from terminal import Progress, note, say


def run(options: set[str], arguments: list[str]) -> int:
    """Start what does not run yet, wait until it answers, and say where."""
    project = projects.load()
    progress = Progress()
    if exposed(project.root / ".env"):
        fix = f"chmod 600 {shlex.quote(str(project.root / '.env'))}"
        note(f"Other users can read {project.root / '.env'}. Next: {fix}")
    # Loaded before there is anything to end.
    foreground = import_module("commands.foreground") if "--foreground" in options else None
    ours = False
    try:
        with lock(project.state / "start.lock", "start"):
            if supervisor.answers(project):
                _resume(project, progress)
                _greet(project, "is already running")
                if _changed(project):
                    command = here("lab stop && lab start")
                    note(f"It runs as it was before your last changes. Next: {command}")
                return 0
            ours = True
            _start(project, progress)
        _greet(project, "is running")
        if "--no-open" not in options and browser.wanted():
            port = ports.remembered(project)[services.JUPYTER]
            browser.open_page(project, services.page(project, services.JUPYTER, port))
        if foreground:
            foreground.follow(project)
    except BaseException as error:
        # A start that was cut short has cleaned up. From then on, it ends with this command: on
        # Ctrl-C, with its terminal, or when nobody reads the logs any more.
        if not foreground or not ours or not supervisor.answers(project):
            raise
        foreground.end(project)
        if not isinstance(error, KeyboardInterrupt | Interrupted):
            raise
    return 0


def _start(project: Project, progress: Progress) -> None:
    process: subprocess.Popen[bytes] | None = None
    try:
        disk.require_room(project.state)
        _sync(project, progress)
        _clean(project)
        secret.ensure(project)
        chosen = ports.choose(project, services.names(project))
        definitions = services.define(project, chosen)
        menu.offer(project, chosen)
        process = supervisor.spawn(project, definitions)
        readiness.wait(project, chosen, progress, {}, process)
    except BaseException:
        progress.clear()
        if process:
            _give_up(project)
        raise
    progress.clear()


def _sync(project: Project, progress: Progress) -> None:
    if project.venv:
        from environment import sync

        sync.bring_up_to_date(project, progress)


def _clean(project: Project) -> None:
    """A supervisor that was killed leaves its socket behind, and its services with the ports."""
    if supervisor.socket_of(project).exists():
        import ending

        ending.end(project)


def _give_up(project: Project) -> None:
    """Leave nothing running; a second Ctrl-C does not stop that."""
    import ending

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    ending.end(project)


def _resume(project: Project, progress: Progress) -> None:
    """Start again what has ended in a project that runs, such as JupyterLab after File → Shut Down.

    Whatever the supervisor is restarting just now is waited for.
    """
    # Services that flake.nix has no more still run, but are nobody's wish.
    known = services.names(project)
    chosen = {name: port for name, port in ports.remembered(project).items() if name in known}
    try:
        states = supervisor.states(project)
        for name in chosen:
            if states[name]["status"] in ("Completed", "Error"):
                supervisor.start_service(project, name)
    except request.NoAnswer as error:
        raise Problem(f"process-compose does not answer: {error}.", "lab stop") from None
    readiness.wait(project, chosen, progress, states)
    progress.clear()


def _changed(project: Project) -> bool:
    """Would the services be started in another way now, since flake.nix or flake.lock changed?"""
    chosen = ports.remembered(project)
    if set(chosen) != set(services.names(project)):
        return True
    now = supervisor.config(project, services.define(project, chosen))
    return now != (project.state / supervisor.CONFIG).read_text(encoding="utf-8")


def _greet(project: Project, state: str) -> None:
    say(f"{project.name} {state}. To end it: ./stop")
    chosen = ports.remembered(project)
    width = max(len(name) for name in chosen)
    for name, port in chosen.items():
        say(f"  {name:{width}}  {services.page(project, name, port)}")
