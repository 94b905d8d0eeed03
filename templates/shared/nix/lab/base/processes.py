"""The processes of a project, found by the mark in their environment, and their end."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil
from psutil import Process

from .called import MARK
from .project import Project


def running(project: Project) -> list[Process]:
    """Every process that the supervisor has started, kernels too, wherever it went since.

    A kernel has a session of its own and is nobody's child once JupyterLab was killed, so neither
    groups nor parents find them all; the environment does. Children are added for the few programs
    that write over their environment.
    """
    found: dict[int, Process] = {}
    for pid in psutil.pids():
        if process := _marked(pid, str(project.state)):
            found[pid] = process
    # Most looks find nobody, and need no parents.
    for pid in _descendants(list(found)) if found else ():
        with suppress(psutil.Error):
            found[pid] = Process(pid)
    found.pop(os.getpid(), None)
    return list(found.values())


def _marked(pid: int, mark: str) -> Process | None:
    """The process, where it has the mark and is ours."""
    try:
        if f"{MARK}={mark}" in _environment(pid):
            process = Process(pid)
            if process.uids().real == os.getuid():
                return process
    except (psutil.Error, OSError):
        pass  # gone meanwhile, or not ours to look at
    return None


def _environment(pid: int) -> list[str]:
    """The environment, also of a process in which one program just takes the place of another.

    Linux shows none then, and on a busy computer that can last. A process of Linux itself has no
    program, and one that was started without an environment has a command line.
    """
    if sys.platform != "linux":
        return [f"{name}={value}" for name, value in Process(pid).environ().items()]
    # psutil takes five times as long to make something of it.
    deadline = time.monotonic() + 1
    while not (environment := _read(f"/proc/{pid}/environ")):
        os.readlink(f"/proc/{pid}/exe")
        if _read(f"/proc/{pid}/cmdline") or time.monotonic() > deadline:
            break
        time.sleep(0.001)
    return os.fsdecode(environment).split("\0")


def _read(file: str) -> bytes:
    with open(file, "rb") as content:
        return content.read()


def alive(processes: Iterable[Process]) -> list[Process]:
    """Those that still run. One that has ended and waits for its parent to notice does not.

    Linux calls it so when its first thread has ended: the others may go on, and hold its ports.
    """
    return [process for process in processes if _alive(process)]


def _alive(process: Process) -> bool:
    try:
        if not process.is_running():
            return False
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.Error:
        return False


def wait(processes: Iterable[Process], deadline: float) -> list[Process]:
    """Wait until all have ended or time.monotonic() is `deadline`; return what still runs."""
    left = alive(processes)
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left = alive(left)
    return left


def terminate(processes: Iterable[Process]) -> None:
    """Ask with SIGTERM."""
    for process in processes:
        _signal(process.terminate)


def kill(processes: Iterable[Process]) -> None:
    """End with SIGKILL."""
    for process in processes:
        _signal(process.kill)


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.Error:
        pass  # it has ended by itself


def tops(processes: list[Process]) -> list[Process]:
    """Those whose parent is not among them: the services, when their supervisor is gone."""
    pids = {process.pid for process in processes}
    return [process for process in processes if _parent(process.pid) not in pids]


def family(pid: int) -> list[Process]:
    """A process and all that comes from it; nobody when it has ended."""
    try:
        found = [Process(pid)]
    except psutil.Error:
        return []
    for child in _descendants([pid]):
        with suppress(psutil.Error):
            found.append(Process(child))
    return found


def _descendants(pids: list[int]) -> list[int]:
    """What comes from some processes, and is not among them."""
    children: dict[int | None, list[int]] = {}
    for pid in psutil.pids():
        children.setdefault(_parent(pid), []).append(pid)
    family = list(pids)
    for pid in family:
        family += [child for child in children.get(pid, ()) if child not in family]
    return family[len(pids) :]


def name(pid: int) -> str:
    """What a process is called; empty when it has ended."""
    try:
        return Process(pid).name()
    except psutil.Error:
        return ""


def command(pid: int) -> list[str]:
    """The command line of a process; empty when it has ended."""
    try:
        return Process(pid).cmdline()
    except psutil.Error:
        return []


def _parent(pid: int) -> int | None:
    try:
        if sys.platform != "linux":
            return Process(pid).ppid()
        # Its name, in brackets, may have any character.
        return int(_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
    except (psutil.Error, OSError):
        return None
