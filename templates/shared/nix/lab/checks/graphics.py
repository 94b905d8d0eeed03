"""In the CUDA shell: is the driver of the graphics card where it can be used?"""

import os
import re
from collections.abc import Iterator

from ..base.project import Project
from .findings import Finding, line

# As in enter.sh, which looks in this order.
PLACES = (
    "/run/opengl-driver/lib, /usr/lib/wsl/lib, /usr/local/nvidia/lib64, "
    "and where `ldconfig -p` says"
)

# What CUDA 13 needs, for which the PyTorch of the CUDA shell is made. Also in enter.sh.
NEEDED = 580


def driver(project: Project) -> Iterator[Finding]:
    """Was a driver found when the shell was entered? The other shells do not ask for one."""
    if project.facts.get("compute") != "cuda":
        return
    library = project.state / "driver" / "libcuda.so.1"
    if library.exists():
        yield _judged(os.path.realpath(library))
        return
    yield line("driver-missing", places=PLACES)


def _judged(library: str) -> Finding:
    """Is it new enough? On WSL2 the file does not say its version, and counts as good."""
    version = re.search(r"/libcuda\.so\.((\d{2,})\.[\d.]+)$", library)
    if version is None or int(version[2]) >= NEEDED:
        return line("driver", version=library)
    return line("driver-old", version=version[1], needed=NEEDED)
