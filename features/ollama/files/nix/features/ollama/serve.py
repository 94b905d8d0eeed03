"""The service `ollama`: starts Ollama, or uses the one that runs already.

Either way it is reached at 127.0.0.1:11434, where programs expect it, and at this service's own port.
"""

import asyncio
import os
import pwd
import signal
import sys
import urllib.request

HOST, PORT = "127.0.0.1", 11434
# Whom this user trusts anyway, and the user that Ollama's own installer makes.
TRUSTED = {"root", "ollama"}
# Its own models only: nothing is sent to other computers, and no model of another Ollama is removed.
SETTINGS = {"OLLAMA_HOST": f"{HOST}:{PORT}", "OLLAMA_NO_CLOUD": "1", "OLLAMA_NOPRUNE": "1"}


async def main():
    """Runs until it is asked to stop, or until there is no Ollama any more. Returns the exit code."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    stranger = owner()
    if stranger:
        print(
            f"Port {PORT} is taken by a program of {stranger}. Nothing is sent there.", flush=True
        )
        return 1
    child = None
    if await asyncio.to_thread(runs):
        print(f"Ollama runs already on {HOST}:{PORT}; its models are used.", flush=True)
    else:
        child = await asyncio.create_subprocess_exec(
            "ollama", "serve", env={**os.environ, **SETTINGS}
        )
    lost = asyncio.Event()
    forwarder = await asyncio.start_server(
        lambda *streams: forward(*streams, lost), HOST, int(os.environ["PORT"])
    )
    async with forwarder:
        waiting = [over.wait(), child.wait() if child else lost.wait()]
        await asyncio.wait(map(asyncio.ensure_future, waiting), return_when=asyncio.FIRST_COMPLETED)
        if child and not over.is_set() and await asyncio.to_thread(runs):
            # Another project was quicker; its Ollama is used.
            await asyncio.wait(
                map(asyncio.ensure_future, [over.wait(), lost.wait()]),
                return_when=asyncio.FIRST_COMPLETED,
            )
    if child and child.returncode is None:
        child.terminate()
        await child.wait()
    # Ended without being asked to: the supervisor starts it again, and then it is ours.
    return 0 if over.is_set() else 1


def runs():
    """Whether an Ollama answers. A proxy has no part in that."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{PORT}/api/version", timeout=2) as answer:
            return answer.status == 200
    except (OSError, ValueError):
        return False


def owner():
    """The name of a user who has taken the port and is not trusted. Only Linux says it; None elsewhere."""
    trusted = {os.getuid(), 0}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as file:
                rows = [line.split() for line in list(file)[1:]]
        except OSError:
            continue
        for row in rows:
            is_listening = row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == PORT
            if is_listening and int(row[7]) not in trusted and name_of(int(row[7])) not in TRUSTED:
                return name_of(int(row[7]))
    return None


def name_of(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


async def forward(reader, writer, lost):
    try:
        there, back = await asyncio.open_connection(HOST, PORT)
    except OSError:
        lost.set()
        writer.close()
        return
    await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)


async def copy(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except FileNotFoundError:
        print("There is no program ollama. flake.nix names it: packages = [ … pkgs.ollama ];")
        sys.exit(1)
