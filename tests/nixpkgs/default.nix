# `import nixpkgs { … }`: the same arguments, fewer packages.
{
  system ? null,
  localSystem ? { inherit system; },
  crossSystem ? null,
  config ? { },
  overlays ? [ ],
}:
let
  host = if builtins.isString localSystem then localSystem else localSystem.system;
  supported = [
    "x86_64-linux"
    "aarch64-linux"
    "aarch64-darwin"
  ];
  knownConfig = [
    "allowAliases"
    "allowBroken"
    "allowUnfree"
    "allowUnfreePredicate"
    "cudaCapabilities"
    "cudaSupport"
    "permittedInsecurePackages"
    "rocmSupport"
  ];
  unknownConfig = builtins.attrNames (builtins.removeAttrs config knownConfig);

  fix =
    f:
    let
      final = f final;
    in
    final;
  extend =
    f: overlay: final:
    let
      previous = f final;
      # The names of an overlay must not depend on what it changes: nixpkgs would recurse without end.
      unread = builtins.mapAttrs (
        name: value:
        if name == "lib" || name == "stdenv" then
          value
        else
          throw "nixpkgs: infinite recursion encountered: the names of an overlay depend on prev.${name}"
      ) previous;
    in
    builtins.seq (builtins.attrNames (overlay final unread)) (previous // overlay final previous);
  packages =
    final:
    import ./packages.nix {
      inherit config;
      pkgs = final;
      system = host;
    };
in
if host == null then
  throw "nixpkgs: pure evaluation needs a system: import nixpkgs { system = …; }"
else if host == "x86_64-darwin" then
  throw "nixpkgs: x86_64-darwin was dropped in 26.11; 26.05 is the last release that has it"
else if !builtins.elem host supported then
  throw "nixpkgs: the system '${host}' is not one of ${toString supported}"
else if crossSystem != null then
  throw "nixpkgs: this stand-in does not cross-compile"
else if unknownConfig != [ ] then
  throw "nixpkgs: config has no option named ${toString unknownConfig}"
else
  fix (builtins.foldl' extend packages overlays)
