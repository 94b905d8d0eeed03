"""Where the wheels of requirements.txt are, for nix/venv/wheels.nix: comments at its end.

A build of Nix has no network but for files whose address and hash it knows. uv.lock has both, and
requirements.txt has hashes alone.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ..base.project import Project

HEADING = "# For `nix build .#image`: where the wheels for Linux are."
LINUX = re.compile(r"any|(manylinux.*|linux)_(x86_64|aarch64)")


def command(project: Project, file: Path) -> list[str]:
    """The command that writes what an index says of the packages in the lock into `file`."""
    command = [project.facts["uv"], "pip", "compile", "requirements.txt", "--no-deps"]
    command += ["--universal", "--python", project.facts["python"], "--format", "pylock.toml"]
    return [*command, "--output-file", str(file)]


def append(project: Project, file: Path, before: str) -> None:
    """Write the addresses that `file` has behind the lock, which was `before`.

    Those for the project's Python, and for the Pythons that it had some for: a template has all.
    """
    import tomllib

    lock = project.root / "requirements.txt"
    text = lock.read_text(encoding="utf-8")
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    had = re.findall(r"^# wheel \S+-cp(\d)(\d+)-cp\1\2-", before, re.MULTILINE)
    pythons = {project.facts["pythonVersion"], *map(".".join, had)}
    if lines := list(_lines(found, text, pythons)):
        lock.write_text("\n".join([text + HEADING, *lines]) + "\n", encoding="utf-8")


def _lines(found: dict, lock: str, pythons: set[str]) -> Iterator[str]:
    from urllib.parse import unquote, urlsplit

    # It comes along with JupyterLab.
    from packaging.tags import compatible_tags, cpython_tags
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    fitting = set()
    for python in pythons:
        major, minor = (int(part) for part in python.split("."))
        tags = [*cpython_tags((major, minor), platforms=["any"])]
        tags += compatible_tags((major, minor), f"cp{major}{minor}", platforms=["any"])
        fitting |= {(tag.interpreter, tag.abi) for tag in tags}
    wheels = (wheel for each in found.get("packages", []) for wheel in each.get("wheels", []))
    for wheel in wheels:
        url, sha256 = wheel.get("url", ""), wheel.get("hashes", {}).get("sha256", "")
        address = urlsplit(url)
        # A directory of this computer is no address, and a password is not for everybody.
        if address.scheme not in ("http", "https") or "@" in address.netloc or sha256 not in lock:
            continue
        try:
            *_, tags = parse_wheel_filename(unquote(Path(address.path).name))
        except InvalidWheelFilename:
            continue
        if any((t.interpreter, t.abi) in fitting and LINUX.fullmatch(t.platform) for t in tags):
            yield f"# wheel {url.partition('#')[0]}#sha256={sha256}"
