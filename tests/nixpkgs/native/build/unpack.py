"""Builder: some Debian packages become one store path."""

import json
import os

import debs
import elf

out = os.environ["out"]
os.makedirs(out)
for archive in os.environ["archives"].split():
    debs.unpack(archive, out)
elf.patch_tree(out, os.environ["dependencies"].split(), os.environ["byLoader"].split())
for link in os.environ.get("links", "").split():
    name, _, value = link.partition("=")
    os.symlink(value, f"{out}/{name}")
for name, variables in json.loads(os.environ["wrap"]).items():
    # Programs that look for their own files below /usr are told where those are.
    exports = "".join(f"export {key}={out}/{value}\n" for key, value in variables.items())
    elf.replace_by_script(f"{out}/bin/{name}", 'exec -a "$0"', exports)
