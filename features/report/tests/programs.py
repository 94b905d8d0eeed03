"""The real pandoc and the real compiler of typst, which PyPI has, too. Printed by this file: the folder of the two."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["pypandoc_binary==1.17", "typst==0.15.0", "pypdf==7.1.1"]
# The program typst, as far as pandoc calls it.
TYPST = """\
#!{python}
import sys
sys.path.insert(0, {packages!r})
import typst
if sys.argv[1:] == ['--version']:
    sys.exit()
command, source, target = sys.argv[1:]
assert command == "compile"
typst.compile(source, output=target)
"""


def packages() -> Path:
    """A folder with the packages, made once, and the programs in programs/."""
    cache = os.environ.get("CREATE_NIX_JUPYTER_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "create-nix-jupyter"
    )
    key = hashlib.sha256(f"{sys.executable} {PACKAGES}".encode()).hexdigest()[:12]
    made = Path(cache, f"report-{key}")
    if made.exists():
        return made
    part = Path(f"{made}.{os.getpid()}")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action=ignore"]
    subprocess.run([*pip, "--only-binary=:all:", "--target", part, *PACKAGES], check=True)
    programs = part / "programs"
    programs.mkdir()
    (programs / "pandoc").symlink_to("../pypandoc/files/pandoc")
    shim = programs / "typst"
    shim.write_text(TYPST.format(python=sys.executable, packages=str(made)))
    shim.chmod(0o755)
    try:
        part.rename(made)
    except OSError:  # another one was first
        shutil.rmtree(part)
    return made


if __name__ == "__main__":
    print(packages() / "programs")
