"""Packages from newer Debian suites, beside the machine's own: same apt, state of its own."""

import json
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from report import Failure, nar_of_executable, run, say, source

HERE = Path(__file__).resolve().parent
WANTED = json.loads((HERE / "debian.json").read_text())
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The lists are read again and again: plain, and with what apt makes of them kept. What images for containers have in
# /etc/apt against that wins over a file of ours, but not over these.
KEPT = [
    *("-o", "Acquire::GzipIndexes=false"),
    *("-o", "Dir::Cache::pkgcache=pkgcache.bin"),
    *("-o", "Dir::Cache::srcpkgcache=srcpkgcache.bin"),
]
# Of a dependency only libraries are used, and of these not what plug-ins for graphics cards need.
LIBRARY = re.compile(
    r"(lib|zlib1g|ibverbs-providers)(?!.*(-perl|-data|-bin|-common)$)(?!amd|hsa-|llvm|clang|perl)"
)


def fetch(cache: Path) -> dict[str, dict]:
    """Download every set of packages, with the libraries that they depend on."""
    with ThreadPoolExecutor() as pool:
        jobs = {
            name: pool.submit(_fetch, cache, name, each) for name, each in WANTED["sets"].items()
        }
        return {name: job.result() for name, job in jobs.items()}


def extract_seed(cache: Path, debs: dict[str, dict]) -> dict[str, dict[str, str]]:
    """Take the static programs out of their packages that everything else is unpacked with."""
    directory = cache / "programs"
    directory.mkdir(parents=True, exist_ok=True)
    seed = WANTED["seed"].items()
    return {name: _program(directory, debs[name]["file"], inner) for name, inner in seed}


def _program(directory: Path, archive: str, inner: str) -> dict[str, str]:
    target = directory / Path(inner).name
    with tempfile.TemporaryDirectory(dir=directory) as unpacked:
        run(["dpkg-deb", "-x", archive, unpacked], f"unpacking {target.name}")
        target.write_bytes((Path(unpacked) / inner).read_bytes())
    return {"file": str(target), "sha256": nar_of_executable(target.read_bytes())}


def _fetch(cache: Path, name: str, wanted: dict) -> dict[str, dict]:
    apt = _configure(cache / "apt" / name, wanted["suites"])
    run(["apt-get", *KEPT, "update", "-qq"], "apt-get update", APT_CONFIG=apt)
    plan = ["apt-get", *KEPT, "install", "-y", "-qq", "--no-install-recommends", "--simulate"]
    simulated = run([*plan, *wanted["packages"]], "resolving Debian packages", APT_CONFIG=apt)
    planned = dict(re.findall(r"^Inst (\S+) \((\S+) ", simulated, re.MULTILINE))
    versions = {
        package: version
        for package, version in planned.items()
        if package in wanted["packages"] or LIBRARY.match(package)
    }
    if alone := wanted["without_dependencies"]:
        shown = run(["apt-cache", *KEPT, "show", *alone], f"looking for {alone}", APT_CONFIG=apt)
        found = re.findall(r"^Package: (\S+)$.*?^Version: (\S+)$", shown, re.MULTILINE | re.DOTALL)
        versions |= dict(reversed(found))  # the first of several is the one that apt would take
    return _describe(_download(cache, apt, versions), apt, versions)


def _configure(home: Path, suites: list[str]) -> str:
    """Write an apt configuration whose state touches nothing of the machine's."""
    (home / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (home / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    lines = [
        f"deb [signed-by={KEYRING}] http://deb.debian.org/debian {suite} main" for suite in suites
    ]
    (home / "sources.list").write_text("\n".join(lines) + "\n")
    settings = {
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        # Mirrors lag behind; the signature is checked all the same.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
        "Dir::Cache": str(home),
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


def _download(cache: Path, apt: str, versions: dict[str, str]) -> dict[str, Path]:
    """Fetch what is not there yet; apt checks it against the signed lists."""
    directory = cache / "apt" / "archives"
    directory.mkdir(parents=True, exist_ok=True)
    absent = [
        f"{name}={version}"
        for name, version in versions.items()
        if not _find(directory, name, version)
    ]
    if absent:
        say(f"Debian: fetching {len(absent)} packages")
        command = ["apt-get", *KEPT, "download", "-qq", *absent]
        run(command, "fetching Debian packages", directory=directory, APT_CONFIG=apt)
    files = {name: _find(directory, name, version) for name, version in versions.items()}
    for name, file in files.items():
        if not file:
            raise Failure(f"apt-get has not fetched the Debian package {name} {versions[name]}")
    return files


def _find(directory: Path, name: str, version: str) -> Path | None:
    return next(directory.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"), None)


def _describe(files: dict[str, Path], apt: str, versions: dict[str, str]) -> dict[str, dict]:
    """Version, file, hash and dependencies of each package."""
    found = {name: {"version": versions[name], **source(file)} for name, file in files.items()}
    shown = run(
        ["apt-cache", *KEPT, "show", *(f"{name}={version}" for name, version in versions.items())],
        "reading Debian's dependencies",
        APT_CONFIG=apt,
    )
    entries = [
        dict(re.findall(r"^([A-Za-z-]+): (.*)$", entry, re.MULTILINE))
        for entry in shown.split("\n\n")
        if entry.strip()
    ]
    providers = {
        name: entry["Package"] for entry in entries for name in _names(entry.get("Provides", ""))
    }
    for entry in entries:
        named = _names(f"{entry.get('Pre-Depends', '')}, {entry.get('Depends', '')}")
        # A dependency on what several packages provide, as on any BLAS.
        needed = named & found.keys() | {providers[name] for name in named if name in providers}
        found[entry["Package"]]["depends"] = sorted(
            name for name in needed - {entry["Package"]} if LIBRARY.match(name)
        )
    return dict(sorted(found.items()))


def _names(field: str) -> set[str]:
    """The packages that such a field names."""
    return {re.split(r"[ (:]", choice.strip())[0] for choice in re.split(r"[,|]", field)} - {""}
