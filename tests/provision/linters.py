"""What reads the workflows that we ship: actionlint, and zizmor, which looks for unsafe ones."""

import tempfile
import zipfile
from pathlib import Path

import installers
import programs
import wheels
from report import run, say

ZIZMOR = "1.32.0"
ZIZMOR_SHA256 = "84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071"


def find(cache: Path) -> dict[str, str]:
    """Bring both there, and say where they are."""
    return {"actionlint": str(programs.actionlint(cache)), "zizmor": str(_zizmor(cache))}


def _zizmor(cache: Path) -> Path:
    """Its wheel holds one program, which needs no Python."""
    target = cache / f"zizmor-{ZIZMOR}" / "zizmor"
    if target.exists():
        return target
    say(f"fetching zizmor {ZIZMOR}")
    with tempfile.TemporaryDirectory() as directory:
        requirements = Path(directory, "requirements.txt")
        requirements.write_text(f"zizmor=={ZIZMOR} --hash=sha256:{ZIZMOR_SHA256}\n")
        command = wheels.download_command(installers.pip(cache), "3.13", Path(directory))
        run([*command, "--require-hashes", "-r", str(requirements)], "fetching zizmor")
        wheel = zipfile.ZipFile(next(Path(directory).glob("*.whl")))
        program = wheel.read(f"zizmor-{ZIZMOR}.data/scripts/zizmor")
    target.parent.mkdir(exist_ok=True)
    part = target.with_name("zizmor.part")
    part.write_bytes(program)
    part.chmod(0o755)
    part.rename(target)
    return target
