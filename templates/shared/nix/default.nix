# The outputs of the flake, for every system, made from the one description in flake.nix.
inputs: describe:

let
  inherit (inputs.nixpkgs) lib;

  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];

  parts = lib.genAttrs systems (
    system:
    let
      pkgs = inputs.nixpkgs.legacyPackages.${system};
      project = import ./project.nix { inherit lib; } {
        # The name stands in flake.nix once, as its description.
        name = (import ../flake.nix).description;
        options = describe pkgs;
      };
      environment = import ./environment.nix { inherit pkgs project; };
      lab = import ./lab.nix { inherit pkgs project environment; };
    in
    {
      shell = import ./shell.nix { inherit pkgs project lab; };
      apps = import ./apps.nix { inherit pkgs lab; };
      checks = import ./checks.nix {
        inherit pkgs environment;
        source = inputs.self;
      };
      formatter = pkgs.nixfmt;
    }
  );

  output = name: lib.mapAttrs (_: part: part.${name}) parts;
in
{
  devShells = lib.mapAttrs (_: default: { inherit default; }) (output "shell");
  apps = output "apps";
  checks = output "checks";
  formatter = output "formatter";
}
