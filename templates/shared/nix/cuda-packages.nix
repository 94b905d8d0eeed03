# The packages for the CUDA shell: NVIDIA's are unfree, so they are allowed here, by name, and nowhere else.
{ nixpkgs }:

system:

let
  inherit (nixpkgs) lib;
  inherit (nixpkgs.legacyPackages.${system}._cuda.lib) allowUnfreeCudaPredicate;
in
import nixpkgs {
  inherit system;
  config.allowUnfreePredicate =
    package: lib.getName package == "torch" || allowUnfreeCudaPredicate package;
}
