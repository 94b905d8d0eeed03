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
    hasSuffix
    optionalString
    removeSuffix
    toShellVar
    versionAtLeast
    versionOlder
    ;
  inherit (packages)
    getExe
    getExe'
    getLib
    getName
    makeBinPath
    makeLibraryPath
    ;

  isFunction = value: builtins.isFunction value || (value ? __functor && builtins.isFunction (value.__functor value));
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);
  versions.majorMinor =
    version: builtins.concatStringsSep "." (lists.take 2 (builtins.splitVersion version));
}
