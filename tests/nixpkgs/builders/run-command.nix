# runCommand and its local form.
{ mkDerivation }:
let
  runCommand =
    name: env: script:
    mkDerivation (
      {
        inherit name;
        buildCommand = script;
        enableParallelBuilding = true;
      }
      // env
    );
in
{
  inherit runCommand;
  runCommandLocal =
    name: env:
    runCommand name (
      {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // env
    );
}
