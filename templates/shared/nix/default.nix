# The outputs of the flake, for every system, made from the one description in flake.nix.
inputs: describe:

let
  inherit (inputs.nixpkgs) lib;

  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];

  # What follows from the description on one set of packages.
  partsOn =
    pkgs: compute:
    let
      project =
        import ./project.nix
          {
            inherit lib;
            inherit (pkgs.stdenv.hostPlatform) system;
          }
          {
            # The name stands in flake.nix once, as its description.
            name = (import ../flake.nix).description;
            options = describe pkgs;
          };
      environment = import ./environment.nix { inherit pkgs project compute; };
      lab = import ./lab.nix {
        inherit
          pkgs
          project
          environment
          compute
          ;
        sources = lib.attrValues (removeAttrs inputs [ "self" ]);
      };
    in
    {
      inherit pkgs project environment;
      shell = import ./shell.nix {
        inherit
          pkgs
          project
          lab
          compute
          ;
      };
      apps = import ./apps.nix { inherit lib lab; };
    };

  perSystem = lib.genAttrs systems (
    system:
    let
      cpu = partsOn inputs.nixpkgs.legacyPackages.${system} "cpu";
      cuda = partsOn (import ./cuda-packages.nix { inherit (inputs) nixpkgs; } system) "cuda";
      hasCuda = cpu.project.cuda != null;
    in
    {
      devShells = {
        default = cpu.shell;
      }
      // lib.optionalAttrs hasCuda { cuda = cuda.shell; };
      apps = cpu.apps // lib.optionalAttrs hasCuda { cuda = cuda.apps.default; };
      checks = import ./checks.nix {
        inherit (cpu) pkgs project environment;
        source = inputs.self;
      };
      formatter = cpu.pkgs.nixfmt;
    }
  );

  output = name: lib.mapAttrs (_: outputs: outputs.${name}) perSystem;
in
{
  devShells = output "devShells";
  apps = output "apps";
  checks = output "checks";
  formatter = output "formatter";
}
