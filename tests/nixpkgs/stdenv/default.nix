# stdenv as builds and shells see it: a setup script and the tools that are always on PATH.
{
  bash,
  initialPath,
  makePackage,
  native,
  system,
}:
let
  setup = makePackage {
    arguments = {
      name = "stdenv-linux";
      inherit initialPath system;
      builder = "${bash}/bin/bash";
      args = [
        "-eu"
        ./install.sh
      ];
      PATH = "${builtins.head initialPath}/bin";
      busybox = native.static "busybox-static";
      setup = ./setup.sh;
      start = ./builder.sh;
      shell = "${bash}/bin/bash";
    };
  };
in
{
  inherit setup;
  mkDerivation = import ./mk-derivation.nix {
    inherit
      bash
      initialPath
      makePackage
      system
      ;
    stdenv = setup;
  };
}
