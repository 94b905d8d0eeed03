"""`lab start`: JupyterLab and the services, ready to use."""

import shlex
from contextlib import suppress

from ..base import browser
from ..base import project as projects
from ..base.called import here, place, script
from ..base.files import exposed, lock, read_own
from ..base.project import Project
from ..base.terminal import (
    Answer,
    Interrupted,
    Problem,
    Progress,
    give,
    note,
    uninterrupted,
)
from ..services import ports, process_compose, supervisor, urls
from ..services.logs import Follower
from ..services.names import JUPYTER, service_names
from ..services.status import status_of
from .again import AGAIN, UNTOLD, anew, end_before, take_over
from .startup import Run, restore_venv, resume, start_all


def start(options: set[str], arguments: list[str]) -> int:
    """Start what does not run yet, wait until it answers, and say where."""
    project = projects.load()
    again = AGAIN in options
    if again and (code := anew(project, options)) is not None:
        return code
    progress = Progress()
    project.bundle = next(
        (place(option[7:]) for option in options if option.startswith("--from=")), None
    )
    if exposed(project.root / ".env"):
        fix = f"chmod 600 {shlex.quote(str(project.root / '.env'))}"
        note(f"Other users can read {project.root / '.env'}. Next: {here(fix)}")
    foreground = "--foreground" in options
    ours = False
    run = Run()
    failed: list[Problem] | None = None
    try:
        if again:
            take_over(project, progress)
        with lock(project.state / "start.lock", "start"):
            if again:
                end_before(project, progress)
            if supervisor.answers(project):
                urls.require(project, [JUPYTER])
                restore_venv(project, progress)
                failed = resume(project, progress)
            ours = failed is None
            if failed is None:
                project.log(UNTOLD).unlink(missing_ok=True)  # of the start before
                failed = start_all(project, progress, run, foreground=foreground)
        give(_answer(project, failed, options, ours=ours), options)
        if ours:
            _note_former(project)
        elif _changed(project):
            command = here("lab start --again")
            note(f"It still runs without your last changes. Next: {command}")
        for failure in failed:
            note(str(failure))
        if "--no-open" not in options and browser.wanted():
            port = ports.remembered(project)[JUPYTER]
            browser.open_page(project, urls.page(project, JUPYTER, port))
        if foreground and ours:
            _follow(project, run)
    except BaseException as error:
        # A start that was cut short has cleaned up. From then on, it ends with this command: on
        # Ctrl-C, with its terminal, or when nobody reads the logs any more.
        if not foreground or not run.goes_on():
            raise
        _end_all(project, run)
        if not isinstance(error, KeyboardInterrupt | Interrupted):
            raise
    return 1 if failed else 0


def _changed(project: Project) -> bool:
    """Would it be started in another way now, or with other packages?"""
    if process_compose.is_behind(project):
        return True
    if project.venv:
        from ..packages import venv

        return not venv.up_to_date(project)
    return False


def _answer(project: Project, failed: list[Problem], options: set[str], *, ours: bool) -> Answer:
    chosen = ports.remembered(project)
    width = max(len(name) for name in chosen)
    lines = [f"{project.name} is {'' if ours else 'already '}running. To stop it: {script('stop')}"]
    states = supervisor.states(project)
    for name, port in chosen.items():
        try:
            where = urls.own_page(project, name, port, states.get(name))
        except Problem:
            where = "is not ready"  # why is said below
        lines.append(f"  {name:{width}}  {where}")
    problems = [{"message": each.message, "next": each.fix and here(each.fix)} for each in failed]
    # Asking each service takes its time.
    data = {**status_of(project), "failed": problems} if "--json" in options else {}
    return Answer(data, lines)


def _note_former(project: Project) -> None:
    """What ran in a directory that was deleted runs on, and no `lab stop` of a new one ends it."""
    for file in project.state.parent.glob("*/root"):
        where = ""
        with suppress(Problem):  # it is of another project, which says so itself
            where = (read_own(file) or "").partition(" ")[2]
        if file.parent == project.state or where != str(project.root):
            continue
        from ..base import processes  # psutil, which a start of what runs already does without

        former = Project(project.root, file.parent, project.facts, project.umask)
        if left := processes.tops(processes.running(former)):
            fix = shlex.join(["kill", *(str(process.pid) for process in left)])
            note(f"The project that was in {where} before still runs. Next: {here(fix)}")


PAUSE_SECONDS = 0.2


def _follow(project: Project, run: Run) -> None:
    """Show the logs until Ctrl-C, SIGTERM, or a `lab stop` from elsewhere."""
    follower = Follower(project, service_names(project))
    try:
        while run.goes_on():
            follower.show(PAUSE_SECONDS)
    finally:
        follower.show(0)
    note(f"{project.name} was stopped.")


def _end_all(project: Project, run: Run) -> None:
    """Stop everything, but for what another command starts again meanwhile."""
    with uninterrupted():
        follower = Follower(project, service_names(project))
        note(f"\nStopping {project.name} …")
        with lock(project.state / "start.lock", "stop"):
            from ..services.shutdown import end

            if run.goes_on():
                end(project)
        follower.show(0)
