# Python packages: a wheel each, unpacked into the store and made to work on the bare interpreter.
{
  makePackage,
  native,
  placeholder,
  sources,
  system,
}:
{
  # Called with the finished set, so that an override reaches the dependents.
  final,
  locked,
  minor,
  python,
  real,
}:
let
  files = sources.wheels.${minor} or { };
  libraries = map (unit: "${native.units.${unit}}/lib") [
    "gcc-lib"
    "zlib1g"
  ];

  module =
    pname:
    {
      version,
      depends ? [ ],
      mainProgram ? null,
      ...
    }:
    let
      dependencies = map (name: final.${name}) depends;
      closure = import ./closure.nix { inherit python; } dependencies;
      meta = if mainProgram == null then { } else { inherit mainProgram; };
      passthru = {
        inherit dependencies;
        pythonModule = python;
      };
      attributes = {
        inherit pname version;
        propagatedBuildInputs = dependencies ++ [ python ];
      };
    in
    if real && files ? ${pname} then
      makePackage {
        arguments = {
          name = "python${minor}-${pname}-${version}";
          inherit libraries system;
          builder = native.static "bash-static";
          # Python finds its library by the path that it is called with.
          args = [
            "-c"
            "exec ${python}/bin/${python.executable} -sSB ${./build}/wheel.py"
          ];
          patchelf = "${native.bootstrap}/bin/patchelf";
          wheel = native.fetch files.${pname};
          dependencies = closure;
        };
        inherit attributes meta passthru;
      }
    else
      placeholder {
        pname = "python${minor}-${pname}";
        inherit meta version;
        passthru = passthru // attributes;
      };
in
builtins.mapAttrs module locked
