"""A Dask client: `from cluster import client`.

On this computer it starts workers on all processors. Where DASK_SCHEDULER_ADDRESS is set, in the
environment or in .env, it is a client of that cluster. Nothing is started before `client` is used.
"""

import os
import secrets
from functools import cache
from multiprocessing import current_process
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import dask
from distributed import Client, LocalCluster
from distributed.http.routing import RoutingApplication
from distributed.security import Security
from tornado.web import ErrorHandler

TIMEOUT_S = 5

# What Dask's own processes tell on their ports, they would tell everybody on this computer.
SILENT = {"distributed.worker.http.routes": [], "distributed.nanny.http.routes": []}


def __getattr__(name: str) -> Any:
    if name != "client":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The workers import the main program once more, and start no cluster of their own.
    return connect() if current_process().name == "MainProcess" else None


@cache
def connect() -> Client:
    """Give the client, the same one each time.

    Raises ConnectionError where no scheduler answers within 5 seconds, and RuntimeError where the
    cluster has another Python or another Dask.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    return _of_cluster(address) if address else _of_this_computer()


def _of_this_computer() -> Client:
    """Workers on 127.0.0.1. Whoever has not their certificate, made now, is not answered."""
    secret = f"/{secrets.token_urlsafe(16)}"
    _close_all_pages_but(secret)
    with dask.config.set(SILENT):
        cluster = LocalCluster(
            host="127.0.0.1",
            protocol="tls",
            security=Security.temporary(),
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"http_prefix": secret},
        )
    page = f"http://127.0.0.1:{cluster.scheduler.http_server.port}"
    if _is_open(page):
        cluster.close()
        raise RuntimeError("Dask's page would answer everybody on this computer, so it was closed.")
    dask.config.set({"distributed.dashboard.link": f"{page}{secret}/status"})
    return Client(cluster)


def _close_all_pages_but(secret: str) -> None:
    """Dask's front page gives out the address of the others, so it is not answered either."""
    find_handler = RoutingApplication.find_handler

    def find_secret(self: RoutingApplication, request: Any, **options: Any) -> Any:
        if request.path.startswith(f"{secret}/"):
            return find_handler(self, request, **options)
        return self.get_handler_delegate(request, ErrorHandler, {"status_code": 404})

    RoutingApplication.find_handler = find_secret


def _is_open(page: str) -> bool:
    """Whether the page answers without its secret: seen, not hoped for."""
    try:
        with urlopen(page, timeout=TIMEOUT_S):
            return True
    except HTTPError as error:
        return error.code != 404


def _of_cluster(address: str) -> Client:
    where = f"{address} (DASK_SCHEDULER_ADDRESS)"
    try:
        client = Client(address, timeout=TIMEOUT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConnectionError(
            f"No Dask scheduler answers at {where}: {error}\n"
            "  Next: correct the address in .env, or take the line out to use this computer."
        ) from None
    try:
        versions = client.get_versions(packages=[])
        _compare(versions["client"], versions["scheduler"], where)
    except BaseException:
        client.close()
        raise
    return client


def _compare(mine: dict[str, Any], theirs: dict[str, Any], where: str) -> None:
    """What differs here makes tasks fail later, with errors that name another cause."""
    names = {"python": 2, "distributed": 1}
    for name, numbers in names.items():
        here, there = (str(_version(each, name)) for each in (mine, theirs))
        if here.split(".")[:numbers] != there.split(".")[:numbers]:
            raise RuntimeError(
                f"The cluster at {where} has {name} {there}, and this project has {name} {here}.\n"
                "  Next: give both the same version, best by running the cluster from this project."
            )


def _version(side: dict[str, Any], name: str) -> object:
    return side["host"]["python"] if name == "python" else side["packages"].get(name)
