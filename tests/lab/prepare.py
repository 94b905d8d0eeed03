"""Fetches what the tests of `lab` need, once: environments, a test runner, process-compose.

An environment stands for the one that Nix makes: an interpreter with a prefix of its own, whose
packages a virtual environment sees with --system-site-packages. The small one has a stand-in for
JupyterLab, and of the packages that come with it those which `lab` needs.
"""

import hashlib
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "provision"))
import installers
import programs
from report import Failure

ENVIRONMENT = ["pip==26.3", "jupyterlab>=4.6.3", "ipykernel", "psutil", "nbclient", "uv"]
SMALL = ["packaging", "pip", "psutil"]
ASKED_FOR = [
    "jupyter_server",
    "jupyterlab",
    "nbconvert",
    "tornado",
]  # by doctor
RUNNER = ["pip==26.3", "pytest==9.2.0", "pytest-xdist==3.8.0", "psutil", "ruff==0.17.5"]
STAND_IN = Path(__file__).resolve().parent / "stand_in"
ANSWERS = Path(__file__).resolve().parents[2] / "templates" / "shared" / "nix" / "answers"


def main(cache: Path) -> None:
    """Make what is missing, and write down where everything is."""
    cache.mkdir(parents=True, exist_ok=True)
    # pip would take three times as long.
    uv = installers.uv(cache.parent)
    runner = _runner(cache, uv)
    environment = _environment(cache, uv)
    small = _small(environment)
    # As nix/environment.nix does at the end.
    for prefix in (environment, small):
        for file in ANSWERS.glob("*.py"):
            shutil.copy(file, _site_packages(prefix))
        startup = _site_packages(prefix) / "nix_jupyter_startup.pth"
        startup.write_text("import nix_jupyter_startup\n")
    shutil.copytree(STAND_IN, _site_packages(small), dirs_exist_ok=True)
    variables = {
        "RUNNER": runner,
        "LAB_TEST_ENVIRONMENT": environment,
        "LAB_TEST_SMALL_ENVIRONMENT": small,
        "LAB_TEST_PROCESS_COMPOSE": _process_compose(cache),
    }
    lines = [f"export {name}={shlex.quote(str(value))}\n" for name, value in variables.items()]
    (cache / "variables").write_text("".join(lines))


def _key(wanted: list[str]) -> str:
    text = f"{sys.version} {sys.prefix} {wanted}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _runner(cache: Path, uv: Path) -> Path:
    directory = cache / f"runner-{_key(RUNNER)}"
    python = directory / "bin" / "python3"
    if not (directory / "done").exists():
        print("Installing the test runner …", file=sys.stderr)
        shutil.rmtree(directory, ignore_errors=True)
        _run([str(uv), "venv", "--quiet", "--python", sys.executable, str(directory)])
        _run([*_install(uv, python), *RUNNER])
        (directory / "done").touch()
    return python


def _install(uv: Path, python: Path) -> list[str]:
    return [str(uv), "pip", "install", "--quiet", "--python", str(python)]


def _environment(cache: Path, uv: Path) -> Path:
    directory = cache / f"environment-{_key(ENVIRONMENT)}"
    if (directory / "done").exists():
        return directory
    print("Installing JupyterLab …", file=sys.stderr)
    _make_prefix(directory)
    _run([*_install(uv, directory / "bin" / "python3"), *ENVIRONMENT])
    (directory / "done").touch()
    return directory


def _small(environment: Path) -> Path:
    directory = environment.with_name(f"small-{_key([environment.name, *SMALL, *ASKED_FOR])}")
    if (directory / "done").exists():
        return directory
    _make_prefix(directory)
    for entry in _site_packages(environment).iterdir():
        name, has_version, _ = entry.name.partition("-")
        if name in SMALL or (has_version and name in ASKED_FOR):
            (_site_packages(directory) / entry.name).symlink_to(entry)
    (directory / "bin" / "uv").symlink_to(environment / "bin" / "uv")
    (directory / "done").touch()
    return directory


def _make_prefix(directory: Path) -> None:
    """A prefix of its own that shares the standard library with the interpreter that runs this."""
    shutil.rmtree(directory, ignore_errors=True)
    name = f"python{sysconfig.get_python_version()}"
    (directory / "bin").mkdir(parents=True)
    # A copy, not a link: Python takes the directory of the program for its prefix.
    shutil.copy2(Path(sys._base_executable).resolve(), directory / "bin" / name)
    for link in ("python", "python3"):
        (directory / "bin" / link).symlink_to(name)
    library = directory / "lib" / name
    (library / "site-packages").mkdir(parents=True)
    for entry in Path(
        sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})
    ).iterdir():
        if entry.name != "site-packages":
            (library / entry.name).symlink_to(entry)


def _site_packages(prefix: Path) -> Path:
    return next(prefix.glob("lib/python3*/site-packages"))


def _process_compose(cache: Path) -> Path:
    try:
        return programs.process_compose(cache.parent)
    except FileNotFoundError:
        sys.exit(
            f"The tests of lab were not run: process-compose {programs.PROCESS_COMPOSE} is "
            "missing, and there is no Go to compile it.\n  Try: apt-get install golang"
        )
    except Failure as failure:
        sys.exit(str(failure))


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{shlex.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
