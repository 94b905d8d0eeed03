"""The stand-in for JupyterLab answers as the real one does, as far as tests ask it."""

from driver import Lab, get

PATHS = [
    "/api",
    "/api/status",
    "/api/contents/notebooks/start.ipynb?content=0",
    "/api/contents/notebooks/none.ipynb?content=0",
]


def answers(lab: Lab) -> dict[tuple[str, str, str], int]:
    """The status of each page, by token and host name."""
    port, tokens = lab.port(), {"right": lab.token(), "wrong": "wrong", "none": ""}
    hosts = {"none": "", "own": f"{lab.host()}:{port}", "foreign": "elsewhere.localhost"}
    return {
        (path, token, host): get(port, path, tokens[token], host=hosts[host])[0]
        for path in PATHS
        for token in tokens
        for host in hosts
    }


def test_it_answers_as_jupyterlab_does(running: Lab, shared: Lab) -> None:
    assert answers(running) == answers(shared)
