"""Builder: Debian's CPython becomes one that looks and behaves like nixpkgs' own."""

import os
import re
import shutil
import subprocess
import sys

import debs
import elf

out = os.environ["out"]
version = os.environ["version"]
library = f"{out}/lib/python{version}"
packages = f"{library}/site-packages"
# It is for the Python that runs this, not for the one that is made here.
os.environ.pop("PYTHONHOME")


def unpack() -> None:
    """Interpreter and standard library, without Debian's own additions."""
    os.makedirs(out)
    for archive in os.environ["archives"].split():
        debs.unpack(archive, out)
    for name in ("etc", "lib/python3", "lib/binfmt.d", "share"):
        if name == "share":
            bundle_pip(f"{out}/share/python-wheels")
        shutil.rmtree(f"{out}/{name}", ignore_errors=True)
    for name in ("EXTERNALLY-MANAGED", "sitecustomize.py", "_distutils_system_mod.py"):
        if os.path.lexists(f"{library}/{name}"):
            os.remove(f"{library}/{name}")
    os.makedirs(packages)


def bundle_pip(wheels: str) -> None:
    """Put pip's wheel where ensurepip has it outside Debian."""
    bundled = f"{library}/ensurepip/_bundled"
    os.makedirs(bundled)
    for wheel in os.listdir(wheels):
        if wheel.startswith("pip-"):
            shutil.copy(f"{wheels}/{wheel}", bundled)


def edit(name: str, *changes: tuple[str, str]) -> None:
    """Replace patterns in a module; each must be there."""
    path = f"{library}/{name}"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{path}: {count} places match {pattern!r}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


DIRECTORIES_OF_DEBIAN = (
    r"            if is_virtual_environment:\n.*?                sitepackages\.append\(path\)\n"
)
DIRECTORIES = """\
            for libdir in libdirs:
                name = f"{implementation}{ver[0]}.{ver[1]}{abi_thread}"
                sitepackages.append(os.path.join(prefix, libdir, name, "site-packages"))
"""
CHOICE_OF_DEBIAN = (
    r"    if sys\.base_prefix != sys\.prefix or hasattr\(sys, \"real_prefix\"\):\n"
    r".*?(?=    return \{\n        'prefix': prefix_scheme)"
)


def undo_debian() -> None:
    """site-packages instead of dist-packages, and an ensurepip that is not switched off."""
    edit("site.py", (DIRECTORIES_OF_DEBIAN, DIRECTORIES))
    edit(
        "sysconfig/__init__.py",
        (r"    'deb_system': \{.*?\n        \},\n    'posix_local': \{.*?\n        \},\n", ""),
        (r", 'posix_local', 'deb_system'\)", ")"),
        (CHOICE_OF_DEBIAN, "    prefix_scheme = 'posix_prefix'\n"),
    )
    edit(
        "ensurepip/__init__.py",
        (r"(def _ensurepip_is_disabled_in_debian_for_system\(\):\n)", r"\1    return\n"),
    )
    for name in sorted(os.listdir(library)):
        if name.startswith("_sysconfig"):
            edit(name, (r"(['\"]WHEEL_PKG_DIR['\"]: )(['\"])[^'\"]*['\"]", r"\1\2\2"))


def refreeze(name: str, dependencies: list[str]) -> None:
    """Write an edited module over the compiled copy of it that the program carries inside."""
    program = f"{out}/bin/python{version}"
    libraries = ":".join(f"{root}/lib" for root in dependencies)
    loader = next(p for root in dependencies if os.path.exists(p := f"{root}/lib/{elf.LOADER}"))
    # Only this very version of Python knows its own format.
    own = [loader, "--library-path", libraries, program, "-SB"]
    script = os.path.join(os.path.dirname(__file__), "refreeze.py")
    environment = {"PYTHONHOME": out}
    subprocess.run([*own, script, name, library, program], check=True, env=environment)


def hide_built_in_libraries(dependencies: list[str]) -> None:
    """Debian links zlib and expat into the program; under names of its own they help nobody else."""
    program = f"{out}/bin/python{version}"
    for name in ("libz.so.1", "libexpat.so.1"):
        own = name.replace(".so", "-python.so")
        copy_library(name, own, dependencies)
        elf.patchelf(f"{out}/lib/{own}", "--set-soname", own)
        elf.patchelf(program, "--replace-needed", name, own)
    # The parts of glibc that nixpkgs' loader finds by itself, libgcc_s beside them included.
    for name in ("libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1"):
        elf.patchelf(program, "--add-needed", name)
    copy_library("libgcc_s.so.1", "libgcc_s.so.1", dependencies)
    elf.patchelf(program, "--add-needed", "libgcc_s.so.1")


def copy_library(name: str, target: str, dependencies: list[str]) -> None:
    """Take one library out of a package whose other libraries must stay out of sight."""
    origin = next(p for root in dependencies if os.path.exists(p := f"{root}/lib/{name}"))
    shutil.copy(origin, f"{out}/lib/{target}")


def finish() -> None:
    """Names, site customisation and compiled modules."""
    for link in ("python3", "python"):
        os.symlink(f"python{version}", f"{out}/bin/{link}")
    shutil.copy(os.environ["sitecustomize"], f"{packages}/sitecustomize.py")
    os.makedirs(f"{out}/nix-support")
    with open(os.environ["setupHook"], encoding="utf-8") as file:
        hook = file.read().replace("@version@", version)
    with open(f"{out}/nix-support/setup-hook", "w", encoding="utf-8") as file:
        file.write(hook)
    # What Python caches while it does this would be taken for stale: the store has no times.
    compiled = [f"{out}/bin/python{version}", "-BWignore", "-m", "compileall", "-qf", "-j0"]
    compiled += ["--invalidation-mode", "unchecked-hash", "-x", "/test/", library]
    subprocess.run(compiled, check=True)


unpack()
undo_debian()
roots = os.environ["dependencies"].split()
refreeze("site", roots)
hide_built_in_libraries([*roots, os.environ["compilerLibraries"]])
elf.patch_tree(out, roots, [])
finish()
sys.stdout.flush()
