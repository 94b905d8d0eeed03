# The bare interpreter: real where Debian has it, otherwise a name with a version.
{
  makePackage,
  native,
  placeholder,
  system,
}:
{
  minor,
  version,
  real,
  passthru,
}:
let
  archives = [
    "libpython${minor}-minimal"
    "libpython${minor}-stdlib"
    "python${minor}-minimal"
    "python${minor}"
    "python${minor}-venv"
  ];
  libraries = native.closureOfAll archives ++ [
    "libexpat1"
    "zlib1g"
  ];
  description = {
    pname = "python3";
    inherit passthru version;
    meta.mainProgram = "python${minor}";
  };
in
if real then
  makePackage {
    arguments = {
      name = "python3-${version}";
      inherit system;
      version = minor;
      builder = "${native.bootstrap}/bin/python";
      args = [ "${../native/build}/python.py" ];
      patchelf = "${native.bootstrap}/bin/patchelf";
      archives = map (name: native.fetch native.debs.${name}) (archives ++ [ "python3-pip-whl" ]);
      dependencies = map (name: native.units.${name}) libraries;
      compilerLibraries = native.units.gcc-lib;
      sitecustomize = ./sitecustomize.py;
      setupHook = ./setup-hook.sh;
    };
    attributes = {
      inherit version;
      inherit (description) pname;
    };
    inherit (description) meta passthru;
  }
else
  placeholder description
