# The virtual environment in an image, where no `lab sync` makes it: of the same lock, in a build, which has no network.
{
  pkgs,
  project,
  environment,
  hash,
  lab,
}:

let
  facts = builtins.toJSON (lab.factsOfVenv // { inherit hash; });
  wheels = import ./wheels.nix { inherit pkgs project; };

  # The files that it is made from, so that another notebook is no reason to make it again; with all others where the source of a
  # package is in the project.
  hasOwn = project.venv.hasOwnSources project.lock;
  locks = "(requirements|constraints).*[.](in|txt)|pyproject[.]toml|uv[.]lock";
  lock = builtins.path {
    name = "lock";
    path = ../../.;
    filter =
      file: type: hasOwn || type == "regular" && builtins.match locks (baseNameOf file) != null;
  };
in
pkgs.runCommandLocal "venv" { inherit facts; } ''
  export HOME=$TMPDIR PYTHONHASHSEED=0 PYTHONPATH=${lab.source}
  ${environment}/bin/python3 -P -m lab.packages.image "$facts" ${lock} ${wheels} "$out"
''
