{
  description = "The tools of the maintainers of create-nix-jupyter: nix develop";

  # The pin of the projects. To move it, see docs/maintainers.md.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      shellFor =
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          everywhere = [
            pkgs.actionlint
            pkgs.direnv
            pkgs.fish
            pkgs.git
            pkgs.go
            pkgs.jq
            pkgs.nixfmt
            pkgs.nodejs_22
            pkgs.pngquant
            pkgs.python313
            pkgs.ruff
            pkgs.shellcheck
            pkgs.uv
            pkgs.zsh
          ];
        in
        {
          default = pkgs.mkShellNoCC {
            packages = everywhere ++ nixpkgs.lib.optionals pkgs.stdenv.hostPlatform.isLinux [ pkgs.chromium ];
          };
        };
    in
    {
      devShells = nixpkgs.lib.genAttrs systems shellFor;
    };
}
