"""In the CUDA shell: is the driver of the graphics card where it can be used?"""

import os
from collections.abc import Iterator

from checks import Finding, good
from project import Project

# As in driver.sh, which looks in this order.
PLACES = "/run/opengl-driver/lib, /usr/lib/wsl/lib, and where `ldconfig -p` says"


def driver(project: Project) -> Iterator[Finding]:
    """Was a driver found when the shell was entered? The other shells do not ask for one."""
    if project.facts.get("compute") != "cuda":
        return
    library = project.state / "driver" / "libcuda.so.1"
    if library.exists():
        yield good("driver", f"The NVIDIA driver is {os.path.realpath(library)}.")
        return
    yield Finding(
        "driver",
        f"There is no NVIDIA driver: not in {PLACES}. Where it is elsewhere, NIX_JUPYTER_DRIVER "
        "may name its folder. Where `nvidia-smi` fails, your system has none yet.",
        "nvidia-smi",
    )


CHECKS = [driver]
