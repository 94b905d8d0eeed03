# One Python environment: the interpreter of flake.nix with all packages that come from Nix.
{ pkgs, project }:

let
  # With uv, JupyterLab comes from PyPI as well. `lab` itself always needs psutil.
  ours = ps: [ ps.psutil ] ++ pkgs.lib.optionals (project.venv != "uv") (jupyter ps);

  jupyter = ps: [
    ps.ipykernel
    ps.jupyterlab
    ps.pip
  ];
in
project.python.withPackages (ps: ours ps ++ project.pythonPackages ps)
