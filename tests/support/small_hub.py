"""The settings of the smallest JupyterHub: the user ada, whose server is a container, and a program that has a token to start it.

TEST_HUB is as container_spawner.py wants it, with the `token`, and the `address` of the hub.
"""

import sys
from pathlib import Path
from typing import Any

from jupyterhub.proxy import Proxy

sys.path.insert(0, str(Path(__file__).parent))
from container_spawner import ContainerSpawner, given


class NoProxy(Proxy):
    """Who asks for the server here reaches it by itself."""

    should_start = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.routes: dict[str, dict[str, Any]] = {}

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        """As the hub wants it."""
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        """As the hub wants it."""
        self.routes.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        """As the hub wants it."""
        return self.routes


c = get_config()  # noqa: F821 (JupyterHub gives it)
c.JupyterHub.spawner_class = ContainerSpawner
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = f"http://{given['address']}:8081"
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = given["token"]
c.Authenticator.allowed_users = {"ada"}
c.JupyterHub.services = [{"name": "test", "api_token": given["token"]}]
scopes = ["read:users", "servers", "access:servers"]
c.JupyterHub.load_roles = [{"name": "test", "services": ["test"], "scopes": scopes}]
c.Spawner.cmd = ["jupyterhub-singleuser"]
c.Spawner.env_keep = []
# For what hangs, since many tests share the machine.
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 180
