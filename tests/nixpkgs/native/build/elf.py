"""Make programs and libraries look for their libraries in the store, and nowhere else."""

import os
import subprocess

LOADER = "ld-linux-x86-64.so.2"
# Directories of the machine, written into programs: the loader's own, plug-ins, converters.
# Replaced by names of the same length that cannot exist.
HOST_NAMES = (b"/usr/lib/x86_64-linux-gnu", b"/lib/x86_64-linux-gnu", b"/etc/ld.so.cache")


def patch_tree(out: str, dependencies: list[str], by_loader: list[str]) -> None:
    """Patch every program and library below `out`.

    A program named in `by_loader` does not survive a change of its interpreter: a script starts it.
    """
    directories = [f"{root}/lib" for root in (out, *dependencies)]
    # The C library searches for nothing but what its users name.
    is_glibc = os.path.exists(f"{out}/lib/{LOADER}")
    for parent, _, names in os.walk(out):
        for name in names:
            path = os.path.join(parent, name)
            if is_elf(path):
                forget_host(path)
                if not is_glibc:
                    patch(path, directories, name in by_loader)


def is_elf(path: str) -> bool:
    """Whether this is a regular file in the format of programs and libraries."""
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def patch(path: str, directories: list[str], by_loader: bool) -> None:
    """Give one file exactly the directories that hold what it needs; fail where one is missing."""
    done = subprocess.run(
        [_patchelf(), "--print-needed", path], capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not done.stdout.strip():
        return
    found: list[str] = []
    for library in done.stdout.split():
        directory = next(
            (each for each in directories if os.path.exists(f"{each}/{library}")), None
        )
        if directory is None:
            raise SystemExit(f"{path} needs {library}, which is in none of {' '.join(directories)}")
        if directory not in found:
            found.append(directory)
    options = ["--set-rpath", ":".join(found)]
    loader = next(f"{each}/{LOADER}" for each in directories if os.path.exists(f"{each}/{LOADER}"))
    if _has_interpreter(path) and not by_loader:
        options += ["--set-interpreter", loader]
    patchelf(path, *options)
    if by_loader:
        replace_by_script(path, f'exec {loader} --argv0 "$0"')


def replace_by_script(path: str, line: str, exports: str = "") -> None:
    """Hide a program and put a script in its place that starts it."""
    directory, name = os.path.split(path)
    hidden = f"{directory}/.{name}-wrapped"
    os.rename(path, hidden)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!{os.environ["bash"]}\n{exports}{line} {hidden} "$@"\n')
    os.chmod(path, 0o755)


def patchelf(path: str, *options: str) -> None:
    """Run patchelf on one file."""
    subprocess.run([_patchelf(), *options, path], check=True)


def forget_host(path: str) -> None:
    """Keep a program or library from looking for others on the machine."""
    with open(path, "rb") as file:
        old = content = file.read()
    for name in HOST_NAMES:
        content = content.replace(name, b"/!!!" + name[4:])
    if content != old:
        with open(path, "wb") as file:
            file.write(content)


def _patchelf() -> str:
    return os.environ["patchelf"]


def _has_interpreter(path: str) -> bool:
    command = [_patchelf(), "--print-interpreter", path]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
