"""What the wrappers of an environment say, taken in at start-up and hidden from child processes."""

import os
import site
import sys

_path = os.environ.pop("NIX_PYTHONPATH", None)
if _path:
    for _directory in _path.split(os.pathsep):
        site.addsitedir(_directory)

if sys.prefix == sys.base_prefix:
    _executable = os.environ.pop("NIX_PYTHONEXECUTABLE", None)
    _prefix = os.environ.pop("NIX_PYTHONPREFIX", None)
    if _executable:
        sys.executable = _executable
    if _prefix:
        sys.prefix = _prefix
        site.PREFIXES.insert(0, _prefix)
