"""Write an image as a docker-archive to standard output."""

import datetime
import hashlib
import io
import json
import os
import sys
import tarfile
import tempfile


def main() -> None:
    """Layers first, then the configuration that names their hashes."""
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    if sys.stdout.isatty():
        raise SystemExit("error: this writes an image; pipe it into 'docker load'")
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
        layers, hashes = [], []
        for paths in plan["layers"]:
            with tempfile.TemporaryFile() as spool:
                write_layer(spool, paths, plan)
                add_layer(archive, spool, layers, hashes)
        with open(plan["topLayer"], "rb") as top:
            add_layer(archive, top, layers, hashes)
        settings = {
            **plan["settings"],
            "created": now() if plan["created"] == "now" else plan["created"],
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{each}" for each in hashes]},
        }
        content = json.dumps(settings).encode()
        name = f"{hashlib.sha256(content).hexdigest()}.json"
        add(archive, name, content)
        tags = [f"{plan['name']}:{plan['tag']}"]
        manifest = [{"Config": name, "RepoTags": tags, "Layers": layers}]
        add(archive, "manifest.json", json.dumps(manifest).encode())


def now() -> str:
    """The moment at which the image is written."""
    return datetime.datetime.now(datetime.UTC).isoformat()


def write_layer(spool: io.BufferedRandom, paths: list[str], plan: dict) -> None:
    """Put store paths into one layer, with the owner and the time that the image asks for."""
    moment = plan["mtime"]
    stamp = datetime.datetime.fromisoformat(now() if moment == "now" else moment).timestamp()

    def own(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid, member.gid = plan["uid"], plan["gid"]
        member.uname, member.gname = plan["uname"], plan["gname"]
        member.mtime = int(stamp)
        return member

    with tarfile.open(fileobj=spool, mode="w") as layer:
        for parent in ("/nix", "/nix/store"):
            directory = tarfile.TarInfo(parent[1:])
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            layer.addfile(own(directory))
        for path in paths:
            layer.add(path, arcname=path[1:], filter=own)
    spool.seek(0)


def add_layer(archive: tarfile.TarFile, file: io.BufferedIOBase, names: list, hashes: list) -> None:
    """Add one layer under the name of its hash."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    member = tarfile.TarInfo(f"{digest}/layer.tar")
    member.size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if member.name not in names:
        archive.addfile(member, file)
    names.append(member.name)
    hashes.append(digest)


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add one small file."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


main()
