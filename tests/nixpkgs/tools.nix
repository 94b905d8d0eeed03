# Programs and libraries: Debian's where there are any, otherwise names.
{
  attributes,
  lib,
  makePackage,
  native,
  placeholder,
  sources,
  system,
}:
let
  real = system == "x86_64-linux";
  linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  versionOf =
    name: builtins.head (builtins.match "([^ ]*).*" (attributes.top.${name}.version or ""));

  # A Debian package under the name that nixpkgs gives it.
  debian =
    pname:
    {
      unit ? pname,
      links ? [ ],
      meta ? { },
      byLoader ? [ ],
      wrap ? { },
    }:
    let
      version = native.versionOf unit;
    in
    if real then
      makePackage {
        arguments = native.unpackArguments {
          inherit
            byLoader
            links
            unit
            wrap
            ;
          name = "${pname}-${version}";
        };
        attributes = {
          inherit pname version;
        };
        inherit meta;
      }
    else
      placeholder { inherit meta pname version; };

  # What every build finds on its PATH.
  basic = {
    bash = debian "bash" {
      links = [ "bin/sh=bash" ];
      meta.mainProgram = "bash";
    };
    bzip2 = debian "bzip2" { };
    coreutils = debian "coreutils" { };
    diffutils = debian "diffutils" { };
    findutils = debian "findutils" { };
    gawk = debian "gawk" { links = [ "bin/awk=gawk" ]; };
    gnugrep = debian "gnugrep" { unit = "grep"; };
    gnumake = debian "gnumake" { unit = "make"; };
    gnused = debian "gnused" {
      unit = "sed";
      meta.mainProgram = "sed";
    };
    gnutar = debian "gnutar" { unit = "tar"; };
    gzip = debian "gzip" { };
    patch = debian "patch" { };
    xz = debian "xz" { unit = "xz-utils"; };
  };
in
{
  bashInteractive = basic.bash;
  initialPath = [
    basic.coreutils
    basic.findutils
    basic.diffutils
    basic.gnused
    basic.gnugrep
    basic.gawk
    basic.gnutar
    basic.gzip
    basic.bzip2
    basic.gnumake
    basic.bash
    basic.patch
    basic.xz
  ];
  packages = {
    bashInteractive = basic.bash;
    inherit (basic) coreutils gnused;
    curl = debian "curl" { meta.mainProgram = "curl"; };
    git = debian "git" {
      meta.mainProgram = "git";
      wrap.git = {
        GIT_EXEC_PATH = "lib/git-core";
        GIT_TEMPLATE_DIR = "share/git-core/templates";
      };
    };
    jq = debian "jq" { meta.mainProgram = "jq"; };
    process-compose = import ./programs/process-compose.nix {
      inherit
        makePackage
        native
        placeholder
        real
        sources
        system
        ;
    };
    shellcheck = debian "shellcheck" {
      byLoader = [ "shellcheck" ];
      meta.mainProgram = "shellcheck";
    };
    tini = debian "tini" {
      meta = {
        mainProgram = "tini";
        platforms = linux;
      };
    };
    zlib = debian "zlib" { unit = "zlib1g"; };
  };
}
