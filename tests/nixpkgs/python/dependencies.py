"""Which package of a directory of wheels needs which, on one version of Python; printed as JSON."""

import json
import sys
import zipfile
from pathlib import Path

from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def main() -> None:
    """Follow the requirements, extras included, until nothing new is found."""
    version, directory = sys.argv[1], Path(sys.argv[2])
    needs = dict(_read(wheel) for wheel in directory.glob("*.whl"))
    extras: dict[str, set[str]] = {name: {""} for name in needs}
    edges: dict[str, set[str]] = {name: set() for name in needs}
    changed = True
    while changed:
        changed = False
        for name, requirements in needs.items():
            for each in requirements:
                other = canonicalize_name(each.name)
                if other not in needs or not _applies(each, extras[name], version):
                    continue
                wanted = extras[other] | set(each.extras)
                changed = changed or other not in edges[name] or wanted != extras[other]
                edges[name].add(other)
                extras[other] = wanted
    print(json.dumps({name: sorted(found) for name, found in edges.items()}))


def _read(wheel: Path) -> tuple[str, list[Requirement]]:
    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(inner), validate=False)
    return canonicalize_name(metadata.name), metadata.requires_dist or []


def _applies(requirement: Requirement, extras: set[str], version: str) -> bool:
    if requirement.marker is None:
        return True
    machine = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{version}.0",
        "python_version": version,
        "sys_platform": "linux",
    }
    return any(requirement.marker.evaluate({**machine, "extra": extra}) for extra in extras)


if __name__ == "__main__":
    main()
