"""JupyterLab: its settings, and how it gets its secrets where no other program can read them.

This file is also what runs JupyterLab, in the project's own Python: no module of ours here.
"""

import gc
import hashlib
import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..base.project import Project

# The settings that keep others out, each said aloud; and a few more.


IDENTITY = "PasswordIdentityProvider"


def flags(project: "Project", port: int, host_name: str) -> list[str]:
    """The command line of JupyterLab. It holds no secret: those are added by `main`."""
    server = {
        # Jupyter's own choice is a login shell, which forgets the project.
        "terminado_settings": {
            "shell_command": [
                project.facts["bash"],
                "--rcfile",
                project.facts["shell"],
                "-i",
            ]
        },
    }
    return _flags(project.root, port, host_name, server)


def _flags(root: Path, port: int, host_name: str, server: dict[str, Any]) -> list[str]:
    settings: dict[str, dict[str, Any]] = {
        "ServerApp": {
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "sock": "",
            "certfile": "",
            "keyfile": "",
            "base_url": "/",
            "root_dir": root,
            "open_browser": False,
            # Who may come in: only who has the token.
            "identity_provider_class": f"jupyter_server.auth.identity.{IDENTITY}",
            "authorizer_class": "jupyter_server.auth.authorizer.AllowAllAuthorizer",
            "allow_unauthenticated_access": False,
            "authenticate_prometheus": True,
            # From which pages: only JupyterLab's own, under the project's own name.
            "allow_remote_access": False,
            "local_hostnames": host_name,
            "allow_origin": "",
            "allow_origin_pat": "",
            "allow_credentials": False,
            "disable_check_xsrf": False,
            "trust_xheaders": False,
            # Who is led elsewhere does not say from where; JupyterLab wants it for an export.
            "tornado_settings": {"headers": {"Referrer-Policy": "same-origin"}},
            "extra_template_paths": [str(Path(__file__).parent / "pages")],
            "jpserver_extensions": {
                # jupyter-ai brings a server that obeys whoever asks (jupyter-server-mcp#25).
                "jupyter_server_mcp": False,
                # It reads settings of Notebook 6, and loads all of IPython for that.
                "notebook_shim": False,
            },
            **server,
        },
        IDENTITY: {
            "hashed_password": "",
            "password_required": False,
            "allow_password_change": False,
            "cookie_options": {"samesite": "Strict", "httponly": True},
        },
        # What a kernel prints is for JupyterLab alone (secret.py).
        "ServerKernelManager": {"transport": "ipc"},
        **export_settings(),
    }
    if os.getuid() == 0:
        settings["ServerApp"]["allow_root"] = True
    return [
        f"--{name}.{key}={value}" for name, keys in settings.items() for key, value in keys.items()
    ]


# The formats that JupyterLab offers in "Save and Export Notebook As": those that it can make.


# What nbconvert runs for a format. Who adds it to `packages` in flake.nix gets the format too.
EXPORT_PROGRAMS = {
    "ASCIIDocExporter": ("pandoc",),
    "RSTExporter": ("pandoc",),
    "LatexExporter": ("pandoc",),
    "PDFExporter": ("pandoc", "xelatex"),
}
# They draw with a browser that they download themselves, or with a window on a screen.
NEVER_EXPORTED = ("WebPDFExporter", "QtPDFExporter", "QtPNGExporter")


def export_settings() -> dict[str, dict[str, bool]]:
    """JupyterLab's settings that leave out what cannot be made with the programs on PATH."""
    missing = [
        exporter
        for exporter, programs in EXPORT_PROGRAMS.items()
        if not all(shutil.which(program) for program in programs)
    ]
    return {exporter: {"enabled": False} for exporter in (*missing, *NEVER_EXPORTED)}


# What runs JupyterLab: adds its secrets to its settings.
#
# A command line is stronger than any settings file, and everybody on the computer can read it. So
# the secrets join the command line inside of the process, when the system no longer shows it.


PROXIES = ("all_proxy", "http_proxy", "https_proxy")


