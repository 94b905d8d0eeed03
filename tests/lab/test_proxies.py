"""Proxies that the user's shell names: JupyterLab starts, and what it starts is told of them."""

import json

import psutil
import pytest

from driver import Lab, get, wait_for

pytestmark = pytest.mark.jupyterlab


@pytest.mark.parametrize("proxy", ["socks5h://127.0.0.1:9", "nothing"])
def test_a_proxy_that_jupyterlab_cannot_use(lab: Lab, proxy: str) -> None:
    """H7: JupyterLab makes a client for its extension manager, which is off, when it is loaded."""
    lab.extra = {"ALL_PROXY": proxy, "https_proxy": proxy}
    lab.check("start")
    body = json.dumps({"name": "python3"}).encode()
    assert get(lab.port(), "/api/kernels", lab.token(), method="POST", data=body)[0] == 201

    def kernel() -> psutil.Process | None:
        found = (one for one, line in lab.with_command_lines() if "ipykernel_launcher" in line)
        return next(found, None)

    environment = wait_for(kernel, "the kernel to run").environ()
    assert (environment["ALL_PROXY"], environment["https_proxy"]) == (proxy, proxy)
