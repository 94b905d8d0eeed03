"""The environment variables that the programs started by `lab` inherit."""

import os


def inherited() -> dict[str, str]:
    """Ours, without the temporary folder of `nix develop`: that is removed when its shell ends."""
    result = dict(os.environ)
    build = result.pop("NIX_BUILD_TOP", None)
    for name in ("TMPDIR", "TMP", "TEMP", "TEMPDIR"):
        value = result.get(name, "")
        if (build and value.startswith(build)) or "/nix-shell." in value:
            del result[name]
    return result
