"""Builder: buildEnv's tree, from the derivation's structured attributes."""

import json
import os

import tree

with open(os.environ["NIX_ATTRS_JSON_FILE"], encoding="utf-8") as file:
    wanted = json.load(file)

origins = []
for each in wanted["chosen"]:
    if os.path.isdir(each["path"]):
        origins.append(tree.Origin(each["path"], each["priority"]))
    elif not wanted["ignoreSingleFileOutputs"]:
        raise SystemExit(
            f"error: {each['path']} is a file and cannot be linked into an environment"
        )
rules = tree.Rules(
    only=tuple(wanted["pathsToLink"]),
    ignore_collisions=wanted["ignoreCollisions"],
    compare_contents=wanted["checkCollisionContents"],
)
tree.merge(wanted["outputs"]["out"] + wanted["extraPrefix"], origins, rules)
