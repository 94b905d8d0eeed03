"""`lab doctor`: why something does not work, and the one command that fixes it."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator

from . import audit, browser, ports, processes, secret, services, supervisor
from . import project as projects
from .project import Project, exposed, tail
from .terminal import Answer, here


def doctor(options: set[str], arguments: list[str]) -> Answer:
    """Run all checks. The exit code is 1 when one of them has found a problem."""
    project = projects.load()
    findings = [finding for check in all_checks() for finding in check(project)]
    problems = [finding for finding in findings if not finding.ok]
    lines = []
    for finding in findings:
        lines.append(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.message}")
        if finding.fix:
            lines.append(f"         Next: {here(finding.fix)}")
    lines += ["", f"Problems: {len(problems)}." if problems else "No problem was found."]
    return Answer([vars(finding) for finding in findings], lines, 1 if problems else 0)


class Finding:
    """All is well, or what is wrong in one sentence and the one command that fixes it."""

    def __init__(self, name: str, message: str, fix: str | None = None, ok: bool = False) -> None:
        self.name = name
        self.ok = ok
        self.message = message
        self.fix = fix


# Every problem that the doctor knows, by name: what it says, and the command that fixes it.
FAULTS = {
    "tool-missing": ("{program} is missing.", "nix develop"),
    "venv-old": ("{venv} is not up to date.", "lab sync"),
    "package-missing": ("{name} is not installed.", "{fix}"),
    "package-unsafe": ("{name} {version} has known security holes or faults: {why}.", "{fix}"),
    "packages-unrecorded": (
        "{venv} holds what stands in no file of the project: {names}.",
        "lab add {quoted}",
    ),
    "extension-refused": ("JupyterLab cannot load the extension {name}: {why}", "{fix}"),
    "driver-missing": (
        (
            "There is no NVIDIA driver: not in {places}. Where it is elsewhere, NIX_JUPYTER_DRIVER "
            "may name its folder. Where `nvidia-smi` fails, your system has none yet."
        ),
        "nvidia-smi",
    ),
    "driver-old": (
        (
            "The NVIDIA driver is {version}, and CUDA 13 needs {needed} or newer: PyTorch will use "
            "the CPU. Update the driver as your system does it."
        ),
        "nvidia-smi",
    ),
    "service-new": (
        "{name} does not run: flake.nix got it after {project} was started.",
        "lab stop && lab start",
    ),
    "service-silent": (
        "{name} does not answer on port {port}. The end of its log:{words}",
        "lab logs {name}",
    ),
    "process-left": ("Process {pid} is left over from a time when {project} ran.", "lab stop"),
    "socket-left": ("{socket} is left over, and nobody listens there.", "lab stop"),
    "open-to-others": ("{why}", "{fix}"),
    "nix-missing": (
        "Nix is not installed.",
        "curl -L https://nixos.org/nix/install | sh -s -- --daemon",
    ),
    "project-unreadable": ("{why}", "{fix}"),
    "git-untracked": (
        "Nix does not see {name}, because git does not track it.",
        "git add {quoted}",
    ),
    "lock-untracked": (
        "Whoever clones this project does not get {name}: git does not track it.",
        "git add {quoted}",
    ),
    "state-locked": ("{folder} cannot be written to.", "chmod 700 {quoted}"),
    "token-exposed": ("Other users may read {file}.", "chmod 600 {quoted}"),
    "disk-full": (
        "Only {free} MiB are free where {folder} is.",
        "nix-collect-garbage --delete-older-than 30d",
    ),
    "local-nix-shared": (
        "git does not ignore local.nix, which is about this machine only.",
        "echo local.nix >> .gitignore",
    ),
    "browser-missing": ("BROWSER is {asked}, and no such program is there.", "unset BROWSER"),
    "dotenv-exposed": ("Other users can read {file}.", "chmod 600 {quoted}"),
}


def fault(name: str, /, **slots: object) -> Finding:
    """A problem of the list, with its slots filled in."""
    cause, fix = FAULTS[name]
    return Finding(name, cause.format(**slots), fix.format(**slots))


# A check yields findings and changes nothing.
Check = Callable[[Project], Iterator[Finding]]


def good(name: str, message: str) -> Finding:
    """All is well with this."""
    return Finding(name, message, ok=True)


def all_checks() -> list[Check]:
    """Every check, in the order in which one would look oneself."""
    from . import checks

    return [
        *checks.OF_PACKAGES,
        *checks.OF_RECORDS,
        *checks.OF_EXTENSIONS,
        *checks.OF_GRAPHICS,
        *OF_PROCESSES,
        *OF_FILES,
        asked_for,
    ]


# Does what should run run, and is nothing left of former days?


def running(project: Project) -> Iterator[Finding]:
    """Do all services answer, if the project runs?"""
    try:
        states = supervisor.states(project)
    except ports.NoAnswer:
        yield from _not_running(project)
        return
    chosen = ports.remembered(project)
    for name in services.names(project):
        if name not in states or name not in chosen:
            yield fault("service-new", name=name, project=project.name)
        elif services.ready(project, name, chosen[name], states[name]["pid"]):
            yield good("services", f"{name} answers on port {chosen[name]}.")
        else:
            words = "".join(f"\n         | {line}" for line in tail(project.log(name), 5))
            yield fault("service-silent", name=name, port=chosen[name], words=words)


def _not_running(project: Project) -> Iterator[Finding]:
    left = processes.running(project)
    for process in left:
        yield fault("process-left", pid=process.pid, project=project.name)
    if not left and supervisor.socket_of(project).exists():
        yield fault("socket-left", socket=supervisor.socket_of(project))
    elif not left:
        yield good("processes", f"{project.name} is not running, and nothing is left of it.")
    for name, port in ports.remembered(project).items():
        if not left and not ports.free(port):
            message = f"Port {port} is taken by {ports.holder(port)}; {name} will get another."
            yield good("ports", message)


def open_to_others(project: Project) -> Iterator[Finding]:
    """Is anybody else on this computer answered? `lab audit` says more."""
    if not supervisor.answers(project):
        return
    _, risks = audit.report(project)
    for risk in risks:
        yield fault("open-to-others", why=risk.message, fix=risk.fix)
    if not risks:
        yield good("audit", "Nobody else on this computer is answered.")


OF_PROCESSES = [running, open_to_others]


# Are the project's files where Nix and git see them, and its secrets where nobody else does?


GIBIBYTE = 1 << 30


def state_folder(project: Project) -> Iterator[Finding]:
    """Can only this user read the token, and can the folder be written to?"""
    folder, token = project.state, secret.path(project)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield fault("state-locked", folder=folder, quoted=shlex.quote(str(folder)))
    elif token.exists() and token.stat().st_mode & 0o077:
        yield fault("token-exposed", file=token, quoted=shlex.quote(str(token)))
    else:
        yield good("state", f"{folder} is yours alone.")


def disk(project: Project) -> Iterator[Finding]:
    """Is there room to work?"""
    for folder in (project.root, project.state):
        free = shutil.disk_usage(folder).free
        if free < GIBIBYTE:
            yield fault("disk-full", free=free >> 20, folder=folder)
        else:
            yield good("disk", f"{free >> 30} GiB are free where {folder} is.")


def git(project: Project) -> Iterator[Finding]:
    """Does Nix see every file that it needs? In a git repository it sees the tracked ones only."""
    if _git(project, "rev-parse", "--show-toplevel") is None:
        yield good("git", f"{project.root} is in no git repository that git would work with.")
        return
    needed = ("*.nix", "flake.lock", "nix", "requirements.in", ".nix-jupyter.json")
    unseen = [name for name in _untracked(project, *needed) if name != "local.nix"]
    for name in unseen:
        yield fault("git-untracked", name=name, quoted=shlex.quote(name))
    unshared = _untracked(project, "pyproject.toml", "requirements.txt", "uv.lock")
    for name in unshared:
        yield fault("lock-untracked", name=name, quoted=shlex.quote(name))
    if not unseen and not unshared:
        yield good("git", "git tracks every file that Nix needs.")


def _untracked(project: Project, *names: str) -> list[str]:
    found = _git(project, "ls-files", "--others", "--exclude-standard", "-z", "--", *names)
    return [name for name in (found or "").split("\0") if name]


def flake(project: Project) -> Iterator[Finding]:
    """Can Nix still read the project? What is wrong in flake.nix is said as ./start says it."""
    if not (project.root / "nix" / "enter.sh").is_file():
        return  # a project of lab alone, as in its tests
    if not shutil.which("nix"):
        yield fault("nix-missing")
        return
    script = (
        '. nix/enter.sh && shell=$(nix_jupyter_choose_shell) && nix_jupyter_check "$shell" ./start'
    )
    done = subprocess.run(
        ["sh", "-c", script], cwd=project.root, capture_output=True, text=True, check=False
    )
    message, found, fix = done.stdout.partition("\n  Next: ")
    if found:
        why = message.replace("\n", "\n         ")
        yield fault("project-unreadable", why=why, fix=fix.strip())
    elif done.returncode:
        why = f"Nix cannot read the project: {done.stderr.strip()}"
        yield fault("project-unreadable", why=why, fix="./start")
    else:
        yield good("flake", "Nix can read the project.")


def local_nix(project: Project) -> Iterator[Finding]:
    """This machine's own choices should not reach other machines."""
    if not (project.root / "local.nix").exists():
        return
    if _git(project, "rev-parse", "--show-toplevel") is None:
        return
    if _git(project, "check-ignore", "-q", "local.nix") is None:
        yield fault("local-nix-shared")
    else:
        yield good("local.nix", "local.nix is this machine's own. ./start and direnv read it.")


