{
  description = "create-nix-jupyter: templates for nix flake init -t, and the program for nix run";

  # The pin of the projects.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      inherit (nixpkgs) lib;

      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];

      programFor =
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        pkgs.writeShellScriptBin "create-nix-jupyter" ''
          exec ${lib.getExe pkgs.nodejs_22} ${./create}/bin/create-nix-jupyter.cjs "$@"
        '';

      templateOf = id: description: {
        path = ./. + "/${id}";
        inherit description;
        welcomeText = ''
          # A project of create-nix-jupyter

          Next, in a git repository: `git add .`

          Then: `sh start`, and from the second time on: `./start`
        '';
      };
    in
    {
      # Without lib: to make a project, Nix need not download nixpkgs.
      templates = builtins.mapAttrs templateOf (builtins.fromJSON (builtins.readFile ./templates.json));

      apps = lib.genAttrs systems (system: {
        create = {
          type = "app";
          program = lib.getExe (programFor system);
        };
      });
    };
}
