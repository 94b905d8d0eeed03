# Programs that the stand-in knows by name and version only, and names that nixpkgs has changed.
{
  attributes,
  config,
  lib,
  pkgs,
  placeholder,
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
    pname:
    named pname {
      mainProgram = "ollama";
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
        onLinux "ollama-${acceleration}"
    )
    // {
      override = ollama;
    };
  library =
    pname:
    placeholder {
      inherit pname;
      meta.platforms = linux;
    };
in
{
  autoAddDriverRunpath = named "auto-add-driver-runpath-hook" { };
  addDriverRunpath = named "add-driver-runpath" { } // {
    driverLink = "/run/opengl-driver";
  };
  deadnix = program "deadnix";
  direnv = program "direnv";
  figlet = program "figlet";
  nbstripout = program "nbstripout";
  nix-direnv = named "nix-direnv" { };
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
  ollama-vulkan = onLinux "ollama-vulkan";
  statix = program "statix";
  tmux = program "tmux";
  treefmt = program "treefmt";

  # A list, and only for Linux.
  pythonManylinuxPackages.manylinux2014 =
    if !pkgs.stdenv.hostPlatform.isLinux then
      throw "manylinux2014 is not available on the requested hostPlatform ${pkgs.stdenv.hostPlatform.system}"
    else
      [
        (lib.getLib pkgs.stdenv.cc.cc)
        pkgs.zlib
      ]
      ++ map library [
        "expat"
        "glib"
        "glibc"
        "libGL"
        "libICE"
        "libSM"
        "libX11"
        "libXext"
        "libXrender"
      ];

  nixfmt-rfc-style = warn "nixfmt-rfc-style is now the same as pkgs.nixfmt which should be used instead." pkgs.nixfmt;
  system = warn "'system' has been renamed to/replaced by 'stdenv.hostPlatform.system'" pkgs.stdenv.hostPlatform.system;
  python3Full = throw "python3Full has been removed. Bluetooth support is now enabled by default in python3";
}
