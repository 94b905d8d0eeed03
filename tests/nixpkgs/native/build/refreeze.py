"""Run by the interpreter that is being changed: NAME, LIBRARY and PROGRAM are the arguments."""

import _imp
import marshal
import os
import sys

name, library, program = sys.argv[1:]
frozen = _imp.find_frozen(name, withdata=True)[0].tobytes()
with open(f"{library}/{name}.py", encoding="utf-8") as file:
    code = compile(file.read(), f"<frozen {name}>", "exec", dont_inherit=True)
fresh = marshal.dumps(code)
with open(program, "rb") as file:
    content = file.read()
if len(fresh) > len(frozen) or content.count(frozen) != 1:
    raise SystemExit(f"{program}: the frozen module {name} cannot be replaced")
# A program that runs cannot be written to, but it can be replaced.
with open(f"{program}.new", "wb") as file:
    file.write(content.replace(frozen, fresh.ljust(len(frozen), b"\0")))
os.chmod(f"{program}.new", 0o755)
os.rename(f"{program}.new", program)
