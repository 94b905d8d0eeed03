"""Builder: one wheel becomes one store path, with programs that find what the package needs."""

import compileall
import configparser
import os
import py_compile
import re
import stat
import subprocess
import sys
import warnings
import zipfile

out = os.environ["out"]
version = f"python{sys.version_info.major}.{sys.version_info.minor}"
packages = f"{out}/lib/{version}/site-packages"
SCHEMES = {"data": out, "headers": f"{out}/include", "scripts": f"{out}/bin"}
GLIBC = re.compile(r"(lib(c|m|dl|rt|util|pthread|resolv|nsl|anl|mvec|thread_db)|ld-linux.*)\.so")


def main() -> None:
    """Unpack, add programs, patch, compile."""
    os.makedirs(packages)
    with zipfile.ZipFile(os.environ["wheel"]) as wheel:
        placed = [place(wheel, member) for member in wheel.infolist() if not member.is_dir()]
    add_programs()
    libraries = os.environ["libraries"].split()
    # When all are there, because some need others.
    for path in filter(None, placed):
        link_libraries(path, libraries)
    compile_modules()
    with open(support("propagated-build-inputs"), "w", encoding="utf-8") as file:
        file.write(" ".join([*os.environ["dependencies"].split(), sys.prefix]))


def compile_modules() -> None:
    """All but the tests of packages, which nobody runs here and which are a third of the work."""
    warnings.simplefilter("ignore")
    # What Python caches while it runs would be taken for stale: the store has no times.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    tests = re.compile(r"/tests?/")
    # Some packages carry files that are not meant for this version of Python: nothing is said of them.
    compileall.compile_dir(packages, force=True, rx=tests, quiet=2, invalidation_mode=mode)


def support(name: str) -> str:
    """A file that stdenv reads in packages that are inputs of a shell."""
    os.makedirs(f"{out}/nix-support", exist_ok=True)
    return f"{out}/nix-support/{name}"


def place(wheel: zipfile.ZipFile, member: zipfile.ZipInfo) -> str | None:
    """Put one file where its place in the wheel says. Gives the place of a compiled one."""
    target = f"{packages}/{member.filename}"
    scheme = re.match(r"[^/]+\.data/([a-z]+)/(.*)", member.filename)
    if scheme:
        target = f"{SCHEMES.get(scheme[1], packages)}/{scheme[2]}"
    content = wheel.read(member)
    if scheme and scheme[1] == "scripts" and content.startswith(b"#!python"):
        content = f"#!{sys.executable}\n{prelude()}".encode() + content.partition(b"\n")[2]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    executable = (member.external_attr >> 16) & stat.S_IXUSR or (scheme and scheme[1] == "scripts")
    mode = 0o755 if executable else 0o644
    with open(target, "wb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
        file.write(content)
    return target if content.startswith(b"\x7fELF") else None


def add_programs() -> None:
    """Write the programs that the wheel's entry points describe."""
    (described,) = (name for name in os.listdir(packages) if name.endswith(".dist-info"))
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str
    parser.read(f"{packages}/{described}/entry_points.txt", encoding="utf-8")
    for section in ("console_scripts", "gui_scripts"):
        for name, value in parser.items(section) if parser.has_section(section) else []:
            module, _, function = value.split("[")[0].strip().partition(":")
            write_program(name, module.strip(), function.strip())


def write_program(name: str, module: str, function: str) -> None:
    """A program that works by its own path, outside any environment."""
    os.makedirs(f"{out}/bin", exist_ok=True)
    with open(f"{out}/bin/{name}", "w", encoding="utf-8") as file:
        file.write(f"#!{sys.executable}\n{prelude()}import {module}\n")
        file.write(f"sys.exit({module}.{function}())\n")
    os.chmod(f"{out}/bin/{name}", 0o755)


def prelude() -> str:
    """The first lines of a program: its package and everything below it can be imported."""
    roots = [out, *os.environ["dependencies"].split()]
    directories = [f"{root}/lib/{version}/site-packages" for root in roots]
    return f"import site\nimport sys\n\nfor _path in {directories!r}:\n    site.addsitedir(_path)\n"


def link_libraries(path: str, libraries: list[str]) -> None:
    """Let a compiled file find the libraries that its wheel expects of the system."""
    needed = patchelf("--print-needed", path).split()
    own = patchelf("--print-rpath", path).strip()
    inside = [each.replace("$ORIGIN", os.path.dirname(path)) for each in own.split(":") if each]
    added: list[str] = []
    for name in needed:
        if GLIBC.match(name) or any(os.path.exists(f"{directory}/{name}") for directory in inside):
            continue
        directory = next((each for each in libraries if os.path.exists(f"{each}/{name}")), None)
        if directory and directory not in added:
            added.append(directory)
    if added:
        patchelf("--force-rpath", "--set-rpath", ":".join([*filter(None, [own]), *added]), path)


def patchelf(*arguments: str) -> str:
    """Run patchelf; static programs have nothing to say."""
    command = [os.environ["patchelf"], *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


main()
