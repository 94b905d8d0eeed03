"""In the CUDA shell: is the driver of the graphics card where it can be used?"""

import os
import re
from collections.abc import Iterator

from checks import Finding, good
from project import Project

# As in driver.sh, which looks in this order.
PLACES = "/run/opengl-driver/lib, /usr/lib/wsl/lib, and where `ldconfig -p` says"

# What CUDA 13 needs, for which the PyTorch of the CUDA shell is made. Also in driver.sh.
NEEDED = 580


def driver(project: Project) -> Iterator[Finding]:
    """Was a driver found when the shell was entered? The other shells do not ask for one."""
    if project.facts.get("compute") != "cuda":
        return
    library = project.state / "driver" / "libcuda.so.1"
    if library.exists():
        yield _judged(os.path.realpath(library))
        return
    yield Finding(
        "driver",
        f"There is no NVIDIA driver: not in {PLACES}. Where it is elsewhere, NIX_JUPYTER_DRIVER "
        "may name its folder. Where `nvidia-smi` fails, your system has none yet.",
        "nvidia-smi",
    )


def _judged(library: str) -> Finding:
    """Is it new enough? On WSL2 the file does not say its version, and counts as good."""
    version = re.search(r"/libcuda\.so\.((\d{2,})\.[\d.]+)$", library)
    if version is None or int(version[2]) >= NEEDED:
        return good("driver", f"The NVIDIA driver is {library}.")
    return Finding(
        "driver",
        f"The NVIDIA driver is {version[1]}, and CUDA 13 needs {NEEDED} or newer: PyTorch will use "
        "the CPU. Update the driver as your system does it.",
        "nvidia-smi",
    )


CHECKS = [driver]
