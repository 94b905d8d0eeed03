# What `nix develop`, ./start and direnv enter.
{
  pkgs,
  project,
  lab,
}:

# Without a compiler: that keeps the download small. For one, add pkgs.gcc to `packages` in flake.nix.
pkgs.mkShellNoCC {
  name = "nix-jupyter";
  packages = lab.commands ++ project.packages;
  shellHook = ''
    unset NIX_JUPYTER_ROOT
    nix_jupyter_activate=${lab.activate}
    source ${./shell-hook.sh}
  '';
}