def dotenv(project: Project) -> Iterator[Finding]:
    """What is in .env are secrets of this user's."""
    file = project.root / ".env"
    if exposed(file):
        yield fault("dotenv-exposed", file=file, quoted=shlex.quote(str(file)))
    elif file.exists():
        yield good(".env", f"{file} is yours alone.")


def direnv(project: Project) -> Iterator[Finding]:
    """A hint, for those who have it."""
    if not shutil.which("direnv") or not (project.root / ".envrc").exists():
        return
    if os.environ.get("DIRENV_DIR", "").lstrip("-") == str(project.root):
        yield good("direnv", "direnv enters the environment by itself.")
    else:
        yield good("direnv", "To enter the environment with every `cd`, type once: direnv allow")


def page(project: Project) -> Iterator[Finding]:
    """Is there a browser in which ./start can open its page?"""
    asked, program = browser.find(project)
    if asked:
        yield fault("browser-missing", asked=asked)
    elif program:
        yield good("browser", f"Pages are opened with {program}.")
    else:
        yield good("browser", "No browser can be opened from here: ./start prints the address.")


def _git(project: Project, *arguments: str) -> str | None:
    """Run git in the project's folder: its output, or None when it fails or is not there."""
    program = shutil.which("git")
    if not program:
        return None
    command = [program, *arguments]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


OF_FILES = [flake, git, state_folder, disk, local_nix, dotenv, direnv, page]


# What features let the doctor ask: nix/features/<id>/doctor.json.


def asked_for(project: Project) -> Iterator[Finding]:
    """Is what each feature needs there?

    A question is a command, which answers by its exit code, with the sentence for either answer
    and the command that fixes it. `when`, another command, says whether it is asked at all.
    """
    for file in sorted((project.root / "nix" / "features").glob("*/doctor.json")):
        for question in json.loads(file.read_text()):
            if "when" in question and not _succeeds(project, question["when"]):
                continue
            if _succeeds(project, question["test"]):
                yield good(file.parent.name, question["good"])
            else:
                yield Finding(file.parent.name, question["problem"], question["fix"])


def _succeeds(project: Project, command: list[str]) -> bool:
    try:
        ran = subprocess.run(command, cwd=project.root, capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return ran.returncode == 0
