"""`lab start`: JupyterLab and the services, ready to use."""

import shlex
import signal
import subprocess

from . import (
    browser,
    exposure,
    listeners,
    ports,
    problem,
    readiness,
    request,
    secret,
    services,
    stop,
    supervisor,
)
from . import project as projects
from .files import exposed, lock, read_own
from .problem import Interrupted, Problem, here, stop_script
from .project import Project
from .show import Follower, status_of
from .terminal import Answer, Progress, give, note


def start(options: set[str], arguments: list[str]) -> int:
    """Start what does not run yet, wait until it answers, and say where."""
    project = projects.load()
    progress = Progress()
    if exposed(project.root / ".env"):
        fix = f"chmod 600 {shlex.quote(str(project.root / '.env'))}"
        note(f"Other users can read {project.root / '.env'}. Next: {fix}")
    foreground = "--foreground" in options
    ours = False
    failed: list[Problem] | None = None
    try:
        with lock(project.state / "start.lock", "start"):
            if supervisor.answers(project):
                failed = _resume(project, progress)
            ours = failed is None
            if failed is None:
                failed = _start_all(project, progress, foreground=foreground)
        give(_answer(project, failed, options, ours=ours), options)
        if not ours and _changed(project):
            command = here("lab stop && lab start")
            note(f"It runs as it was before your last changes. Next: {command}")
        for failure in failed:
            note(str(failure))
        if "--no-open" not in options and browser.wanted():
            port = ports.remembered(project)[services.JUPYTER]
            browser.open_page(project, services.page(project, services.JUPYTER, port))
        if foreground and ours:
            _follow(project)
    except BaseException as error:
        # A start that was cut short has cleaned up. From then on, it ends with this command: on
        # Ctrl-C, with its terminal, or when nobody reads the logs any more.
        if not foreground or not ours or not supervisor.answers(project):
            raise
        _end_all(project)
        if not isinstance(error, KeyboardInterrupt | Interrupted):
            raise
    return 1 if failed else 0


def _start_all(project: Project, progress: Progress, *, foreground: bool) -> list[Problem]:
    """Start everything; what is to be said of failures that leave JupyterLab open.

    In the foreground, as on build machines, a .venv that cannot be filled does: Problem is raised.
    """
    failed: list[Problem] = []
    process: subprocess.Popen[bytes] | None = None
    try:
        if not project.root.is_dir():
            raise Problem(f"{project.root} is not there any more.", "cd to the project")
        problem.require_room(project.state)
        failed += _sync(project, progress, foreground=foreground)
        _clean(project)
        secret.ensure(project)
        chosen = ports.choose(project, services.names(project))
        try:
            definitions = services.define(project, chosen.ports)
            services.offer_menu(project, chosen.ports)
            process = supervisor.spawn(project, definitions, chosen.descriptors)
        finally:
            chosen.close()
        failed += readiness.wait(project, chosen.ports, progress, {}, process)
        progress.show("Checking that nobody else is answered")
        exposure.refuse(project)
    except BaseException:
        progress.clear()
        if process:
            _give_up(project)
        raise
    progress.clear()
    return failed


def _sync(project: Project, progress: Progress, *, foreground: bool) -> list[Problem]:
    if not project.venv:
        return []
    from . import venv

    try:
        venv.bring_up_to_date(project, progress)
    except Problem as problem:
        if foreground:
            raise
        return [venv.fall_back(project, problem, progress)]
    return []


def _clean(project: Project) -> None:
    """A supervisor that was killed leaves its socket behind, and its services with the ports."""
    if supervisor.socket_of(project).exists():
        stop.end(project)


def _give_up(project: Project) -> None:
    """Leave nothing running; a second Ctrl-C does not stop that."""
    before = {
        signum: signal.signal(signum, signal.SIG_IGN)
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    stop.end(project)
    for signum, handler in before.items():
        signal.signal(signum, handler)


def _resume(project: Project, progress: Progress) -> list[Problem] | None:
    """Start again what has ended in a project that runs, such as JupyterLab after File → Shut Down.

    Whatever the supervisor is restarting just now is waited for. Gives what is to be said of the
    services that failed, or None when JupyterLab has lost its port to another program: then all was
    ended, to begin anew on another port.
    """
    # Services that flake.nix has no more still run, but are nobody's wish.
    known = services.names(project)
    chosen = {name: port for name, port in ports.remembered(project).items() if name in known}
    try:
        states = supervisor.states(project)
        ended = [
            name
            for name in chosen
            if name in states and states[name]["status"] in ("Completed", "Error")
        ]
        lost = [name for name in ended if ports.taken(chosen[name])]
        if services.JUPYTER in lost:
            _give_up(project)
            return None
        if lost:
            name = lost[0]
            message = f"Port {chosen[name]} of {name} is taken by {listeners.holder(chosen[name])}."
            raise Problem(message, "lab stop && lab start")
        for name in ended:
            supervisor.start_service(project, name)
        return readiness.wait(project, chosen, progress, states)
    except readiness.EndedMeanwhile:
        return _resume(project, progress)
    except request.NoAnswer as error:
        raise Problem(f"process-compose does not answer: {error}.", "lab stop") from None
    finally:
        progress.clear()


def _changed(project: Project) -> bool:
    """Would the services be started in another way now, since a file of the project changed?"""
    chosen = ports.remembered(project)
    if set(chosen) != set(services.names(project)):
        return True
    if project.venv:
        from . import venv

        if not venv.up_to_date(project):
            return True
    now = supervisor.config(project, services.define(project, chosen))
    return now != read_own(project.state / supervisor.CONFIG, limit=1 << 20)


def _answer(project: Project, failed: list[Problem], options: set[str], *, ours: bool) -> Answer:
    chosen = ports.remembered(project)
    width = max(len(name) for name in chosen)
    lines = [f"{project.name} is {'' if ours else 'already '}running. To stop it: {stop_script()}"]
    states = supervisor.states(project)
    for name, port in chosen.items():
        try:
            where = services.own_page(project, name, port, states.get(name))
        except Problem:
            where = "is not ready"  # why is said below
        lines.append(f"  {name:{width}}  {where}")
    problems = [{"message": each.message, "next": each.fix} for each in failed]
    # Asking each service takes its time.
    data = {**status_of(project), "failed": problems} if "--json" in options else {}
    return Answer(data, lines)


PAUSE = 0.2


def _follow(project: Project) -> None:
    """Show the logs until Ctrl-C, SIGTERM, or a `lab stop` from elsewhere."""
    follower = Follower(project, services.names(project))
    try:
        while supervisor.answers(project):
            follower.show(PAUSE)
    finally:
        follower.show(0)
    note(f"{project.name} was stopped.")


def _end_all(project: Project) -> None:
    """End everything; a second Ctrl-C does not stop that."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    follower = Follower(project, services.names(project))
    note(f"\nStopping {project.name} …")
    with lock(project.state / "start.lock", "stop"):
        stop.end(project)
    follower.show(0)
