"""Which store path goes into which layer; the plan is written to standard output."""

import json
import os
import sys

with open(os.environ["NIX_ATTRS_JSON_FILE"], encoding="utf-8") as file:
    attributes = json.load(file)

image = attributes["image"]
paths = [each for each in attributes["closure"] if each["path"] != image["settings"]]
# The largest paths have a layer each, the others share one; one is the image's own top layer.
paths.sort(key=lambda each: (-each["narSize"], each["path"]))
alone = max(image["maxLayers"] - 2, 0)
layers = [[each["path"]] for each in paths[:alone]]
if paths[alone:]:
    layers.append(sorted(each["path"] for each in paths[alone:]))
with open(image["settings"], encoding="utf-8") as file:
    image["settings"] = json.load(file)
json.dump({**image, "layers": layers}, sys.stdout, sort_keys=True)
