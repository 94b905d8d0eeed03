"""Which ports this process and its children listen on, from what the kernel says."""

import os
from pathlib import Path


def _family() -> list[int]:
    found, queue = [], [os.getpid()]
    for pid in queue:
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            queue += [int(child) for child in task.read_text().split()]
    return found


def _listening() -> list[tuple[str, int]]:
    sockets = set()
    for pid in _family():
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(file)
            except OSError:
                continue
            if target.startswith("socket:["):
                sockets.add(target[8:-1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = [row[1].split(":") for row in rows if row[3] == "0A" and row[9] in sockets]
    return [
        (".".join(str(int(ip[i : i + 2], 16)) for i in (6, 4, 2, 0)), int(port, 16))
        for ip, port in local
    ]


def listening() -> list[int]:
    """The ports."""
    return sorted(port for _, port in _listening())


def addresses() -> list[str]:
    """The addresses that they are bound to."""
    return sorted({address for address, _ in _listening()})
