# A package that is known by name and version only: it evaluates, and says so when it is built.
{
  makePackage,
  native,
  system,
}:
{
  pname,
  version ? "",
  name ? if version == "" then pname else "${pname}-${version}",
  meta ? { },
  passthru ? { },
  attributes ? { },
  inputs ? [ ],
}:
makePackage {
  arguments = {
    inherit inputs name system;
    builder = native.static "bash-static";
    args = [
      "-c"
      ''echo "error: $name is not built offline: the stand-in for nixpkgs knows its name only" >&2; exit 1''
    ];
  };
  attributes = {
    inherit pname version;
  }
  // attributes;
  inherit meta passthru;
}
