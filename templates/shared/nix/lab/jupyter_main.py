"""What runs JupyterLab: adds its secrets to its settings where no other program can read them.

A command line is stronger than any settings file, and everybody on the computer can read it. So
the secrets join the command line inside of the process, when the system no longer shows it.
This file is run by the project's own Python, which may be an older one: no module of ours here.
"""

import hashlib
import os
import sys

PROXIES = ("all_proxy", "http_proxy", "https_proxy")


def main() -> None:
    """Become JupyterLab. The token is in the file that JUPYTER_TOKEN_FILE names."""
    with open(os.environ["JUPYTER_TOKEN_FILE"]) as file:
        token = file.read()
    # Signs the login cookies; another token makes the old ones worthless.
    cookies = hashlib.sha256(f"cookies {token}".encode()).hexdigest()
    sys.argv[0] = "jupyter-lab"
    sys.argv += [
        f"--PasswordIdentityProvider.token={token}",
        f"--ServerApp.cookie_secret={cookies}",
    ]
    load_without_proxies()
    from jupyterlab.labapp import main as jupyterlab

    jupyterlab()


def load_without_proxies() -> None:
    """Load the extension manager, which is off, and yet reads the proxies when it is loaded.

    One that it cannot use, such as socks5h, would end JupyterLab. Kernels and terminals inherit
    the proxies as they were.
    """
    names = [name for name in os.environ if name.lower() in PROXIES]
    proxies = {name: os.environ.pop(name) for name in names}
    import jupyterlab.extensions  # noqa: F401 (loading it is the point)

    os.environ.update(proxies)


if __name__ == "__main__":
    main()
