"""The programs of packages in .venv/bin, in a directory with a name that a shell would read.

A script names its Python in its first line. Where that cannot be, because of a blank or of the
length, installers write a line for sh instead, and the path into it: pip in double quotes, where
sh reads `$`, and in both a backslash is one of Python's, which reads the line as well.
"""

import re
from pathlib import Path

_SPECIAL = re.compile(r'[$`"\\]')
_LINE = re.compile(rb"#!/bin/sh\n'''exec' [^\n]*/(python[0-9.]*)['\"] \"\$0\" \"\$@\"\n' '''\n")
# As uv writes it where a .venv may be moved: no path is in it.
_BESIDE = rb"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/\1 "$0" "$@"
' '''
"""


def repair(venv: Path) -> None:
    """Let the scripts that an installer has written take the Python beside them."""
    if not _SPECIAL.search(str(venv)):
        return
    for file in (venv / "bin").iterdir():
        if file.is_symlink() or not file.is_file():
            continue
        before = file.read_bytes()
        after = _LINE.sub(_BESIDE, before, count=1)
        if after != before:
            file.write_bytes(after)
