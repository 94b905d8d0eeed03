# One Python environment: the interpreter of flake.nix with all packages that come from Nix.
{
  pkgs,
  project,
  compute,
}:

let
  # On the GPU, whatever asks for torch gets the build that can use it, ready-made: compiling one takes hours.
  python =
    if compute == "cuda" then
      project.python.override {
        packageOverrides = _: super: {
          torch = super.torch-bin;
          torchvision = super.torchvision-bin;
        };
      }
    else
      project.python;

  # `lab` needs psutil. JupyterLab can be in the virtual environment, and is then from PyPI as everything else.
  ours =
    ps:
    [ ps.psutil ]
    ++ pkgs.lib.optionals (!project.venv.hasJupyterLab) [
      ps.ipykernel
      ps.jupyterlab
      ps.pip
    ];
in
# As withPackages; with what `pip install` answers, since the store is not the place for it; and with what takes over the
# project's own Jupyter settings.
python.buildEnv.override {
  extraLibs = ours python.pkgs ++ project.pythonPackages python.pkgs;
  postBuild = ''
    cp ${./answers}/* $out/${python.sitePackages}/
    echo "import nix_jupyter_startup" > $out/${python.sitePackages}/nix_jupyter_startup.pth
    # Compiled here. Python would do it at each start, and root, who can write into the store, would change it with that.
    cache=$out/${python.sitePackages}/__pycache__
    if [ -L $cache ]; then
      linked=$(readlink -f $cache)
      rm $cache
      mkdir $cache
      ln -s $linked/* $cache/
    fi
    ${python.interpreter} -m compileall -q --invalidation-mode unchecked-hash \
      $out/${python.sitePackages}/nix_jupyter_*.py
  '';
}
