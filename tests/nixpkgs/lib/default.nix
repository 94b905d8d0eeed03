# The part of nixpkgs' library that attributes.json names, and nothing else.
let
  strings = import ./strings.nix;
  lists = import ./lists.nix;
  attrsets = import ./attrsets.nix;
  packages = import ./packages.nix { inherit strings; };
in
{
  inherit (builtins)
    attrValues
    concatStringsSep
    listToAttrs
    mapAttrs
    ;
  inherit (attrsets)
    filterAttrs
    genAttrs
    mapAttrsToList
    nameValuePair
    optionalAttrs
    recursiveUpdate
    ;
  inherit (lists) optional optionals;
  inherit (strings)
    concatMapStringsSep
    escapeShellArg
    escapeShellArgs
    fileContents
    hasPrefix
    optionalString
    removeSuffix
    toLower
    toShellVar
    versionAtLeast
    versionOlder
    ;
  inherit (import ./options.nix) mkDefault mkIf mkOption;
  inherit (import ./sources.nix) cleanSource;
  inherit (packages)
    getExe
    getExe'
    getLib
    getName
    makeBinPath
    makeLibraryPath
    ;

  isFunction =
    value:
    builtins.isFunction value || (value ? __functor && builtins.isFunction (value.__functor value));
  evalModules =
    {
      modules,
      specialArgs ? { },
    }@arguments:
    import ./modules.nix arguments;
  fileset = import ./fileset.nix;
  generators = import ./generators.nix;
  types = import ./types.nix;

  # Never the right list for a template: it names systems that nixpkgs has dropped.
  systems.flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "armv6l-linux"
    "armv7l-linux"
    "i686-linux"
    "aarch64-darwin"
    "powerpc64le-linux"
    "riscv64-linux"
    "x86_64-freebsd"
  ];

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);
  versions.majorMinor =
    version: builtins.concatStringsSep "." (lists.take 2 (builtins.splitVersion version));
}
