# withPackages and buildEnv: an environment whose interpreter and programs see one set of modules.
{
  makePackage,
  native,
  placeholder,
  real,
  sources,
  system,
  runCommand,
}:
python:
let
  buildEnv =
    {
      extraLibs ? [ ],
      extraOutputsToInstall ? [ ],
      postBuild ? "",
      ignoreCollisions ? false,
      permitUserSite ? false,
      makeWrapperArgs ? [ ],
    }@arguments:
    let
      modules = import ./closure.nix { inherit python; } extraLibs;
      interpreter = "${environment}/bin/${python.executable}";
      passthru = python.passthru // {
        inherit interpreter python;
        override =
          change: buildEnv (arguments // (if builtins.isFunction change then change arguments else change));
        env = runCommand "interactive-${name}" { nativeBuildInputs = [ environment ]; } ''
          echo "error: this is for nix-shell, it is not meant to be built" >&2
          exit 1
        '';
      };
      name = "${python.name}-env";
      environment =
        if real then
          makePackage {
            arguments = {
              inherit
                ignoreCollisions
                makeWrapperArgs
                modules
                name
                permitUserSite
                postBuild
                system
                ;
              inherit (python) executable;
              __structuredAttrs = true;
              builder = "${native.bootstrap}/bin/python";
              args = [ "${../builders/scripts}/with_packages.py" ];
              bash = "${native.units.bash}/bin/bash";
              coreutils = "${native.units.coreutils}/bin";
              base = "${python}";
              wrapper = native.fetch (sources.programs.python-wrapper);
              outputs = [ "out" ];
              preferLocalBuild = true;
            };
            attributes = {
              inherit (python) pname version;
            };
            inherit (python) meta;
            inherit passthru;
          }
        else
          placeholder {
            inherit (python) meta version;
            inherit name passthru;
            pname = "python3-env";
            inputs = modules;
          };
    in
    environment;
in
{
  withPackages = select: buildEnv { extraLibs = select python.pkgs; };
  buildEnv = {
    __functor = _: buildEnv;
    override = buildEnv;
  };
}
