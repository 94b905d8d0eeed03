# Sets of files: where they lie, and which paths belong to them.
let
  inherit (import ./strings.nix) hasPrefix;
  inherit (builtins) attrNames pathExists readDir;

  make = contains: {
    _type = "fileset";
    inherit contains;
  };

  # A path stands for itself and all below it.
  coerce =
    where: value:
    if value._type or null == "fileset" then
      value
    else if !builtins.isPath value then
      throw "lib.fileset.${where}: expected a path or a file set, got ${builtins.typeOf value}"
    else if !pathExists value then
      throw "lib.fileset.${where}: the path ${toString value} does not exist; use maybeMissing for it"
    else
      make (path: path == toString value || hasPrefix "${toString value}/" path);

  union = where: sets: make (path: builtins.any (set: (coerce where set).contains path) sets);

  # A folder counts when a file in it does: empty folders are left out.
  holdsFile =
    set: folder:
    let
      entries = readDir folder;
    in
    builtins.any (
      name:
      let
        path = "${folder}/${name}";
      in
      if entries.${name} == "directory" then holdsFile set path else set.contains path
    ) (attrNames entries);
in
{
  unions = union "unions";
  union =
    left: right:
    union "union" [
      left
      right
    ];
  intersection =
    left: right:
    make (
      path: (coerce "intersection" left).contains path && (coerce "intersection" right).contains path
    );
  difference =
    left: right:
    make (path: (coerce "difference" left).contains path && !(coerce "difference" right).contains path);
  maybeMissing = path: if pathExists path then coerce "maybeMissing" path else make (_: false);

  fileFilter =
    keep: root:
    make (
      path:
      let
        parts = builtins.match "(.*)\\.([^.]*)" (baseNameOf path);
      in
      (coerce "fileFilter" root).contains path
      && keep {
        name = baseNameOf path;
        type = "regular";
        hasExt = wanted: parts != null && builtins.elemAt parts 1 == wanted;
      }
    );

  gitTracked =
    path:
    if hasPrefix builtins.storeDir (toString path) then
      throw "lib.fileset.gitTracked: ${toString path} is a store path; a flake holds only tracked files anyway"
    else
      let
        tracked = "${builtins.fetchGit path}";
      in
      make (
        each:
        hasPrefix "${toString path}/" each
        && pathExists "${tracked}${builtins.substring (builtins.stringLength (toString path)) (-1) each}"
      );

  toSource =
    { root, fileset }:
    let
      set = coerce "toSource" fileset;
      source = builtins.path {
        name = "source";
        path = root;
        filter = path: type: if type == "directory" then holdsFile set path else set.contains path;
      };
    in
    {
      _isLibCleanSourceWith = true;
      name = "source";
      origSrc = root;
      outPath = source;
    };
}
