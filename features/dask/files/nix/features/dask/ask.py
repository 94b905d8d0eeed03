"""What `lab doctor` asks about the cluster in DASK_SCHEDULER_ADDRESS. The exit code is 0 for yes.

`named`: is an address there that can be asked? `reached`: does a program listen at it? Nothing is said
to it, so no certificate is needed.
"""

import os
import socket
import sys
from urllib.parse import urlsplit

# As long as `from cluster import client` waits.
TIMEOUT_S = 5


def place():
    """Host and port; None where there is none, and where the protocol is not one of TCP."""
    address = os.environ.get("DASK_SCHEDULER_ADDRESS", "").strip()
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        where = parts.hostname, parts.port
    except ValueError:
        return None
    return where if parts.scheme in ("tcp", "tls", "ws", "wss") and all(where) else None


def named():
    return place() is not None


def reached():
    try:
        with socket.create_connection(place(), timeout=TIMEOUT_S):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not {"named": named, "reached": reached}[sys.argv[1]]())
