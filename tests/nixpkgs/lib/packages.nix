# What can be asked of a package.
{ strings }:
let
  output = name: package: if package ? ${name} then package.${name} else package.out or package;
  search =
    directory: name: packages:
    builtins.concatStringsSep ":" (
      map (package: "${output name package}/${directory}") (builtins.filter (each: each != null) packages)
    );
in
rec {
  getLib = output "lib";

  makeBinPath = search "bin" "bin";

  makeLibraryPath = search "lib" "lib";

  getName = package: package.pname or (builtins.parseDrvName (package.name or package)).name;

  getExe =
    package:
    getExe' package (
      package.meta.mainProgram or (import ./warn.nix "getExe: package ${
        builtins.toJSON (package.name or "")
      } does not have the meta.mainProgram attribute" (getName package))
    );

  getExe' =
    package: program:
    if !builtins.isAttrs package then
      throw "lib.getExe': the first argument is ${builtins.typeOf package}, it must be a derivation"
    else if strings.hasPrefix "/" program || builtins.match ".*/.*" program != null then
      throw "lib.getExe': the second argument \"${program}\" must be a program name, without a directory"
    else
      "${output "bin" package}/bin/${program}";
}
