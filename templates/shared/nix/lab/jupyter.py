"""The settings of JupyterLab that keep others out, each said aloud; and a few more."""

import os
import shutil
from typing import Any

from . import secret
from .project import Project

IDENTITY = "PasswordIdentityProvider"


def flags(project: Project, port: int) -> list[str]:
    """The command line of JupyterLab. It holds no secret: those are added by jupyter_main.py."""
    settings: dict[str, dict[str, Any]] = {
        "ServerApp": {
            "ip": "127.0.0.1",
            "port": port,
            "port_retries": 0,
            "sock": "",
            "certfile": "",
            "keyfile": "",
            "base_url": "/",
            "root_dir": project.root,
            "open_browser": False,
            # Who may come in: only who has the token.
            "identity_provider_class": f"jupyter_server.auth.identity.{IDENTITY}",
            "authorizer_class": "jupyter_server.auth.authorizer.AllowAllAuthorizer",
            "allow_unauthenticated_access": False,
            "authenticate_prometheus": True,
            # From which pages: only JupyterLab's own, under the project's own name.
            "allow_remote_access": False,
            "local_hostnames": secret.ensure_host(project),
            "allow_origin": "",
            "allow_origin_pat": "",
            "allow_credentials": False,
            "disable_check_xsrf": False,
            "trust_xheaders": False,
            # A page that a notebook leads to does not learn where it was called from.
            "tornado_settings": {"headers": {"Referrer-Policy": "no-referrer"}},
            # jupyter-ai brings a server that obeys whoever asks (jupyter-server-mcp#25).
            "jpserver_extensions": {"jupyter_server_mcp": False},
            # Jupyter's own choice is a login shell, which forgets the project.
            "terminado_settings": {
                "shell_command": [
                    project.facts["bash"],
                    "--rcfile",
                    project.facts["terminal"],
                    "-i",
                ]
            },
        },
        IDENTITY: {
            "hashed_password": "",
            "password_required": False,
            "allow_password_change": False,
            "cookie_options": {"samesite": "Strict", "httponly": True},
        },
        # What a kernel prints is for JupyterLab alone (sockets.py).
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
