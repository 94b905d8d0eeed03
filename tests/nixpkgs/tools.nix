# Programs and libraries: Debian's where there are any, otherwise names.
{
  makePackage,
  native,
  placeholder,
  sources,
  system,
}:
let
  inherit (import ./lib/strings.nix) hasSuffix;
  real = system == "x86_64-linux";
  linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  package =
    pname: version: meta: arguments:
    if real then
      makePackage {
        arguments = native.unpackArguments (arguments // { name = "${pname}-${version}"; });
        attributes = {
          inherit pname version;
        };
        inherit meta;
      }
    else
      placeholder { inherit meta pname version; };

  # A Debian package under the name that nixpkgs gives it.
  debian =
    pname:
    {
      unit ? pname,
      meta ? { },
      ...
    }@arguments:
    package pname (native.versionOf unit) meta (
      native.unitArguments unit
      // builtins.removeAttrs arguments [
        "meta"
        "unit"
      ]
    );

  # A library of Linux that compiled wheels use.
  library =
    pname: unit:
    debian pname {
      inherit unit;
      meta.platforms = linux;
    };

  # A program that comes as a wheel.
  wheel =
    pname:
    let
      source = sources.wheels."3.13".${pname};
    in
    package pname source.version { mainProgram = pname; } {
      archives = [ (native.fetch source) ];
      needs = [
        "libc6"
        "gcc-lib"
      ];
    };

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
  # What pythonManylinuxPackages lists beside those below.
  x11 = [
    (library "libice" "libice6")
    (library "libsm" "libsm6")
    (library "libx11" "libx11-6")
    (library "libxext" "libxext6")
    (library "libxrender" "libxrender1")
  ];
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
    cacert = import ./programs/cacert.nix {
      inherit
        makePackage
        native
        placeholder
        real
        system
        ;
    };
    curl = debian "curl" { meta.mainProgram = "curl"; };
    expat = debian "expat" { unit = "libexpat1"; };
    git = debian "git" {
      meta.mainProgram = "git";
      wrap.git = {
        GIT_EXEC_PATH = "lib/git-core";
        GIT_TEMPLATE_DIR = "share/git-core/templates";
      };
    };
    glib = debian "glib" { unit = "libglib2.0-0t64"; };
    jq = debian "jq" { meta.mainProgram = "jq"; };
    # On macOS there is none, and nixpkgs says so with null.
    libGL = if hasSuffix "-linux" system then library "libglvnd" "libglvnd" else null;
    libxcb = debian "libxcb" { unit = "libxcb1"; };
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
    ruff = wheel "ruff";
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
    uv = wheel "uv";
    zlib = debian "zlib" { unit = "zlib1g"; };
    zstd = debian "zstd" { unit = "libzstd1"; };
  };
}
