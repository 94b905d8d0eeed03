"""Python wheels: exactly those of the committed lock files, checked against their hashes."""

import json
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import installers
from report import Failure, run, say, source

LOCKS = Path(__file__).resolve().parent.parent / "nixpkgs" / "python"
# The wheels that a current glibc can load; pip wants every tag spelt out.
GLIBC = ["2_5", "2_12", "2_17", "2_24", "2_26", "2_27", "2_28", "2_31", "2_34", "2_35"]
PLATFORMS = [
    "manylinux1_x86_64",
    "manylinux2010_x86_64",
    "manylinux2014_x86_64",
    *(f"manylinux_{version}_x86_64" for version in GLIBC),
]


def fetch_all(cache: Path) -> dict[str, dict]:
    """Download the wheels of every lock file. Most are the same, so it goes one by one."""
    return {lock.stem: _fetch(cache, lock) for lock in sorted(LOCKS.glob("*.json"))}


def _fetch(cache: Path, lock: Path) -> dict[str, dict[str, str]]:
    """Download the wheels of one lock file in a few parallel runs of pip."""
    text = json.loads(lock.read_text())
    version, packages = text["python"], text["packages"]
    directory = cache / "wheels"
    directory.mkdir(parents=True, exist_ok=True)
    absent = [name for name, each in packages.items() if not (directory / each["wheel"]).exists()]
    if absent:
        say(f"Python {version}: fetching {len(absent)} packages")
        pip = installers.pip(cache)
        uv = installers.uv(cache)
        lines = _addresses(uv, version, {name: packages[name] for name in absent})
        # To start pip costs as much as twenty small wheels.
        parts = min(3, 1 + len(lines) // 20)
        groups = [lines[start::parts] for start in range(parts)]
        with ThreadPoolExecutor() as pool:
            jobs = [pool.submit(_download, pip, version, directory, group) for group in groups]
            for job in jobs:
                job.result()
    return {
        name: {"version": each["version"], **_check(directory, name, each)}
        for name, each in packages.items()
    }


def download_command(pip: list[str], version: str, directory: Path) -> list[str]:
    """The pip command that takes the wheels of one Python for x86_64 Linux."""
    tag = "cp" + version.replace(".", "")
    command = [*pip, "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary", ":all:", "--python-version", version, "--implementation", "cp"]
    for abi in (tag, "abi3", "none"):
        command += ["--abi", abi]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    return [*command, "--dest", str(directory)]


def _addresses(uv: Path, version: str, packages: dict[str, dict]) -> list[str]:
    """Where these wheels are, a line for pip each: it then reads no index, which is most of its work."""
    with tempfile.TemporaryDirectory() as directory:
        pins = Path(directory, "pins.txt")
        pins.write_text("".join(f"{name}=={each['version']}\n" for name, each in packages.items()))
        lock = Path(directory, "pylock.toml")
        command = [str(uv), "pip", "compile", str(pins), "--quiet", "--no-deps", "--no-cache"]
        command += ["--universal", "--python-version", version, "--output-file", str(lock)]
        run(command, f"looking for Python {version} packages")
        wheel = re.compile(r'url = "([^"]+\.whl)".*?sha256 = "([0-9a-f]{64})"')
        found = {sha256: url for url, sha256 in wheel.findall(lock.read_text())}
    for name, each in packages.items():
        if each["sha256"] not in found:
            raise Failure(f"no index has {each['wheel']} of {name} with the hash in its lock")
    return [
        f"{found[each['sha256']]} --hash=sha256:{each['sha256']}\n" for each in packages.values()
    ]


def _download(pip: list[str], version: str, directory: Path, lines: list[str]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.writelines(lines)
        requirements.flush()
        command = download_command(pip, version, directory)
        what = f"fetching Python {version} packages"
        run([*command, "--require-hashes", "-r", requirements.name], what)


def _check(directory: Path, name: str, locked: dict) -> dict[str, str]:
    found = source(directory / locked["wheel"])
    if found["sha256"] != locked["sha256"]:
        raise Failure(f"{locked['wheel']} of {name} is not the file that its lock names")
    return found
