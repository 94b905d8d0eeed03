"""A hub's spawner whose servers are containers of this computer, in the place of Kubernetes' pods.

The environment variable TEST_HUB is JSON, with `containers`: by the name of a user, the words of the command before and after the
variables, and the address. What a container prints is in a file beside, such as ada.log.
"""

import asyncio
import json
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path

from jupyterhub.spawner import Spawner

given = json.loads(os.environ["TEST_HUB"])


class ContainerSpawner(Spawner):
    """What KubeSpawner does with the image: its entry gets the hub's variables and the command."""

    process: Process | None = None

    async def start(self) -> str:
        """Give the address of the server."""
        container = given["containers"][self.user.name]
        self.ip, self.port = "0.0.0.0", 8888
        variables = [f"{name}={value}" for name, value in self.get_env().items()]
        words = [*container["before"], *variables, *container["after"]]
        log = f'exec "$@" </dev/null >{self.user.name}.log 2>&1'
        self.process = await asyncio.create_subprocess_exec(
            "sh", "-c", log, "sh", *words, *self.cmd, *self.get_args()
        )
        return f"http://{container['address']}:{self.port}"

    async def stop(self, now: bool = False) -> None:
        """As Kubernetes stops a pod: its first process is asked to end."""
        if self.process and self.process.returncode is None:
            pid = self.process.pid
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL if now else signal.SIGTERM)
            await self.process.wait()

    async def poll(self) -> int | None:
        """None while it runs."""
        return self.process.returncode if self.process else 0
