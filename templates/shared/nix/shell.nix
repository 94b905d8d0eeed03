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
  # No cache has it, and asking for it would take as long as the network makes it.
  allowSubstitutes = false;
  # Where `lab add` looks for a name, and what `lab bundle` copies.
  passthru = {
    inherit (project) python;
    inherit lab;
  };
  shellHook = ''
    unset NIX_JUPYTER_ROOT
    for nix_jupyter_name in directory source driver; do source ${./scripts}/$nix_jupyter_name.sh; done
    unset nix_jupyter_name
    nix_jupyter_restore_umask
    ${lib.optionalString (builtins.pathExists ../start) "nix_jupyter_warn_of_copies"}
    nix_jupyter_activate=${lab}/activate.sh nix_jupyter_keep=1
    nix_jupyter_features=${lib.optionalString (builtins.pathExists ./features) "${./features}"}
    source ${./scripts}/shell.sh
  '';
}
