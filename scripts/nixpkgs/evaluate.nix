# What a project has for one system, evaluated to the last derivation. Nothing is built.
{
  project,
  system,
  withoutAliases,
}:

let
  flake = builtins.getFlake project;
  inherit (flake.inputs) nixpkgs;

  strict = (import "${flake}/flake.nix").outputs {
    self = flake;
    nixpkgs = nixpkgs // {
      legacyPackages.${system} = import nixpkgs {
        inherit system;
        config.allowAliases = false;
      };
    };
  };

  of = name: ((if withoutAliases then strict else flake).${name} or { }).${system} or { };
  paths = builtins.mapAttrs (_: package: package.drvPath);
in
{
  devShells = paths (of "devShells");
  apps = builtins.mapAttrs (_: app: "${app.program}: ${app.meta.description}") (of "apps");
  checks = paths (of "checks");
  packages = paths (of "packages");
  formatter = paths { default = of "formatter"; };
}
