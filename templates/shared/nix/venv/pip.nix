# The virtual environment that pip fills, from requirements.txt. uv.nix says the same of the one that uv fills.
let
  lines = text: builtins.filter builtins.isString (builtins.split "\n" text);
in
{
  name = "pip";

  # Says which versions it has.
  lock = ../../requirements.txt;

  # JupyterLab is in the environment of Nix, under it.
  hasJupyterLab = false;

  # Only where packages are asked for that Nix does not have.
  isAlwaysUsed = false;

  # The file that `lab add` writes to first: the one that the project has a place in for the purpose.
  keepsPackagesIn = options: if options ? pythonPackages then "flake.nix" else "requirements.in";

  # Each with its address and its hash: `lab lock` writes down those for Linux, as comments.
  wheelsIn =
    lock:
    let
      comment = "# wheel (https?://[^ #]+)#sha256=([0-9a-f]{64})";
      found = map (builtins.match comment) (lines lock);
    in
    map (match: {
      url = builtins.elemAt match 0;
      sha256 = builtins.elemAt match 1;
    }) (builtins.filter (match: match != null) found);

  # Whether the source of a package is in the project: the lock has those of PyPI alone.
  hasOwnSources = _: false;
}
