"""From rest to ready: all that a start does before it can say that the project runs.

Where all runs already, it does next to nothing: what only a real start or its end needs is loaded
there.
"""

import subprocess

from ..base import terminal
from ..base.files import read_own
from ..base.project import Project
from ..base.terminal import Problem, Progress
from ..services import (
    definitions,
    http,
    listeners,
    ports,
    process_compose,
    secret,
    sockets,
    supervisor,
    urls,
    wait,
)
from ..services.names import JUPYTER, service_names


class Run:
    """What a start has started. By now, another command may have stopped it and started another."""

    supervisor: subprocess.Popen[bytes] | None = None

    def goes_on(self) -> bool:
        """Does it still run?"""
        return self.supervisor is not None and self.supervisor.poll() is None


def start_all(project: Project, progress: Progress, run: Run, *, foreground: bool) -> list[Problem]:
    """Start everything; what is to be said of failures that leave JupyterLab open.

    In the foreground, as on build machines, a .venv that cannot be filled does: Problem is raised.
    """
    failed: list[Problem] = []
    try:
        require(project)
        failed += _sync(project, progress, foreground=foreground)
        _clean(project)
        sockets.recreate(project)
        secret.ensure(project)
        chosen = ports.choose(project, service_names(project))
        try:
            services = definitions.define(project, chosen.ports)
            urls.offer_menu(project, chosen.ports)
            run.supervisor = process_compose.spawn(project, services, chosen.descriptors)
        finally:
            chosen.close()
        failed += wait.until_ready(project, chosen.ports, progress, {}, run.supervisor)
        progress.show("Checking that no other user gets an answer")
        from ..checks import audit

        audit.refuse_open_ports(project)
    except BaseException:
        progress.clear()
        if run.supervisor:
            _give_up(project)
        raise
    progress.clear()
    return failed


def require(project: Project) -> None:
    """Raise Problem where it is known beforehand that it cannot start."""
    if not project.root.is_dir():
        raise Problem(f"{project.root} no longer exists.", "cd to the project")
    if not terminal.has_room(project.state):
        raise terminal.full(project.state)
    service_names(project)
    for each in secret.OF_A_RUN:
        secret.read(project, each)
    secret.read_host(project)
    ports.remembered(project)


def _sync(project: Project, progress: Progress, *, foreground: bool) -> list[Problem]:
    if not project.venv:
        return []
    from ..packages import venv

    try:
        venv.bring_up_to_date(project, progress)
    except Problem as problem:
        if foreground:
            raise
        from ..packages import fallback

        return [fallback.fall_back(project, problem, progress)]
    return []


def _clean(project: Project) -> None:
    """A supervisor that was killed leaves its socket behind, and its services with the ports.

    So does a state directory that vanished while all ran, but for the socket.
    """
    from ..base import processes

    if supervisor.socket_of(project).exists() or processes.running(project):
        from ..services.shutdown import end

        end(project)


def _give_up(project: Project) -> None:
    """Leave nothing running."""
    with terminal.uninterrupted():
        from ..services.shutdown import end

        end(project)


def restore_venv(project: Project, progress: Progress) -> None:
    """Fill .venv again where it was deleted while JupyterLab runs with it: kernels need it."""
    if not project.venv or (project.venv / "bin" / "python3").exists():
        return
    if project.python in (read_own(project.state / process_compose.CONFIG, limit=1 << 20) or ""):
        from ..packages import venv

        venv.bring_up_to_date(project, progress)


def resume(project: Project, progress: Progress) -> list[Problem] | None:
    """Start again what has ended in a project that runs, such as JupyterLab after File → Shut Down.

    Whatever the supervisor is restarting just now is waited for. Gives what is to be said of the
    services that failed, or None when JupyterLab has lost its port to another program: then all was
    ended, to begin anew on another port.
    """
    # Services that flake.nix has no more still run, but are nobody's wish.
    known = service_names(project)
    chosen = {name: port for name, port in ports.remembered(project).items() if name in known}
    try:
        states = supervisor.states(project)
        ended = [
            name
            for name in chosen
            if name in states and states[name]["status"] in ("Completed", "Error")
        ]
        lost = [name for name in ended if ports.taken(chosen[name])]
        if JUPYTER in lost:
            _give_up(project)
            return None
        if lost:
            name = lost[0]
            message = f"Port {chosen[name]} of {name} is taken by {listeners.holder(chosen[name])}."
            raise Problem(message, "lab start --again")
        for name in ended:
            supervisor.start_service(project, name)
        return wait.until_ready(project, chosen, progress, states)
    except wait.EndedMeanwhile:
        return resume(project, progress)
    except http.NoAnswer as error:
        raise Problem(f"process-compose does not answer: {error}.", "lab stop") from None
    finally:
        progress.clear()
