"""Go programs: process-compose, the wrapper that environments of Python need, and actionlint."""

import os
from pathlib import Path

from report import run, say, source

HERE = Path(__file__).resolve().parent
# The newest that can be had and is not newer than the one in nixpkgs (1.94.0).
PROCESS_COMPOSE = "1.87.0"
# As in actionlint/go.mod.
ACTIONLINT = "1.7.12"


def compile_all(cache: Path) -> dict[str, dict[str, str]]:
    """Compile what is not there yet."""
    directory = cache / "programs"
    directory.mkdir(parents=True, exist_ok=True)
    return {
        "process-compose": {"version": PROCESS_COMPOSE, **source(process_compose(cache))},
        "python-wrapper": _wrapper(directory),
    }


def process_compose(cache: Path) -> Path:
    """Compile the supervisor of a project's services, unless it is there."""
    target = cache / f"process-compose-{PROCESS_COMPOSE}" / "process-compose"
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        say(f"compiling process-compose {PROCESS_COMPOSE}")
        module = "github.com/f1bonacc1/process-compose"
        stamp = f"-X {module}/src/config.Version=v{PROCESS_COMPOSE}"
        _build(HERE / "process-compose", module, target, stamp)
    return target


def actionlint(cache: Path) -> Path:
    """Compile the program that reads workflows, unless it is there."""
    target = cache / f"actionlint-{ACTIONLINT}" / "actionlint"
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        say(f"compiling actionlint {ACTIONLINT}")
        package = "github.com/rhysd/actionlint/cmd/actionlint"
        _build(HERE / "actionlint", package, target, "")
    return target


def _wrapper(directory: Path) -> dict[str, str]:
    target = directory / "python-wrapper"
    main = HERE / "wrapper" / "main.go"
    if not target.exists() or target.stat().st_mtime < main.stat().st_mtime:
        _build(HERE, str(main), target, "")
    return source(target)


# Compiled in half of the time, for a start of process-compose that takes 5 ms more: without a code of JSON that it does not speak,
# without what only debuggers read, and without functions inside of others.
FASTER = ["-tags", "nomsgpack", "-gcflags=all=-dwarf=false -l"]


def _build(directory: Path, package: str, target: Path, stamp: str) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    flags = ["-trimpath", "-buildvcs=false", *FASTER, "-ldflags", f"-s -w {stamp}"]
    command = ["go", "build", "-C", str(directory), *flags, "-o", str(part), package]
    run(command, f"compiling {target.name}", CGO_ENABLED="0", GOFLAGS="")
    part.rename(target)
