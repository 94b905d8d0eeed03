# name, or pname and version, as builders with many arguments take them.
arguments:
arguments.name or (
  if arguments ? pname && arguments ? version then
    "${arguments.pname}-${arguments.version}"
  else
    throw "a name, or pname and version, is missing"
)
