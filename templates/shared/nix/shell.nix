# What `nix develop`, ./start and direnv enter.
{
  pkgs,
  project,
  lab,
  compute,
}:

let
  inherit (pkgs) lib;

  # For those who compile for the GPU themselves.
  toolkit = lib.optionals (compute == "cuda" && project.cuda.toolkit) [
    pkgs.cudaPackages.cudatoolkit
    pkgs.cudaPackages.cudnn
  ];
in

# Without a compiler: that keeps the download small. For one, add pkgs.gcc to `packages` in flake.nix.
pkgs.mkShellNoCC {
  name = "nix-jupyter";
  packages = [ lab ] ++ project.packages ++ toolkit;
  shellHook = ''
    unset NIX_JUPYTER_ROOT
    source ${./umask.sh}
    nix_jupyter_activate=${lab}/activate.sh
    source ${./shell-hook.sh}
  '';
}
