# Programs that the stand-in knows by name and version only, and names that nixpkgs has changed.
{
  attributes,
  config,
  lib,
  pkgs,
  placeholder,
  x11,
}:
let
  warn = import ./lib/warn.nix;
  linux = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  named =
    pname: meta:
    placeholder {
      inherit pname;
      version = builtins.head (builtins.match "([^ ]*).*" (attributes.top.${pname}.version or ""));
      inherit meta;
    };
  program = pname: named pname { mainProgram = pname; };
  onLinux =
    pname: mainProgram:
    named pname {
      inherit mainProgram;
      platforms = linux;
    };
  ollama =
    {
      acceleration ? null,
    }:
    (
      if
        builtins.elem acceleration [
          null
          false
        ]
      then
        program "ollama"
      else
        onLinux "ollama-${acceleration}" "ollama"
    )
    // {
      override = ollama;
    };
in
{
  actionlint = program "actionlint";
  autoAddDriverRunpath = named "auto-add-driver-runpath-hook" { };
  addDriverRunpath = named "add-driver-runpath" { } // {
    driverLink = "/run/opengl-driver";
  };
  chromium = onLinux "chromium" "chromium";
  deadnix = program "deadnix";
  dbus = named "dbus" { };
  direnv = program "direnv";
  ffmpeg = program "ffmpeg";
  figlet = program "figlet";
  fish = program "fish";
  fontconfig = named "fontconfig" { };
  freetype = named "freetype" { };
  gcc = program "gcc";
  go = program "go";
  nbstripout = program "nbstripout";
  nix-direnv = named "nix-direnv" { };
  libxkbcommon = named "libxkbcommon" { };
  nodejs_22 = named "nodejs_22" { mainProgram = "node"; };
  nixfmt = program "nixfmt";
  nixfmt-tree = named "nixfmt-tree" { mainProgram = "treefmt"; };
  ollama = ollama { acceleration = if config.cudaSupport or false then "cuda" else null; };
  # Of NVIDIA's libraries, which are unfree; AMD's are for one processor.
  ollama-cuda = placeholder {
    pname = "ollama-cuda";
    inherit (program "ollama") version;
    meta = {
      mainProgram = "ollama";
      platforms = linux;
    };
    inputs = [ pkgs.cudaPackages.cudatoolkit ];
  };
  ollama-rocm = named "ollama-rocm" {
    mainProgram = "ollama";
    platforms = [ "x86_64-linux" ];
  };
  ollama-vulkan = onLinux "ollama-vulkan" "ollama";
  pandoc = program "pandoc";
  pngquant = program "pngquant";
  statix = program "statix";
  texliveFull = named "texliveFull" { };
  tmux = program "tmux";
  treefmt = program "treefmt";
  typst = program "typst";
  zsh = program "zsh";

  # A list, and only for Linux.
  pythonManylinuxPackages.manylinux2014 =
    if !pkgs.stdenv.hostPlatform.isLinux then
      throw "manylinux2014 is not available on the requested hostPlatform ${pkgs.stdenv.hostPlatform.system}"
    else
      [
        pkgs.libGL
      ]
      ++ x11
      ++ [
        # With it on the way, programs would start with one C library and load another.
        (placeholder { pname = "glibc"; })
        pkgs.expat
        pkgs.glib
        (lib.getLib pkgs.stdenv.cc.cc)
        pkgs.zlib
      ];

  nixfmt-rfc-style = warn "nixfmt-rfc-style is now the same as pkgs.nixfmt which should be used instead." pkgs.nixfmt;
  system = warn "'system' has been renamed to/replaced by 'stdenv.hostPlatform.system'" pkgs.stdenv.hostPlatform.system;
  python3Full = throw "python3Full has been removed. Bluetooth support is now enabled by default in python3";
}
