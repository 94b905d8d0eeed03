"""Packages from newer Debian suites, beside the machine's own: same apt, state of its own."""

import json
import re
import tempfile
from pathlib import Path

from report import Failure, nar_of_executable, run, say, source

HERE = Path(__file__).resolve().parent
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def wanted() -> dict:
    """The committed list of packages."""
    return json.loads((HERE / "debian.json").read_text())


def fetch(cache: Path) -> dict[str, dict]:
    """Download the packages with everything that they depend on."""
    apt = _configure(cache)
    lists = wanted()
    say(f"Debian {' and '.join(lists['suites'])}: reading the package lists")
    run(["apt-get", "update", "-qq"], "apt-get update", APT_CONFIG=apt)
    names = [*lists["packages"], *lists["seed"], lists["nix"]]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    plan = run([*install, "--simulate", *names], "resolving Debian packages", APT_CONFIG=apt)
    versions = dict(re.findall(r"^Inst (\S+) \((\S+) ", plan, re.MULTILINE))
    say(f"Debian: fetching {len(versions)} packages")
    run([*install, "--download-only", *names], "fetching Debian packages", APT_CONFIG=apt)
    return _describe(cache, apt, versions)


def extract_seed(cache: Path, debs: dict[str, dict]) -> dict[str, dict[str, str]]:
    """Take the static programs out of their packages that everything else is unpacked with."""
    folder = cache / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    return {
        name: _program(folder, debs[name]["file"], inner)
        for name, inner in wanted()["seed"].items()
    }


def _program(folder: Path, archive: str, inner: str) -> dict[str, str]:
    target = folder / Path(inner).name
    with tempfile.TemporaryDirectory(dir=folder) as unpacked:
        run(["dpkg-deb", "-x", archive, unpacked], f"unpacking {target.name}")
        target.write_bytes((Path(unpacked) / inner).read_bytes())
    return {"file": str(target), "sha256": nar_of_executable(target.read_bytes())}


def _configure(cache: Path) -> str:
    """Write an apt configuration whose state touches nothing of the machine's."""
    home = cache / "apt"
    (home / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (home / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    lines = [
        f"deb [signed-by={KEYRING}] http://deb.debian.org/debian {suite} main"
        for suite in wanted()["suites"]
    ]
    (home / "sources.list").write_text("\n".join(lines) + "\n")
    settings = {
        "APT::Architecture": "amd64",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
        "Dir::Cache": str(home),
        "Dir::Cache::archives": str(home / "archives"),
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Etc::sourcelist": str(home / "sources.list"),
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": str(home),
        "Dir::State::lists": str(home / "lists"),
        "Dir::State::status": "/dev/null",
    }
    text = "".join(f'{name} "{value}";\n' for name, value in settings.items())
    (home / "apt.conf").write_text(text + 'APT::Architectures { "amd64"; };\n')
    return str(home / "apt.conf")


def _describe(cache: Path, apt: str, versions: dict[str, str]) -> dict[str, dict]:
    """Version, file, hash and dependencies of each package."""
    archives = cache / "apt" / "archives"
    found = {}
    for name, version in versions.items():
        (file,) = archives.glob(f"{name}_{version.replace(':', '%3a')}_*.deb")
        found[name] = {"version": version, **source(file)}
    shown = run(
        ["apt-cache", "show", *(f"{name}={version}" for name, version in versions.items())],
        "reading Debian's dependencies",
        APT_CONFIG=apt,
    )
    for entry in shown.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", entry, re.MULTILINE))
        if fields:
            needs = f"{fields.get('Pre-Depends', '')}, {fields.get('Depends', '')}"
            found[fields["Package"]]["depends"] = _names(needs, found)
    for name, deb in found.items():
        if "depends" not in deb:
            raise Failure(f"apt-cache says nothing about the Debian package {name}")
    return dict(sorted(found.items()))


def _names(field: str, known: dict[str, dict]) -> list[str]:
    """The packages that a dependency field names, as far as they were fetched."""
    names = {re.split(r"[ (:]", choice.strip())[0] for choice in re.split(r"[,|]", field)}
    return sorted(name for name in names if name in known)
