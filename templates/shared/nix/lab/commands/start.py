"""`lab start`, `lab stop`, `lab restart`: JupyterLab and the services, ready to use or at rest."""

import shlex
import signal
import subprocess
import time
from contextlib import suppress

from ..base import browser, errors, processes
from ..base import project as projects
from ..base.errors import Interrupted, Problem
from ..base.file_lock import holder, lock
from ..base.files import exposed, read_own
from ..base.invocation import here, place, stop_script
from ..base.project import Project
from ..base.terminal import Answer, Progress, give, note
from ..checks import audit
from ..services import (
    definitions,
    http,
    listeners,
    menu,
    ports,
    process_compose,
    secret,
    supervisor,
    urls,
    wait,
)
from ..services.logs import Follower
from ..services.names import JUPYTER, named, service_names
from ..services.shutdown import STOP_SECONDS, end
from ..services.status import status_of


def start(options: set[str], arguments: list[str]) -> int:
    """Start what does not run yet, wait until it answers, and say where."""
    project = projects.load()
    progress = Progress()
    project.bundle = next(
        (place(option[7:]) for option in options if option.startswith("--from=")), None
    )
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
        if ours:
            _note_former(project)
        elif _changed(project):
            command = here("lab stop && lab start")
            note(f"It runs as it was before your last changes. Next: {command}")
        for failure in failed:
            note(str(failure))
        if "--no-open" not in options and browser.wanted():
            port = ports.remembered(project)[JUPYTER]
            browser.open_page(project, urls.page(project, JUPYTER, port))
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
        errors.require_room(project.state)
        failed += _sync(project, progress, foreground=foreground)
        _clean(project)
        secret.ensure(project)
        chosen = ports.choose(project, service_names(project))
        try:
            services = definitions.define(project, chosen.ports)
            menu.offer(project, chosen.ports)
            process = process_compose.spawn(project, services, chosen.descriptors)
        finally:
            chosen.close()
        failed += wait.until_ready(project, chosen.ports, progress, {}, process)
        progress.show("Checking that nobody else is answered")
        audit.refuse_open_ports(project)
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
    """A supervisor that was killed leaves its socket behind, and its services with the ports."""
    if supervisor.socket_of(project).exists():
        end(project)


