"""Builder: Debian's PyTorch becomes a module of the stand-in's Python."""

import os
import shutil
import subprocess
import tempfile

import debs
import elf

out = os.environ["out"]
packages = f"{out}/{os.environ['sitePackages']}"
roots = os.environ["dependencies"].split()
os.environ.pop("PYTHONHOME")


def library(name: str) -> str:
    """The library of this name, with whatever version behind it."""
    for root in roots:
        for each in os.listdir(f"{root}/lib") if os.path.isdir(f"{root}/lib") else []:
            if each.startswith(f"{name}."):
                return f"{root}/lib/{each}"
    raise SystemExit(f"no package holds {name}")


with tempfile.TemporaryDirectory() as directory:
    for archive in os.environ["archives"].split():
        debs.unpack(archive, directory)
    shutil.copytree(f"{directory}/lib/python3/dist-packages", packages, symlinks=True)
os.remove(f"{packages}/torch/test")
shutil.rmtree(f"{packages}/torch/include")
for name in os.listdir(f"{packages}/torch/bin"):
    # One program is part of torch, the others test it.
    if name != "torch_shm_manager":
        os.remove(f"{packages}/torch/bin/{name}")
for name in os.listdir(f"{packages}/torch/lib"):
    path = f"{packages}/torch/lib/{name}"
    if os.path.islink(path):
        os.remove(path)
        os.symlink(library(name), path)
elf.patch_tree(out, roots, [])
# What Python caches while it does this would be taken for stale: the store has no times.
compiled = [f"{os.environ['python']}/bin/python3", "-BWignore", "-m", "compileall", "-qf", "-j0"]
compiled += ["--invalidation-mode", "unchecked-hash", packages]
subprocess.run(compiled, check=True, stdout=subprocess.DEVNULL)
