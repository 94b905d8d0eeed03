# The virtual environment that uv fills, from uv.lock. pip.nix says the same of the one that pip fills.
let
  packagesIn = lock: (builtins.fromTOML lock).package or [ ];
  isOwn = source: source ? editable || source ? directory || source ? path;
in
{
  name = "uv";

  lock = ../../uv.lock;

  hasJupyterLab = true;

  isAlwaysUsed = true;

  keepsPackagesIn = _: "pyproject.toml";

  # It has the address of every file.
  wheelsIn =
    lock:
    let
      wheels = builtins.concatMap (package: package.wheels or [ ]) (packagesIn lock);
    in
    map (wheel: {
      inherit (wheel) url;
      sha256 = builtins.replaceStrings [ "sha256:" ] [ "" ] wheel.hash;
    }) (builtins.filter (wheel: wheel ? url && wheel ? hash) wheels);

  hasOwnSources = lock: builtins.any (package: isOwn package.source) (packagesIn lock);
}
