# The top level: every name of attributes.json, and no other.
{
  config,
  pkgs,
  system,
}:
let
  lib = import ./lib;
  attributes = lib.importJSON ./attributes.json;
  sources = lib.importJSON ./sources.json;

  native = import ./native { inherit sources system; };
  checkMeta = import ./stdenv/check-meta.nix { inherit config system; };
  makePackage = import ./stdenv/package.nix { inherit checkMeta; };
  placeholder = import ./stdenv/placeholder.nix { inherit makePackage native system; };
  tools = import ./tools.nix {
    inherit
      makePackage
      native
      placeholder
      sources
      system
      ;
  };

  stdenv = import ./stdenv {
    inherit makePackage native system;
    inherit (tools) initialPath;
    bash = tools.bashInteractive;
  };
  inherit (stdenv) mkDerivation;
  runtimeShell = "${tools.bashInteractive}/bin/bash";
  commands = import ./builders/run-command.nix { inherit mkDerivation; };
  inherit (commands) runCommand;
  writers = import ./builders/writers.nix { inherit lib mkDerivation runtimeShell; };
  mkShell = import ./builders/mk-shell.nix { inherit mkDerivation; };

  python = import ./python {
    # As an overlay has left it.
    inherit (pkgs) cudaPackages;
    inherit
      attributes
      config
      lib
      makePackage
      native
      placeholder
      runCommand
      sources
      system
      ;
  };
  python_3_13 = python "3.13";
  pythons = {
    python3 = pkgs.python313;
    python312 = (python "3.12").package;
    python313 = python_3_13.package;
    python314 = (python "3.14").package;
    python3Packages = pkgs.python3.pkgs;
    python312Packages = pkgs.python312.pkgs;
    python313Packages = pkgs.python313.pkgs;
    python314Packages = pkgs.python314.pkgs;
  };

  # What is offered beside the names of the table: the frame around them (nixpkgs-signatures).
  frame = {
    inherit lib runtimeShell;
    stdenv = import ./stdenv/host.nix {
      inherit
        lib
        native
        makePackage
        placeholder
        system
        ;
    };
  };

  cuda = import ./cuda.nix { inherit pkgs placeholder; };
  names = import ./names.nix {
    inherit
      attributes
      config
      lib
      pkgs
      placeholder
      ;
    inherit (tools) x11;
  };

  ours =
    tools.packages
    // cuda
    // names
    // pythons
    // writers
    // commands
    // {
      inherit mkShell;
      mkShellNoCC = mkShell;
      dockerTools = import ./images {
        inherit
          lib
          mkDerivation
          runCommand
          system
          ;
        inherit (pkgs)
          bashInteractive
          cacert
          coreutils
          fakeNss
          symlinkJoin
          writeText
          ;
        python = python_3_13.package;
      };
      fakeNss = import ./builders/fake-nss.nix { inherit runCommand; };
      buildEnv = import ./builders/build-env.nix { inherit lib mkDerivation native; };
      linkFarm = import ./builders/link-farm.nix { inherit lib runCommand; };
      symlinkJoin = import ./builders/symlink-join.nix { inherit runCommand; };
      writeShellApplication = import ./builders/shell-application.nix {
        inherit lib runtimeShell;
        inherit (tools.packages) shellcheck;
        inherit (writers) writeTextFile;
      };
      formats = import ./builders/formats.nix {
        inherit runCommand;
        inherit (tools.packages) jq;
        python = python_3_13.package;
        inherit (python_3_13.modules) pyyaml;
      };
    };
in
ours // frame
