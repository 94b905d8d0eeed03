# pkgs.stdenv as templates may use it: the platform, and the libraries of the compiler.
{
  lib,
  makePackage,
  native,
  placeholder,
  system,
}:
let
  inherit (import ../lib/strings.nix) hasSuffix;
  isLinux = hasSuffix "-linux" system;
  isx86_64 = lib.hasPrefix "x86_64-" system;
  libraries = placeholder {
    pname = "gcc";
    version = "16";
    name = "gcc-16-lib";
  };
  compiler = placeholder {
    pname = if isLinux then "gcc" else "clang";
    version = "16";
    passthru =
      if isLinux then
        {
          lib =
            if system == "x86_64-linux" then
              makePackage {
                arguments = native.unpackArguments (native.unitArguments "gcc-lib" // { name = "gcc-16-lib"; });
              }
            else
              libraries;
        }
      else
        { };
  };
in
{
  cc.cc = compiler;
  hostPlatform = {
    inherit isLinux isx86_64 system;
    isAarch64 = !isx86_64;
    isDarwin = !isLinux;
  };
}
