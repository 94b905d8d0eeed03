"""`lab mcp`: jupyter-mcp-server, for the JupyterLab of this project and no other.

Standard output belongs to the protocol. The token is known to this process alone.
"""

import asyncio
import os
import shlex
import sys
from contextlib import suppress
from typing import Any

import running

# The user's options for other programs (proxies, tokens, addresses of other servers) must not lead this one elsewhere.
KEPT = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
PROJECT = dict(os.environ)

# Where the server notes which cell an answer is about.
CELL_ID = "io.jupyter-mcp/cell_id"

START = shlex.quote(f"{PROJECT['NIX_JUPYTER_ROOT']}/start")
NOT_RUNNING = f"JupyterLab of this project is not running. Next: {START} --no-open"


def main() -> None:
    """Serve until the client closes standard input."""
    if sys.argv[1:]:
        print("lab mcp takes no arguments.\n  Next: lab mcp", file=sys.stderr)
        sys.exit(2)
    os.environ.clear()
    os.environ.update({name: PROJECT[name] for name in KEPT if name in PROJECT})
    # How long a document may take to arrive, in seconds. One that is late would be edited as if it were empty.
    os.environ["REQUEST_TIMEOUT"] = "120"
    # The packages in .venv are compiled once, and not at each start. `lab` switches it off for what lies in nix/.
    sys.dont_write_bytecode = False

    try:
        from jupyter_mcp_server.cli.cli import serve
        from jupyter_mcp_server.server import mcp
        from mcp.server.mcpserver.exceptions import ToolError
    except ModuleNotFoundError as error:
        # It, or a part of it, is not installed.
        called = PROJECT.get("NIX_JUPYTER_CALLED", "lab")
        print(
            f"lab mcp needs jupyter-mcp-server, and Python finds no {error.name}.\n"
            f"  Next: {called} add jupyter-mcp-server",
            file=sys.stderr,
        )
        sys.exit(1)

    # It would ask for addresses and tokens of other servers.
    with suppress(ToolError):
        mcp.remove_tool("connect_to_jupyter")
    mcp.call_tool = _Guard(mcp.call_tool, ToolError)
    sys.argv = ["lab mcp", "--transport", "stdio", "--start-new-code-sandbox", "false"]
    try:
        serve()
    except SystemExit as ended:
        # A connection to a kernel is a thread, for which Python would wait: as long as that kernel lives.
        sys.stderr.flush()
        os._exit(int(ended.code or 0))


class _Guard:
    """Calls a tool once JupyterLab is known to run; otherwise the agent is told what helps."""

    def __init__(self, call_tool: Any, error: type[Exception]) -> None:
        self._call_tool = call_tool
        self._error = error
        self._found: running.JupyterLab | None = None

    async def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        if not self._found or not self._found.runs():
            self._found = await asyncio.to_thread(running.find, PROJECT)
            if not self._found:
                raise self._error(NOT_RUNNING)
            _connect(self._found)
        answer = await self._call_tool(*arguments, **keywords)
        _show_id(answer)
        return answer


def _connect(found: running.JupyterLab) -> None:
    from jupyter_mcp_server.config import set_config
    from jupyter_mcp_server.server_context import ServerContext

    set_config(
        code_sandbox_url=found.url,
        code_sandbox_token=found.token,
        document_url=found.url,
        document_token=found.token,
    )
    ServerContext.reset()


def _show_id(answer: Any) -> None:
    """Most clients show a model the text alone. A cell's number is another one as soon as somebody inserts a cell above it."""
    from mcp.types import TextContent

    cell_id = (getattr(answer, "meta", None) or {}).get(CELL_ID)
    if cell_id:
        answer.content.append(TextContent(type="text", text=f"cell_id: {cell_id}"))


if __name__ == "__main__":
    main()
