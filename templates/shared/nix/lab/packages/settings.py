"""The user's own settings for pip and uv, in files: mirrors are kept, what changes results is not.

Which is which is the table's word (nix/variables.json): a setting is kept where the environment
variable of the same meaning is.
"""

import ast
import json
import os
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..base.project import PUT_ASIDE, Project, inherited
from ..base.terminal import Problem, note

# uv has other words for these in its file, or no variable at all.
ALSO_OF_UV = {"allow-insecure-host", "no-index", "http-proxy", "https-proxy", "no-proxy"}


def for_pip(project: Project) -> dict[str, str]:
    """The environment for pip, with what is kept of its files. A variable wins over a file.

    Raises Problem where pip cannot read them.
    """
    result = inherited()
    if result.get("PIP_CONFIG_FILE") == os.devnull:
        return result  # which means to pip that no file is read
    command = [project.facts["python"], "-I", "-m", "pip", "config", "list"]
    done = subprocess.run(command, env=result, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"pip cannot read its settings: {done.stderr.strip()}", "pip config debug")
    found = {}
    for section in ("global", "install"):
        for name, value in re.findall(rf"^{section}\.(\S+?)=(.*)$", done.stdout, re.MULTILINE):
            found[name] = ast.literal_eval(value)
    ignored = []
    for name, value in found.items():
        variable = f"PIP_{name.upper().replace('-', '_')}"
        if _kept(project, variable):
            result.setdefault(variable, " ".join(value.split()))
        else:
            ignored.append(name)
    _say_ignored("pip", ignored)
    # The files themselves are not read again; an empty file is the only way to say that.
    return result | {"PIP_CONFIG_FILE": os.devnull}


def for_uv(project: Project) -> dict[str, str]:
    """Settings that keep uv to the project's own interpreter and directory."""
    found = _with_files_of_uv(project)
    # Exported, it would aim every uv command at the interpreter in the read-only store.
    found.pop("UV_PYTHON", None)
    if project.packages:
        found |= {"UV_CACHE_DIR": str(project.packages), "UV_OFFLINE": "1"}
    return found | {
        "UV_PROJECT_ENVIRONMENT": str(project.root / ".venv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PYTHON_PREFERENCE": "only-system",
    }


def _with_files_of_uv(project: Project) -> dict[str, str]:
    """The environment for uv. The project's own uv.toml and pyproject.toml are read as always."""
    result = inherited()
    home = Path(result.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    directories = [
        Path(directory) for directory in result.get("XDG_CONFIG_DIRS", "").split(":") if directory
    ]
    users = Path(result.get(f"{PUT_ASIDE}UV_CONFIG_FILE") or home / "uv" / "uv.toml")
    computers = next(
        (file for directory in directories if (file := directory / "uv" / "uv.toml").is_file()),
        Path("/etc/uv/uv.toml"),
    )
    settings = {file: _read(file) for file in (computers, users) if file.is_file()}
    ignored = [key for each in settings.values() for key in each if not _kept_of_uv(project, key)]
    if not ignored and users.parent == home / "uv":
        return result
    _say_ignored("uv", ignored)
    merged = {key: value for each in settings.values() for key, value in each.items()}
    place = project.state / "uv-settings"
    _write(place, home, {key: merged[key] for key in merged if key not in ignored})
    return result | {"XDG_CONFIG_HOME": str(place), "XDG_CONFIG_DIRS": str(place)}


def _kept(project: Project, variable: str) -> bool:
    return any(fnmatchcase(variable, name) for name in project.facts["variables"]["kept"])


def _kept_of_uv(project: Project, key: str) -> bool:
    return key in ALSO_OF_UV or _kept(project, f"UV_{key.upper().replace('-', '_')}")


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{file} cannot be read: {error}", f'nano "{file}"') from None


def _write(place: Path, home: Path, settings: dict[str, Any]) -> None:
    """A directory of settings in which only uv's are others: git, which uv calls, finds its own."""
    (place / "uv").mkdir(parents=True, exist_ok=True)
    for other in home.iterdir() if home.is_dir() else ():
        if other.name != "uv" and not (place / other.name).is_symlink():
            (place / other.name).symlink_to(other)
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in settings.items())
    (place / "uv" / "uv.toml").write_text(text, encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return json.dumps(value)


def _say_ignored(program: str, names: list[str]) -> None:
    if names:
        listed = ", ".join(sorted(set(names)))
        note(f"Your own settings for {program} that are not used in this project: {listed}.")
