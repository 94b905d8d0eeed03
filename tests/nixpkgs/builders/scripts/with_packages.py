"""Builder: an environment of Python, with wrapped programs."""

import json
import os
import subprocess

import tree
import wrap

with open(os.environ["NIX_ATTRS_JSON_FILE"], encoding="utf-8") as file:
    wanted = json.load(file)

out, base, executable = wanted["outputs"]["out"], wanted["base"], wanted["executable"]
origins = [tree.Origin(path) for path in [*wanted["modules"], base]]
everything_else = tuple(
    f"/{name}"
    for name in {name for origin in origins for name in os.listdir(origin.path)}
    if name not in ("bin", "nix-support")
)
tree.merge(out, origins, tree.Rules(everything_else, wanted["ignoreCollisions"]))

changes = wrap.parse(wanted["makeWrapperArgs"])
user_site = [] if wanted["permitUserSite"] else [["set", "PYTHONNOUSERSITE", "true"]]
place = [
    ["set", "NIX_PYTHONPREFIX", out],
    ["set", "NIX_PYTHONEXECUTABLE", f"{out}/bin/{executable}"],
    ["set", "NIX_PYTHONPATH", f"{out}/lib/{executable}/site-packages"],
]
os.makedirs(f"{out}/bin")
for origin in origins:
    directory = f"{origin.path}/bin"
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        target, source = f"{out}/bin/{name}", f"{directory}/{name}"
        if os.path.lexists(target) or not os.access(source, os.X_OK):
            continue
        if origin.path == base and os.path.realpath(source) == f"{base}/bin/{executable}":
            if name == executable:
                wrap.compiled(wanted["wrapper"], target, source, [*changes, *user_site])
            else:
                os.symlink(executable, target)
        else:
            wrap.script(wanted["bash"], target, source, [*place, *changes, *user_site])

environment = {"out": out, "PATH": f"{wanted['coreutils']}:{out}/bin"}
subprocess.run([wanted["bash"], "-ec", wanted["postBuild"]], env=environment, check=True)