def _give_up(project: Project) -> None:
    """Leave nothing running; a second Ctrl-C does not stop that."""
    before = {
        signum: signal.signal(signum, signal.SIG_IGN)
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    end(project)
    for signum, handler in before.items():
        signal.signal(signum, handler)


def _resume(project: Project, progress: Progress) -> list[Problem] | None:
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
            raise Problem(message, "lab stop && lab start")
        for name in ended:
            supervisor.start_service(project, name)
        return wait.until_ready(project, chosen, progress, states)
    except wait.EndedMeanwhile:
        return _resume(project, progress)
    except http.NoAnswer as error:
        raise Problem(f"process-compose does not answer: {error}.", "lab stop") from None
    finally:
        progress.clear()


def _changed(project: Project) -> bool:
    """Would the services be started in another way now, since a file of the project changed?"""
    chosen = ports.remembered(project)
    if set(chosen) != set(service_names(project)):
        return True
    if project.venv:
        from ..packages import venv

        if not venv.up_to_date(project):
            return True
    now = process_compose.config(project, definitions.define(project, chosen))
    return now != read_own(project.state / process_compose.CONFIG, limit=1 << 20)


def _answer(project: Project, failed: list[Problem], options: set[str], *, ours: bool) -> Answer:
    chosen = ports.remembered(project)
    width = max(len(name) for name in chosen)
    lines = [f"{project.name} is {'' if ours else 'already '}running. To stop it: {stop_script()}"]
    states = supervisor.states(project)
    for name, port in chosen.items():
        try:
            where = urls.own_page(project, name, port, states.get(name))
        except Problem:
            where = "is not ready"  # why is said below
        lines.append(f"  {name:{width}}  {where}")
    problems = [{"message": each.message, "next": each.fix} for each in failed]
    # Asking each service takes its time.
    data = {**status_of(project), "failed": problems} if "--json" in options else {}
    return Answer(data, lines)


def _note_former(project: Project) -> None:
    """What ran in a folder that was deleted runs on, and no `lab stop` of a new one ends it."""
    for file in project.state.parent.glob("*/root"):
        where = ""
        with suppress(Problem):  # it is of another project, which says so itself
            where = (read_own(file) or "").partition(" ")[2]
        if file.parent == project.state or where != str(project.root):
            continue
        former = Project(project.root, file.parent, project.facts, project.umask)
        if left := processes.tops(processes.running(former)):
            fix = shlex.join(["kill", *(str(process.pid) for process in left)])
            note(f"The project that was in {where} before still runs. Next: {fix}")


PAUSE = 0.2


def _follow(project: Project) -> None:
    """Show the logs until Ctrl-C, SIGTERM, or a `lab stop` from elsewhere."""
    follower = Follower(project, service_names(project))
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
    follower = Follower(project, service_names(project))
    note(f"\nStopping {project.name} …")
    with lock(project.state / "start.lock", "stop"):
        end(project)
    follower.show(0)


# Everything ended, kernels too, and started again.


def stop(options: set[str], arguments: list[str]) -> Answer:
    """End the project's services within ten seconds. Nothing to end is no failure."""
    project = projects.load()
    # Typed in a terminal of JupyterLab, this command must outlive that terminal.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_starting(project)
    progress = Progress()
    with lock(project.state / "start.lock", "stop"):
        progress.show(f"Stopping {project.name}")
        found = end(project)
        progress.clear()
    line = f"{project.name} is stopped." if found else f"{project.name} was not running."
    return Answer({"project": project.name, "stopped": found}, [line])


def end_starting(project: Project) -> None:
    """A `lab start` that still waits for its services is asked to give up; it cleans up itself."""
    found = holder(project.state / "start.lock")
    # The name may be of one that was killed, and its number may be another program's by now.
    if found and found[0] == "start" and "start" in processes.command(found[1]):
        processes.terminate(processes.family(found[1])[:1])


def restart(options: set[str], arguments: list[str]) -> Answer:
    """Restart one service or all, and wait until they answer again."""
    project = projects.load()
    names = named(project, arguments)
    if not supervisor.answers(project):
        raise Problem(f"{project.name} is not running.", "lab start")
    progress = Progress()
    try:
        before = supervisor.states(project)
        for name in names:
            if name not in before:
                message = f"{name} does not run: flake.nix got it after {project.name} was started."
                raise Problem(message, "lab stop && lab start")
        for name in names:
            progress.show(f"Restarting {name}")
            _restart_one(project, name, before[name]["pid"])
        chosen = ports.remembered(project)
        waited_for = {name: chosen[name] for name in names}
        for problem in wait.until_ready(project, waited_for, progress, before, restarted=True):
            raise problem
    except (http.NoAnswer, Problem):
        if not _being_stopped(project):
            raise
        raise Problem(f"{project.name} was stopped meanwhile.", "lab start") from None
    finally:
        progress.clear()
    return Answer({"restarted": names}, [f"{' and '.join(names)} restarted."])


def _being_stopped(project: Project) -> bool:
    """Has `lab stop`, from elsewhere, ended what we wait for?"""
    found = holder(project.state / "start.lock")
    return not supervisor.answers(project) or (found is not None and found[0] == "stop")


def _restart_one(project: Project, name: str, pid: int) -> None:
    # Not process-compose's own restart: that sleeps for a second between the two.
    supervisor.stop_service(project, name)
    deadline = time.monotonic() + STOP_SECONDS - 1
    while not supervisor.start_service(project, name):
        time.sleep(0.02)
        if time.monotonic() > deadline + 2:
            message = f"process-compose does not start {name} again."
            raise Problem(message, "lab stop && lab start")
        if time.monotonic() > deadline:
            processes.kill(processes.family(pid))
