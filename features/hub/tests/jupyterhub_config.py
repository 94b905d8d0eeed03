"""A hub as the chart makes it out of its values, with containers of this computer in the place of Kubernetes' pods.

TEST_HUB is as container_spawner.py wants it, with `values` (files), `proxy` (the command), and the `address` of the hub.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "tests/support")]
from container_spawner import ContainerSpawner, given
from values import merged

values = merged(*given["values"])
singleuser = values["singleuser"]

c = get_config()  # noqa: F821 (JupyterHub gives it)
# As files/hub/jupyterhub_config.py of the chart.
for section, settings in values["hub"]["config"].items():
    c[section].update(settings)
c.Spawner.cmd = singleuser["cmd"]
c.Spawner.default_url = singleuser["defaultUrl"]
for kind in ("limit", "guarantee"):
    c.Spawner[f"mem_{kind}"] = singleuser["memory"][kind]
    c.Spawner[f"cpu_{kind}"] = singleuser["cpu"][kind]

# What Kubernetes is there.
c.JupyterHub.spawner_class = ContainerSpawner
c.Spawner.env_keep = []
c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = f"http://{given['address']}:8081"
c.JupyterHub.bind_url = "http://:8000"
c.ConfigurableHTTPProxy.command = given["proxy"]
c.JupyterHub.db_url = "sqlite://"
