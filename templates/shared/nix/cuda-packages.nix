# The packages for the CUDA shell: NVIDIA's are unfree, so they are allowed here, by name, and nowhere else.
{ nixpkgs }:

system:

let
  inherit (nixpkgs) lib;
  inherit (nixpkgs.legacyPackages.${system}._cuda.lib) allowUnfreeCudaPredicate;

  # torch-bin, and what it is made of.
  unfree = [
    "cuda-bindings"
    "torch"
    "triton"
  ];
in
import nixpkgs {
  inherit system;
  config.allowUnfreePredicate =
    package: builtins.elem (lib.getName package) unfree || allowUnfreeCudaPredicate package;

  # torch-bin is made for CUDA 13, and is marked as broken with an older one. The value asks and not the name: nixpkgs would
  # look for ever for the names of an overlay that depend on what it changes.
  overlays = [
    (final: prev: {
      cudaPackages =
        if lib.versionOlder prev.cudaPackages.cudaMajorMinorVersion "13" then
          final.cudaPackages_13
        else
          prev.cudaPackages;
      # By itself it would use the processor here, too.
      ollama = prev.ollama.override { acceleration = "cuda"; };
    })
  ];
}
