"""The JupyterLab of this project, while it runs."""

import json
import subprocess
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import psutil


class JupyterLab(NamedTuple):
    """Where it answers, its token, and its process."""

    url: str
    token: str
    process: psutil.Process

    def runs(self) -> bool:
        """Whether it is still this process: another program on the port must not get the token."""
        with suppress(psutil.NoSuchProcess):
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        return False


def find(env: dict[str, str]) -> JupyterLab | None:
    """Ask `lab status`, which makes sure that it is ours; None where it does not run, or is not ready.

    `env` is the environment of the project.
    """
    done = subprocess.run(
        ["lab", "status", "--json"],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        status = json.loads(done.stdout)
        address = urlsplit(status["url"])
        (service,) = (one for one in status["services"] if one["port"] == address.port)
        (token,) = parse_qs(address.query)["token"]
        process = psutil.Process(service["pid"])
    except (ValueError, KeyError, TypeError, psutil.NoSuchProcess):
        return None
    return JupyterLab(f"http://127.0.0.1:{address.port}", token, process)
