"""Check the manifests of the feature. Prints what is wrong, as JSON. It runs where dask_kubernetes and dask_jobqueue are.

Arguments: the DaskCluster, and the settings of dask-jobqueue.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

OPERATOR = "operator/deployment/helm/dask-kubernetes-operator/crds/daskcluster.yaml"


def package(name: str) -> Path:
    """The directory of a package, which is not loaded."""
    return Path(find_spec(name).origin).parent


def strict(schema: Any) -> Any:
    """As Kubernetes takes a schema: what is not named in it is not known."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(value) for name, value in schema.items()}
    if isinstance(found.get("properties"), dict) and not found.get(
        "x-kubernetes-preserve-unknown-fields"
    ):
        found.setdefault("additionalProperties", False)
    return found


def of_cluster(manifest: dict) -> list[str]:
    """What the operator's own definition says against a DaskCluster."""
    definition = yaml.safe_load((package("dask_kubernetes") / OPERATOR).read_text())["spec"]
    [version] = definition["versions"]
    schema = strict(version["schema"]["openAPIV3Schema"])
    schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
    found = [
        f"{error.json_path}: {error.message}"
        for error in Draft7Validator(schema).iter_errors(manifest)
    ]
    names = (f"{definition['group']}/{version['name']}", definition["names"]["kind"])
    return found + [f"is no {names}"] * ((manifest["apiVersion"], manifest["kind"]) != names)


def of_jobqueue(settings: dict) -> list[str]:
    """Keys that dask-jobqueue does not know, and values of another type than its own."""
    known = yaml.safe_load((package("dask_jobqueue") / "jobqueue.yaml").read_text())["jobqueue"][
        "slurm"
    ]
    found = (
        []
        if list(settings) == ["jobqueue"] and list(settings["jobqueue"]) == ["slurm"]
        else ["not slurm alone"]
    )
    for key, value in settings["jobqueue"]["slurm"].items():
        if key not in known:
            found.append(f"{key} is not known")
        elif known[key] is not None and type(known[key]) is not type(value):
            found.append(f"{key} is a {type(value).__name__}")
    return found


cluster, jobqueue = (yaml.safe_load(Path(file).read_text()) for file in sys.argv[1:])
print(json.dumps({"cluster": of_cluster(cluster), "jobqueue": of_jobqueue(jobqueue)}))
