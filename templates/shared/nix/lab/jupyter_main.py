"""What runs JupyterLab: adds its secrets to its settings where no other program can read them.

A command line is stronger than any settings file, and everybody on the computer can read it. So
the secrets join the command line inside of the process, when the system no longer shows it.
This file is run by the project's own Python, which may be an older one: no module of ours here.
"""

import hashlib
import importlib.util
import os
import sys
import types

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
    postpone_grammar()
    load()
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
    import jupyterlab.labapp  # noqa: F401 (loading it is the point)

    os.environ.update(before)


def postpone_grammar() -> None:
    """Load the grammar of international addresses (IRI) when one is checked, not at every start.

    jsonschema loads it with itself, which takes a second of computing.
    """
    name = "rfc3987_syntax"
    if not importlib.util.find_spec(name):
        return

    def is_valid_syntax(term: str, value: str) -> bool:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return importlib.import_module(name).is_valid_syntax(term, value)

    stand_in = types.ModuleType(name)
    stand_in.is_valid_syntax = is_valid_syntax
    sys.modules[name] = stand_in


if __name__ == "__main__":
    main()
