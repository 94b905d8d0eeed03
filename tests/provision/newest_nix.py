"""The newest Nix that Debian has, runnable beside the machine's own, and their configuration."""

import shutil
import subprocess
from pathlib import Path

import files
from report import run, say

CONFIGURATION = """\
experimental-features = nix-command flakes
sandbox = false
build-users-group =
substituters =
flake-registry =
max-jobs = 2
warn-dirty = false
"""


def installed() -> list[dict[str, str]]:
    """The machine's own Nix."""
    own = shutil.which("nix")
    return [_described(Path(own).parent)] if own else []


def all_versions(cache: Path, sources: dict) -> list[dict[str, str]]:
    """The machine's Nix and the newest one, oldest first."""
    return [*installed(), _described(_unpack(cache, sources["debs"]))]


def write_configuration(cache: Path) -> Path:
    """A directory to use as NIX_CONF_DIR: no daemon, no sandbox, nothing from outside."""
    directory = cache / "nix-conf"
    directory.mkdir(exist_ok=True)
    files.replace(directory / "nix.conf", CONFIGURATION)
    return directory


def _unpack(cache: Path, debs: dict[str, dict]) -> Path:
    """Unpack Nix with its libraries and start it through its own loader."""
    version = debs["nix-bin"]["version"].split("+")[0]
    home = cache / f"nix-{version}"
    directory = home / "bin"
    if directory.exists():
        return directory
    say(f"unpacking Nix {version}")
    part = cache / f"nix-{version}.part"
    shutil.rmtree(part, ignore_errors=True)
    (part / "root").mkdir(parents=True)
    for name in sorted(_closure("nix-bin", debs)):
        run(["dpkg-deb", "-x", debs[name]["file"], str(part / "root")], f"unpacking {name}")
    (part / "bin").mkdir()
    for tool in sorted((part / "root/usr/bin").glob("nix*")):
        _write_wrapper(part / "bin" / tool.name, home / "root", tool.name)
    shutil.rmtree(home, ignore_errors=True)
    part.rename(home)
    return directory


def _closure(name: str, debs: dict[str, dict]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += debs[current]["depends"]
    return found


def _write_wrapper(target: Path, root: Path, tool: str) -> None:
    libraries = root / "usr/lib/x86_64-linux-gnu"
    loader = libraries / "ld-linux-x86-64.so.2"
    program = root / "usr/bin/nix"
    target.write_text(
        "#!/bin/sh\n"
        f'exec "{loader}" --library-path "{libraries}" --argv0 {tool} "{program}"'
        # Started like this it would look for its build hook under the loader's name.
        ' --option build-hook "" "$@"\n'
    )
    target.chmod(0o755)


def _described(directory: Path) -> dict[str, str]:
    done = subprocess.run(
        [directory / "nix", "--version"], capture_output=True, text=True, check=True
    )
    return {"version": done.stdout.split()[-1], "bin": str(directory)}
