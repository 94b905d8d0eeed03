"""The real pandoc and the real typst, which PyPI has, too. This file prints their directory."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[3] / "tests"
sys.path += [str(TESTS / "support"), str(TESTS / "provision")]
import installers
import machine
from made_once import made_once

PACKAGES = ["pypandoc_binary==1.17", "typst==0.15.0", "pypdf==7.1.1"]
# The program typst, as far as pandoc calls it.
TYPST = """\
#!{python}
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import typst
if sys.argv[1:] == ['--version']:
    sys.exit()
command, source, target = sys.argv[1:]
assert command == "compile"
typst.compile(source, output=target)
"""


def packages() -> Path:
    """A directory with the packages, and the programs in programs/."""

    def make(directory: Path) -> None:
        uv = installers.uv(machine.cache_directory())
        install = [uv, "pip", "install", "--quiet", "--only-binary", ":all:"]
        install += ["--python", sys.executable, "--target", directory, *PACKAGES]
        subprocess.run(install, check=True)
        programs = directory / "programs"
        programs.mkdir()
        (programs / "pandoc").symlink_to("../pypandoc/files/pandoc")
        shim = programs / "typst"
        shim.write_text(TYPST.format(python=sys.executable))
        shim.chmod(0o755)

    return made_once("report", PACKAGES, make)


if __name__ == "__main__":
    print(packages() / "programs")