def main() -> None:
    """Become JupyterLab. The token is in the file that JUPYTER_TOKEN_FILE names."""
    with open(os.environ["JUPYTER_TOKEN_FILE"]) as file:
        _become_jupyterlab(sys.argv[1:], file.read())


def _become_jupyterlab(settings: list[str], token: str) -> None:
    # Signs the login cookies; another token makes the old ones worthless.
    cookies = hashlib.sha256(f"cookies {token}".encode()).hexdigest()
    sys.argv = [
        "jupyter-lab",
        *settings,
        f"--PasswordIdentityProvider.token={token}",
        f"--ServerApp.cookie_secret={cookies}",
    ]
    if not importlib.util.find_spec("jupyterlab_lsp"):
        # Nobody asks for language servers then; npm would be asked where it has some.
        sys.argv.append("--LanguageServerManager.autodetect=False")
    load()
    postpone_ipython()
    from jupyterlab.labapp import main as jupyterlab

    jupyterlab()


def load() -> None:
    """Load JupyterLab without what it reads from the environment for parts that are off.

    A proxy that the extension manager cannot use, such as socks5h, would end JupyterLab. Node,
    where there is one, would be asked for the settings of yarn, which takes half a second. Kernels
    and terminals inherit the variables as they were.
    """
    names = [name for name in os.environ if name.lower() in PROXIES]
    before = {name: os.environ.pop(name) for name in names} | {"PATH": os.environ["PATH"]}
    os.environ["PATH"] = os.devnull  # an empty one would mean the system's own
    gc.disable()  # what is loaded stays: to look through it for garbage is a sixth of a start
    import jupyterlab.labapp  # noqa: F401 (loading it is the point)

    gc.freeze()  # nor is it looked through later, among what a notebook leaves behind
    gc.enable()
    os.environ.update(before)


def postpone_ipython() -> None:
    """Load IPython, which is for kernels, in this process when a notebook is exported at first.

    It is a third of what JupyterLab does to start, and is asked for one directory of kernels: the
    project's own, and empty.
    """
    from jupyter_client import kernelspec
    from jupyter_server.nbconvert import handlers

    exporter = getattr(handlers, "get_exporter", None)
    if not exporter:
        return

    def get_exporter(name: str, **options: object) -> object:
        # Exporters work in threads, and two that load it at once would each find half of it.
        import IPython  # noqa: F401

        return exporter(name, **options)

    handlers.get_exporter = get_exporter
    kernelspec.KernelSpecManager._kernel_dirs_default = _kernel_directories


def _kernel_directories(_: object) -> list[str]:
    from jupyter_core.paths import jupyter_path

    return jupyter_path("kernels")


# JupyterLab in a container, which nix/image.nix makes an image for.


CONTAINER_PORT = 8888
CONTAINER_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")


def in_container() -> None:
    """Become JupyterLab for whoever reaches the container's port, and print the address.

    JUPYTER_TOKEN may hold a token: SystemExit with a message where that is not a good one. Without
    it a token is made, and stands in the address.
    """
    given = os.environ.pop("JUPYTER_TOKEN", None)
    token = os.urandom(24).hex() if given is None else given
    if not CONTAINER_TOKEN.fullmatch(token):
        sys.exit(
            "JUPYTER_TOKEN is not a token: it needs at least 32 letters and digits.\n"
            "  Next: leave it out, and this container makes one"
        )
    server = {
        # The container has a network of its own, and who starts it says who reaches this port.
        "ip": "0.0.0.0",
        "jinja_template_vars": {"in_container": True},
        # One Ctrl-C is enough.
        "answer_yes": True,
    }
    secret = f"?token={token}" if given is None else ""
    print(
        f"JupyterLab is in your browser at\n  http://127.0.0.1:{CONTAINER_PORT}/lab{secret}\n"
        "if that is the port that you have published.",
        flush=True,
    )
    _become_jupyterlab(_flags(Path.cwd(), CONTAINER_PORT, "localhost", server), token)


if __name__ == "__main__":
    in_container() if "NIX_JUPYTER_IMAGE" in os.environ else main()
