# dockerTools, for Linux: images from store paths, streamed as a docker-archive.
{
  bashInteractive,
  cacert,
  coreutils,
  fakeNss,
  lib,
  mkDerivation,
  python,
  runCommand,
  symlinkJoin,
  system,
  writeText,
}:
let
  streamLayeredImage = import ./stream.nix {
    inherit
      lib
      mkDerivation
      python
      runCommand
      symlinkJoin
      system
      writeText
      ;
  };
  # A directory with links at fixed places.
  links =
    name: set:
    runCommand name { } (
      builtins.concatStringsSep "\n" (
        lib.mapAttrsToList (place: target: ''
          mkdir -p "$out/$(dirname ${place})"
          ln -s ${target} "$out/${place}"
        '') set
      )
    );
  bundle = "${cacert}/etc/ssl/certs/ca-bundle.crt";
in
{
  inherit fakeNss streamLayeredImage;
  binSh = links "bin-sh" { "bin/sh" = "${bashInteractive}/bin/bash"; };
  usrBinEnv = links "usr-bin-env" { "usr/bin/env" = "${coreutils}/bin/env"; };
  caCertificates = links "ca-certificates" {
    "etc/pki/tls/certs/ca-bundle.crt" = bundle;
    "etc/ssl/certs/ca-bundle.crt" = bundle;
    "etc/ssl/certs/ca-certificates.crt" = bundle;
  };
  buildLayeredImage =
    arguments:
    let
      stream = streamLayeredImage arguments;
    in
    runCommand "${baseNameOf arguments.name}.tar.gz" {
      inherit (stream) meta passthru;
    } ''${stream} | gzip -n > "$out"'';
}
