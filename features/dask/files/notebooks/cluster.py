"""A Dask client: `from cluster import client`.

On this computer it starts workers on all processors. Where DASK_SCHEDULER_ADDRESS is set, in the
environment or in .env, it is a client of that cluster. Nothing is started before `client` is used.
"""

import os
import secrets
import sys
import time
from multiprocessing import current_process
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import cloudpickle
import dask
from distributed import Client, LocalCluster, Scheduler
from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.http.routing import RoutingApplication
from distributed.security import Security
from tornado.web import ErrorHandler

TIMEOUT_S = 5

# How .env names the files without which nobody is answered at tls://.
CERTIFICATES = [
    f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
]

# What Dask's own processes tell on their ports, they would tell everybody on this computer.
SILENT = {"distributed.worker.http.routes": [], "distributed.nanny.http.routes": []}


def __getattr__(name: str) -> Any:
    if name != "client":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The workers import the main program once more, and start no cluster of their own.
    return connect() if current_process().name == "MainProcess" else None


_clients: list[Client] = []


def connect() -> Client:
    """Give the client, the same one each time until it is closed, as at the end of a notebook.

    Raises ConnectionError where no scheduler answers within 5 seconds, and RuntimeError where the
    scheduler or a worker that is there by now has another Python or another Dask.
    """
    if _clients and _clients[0].status not in ("closing", "closed"):
        return _clients[0]
    for closed in _clients:
        if closed.cluster:
            closed.cluster.close()
    address = os.environ.get("DASK_SCHEDULER_ADDRESS", "").strip()
    _clients[:] = [_of_cluster(address) if address else _of_this_computer()]
    return _clients[0]


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


_secrets: list[str] = []


def _close_all_pages_but(secret: str) -> None:
    """Dask's front page gives out the address of the others, so it is not answered either."""
    _secrets.append(f"{secret}/")
    if len(_secrets) > 1:
        return
    find_handler = RoutingApplication.find_handler

    def find_secret(self: RoutingApplication, request: Any, **options: Any) -> Any:
        if request.path.startswith(tuple(_secrets)):
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
    if address.startswith(("tls:", "wss:")):
        _check_certificates(where)
    try:
        client = Client(address, timeout=TIMEOUT_S)
    except (OSError, TypeError, ValueError, TimeoutError) as error:
        raise ConnectionError(
            f"No Dask scheduler answers at {where}: {error}\n"
            "  Next: correct the address in .env, or take the line out to use this computer. "
            "Then lab start --again"
        ) from None
    try:
        check(client)
    except BaseException:
        client.close()
        raise
    return client


def _check_certificates(where: str) -> None:
    try:
        problem = (
            None
            if Security().get_connection_args("client")["ssl_context"]
            else "this project names none"
        )
    except OSError as error:
        problem = f"those that this project names cannot be read: {error}"
    if problem:
        raise ConnectionError(
            f"The Dask scheduler at {where} wants certificates, and {problem}.\n"
            f"  Next: write the paths of their files into .env: {', '.join(CERTIFICATES)}. "
            "Then lab start --again"
        )


def check(client: Client) -> None:
    """Compare the versions of a cluster with those of this project, and of all workers that join later.

    Raises RuntimeError where the scheduler or a worker that is there by now has another Python or
    another Dask: tasks would fail there, with errors that name another cause. A later one is
    refused by the scheduler, and its log and a warning here say the same.
    """
    versions = client.get_versions(packages=[])
    where = client.scheduler.address
    _compare(versions, where)
    # The scheduler has no file of this project: it is sent what is written here.
    this = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(this)
    try:
        client.register_plugin(SameVersions(_numbers(versions["client"]), where))
    finally:
        cloudpickle.unregister_pickle_by_value(this)
    # Those that have joined in between.
    _compare(client.get_versions(packages=[]), where)


class SameVersions(SchedulerPlugin):
    """Lets the scheduler refuse workers with other versions before they are given a task."""

    # One for all clients of a cluster.
    name = "same-versions"
    idempotent = True

    def __init__(self, here: dict[str, str], where: str) -> None:
        self.here = here
        self.where = where

    async def start(self, scheduler: Scheduler) -> None:
        """Look at each worker that wants to join."""
        register = scheduler.handlers["register-worker"]

        async def look(comm: Any, *, address: str, versions: dict[str, Any], **more: Any) -> None:
            problem = _difference(f"worker {address}", versions, self.here, self.where)
            if not problem:
                return await register(comm, address=address, versions=versions, **more)
            # Clients show what is called "warn"; the worker ends, and shows the message.
            scheduler.log_event("warn", problem)
            await comm.write({"status": "error", "message": problem, "time": time.time()})

        scheduler.handlers["register-worker"] = look


def _compare(versions: dict[str, Any], where: str) -> None:
    here = _numbers(versions["client"])
    others = {"scheduler": versions["scheduler"]}
    others |= {f"worker {address}": side for address, side in versions["workers"].items()}
    for name, side in others.items():
        if problem := _difference(name, side, here, where):
            raise RuntimeError(problem)


def _difference(name: str, side: dict[str, Any], here: dict[str, str], where: str) -> str:
    """What to say of a part of the cluster that has other versions; nothing where they are the same."""
    there = _numbers(side)
    differ = [each for each in here if _counts(here[each]) != _counts(there[each])]
    theirs, mine = (
        ", ".join(f"{each} {numbers[each]}" for each in differ) for numbers in (there, here)
    )
    if not differ:
        return ""
    return (
        f"The {name} of the cluster at {where} has {theirs}, and this project has {mine}.\n"
        "  Next: run scheduler and workers from this project's image: nix build '.#image'"
    )


def _numbers(side: dict[str, Any]) -> dict[str, str]:
    """The versions that have to be the same, by name."""
    packages = {name: str(side["packages"].get(name)) for name in ("dask", "distributed")}
    return {"python": side["host"]["python"].partition(".final")[0], **packages}


def _counts(version: str) -> list[str]:
    """The part of a version that has to be the same: the third number is for corrections."""
    return version.split(".")[:2]
